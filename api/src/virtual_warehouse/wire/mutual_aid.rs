//! Mutual aid on the wire.

use domain::{
    kernel::{Id, kinds},
    organisations::DivisionCode,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Faults, Problem};

use super::filter::division;

/// Who lacks what, and how far away help may be.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::virtual_warehouse) struct MutualAidFilter {
    /// Between depots kept by this organisation or one below it.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(in crate::virtual_warehouse) organisation_id: Option<Id<kinds::Organisation>>,
    /// Only for depots that lack something inside this division.
    #[param(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    to_division: Option<String>,
    /// Of this item.
    #[param(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Option<Id<kinds::Item>>,
    /// On the way for at most so many hours.
    #[param(minimum = 1, maximum = 240, default = 8)]
    within_h: Option<u32>,
}

impl MutualAidFilter {
    pub(in crate::virtual_warehouse) fn within_h(&self) -> u32 {
        self.within_h.unwrap_or(8)
    }

    pub(in crate::virtual_warehouse) fn to_division(
        &self,
    ) -> Result<Option<DivisionCode>, Problem> {
        let mut faults = Faults::default();
        let code = division(&mut faults, "to_division", self.to_division.as_deref());
        faults.finish(code).map_err(Problem::of_query)
    }
}

/// Who could lend what to whom.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct MutualAidView {
    #[schema(minimum = 1)]
    pub(in crate::virtual_warehouse) within_h: u32,
    /// By item, the largest lack first, and for each the nearest lender first. Nothing of it is done
    /// or promised.
    #[schema(max_items = 100_000)]
    pub(in crate::virtual_warehouse) loans: Vec<PossibleLoanView>,
    /// What is lacking and nobody can lend in time.
    #[schema(max_items = 5_000)]
    pub(in crate::virtual_warehouse) without_help: Vec<LackView>,
}

/// What one depot could lend another.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct PossibleLoanView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) item_name: String,
    /// What the quantities count.
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) base_unit: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) from_depot_id: Id<kinds::Depot>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) from_depot_name: String,
    /// Who keeps the lending depot.
    #[schema(value_type = String, max_length = 30)]
    pub(in crate::virtual_warehouse) from_organisation_id: Id<kinds::Organisation>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) to_depot_id: Id<kinds::Depot>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) to_depot_name: String,
    #[schema(value_type = String, max_length = 30)]
    pub(in crate::virtual_warehouse) to_organisation_id: Id<kinds::Organisation>,
    /// Minutes on the way.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) travel_min: u32,
    /// As much as the one can spare above its own minimum, or floor, and the other lacks.
    #[schema(minimum = 1)]
    pub(in crate::virtual_warehouse) possible: i64,
    /// How much of it, when each lack is met by the nearest first and nothing is lent twice.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) proposed: i64,
}

/// What a depot lacks.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct LackView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) depot_id: Id<kinds::Depot>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) depot_name: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) item_name: String,
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) base_unit: String,
    #[schema(minimum = 1)]
    pub(in crate::virtual_warehouse) missing: i64,
}
