//! HTTP/1.1 by hand, and Engine.IO's long-polling over it.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Server, within};

/// One connection that is kept alive.
pub(crate) struct Http {
    pub(crate) stream: TcpStream,
    pub(crate) unread: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    /// The packets of a long-polling answer.
    pub(crate) fn packets(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.text());
        self.text().split('\x1e').map(str::to_owned).collect()
    }
}

impl Http {
    pub(crate) async fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).await.expect("the server listens");
        stream.set_nodelay(true).expect("a TCP connection");
        Self { stream, unread: Vec::new() }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the server reads");
    }

    /// Sends a request with these header lines (each ended by `\r\n`) and this body.
    pub(crate) async fn send(&mut self, method: &str, target: &str, headers: &str, body: &[u8]) {
        let length = match method {
            "POST" => format!("Content-Length: {}\r\n", body.len()),
            _ => String::new(),
        };
        let head = format!("{method} {target} HTTP/1.1\r\nHost: here\r\n{length}{headers}\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.write(&bytes).await;
    }

    /// Reads more; `false` at the end of the connection, however it ended.
    pub(crate) async fn fill(&mut self) -> bool {
        self.stream.read_buf(&mut self.unread).await.is_ok_and(|n| n > 0)
    }

    /// The next answer; `None` if the connection ends instead.
    pub(crate) async fn try_response(&mut self) -> Option<Response> {
        let read = async {
            let head = loop {
                if let Some(at) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                    break at;
                }
                if !self.fill().await {
                    return None;
                }
            };
            let mut response = parse_head(&self.unread[..head]);
            self.unread.drain(..head + 4);
            let length = response.header("content-length").map_or(0, |n| n.parse().expect("n"));
            while self.unread.len() < length {
                assert!(self.fill().await, "the connection ended within a body");
            }
            response.body = self.unread.drain(..length).collect();
            Some(response)
        };
        within("an answer", read).await
    }

    pub(crate) async fn response(&mut self) -> Response {
        self.try_response().await.expect("an answer")
    }

    pub(crate) async fn get(&mut self, target: &str) -> Response {
        self.send("GET", target, "", b"").await;
        self.response().await
    }

    pub(crate) async fn post(&mut self, target: &str, body: &[u8]) -> Response {
        self.send("POST", target, "Content-Type: text/plain;charset=UTF-8\r\n", body).await;
        self.response().await
    }

    /// Waits for the end of the connection. Whatever comes before it is returned.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        within("the end of the connection", async { while self.fill().await {} }).await;
        std::mem::take(&mut self.unread)
    }
}

fn parse_head(head: &[u8]) -> Response {
    let head = std::str::from_utf8(head).expect("ASCII");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
    let headers = lines
        .map(|line| line.split_once(':').expect("a header"))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Response { status: status.parse().expect("a number"), headers, body: Vec::new() }
}

/// A session on long-polling: a connection for its polls and one for its posts.
pub(crate) struct Polling {
    pub(crate) polls: Http,
    pub(crate) posts: Http,
    pub(crate) sid: String,
    pub(crate) target: String,
}

impl Polling {
    /// Opens a session.
    pub(crate) async fn open(server: &Server) -> Self {
        let mut polls = Http::connect(server.addr).await;
        let open = polls.get("/socket.io/?EIO=4&transport=polling").await;
        assert_eq!(open.status, 200, "{}", open.text());
        let sid = sid_of(open.text());
        let target = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
        Self { polls, posts: Http::connect(server.addr).await, sid, target }
    }

    /// Opens a session and connects to `/`; the public id.
    pub(crate) async fn connect(server: &Server) -> (Self, String) {
        let mut client = Self::open(server).await;
        assert_eq!(client.post("40").await.status, 200);
        let packets = client.poll().await;
        assert_eq!(packets.len(), 1, "{packets:?}");
        (client, socket_id(&packets[0]))
    }

    pub(crate) async fn post(&mut self, body: &str) -> Response {
        self.posts.post(&self.target, body.as_bytes()).await
    }

    /// Sends a POST whose answer is awaited later.
    pub(crate) async fn begin_post(&mut self, body: &[u8]) {
        self.posts.send("POST", &self.target, "", body).await;
    }

    /// Sends a poll whose answer is awaited later.
    pub(crate) async fn begin_poll(&mut self) {
        self.polls.send("GET", &self.target, "", b"").await;
    }

    pub(crate) async fn poll_response(&mut self) -> Response {
        self.begin_poll().await;
        self.polls.response().await
    }

    /// The packets that are there, or the next ones.
    pub(crate) async fn poll(&mut self) -> Vec<String> {
        self.poll_response().await.packets()
    }

    /// Polls until `n` packets are there.
    pub(crate) async fn poll_n(&mut self, n: usize) -> Vec<String> {
        let mut packets = Vec::new();
        while packets.len() < n {
            packets.extend(self.poll().await);
        }
        packets
    }

    /// Closes the session as a client does, and takes the answer to its last poll.
    pub(crate) async fn close(mut self) {
        assert_eq!(self.post("1").await.status, 200);
        assert_eq!(self.poll().await.last().map(String::as_str), Some("6"));
    }
}

/// The session id in an Engine.IO handshake.
pub(crate) fn sid_of(open: &str) -> String {
    let open: serde_json::Value =
        serde_json::from_str(open.strip_prefix('0').expect("an open packet")).expect("JSON");
    open["sid"].as_str().expect("a sid").to_owned()
}

/// The socket id in the answer to a CONNECT to `/`.
pub(crate) fn socket_id(answer: &str) -> String {
    let json = answer.strip_prefix("40").unwrap_or_else(|| panic!("not connected: {answer}"));
    let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
    json["sid"].as_str().expect("an id").to_owned()
}
