//! Addresses of duties.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

use super::{queries, wire};

mod done;
mod settings;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(done::router())
        .merge(settings::router())
}
