//! Rooms, and emits that may be lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use socketio::{Config, Packet, Socket};

use crate::common::Server;
use crate::common::app::empty;
use crate::common::http::Polling;
use crate::common::ws::{Got, Ws};

/// Clients that are connected to `/`, each with the server's side of it.
async fn guests(server: &Server, n: usize) -> Vec<(Ws, Socket)> {
    let mut guests = Vec::new();
    for _ in 0..n {
        let (ws, id) = Ws::connect(server).await;
        let sockets = server.app.sockets();
        let socket = sockets.into_iter().find(|socket| socket.id().as_str() == id);
        guests.push((ws, socket.expect("it is connected")));
    }
    guests
}

/// Longer than the parts in which a room is gone through, and in which the flushers write.
#[tokio::test]
async fn a_large_room_hears_everything_in_order() {
    let flushers = std::thread::available_parallelism().map_or(1, |n| n.get().min(8));
    let server = Server::start(Config::default()).await;
    let mut guests = guests(&server, 600.max(150 * flushers)).await;
    for (_, socket) in &guests {
        socket.join("a");
    }
    for numbers in [[0].as_slice(), &[1, 2], &[3]] {
        for number in numbers {
            server.io.to("/", "a").emit("n", number);
        }
        for (ws, _) in &mut guests {
            for number in numbers {
                assert_eq!(ws.text().await, format!("42[\"n\",{number}]"));
            }
        }
    }
    drop(guests);
    server.finish().await;
}

#[tokio::test]
async fn a_room_reaches_those_who_are_in_it_once_each() {
    let server = Server::start(Config::default()).await;
    let mut guests = guests(&server, 4).await;
    for (_, socket) in &guests[..3] {
        socket.join("a");
        socket.join("a");
    }
    guests[0].1.join("b");
    guests[2].1.leave("a");
    guests[3].1.leave("a");
    assert_eq!(server.stats().rooms, 2);
    assert_eq!(server.io.to("/", "a").len(), 2);
    assert!(server.io.to("/custom", "a").is_empty());

    server.io.to("/", "a").emit("all", &1);
    guests[0].1.to("a").emit("others", &2);
    guests[0].1.within("a").emit("own", &3);
    server.io.to("/", "b").send(&Packet::event("/", "b", &4));
    server.io.to("/", "nobody's").emit("x", &0);
    server.io.to("/custom", "a").emit("x", &0);
    server.io.to("/", "a").except(guests[1].1.id()).emit("but one", &5);
    for (_, socket) in &guests {
        socket.emit("end", &());
    }
    let expected: [&[&str]; 4] = [
        &["42[\"all\",1]", "42[\"own\",3]", "42[\"b\",4]", "42[\"but one\",5]"],
        &["42[\"all\",1]", "42[\"others\",2]", "42[\"own\",3]"],
        &[],
        &[],
    ];
    for ((ws, _), expected) in guests.iter_mut().zip(expected) {
        for packet in expected.iter().chain(&["42[\"end\",null]"]) {
            assert_eq!(ws.text().await, *packet);
        }
    }
    for (ws, _) in guests {
        ws.close().await;
    }
    server.all_gone().await;
    assert_eq!(server.stats().rooms, 0);
    server.finish().await;
}

#[tokio::test]
async fn whoever_waits_until_all_is_flushed_goes_on_when_it_is_written() {
    let server = Server::start(Config::default()).await;
    let guests = guests(&server, 3).await;
    for (_, socket) in &guests {
        socket.join("a");
    }
    server.io.flushed().await;
    for round in 1..=100 {
        let written = || (server.stats().packets_out, server.stats().bytes_out);
        let (packets, bytes) = written();
        server.io.to("/", "a").emit("round", &round);
        assert_eq!(written(), (packets, bytes), "nothing else has run");
        server.io.flushed().await;
        // With a head of two bytes each.
        let frame = 2 + format!("42[\"round\",{round}]").len() as u64;
        assert_eq!(written(), (packets + 3, bytes + 3 * frame));
    }
    // Nothing is queued, and nobody comes to an end of it: there is nothing to wait for.
    server.io.flushed().await;
    for (ws, _) in guests {
        ws.close().await;
    }
    server.finish().await;
}

#[tokio::test]
async fn a_socket_that_is_gone_joins_nothing() {
    let server = Server::start(Config::default()).await;
    let mut guests = guests(&server, 1).await;
    let (mut ws, socket) = guests.pop().expect("one");
    socket.join("a");
    socket.disconnect();
    assert_eq!(ws.text().await, "41");
    empty(&server.app).await;
    assert_eq!(server.stats().rooms, 0);
    socket.join("a");
    assert_eq!((server.stats().rooms, socket.rooms().len()), (0, 0));
    ws.close().await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joins_leaves_and_broadcasts_race_with_goodbyes_and_leave_no_room() {
    let server = Server::start(Config::default()).await;
    for round in 0..20 {
        let guests = guests(&server, 6).await;
        let stop = Arc::new(AtomicBool::new(false));
        let threads: Vec<_> = guests
            .iter()
            .map(|(_, socket)| (socket.clone(), stop.clone(), server.io.clone()))
            .map(|(socket, stop, io)| {
                std::thread::spawn(move || {
                    for i in 0_usize.. {
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        let room = ["a", "b", "c"][i % 3];
                        socket.join(room);
                        io.to("/", room).emit("n", &i);
                        if i % 2 == 0 {
                            socket.leave(room);
                        }
                    }
                })
            })
            .collect();
        for (i, (ws, socket)) in guests.into_iter().enumerate() {
            match i % 3 {
                0 => ws.reset(),
                1 => socket.close(),
                _ => socket.disconnect(),
            }
        }
        empty(&server.app).await;
        stop.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().unwrap();
        }
        server.all_gone().await;
        assert_eq!(server.stats().rooms, 0, "round {round}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_volatile_emit_goes_out_at_once_or_not_at_all() {
    let server = Server::start(Config::default()).await;
    let (mut client, _) = Polling::connect(&server).await;
    let socket = server.app.socket();
    assert!(!socket.emit_volatile("lost", &1), "nobody polls");
    client.begin_poll().await;
    // Once this is answered, the poll that was sent before it is waiting.
    assert_eq!(client.post("3").await.status, 200);
    assert!(socket.emit_volatile("kept", &2));
    assert!(!socket.emit_volatile("lost", &3), "something is queued");
    assert_eq!(client.polls.response().await.text(), "42[\"kept\",2]");
    client.close().await;
    empty(&server.app).await;
    assert!(!socket.emit_volatile("lost", &4), "it is gone");
    drop(socket);

    let (mut ws, _) = Ws::connect(&server).await;
    assert!(server.app.socket().emit_volatile("kept", &5));
    assert_eq!(ws.next().await, Got::Text("42[\"kept\",5]".to_owned()));
    ws.close().await;
    server.finish().await;
}
