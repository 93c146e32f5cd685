//! Addresses of rating.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

use super::{commands, queries, wire};

mod assessments;
mod grades;
mod rule_sets;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(rule_sets::router())
        .merge(grades::router())
        .merge(assessments::router())
}
