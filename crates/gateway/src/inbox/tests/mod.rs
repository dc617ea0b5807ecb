//! The machine alone, with its time given to it.

mod direct;
mod simulation;

use std::time::Duration;

use chat::conversations::{ConversationId, Seq};
use chat::ids::AccountId;
use chat::store::StoreError;
use chat::time::Monotonic;

use super::machine::{Flush, MAX_NEWCOMERS, Machine, Newcomer, Told, Work};
use super::{InboxConfig, InboxStats};

const MESSAGES: [&str; 2] = ["room_tea", "channel_tea"];

fn at(ms: u64) -> Monotonic {
    Monotonic::from_millis(ms)
}

fn account(id: &str) -> AccountId {
    AccountId::parse(id).expect("an id")
}

fn conversation(id: &str) -> ConversationId {
    ConversationId::parse(id).expect("an id")
}

fn machine() -> Machine {
    Machine::new(InboxConfig::default())
}

/// Everything that is to be asked at a moment.
fn works(machine: &mut Machine, now: Monotonic) -> Vec<Work> {
    std::iter::from_fn(|| machine.next_work(now)).collect()
}

/// The one account that is to be loaded.
fn load(machine: &mut Machine, now: Monotonic) -> Newcomer {
    match machine.next_work(now) {
        Some(Work::Load(newcomers)) => match &newcomers[..] {
            [newcomer] => newcomer.clone(),
            several => panic!("{several:?} instead of one"),
        },
        other => panic!("{other:?} instead of a load"),
    }
}

fn flush(machine: &mut Machine, now: Monotonic) -> Flush {
    match machine.next_work(now) {
        Some(Work::Flush(flush)) => flush,
        other => panic!("{other:?} instead of a flush"),
    }
}

/// Somebody online who is in these, at moment 0.
fn come(machine: &mut Machine, who: &str, of: &[&str]) {
    machine.online(at(0), &account(who));
    let newcomer = load(machine, at(0));
    assert_eq!(newcomer.0, account(who));
    let ids = of.iter().map(|id| conversation(id)).collect();
    machine.loaded(at(0), &[newcomer], Ok(vec![ids]));
}

/// What is told of a conversation that the store says has these as members.
fn members(names: &[&str]) -> Told {
    Told { members: names.iter().map(|name| account(name)).collect(), last: Seq(0) }
}

fn names(accounts: &[AccountId]) -> Vec<&str> {
    let mut names: Vec<_> = accounts.iter().map(AccountId::as_str).collect();
    names.sort_unstable();
    names
}

/// Who is told of an update, and who of a membership.
fn told(flush: &Flush) -> (Vec<&str>, Vec<&str>) {
    (names(&flush.updated), names(&flush.changed))
}

#[test]
fn the_first_change_is_told_at_once_and_the_last_when_the_pause_is_over() {
    for id in MESSAGES {
        let (mut machine, tea) = (machine(), conversation(id));
        come(&mut machine, "ann", &[id]);
        come(&mut machine, "bob", &[id, "room_other"]);
        machine.message(at(100), &tea);
        let first = flush(&mut machine, at(100));
        assert_eq!(told(&first), (vec!["ann", "bob"], vec![]));
        assert_eq!((machine.next_work(at(100)), machine.next_deadline()), (None, None));
        // Ten more, before the first is told and after: one is told of all of them.
        for ms in 100..105 {
            machine.message(at(ms), &tea);
        }
        machine.flushed(at(105), first, Ok(members(&[])));
        for ms in 105..110 {
            machine.message(at(ms), &tea);
        }
        assert_eq!(machine.next_deadline(), Some(at(1_105)));
        assert_eq!(machine.next_work(at(1_104)), None);
        let last = flush(&mut machine, at(1_105));
        assert_eq!(told(&last), (vec!["ann", "bob"], vec![]));
        machine.flushed(at(1_106), last, Ok(members(&[])));
        assert_eq!((machine.next_work(at(9_000)), machine.next_deadline()), (None, None));
        // After a rest the next one is the first again.
        machine.message(at(5_000), &tea);
        assert_eq!(told(&flush(&mut machine, at(5_000))).0, ["ann", "bob"]);
    }
}

#[test]
fn a_mark_is_told_to_its_owner_alone_and_a_membership_at_once() {
    let (mut machine, tea) = (machine(), conversation("room_tea"));
    come(&mut machine, "ann", &["room_tea"]);
    come(&mut machine, "bob", &["room_tea"]);
    come(&mut machine, "eve", &[]);
    machine.marked(at(0), &account("ann"), &tea);
    machine.marked(at(0), &account("eve"), &tea);
    let marked = flush(&mut machine, at(0));
    assert_eq!(told(&marked), (vec!["ann"], vec![]));
    machine.flushed(at(0), marked, Ok(members(&[])));
    // Now the room is quiet; a membership is told, what was said has to wait.
    machine.message(at(1), &tea);
    machine.entered(at(2), &account("eve"), &tea);
    let entered = flush(&mut machine, at(2));
    assert_eq!(told(&entered), (vec![], vec!["eve"]));
    machine.left(at(3), &account("bob"), &tea);
    machine.flushed(at(4), entered, Ok(members(&["eve"])));
    let left = flush(&mut machine, at(4));
    assert_eq!(told(&left), (vec![], vec!["bob"]));
    machine.flushed(at(5), left, Ok(members(&[])));
    assert_eq!(machine.next_deadline(), Some(at(1_000)));
    assert_eq!(told(&flush(&mut machine, at(1_000))).0, ["ann", "eve"]);
}

#[test]
fn nothing_is_lost_while_the_store_does_not_answer() {
    let (mut machine, tea) = (machine(), conversation("room_tea"));
    come(&mut machine, "ann", &["room_tea"]);
    come(&mut machine, "bob", &["room_tea"]);
    machine.message(at(0), &tea);
    machine.left(at(0), &account("bob"), &tea);
    for second in 0..5 {
        let now = at(second * 1_000);
        let failed = flush(&mut machine, now);
        assert_eq!(told(&failed), (vec!["ann"], vec!["bob"]), "{second}");
        machine.flushed(now, failed, Err(StoreError::Unavailable));
        assert_eq!(machine.next_work(at(second * 1_000 + 999)), None);
    }
    let told_at_last = flush(&mut machine, at(5_000));
    machine.flushed(at(5_000), told_at_last, Ok(members(&[])));
    assert_eq!(machine.next_deadline(), None);
    // Nor is whoever came meanwhile.
    machine.online(at(5_000), &account("eve"));
    for second in 5..8 {
        let now = at(second * 1_000);
        let eve = load(&mut machine, now);
        machine.loaded(now, &[eve], Err(StoreError::Unavailable));
        assert_eq!((machine.next_work(now), machine.stats().loading), (None, 1));
        machine.message(now, &conversation("room_eves"));
    }
    let eve = load(&mut machine, at(8_000));
    machine.loaded(at(8_000), &[eve], Ok(vec![vec![conversation("room_eves")]]));
    assert_eq!(told(&flush(&mut machine, at(8_000))).0, ["eve"], "said before it was known");
}

#[test]
fn whoever_is_being_loaded_misses_nothing_and_hears_of_nothing_earlier() {
    let mut machine = machine();
    let [before, during, entered, left, both] =
        ["room_before", "room_during", "room_entered", "room_left", "room_both"].map(conversation);
    come(&mut machine, "bob", &[]);
    machine.message(at(0), &before);
    machine.online(at(0), &account("ann"));
    let newcomer = load(&mut machine, at(0));
    let ann = newcomer.0.clone();
    machine.message(at(1), &during);
    for id in [&entered, &both] {
        machine.entered(at(1), &ann, id);
    }
    machine.left(at(1), &ann, &left);
    machine.left(at(1), &ann, &both);
    machine.entered(at(1), &ann, &both);
    // What the store answers may be from before any of this.
    let ids = vec![before.clone(), during.clone(), left.clone()];
    machine.loaded(at(2), &[newcomer], Ok(vec![ids]));
    let mut heard: Vec<_> = works(&mut machine, at(2))
        .into_iter()
        .map(|work| match work {
            Work::Flush(flush) => flush,
            Work::Load(..) => panic!("everybody is loaded"),
        })
        .collect();
    heard.sort_by(|one, other| one.conversation.cmp(&other.conversation));
    let shown: Vec<_> = heard
        .iter()
        .map(|flush| (flush.conversation.as_str(), flush.updated.len(), flush.changed.len()))
        .collect();
    let expected =
        [("room_both", 0, 1), ("room_during", 1, 0), ("room_entered", 0, 1), ("room_left", 0, 1)];
    assert_eq!(shown, expected);
    for flush in heard {
        let is_in = flush.conversation != left;
        let members = if is_in { members(&["ann"]) } else { members(&[]) };
        machine.flushed(at(2), flush, Ok(members));
    }
    for (id, hears) in [(&before, true), (&entered, true), (&both, true), (&left, false)] {
        machine.message(at(5_000), id);
        let works = works(&mut machine, at(5_000));
        assert_eq!(works.len(), usize::from(hears), "{id}");
    }
}

#[test]
fn a_membership_told_in_another_order_than_the_stores_was_lost_to_the_list() {
    for (is_member, last) in [(true, "left"), (false, "entered")] {
        let (mut machine, tea) = (machine(), conversation("room_tea"));
        let ann = account("ann");
        come(&mut machine, "ann", &[]);
        // The store did both; it did last what is told first.
        for told in if is_member { ["entered", "left"] } else { ["left", "entered"] } {
            match told {
                "entered" => machine.entered(at(0), &ann, &tea),
                _ => machine.left(at(0), &ann, &tea),
            }
        }
        let changed = flush(&mut machine, at(0));
        assert_eq!(told(&changed).1, ["ann"], "{last}");
        let says = if is_member { members(&["ann"]) } else { members(&[]) };
        machine.flushed(at(1), changed, Ok(says));
        machine.message(at(2), &tea);
        let updates = works(&mut machine, at(2)).len();
        assert_eq!(updates, usize::from(is_member), "{last} was told last");
    }
}

#[test]
fn more_than_can_be_remembered_is_told_without_being_remembered() {
    let mut machine = machine();
    machine.online(at(0), &account("ann"));
    let ann = load(&mut machine, at(0));
    for number in 0..70_000 {
        machine.message(at(0), &conversation(&format!("room_{number}")));
    }
    let ids = ["room_1", "room_69999", "room_silent"].map(conversation);
    machine.loaded(at(1), &[ann], Ok(vec![ids.to_vec()]));
    assert_eq!(works(&mut machine, at(1)).len(), 3, "one too many rather than one too few");
}

#[test]
fn whoever_is_gone_leaves_nothing_behind() {
    let (mut machine, tea) = (machine(), conversation("room_tea"));
    let ann = account("ann");
    come(&mut machine, "ann", &["room_tea"]);
    machine.online(at(0), &ann);
    machine.offline(at(0), &ann);
    machine.message(at(0), &tea);
    assert_eq!(machine.stats().accounts, 1, "there was another socket");
    let telling = flush(&mut machine, at(0));
    machine.offline(at(0), &ann);
    machine.message(at(1), &tea);
    machine.flushed(at(2), telling, Ok(members(&[])));
    // An answer for an earlier coming is none for this one.
    machine.online(at(3), &ann);
    let first = load(&mut machine, at(3));
    machine.offline(at(3), &ann);
    machine.online(at(3), &ann);
    let second = load(&mut machine, at(3));
    machine.loaded(at(3), &[first], Ok(vec![vec![tea.clone()]]));
    assert_eq!(machine.stats().loading, 1);
    machine.loaded(at(3), &[second], Ok(vec![Vec::new()]));
    machine.message(at(9_000), &tea);
    assert_eq!(machine.next_work(at(9_000)), None);
    // One that waits to be loaded is not loaded any more.
    machine.online(at(9_000), &account("bob"));
    machine.offline(at(9_000), &account("bob"));
    machine.left(at(9_000), &ann, &tea);
    machine.offline(at(9_000), &ann);
    machine.offline(at(9_000), &ann);
    assert_eq!(works(&mut machine, at(9_000)), []);
    assert_eq!(machine.stats(), InboxStats::default());
    assert_eq!(machine.next_deadline(), None);
}

#[test]
fn what_one_account_hears_of_is_bounded() {
    let config = InboxConfig { max_memberships: 3, ..InboxConfig::default() };
    let mut machine = Machine::new(config);
    come(&mut machine, "ann", &["room_1", "room_2", "room_3", "room_4"]);
    assert_eq!(machine.stats().conversations, 3);
    machine.message(at(0), &conversation("room_4"));
    assert_eq!(machine.next_work(at(0)), None);
    machine.entered(at(0), &account("ann"), &conversation("room_5"));
    let entered = flush(&mut machine, at(0));
    assert_eq!(told(&entered), (vec![], vec!["ann"]), "that it is in it, it is told");
    machine.flushed(at(0), entered, Ok(members(&["ann"])));
    assert_eq!(machine.stats().conversations, 3);
}

#[test]
fn the_store_is_asked_a_few_questions_at_a_time() {
    let mut machine = machine();
    let come = |machine: &mut Machine, number: usize| {
        machine.online(at(0), &account(&number.to_string()));
        works(machine, at(0)).len()
    };
    let asked: Vec<_> = (0..20).map(|number| come(&mut machine, number)).collect();
    assert_eq!((asked[3], asked.iter().sum()), (1, 4));
    assert_eq!(machine.next_deadline(), None, "an answer comes first");
    let mut machine = self::machine();
    let rooms: Vec<_> = (0..20).map(|number| format!("room_{number}")).collect();
    self::come(&mut machine, "ann", &rooms.iter().map(String::as_str).collect::<Vec<_>>());
    for room in &rooms {
        machine.message(at(0), &conversation(room));
    }
    let mut asked = works(&mut machine, at(0));
    let mut count = 0;
    assert_eq!(asked.len(), 4);
    while let Some(Work::Flush(flush)) = asked.pop() {
        count += 1;
        machine.flushed(at(0), flush, Ok(members(&[])));
        asked.extend(works(&mut machine, at(0)));
        assert!(asked.len() <= 4);
    }
    assert_eq!(count, 20);
}

#[test]
fn a_crowd_is_asked_for_together_and_each_gets_its_own() {
    const CROWD: usize = 2 * MAX_NEWCOMERS + 1;
    let mut machine = machine();
    let nth = |id: &AccountId| id.as_str().parse::<usize>().expect("a number");
    for number in 0..CROWD {
        machine.online(at(0), &account(&number.to_string()));
    }
    let asked: Vec<_> = works(&mut machine, at(0))
        .into_iter()
        .map(|work| match work {
            Work::Load(newcomers) => newcomers,
            Work::Flush(flush) => panic!("{flush:?} of nobody"),
        })
        .collect();
    let order: Vec<_> = asked.iter().flatten().map(|(id, _)| nth(id)).collect();
    assert_eq!(order, (0..CROWD).collect::<Vec<_>>());
    assert_eq!(asked.iter().map(Vec::len).collect::<Vec<_>>(), [MAX_NEWCOMERS, MAX_NEWCOMERS, 1]);
    // One question fails, for all whom it was asked for; somebody has gone meanwhile.
    let own = |id: &AccountId| vec![conversation(&format!("room_{id}"))];
    machine.offline(at(0), &account("3"));
    machine.loaded(at(0), &asked[1], Err(StoreError::Unavailable));
    for newcomers in [&asked[2], &asked[0]] {
        let of_each = newcomers.iter().map(|(id, _)| own(id)).collect();
        machine.loaded(at(0), newcomers, Ok(of_each));
    }
    assert_eq!(machine.stats().loading, MAX_NEWCOMERS);
    assert_eq!(machine.next_work(at(999)), None);
    let Some(Work::Load(again)) = machine.next_work(at(1_000)) else { panic!("asked again") };
    assert_eq!(again, asked[1]);
    // An answer that is too short is none for those whom it leaves out.
    let short = again[1..].iter().map(|(id, _)| own(id)).take(1);
    machine.loaded(
        at(1_000),
        &again,
        Ok(vec![own(&again[0].0)].into_iter().chain(short).collect()),
    );
    assert_eq!(machine.stats().loading, MAX_NEWCOMERS - 2);
    let Some(Work::Load(rest)) = machine.next_work(at(2_000)) else { panic!("asked again") };
    machine.loaded(at(2_000), &rest, Ok(rest.iter().map(|(id, _)| own(id)).collect()));
    assert_eq!((machine.stats().loading, machine.stats().conversations), (0, CROWD - 1));
    for number in (0..CROWD).filter(|number| *number != 3) {
        machine.message(at(2_000), &conversation(&format!("room_{number}")));
        let updated = flush(&mut machine, at(2_000));
        assert_eq!(told(&updated).0, [number.to_string()]);
        machine.flushed(at(2_000), updated, Ok(members(&[])));
    }
}

/// Five thousand in one room, who all come, hear of everything that is said for a minute, read it,
/// and go: a flush a second, each as large as the room.
#[test]
fn a_large_room_costs_what_it_holds_once_a_second() {
    const PEOPLE: usize = 5_000;
    let (mut machine, tea) = (machine(), conversation("room_tea"));
    for number in 0..PEOPLE {
        come(&mut machine, &number.to_string(), &["room_tea"]);
    }
    let (mut flushes, mut told) = (0, 0);
    for ms in 0..60_000 {
        machine.message(at(ms), &tea);
        machine.marked(at(ms), &account(&(ms % 5_000).to_string()), &tea);
        for work in works(&mut machine, at(ms)) {
            let Work::Flush(flush) = work else { panic!("everybody is loaded") };
            flushes += 1;
            told += flush.updated.len();
            machine.flushed(at(ms), flush, Ok(members(&[])));
        }
    }
    assert_eq!((flushes, told), (60, 60 * PEOPLE));
    for number in 0..PEOPLE {
        machine.offline(at(90_000), &account(&number.to_string()));
    }
    assert_eq!(machine.stats().accounts, 0);
    let left = works(&mut machine, at(100_000));
    assert_eq!((left, machine.stats()), (Vec::new(), InboxStats::default()));
}

/// Nothing here is to be configured shorter than this by chance.
#[test]
fn an_update_a_second_is_what_the_contract_says() {
    assert_eq!(InboxConfig::default().pause, Duration::from_secs(1));
}

#[test]
fn what_another_node_did_is_told_and_what_is_known_is_not() {
    let (mut machine, tea) = (machine(), conversation("channel_tea"));
    let (ann, eve) = (account("ann"), account("eve"));
    come(&mut machine, "ann", &["channel_tea"]);
    come(&mut machine, "eve", &[]);
    machine.found(at(0), (&ann, &tea), true);
    machine.found(at(0), (&eve, &tea), false);
    machine.found(at(0), (&account("nobody"), &tea), true);
    assert_eq!(machine.next_work(at(0)), None, "all of it was known");
    machine.found(at(0), (&eve, &tea), true);
    let entered = flush(&mut machine, at(0));
    assert_eq!(told(&entered), (vec![], vec!["eve"]));
    machine.flushed(at(0), entered, Ok(members(&["eve"])));
    machine.found(at(0), (&ann, &tea), false);
    let left = flush(&mut machine, at(0));
    assert_eq!(told(&left), (vec![], vec!["ann"]));
    machine.flushed(at(0), left, Ok(members(&[])));
    // This node's own doing comes back to it, and was told.
    machine.entered(at(1), &ann, &tea);
    let back = flush(&mut machine, at(1));
    machine.flushed(at(1), back, Ok(members(&["ann"])));
    machine.found(at(1), (&ann, &tea), true);
    machine.left(at(2), &eve, &tea);
    let gone = flush(&mut machine, at(2));
    machine.flushed(at(2), gone, Ok(members(&[])));
    machine.found(at(2), (&eve, &tea), false);
    assert_eq!(machine.next_work(at(9)), None);
}

/// Of a private conversation only who was in it may hear that they are not.
#[test]
fn it_is_known_who_was_in_a_conversation_and_who_never_was() {
    let (mut machine, tea) = (machine(), conversation("channel_tea"));
    come(&mut machine, "ann", &["channel_tea"]);
    come(&mut machine, "bob", &[]);
    machine.online(at(0), &account("loading"));
    for who in ["ann", "bob", "loading"] {
        machine.left(at(0), &account(who), &tea);
    }
    // Told before the store had it, and it never will.
    machine.entered(at(0), &account("bob"), &tea);
    let Some(Work::Load(..)) = machine.next_work(at(0)) else { panic!("a load comes first") };
    let mut asked = flush(&mut machine, at(0));
    for is_first in [true, false] {
        assert_eq!(told(&asked).1, ["ann", "bob", "loading"]);
        for (who, was_in) in [("ann", true), ("bob", false), ("loading", true)] {
            assert_eq!(asked.was_in(&account(who)), was_in, "{who}");
        }
        if is_first {
            // A store that does not answer changes nothing of it.
            machine.flushed(at(0), asked, Err(StoreError::Unavailable));
            asked = flush(&mut machine, at(1_000));
        }
    }
}
