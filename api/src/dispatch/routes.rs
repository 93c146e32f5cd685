//! Addresses of dispatch.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

mod fair_use;
mod goods;
mod needs;
mod orders;
mod plans;
mod recalls;
mod shipments;
mod solve;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(needs::router())
        .merge(plans::router())
        .merge(solve::router())
        .merge(orders::router())
        .merge(shipments::router())
        .merge(goods::router())
        .merge(recalls::router())
        .merge(fair_use::router())
}
