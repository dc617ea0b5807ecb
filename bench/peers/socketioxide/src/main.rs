//! A peer: chat rooms, or pairs of strangers, with socketioxide, as its documentation shows it.
//!
//! `peer-socketioxide rooms|pairs 127.0.0.1:3000`

mod pairs;
mod rooms;

use std::error::Error;

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use socketioxide::SocketIo;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let dialect = arguments.next().unwrap_or_default();
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let (layer, io) = SocketIo::builder().with_state(pairs::Chats::default()).build_layer();
    match &*dialect {
        "rooms" => io.ns("/", rooms::connected),
        "pairs" => io.ns("/", pairs::connected),
        _ => return Err("say `rooms` or `pairs`, then the address".into()),
    }
    let app = Router::new().route("/", get(async || "a peer")).layer(layer);
    // As Node's ws, Bun and Parlour have it; who cannot have it is about to be closed.
    let listener = TcpListener::bind(address).await?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await?;
    Ok(())
}
