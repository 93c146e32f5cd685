//! Prometheus metrics.
//!
//! **Invariant.** They are shown only to callers who may read them.

use std::sync::OnceLock;

use axum::extract::State;
use domain::identity::Capability;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{app::App, identity::Caller, problem::Problem};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_metrics))
}

/// The recorder of this process; several servers in one process (as tests run them) share it.
pub(crate) fn handle() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = HANDLE.get_or_init(|| recorder.handle()).clone();
    // A loser of the race between two starting servers keeps the winner's recorder.
    let _ = metrics::set_global_recorder(recorder);
    Ok(handle)
}

/// Read the metrics in Prometheus text format.
#[utoipa::path(get, path = "/metrics", responses((status = 200, description = "Metrics.", body = String, content_type = "text/plain")))]
async fn get_metrics(State(app): State<App>, caller: Caller) -> Result<String, Problem> {
    caller.require_anywhere(Capability::ReadMetrics)?;
    Ok(app.metrics.render())
}
