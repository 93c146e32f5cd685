//! What is on the road, by when it is due, on the wire.

use chrono::{DateTime, Utc};
use domain::virtual_warehouse::Road;
use serde::Serialize;
use utoipa::ToSchema;

/// When what is on the road is due, as was said when it left. The figures add up to `on_road`.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct RoadView {
    /// Due by the moment that is asked about, and not signed for.
    #[schema(minimum = 0)]
    overdue: i64,
    /// Called back, or nobody said when it is due.
    #[schema(minimum = 0)]
    unknown: i64,
    /// The first moments at which something is due.
    #[schema(max_items = 24)]
    due: Vec<DueView>,
    /// Due after the last of these.
    #[schema(minimum = 0)]
    later: i64,
}

/// What is due at one moment.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct DueView {
    due_at: DateTime<Utc>,
    /// In base units.
    #[schema(minimum = 1)]
    quantity: i64,
}

impl From<&Road> for RoadView {
    fn from(road: &Road) -> Self {
        let due = road.due();
        Self {
            overdue: road.overdue,
            unknown: road.unknown,
            due: due
                .map(|(due_at, quantity)| DueView { due_at, quantity })
                .collect(),
            later: road.later(),
        }
    }
}
