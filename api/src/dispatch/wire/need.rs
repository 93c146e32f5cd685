//! Needs with what became of them.
//!
//! **Invariant.** Figures are in base units of the need's item.

use serde::Serialize;
use utoipa::ToSchema;

use crate::incidents::NeedView;

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
}

impl ProgressView {
    /// What came of it, or may still come.
    pub(in crate::dispatch) fn answered(&self) -> i64 {
        self.ordered - self.lost + self.brought + self.called_off
    }
}
