//! What an alert did to closed roads.

use domain::kernel::{Id, kinds};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{alerts::AlertView, http::Versioned};

/// An alert that was taken in, and what followed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TakenAlertView {
    pub(crate) alert: AlertView,
    /// Whether it was there already.
    pub(crate) repeated: bool,
    /// Closures that were drawn from the alerts whose place it took.
    #[schema(max_items = 100_000)]
    pub(crate) closures: Vec<FollowedClosureView>,
}

impl Versioned for TakenAlertView {
    fn version(&self) -> i64 {
        self.alert.version
    }
}

/// What became of a closure.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct FollowedClosureView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) closure_id: Id<kinds::RoadClosure>,
    #[schema(max_length = 200)]
    pub(crate) name: String,
    /// `moved`, `lifted`, or `kept` where a person gave its time or the new area could not be drawn.
    #[schema(max_length = 8)]
    pub(crate) followed: String,
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}
