//! A whole server in this process, and a client that speaks the protocol's text by hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chat::ids::NodeId;
use chat::pairing::PairingConfig;
use futures_util::{SinkExt, StreamExt};
use gateway::{
    AccountsConfig, Assets, ChatHub, Gateway, GatewayConfig, HttpConfig, Limits, Metrics,
};
use http::HeaderValue;
use serde_json::Value;
use socketio::Io;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Whatever takes this long will not come any more.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) metrics: Metrics,
    /// `None` without accounts.
    pub(crate) chat: Option<Arc<ChatHub>>,
    io: Io,
}

/// What differs from a server without configuration.
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) bar: Duration,
    pub(crate) trusted_proxies: Vec<ipnet::IpNet>,
    pub(crate) accounts: Option<AccountsConfig>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            bar: Duration::from_mins(5),
            trusted_proxies: Vec::new(),
            accounts: None,
        }
    }
}

impl Server {
    pub(crate) async fn start(setup: Setup) -> Self {
        let gateway = Gateway::start(GatewayConfig {
            version: "0.0.0",
            limits: setup.limits,
            trusted_proxies: setup.trusted_proxies,
            pairing: PairingConfig { bar: setup.bar, ..PairingConfig::new(NodeId::new("test")) },
            http: HttpConfig::default(),
            cors: socketio::Cors::Any,
            accounts: setup.accounts,
            admin: None,
            assets: Assets::default(),
        });
        let io =
            Io::builder(socketio::Config::default()).namespace("/", gateway.namespace()).build();
        gateway.attach(&io);
        let stats = io.clone();
        let metrics = gateway.metrics(Box::new(move || stats.stats()), Vec::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let (accepting, router) = (io.clone(), gateway.router());
        tokio::spawn(async move { accepting.serve(listener, router).await });
        Self { address, metrics, chat: gateway.chat().cloned(), io }
    }

    /// A connected stranger.
    pub(crate) async fn stranger(&self) -> Client {
        let mut client = Client::open(self.address, &[]).await;
        let answer = client.connect("").await;
        let id = answer["sid"].as_str().expect("a socket that was let in");
        id.clone_into(&mut client.id);
        client
    }

    /// Waits until a metric has this value.
    pub(crate) async fn metric_becomes(&self, line: &str) {
        let wait = async {
            while !self.metrics.render().lines().any(|shown| shown == line) {
                tokio::task::yield_now().await;
            }
        };
        let came = timeout(PATIENCE, wait).await.is_ok();
        assert!(came, "`{line}` did not come:\n{}", self.metrics.render());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let io = self.io.clone();
        tokio::spawn(async move { io.shutdown(Duration::ZERO).await });
    }
}

/// What a client hears.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Packet {
    /// An event and its first argument.
    Event(String, Value),
    /// What the callback of this number got.
    Answer(u64, Value),
}

pub(crate) struct Client {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) id: String,
    acks: u64,
}

impl Client {
    /// A session without a socket yet.
    pub(crate) async fn open(
        address: SocketAddr,
        headers: &[(&'static str, &'static str)],
    ) -> Self {
        let headers = headers.iter();
        Self::open_with(
            address,
            headers.map(|(name, value)| (*name, HeaderValue::from_static(value))),
        )
        .await
    }

    /// The same, with any bytes as the headers' values.
    pub(crate) async fn open_with(
        address: SocketAddr,
        headers: impl IntoIterator<Item = (&'static str, HeaderValue)>,
    ) -> Self {
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let mut request = url.into_client_request().expect("a valid URL");
        for (name, value) in headers {
            request.headers_mut().append(name, value);
        }
        let (stream, _) = connect_async(request).await.expect("a WebSocket");
        let mut client = Self { stream, id: String::new(), acks: 0 };
        let open = client.text().await;
        assert!(open.starts_with("0{"), "{open}");
        client
    }

    /// Sends CONNECT with this payload; the answer's payload: `{sid}` or `{message, data}`.
    pub(crate) async fn connect(&mut self, auth: &str) -> Value {
        self.send(&format!("40{auth}")).await;
        let answer = self.text().await;
        assert!(answer.starts_with("40{") || answer.starts_with("44{"), "{answer}");
        serde_json::from_str(&answer[2..]).expect("JSON")
    }

    pub(crate) async fn send(&mut self, packet: &str) {
        self.stream.send(Message::text(packet)).await.expect("an open connection");
    }

    pub(crate) async fn send_binary(&mut self, bytes: &'static [u8]) {
        self.stream.send(Message::binary(bytes)).await.expect("an open connection");
    }

    /// Emits an event whose arguments are JSON text, without a callback.
    pub(crate) async fn emit(&mut self, name: &str, args: &str) {
        let comma = if args.is_empty() { "" } else { "," };
        self.send(&format!("42[\"{name}\"{comma}{args}]")).await;
    }

    /// Emits an event with a callback, and waits for the answer, which has to come before any event.
    pub(crate) async fn call(&mut self, name: &str, args: &str) -> Value {
        self.acks += 1;
        let comma = if args.is_empty() { "" } else { "," };
        self.send(&format!("42{}[\"{name}\"{comma}{args}]", self.acks)).await;
        self.answer(self.acks).await
    }

    /// The next packet, which has to be the answer to this callback.
    pub(crate) async fn answer(&mut self, ack: u64) -> Value {
        let text = self.text().await;
        let head = format!("43{ack}[");
        let payload = text.strip_prefix(&head).and_then(|rest| rest.strip_suffix(']'));
        serde_json::from_str(payload.unwrap_or_else(|| panic!("not answer {ack}: {text}")))
            .expect("JSON")
    }

    /// The next event, which has to be this one.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        let text = self.text().await;
        let head = format!("42[\"{name}\",");
        let payload = text.strip_prefix(&head).and_then(|rest| rest.strip_suffix(']'));
        serde_json::from_str(payload.unwrap_or_else(|| panic!("not {name}: {text}"))).expect("JSON")
    }

    /// Waits until the server has closed the connection; nothing may come before.
    pub(crate) async fn closed(mut self) {
        loop {
            match timeout(PATIENCE, self.stream.next()).await.expect("a close in time") {
                Some(Ok(Message::Text(text))) if text.as_str() == "2" => {}
                Some(Ok(Message::Text(text))) => panic!("before the close: {text}"),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Emits an event with a callback, and does not wait; the number of the callback.
    pub(crate) async fn ask(&mut self, name: &str, args: &str) -> u64 {
        self.acks += 1;
        let ack = self.acks;
        self.send(&format!("42{ack}[\"{name}\",{args}]")).await;
        ack
    }

    /// The next event or answer.
    pub(crate) async fn packet(&mut self) -> Packet {
        let text = self.text().await;
        let body = text.find('[').map(|at| text.split_at(at));
        let Some((head, body)) = body else { panic!("no event and no answer: {text}") };
        let mut args: Vec<Value> = serde_json::from_str(body).expect("JSON");
        match head.split_at(2) {
            ("42", "") => {
                let payload = if args.len() > 1 { args.remove(1) } else { Value::Null };
                Packet::Event(args[0].as_str().expect("a name").to_owned(), payload)
            }
            ("43", ack) => Packet::Answer(ack.parse().expect("a number"), args.remove(0)),
            _ => panic!("no event and no answer: {text}"),
        }
    }

    /// The next packet; pings are answered.
    async fn text(&mut self) -> String {
        loop {
            let message = timeout(PATIENCE, self.stream.next()).await.expect("a packet in time");
            match message.expect("an open connection").expect("a frame") {
                Message::Text(text) if text.as_str() == "2" => self.send("3").await,
                Message::Text(text) => return text.as_str().to_owned(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }
}
