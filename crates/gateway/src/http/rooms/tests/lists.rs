//! Lists of rooms and of members.

use std::collections::HashSet;

use super::*;

fn ids(answer: &Answer) -> Vec<String> {
    let rooms = answer.body["rooms"].as_array().expect("rooms");
    rooms.iter().map(|room| room["_id"].as_str().expect("an id").to_owned()).collect()
}

/// 250 rooms, of which one speaks up after every page: what is quiet is met exactly once, in order.
#[tokio::test]
async fn rooms_are_paged_while_some_of_them_speak() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let mut rooms = Vec::new();
    for number in 0..250 {
        rooms.push(room(&world, &ann, &format!("Tea {number}")).await);
    }
    let spoken: Vec<usize> = vec![3, 249, 100, 40, 7];
    let mut talkers = spoken.iter();
    let (mut met, mut cursor): (Vec<String>, String) = (Vec::new(), String::new());
    loop {
        let head = format!("GET /api/chat/rooms?limit=40{cursor}");
        let page = world.ask(&bearer(&head, &ann)).await;
        assert_eq!(page.status, StatusCode::OK);
        met.extend(ids(&page));
        if let Some(talker) = talkers.next() {
            post(&world, &ann, &rooms[*talker], json!({ "content": "x" })).await;
        }
        let Some(next) = page.body["nextCursor"].as_str() else { break };
        assert_eq!(ids(&page).len(), 40);
        cursor = format!("&cursor={next}");
    }
    assert_eq!(met.iter().collect::<HashSet<_>>().len(), met.len(), "none twice");
    let quiet = |id: &&String| !spoken.iter().any(|talker| rooms[*talker] == **id);
    let by_age: Vec<_> = met.iter().filter(quiet).collect();
    let mut expected: Vec<_> = rooms.iter().filter(quiet).collect();
    // Made within one millisecond, the greater id comes first.
    assert_eq!(by_age.len(), expected.len());
    expected.sort();
    let mut sorted = by_age.clone();
    sorted.sort();
    assert_eq!(sorted, expected, "each that was quiet");
    let front = world.ask(&bearer("GET /api/chat/rooms?limit=5", &ann)).await;
    let front: HashSet<_> = ids(&front).into_iter().collect();
    assert_eq!(front, spoken.iter().map(|talker| rooms[*talker].clone()).collect());
}

#[tokio::test]
async fn rooms_are_found_by_the_beginning_of_a_word() {
    let world = world();
    let ann = world.signed_in("ann").await;
    for name in ["Tea & Cake", "Green tea", "Steam", "Straße"] {
        room(&world, &ann, name).await;
    }
    for (query, count) in [
        ("", 4),
        ("query=", 4),
        ("query=tea", 2),
        ("query=TEA&limit=1", 1),
        ("query=tea%20%26%20c", 1),
        ("query=strasse", 1),
        ("query=ea", 0),
        ("query=%25", 0),
    ] {
        let found = world.ask(&bearer(&format!("GET /api/chat/rooms?{query}"), &ann)).await;
        assert_eq!((found.status, ids(&found).len()), (StatusCode::OK, count), "{query}");
    }
    let long = format!("query={}", "x".repeat(81));
    for query in [&long, "limit=0", "limit=101", "limit=x", "cursor=x", "cursor=1-6"] {
        let found = world.ask(&bearer(&format!("GET /api/chat/rooms?{query}"), &ann)).await;
        assert_eq!((found.status, found.code()), (StatusCode::BAD_REQUEST, "invalid_payload"));
    }
}

#[tokio::test]
async fn members_are_paged_in_the_order_of_joining() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let tea = room(&world, &ann, "Tea").await;
    for number in 1..=120 {
        let token = world.signed_in(&format!("user{number}")).await;
        ask(&world, &token, ("POST", &tea, "join")).await;
    }
    let eve = world.signed_in("eve").await;
    for (first, rest, sizes) in [
        ("members", "", vec![50, 50, 21]),
        ("members?limit=100", "limit=100&", vec![100, 21]),
        ("members?limit=7", "limit=7&", [vec![7; 17], vec![2]].concat()),
    ] {
        let (mut names, mut found) = (Vec::new(), Vec::new());
        let mut next = first.to_owned();
        loop {
            let page = ask(&world, &eve, ("GET", &tea, &next)).await;
            let members = page.body["members"].as_array().expect("members").clone();
            found.push(members.len());
            names.extend(members.iter().map(|member| member["username"].clone()));
            let Some(cursor) = page.body["nextCursor"].as_str() else { break };
            next = format!("members?{rest}cursor={cursor}");
        }
        assert_eq!(found, sizes);
        let expected: Vec<Value> = std::iter::once(json!("ann"))
            .chain((1..=120).map(|number| json!(format!("user{number}"))))
            .collect();
        assert_eq!(names, expected);
    }
    for query in ["limit=0", "limit=101", "cursor=x", "cursor=07"] {
        let page = ask(&world, &eve, ("GET", &tea, &format!("members?{query}"))).await;
        assert_eq!((page.status, page.code()), (StatusCode::BAD_REQUEST, "invalid_payload"));
    }
}
