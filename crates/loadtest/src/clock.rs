//! Time: the host's monotonic clock in nanoseconds, and a timer that keeps to it.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
    timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;

/// Nanoseconds in a second.
pub(crate) const SECOND_NS: u64 = 1_000_000_000;

/// The monotonic clock, the same for every process of this host: what one writes into a message,
/// another may compare with.
pub(crate) fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let part = |value: i64| u64::try_from(value).unwrap_or_default();
    part(now.tv_sec) * SECOND_NS + part(now.tv_nsec)
}

/// A duration as nanoseconds; saturates after 584 years.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A timer with the kernel's own precision (some ten microseconds). The runtime's timers tick in
/// milliseconds, which would be counted as the server's latency.
pub(crate) struct Timer {
    fd: AsyncFd<OwnedFd>,
}

impl Timer {
    /// A timer that is not set yet.
    ///
    /// # Errors
    /// What the system answers when it has no more timers.
    pub(crate) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        #[expect(unsafe_code, reason = "the runtime offers no other way to wait for a timer")]
        // SAFETY: an `OwnedFd` is open, and the same, for as long as the `AsyncFd` owns it.
        let fd = unsafe { AsyncFd::register(fd) }?;
        Ok(Self { fd })
    }

    /// Returns at `deadline_ns`. Where that has passed, other tasks get their turn first.
    ///
    /// # Errors
    /// What the system answers, which it has no reason to.
    pub(crate) async fn until(&mut self, deadline_ns: u64) -> io::Result<()> {
        if deadline_ns <= now_ns() {
            tokio::task::yield_now().await;
            return Ok(());
        }
        let part = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let value = Timespec {
            tv_sec: part(deadline_ns / SECOND_NS),
            tv_nsec: part(deadline_ns % SECOND_NS),
        };
        let once = Itimerspec { it_interval: Timespec::default(), it_value: value };
        timerfd_settime(self.fd.get_ref(), TimerfdTimerFlags::ABSTIME, &once)?;
        loop {
            let mut ready = self.fd.readable().await?;
            let read = |fd: &AsyncFd<OwnedFd>| Ok(rustix::io::read(fd.get_ref(), &mut [0_u8; 8])?);
            if let Ok(read) = ready.try_io(read) {
                return read.map(drop);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timer_never_returns_early() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut timer = Timer::new().unwrap();
            for wait_ns in [0, 100_000, 1_500_000] {
                let deadline_ns = now_ns() + wait_ns;
                timer.until(deadline_ns).await.unwrap();
                assert!(now_ns() >= deadline_ns);
            }
        });
    }
}
