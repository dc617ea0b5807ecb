use std::rc::Rc;

use super::*;
use crate::verify::pair::log::Line;

/// A log in shorthand, one record a word:
/// `+r` seated in r, `=r` `user_joined` with r, `-r` `user_left` with r, `.` got up,
/// `>n` line n sent, `~n` half of it, `!n` refused, `r!n` accepted for r,
/// `r<s:n` heard line n of socket s, `r[s:n,…]` the history.
fn log(socket: u32, end: End, text: &str) -> Log {
    let records = text.split_whitespace().map(record).collect();
    Log { socket: SocketNumber(socket), client: socket, records, end }
}

fn record(word: &str) -> Record {
    let room = |id: &str| Room(Rc::from(id));
    let number = |text: &str| text.parse::<u32>().unwrap();
    let heard = |at: &str, text: &str| {
        let (by, text) = text.split_once(':').unwrap();
        let by = number(by);
        let id = LineId { client: by, by: SocketNumber(by), number: number(text) };
        Line { id, room: room(at) }
    };
    if word == "." {
        return Record::Unseated;
    }
    if let Some((at, lines)) = word.split_once('[') {
        let lines = lines.trim_end_matches(']').split(',').filter(|line| !line.is_empty());
        return Record::History(lines.map(|line| heard(at, line)).collect());
    }
    if let Some((at, line)) = word.split_once('<') {
        return Record::Heard(heard(at, line));
    }
    if let Some((at, text)) = word.split_once('!') {
        let number = number(text);
        return if at.is_empty() {
            Record::Refused { number }
        } else {
            Record::Accepted { number, room: room(at) }
        };
    }
    let (kind, rest) = word.split_at(1);
    match kind {
        "+" => Record::Seated(room(rest)),
        "=" => Record::Joined(room(rest)),
        "-" => Record::Left(room(rest)),
        ">" | "~" => {
            let (text, room) =
                rest.split_once('@').map_or((rest, None), |(text, at)| (text, Some(room(at))));
            Record::Sent { number: number(text), room, is_torn: kind == "~" }
        }
        _ => panic!("{word}?"),
    }
}

/// Lost, doubled, reordered, leaked.
fn counts(logs: &[Log]) -> [u64; 4] {
    let checked = check(logs);
    let counts = checked.findings.kinds().map(|(_, finding)| finding.count);
    let [lost, doubled, reordered, leaked, altered, failed, _, _] = counts;
    assert_eq!([altered, failed], [0, 0], "these are written down where they are heard");
    [lost, doubled, reordered, leaked]
}

#[track_caller]
fn expect(expected: [u64; 4], one: &str, other: &str) {
    let logs = [log(0, End::Stayed, one), log(1, End::Stayed, other)];
    assert_eq!(counts(&logs), expected, "{:?}", check(&logs).findings);
}

/// The same two, without and with each fault.
const ONE: &str = "+r =r >1 r!1 r<0:1 =r r[0:1] >2 r!2 r<0:2 r<1:1 >3 r!3 r<0:3";

#[test]
fn a_conversation_without_faults_is_clean() {
    expect([0; 4], ONE, "+r =r r[0:1] r<0:2 >1 r!1 r<1:1 r<0:3");
    let logs =
        [log(0, End::Stayed, ONE), log(1, End::Stayed, "+r =r r[0:1] r<0:2 >1 r!1 r<1:1 r<0:3")];
    let checked = check(&logs);
    assert_eq!((checked.deliveries, checked.conversations), (9, 1));
}

#[test]
fn what_a_partner_missed_is_lost() {
    expect([1, 0, 0, 0], ONE, "+r =r r[0:1] >1 r!1 r<1:1 r<0:3");
    expect([1, 0, 0, 0], ONE, "+r =r r[0:1] r<0:2 >1 r!1 r<1:1");
    // Out of the history.
    expect([1, 0, 0, 0], ONE, "+r =r r[] r<0:2 >1 r!1 r<1:1 r<0:3");
}

#[test]
fn what_a_sender_missed_of_its_own_is_lost() {
    let partner = "+r =r r[0:1] r<0:2 r<0:3";
    expect([1, 0, 0, 0], "+r >1 r!1 r<0:1 r[0:1] >2 r!2 >3 r!3 r<0:3", partner);
    // The history has to repeat what was said before it.
    expect([1, 0, 0, 0], "+r >1 r!1 r<0:1 r[] >2 r!2 r<0:2 >3 r!3 r<0:3", partner);
}

#[test]
fn an_event_without_an_answer_is_lost_unless_the_socket_was_cut() {
    expect([1, 0, 0, 0], "+r >1", "+r");
    let cut = |end| [log(0, end, "+r >1"), log(1, End::Stayed, "+r r<0:1")];
    assert_eq!(counts(&cut(End::Cut)), [0; 4]);
    assert_eq!(counts(&cut(End::Silent)), [1, 0, 0, 0]);
}

#[test]
fn whoever_was_cut_may_miss_the_last_lines_only() {
    let other = |text| [log(0, End::Stayed, ONE), log(1, End::Cut, text)];
    assert_eq!(counts(&other("+r =r r[0:1] r<0:2 >1")), [0; 4]);
    assert_eq!(counts(&other("+r >1")), [0; 4]);
    // The cut took 3, but not 2.
    assert_eq!(counts(&other("+r >1 r[0:1] r<0:3")), [1, 0, 0, 0]);
    // It was cut later, elsewhere: this room it left by itself.
    assert_eq!(counts(&other("+r r[0:1] r<0:2 >1 r!1 r<1:1 +s")), [1, 0, 0, 0]);
}

#[test]
fn what_came_twice_is_doubled() {
    expect([0, 1, 0, 0], ONE, "+r r[0:1] r<0:2 r<0:2 >1 r!1 r<1:1 r<0:3");
    expect([0, 1, 0, 0], ONE, "+r r[0:1] r<0:1 r<0:2 >1 r!1 r<1:1 r<0:3");
    expect([0, 1, 0, 0], ONE, "+r r[0:1,0:1] r<0:2 >1 r!1 r<1:1 r<0:3");
    expect([0, 1, 0, 0], ONE, "+r r[0:1] r[] r<0:2 >1 r!1 r<1:1 r<0:3");
    expect([0, 1, 0, 0], ONE, "+r r[0:1] r<0:2 >1 r!1 r<1:1 r<1:1 r<0:3");
}

#[test]
fn what_overtook_is_reordered() {
    expect([0, 0, 1, 0], ONE, "+r r[0:1] r<0:3 r<0:2 >1 r!1 r<1:1");
}

#[test]
fn a_line_of_another_room_is_leaked() {
    // Socket 1 is elsewhere; so socket 0 has no partner to lose anything.
    expect([0, 0, 0, 1], "+r >1 r!1 r<0:1", "+s r<0:1");
    expect([0, 0, 0, 1], "+r >1 r!1 r<0:1", "+s s<0:1");
    expect([0, 0, 0, 1], "+r >1 r!1 r<0:1", "r<0:1");
    // After the room took its new id.
    expect([0, 0, 0, 1], "+r r[] >1 r!1 r<0:1 .", "+r r[] r<0:1 -t >1@r t<1:1 t!1");
}

#[test]
fn a_line_that_was_refused_torn_or_never_sent_is_leaked() {
    expect([0, 0, 0, 1], "+r >1 !1", "+r r<0:1");
    expect([0, 0, 0, 1], "+r ~1", "+r r<0:1");
    expect([0, 0, 0, 1], "+r", "+r r<0:1");
    let unanswered = [log(0, End::Cut, "+r >1@q"), log(1, End::Stayed, "+r r<0:1")];
    assert_eq!(counts(&unanswered), [0, 0, 0, 1], "it was meant for another room");
}

#[test]
fn a_third_in_a_room_and_a_second_receiver_are_leaks() {
    let logs = [
        log(0, End::Stayed, "+r >1 r!1 r<0:1"),
        log(1, End::Stayed, "+r r<0:1"),
        log(2, End::Stayed, "+r r<0:1"),
    ];
    assert_eq!(counts(&logs), [0, 0, 0, 2]);
}

#[test]
fn a_waiting_room_that_is_joined_to_another_takes_its_lines_along() {
    let one = "+r =r >1 r!1 r<0:1 =s s[1:1,0:1] >2 s!2 s<0:2";
    expect([0; 4], one, "+s =s >1 s!1 s<1:1 =s s[1:1,0:1] s<0:2");
    expect([1, 0, 0, 0], one, "+s =s >1 s!1 s<1:1 =s s[1:1] s<0:2");
}

#[test]
fn lines_before_and_after_a_partner_left_are_told_apart() {
    let one = "+r =r r[] >1 r!1 r<0:1 -t >2 !2 =t t[] >3 t!3 t<0:3 t<2:1";
    let third = "+t =t t[] t<0:3 >1 t!1 t<2:1";
    let logs = |second| {
        [log(0, End::Stayed, one), log(1, End::Stayed, second), log(2, End::Stayed, third)]
    };
    assert_eq!(counts(&logs("+r =r r[] r<0:1 .")), [0; 4]);
    assert_eq!(counts(&logs("+r =r r[] .")), [1, 0, 0, 0]);
    assert_eq!(counts(&logs("+r =r r[] r<0:1 . t<0:3")), [0, 0, 0, 1]);
}
