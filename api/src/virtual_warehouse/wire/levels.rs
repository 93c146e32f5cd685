//! Levels, and where ageing goods should go, on the wire.

use domain::{
    depots::Standing,
    kernel::{Id, kinds},
    organisations::Level,
    virtual_warehouse::HORIZON_DAYS,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    depots::{DepotSelection, LevelSelection},
    problem::{Faults, Problem},
};

use super::filter::{division, named};

/// Which levels.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::virtual_warehouse) struct LevelFilter {
    /// In depots kept by this organisation or one below it.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Option<Id<kinds::Organisation>>,
    /// In depots inside this division.
    #[param(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division: Option<String>,
    /// In depots of this level.
    #[param(
        max_length = 16,
        pattern = "^(national|provincial|municipal|county|township)$"
    )]
    level: Option<String>,
    /// Of this item.
    #[param(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Option<Id<kinds::Item>>,
    /// Only those that stand so.
    #[param(max_length = 16, pattern = "^(short|within|over)$")]
    standing: Option<String>,
}

impl LevelFilter {
    pub(in crate::virtual_warehouse) fn parse(&self) -> Result<LevelSelection, Problem> {
        let mut faults = Faults::default();
        let division = division(&mut faults, "division", self.division.as_deref());
        let level = named::<Level>(&mut faults, "level", self.level.as_deref());
        let standing = named::<Standing>(&mut faults, "standing", self.standing.as_deref());
        let selection = (|| {
            Some(LevelSelection {
                depots: DepotSelection {
                    organisation: self.organisation_id,
                    division: division?,
                    level: level?,
                    depot: None,
                    among: None,
                    operations: None,
                    state: None,
                    boxes: None,
                    at_most: None,
                },
                item: self.item_id,
                standing: standing?,
            })
        })();
        faults.finish(selection).map_err(Problem::of_query)
    }
}

/// An item that ought to stand in a depot, and what there is.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct LevelView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) depot_id: Id<kinds::Depot>,
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) depot_code: String,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) depot_name: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) item_name: String,
    /// What the figures count.
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) base_unit: String,
    /// What plans leave untouched.
    #[schema(minimum = 0, maximum = 1000000000000_i64)]
    pub(in crate::virtual_warehouse) floor: i64,
    #[schema(minimum = 0, maximum = 1000000000000_i64)]
    pub(in crate::virtual_warehouse) minimum: Option<i64>,
    #[schema(minimum = 0, maximum = 1000000000000_i64)]
    pub(in crate::virtual_warehouse) maximum: Option<i64>,
    /// In the depot: free, usable, in date today, not recalled, and bound to nothing.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) available: i64,
    /// `short` below the minimum, `over` above the maximum, `within` else.
    #[schema(max_length = 16, pattern = "^(short|within|over)$")]
    pub(in crate::virtual_warehouse) standing: String,
    /// How much is lacking up to the minimum, or beyond the maximum.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) gap: i64,
}

/// Which goods are to be rotated.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::virtual_warehouse) struct RotationFilter {
    /// In depots kept by this organisation or one below it; both what ages and what is lacking.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(in crate::virtual_warehouse) organisation_id: Option<Id<kinds::Organisation>>,
    /// Of this item.
    #[param(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Option<Id<kinds::Item>>,
    /// Whose last day of use is at most so many days ahead.
    #[param(minimum = 1, maximum = 3650, default = 365)]
    within_days: Option<u16>,
}

impl RotationFilter {
    pub(in crate::virtual_warehouse) fn within_days(&self) -> u16 {
        self.within_days.unwrap_or(HORIZON_DAYS)
    }
}

/// Where goods should go before their last day of use.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct RotationView {
    /// The day on which the goods are looked at.
    #[schema(format = Date, max_length = 10)]
    pub(in crate::virtual_warehouse) day: String,
    /// The last day of use up to which goods are looked at.
    #[schema(format = Date, max_length = 10)]
    pub(in crate::virtual_warehouse) until: String,
    /// The first to expire first. Nothing of it is done or promised.
    #[schema(max_items = 100_000)]
    pub(in crate::virtual_warehouse) proposals: Vec<ProposalView>,
}

/// Goods of one lot and where they should go.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct ProposalView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) depot_id: Id<kinds::Depot>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) depot_name: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) item_name: String,
    /// What the quantity counts.
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) base_unit: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) lot_id: Id<kinds::Lot>,
    /// The last day of use.
    #[schema(format = Date, max_length = 10)]
    pub(in crate::virtual_warehouse) expires_on: String,
    #[schema(minimum = 1)]
    pub(in crate::virtual_warehouse) quantity: i64,
    /// `to_depot` where a depot lacks it, else `programme`, or `programme_or_maker` where the lot
    /// says who made it.
    #[schema(max_length = 32, pattern = "^(to_depot|programme|programme_or_maker)$")]
    pub(in crate::virtual_warehouse) way: String,
    /// The depot that lacks it.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::virtual_warehouse) to_depot_id: Option<Id<kinds::Depot>>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) to_depot_name: Option<String>,
    /// As the crow flies, where both places are known.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) distance_km: Option<f64>,
    /// Who made it, for an exchange.
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) maker: Option<String>,
}
