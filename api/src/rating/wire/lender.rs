//! Who could lend, on the wire.
//!
//! **Invariant.** A proposal that promises nothing; nobody is named who has nothing to spare.

use domain::kernel::{Id, kinds};
use serde::Serialize;
use utoipa::ToSchema;

/// A depot that could lend goods.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LenderView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    #[schema(max_length = 32)]
    pub(crate) depot_code: String,
    #[schema(max_length = 200)]
    pub(crate) depot_name: String,
    /// As the crow flies; absent where a place is not known.
    #[schema(minimum = 0)]
    pub(crate) distance_km: Option<f64>,
    /// What it could spare, in base units; absent where the caller does not see the depot, which is of
    /// the society above.
    #[schema(minimum = 1)]
    pub(crate) spare: Option<i64>,
    /// What of that would close the gap.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
}
