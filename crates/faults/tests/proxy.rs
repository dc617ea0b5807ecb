//! The proxy, between real sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use faults::proxy::{Conduct, Cut, Direction, Link, Proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Both ends of one connection through the proxy.
struct Pair {
    proxy: Proxy,
    link: Link,
    client: TcpStream,
    server: TcpStream,
}

impl Pair {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Proxy::start(listener.local_addr().unwrap(), 1).await.unwrap();
        let client = TcpStream::connect(proxy.address()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        Self { link: proxy.link(0).await, proxy, client, server }
    }
}

async fn pass(from: &mut TcpStream, to: &mut TcpStream, text: &str) {
    from.write_all(text.as_bytes()).await.unwrap();
    assert_eq!(hear(to, text.len()).await, text);
}

async fn hear(from: &mut TcpStream, length: usize) -> String {
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

async fn hear_all(from: &mut TcpStream) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn everything_is_passed_on_and_ends_where_it_ended() {
    let Pair { proxy, link, mut client, mut server } = Pair::open().await;
    let long = "0123456789".repeat(50_000);
    pass(&mut client, &mut server, "ping").await;
    pass(&mut server, &mut client, "pong").await;
    let (sent, heard) =
        tokio::join!(client.write_all(long.as_bytes()), hear(&mut server, long.len()));
    sent.unwrap();
    assert!(heard == long);
    client.shutdown().await.unwrap();
    assert_eq!(hear_all(&mut server).await, "");
    pass(&mut server, &mut client, "still here").await;
    drop(server);
    assert_eq!(hear_all(&mut client).await, "");
    link.over().await;
    assert_eq!(proxy.links().len(), 1);
}

#[tokio::test]
async fn a_delay_is_a_latency_and_not_a_rate() {
    let Pair { proxy: _proxy, link, mut client, mut server } = Pair::open().await;
    let delay = Duration::from_millis(40);
    let conduct = Conduct { delay, jitter: delay, ..Conduct::default() };
    link.set(Direction::ToServer, conduct);
    let start = Instant::now();
    let text = "x".repeat(40 * 4_096);
    pass(&mut client, &mut server, &text).await;
    let took = start.elapsed();
    assert!(took >= delay, "{took:?}");
    assert!(took < 40 * delay, "{took:?}: each chunk was delayed after the last");
    pass(&mut server, &mut client, "the other way").await;
}

#[tokio::test]
async fn a_throttled_direction_takes_its_time() {
    let Pair { proxy: _proxy, link, mut client, mut server } = Pair::open().await;
    let conduct = Conduct { bytes_per_second: NonZeroU32::new(400_000), ..Conduct::default() };
    link.set(Direction::ToServer, conduct);
    let start = Instant::now();
    pass(&mut client, &mut server, &"x".repeat(40_000)).await;
    let took = start.elapsed();
    // The last chunk is there before its time is over.
    assert!(took >= Duration::from_millis(85), "{took:?}");
}

#[tokio::test]
async fn a_black_hole_holds_one_direction_back_and_gives_it_later() {
    let Pair { proxy: _proxy, link, mut client, mut server } = Pair::open().await;
    pass(&mut client, &mut server, "before").await;
    link.set(Direction::ToServer, Conduct::stopped());
    client.write_all(b"held").await.unwrap();
    client.shutdown().await.unwrap();
    for _ in 0..20 {
        pass(&mut server, &mut client, "the other way").await;
    }
    let nothing = server.try_read(&mut [0; 8]).unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
    link.set(Direction::ToServer, Conduct::default());
    assert_eq!(hear_all(&mut server).await, "held");
}

#[tokio::test]
async fn a_black_hole_fills_until_the_sender_stands_still() {
    let Pair { proxy: _proxy, link, mut client, server: _server } = Pair::open().await;
    link.set(Direction::ToServer, Conduct::stopped());
    let endless = async {
        let chunk = vec![0; 65_536];
        // More than the buffers of both sockets together can hold.
        for _ in 0..1_024 {
            client.write_all(&chunk).await.unwrap();
        }
    };
    assert!(tokio::time::timeout(Duration::from_millis(300), endless).await.is_err());
}

#[tokio::test]
async fn a_cut_is_an_end_or_a_reset_for_both() {
    for cut in [Cut::Fin, Cut::Reset] {
        let Pair { proxy: _proxy, link, mut client, mut server } = Pair::open().await;
        link.set(Direction::ToServer, Conduct::stopped());
        client.write_all(b"never arrives").await.unwrap();
        link.cut(cut);
        for end in [&mut client, &mut server] {
            let mut bytes = Vec::new();
            match (cut, end.read_to_end(&mut bytes).await) {
                (Cut::Fin, Ok(0)) => {}
                (Cut::Reset, Err(error)) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
                other => panic!("{other:?}"),
            }
        }
        drop((client, server));
        link.over().await;
    }
}

#[tokio::test]
async fn one_direction_can_be_closed_alone() {
    let Pair { proxy: _proxy, link, mut client, mut server } = Pair::open().await;
    pass(&mut client, &mut server, "before").await;
    link.half_close(Direction::ToServer);
    assert_eq!(hear_all(&mut server).await, "");
    pass(&mut server, &mut client, "the other way").await;
}

#[tokio::test]
async fn new_connections_behave_as_was_said_and_can_be_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap(), 1).await.unwrap();
    proxy.set_new(Direction::ToClient, Conduct::stopped());
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    server.write_all(b"held").await.unwrap();
    pass(&mut client, &mut server, "the other way").await;
    assert!(client.try_read(&mut [0; 8]).is_err());
    proxy.refuse();
    assert_eq!(first_error(proxy.address()).await, ErrorKind::ConnectionReset);
    proxy.admit();
    let _client = TcpStream::connect(proxy.address()).await.unwrap();
    proxy.link(1).await;
    drop(proxy);
    let end = client.read(&mut [0; 8]).await;
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
}

async fn first_error(address: SocketAddr) -> ErrorKind {
    let attempt = async { TcpStream::connect(address).await?.read(&mut [0; 1]).await };
    attempt.await.unwrap_err().kind()
}
