//! Addresses of stock.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

mod conditions;
mod conversions;
mod disposals;
mod late_facts;
mod loans;
mod lot_changes;
mod papers;
mod reads;
mod recalls;
mod reservations;
mod returns;
mod stocktakes;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

use super::{commands, queries, wire};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(papers::router())
        .merge(late_facts::router())
        .merge(conditions::router())
        .merge(recalls::router())
        .merge(conversions::router())
        .merge(disposals::router())
        .merge(lot_changes::router())
        .merge(loans::router())
        .merge(returns::router())
        .merge(reservations::router())
        .merge(reads::router())
        .merge(stocktakes::router())
}
