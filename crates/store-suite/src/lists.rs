//! Rules of the lists of conversations.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use chat::conversations::{
    Conversation, ConversationId, Description, Direct, Kind, ListCursor, ListPage, Listing,
    NewConversation, Title, Visibility,
};
use chat::identity::{Account, Block};
use chat::ids::AccountId;
use chat::store::Store;
use chat::time::Timestamp;

use crate::Dice;
use crate::world::{START_MS, World};

fn listing(kind: Kind, viewer: &Account) -> Listing {
    let viewer = viewer.profile.id.clone();
    Listing { kind, viewer, query: None, cursor: None, limit: 100 }
}

async fn page(store: &Arc<dyn Store>, listing: Listing) -> ListPage {
    store.list_conversations(listing).await.expect("a working store")
}

fn ids(page: &ListPage) -> Vec<ConversationId> {
    page.items.iter().map(|view| view.conversation.id.clone()).collect()
}

fn to_make(world: &mut World, maker: &Account, (title, at): (&str, Timestamp)) -> NewConversation {
    NewConversation {
        id: ConversationId::room(&mut world.dice),
        kind: Kind::Room,
        visibility: Visibility::Public,
        title: Title::parse(title).expect("a title"),
        description: Description::default(),
        maker: maker.profile.id.clone(),
        created_at: at,
    }
}

/// A room or channel with a title.
async fn called(
    world: &mut World,
    maker: &Account,
    (kind, visibility): (Kind, Visibility),
    title: &str,
) -> Conversation {
    let at = world.now();
    let mut new = NewConversation { kind, visibility, ..to_make(world, maker, (title, at)) };
    if kind == Kind::Channel {
        new.id = ConversationId::channel(&mut world.dice);
    }
    world.store.create_conversation(new).await.expect("a working store")
}

/// Pages on to the end, in pages of `limit`.
async fn walk(store: &Arc<dyn Store>, start: Listing, limit: usize) -> Vec<ConversationId> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = page(store, Listing { cursor, limit, ..start.clone() }).await;
        assert!(page.items.len() <= limit);
        assert!(found.is_empty() || !page.items.is_empty(), "a cursor leads to something");
        found.extend(ids(&page));
        let Some(next) = page.next else { return found };
        assert_eq!(page.items.len(), limit, "only the last page is short");
        let text = next.to_string();
        cursor = Some(ListCursor::parse(&text).expect("a cursor that was given"));
    }
}

/// Everybody finds every room, by its last message, or by when it was made.
pub async fn rooms_are_listed_by_their_last_activity(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let ends = world.now();
    let guest = world.guest("guest", ends).await;
    let mut rooms = Vec::new();
    for _ in 0..4 {
        rooms.push(world.room(&ann).await.id);
    }
    world.channel(&ann, Visibility::Public).await;
    world.say(&rooms[1], &ann, "x").await;
    let expected = [1, 3, 2, 0].map(|at: usize| rooms[at].clone());
    for viewer in [&ann, &bob, &guest] {
        let found = page(&store, listing(Kind::Room, viewer)).await;
        assert_eq!((ids(&found), found.next), (expected.to_vec(), None));
        for view in found.items {
            let id = view.conversation.id.clone();
            assert_eq!(store.view(id, viewer.profile.id.clone()).await, Ok(Some(view)));
        }
    }
    // Entering and reading are no activity.
    let now = world.now();
    store.enter(rooms[0].clone(), bob.profile.id.clone(), now).await.expect("a working store");
    store.mark_read(rooms[1].clone(), ann.profile.id.clone(), None, now).await.expect("works");
    assert_eq!(ids(&page(&store, listing(Kind::Room, &bob)).await), expected);
}

/// Ten thousand, of which many were active at one moment, in pages of several sizes: each once.
pub async fn many_rooms_are_paged_without_a_double_or_a_hole(store: Arc<dyn Store>) {
    const ROOMS: usize = 10_000;
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let mut expected = Vec::new();
    while expected.len() < ROOMS {
        // All are asked for before the first is awaited, so that a store may make them together.
        let mut made = Vec::new();
        for _ in 0..500 {
            let at = Timestamp::from_millis(START_MS + world.dice.below(50) as u64);
            let new = to_make(&mut world, &ann, ("Tea", at));
            expected.push((Reverse(at), Reverse(new.id.clone())));
            made.push(store.create_conversation(new));
        }
        for made in made {
            made.await.expect("a working store");
        }
    }
    expected.sort();
    let expected: Vec<_> = expected.into_iter().map(|(_, Reverse(id))| id).collect();
    for limit in [100, 77] {
        assert!(walk(&store, listing(Kind::Room, &ann), limit).await == expected, "by {limit}");
    }
    let called = Listing { query: Some("te".to_owned()), ..listing(Kind::Room, &ann) };
    assert!(walk(&store, called, 100).await == expected, "by what all are called");
    let first = page(&store, Listing { limit: 0, ..listing(Kind::Room, &ann) }).await;
    assert_eq!(ids(&first), expected[..1], "a page has a place at least");
    let most = page(&store, Listing { limit: usize::MAX, ..listing(Kind::Room, &ann) }).await;
    assert_eq!(ids(&most), expected[..100], "and a hundred at most");
}

/// What speaks up while somebody pages goes to the front; the rest is met once.
pub async fn paging_is_stable_while_others_write(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let mut rooms = Vec::new();
    for _ in 0..9 {
        rooms.push(world.room(&ann).await.id);
    }
    let first = page(&store, Listing { limit: 3, ..listing(Kind::Room, &ann) }).await;
    assert_eq!(ids(&first), [8, 7, 6].map(|at: usize| rooms[at].clone()));
    for spoken in [7, 4] {
        world.say(&rooms[spoken], &ann, "x").await;
    }
    let new = world.room(&ann).await.id;
    let rest = Listing { cursor: first.next, ..listing(Kind::Room, &ann) };
    let rest = page(&store, rest).await;
    assert_eq!(ids(&rest), [5, 3, 2, 1, 0].map(|at: usize| rooms[at].clone()));
    assert_eq!(rest.next, None);
    let again = ids(&page(&store, listing(Kind::Room, &ann)).await);
    assert_eq!(again[..3], [new, rooms[4].clone(), rooms[7].clone()]);
}

/// By the beginning of a word, in any spelling; what only looks like a pattern is none.
pub async fn titles_are_found_by_the_beginning_of_a_word(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let room = (Kind::Room, Visibility::Public);
    let titles = ["Tea & Cake", "Teapots", "Green tea", "Straße", "100% pure", "steam"];
    for title in titles {
        called(&mut world, &ann, room, title).await;
    }
    called(&mut world, &ann, (Kind::Channel, Visibility::Public), "Tea, the channel").await;
    for (query, expected) in [
        ("tea", vec!["Green tea", "Teapots", "Tea & Cake"]),
        (" TEA ", vec!["Green tea", "Teapots", "Tea & Cake"]),
        ("teap", vec!["Teapots"]),
        ("tea & c", vec!["Tea & Cake"]),
        ("cake", vec!["Tea & Cake"]),
        ("STRASSE", vec!["Straße"]),
        ("100%", vec!["100% pure"]),
        ("%", vec![]),
        ("t_a", vec![]),
        ("t*", vec![]),
        ("ea", vec![]),
        ("", titles.iter().rev().copied().collect()),
        (" \t", titles.iter().rev().copied().collect()),
    ] {
        let query = Listing { query: Some(query.to_owned()), ..listing(Kind::Room, &ann) };
        let found = page(&store, query.clone()).await;
        let found: Vec<_> = found
            .items
            .iter()
            .filter_map(|view| Some(view.conversation.title.as_ref()?.as_str()))
            .collect();
        assert_eq!(found, expected, "{query:?}");
        assert_eq!(walk(&store, query, 2).await.len(), expected.len());
    }
}

/// Public ones for everybody, private ones for their members, in one order.
pub async fn private_channels_are_listed_for_their_members_alone(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let mut made = Vec::new();
    for nth in 0..12 {
        let visibility = if nth % 3 == 0 { Visibility::Public } else { Visibility::Private };
        let maker = if nth % 2 == 0 { &ann } else { &bob };
        let channel = (Kind::Channel, visibility);
        let title = format!("{} {nth}", if nth % 4 < 2 { "Tea" } else { "Cake" });
        let id = called(&mut world, maker, channel, &title).await.id;
        made.push((nth, id));
    }
    world.room(&ann).await;
    made.reverse();
    for (viewer, parity) in [(&ann, 0), (&bob, 1)] {
        for (query, is_found) in [
            (None, (|_| true) as fn(usize) -> bool),
            (Some("tea"), |nth| nth % 4 < 2),
            (Some("ca"), |nth| nth % 4 >= 2),
        ] {
            let shown = |nth: usize| (nth.is_multiple_of(3) || nth % 2 == parity) && is_found(nth);
            let expected = made.iter().filter(|(nth, _)| shown(*nth)).map(|(_, id)| id.clone());
            let expected: Vec<_> = expected.collect();
            let query = query.map(str::to_owned);
            let start = Listing { query, ..listing(Kind::Channel, viewer) };
            for limit in [100, 3, 1] {
                assert_eq!(walk(&store, start.clone(), limit).await, expected, "{start:?}");
            }
        }
    }
    // Whoever has left a private one sees it no longer; nobody at all sees what is public.
    let (now, private) = (world.now(), made[1].1.clone());
    assert!(ids(&page(&store, listing(Kind::Channel, &ann)).await).contains(&private));
    assert_eq!(store.leave(private.clone(), ann.profile.id.clone(), now).await, Ok(true));
    assert!(!ids(&page(&store, listing(Kind::Channel, &ann)).await).contains(&private));
    let viewer = AccountId::parse("nobody").expect("an id");
    let nobody = page(&store, Listing { viewer, ..listing(Kind::Channel, &ann) }).await;
    assert_eq!(nobody.items.len(), 4);
}

/// An empty one for whoever opened it; with a message, for both; for a blocked one not at all.
pub async fn direct_conversations_are_listed_once_they_matter(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let ann = world.own("ann").await;
    let mut with = Vec::new();
    for name in ["bob", "cleo", "dan"] {
        let other = world.own(name).await;
        let (me, you, now) = (ann.profile.id.clone(), other.profile.id.clone(), world.now());
        let opened = store.open_direct(me, you, now).await.expect("a working store");
        with.push((other, opened.expect("a conversation").id));
    }
    let [(bob, bobs), (cleo, cleos), (dan, dans)] = &with[..] else { panic!("three") };
    let list = async |viewer: &Account| {
        let found = ids(&page(&store, listing(Kind::Direct, viewer)).await);
        let of_all = own_ids(&store, viewer, 100).await;
        assert_eq!(of_all, found, "here nobody is in anything else");
        found
    };
    assert_eq!(list(&ann).await, [dans.clone(), cleos.clone(), bobs.clone()]);
    assert_eq!(list(bob).await, []);
    world.say(bobs, &ann, "hello").await;
    world.say(cleos, cleo, "hello").await;
    assert_eq!(list(&ann).await, [cleos.clone(), bobs.clone(), dans.clone()]);
    assert_eq!(list(bob).await, std::slice::from_ref(bobs));
    assert_eq!(list(cleo).await, std::slice::from_ref(cleos));
    assert_eq!(list(dan).await, []);
    let called = Listing { query: Some("bob".to_owned()), ..listing(Kind::Direct, &ann) };
    assert_eq!(ids(&page(&store, called).await), [], "it has no title");
    let (a, b, now) = (ann.profile.id.clone(), bob.profile.id.clone(), world.now());
    let block = Block { blocker: a.clone(), blocked: b.clone() };
    assert_eq!(store.block(block.clone(), now).await, Ok(true));
    assert_eq!(list(bob).await, []);
    assert_eq!(store.view(bobs.clone(), b).await, Ok(None));
    assert_eq!(list(&ann).await.len(), 3, "the blocker keeps it");
    assert!(store.view(bobs.clone(), a).await.expect("works").is_some());
    assert_eq!(store.unblock(block).await, Ok(true));
    assert_eq!(list(bob).await, std::slice::from_ref(bobs));
}

async fn own_ids(store: &Arc<dyn Store>, who: &Account, limit: usize) -> Vec<ConversationId> {
    let places = store.memberships(who.profile.id.clone(), None, limit).await;
    places.expect("a working store").into_iter().map(|place| place.id).collect()
}

/// The same, page by page.
async fn walk_own(store: &Arc<dyn Store>, who: &Account, limit: usize) -> Vec<ConversationId> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = store.memberships(who.profile.id.clone(), after, limit).await;
        let page = page.expect("a working store");
        found.extend(page.iter().map(|place| place.id.clone()));
        if page.len() < limit {
            return found;
        }
        after = page.last().cloned();
    }
}

/// Of all kinds, the most recently active first.
pub async fn an_accounts_own_conversations_are_found_at_once(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let (ann, bob) = (world.own("ann").await, world.own("bob").await);
    let room = world.room(&bob).await.id;
    let elsewhere = world.room(&ann).await.id;
    let channel = world.channel(&bob, Visibility::Private).await.id;
    let now = world.now();
    let opened = store.open_direct(ann.profile.id.clone(), bob.profile.id.clone(), now).await;
    let direct = opened.expect("a working store").expect("a conversation").id;
    let mine = async |who: &Account, limit| own_ids(&store, who, limit).await;
    assert_eq!(mine(&bob, 10).await, [channel.clone(), room.clone()]);
    world.say(&direct, &bob, "hello").await;
    world.say(&room, &ann, "hello").await;
    assert_eq!(mine(&bob, 10).await, [room.clone(), direct.clone(), channel]);
    assert_eq!(mine(&bob, 2).await, [room.clone(), direct.clone()]);
    assert_eq!(mine(&ann, 10).await, [room.clone(), direct.clone(), elsewhere.clone()]);
    let now = world.now();
    assert_eq!(store.leave(room, ann.profile.id.clone(), now).await, Ok(true));
    assert_eq!(mine(&ann, 10).await, [direct, elsewhere]);
    let nobody = AccountId::parse("nobody").expect("an id");
    assert_eq!(store.memberships(nobody.clone(), None, 10).await, Ok(vec![]));
    // Of several at once, each its own, in the order in which they are asked for.
    let several = vec![bob.profile.id.clone(), nobody, ann.profile.id.clone()];
    let each = [mine(&bob, 2).await, vec![], mine(&ann, 2).await];
    assert_eq!(each.iter().map(Vec::len).collect::<Vec<_>>(), [2, 0, 2]);
    assert_eq!(store.membership_ids(several, 2).await, Ok(each.to_vec()));
    assert_eq!(store.membership_ids(vec![], 2).await, Ok(vec![]));
}

/// Those whom presence is told to: only where one has opened or written, and across no block.
pub async fn partners_are_those_one_has_opened_with_or_written_to(store: Arc<dyn Store>) {
    let mut world = World::new(Arc::clone(&store));
    let me = world.own("me").await;
    let mut others = Vec::new();
    for name in ["opened", "written", "heard", "blocks", "blocked"] {
        others.push(world.own(name).await);
    }
    let my_id = me.profile.id.clone();
    let direct =
        |other: &Account| Direct::of(&my_id, &other.profile.id).expect("two accounts").id();
    let room = world.room(&me).await.id;
    world.say(&room, &me, "hello all").await;
    for other in &others {
        let now = world.now();
        if other.profile.username.as_str() == "heard" {
            world.say(&direct(other), other, "hello").await;
        } else if other.profile.username.as_str() == "written" {
            world.say(&direct(other), &me, "hello").await;
        } else {
            let opened = store.open_direct(my_id.clone(), other.profile.id.clone(), now).await;
            assert!(opened.expect("a working store").is_some());
        }
    }
    let now = world.now();
    for (blocker, blocked) in [(&others[3], &me), (&me, &others[4])] {
        let [one, other] = [blocker, blocked].map(|account| account.profile.id.clone());
        let block = Block { blocker: one, blocked: other };
        assert_eq!(store.block(block, now).await, Ok(true));
    }
    let pair = |other: &Account| (direct(other), other.profile.id.clone());
    let expected = [pair(&others[1]), pair(&others[0])];
    let partners = async |accounts: &[&AccountId], limit| {
        let accounts = accounts.iter().map(|id| (*id).clone()).collect();
        store.partners(accounts, limit).await.expect("a working store")
    };
    assert_eq!(partners(&[&my_id], 10).await, [expected.to_vec()]);
    assert_eq!(partners(&[&my_id], 1).await, [expected[..1].to_vec()]);
    let (heard, nobody) = (&others[2].profile.id, AccountId::parse("nobody").expect("an id"));
    assert_eq!(partners(&[heard], 10).await, [[(direct(&others[2]), my_id.clone())]]);
    // Of several at once, each its own, in the order in which they are asked for.
    let each = [vec![], expected.to_vec(), partners(&[heard], 10).await.remove(0)];
    assert_eq!(partners(&[&nobody, &my_id, heard], 10).await, each);
}

/// Random people who make, enter, leave and write, at few different moments: each list against one
/// made from what was done.
pub async fn lists_equal_a_recount(store: Arc<dyn Store>) {
    // Always the same steps: a failure is found again by running it again.
    const SEED: u64 = 5_041;
    let mut world = World::new(Arc::clone(&store));
    world.dice = Dice::new(SEED);
    let people = [world.own("a").await, world.own("b").await, world.own("c").await];
    // Where, since when it was active, whether it is public, and who is in it.
    let mut channels: Vec<(ConversationId, Timestamp, bool, BTreeSet<usize>)> = Vec::new();
    for step in 0..400_usize {
        let moment = Timestamp::from_millis(START_MS + (step / 20) as u64);
        let who = world.dice.below(people.len());
        let me = &people[who];
        let at = world.dice.below(channels.len().max(1));
        match world.dice.below(5) {
            0 | 1 if channels.len() < 40 => {
                let is_public = world.dice.below(2) == 0;
                let new = NewConversation {
                    id: ConversationId::channel(&mut world.dice),
                    kind: Kind::Channel,
                    visibility: if is_public { Visibility::Public } else { Visibility::Private },
                    ..to_make(&mut world, me, ("Tea", moment))
                };
                channels.push((new.id.clone(), moment, is_public, BTreeSet::from([who])));
                store.create_conversation(new).await.expect("a working store");
            }
            2 if !channels.is_empty() => {
                let (id, _, _, members) = &mut channels[at];
                let left = store.leave(id.clone(), me.profile.id.clone(), moment).await;
                assert_eq!(left, Ok(members.remove(&who)));
            }
            3 if !channels.is_empty() => {
                let (id, _, is_public, members) = &mut channels[at];
                let entered = store.enter(id.clone(), me.profile.id.clone(), moment).await;
                let may = *is_public || members.contains(&who);
                assert_eq!(entered.expect("a working store").is_some(), may);
                if may {
                    members.insert(who);
                }
            }
            _ if !channels.is_empty() => {
                let (id, active, is_public, members) = &mut channels[at];
                if *is_public || members.contains(&who) {
                    let mut message = world.message(id, me, "x");
                    message.created_at = moment;
                    world.append(message).await;
                    *active = moment;
                    members.insert(who);
                }
            }
            _ => {}
        }
        let mut sorted: Vec<_> = channels.iter().collect();
        sorted.sort_by_key(|(id, active, ..)| Reverse((*active, id)));
        let listed = sorted.iter().filter(|(_, _, is_public, of)| *is_public || of.contains(&who));
        let listed: Vec<_> = listed.map(|(id, ..)| id.clone()).collect();
        let limit = 1 + world.dice.below(12);
        assert_eq!(walk(&store, listing(Kind::Channel, me), limit).await, listed, "{step}");
        let mine = sorted.iter().filter(|(_, _, _, members)| members.contains(&who));
        let mine: Vec<_> = mine.map(|(id, ..)| id.clone()).collect();
        assert_eq!(walk_own(&store, me, limit).await, mine, "{step}");
    }
    assert_eq!(channels.len(), 40);
}
