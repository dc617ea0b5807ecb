//! Memberships that another node ends.

use chat::conversations::Conversations;
use serde_json::json;

use super::hall::{Hall, wall};

#[tokio::test]
async fn whose_membership_another_node_has_ended_stops_listening_soon() {
    let hall = Hall::open().await;
    let (ann, bob) = (hall.person("ann").await, hall.person("bob").await);
    let room = hall.room(&ann).await;
    let mut anns = hall.socket(&ann).await;
    let mut tabs = [hall.socket(&bob).await, hall.socket(&bob).await];
    anns.join(&room).await;
    for tab in &mut tabs {
        tab.join(&room).await;
    }
    assert_eq!(anns.hears("user_joined").await["userId"], bob.profile.id.as_str());
    let bobs = bob.profile.id.clone();
    assert_eq!(hall.store.leave(room.clone(), bobs.clone(), wall()).await, Ok(true));
    let left = anns.hears("user_left").await;
    assert_eq!((&left["userId"], &left["activeCount"]), (&json!(bobs.as_str()), &json!(1)));
    anns.say(&room, "among us").await;
    anns.hears("receive_message").await;
    for tab in &mut tabs {
        assert_eq!(tab.so_far().await, [], "nothing more is heard");
    }
    // Whoever comes back listens again, and goes on doing so.
    tabs[0].join(&room).await;
    anns.hears("user_joined").await;
    anns.say(&room, "again").await;
    assert_eq!(tabs[0].hears("receive_message").await["content"], "again");
}

/// What a node did itself comes back to it as a change: whoever has entered again since stays.
#[tokio::test]
async fn who_has_left_and_come_back_listens_whenever_the_change_is_heard_of() {
    let hall = Hall::open().await;
    let (ann, bob) = (hall.person("ann").await, hall.person("bob").await);
    let room = hall.room(&ann).await;
    let (mut anns, mut bobs) = (hall.socket(&ann).await, hall.socket(&bob).await);
    anns.join(&room).await;
    let id = bob.profile.id.clone();
    for round in 0..10 {
        bobs.join(&room).await;
        // As the route does it.
        assert_eq!(hall.store.leave(room.clone(), id.clone(), wall()).await, Ok(true));
        hall.chat().expel(&id, &room);
        bobs.join(&room).await;
        // When a later change has been acted on, this one has, too.
        let (marker, mut marks) = hall.newcomer(&format!("marker{round}")).await;
        marks.join(&room).await;
        assert_eq!(hall.store.leave(room.clone(), marker.clone(), wall()).await, Ok(true));
        loop {
            let (name, heard) = anns.event().await;
            if name == "user_left" && heard["userId"] == marker.as_str() {
                break;
            }
        }
        let content = format!("{round}");
        anns.say(&room, &content).await;
        loop {
            let (name, heard) = bobs.event().await;
            if name == "receive_message" {
                assert_eq!(heard["content"], content);
                break;
            }
        }
    }
}
