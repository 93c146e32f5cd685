//! Sealed days on the wire.
//!
//! **Invariant.** Hashes are Base64; a leaf is shown as it was hashed, to the last byte.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    sealed_days::ProvenLeaf,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{journal::EntryProofView, problem::Problem};

use super::rows::sealed_day;

/// The hash of what every depot had of every item at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(super) struct SealedDayView {
    /// The day at the depots.
    #[schema(
        min_length = 10,
        max_length = 10,
        pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
    )]
    pub(super) day: String,
    /// Its end. What was recorded before it, by the server's time, is counted.
    pub(super) until: DateTime<Utc>,
    /// And what stands before this position in the journal. What was recorded on the day and got a
    /// later position counts from the next day on.
    #[schema(minimum = 0)]
    pub(super) size: i64,
    /// Everything before this position is counted.
    #[schema(minimum = 0)]
    pub(super) settled_size: i64,
    /// How many depots it has.
    #[schema(minimum = 0)]
    pub(super) depots: i64,
    /// The root of their tree, Base64.
    #[schema(max_length = 44)]
    pub(super) root: String,
    /// The entry of the journal that says so.
    #[schema(value_type = String, max_length = 40)]
    pub(super) entry_id: Id<kinds::JournalEntry>,
}

impl SealedDayView {
    pub(super) fn of(row: sealed_day::Model) -> Self {
        Self {
            day: row.day,
            until: row.until_at,
            size: row.size,
            settled_size: row.settled,
            depots: row.depots,
            root: row.root,
            entry_id: Id::from_uuid(row.journal_id),
        }
    }
}

/// Of what a proof is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct BalanceProofQuery {
    /// Of this depot.
    #[param(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(super) depot_id: Id<kinds::Depot>,
    /// Of this item.
    #[param(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(super) item_id: Id<kinds::Item>,
}

/// Shows what a depot had of an item at the end of a day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BalanceProofView {
    /// The day at the depots.
    #[schema(max_length = 10)]
    pub(super) day: String,
    #[schema(value_type = String, max_length = 40)]
    pub(super) depot_id: Id<kinds::Depot>,
    #[schema(value_type = String, max_length = 40)]
    pub(super) item_id: Id<kinds::Item>,
    /// What there was in its zones; nothing where all of it had gone.
    #[schema(max_items = 4)]
    pub(super) on_hand: Vec<OnHandView>,
    /// The balance in the tree of its depot. What it says is what counts.
    pub(super) balance: LeafProofView,
    /// The depot in the tree of the day.
    pub(super) depot: LeafProofView,
    /// The day in the journal.
    pub(super) entry: EntryProofView,
}

/// What there was in one condition.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OnHandView {
    #[schema(max_length = 16)]
    pub(super) condition: String,
    /// Base units.
    #[schema(minimum = 0)]
    pub(super) quantity: i64,
}

/// A leaf, and what leads from it to the root of its tree.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LeafProofView {
    /// What is hashed.
    #[schema(max_length = 1000)]
    leaf: String,
    /// Its number in the tree.
    #[schema(minimum = 0)]
    position: i64,
    /// How many leaves the tree has.
    #[schema(minimum = 1)]
    size: i64,
    /// The proof of RFC 6962 §2.1.1, from the leaf up.
    #[schema(max_items = 64)]
    hashes: Vec<String>,
}

impl LeafProofView {
    pub(super) fn of(proven: ProvenLeaf) -> Result<Self, Problem> {
        Ok(Self {
            leaf: proven.leaf,
            position: i64::try_from(proven.position).map_err(Problem::internal)?,
            size: i64::try_from(proven.size).map_err(Problem::internal)?,
            hashes: proven.hashes.iter().map(ToString::to_string).collect(),
        })
    }
}
