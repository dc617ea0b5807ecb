//! Numbers for Prometheus: gauges read from the living parts at each scrape, counters kept since the
//! start. Labels come from closed sets only: nothing that a client sends becomes a label.

mod conversations;
mod families;
mod tally;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use socketio::Stats;

pub(crate) use tally::Tally;

use crate::socket::Shared;
use families::{Family, families};

/// `OpenMetrics` 1.0, which every Prometheus since 2.5 reads.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// What the metrics listener is asked for.
const ROUTE: &str = "/metrics";

/// Where the engine's own numbers come from: `Io::stats`.
pub type EngineStats = Box<dyn Fn() -> Stats + Send + Sync>;

/// All of the node's numbers.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
}

impl Metrics {
    pub(crate) fn new(
        version: &'static str,
        shared: Arc<Shared>,
        engine: EngineStats,
        further: Vec<Box<dyn Collector>>,
    ) -> Self {
        let mut registry = Registry::with_prefix("parlour");
        registry.register_collector(Box::new(Live { version, shared, engine }));
        for collector in further {
            registry.register_collector(collector);
        }
        Self { registry: Arc::new(registry) }
    }

    /// The numbers at this moment, in the text format of `OpenMetrics`. Some 10 KiB.
    pub fn render(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes whatever is written to it");
        text
    }
}

/// The metrics listener's routes: `/metrics`, and nothing else. It is not the public listener's
/// business, and has no bounds of its own: bind it where only the scraper comes.
pub fn metrics_router(metrics: Metrics) -> Router {
    let render = move || {
        let text = metrics.render();
        async move { ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response() }
    };
    Router::new().route(ROUTE, get(render))
}

/// Reads the living parts when it is asked to.
struct Live {
    version: &'static str,
    shared: Arc<Shared>,
    engine: EngineStats,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Collector for Live {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let stats = (self.engine)();
        for Family { name, help, kind, samples } in families(self.version, &self.shared, &stats) {
            let mut metric = encoder.encode_descriptor(name, help, None, kind.into())?;
            for sample in &samples {
                if sample.labels.is_empty() {
                    kind.encode(&mut metric, sample.value)?;
                } else {
                    let labels = sample.labels.as_slice();
                    kind.encode(&mut metric.encode_family(&labels)?, sample.value)?;
                }
            }
        }
        Ok(())
    }
}
