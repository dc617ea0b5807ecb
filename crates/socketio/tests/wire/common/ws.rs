//! WebSocket by hand (RFC 6455), and Engine.IO over it.

use std::net::SocketAddr;
use std::os::fd::AsRawFd;

use tokio::net::TcpSocket;

use super::http::{Http, sid_of, socket_id};
use super::{Server, within};

/// The example key of the RFC.
pub(crate) const HANDSHAKE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

const MASK: [u8; 4] = [0x5A, 0x01, 0xFE, 0x80];

/// A WebSocket after its handshake.
pub(crate) struct Ws {
    pub(crate) http: Http,
}

/// What came in, or that nothing more will.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Got {
    Text(String),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
    /// A close frame with this code.
    Close(u16),
    End,
}

impl Ws {
    /// The HTTP handshake alone.
    pub(crate) async fn handshake(addr: SocketAddr, target: &str) -> Self {
        Self::handshake_over(Http::connect(addr).await, target).await
    }

    async fn handshake_over(mut http: Http, target: &str) -> Self {
        http.send("GET", target, HANDSHAKE, b"").await;
        let answer = http.response().await;
        assert_eq!(answer.status, 101, "{}", answer.text());
        assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        Self { http }
    }

    /// Opens a session; its secret id.
    pub(crate) async fn open(server: &Server) -> (Self, String) {
        let mut ws = Self::handshake(server.addr, "/socket.io/?EIO=4&transport=websocket").await;
        let sid = sid_of(&ws.text().await);
        (ws, sid)
    }

    /// Opens a session and connects to `/`; the public id.
    pub(crate) async fn connect(server: &Server) -> (Self, String) {
        let (mut ws, _) = Self::open(server).await;
        ws.send("40").await;
        let id = socket_id(&ws.text().await);
        (ws, id)
    }

    /// The same for a client whose kernel takes little that it has not read.
    pub(crate) async fn connect_narrow(server: &Server) -> Self {
        let http = narrow(server).await;
        let target = "/socket.io/?EIO=4&transport=websocket";
        let mut ws = Self::handshake_over(http, target).await;
        assert!(ws.text().await.starts_with('0'));
        ws.send("40").await;
        assert!(ws.text().await.starts_with("40"));
        ws
    }

    /// Segments with data that have come in (`TCP_INFO`, tcp(7)).
    #[expect(unsafe_code, reason = "there is no safe wrapper of it")]
    pub(crate) fn segments(&self) -> u32 {
        // SAFETY: all of it are numbers, for which zero is a value.
        let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
        let mut len = libc::socklen_t::try_from(size_of_val(&info)).expect("it fits");
        let fd = self.http.stream.as_raw_fd();
        // SAFETY: the kernel writes at most `len` bytes to `info`; both outlive the call.
        let result = unsafe {
            let (info, len) = ((&raw mut info).cast(), &raw mut len);
            libc::getsockopt(fd, libc::IPPROTO_TCP, libc::TCP_INFO, info, len)
        };
        assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
        let end = std::mem::offset_of!(libc::tcp_info, tcpi_data_segs_in) + size_of::<u32>();
        assert!(len as usize >= end, "this kernel does not count them");
        info.tcpi_data_segs_in
    }

    /// Tries to move a session on long-polling to a new WebSocket; not even probed yet.
    pub(crate) async fn probe(server: &Server, sid: &str) -> Self {
        let target = format!("/socket.io/?EIO=4&transport=websocket&sid={sid}");
        Self::handshake(server.addr, &target).await
    }

    /// The same for a client whose kernel takes little that it has not read.
    pub(crate) async fn probe_narrow(server: &Server, sid: &str) -> Self {
        let target = format!("/socket.io/?EIO=4&transport=websocket&sid={sid}");
        Self::handshake_over(narrow(server).await, &target).await
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.write(&frame(0x81, text.as_bytes())).await;
    }

    pub(crate) async fn send_binary(&mut self, bytes: &[u8]) {
        self.write(&frame(0x82, bytes)).await;
    }

    /// Raw bytes.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.http.write(bytes).await;
    }

    /// The next frame.
    pub(crate) async fn next(&mut self) -> Got {
        within("a frame", self.next_frame()).await
    }

    async fn next_frame(&mut self) -> Got {
        loop {
            if let Some((got, len)) = parse(&self.http.unread) {
                self.http.unread.drain(..len);
                return got;
            }
            if !self.http.fill().await {
                assert!(self.http.unread.is_empty(), "the connection ended within a frame");
                return Got::End;
            }
        }
    }

    /// The next frame, which is text.
    pub(crate) async fn text(&mut self) -> String {
        match self.next().await {
            Got::Text(text) => text,
            other => panic!("not a text: {other:?}"),
        }
    }

    /// Reads to the end: the close code, if one was told, and the texts before it.
    pub(crate) async fn end(&mut self) -> (Option<u16>, Vec<String>) {
        let (mut code, mut texts) = (None, Vec::new());
        loop {
            match self.next().await {
                Got::Text(text) => texts.push(text),
                Got::Close(told) => code = Some(told),
                Got::End => return (code, texts),
                Got::Binary(_) | Got::Pong(_) => {}
            }
        }
    }

    /// Waits for the close frame with this code and for the end.
    pub(crate) async fn closed(mut self, code: u16) {
        let (told, texts) = self.end().await;
        assert_eq!(told, Some(code), "after {texts:?}");
    }

    /// Says goodbye as a browser does.
    pub(crate) async fn close(mut self) {
        self.write(&frame(0x88, &1000_u16.to_be_bytes())).await;
        let (code, _) = self.end().await;
        assert_eq!(code, Some(1000));
    }

    /// Breaks the connection: the peer hears a reset.
    pub(crate) fn reset(self) {
        self.http.stream.set_zero_linger().expect("a TCP connection");
    }
}

/// A connection whose kernel takes little that was not read.
pub(crate) async fn narrow(server: &Server) -> Http {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let stream = socket.connect(server.addr).await.expect("the server listens");
    Http { stream, unread: Vec::new() }
}

/// A masked frame.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..=125 => bytes.push(0x80 | u8::try_from(short).expect("short")),
        medium @ 126..=0xFFFF => {
            bytes.push(0xFE);
            bytes.extend_from_slice(&u16::try_from(medium).expect("medium").to_be_bytes());
        }
        long => {
            bytes.push(0xFF);
            bytes.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

/// The frame at the start of `bytes`, and its length. A server's frames are whole and unmasked.
fn parse(bytes: &[u8]) -> Option<(Got, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (len, head) = match second {
        126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
        127 => {
            let len = u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?);
            (usize::try_from(len).expect("it fits"), 10)
        }
        short => (usize::from(short), 2),
    };
    assert!(second < 128, "a server's frame is not masked");
    let payload = bytes.get(head..head + len)?;
    let got = match first {
        0x81 => Got::Text(String::from_utf8(payload.to_vec()).expect("UTF-8")),
        0x82 => Got::Binary(payload.to_vec()),
        0x88 => Got::Close(u16::from_be_bytes(payload.try_into().expect("a code"))),
        0x8A => Got::Pong(payload.to_vec()),
        other => panic!("a frame that begins with {other:#x}"),
    };
    Some((got, head + len))
}
