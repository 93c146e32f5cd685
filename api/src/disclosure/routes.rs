//! Addresses of the public account.
//!
//! **Invariant.** What lies under `/v1/public` and `/statements` is for everybody, and for nobody in
//! particular: no answer depends on who asks.

mod donors;
mod lookups;
mod pages;
mod public;
mod statements;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

use super::{commands, queries, wire};

pub(crate) use pages::pages;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(donors::router())
        .merge(statements::router())
        .merge(public::router())
        .merge(lookups::router())
}
