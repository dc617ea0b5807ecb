//! One connection through the proxy.

use std::time::Duration;

use fastrand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Conduct, Cut, Direction};

/// The most that is taken at once, and given at once by a throttled direction.
const CHUNK_BYTES: usize = 4_096;
/// Chunks on their way: a delayed direction holds at most 256 KiB, then it takes no more.
const MAX_CHUNKS: usize = 64;

/// The handle of one connection; the connection does not end with it.
#[derive(Debug, Clone)]
pub struct Link {
    orders: watch::Sender<Orders>,
}

/// What a connection was told to do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Orders {
    conduct: [Conduct; 2],
    is_closed: [bool; 2],
    cut: Option<Cut>,
}

impl Link {
    /// How one direction behaves from now on, what is on its way included, but for its delay.
    pub fn set(&self, direction: Direction, conduct: Conduct) {
        self.orders.send_modify(|orders| orders.conduct[direction as usize] = conduct);
    }

    /// Ends one direction, when what is on its way has arrived; the other goes on.
    pub fn half_close(&self, direction: Direction) {
        self.orders.send_modify(|orders| orders.is_closed[direction as usize] = true);
    }

    /// Cuts the connection, also through a black hole.
    pub fn cut(&self, cut: Cut) {
        self.orders.send_modify(|orders| orders.cut = Some(cut));
    }

    /// Waits until the connection is over, whoever ended it.
    pub async fn over(&self) {
        self.orders.closed().await;
    }
}

pub(super) fn new(conduct: [Conduct; 2]) -> (Link, watch::Receiver<Orders>) {
    let (orders, receiver) = watch::channel(Orders { conduct, is_closed: [false; 2], cut: None });
    (Link { orders }, receiver)
}

/// Passes on until both directions have ended, or the connection is cut.
pub(super) async fn run(
    mut client: TcpStream,
    mut server: TcpStream,
    mut orders: watch::Receiver<Orders>,
    seed: u64,
) {
    // Nagle's algorithm would add delays that nobody asked for.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let dice = Rng::with_seed(seed);
    let up = Pump::new(Direction::ToServer, &orders, dice.clone());
    let down = Pump::new(Direction::ToClient, &orders, dice);
    let cut = tokio::select! {
        _ = async { tokio::join!(up.run(from_client, to_server), down.run(from_server, to_client)) } => None,
        cut = until_cut(&mut orders) => Some(cut),
    };
    match cut {
        Some(Cut::Reset) => {
            let _ = (client.set_zero_linger(), server.set_zero_linger());
        }
        Some(Cut::Fin) => end(client, server).await,
        None => {}
    }
}

async fn until_cut(orders: &mut watch::Receiver<Orders>) -> Cut {
    let is_cut = |orders: &Orders| orders.cut.is_some();
    let cut = orders.wait_for(is_cut).await.ok().and_then(|orders| orders.cut);
    match cut {
        Some(cut) => cut,
        None => std::future::pending().await,
    }
}

/// Says the end to both, and then throws away what they still say: to leave it unread would reset.
async fn end(mut client: TcpStream, mut server: TcpStream) {
    let _ = (client.shutdown().await, server.shutdown().await);
    let mut nowhere = (tokio::io::sink(), tokio::io::sink());
    let _ = tokio::join!(
        tokio::io::copy(&mut client, &mut nowhere.0),
        tokio::io::copy(&mut server, &mut nowhere.1),
    );
}

/// One direction.
struct Pump {
    direction: Direction,
    orders: watch::Receiver<Orders>,
    dice: Rng,
}

type Chunk = (Instant, Vec<u8>);

impl Pump {
    fn new(direction: Direction, orders: &watch::Receiver<Orders>, dice: Rng) -> Self {
        Self { direction, orders: orders.clone(), dice }
    }

    async fn run(self, from: ReadHalf<'_>, to: WriteHalf<'_>) {
        let (sender, receiver) = mpsc::channel(MAX_CHUNKS);
        let (direction, orders) = (self.direction, self.orders.clone());
        tokio::join!(self.take(from, sender), give(to, receiver, direction, orders));
    }

    /// Reads, and says when what was read is due.
    async fn take(mut self, mut from: ReadHalf<'_>, queue: mpsc::Sender<Chunk>) {
        let mut last = Instant::now();
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            let orders = *self.orders.borrow_and_update();
            if orders.is_closed[self.direction as usize] {
                return;
            }
            let conduct = orders.conduct[self.direction as usize];
            let read = tokio::select! {
                biased;
                change = self.orders.changed() => match change {
                    Ok(()) => continue,
                    // Nobody can give orders any more: the last ones stay.
                    Err(_) => from.read(&mut buffer).await,
                },
                read = from.read(&mut buffer), if !conduct.is_stopped => read,
            };
            let Ok(length @ 1..) = read else { return };
            let jitter = conduct.jitter.mul_f64(self.dice.f64());
            last = last.max(Instant::now() + conduct.delay + jitter);
            if queue.send((last, buffer[..length].to_vec())).await.is_err() {
                return;
            }
        }
    }
}

/// Writes what is due, at most as fast as it may.
async fn give(
    mut to: WriteHalf<'_>,
    mut queue: mpsc::Receiver<Chunk>,
    direction: Direction,
    mut orders: watch::Receiver<Orders>,
) {
    while let Some((due, bytes)) = queue.recv().await {
        sleep_until(due).await;
        let runs = |orders: &Orders| !orders.conduct[direction as usize].is_stopped;
        let Ok(rate) =
            orders.wait_for(runs).await.map(|now| now.conduct[direction as usize].bytes_per_second)
        else {
            return std::future::pending().await;
        };
        if to.write_all(&bytes).await.is_err() {
            return;
        }
        if let Some(rate) = rate {
            #[expect(clippy::cast_precision_loss, reason = "at most 4,096")]
            let seconds = bytes.len() as f64 / f64::from(rate.get());
            sleep(Duration::from_secs_f64(seconds)).await;
        }
    }
    let runs = |orders: &Orders| !orders.conduct[direction as usize].is_stopped;
    if orders.wait_for(runs).await.is_ok() {
        let _ = to.shutdown().await;
    }
}
