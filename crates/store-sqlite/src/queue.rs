//! A bounded queue between those who ask and the thread that does.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

/// What a queued call counts for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weight {
    /// Messages in it.
    pub(crate) messages: usize,
    /// Bytes of text in it.
    pub(crate) bytes: usize,
}

/// Bounds of what waits, or of what is taken at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) calls: usize,
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

impl Bounds {
    fn admit(self, calls: usize, sum: Weight, next: Weight) -> bool {
        calls < self.calls
            && sum.messages.saturating_add(next.messages) <= self.messages
            && sum.bytes.saturating_add(next.bytes) <= self.bytes
    }
}

struct State<T> {
    items: VecDeque<(T, Weight)>,
    sum: Weight,
    /// Whoever waits need not be woken for less.
    enough: usize,
    /// Threads that wait for something to take.
    waiting: usize,
    /// One of them was woken and has not looked yet: no second one is woken for what it may take.
    is_waking: bool,
    is_closed: bool,
}

impl<T> State<T> {
    fn is_enough(&self) -> bool {
        self.items.len().max(self.sum.messages) >= self.enough
    }

    /// Whether somebody is to be woken for what there is.
    fn wakes(&mut self) -> bool {
        let wakes = self.waiting > 0 && !self.is_waking && self.is_enough();
        self.is_waking |= wakes;
        wakes
    }
}

/// Calls in the order in which they came.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
    bounds: Bounds,
}

impl<T> Queue<T> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let (items, sum) = (VecDeque::new(), Weight::default());
        let state = State { items, sum, enough: 1, waiting: 0, is_waking: false, is_closed: false };
        Self { state: Mutex::new(state), ready: Condvar::new(), bounds }
    }

    /// Puts a call at the end; `false`, and it is dropped, if the queue is full or closed. Into an
    /// empty queue any call goes, however large.
    pub(crate) fn push(&self, item: T, weight: Weight) -> bool {
        let mut state = self.state.lock();
        let has_room =
            state.items.is_empty() || self.bounds.admit(state.items.len(), state.sum, weight);
        if state.is_closed || !has_room {
            return false;
        }
        state.items.push_back((item, weight));
        state.sum.messages += weight.messages;
        state.sum.bytes += weight.bytes;
        let wakes = state.wakes();
        drop(state);
        if wakes {
            self.ready.notify_one();
        }
        true
    }

    /// Waits until there is something and takes what has queued, at least one call and no more than
    /// `most`. Empty when the queue is closed and nothing is left.
    pub(crate) fn take(&self, most: Bounds) -> (Vec<T>, Weight) {
        self.take_after(most, None)
    }

    /// As [`Queue::take`], but for fewer than so many calls, and messages in them, not before the
    /// moment. For a queue from which one thread takes.
    pub(crate) fn take_after(
        &self,
        most: Bounds,
        pause: Option<(Instant, usize)>,
    ) -> (Vec<T>, Weight) {
        let mut state = self.state.lock();
        while state.items.is_empty() && !state.is_closed {
            self.wait(&mut state, None);
        }
        if let Some((moment, enough)) = pause {
            state.enough = enough.max(1);
            while !state.is_enough() && !state.is_closed {
                if self.wait(&mut state, Some(moment)) {
                    break;
                }
            }
            state.enough = 1;
        }
        let (mut taken, mut sum) = (Vec::new(), Weight::default());
        while let Some(&(_, next)) = state.items.front()
            && (taken.is_empty() || most.admit(taken.len(), sum, next))
        {
            let Some((item, _)) = state.items.pop_front() else { break };
            taken.push(item);
            sum.messages += next.messages;
            sum.bytes += next.bytes;
        }
        state.sum.messages -= sum.messages;
        state.sum.bytes -= sum.bytes;
        // Whoever takes wakes the next, if there is more: so few are woken as long as they keep up.
        let wakes = !state.items.is_empty() && state.wakes();
        drop(state);
        if wakes {
            self.ready.notify_one();
        }
        (taken, sum)
    }

    /// `true` if the moment came first.
    fn wait(&self, state: &mut MutexGuard<'_, State<T>>, until: Option<Instant>) -> bool {
        state.waiting += 1;
        let is_over = if let Some(moment) = until {
            self.ready.wait_until(state, moment).timed_out()
        } else {
            self.ready.wait(state);
            false
        };
        state.waiting -= 1;
        state.is_waking = false;
        is_over
    }

    /// Waits so long for a call; `false` if none has come. `true` for a queue that is closed.
    pub(crate) fn has_within(&self, span: Duration) -> bool {
        let until = Instant::now() + span;
        let mut state = self.state.lock();
        while state.items.is_empty() && !state.is_closed {
            if self.wait(&mut state, Some(until)) {
                break;
            }
        }
        !state.items.is_empty() || state.is_closed
    }

    /// Takes nothing more; what is queued is still given out.
    pub(crate) fn close(&self) {
        self.state.lock().is_closed = true;
        self.ready.notify_all();
    }

    /// How many calls wait.
    pub(crate) fn len(&self) -> usize {
        self.state.lock().items.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Bounds = Bounds { calls: 100, messages: 100, bytes: 1_000 };

    fn weight(messages: usize, bytes: usize) -> Weight {
        Weight { messages, bytes }
    }

    #[test]
    fn what_has_queued_is_taken_at_once_within_the_bounds_and_in_order() {
        let queue = Queue::new(WIDE);
        for item in 0..10 {
            assert!(queue.push(item, weight(1, 10)));
        }
        let by_messages = Bounds { messages: 3, ..WIDE };
        assert_eq!(queue.take(by_messages).0, [0, 1, 2]);
        let by_bytes = Bounds { bytes: 25, ..WIDE };
        assert_eq!(queue.take(by_bytes).0, [3, 4]);
        assert_eq!(queue.take(Bounds { calls: 1, ..WIDE }).0, [5]);
        let (rest, sum) = queue.take(WIDE);
        assert_eq!((rest.len(), sum.messages, sum.bytes, queue.len()), (4, 4, 40, 0));
    }

    #[test]
    fn a_call_over_the_bound_is_taken_alone() {
        let queue = Queue::new(WIDE);
        assert!(queue.push('a', weight(500, 5_000)));
        assert!(!queue.push('b', weight(1, 1)));
        assert_eq!(queue.take(Bounds { messages: 1, ..WIDE }).0, ['a']);
        assert!(queue.push('b', weight(1, 1)));
    }

    #[test]
    fn a_full_queue_refuses_and_has_room_again_when_something_is_taken() {
        for bounds in [
            Bounds { calls: 2, ..WIDE },
            Bounds { messages: 2, ..WIDE },
            Bounds { bytes: 20, ..WIDE },
        ] {
            let queue = Queue::new(bounds);
            assert!(queue.push(1, weight(1, 10)) && queue.push(2, weight(1, 10)));
            assert!(!queue.push(3, weight(1, 10)));
            assert_eq!(queue.take(Bounds { calls: 1, ..WIDE }).0, [1]);
            assert!(queue.push(4, weight(1, 10)));
        }
    }

    #[test]
    fn a_pause_ends_when_there_is_enough_or_nothing_more_will_come_or_it_is_over() {
        let never = Instant::now() + Duration::from_hours(1);
        let queue = Queue::new(WIDE);
        assert!(queue.push(1, weight(3, 0)));
        assert_eq!(queue.take_after(WIDE, Some((never, 3))).0, [1]);
        assert!(queue.push(1, weight(0, 0)) && queue.push(2, weight(0, 0)));
        assert_eq!(queue.take_after(WIDE, Some((never, 2))).0, [1, 2]);

        std::thread::scope(|scope| {
            let taken = scope.spawn(|| queue.take_after(WIDE, Some((never, 3))).0);
            for item in 1..=3 {
                assert!(queue.push(item, weight(1, 0)));
            }
            assert_eq!(taken.join().expect("it ends"), [1, 2, 3]);
        });

        let soon = Instant::now() + Duration::from_millis(5);
        assert!(queue.push(1, weight(1, 0)));
        assert_eq!(queue.take_after(WIDE, Some((soon, 2))).0, [1]);
        assert!(Instant::now() >= soon);

        assert!(queue.push(1, weight(1, 0)));
        queue.close();
        assert_eq!(queue.take_after(WIDE, Some((never, 2))).0, [1]);
    }

    #[test]
    fn several_who_take_get_all_of_what_many_put_in() {
        let queue = Queue::new(Bounds { calls: usize::MAX, ..WIDE });
        let one = Bounds { calls: 1, ..WIDE };
        std::thread::scope(|scope| {
            let takers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        std::iter::from_fn(|| queue.take(one).0.pop()).collect::<Vec<u32>>()
                    })
                })
                .collect();
            let (queue, putters) = (&queue, 4);
            let putters: Vec<_> = (0..putters)
                .map(|putter| {
                    scope.spawn(move || {
                        for nth in 0..5_000 {
                            assert!(queue.push(nth * putters + putter, weight(0, 0)));
                        }
                    })
                })
                .collect();
            for putter in putters {
                putter.join().expect("it ends");
            }
            queue.close();
            let taken = takers.into_iter().map(|taker| taker.join().expect("it ends"));
            let mut taken: Vec<_> = taken.flatten().collect();
            taken.sort_unstable();
            assert!(taken.into_iter().eq(0..20_000));
        });
    }

    #[test]
    fn a_silence_ends_with_a_call_or_with_the_queue() {
        let queue = Queue::new(WIDE);
        assert!(!queue.has_within(Duration::from_millis(1)));
        std::thread::scope(|scope| {
            let has = scope.spawn(|| queue.has_within(Duration::from_hours(1)));
            assert!(queue.push(1, weight(1, 0)));
            assert!(has.join().expect("it ends"));
        });
        assert_eq!(queue.take(WIDE).0, [1]);
        queue.close();
        assert!(queue.has_within(Duration::from_hours(1)));
    }

    #[test]
    fn a_closed_queue_gives_out_what_it_holds_and_takes_nothing() {
        let queue = Queue::new(WIDE);
        assert!(queue.push(1, weight(0, 0)));
        queue.close();
        assert!(!queue.push(2, weight(0, 0)));
        assert_eq!(queue.take(WIDE).0, [1]);
        assert_eq!(queue.take(WIDE).0, [] as [i32; 0]);
    }
}
