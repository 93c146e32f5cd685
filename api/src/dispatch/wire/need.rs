//! Needs with what became of them.
//!
//! **Invariant.** Figures are in base units of the need's item, but for those of a substitute, which are in
//! its own. What substitutes stand for is in the figures of the need, in whole units.

use serde::Serialize;
use utoipa::ToSchema;

use std::collections::BTreeMap;

use domain::kernel::{Id, kinds};

use crate::incidents::{NeedFacts, NeedView};

/// A need and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::dispatch) struct NeedProgressView {
    pub(in crate::dispatch) need: NeedView,
    pub(in crate::dispatch) progress: ProgressView,
}

/// What became of a need.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(in crate::dispatch) struct ProgressView {
    /// In orders, less what was given up or recalled.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) ordered: i64,
    /// Sent, on its way and not signed for yet; what was recalled is not on its way.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) on_the_road: i64,
    /// Signed for as it was sent.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) received: i64,
    /// Damaged or short on arrival, or short when it came back.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) lost: i64,
    /// Recalled, and not back in its depot yet.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) recalled: i64,
    /// Brought straight to the site by suppliers. What they bring answers the most urgent needs first
    /// that no order answers.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) brought: i64,
    /// Called off from suppliers straight to the site, and not there yet.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) called_off: i64,
    /// What of it other items stand for, each in the list of the need: `ordered` to `recalled` are base
    /// units of these, and the figures of the need hold the whole units for which they stand.
    #[schema(max_items = 5)]
    pub(in crate::dispatch) substitutes: Vec<SubstituteProgressView>,
}

/// What became of a substitute that orders send for a need.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::dispatch) struct SubstituteProgressView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) item_id: Id<kinds::Item>,
    #[schema(minimum = 0)]
    pub(in crate::dispatch) ordered: i64,
    #[schema(minimum = 0)]
    pub(in crate::dispatch) on_the_road: i64,
    #[schema(minimum = 0)]
    pub(in crate::dispatch) received: i64,
    #[schema(minimum = 0)]
    pub(in crate::dispatch) lost: i64,
    #[schema(minimum = 0)]
    pub(in crate::dispatch) recalled: i64,
    /// For how many base units of the need's item what is ordered and not lost stands.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) stands_for: i64,
}

impl ProgressView {
    /// What came of it, or may still come.
    pub(in crate::dispatch) fn answered(&self) -> i64 {
        self.ordered - self.lost + self.brought + self.called_off
    }

    /// As [`Self::answered`], if orders did not send these goods for the need.
    pub(in crate::dispatch) fn answered_without(
        &self,
        need: &NeedFacts,
        goods: &BTreeMap<Id<kinds::Item>, i64>,
    ) -> i64 {
        let own = goods.get(&need.item).copied().unwrap_or(0);
        let instead = self.substitutes.iter().map(|it| {
            let less = goods.get(&it.item_id).copied().unwrap_or(0);
            let rate = need.substitutes.rate(it.item_id);
            let left = rate.map_or(0, |rate| rate.worth(it.ordered - it.lost - less));
            it.stands_for - left
        });
        self.answered() - own - instead.sum::<i64>()
    }
}
