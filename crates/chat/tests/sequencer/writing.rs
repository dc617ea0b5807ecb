//! From a sender into the store, and back.

use chat::sequencer::SequencerConfig;

use crate::world::{World, small};

#[test]
fn what_queues_while_the_store_is_busy_goes_into_the_next_batch() {
    World::new(small()).check(&[
        ("work", "-"),
        ("send r ann - one", ""),
        ("work", "append m1"),
        ("send r ann - two", ""),
        ("send s bob - three", ""),
        ("send r ann - four", ""),
        ("work", "-"),
        ("appended 1j", "committed r1 joined | t1=r1"),
        ("work", "append m2 m3"),
        ("appended 2 1", "committed r2 | t2=r2 | committed s1 | t3=s1"),
        ("work", "append m4"),
        ("appended 3", "committed r3 | t4=r3"),
        ("work", "-"),
    ]);
}

#[test]
fn a_resend_waits_for_the_first_one() {
    World::new(small()).check(&[
        ("send r ann k hi", ""),
        ("send r ann k hi", "resend of m1"),
        ("send r bob k ho", ""),
        ("work", "append m1 m3"),
        ("send r ann k hi", "resend of m1"),
        ("appended 1 2", "committed r1 | t1=r1 | t2=r1 again | t4=r1 again | committed r2 | t3=r2"),
        // What is not pending any more is the store's to recognise.
        ("send r ann k hi", ""),
        ("send r ann k2 hi", ""),
        ("work", "append m5 m6"),
        ("appended dup1 conflict", "t5=r1 again | t6!conflict"),
    ]);
}

/// "hi" is stored under the key and not pending any more: what is pending with another text will never
/// be stored, and must not refuse the resend.
#[test]
fn a_resend_was_a_conflict_with_another_text_that_was_never_stored() {
    World::new(small()).check(&[
        ("send r ann k ho", ""),
        ("send r ann k hi", ""),
        ("work", "append m1 m2"),
        ("appended conflict dup9", "t1!conflict | t2=r9 again"),
        // What is shown before it is stored is refused instead.
        ("send r ann k ho", ""),
        ("show r ann k hi", "!conflict"),
    ]);
}

#[test]
fn what_the_store_could_not_take_is_tried_again_in_the_same_order() {
    World::new(small()).check(&[
        ("send r ann - one", ""),
        ("send r ann - two", ""),
        ("work", "append m1 m2"),
        ("send r ann - three", ""),
        ("appended unavailable", ""),
        ("work", "-"),
        ("wait 10ms", ""),
        ("work", "append m1 m2"),
        ("appended unavailable", ""),
        ("wait 10ms", ""),
        ("work", "-"),
        ("wait 10ms", ""),
        ("work", "append m1 m2"),
        ("appended 1 2", "committed r1 | t1=r1 | committed r2 | t2=r2"),
        ("work", "append m3"),
        ("appended 3", "committed r3 | t3=r3"),
        ("wait 9999ms", ""),
        ("work", "-"),
    ]);
}

#[test]
fn a_message_that_waited_too_long_is_refused_and_never_appended() {
    World::new(small()).check(&[
        ("send r ann k one", ""),
        ("work", "append m1"),
        ("wait 3000ms", ""),
        ("send r ann - two", ""),
        ("show r ann - three", "shown m3"),
        // What the store has is not given up, however long it takes; but nobody waits longer for it.
        ("wait 1999ms", ""),
        ("wait 1ms", "t1!unavailable"),
        ("wait 2999ms", ""),
        ("wait 1ms", "t2!unavailable | failed m3 unavailable | t3!unavailable"),
        ("send r ann - four", "!unavailable"),
        ("send r ann k one", "!unavailable"),
        ("send r ann k two", "!unavailable"),
        // It is not stored, and nobody waits for it: it is not tried again.
        ("appended unavailable", ""),
        ("wait 10ms", ""),
        // The store is asked whether it is back, and nothing is accepted before.
        ("work", "append"),
        ("send r ann - five", "!unavailable"),
        ("appended unavailable", ""),
        ("wait 19ms", ""),
        ("work", "-"),
        ("wait 1ms", ""),
        ("work", "append"),
        ("appended", ""),
        ("work", "-"),
        ("send r ann - six", ""),
        ("work", "append m8"),
        ("appended 1", "committed r1 | t8=r1"),
    ]);
}

#[test]
fn nothing_is_appended_while_an_outcome_is_unknown() {
    World::new(small()).check(&[
        ("send r ann - one", ""),
        ("send r ann - two", ""),
        ("work", "append m1 m2"),
        ("send r ann - three", ""),
        ("appended unknown", ""),
        ("work", "-"),
        ("wait 10ms", ""),
        ("work", "settle m1 m2"),
        ("settled unavailable", ""),
        ("wait 20ms", ""),
        ("work", "settle m1 m2"),
        // However long it takes: what may be stored is not given up, though nobody waits longer for it.
        ("wait 9000ms", "t1!unavailable | t2!unavailable | t3!unavailable"),
        ("settled unknown", ""),
        ("wait 500ms", ""),
        ("work", "settle m1 m2"),
        ("settled 1 2", "committed r1 joined | committed r2 joined"),
    ]);
}

#[test]
fn what_was_not_stored_after_all_is_not_tried_again_when_nobody_waits_for_it() {
    World::new(small()).check(&[
        ("send r ann k one", ""),
        ("wait 2000ms", ""),
        ("show r ann - two", "shown m2"),
        ("work", "append m1 m2"),
        ("appended unknown", ""),
        ("send r ann k one", "resend of m1"),
        ("wait 3000ms", "t1!unavailable | t3!unavailable"),
        ("work", "settle m1 m2"),
        // An optimistic one ends when it is known how.
        ("settled - -", ""),
        ("work", "append m2"),
        ("appended 1", "committed r1 | t2=r1"),
        ("send r ann k one", ""),
    ]);
}

#[test]
fn what_was_not_stored_after_all_is_appended_again_before_the_rest() {
    World::new(small()).check(&[
        ("send r ann - one", ""),
        ("send r ann - two", ""),
        ("work", "append m1 m2"),
        ("send r ann - three", ""),
        ("appended unknown", ""),
        ("wait 10ms", ""),
        ("work", "settle m1 m2"),
        ("settled - -", ""),
        ("work", "append m1 m2"),
        ("appended 1 2", "committed r1 | t1=r1 | committed r2 | t2=r2"),
        ("work", "append m3"),
    ]);
}

#[test]
fn what_settling_finds_may_be_an_earlier_attempts() {
    for (found, expected) in [
        ("settled dup7", "t1=r7 again"),
        ("settled tombstone7", "t1=r7 again"),
        ("settled other7", "t1!conflict"),
    ] {
        World::new(small()).check(&[
            ("send r ann k one", ""),
            ("work", "append m1"),
            ("appended unknown", ""),
            ("wait 10ms", ""),
            ("work", "settle m1"),
            (found, expected),
        ]);
    }
}

#[test]
fn an_echo_whose_commit_was_lost_is_not_tried_again() {
    World::new(small()).check(&[
        ("emit r ann - one", ""),
        ("work", "append m1"),
        ("appended unknown", ""),
        ("wait 10ms", ""),
        ("work", "settle m1"),
        ("settled -", "t1!unavailable"),
    ]);
}

#[test]
fn a_message_that_the_store_does_not_stand_harms_no_other() {
    World::new(small()).check(&[
        ("send r ann - one", ""),
        ("send r ann - two", ""),
        ("work", "append m1 m2"),
        ("send r ann - three", ""),
        ("send r ann - four", ""),
        ("appended broken", ""),
        ("wait 10ms", ""),
        ("work", "settle m1 m2"),
        ("settled - -", ""),
        ("work", "append m1"),
        ("appended 1", "committed r1 | t1=r1"),
        ("work", "append m2"),
        ("appended broken", ""),
        ("wait 10ms", ""),
        ("work", "settle m2"),
        ("settled -", "t2!internal"),
        ("work", "append m3 m4"),
        ("appended 2 3", "committed r2 | t3=r2 | committed r3 | t4=r3"),
    ]);
}

#[test]
fn an_answer_that_does_not_fit_the_question_is_not_believed() {
    World::new(small()).check(&[
        ("send r ann - one", ""),
        ("send r ann - two", ""),
        ("work", "append m1 m2"),
        ("settled 1 2", ""),
        ("appended 1", ""),
        ("appended 1 2", ""),
        ("wait 10ms", ""),
        ("work", "settle m1 m2"),
        ("settled 1", ""),
        ("wait 20ms", ""),
        ("work", "settle m1 m2"),
        ("settled 1 -", "committed r1 joined | t1=r1"),
        ("work", "append m2"),
    ]);
}

#[test]
fn an_optimistic_message_is_shown_at_once_and_ends_in_one_kind() {
    World::new(small()).check(&[
        ("show r ann k one", "shown m1"),
        ("show r ann k one", "resend of m1 | resent m2 for m1"),
        ("show r ann k2 two", "shown m3"),
        ("work", "append m1 m3"),
        ("show r ann k3 three", "shown m4"),
        (
            "appended 1 dup9",
            "committed r1 | t1=r1 | t2=r1 again | failed m3 conflict is r9 | t3=r9 again",
        ),
        ("work", "append m4"),
        ("appended gone", "failed m4 not_found | t4!not_found"),
        // After a failure the same key starts a new attempt.
        ("show r ann k3 three", "shown m5"),
    ]);
}

#[test]
fn a_stored_resend_of_what_is_shown_waits_no_longer_than_anybody() {
    World::new(small()).check(&[
        ("show r ann k one", "shown m1"),
        ("work", "append m1"),
        ("send r ann k one", "resend of m1"),
        ("show r ann k one", "resend of m1 | resent m3 for m1"),
        ("wait 5000ms", "t2!unavailable"),
        ("send r ann k one", "!unavailable"),
        ("show r ann k one", "resend of m1 | resent m5 for m1"),
        ("appended 1", "committed r1 | t1=r1 | t3=r1 again | t5=r1 again"),
    ]);
}

#[test]
fn an_optimistic_resend_of_what_is_known_is_not_shown() {
    World::new(small()).check(&[
        ("show r ann k one", "shown m1"),
        ("work", "append m1"),
        ("appended 1", "committed r1 | t1=r1"),
        ("show r ann k one", "resend of m1 | resent m2 for m1 is r1 | t2=r1 again"),
        ("show r ann k two", "!conflict"),
        // What others sent is another's; what was sent otherwise is known by the same key.
        ("show r bob k one", "shown m4"),
        ("send r ann k2 two", ""),
        ("work", "append m4 m5"),
        ("appended 2 dup3", "committed r2 | t4=r2 | t5=r3 again"),
        ("show r ann k2 two", "resend of m99 | resent m6 for m99 is r3 | t6=r3 again"),
        // And while the store is away, too.
        ("send r ann - three", ""),
        ("work", "append m7"),
        ("wait 5000ms", "t7!unavailable"),
        ("show r ann k3 new", "!unavailable"),
        ("show r ann k one", "resend of m1 | resent m9 for m1 is r1 | t9=r1 again"),
        // Of what waits for the store otherwise, the end is told as well.
        ("appended 4", "committed r4"),
        ("send r ann k4 four", ""),
        ("show r ann k4 four", "resend of m10 | resent m11 for m10"),
        ("work", "append m10"),
        ("appended gone", "failed m10 not_found | t10!not_found | t11!not_found"),
    ]);
}

#[test]
fn whoever_sent_again_hears_the_end_of_what_nobody_waits_for_any_more() {
    World::new(small()).check(&[
        ("send r ann k one", ""),
        ("show r ann k one", "resend of m1 | resent m2 for m1"),
        ("work", "append m1"),
        ("appended unknown", ""),
        ("wait 5000ms", "t1!unavailable | t2!unavailable"),
        ("work", "settle m1"),
        ("settled -", "failed m1 unavailable"),
    ]);
}

#[test]
fn the_keys_that_are_remembered_are_bounded_in_bytes() {
    // Of two messages, each with 512 bytes besides its text.
    let config = SequencerConfig { max_recent_bytes: 1_100, ..small() };
    World::new(config).check(&[
        ("send r ann k1 one", ""),
        ("send r ann k2 two", ""),
        ("work", "append m1 m2"),
        ("appended 1 2", "committed r1 | t1=r1 | committed r2 | t2=r2"),
        ("show r ann k1 one", "resend of m1 | resent m3 for m1 is r1 | t3=r1 again"),
        ("send r ann k3 three", ""),
        ("work", "append m4"),
        ("appended 3", "committed r3 | t4=r3"),
        ("show r ann k2 two", "resend of m2 | resent m5 for m2 is r2 | t5=r2 again"),
        // The oldest was forgotten: it is the store's to recognise.
        ("show r ann k1 one", "shown m6"),
        ("work", "append m6"),
        ("appended dup1", "failed m6 conflict is r1 | t6=r1 again"),
    ]);
}

#[test]
fn what_is_pending_is_bounded_in_bytes() {
    let mut world = World::new(SequencerConfig { max_pending_bytes: 3_000, ..small() });
    world.check(&[
        ("send r ann k one", ""),
        ("send r ann - two", ""),
        ("send r ann - three", ""),
        ("show r ann - four", "!unavailable"),
        ("send r ann k one", "resend of m1"),
    ]);
    // 3 messages of 768 bytes and their texts are 2,315: ten more resends of 64 bytes fit.
    for _ in 0..9 {
        world.check(&[("send r ann k one", "resend of m1")]);
    }
    world.check(&[("send r ann k one", "!unavailable"), ("work", "append m1 m2")]);
    assert_eq!(world.sequencer.stats().pending_bytes, 2_955);
    world.check(&[("appended gone gone", &world_replies()), ("send r ann - five", "")]);
}

fn world_replies() -> String {
    let resends = (5..15).map(|ticket| format!("t{ticket}!not_found | "));
    format!("t1!not_found | {}t2!not_found", resends.collect::<String>())
}

#[test]
fn a_batch_is_bounded_in_bytes_but_holds_one_message_at_least() {
    World::new(SequencerConfig { max_batch_bytes: 1_600, max_batch_messages: 9, ..small() }).check(
        &[
            ("send r ann - one", ""),
            ("send r ann - two", ""),
            ("send r ann - three", ""),
            ("work", "append m1 m2"),
        ],
    );
    World::new(SequencerConfig { max_batch_bytes: 0, ..small() }).check(&[
        ("send r ann - one", ""),
        ("send r ann - two", ""),
        ("work", "append m1"),
    ]);
}

#[test]
fn at_the_end_what_was_accepted_is_stored_and_nothing_more_is_accepted() {
    let mut world = World::new(small());
    world.check(&[
        ("send r ann - one", ""),
        ("work", "append m1"),
        ("send r ann - two", ""),
        ("close", ""),
        ("send r ann - three", "!unavailable"),
        ("appended 1", "committed r1 | t1=r1"),
        ("work", "append m2"),
    ]);
    assert!(!world.sequencer.is_settled());
    world.check(&[("appended 2", "committed r2 | t2=r2")]);
    assert!(world.sequencer.is_settled());
}

#[test]
fn whoever_is_given_up_at_the_end_is_told_what_is_known() {
    let mut world = World::new(small());
    world.check(&[
        ("show r ann - one", "shown m1"),
        ("send r ann - two", ""),
        ("work", "append m1 m2"),
        ("show r ann - three", "shown m3"),
        // Whether the first two are stored nobody knows, so nobody is told that they failed.
        ("abandon", "failed m3 unavailable | t3!unavailable | t1!unavailable | t2!unavailable"),
        ("appended 1 2", ""),
        ("work", "-"),
    ]);
    assert!(world.sequencer.is_settled());
}
