use super::*;

const ROOM: RoomNumber = RoomNumber(0);
const OTHER: RoomNumber = RoomNumber(1);

fn id(number: u32) -> LineId {
    LineId { client: 9, number }
}

fn line(fate: Fate) -> Line {
    Line { room: ROOM, socket: Some(90), attempts: 1, has_key: true, filler: 0, fate }
}

/// Messages 1 to 5 of client 9, stored at 1 to 5 of the room.
fn five() -> BTreeMap<LineId, Line> {
    (1..=5).map(|number| (id(number), line(Fate::Stored(Seq(number.into()))))).collect()
}

fn log(records: &[Record], end: End) -> Log {
    Log { socket: 1, client: 1, records: records.to_vec(), end }
}

fn heard(seqs: &[u64]) -> Vec<Record> {
    seqs.iter().map(|seq| Record::Heard(ROOM, Seq(*seq))).collect()
}

/// Lost, doubled, reordered, leaked, altered, failed.
fn found(logs: &[Log], lines: &BTreeMap<LineId, Line>, history: &[u32]) -> [u64; 6] {
    let histories = [history.iter().map(|number| Some(id(*number))).collect(), Vec::new()];
    let mut findings = Findings::default();
    check(
        &Run { logs, lines, histories: &histories, direct: None, own_by_answer: false },
        &mut findings,
    );
    let [kinds @ .., _, _] = findings.kinds().map(|(_, finding)| finding.count);
    kinds
}

#[track_caller]
fn hears(seqs: &[u64], end: End, expected: [u64; 6]) {
    let records = [&[Record::Joined(ROOM), Record::Whole(ROOM, Seq(0))], &*heard(seqs)].concat();
    assert_eq!(found(&[log(&records, end)], &five(), &[1, 2, 3, 4, 5]), expected, "{seqs:?}");
}

#[test]
fn whoever_hears_all_in_order_is_content() {
    hears(&[1, 2, 3, 4, 5], End::Stayed, [0; 6]);
}

#[test]
fn whoever_is_cut_may_miss_the_last_ones_and_no_others() {
    hears(&[1, 2, 3], End::Cut, [0; 6]);
    hears(&[], End::Cut, [0; 6]);
    hears(&[1, 3], End::Cut, [1, 0, 0, 0, 0, 0]);
    hears(&[2, 3], End::Cut, [1, 0, 0, 0, 0, 0]);
}

#[test]
fn whoever_stays_misses_nothing() {
    hears(&[1, 2, 3], End::Stayed, [2, 0, 0, 0, 0, 0]);
    hears(&[], End::Stayed, [5, 0, 0, 0, 0, 0]);
    hears(&[1, 2, 4, 5], End::Stayed, [1, 0, 0, 0, 0, 0]);
}

#[test]
fn what_comes_twice_or_late_is_not_lost() {
    hears(&[1, 2, 2, 3, 4, 5], End::Stayed, [0, 1, 0, 0, 0, 0]);
    hears(&[1, 3, 2, 4, 5], End::Stayed, [0, 0, 1, 0, 0, 0]);
}

#[test]
fn what_was_read_since_it_listens_need_not_be_heard() {
    let read = |records: &[Record]| {
        let records = [records, &heard(&[4, 5])].concat();
        found(&[log(&records, End::Cut)], &five(), &[1, 2, 3, 4, 5])
    };
    assert_eq!(read(&[Record::Joined(ROOM), Record::Whole(ROOM, Seq(3))]), [0; 6]);
    assert_eq!(read(&[Record::Syncing(ROOM), Record::Whole(ROOM, Seq(4))]), [0; 6]);
    let hole = [Record::Syncing(ROOM), Record::Whole(ROOM, Seq(2))];
    assert_eq!(read(&hole), [1, 0, 0, 0, 0, 0], "3 was neither read nor heard");
}

#[test]
fn whoever_is_there_at_the_end_has_found_what_came_in_between() {
    let first = [Record::Joined(ROOM), Record::Found(ROOM, Seq(1)), Record::Whole(ROOM, Seq(1))];
    let last = |found: &[u64]| {
        let found = found.iter().map(|seq| Record::Found(ROOM, Seq(*seq)));
        let mut records = vec![Record::Joined(ROOM)];
        records.extend(found);
        records.push(Record::Whole(ROOM, Seq(4)));
        records.extend(heard(&[5]));
        Log { socket: 2, ..log(&records, End::Stayed) }
    };
    let all = |between: &[u64]| {
        let logs = [log(&first, End::Cut), last(between)];
        found(&logs, &five(), &[1, 2, 3, 4, 5])
    };
    assert_eq!(all(&[2, 3, 4]), [0; 6]);
    assert_eq!(all(&[2, 4]), [1, 0, 0, 0, 0, 0]);
}

#[test]
fn nothing_is_heard_where_nobody_listens() {
    for (records, is_leak) in [
        (vec![Record::Heard(ROOM, Seq(1))], true),
        (vec![Record::Joined(OTHER), Record::Heard(ROOM, Seq(1))], true),
        (vec![Record::Joined(ROOM), Record::Left(ROOM), Record::Heard(ROOM, Seq(1))], true),
        (vec![Record::Syncing(ROOM), Record::Heard(ROOM, Seq(1))], false),
    ] {
        let leaked = found(&[log(&records, End::Cut)], &five(), &[1, 2, 3, 4, 5])[3];
        assert_eq!(leaked, u64::from(is_leak), "{records:?}");
    }
}

#[test]
fn what_was_acknowledged_is_stored_where_it_was_said_to_be() {
    assert_eq!(found(&[], &five(), &[1, 2, 3, 4, 5]), [0; 6]);
    assert_eq!(found(&[], &five(), &[1, 2, 3, 4]), [1, 0, 0, 0, 0, 0]);
    assert_eq!(found(&[], &five(), &[1, 2, 4, 3, 5]), [2, 0, 0, 0, 0, 0]);
}

#[test]
fn what_was_refused_is_not_stored_and_what_nobody_knows_of_may_be() {
    for (fate, stored, expected) in [
        (Fate::Refused, true, [0, 0, 0, 1, 0, 0]),
        (Fate::Refused, false, [0; 6]),
        (Fate::Torn, true, [0, 0, 0, 1, 0, 0]),
        (Fate::Unknown, true, [0; 6]),
        (Fate::Unknown, false, [0; 6]),
        (Fate::Open, false, [1, 0, 0, 0, 0, 0]),
    ] {
        let mut lines = five();
        lines.insert(id(6), line(fate));
        let history: &[u32] = if stored { &[1, 2, 3, 4, 5, 6] } else { &[1, 2, 3, 4, 5] };
        assert_eq!(found(&[], &lines, history), expected, "{fate:?}, {stored}");
    }
    assert_eq!(found(&[], &five(), &[1, 2, 3, 4, 5, 7]), [0, 0, 0, 1, 0, 0], "never sent");
}

#[test]
fn one_sockets_messages_are_stored_in_the_order_in_which_they_were_sent() {
    let swapped = |change: fn(&mut Line)| {
        let mut lines = five();
        lines.get_mut(&id(2)).unwrap().fate = Fate::Stored(Seq(3));
        lines.get_mut(&id(3)).unwrap().fate = Fate::Stored(Seq(2));
        change(lines.get_mut(&id(3)).unwrap());
        found(&[], &lines, &[1, 3, 2, 4, 5])
    };
    assert_eq!(swapped(|_| ()), [0, 0, 1, 0, 0, 0]);
    assert_eq!(swapped(|line| line.attempts = 2), [0; 6], "it was sent again");
    assert_eq!(swapped(|line| line.socket = Some(91)), [0; 6], "on another socket");
    assert_eq!(swapped(|line| line.socket = None), [0; 6], "by REST");
}

#[test]
fn what_nobody_knows_of_need_not_have_come_by_the_end() {
    let mut lines = five();
    lines.get_mut(&id(5)).unwrap().fate = Fate::Unknown;
    let records = [vec![Record::Joined(ROOM)], heard(&[1, 2, 3, 4])].concat();
    assert_eq!(found(&[log(&records, End::Stayed)], &lines, &[1, 2, 3, 4, 5]), [0; 6]);
}

#[test]
fn a_socket_that_is_not_answered_is_noticed() {
    assert_eq!(found(&[log(&[], End::Silent)], &five(), &[1, 2, 3, 4, 5]), [1, 0, 0, 0, 0, 0]);
}

/// What is lost, doubled, and counted wrong in a direct conversation: messages 1 to 5 are client 9's,
/// who is its second user; client 1 is the first.
fn found_direct(log: Log, lines: &BTreeMap<LineId, Line>) -> [u64; 3] {
    let histories = [(1..=5).map(|number| Some(id(number))).collect(), Vec::new()];
    let is_first = |client: u32, _| client == 1;
    let recount = Recount::new(&histories, |_, line| line.client == 1);
    let direct = Direct { recount, is_first: &is_first };
    let mut findings = Findings::default();
    let run = Run {
        logs: &[log],
        lines,
        histories: &histories,
        direct: Some(&direct),
        own_by_answer: true,
    };
    check(&run, &mut findings);
    [findings.lost, findings.doubled, findings.marks].map(|finding| finding.count)
}

#[test]
fn the_socket_that_sends_hears_of_it_by_the_callback_alone() {
    let by_9 = |socket: u32, records: &[Record]| Log {
        socket,
        client: 9,
        records: [&[Record::Joined(ROOM), Record::Whole(ROOM, Seq(0))], records].concat(),
        end: End::Stayed,
    };
    let said: Vec<_> = (1..=5).map(Record::Said).collect();
    assert_eq!(found_direct(by_9(90, &said), &five()), [0; 3]);
    assert_eq!(found_direct(by_9(91, &heard(&[1, 2, 3, 4, 5])), &five()), [0; 3]);
    let mut echoed = said.clone();
    echoed.extend(heard(&[5]));
    assert_eq!(found_direct(by_9(90, &echoed), &five()), [0, 1, 0]);
    assert_eq!(found_direct(by_9(91, &heard(&[1, 2, 4, 5])), &five()), [1, 0, 0]);
    // The answer to one was lost with the socket: it is stored all the same.
    let mut unknown = five();
    unknown.get_mut(&id(3)).unwrap().fate = Fate::Unknown;
    let mut cut = by_9(90, &[Record::Said(3)]);
    cut.records.extend(heard(&[1, 2, 4]));
    cut.end = End::Cut;
    assert_eq!(found_direct(cut, &unknown), [0; 3]);
    // Sent again, by another socket than before: either may have been what was stored.
    let mut again = five();
    again.get_mut(&id(5)).unwrap().attempts = 2;
    assert_eq!(found_direct(by_9(90, &echoed), &again), [0; 3]);
    assert_eq!(found_direct(by_9(90, &said), &again), [0; 3]);
}

#[test]
fn what_a_list_shows_as_unread_is_what_a_recount_gives() {
    for (client, read, seq, unread, wrong) in [
        (1, 0, 5, 5, 0),
        (1, 2, 4, 2, 0),
        (1, 2, 4, 3, 1),
        (9, 0, 5, 0, 0),
        (9, 0, 5, 5, 1),
        (1, 5, 4, 0, 0),
        (1, 5, 4, 1, 1),
        (1, 6, 4, 0, 1),
        (1, 0, 6, 6, 1),
    ] {
        let shown = Record::Shown { room: ROOM, seq: Seq(seq), read: Seq(read), unread };
        let log = Log { client, ..log(&[shown], End::Cut) };
        assert_eq!(found_direct(log, &five()), [0, 0, wrong], "{client}: {read} to {seq}");
    }
}
