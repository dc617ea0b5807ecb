//! `/healthz`: the process answers. `/readyz`: it should be sent work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::Serialize;

use crate::socket::PairHub;

/// Whether this node should be sent new connections.
#[derive(Clone, Debug)]
pub struct Readiness {
    is_stopping: Arc<AtomicBool>,
    pair: Arc<PairHub>,
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
}

impl Readiness {
    pub(crate) fn new(pair: Arc<PairHub>) -> Self {
        Self { is_stopping: Arc::new(AtomicBool::new(false)), pair }
    }

    /// From now on `/readyz` answers 503, so that a load balancer looks
    /// elsewhere. Called before the listener is closed.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    fn report(&self) -> Report {
        let is_stopping = self.is_stopping.load(Ordering::Relaxed);
        let is_pairing = self.pair.is_driven();
        Report {
            status: if !is_stopping && is_pairing { "ready" } else { "unavailable" },
            checks: Checks {
                sockets: if is_stopping { "stopping" } else { "ok" },
                pair: if is_pairing { "ok" } else { "stopped" },
            },
        }
    }
}

pub(super) async fn healthz() -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(Health { status: "ok" })).into_response()
}

pub(super) async fn readyz(State(readiness): State<Readiness>) -> Response {
    let report = readiness.report();
    let status =
        if report.status == "ready" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(CACHE_CONTROL, "no-store")], Json(report)).into_response()
}
