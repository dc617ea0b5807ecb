//! A TCP proxy for tests: what goes through can be delayed, throttled, stopped and cut, each
//! connection and each direction by itself, while it runs.

mod link;

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

pub use link::Link;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From whoever connected to the proxy.
    ToServer,
    /// To whoever connected to the proxy.
    ToClient,
}

/// How one direction of one connection behaves. The default passes everything on at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conduct {
    /// How much later each byte arrives.
    pub delay: Duration,
    /// Up to how much later still, by the seed; the order stays.
    pub jitter: Duration,
    /// How much goes through; `None` for all that comes.
    pub bytes_per_second: Option<NonZeroU32>,
    /// A black hole: nothing is taken and nothing given, not even an end, until that changes.
    pub is_stopped: bool,
}

impl Conduct {
    /// A black hole.
    pub fn stopped() -> Self {
        Self { is_stopped: true, ..Self::default() }
    }
}

/// How a connection is cut. What is on its way is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Both ends see an orderly end (FIN).
    Fin,
    /// Both ends see that the connection was reset (RST).
    Reset,
}

/// Connections that are remembered: some 500 bytes each. The next one is refused.
const MAX_LINKS: usize = 65_536;

/// A listening proxy; dropped, it resets every connection.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    /// For connections to come, by direction.
    conduct: Mutex<[Conduct; 2]>,
    is_refusing: AtomicBool,
    links: watch::Sender<Vec<Link>>,
}

impl Proxy {
    /// Listens at a free port of 127.0.0.1 and passes what comes on to `server`. `seed` decides the
    /// jitter.
    ///
    /// # Errors
    /// Those of listening.
    pub async fn start(server: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let shared = Arc::new(Shared {
            conduct: Mutex::default(),
            is_refusing: AtomicBool::new(false),
            links: watch::Sender::new(Vec::new()),
        });
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(accept(listener, server, seed, Arc::clone(&shared)));
        Ok(Self { address, shared, accepting })
    }

    /// Where to connect.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How connections behave that are made from now on.
    pub fn set_new(&self, direction: Direction, conduct: Conduct) {
        let mut both = self.shared.conduct.lock().unwrap_or_else(PoisonError::into_inner);
        both[direction as usize] = conduct;
    }

    /// Resets connections that are made from now on.
    pub fn refuse(&self) {
        self.shared.is_refusing.store(true, Ordering::Relaxed);
    }

    /// Lets connections through again.
    pub fn admit(&self) {
        self.shared.is_refusing.store(false, Ordering::Relaxed);
    }

    /// Every connection that was let through, oldest first, those that are over too.
    pub fn links(&self) -> Vec<Link> {
        self.shared.links.borrow().clone()
    }

    /// The `n`th connection, from 0; waits until there is one.
    pub async fn link(&self, n: usize) -> Link {
        let mut links = self.shared.links.subscribe();
        let there = links.wait_for(|links| links.len() > n).await;
        there.expect("the sender is in `self`")[n].clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, seed: u64, shared: Arc<Shared>) {
    let mut running = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while running.try_join_next().is_some() {}
        let n = shared.links.borrow().len();
        if shared.is_refusing.load(Ordering::Relaxed) || n >= MAX_LINKS {
            let _ = client.set_zero_linger();
            continue;
        }
        let conduct = *shared.conduct.lock().unwrap_or_else(PoisonError::into_inner);
        let (link, orders) = link::new(conduct);
        shared.links.send_modify(|links| links.push(link));
        running.spawn(async move {
            match TcpStream::connect(server).await {
                Ok(server) => link::run(client, server, orders, seed.wrapping_add(n as u64)).await,
                Err(_) => drop(client.set_zero_linger()),
            }
        });
    }
}
