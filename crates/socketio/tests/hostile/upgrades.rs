//! Upgrades that stop half way: the session goes on by long-polling, and the WebSocket is let go.

use socketio::DisconnectReason;

use crate::common::Server;
use crate::common::http::{Http, Polling};
use crate::common::ws::{HANDSHAKE, Ws, frame};
use crate::halves::{EXITS, Exit, exit, only_the_witness_is_left, short};
use crate::witness::{closed_for, survive};

const MOST_BYTES: usize = 8 * 1024 * 1024;

/// How far a client gets.
#[derive(Clone, Copy, Debug)]
enum Stage {
    HalfAHead,
    Handshake,
    HalfAProbe,
    Probe,
    ProbeAndPoll,
    HalfAnUpgrade,
}

const STAGES: [Stage; 6] = [
    Stage::HalfAHead,
    Stage::Handshake,
    Stage::HalfAProbe,
    Stage::Probe,
    Stage::ProbeAndPoll,
    Stage::HalfAnUpgrade,
];

/// Goes so far over a connection of its own.
async fn reach(stage: Stage, server: &Server, client: &mut Polling) -> Http {
    if matches!(stage, Stage::HalfAHead) {
        let mut http = Http::connect(server.addr).await;
        let target = format!("/socket.io/?EIO=4&transport=websocket&sid={}", client.sid);
        http.write(format!("GET {target} HTTP/1.1\r\n{HANDSHAKE}").as_bytes()).await;
        return http;
    }
    let mut ws = Ws::probe(server, &client.sid).await;
    let probe = frame(0x81, b"2probe");
    match stage {
        Stage::HalfAHead | Stage::Handshake => {}
        Stage::HalfAProbe => ws.write(&probe[..7]).await,
        Stage::Probe | Stage::ProbeAndPoll | Stage::HalfAnUpgrade => {
            ws.write(&probe).await;
            assert_eq!(ws.text().await, "3probe");
        }
    }
    match stage {
        Stage::ProbeAndPoll => assert_eq!(client.poll().await, ["6"]),
        Stage::HalfAnUpgrade => ws.write(&frame(0x81, b"5")[..4]).await,
        _ => {}
    }
    ws.http
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_survives_an_upgrade_that_stops_half_way() {
    survive(short(), MOST_BYTES, async |server| {
        for stage in STAGES {
            for how in EXITS {
                let (mut client, _) = Polling::connect(server).await;
                let websocket = reach(stage, server, &mut client).await;
                let kept = exit(websocket, how);
                if let Some(mut silent) = kept {
                    silent.rest().await;
                }
                // Those that it had may have been idle for too long.
                client.polls = Http::connect(server.addr).await;
                client.posts = Http::connect(server.addr).await;
                assert_eq!(client.post("3\u{1e}42[\"echo\",1]").await.status, 200);
                // Until the probe has ended, polls do at once.
                let mut packets = client.poll().await;
                while packets == ["6"] || packets == ["2"] {
                    if packets == ["2"] {
                        assert_eq!(client.post("3").await.status, 200);
                    }
                    packets = client.poll().await;
                }
                packets.retain(|packet| packet != "2");
                assert_eq!(packets, ["42[\"echo\",1]"], "{stage:?} {how:?}");
                client.close().await;
            }
        }
        only_the_witness_is_left(server).await;
    })
    .await;
}

/// The client goes altogether, in the middle of its upgrade.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_half_way_through_its_upgrade_is_forgotten() {
    let stats = survive(short(), MOST_BYTES, async |server| {
        for how in EXITS {
            let mut kept = Vec::new();
            for stage in STAGES.repeat(4) {
                let (mut client, _) = Polling::connect(server).await;
                kept.extend(exit(reach(stage, server, &mut client).await, how));
                kept.extend(exit(client.polls, how));
                kept.extend(exit(client.posts, how));
            }
            only_the_witness_is_left(server).await;
        }
    })
    .await;
    let clients = (STAGES.len() * 4 * EXITS.len()) as u64;
    assert_eq!(closed_for(&stats, DisconnectReason::PingTimeout), clients);
}

/// A session that ends takes the WebSocket that was being tried with it, at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_lets_go_of_its_probe() {
    let config = socketio::Config { upgrade_timeout: std::time::Duration::from_mins(5), ..short() };
    survive(config, MOST_BYTES, async |server| {
        let (mut client, _) = Polling::connect(server).await;
        let mut http = reach(Stage::Probe, server, &mut client).await;
        assert_eq!(client.post("1").await.status, 200);
        assert!(http.rest().await.is_empty());
        assert_eq!(client.poll_response().await.text(), "6");
        exit(http, Exit::Fin);
    })
    .await;
}
