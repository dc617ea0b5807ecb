//! Direct conversations: each message and each move of a mark is told.

use chat::conversations::Seq;
use chat::store::StoreError;

use super::{Flush, Machine, account, at, come, conversation, flush, machine, told};
use crate::inbox::machine::Told;

/// Somebody's, who is online as 1.
const OURS: &str = "conv_1_2";

fn wrote(machine: &mut Machine, ms: u64, first: u64, last: u64) {
    let (writer, of) = (account("2"), conversation(OURS));
    machine.wrote(at(ms), (&writer, &of), (Seq(first), Seq(last)));
}

fn marked(machine: &mut Machine, ms: u64) {
    machine.marked(at(ms), &account("1"), &conversation(OURS));
}

/// All up to here was told.
fn upto(last: u64) -> Told {
    Told { last: Seq(last), ..Told::default() }
}

/// After which message, and how many moves, the one who is online is told.
fn news(flush: &Flush) -> (Option<u64>, Option<u32>) {
    assert_eq!(told(flush).0, ["1"]);
    let news = flush.news.as_ref().expect("a direct conversation");
    (news.after.map(|seq| seq.0), news.moves.get(&account("1")).copied())
}

#[test]
fn messages_are_told_at_once_each_once_and_one_question_is_asked_at_a_time() {
    let mut machine = machine();
    come(&mut machine, "1", &[OURS]);
    wrote(&mut machine, 10, 1, 1);
    let first = flush(&mut machine, at(10));
    assert_eq!(news(&first), (Some(0), None));
    wrote(&mut machine, 11, 2, 2);
    wrote(&mut machine, 11, 5, 6);
    wrote(&mut machine, 11, 3, 4);
    assert_eq!(machine.next_work(at(11)), None);
    // The second was found by the first question already.
    machine.flushed(at(12), first, Ok(upto(2)));
    let second = flush(&mut machine, at(12));
    assert_eq!(news(&second), (Some(2), None));
    // It failed: all of them are told by the next.
    wrote(&mut machine, 13, 7, 7);
    machine.flushed(at(13), second, Err(StoreError::Unavailable));
    let third = flush(&mut machine, at(1_013));
    assert_eq!(news(&third), (Some(2), None));
    // All that is heard of behind that was told.
    wrote(&mut machine, 1_014, 8, 9);
    machine.flushed(at(1_014), third, Ok(upto(9)));
    assert_eq!(machine.next_work(at(9_000)), None);
    wrote(&mut machine, 9_000, 10, 10);
    assert_eq!(news(&flush(&mut machine, at(9_000))), (Some(9), None));
}

#[test]
fn each_move_of_a_mark_that_waited_was_not_told() {
    let mut machine = machine();
    come(&mut machine, "1", &[OURS]);
    marked(&mut machine, 0);
    let first = flush(&mut machine, at(0));
    assert_eq!(news(&first), (None, Some(1)));
    marked(&mut machine, 1);
    marked(&mut machine, 1);
    machine.flushed(at(2), first, Ok(upto(4)));
    let second = flush(&mut machine, at(2));
    assert_eq!(news(&second), (Some(4), Some(2)));
    marked(&mut machine, 3);
    machine.flushed(at(3), second, Err(StoreError::Unavailable));
    let third = flush(&mut machine, at(1_003));
    assert_eq!(news(&third), (Some(4), Some(3)));
}

#[test]
fn what_a_mark_showed_before_it_was_heard_of_was_told_again_behind_it() {
    let mut machine = machine();
    come(&mut machine, "1", &[OURS]);
    marked(&mut machine, 0);
    let first = flush(&mut machine, at(0));
    // Three, that nobody here has heard of by now.
    machine.flushed(at(1), first, Ok(upto(3)));
    wrote(&mut machine, 2, 2, 4);
    let second = flush(&mut machine, at(2));
    // The fourth as all are; for the second and third the list is shown once more each.
    assert_eq!(news(&second), (Some(3), Some(2)));
    machine.flushed(at(3), second, Ok(upto(4)));
    wrote(&mut machine, 4, 1, 1);
    let third = flush(&mut machine, at(4));
    assert_eq!(news(&third), (Some(4), Some(1)));
    machine.flushed(at(5), third, Ok(upto(4)));
    // And a mark shows what was not heard of yet when something was told: that is told by it.
    marked(&mut machine, 6);
    let fourth = flush(&mut machine, at(6));
    assert_eq!(news(&fourth), (Some(4), Some(1)));
    machine.flushed(at(7), fourth, Ok(upto(6)));
    wrote(&mut machine, 8, 5, 6);
    assert_eq!(machine.next_work(at(9_000)), None);
}

#[test]
fn whose_conversation_was_hidden_when_they_came_was_not_told_of_their_mark() {
    let mut machine = machine();
    come(&mut machine, "1", &[]);
    marked(&mut machine, 0);
    assert_eq!(news(&flush(&mut machine, at(0))), (None, Some(1)));
}
