//! `/healthz`: the process answers. `/readyz`: it should be sent work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chat::store::Store;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::Serialize;

use super::store_check::StoreCheck;
use crate::socket::PairHub;

/// Whether this node should be sent new connections.
#[derive(Clone, Debug)]
pub struct Readiness {
    is_stopping: Arc<AtomicBool>,
    pair: Arc<PairHub>,
    store: Option<Arc<StoreCheck>>,
}

#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
}

/// What answers and what is degraded, part by part.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(PartialEq))]
pub(super) struct Report {
    status: &'static str,
    checks: Checks,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(PartialEq))]
struct Checks {
    /// `ok`, or `stopping` once the node no longer takes connections.
    sockets: &'static str,
    /// `ok`, or `stopped` if nothing would act on pairing's deadlines.
    pair: &'static str,
    /// `ok`, or `unavailable`; nothing if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<&'static str>,
}

impl Readiness {
    pub(crate) fn new(pair: Arc<PairHub>, store: Option<Arc<dyn Store>>) -> Self {
        let store = store.map(|store| Arc::new(StoreCheck::new(store)));
        Self { is_stopping: Arc::new(AtomicBool::new(false)), pair, store }
    }

    /// From now on `/readyz` answers 503, so that a load balancer looks
    /// elsewhere. Called before the listener is closed.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Strangers need no store: without it the node still takes connections, and says that it does
    /// only some of its work.
    async fn report(&self) -> Report {
        let is_storing = match &self.store {
            Some(store) => Some(store.answers().await),
            None => None,
        };
        let is_stopping = self.is_stopping.load(Ordering::Relaxed);
        let is_pairing = self.pair.is_driven();
        Report {
            status: match is_storing {
                _ if is_stopping || !is_pairing => "unavailable",
                Some(false) => "degraded",
                _ => "ready",
            },
            checks: Checks {
                sockets: if is_stopping { "stopping" } else { "ok" },
                pair: if is_pairing { "ok" } else { "stopped" },
                store: is_storing.map(|answers| if answers { "ok" } else { "unavailable" }),
            },
        }
    }
}

pub(super) async fn healthz() -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(Health { status: "ok" })).into_response()
}

pub(super) async fn readyz(State(readiness): State<Readiness>) -> Response {
    let report = readiness.report().await;
    let status = match report.status {
        "unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    (status, [(CACHE_CONTROL, "no-store")], Json(report)).into_response()
}
