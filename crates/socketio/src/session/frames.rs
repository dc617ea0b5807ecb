//! The frames that wait for a client, in their order.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use crate::frame::Frame;
use crate::stream::Outlet;

/// Frames of one vectored write; 16 bytes of stack each.
const WRITE_SLICES: usize = 64;

/// Places behind the first when there is a second.
const FIRST_PLACES: usize = 4;

/// A queue that has grown beyond this many places gives memory back when most of them are free.
const KEPT_PLACES: usize = 16;

/// What a place behind the first costs, taken or not.
const PLACE_BYTES: usize = size_of::<Frame>();

/// What it costs that there are any.
const PLACES_BYTES: usize = size_of::<VecDeque<Frame>>();

/// The first one has its place here: most clients are told one thing at a time, and it is found with
/// the session then, and takes no memory of its own.
#[derive(Default)]
pub(super) struct Frames {
    first: Option<Frame>,
    /// Those behind the first; none without it.
    #[expect(clippy::box_collection, reason = "8 bytes of an idle session instead of 32")]
    more: Option<Box<VecDeque<Frame>>>,
    /// What the frames cost, their places aside.
    bytes: usize,
    /// How much of the first frame is written already.
    written: usize,
}

impl Frames {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(super) fn first(&self) -> Option<&Frame> {
        self.first.as_ref()
    }

    /// Puts a frame at the end.
    pub(super) fn push(&mut self, frame: Frame) {
        self.bytes += frame.cost();
        if self.first.is_none() {
            self.first = Some(frame);
        } else {
            let more = || Box::new(VecDeque::with_capacity(FIRST_PLACES));
            self.more.get_or_insert_with(more).push_back(frame);
        }
    }

    /// Drops the first frame.
    pub(super) fn pop(&mut self) {
        let next = self.more.as_mut().and_then(|more| more.pop_front());
        if let Some(frame) = std::mem::replace(&mut self.first, next) {
            self.bytes -= frame.cost();
        }
    }

    /// Writes once, as much as is taken; the number of bytes.
    pub(super) fn write_to(&self, outlet: &Outlet) -> io::Result<usize> {
        let mut wires = self.wires();
        let Some(first) = wires.next() else { return Ok(0) };
        let Some(second) = wires.next() else { return outlet.write(first) };
        let mut slices = [IoSlice::new(&[]); WRITE_SLICES];
        let mut count = 0;
        for (slice, wire) in slices.iter_mut().zip([first, second].into_iter().chain(wires)) {
            *slice = IoSlice::new(wire);
            count += 1;
        }
        outlet.write_vectored(&slices[..count])
    }

    /// What is left to write, frame by frame.
    fn wires(&self) -> impl Iterator<Item = &[u8]> {
        let first = self.first.iter().map(|frame| &frame.wire()[self.written..]);
        first.chain(self.more.iter().flat_map(|more| more.iter().map(Frame::wire)))
    }

    /// Drops what was written; the number of frames that are through.
    pub(super) fn advance(&mut self, mut written: usize) -> u64 {
        let mut done = 0;
        written += self.written;
        while let Some(frame) = &self.first {
            if written < frame.len() {
                break;
            }
            written -= frame.len();
            self.pop();
            done += 1;
        }
        self.written = written;
        self.trim();
        done
    }

    /// Gives places back that are not needed any more.
    pub(super) fn trim(&mut self) {
        let Some(more) = &mut self.more else { return };
        let (taken, places) = (more.len(), more.capacity());
        if taken == 0 {
            // Most sessions are idle.
            self.more = None;
        } else if places > KEPT_PLACES && taken <= places / 4 {
            // At a quarter, and then by half: so the moves cost less than the frames did.
            more.shrink_to(places / 2);
        }
    }

    /// Drops all but a frame that is written in part.
    pub(super) fn keep_started(&mut self) {
        self.more = None;
        if self.written == 0 {
            self.first = None;
        }
        self.bytes = self.first.as_ref().map_or(0, Frame::cost);
    }

    /// What is held: frames, and places.
    pub(super) fn held_bytes(&self) -> usize {
        self.bytes + cost_of(self.more.as_ref().map_or(0, |more| more.capacity()))
    }

    /// What is held once this frame is queued too: places double when they are all taken.
    pub(super) fn held_bytes_with(&self, frame: &Frame) -> usize {
        let places = match &self.more {
            None if self.first.is_none() => 0,
            None => FIRST_PLACES,
            Some(more) if more.len() == more.capacity() => more.capacity() * 2,
            Some(more) => more.capacity(),
        };
        self.bytes + frame.cost() + cost_of(places)
    }
}

fn cost_of(places: usize) -> usize {
    if places == 0 { 0 } else { PLACES_BYTES + places * PLACE_BYTES }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties::{Dice, check};

    fn frame(dice: &mut Dice) -> Frame {
        let byte = b'a' + u8::try_from(dice.roll(26)).unwrap();
        Frame::copied(&vec![byte; dice.roll(300)])
    }

    fn left(frames: &Frames) -> Vec<u8> {
        frames.wires().flatten().copied().collect()
    }

    #[test]
    fn they_leave_in_their_order_however_much_is_written_at_a_time() {
        check(50, |dice| {
            let (mut frames, mut expected) = (Frames::default(), Vec::new());
            let (mut queued, mut done) = (0, 0);
            for _ in 0..200 {
                for _ in 0..dice.roll(8) {
                    let frame = frame(dice);
                    let held_bytes = frames.held_bytes_with(&frame);
                    expected.extend_from_slice(frame.wire());
                    frames.push(frame);
                    assert_eq!(frames.held_bytes(), held_bytes);
                    queued += 1;
                }
                let written = dice.roll(expected.len() + 1);
                done += frames.advance(written);
                expected.drain(..written);
                assert!(left(&frames) == expected);
                assert_eq!(frames.is_empty(), expected.is_empty());
            }
            done += frames.advance(expected.len());
            assert_eq!((done, frames.held_bytes()), (queued, 0));
        });
    }

    #[test]
    fn of_those_that_are_given_up_only_one_that_was_begun_stays() {
        check(20, |dice| {
            let mut frames = Frames::default();
            let first = frame(dice);
            frames.push(first.clone());
            for _ in 0..dice.roll(20) {
                frames.push(frame(dice));
            }
            let written = dice.roll(first.len());
            frames.advance(written);
            frames.keep_started();
            let expected = if written == 0 { &[][..] } else { &first.wire()[written..] };
            assert_eq!(left(&frames), expected);
            assert_eq!(frames.held_bytes(), if written == 0 { 0 } else { first.cost() });
        });
    }

    #[test]
    fn places_are_given_back_when_most_are_free() {
        let mut frames = Frames::default();
        let frame = Frame::copied(b"x");
        for _ in 0..1_000 {
            frames.push(frame.clone());
        }
        for left in (0..1_000).rev() {
            frames.advance(frame.len());
            let places = (frames.held_bytes() - left * frame.cost()) / PLACE_BYTES;
            assert!(places <= KEPT_PLACES.max(4 * left) + 2, "{places} places for {left}");
        }
        assert_eq!(frames.held_bytes(), 0);
    }

    #[test]
    fn one_at_a_time_takes_no_place() {
        let mut frames = Frames::default();
        for text in [b"one".as_slice(), b"two"] {
            let frame = Frame::copied(text);
            frames.push(frame.clone());
            assert_eq!(frames.held_bytes(), frame.cost());
            frames.advance(frame.len());
        }
        assert!(size_of::<Frames>() <= 40);
    }
}
