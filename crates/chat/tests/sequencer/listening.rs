//! From the store to those who listen.

use chat::sequencer::SequencerConfig;

use crate::world::{World, small};

#[test]
fn whoever_listens_learns_where_it_begins_and_hears_what_comes_after() {
    World::new(small()).check(&[
        // Nobody listens: nothing is delivered.
        ("hear r 4", ""),
        ("listen r", ""),
        ("work", "anchor r"),
        ("listen r", ""),
        ("work", "-"),
        ("hear r 6", ""),
        ("hear r 5", ""),
        ("anchored r 5", "t1 from 5 | t2 from 5 | r6"),
        ("hear r 7", "r7"),
        ("listen r", "t3 from 7"),
        ("forget r", ""),
        ("forget r", ""),
        ("hear r 8", "r8"),
        ("forget r", ""),
        ("hear r 9", ""),
        ("work", "-"),
    ]);
}

#[test]
fn own_commits_and_those_of_other_nodes_come_in_one_order() {
    World::new(small()).check(&[
        ("listen r", ""),
        ("work", "anchor r"),
        ("anchored r 0", "t1 from 0"),
        ("send r ann - one", ""),
        ("work", "append m1"),
        ("hear r 1", "r1"),
        ("appended 3", "committed r3 | t2=r3"),
        ("hear r 1", ""),
        ("hear r 2", "r2 | r3"),
        ("hear r 3", ""),
        ("wait 5ms", ""),
        ("work", "-"),
    ]);
}

#[test]
fn a_hole_is_filled_from_the_store() {
    World::new(small()).check(&[
        ("listen r", ""),
        ("work", "anchor r"),
        ("anchored r 2", "t1 from 2"),
        ("hear r 5", ""),
        ("hear r 7", ""),
        ("work", "-"),
        ("wait 5ms", ""),
        ("work", "fill r 5 after 2"),
        ("hear r 9", ""),
        ("filled r 3 4 5 6", "r3 | r4 | r5 | r6 | r7"),
        ("work", "fill r 2 after 7"),
        // It came meanwhile: what the store says is heard no second time.
        ("hear r 8", "r8 | r9"),
        ("filled r 8 9", ""),
        ("work", "-"),
    ]);
}

#[test]
fn a_store_that_cannot_be_read_is_asked_again() {
    World::new(small()).check(&[
        ("listen r", ""),
        ("work", "anchor r"),
        ("anchored r unavailable", "t1!unavailable"),
        ("work", "-"),
        // The one who failed has not gone yet.
        ("listen r", ""),
        ("forget r", ""),
        ("work", "anchor r"),
        ("anchored r 2", "t2 from 2"),
        ("hear r 4", ""),
        ("wait 5ms", ""),
        ("work", "fill r 2 after 2"),
        ("filled r unavailable", ""),
        ("wait 499ms", ""),
        ("work", "-"),
        ("wait 1ms", ""),
        ("work", "fill r 2 after 2"),
        ("filled r 3", "r3 | r4"),
    ]);
}

#[test]
fn what_the_store_never_had_is_not_waited_for_for_ever() {
    for answer in ["filled r", "filled r gone", "filled r 4"] {
        let mut world = World::new(small());
        world.check(&[
            ("listen r", ""),
            ("work", "anchor r"),
            ("anchored r 2", "t1 from 2"),
            ("hear r 4", ""),
        ]);
        for _ in 0..9 {
            world.check(&[("wait 500ms", ""), ("work", "fill r 2 after 2"), (answer, "")]);
        }
        assert_eq!(world.sequencer.stats().held_bytes, 0, "{answer}");
        world.check(&[("wait 9999ms", ""), ("work", "-"), ("hear r 3", "r3")]);
    }
}

#[test]
fn an_answer_to_an_earlier_question_is_not_taken_for_this_ones() {
    World::new(small()).check(&[
        ("listen r", ""),
        ("work", "anchor r"),
        ("forget r", ""),
        ("listen r", ""),
        ("work", "anchor r"),
        ("anchored r' 1", ""),
        ("anchored r 2", "t2 from 2"),
        ("hear r 4", ""),
        ("wait 5ms", ""),
        ("work", "fill r 2 after 2"),
        ("forget r", ""),
        ("filled r 3", ""),
    ]);
}

#[test]
fn what_is_held_back_is_bounded_and_the_rest_is_read_later() {
    let mut world = World::new(SequencerConfig { max_held_bytes: 1_100, fill_page: 3, ..small() });
    world.check(&[
        ("listen r", ""),
        ("work", "anchor r"),
        ("anchored r 0", "t1 from 0"),
        ("hear r 4", ""),
        ("hear r 3", ""),
        ("hear r 6", ""),
    ]);
    assert_eq!(world.sequencer.stats().held_bytes, 2 * 513);
    world.check(&[
        ("wait 5ms", ""),
        ("work", "fill r 3 after 0"),
        ("filled r 1 2 3", "r1 | r2 | r3 | r4"),
        ("work", "fill r 2 after 4"),
        ("filled r 5 6", "r5 | r6"),
        ("work", "-"),
    ]);
    assert_eq!(world.sequencer.stats().held_bytes, 0);
}

#[test]
fn what_is_listened_to_is_bounded() {
    let config =
        SequencerConfig { max_conversations: 2, max_waiting_listeners: 2, max_reads: 1, ..small() };
    World::new(config).check(&[
        ("listen a", ""),
        ("listen b", ""),
        ("listen a", "!unavailable"),
        ("listen c", "!unavailable"),
        ("work", "anchor a"),
        ("work", "-"),
        ("anchored a 0", "t1 from 0"),
        ("listen a", "t5 from 0"),
        ("listen c", "!unavailable"),
        ("work", "anchor b"),
        ("forget b", ""),
        ("listen c", ""),
        // The read of what is forgotten is still on its way.
        ("work", "-"),
        ("anchored b 3", ""),
        ("work", "anchor c"),
    ]);
}
