//! The application of the tests: it does what an event's name says.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::value::RawValue;
use socketio::{
    Ack, Answer, BoxFuture, ConnectRequest, DisconnectReason, Event, Flow, Handler, Namespace,
    Packet, Refusal, Socket, SocketId,
};
use tokio::sync::{Notify, Semaphore};

use super::{PATIENCE, within};

/// What the handlers saw, and what holds them up.
pub(crate) struct App {
    /// Lines such as `connected`, `event echo ["x"]`, `disconnected ping timeout`.
    lines: Mutex<Vec<(SocketId, String)>>,
    changed: Notify,
    /// The sockets that are connected.
    sockets: Mutex<HashMap<SocketId, Socket>>,
    /// A `wait` event, and a CONNECT with `gate` in its payload, take one of these to go on.
    pub(crate) gate: Semaphore,
}

impl Default for App {
    fn default() -> Self {
        Self {
            lines: Mutex::default(),
            changed: Notify::default(),
            sockets: Mutex::default(),
            gate: Semaphore::new(0),
        }
    }
}

impl App {
    pub(crate) fn write(&self, socket: SocketId, line: impl Into<String>) {
        self.lines.lock().push((socket, line.into()));
        self.changed.notify_waiters();
    }

    /// Everything, in order.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().iter().map(|(_, line)| line.clone()).collect()
    }

    pub(crate) fn count(&self, wanted: &str) -> usize {
        self.lines.lock().iter().filter(|(_, line)| line == wanted).count()
    }

    /// Waits until this line was written so many times.
    pub(crate) async fn saw(&self, wanted: &str, times: usize) {
        let seen = async {
            loop {
                let changed = self.changed.notified();
                if self.count(wanted) >= times {
                    return;
                }
                changed.await;
            }
        };
        let seen = tokio::time::timeout(PATIENCE, seen).await;
        assert!(seen.is_ok(), "{wanted:?} x {times}: not within {PATIENCE:?}: {:?}", self.tail());
    }

    /// Waits until so many lines were written.
    pub(crate) async fn saw_line(&self, lines: usize) {
        let seen = async {
            loop {
                let changed = self.changed.notified();
                if self.lines.lock().len() >= lines {
                    return;
                }
                changed.await;
            }
        };
        within("a line", seen).await;
    }

    fn tail(&self) -> Vec<String> {
        let lines = self.lines();
        lines[lines.len().saturating_sub(20)..].to_vec()
    }

    /// The only socket.
    pub(crate) fn socket(&self) -> Socket {
        let sockets = self.sockets.lock();
        assert_eq!(sockets.len(), 1, "connected sockets");
        sockets.values().next().expect("one").clone()
    }

    pub(crate) fn sockets(&self) -> Vec<Socket> {
        self.sockets.lock().values().cloned().collect()
    }

    pub(crate) fn assert_each_end_was_heard_once(&self) {
        let mut sockets: HashMap<SocketId, (usize, usize)> = HashMap::new();
        for (socket, line) in &*self.lines.lock() {
            let seen = sockets.entry(*socket).or_default();
            seen.0 += usize::from(line == "connected");
            seen.1 += usize::from(line.starts_with("disconnected"));
        }
        for (socket, seen) in sockets {
            assert_eq!(seen, (1, 1), "`connected` and `disconnected` of {socket}");
        }
    }
}

/// The namespace of the tests. The CONNECT payload says what becomes of it: `{"refuse": text}`,
/// with `{"data": any}` if there is any; `{"gate": true}` waits for [`App::gate`].
pub(crate) struct Door(pub(crate) Arc<App>);

#[derive(Default, serde::Deserialize)]
struct Wish {
    refuse: Option<String>,
    data: Option<Box<RawValue>>,
    #[serde(default)]
    gate: bool,
    #[serde(default)]
    panic: bool,
}

impl Namespace for Door {
    fn connect(&self, request: ConnectRequest) -> BoxFuture<Result<Box<dyn Handler>, Refusal>> {
        let app = self.0.clone();
        Box::pin(async move {
            let auth = request.auth;
            let wish: Wish = match &auth {
                Some(auth) => serde_json::from_str(auth.get()).expect("an object"),
                None => Wish::default(),
            };
            if wish.gate {
                pass(&app.gate).await;
            }
            assert!(!wish.panic, "a connect that was asked to panic");
            if let Some(message) = wish.refuse {
                return Err(Refusal { message, data: wish.data });
            }
            Ok(Box::new(Guest { app, auth }) as Box<dyn Handler>)
        })
    }
}

async fn pass(gate: &Semaphore) {
    gate.acquire().await.expect("it is never closed").forget();
}

struct Guest {
    app: Arc<App>,
    auth: Option<Box<RawValue>>,
}

impl Guest {
    /// Writes a line each time that it is polled, and panics.
    fn panicking(&self, socket: &Socket) -> BoxFuture<()> {
        let goes = Goes(self.app.clone(), socket.id());
        Box::pin(std::future::poll_fn(move |_| {
            goes.0.write(goes.1, "polled");
            panic!("a wait that was asked to panic")
        }))
    }

    /// Waits at the gate, and then answers.
    fn gated(&self, socket: &Socket, ack: Option<Ack>) -> BoxFuture<()> {
        let (app, id) = (self.app.clone(), socket.id());
        Box::pin(async move {
            pass(&app.gate).await;
            app.write(id, "waited");
            if let Some(ack) = ack {
                ack.send("waited");
            }
        })
    }
}

/// Writes a line when it goes.
struct Goes(Arc<App>, SocketId);

impl Drop for Goes {
    fn drop(&mut self) {
        self.0.write(self.1, "dropped");
    }
}

impl Handler for Guest {
    fn connected(&mut self, socket: &Socket) {
        self.app.sockets.lock().insert(socket.id(), socket.clone());
        self.app.write(socket.id(), "connected");
        if let Some(auth) = &self.auth {
            socket.emit("auth", auth);
        }
    }

    fn event(&mut self, socket: &Socket, event: Event<'_>, ack: Option<Ack>) -> Flow {
        let args: Vec<&str> = event.args.iter().map(|arg| arg.get()).collect();
        self.app.write(socket.id(), format!("event {} [{}]", event.name, args.join(",")));
        match event.name.as_ref() {
            "echo" => answer(socket, &event, ack),
            "flood" => flood(socket, event.args[0].get(), event.args[1].get()),
            "ask" => ask(&self.app, socket, event.args[0].get()),
            "spin" => spin(),
            "leave" => socket.disconnect(),
            "close" => socket.close(),
            "panic" => panic!("a handler that was asked to panic"),
            "wait" => return Flow::Wait(self.gated(socket, ack)),
            "hold" => return Flow::Hold(self.gated(socket, ack)),
            "hold_but_echo" => {
                let passes = Box::new(|event: &Event<'_>| event.name == "echo");
                return Flow::HoldBut(self.gated(socket, ack), passes);
            }
            "panic_waiting" => return Flow::Wait(self.panicking(socket)),
            "panic_holding" => return Flow::Hold(self.panicking(socket)),
            "panic_gated" => {
                let gated = self.gated(socket, ack);
                return Flow::Wait(Box::pin(async move {
                    gated.await;
                    panic!("a wait that was asked to panic");
                }));
            }
            _ => {}
        }
        Flow::Next
    }

    fn disconnected(&mut self, socket: &Socket, reason: DisconnectReason) {
        self.app.sockets.lock().remove(&socket.id());
        self.app.write(socket.id(), format!("disconnected {}", reason.as_str()));
    }
}

fn answer(socket: &Socket, event: &Event<'_>, ack: Option<Ack>) {
    match ack {
        Some(ack) => ack.send_binary(&event.args, &event.attachments),
        None => socket.send(&Packet::binary_event(
            socket.namespace(),
            "echo",
            &event.args,
            &event.attachments,
        )),
    }
}

/// `count` events of `size` bytes.
fn flood(socket: &Socket, count: &str, size: &str) {
    let filler = "x".repeat(size.parse().expect("a number"));
    for i in 0..count.parse::<usize>().expect("a number") {
        socket.emit("flood", &(i, &filler));
    }
}

/// Keeps the thread busy for a millisecond.
fn spin() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(1) {
        std::hint::spin_loop();
    }
}

/// An event that wants an acknowledgement within so many milliseconds; writes down what it got.
fn ask(app: &Arc<App>, socket: &Socket, timeout_ms: &str) {
    let (app, id) = (app.clone(), socket.id());
    let timeout = Duration::from_millis(timeout_ms.parse().expect("a number"));
    socket.emit_with_ack("ask", "?", timeout, move |answer| match answer {
        Ok(Answer { args, attachments }) => {
            let args: Vec<&str> = args.iter().map(|arg| arg.get()).collect();
            app.write(id, format!("answer [{}] {attachments:?}", args.join(",")));
        }
        Err(error) => app.write(id, format!("no answer: {error}")),
    });
}

/// Lets `n` of those go on who wait.
pub(crate) fn open_gate(app: &App, n: usize) {
    app.gate.add_permits(n);
}

/// Waits until all sockets of the application are gone.
pub(crate) async fn empty(app: &App) {
    let empty = async {
        loop {
            let changed = app.changed.notified();
            if app.sockets.lock().is_empty() {
                return;
            }
            changed.await;
        }
    };
    within("the sockets go", empty).await;
}
