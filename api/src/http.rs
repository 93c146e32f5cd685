//! The HTTP face: one router, one contract, one way to answer.
//!
//! **Invariant.** A handler can only be mounted with its description, so the published contract and
//! the router are the same list. Requests are checked against that contract before a handler sees
//! them; refusals leave as RFC 9457 problems.

mod accept;
mod alert_document;
mod answer;
mod aside;
mod attachment;
mod caller;
mod contract;
mod describe;
mod digest;
mod docs;
mod files;
mod given;
mod health;
mod layers;
mod metrics;
mod network;
mod page;
mod params;
mod patience;
mod render;
mod strict;
mod texts;
mod trace;
mod upload;
mod whole;
mod write;

use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

pub use accept::serve;
pub(crate) use alert_document::{AlertBody, CAP_XML};
pub(crate) use answer::{Resource, Shown, Versioned, versioned};
pub(crate) use aside::aside;
pub(crate) use attachment::{ATTACHMENT_BYTES_MAX, Attachment};
pub(crate) use caller::Operator;
pub(crate) use contract::{Contract, shape_faults, shapes_behind};
pub(crate) use files::{CSV, RowsWritten, XLSX};
pub(crate) use given::given;
pub(crate) use metrics::handle as metrics_handle;
pub(crate) use network::{CallerNetwork, Network};
pub(crate) use page::{Direction, Page, PageQuery, by_id_only};
pub(crate) use params::{Params, PathId, PathText, Reads};
pub(crate) use texts::{IdText, NameText};
pub(crate) use upload::Upload;
pub(crate) use whole::Whole;
pub(crate) use write::{Body, Write, Writer, unchanged};

use crate::app::App;

#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Relief Depot",
    description = "The stock system for disaster-relief depots: stock as a ledger, depots, incidents, dispatch. \
                   Messages come in Chinese or English, as `Accept-Language` asks; codes stay the same. \
                   A body may come with its `Content-Digest` (RFC 9530, SHA-256): what was altered on the way is refused then."
))]
struct Ground;

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Ground::openapi())
        .merge(health::router())
        .merge(metrics::router())
        .merge(crate::identity::router())
        .merge(crate::organisations::router())
        .merge(crate::incidents::router())
        .merge(crate::alerts::router())
        .merge(crate::routing::router())
        .merge(crate::catalogue::router())
        .merge(crate::dispatch::router())
        .merge(crate::exchange::router())
        .merge(crate::depots::router())
        .merge(crate::devices::router())
        .merge(crate::stock::router())
        .merge(crate::agreements::router())
        .merge(crate::virtual_warehouse::router())
        .merge(crate::disclosure::router())
        .merge(crate::duties::router())
        .merge(crate::rating::router())
        .merge(crate::journal::router())
        .merge(crate::sealed_days::router())
        .merge(crate::webhooks::router())
}

/// The OpenAPI 3.1 document of everything the server offers.
#[must_use]
pub fn describe() -> serde_json::Value {
    describe::complete(routes().into_openapi())
}

/// The whole service, ready to be served.
pub(crate) fn service(app: App) -> axum::Router {
    let (router, _) = routes().split_for_parts();
    let pages = docs::router().merge(crate::disclosure::pages());
    layers::wrap(router.merge(pages), app)
}
