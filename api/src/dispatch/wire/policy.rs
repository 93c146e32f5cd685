//! What a planner respects, on the wire.

use std::collections::BTreeSet;

use domain::{
    dispatch::planner::{Method, Policy, Vehicles},
    kernel::{Id, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{IdText, Whole},
    problem::Problem,
};

const ML_PER_M3: f64 = 1e6;
const G_PER_KG: i64 = 1_000;

/// What the planner must respect; absent members take the default.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct PolicyBody {
    /// `optimum`, the default: the best plan, proven. `nearest_first`: as it is done by hand, to
    /// compare with.
    #[schema(pattern = "^(optimum|nearest_first)$", max_length = 16)]
    method: Option<String>,
    /// Share what is short evenly among needs of one priority. Default true.
    fair: Option<bool>,
    /// Ask own stock first, then level by level upwards. Default true.
    respect_level_rule: Option<bool>,
    /// Leave every depot its floor. Default true.
    keep_floors: Option<bool>,
    /// The longest drive, in minutes.
    #[schema(minimum = 1, maximum = 20160)]
    max_travel_min: Option<u32>,
    /// Send nothing that would come after it is needed. Default false: late help is help.
    refuse_late: Option<bool>,
    /// Take whole packs before breaking one. Default false.
    prefer_whole_packs: Option<bool>,
    /// Depots that are not to send.
    #[schema(value_type = Option<Vec<IdText>>, max_items = 2000)]
    excluded_depot_ids: Option<Vec<Id<kinds::Depot>>>,
    /// For how many hours depots hand out. A depot whose profile says `handling_m3_per_h` hands out no
    /// more than that in these hours; without them nobody counts it.
    #[schema(minimum = 1, maximum = 720)]
    horizon_h: Option<u32>,
    /// What there is to drive with. Nobody counts vehicles if none are named.
    #[schema(max_items = 200)]
    vehicles: Option<Vec<VehiclesBody>>,
}

impl PolicyBody {
    pub(in crate::dispatch) fn policy(self) -> Result<Policy, Problem> {
        let default = Policy::default();
        let vehicles = self.vehicles.iter().flatten().enumerate();
        let vehicles = vehicles.map(|(place, body)| body.vehicles(place));
        let method = self.method.as_deref().map(str::parse);
        Ok(Policy {
            method: method.and_then(Result::ok).unwrap_or(default.method),
            fair: self.fair.unwrap_or(default.fair),
            respect_level_rule: self
                .respect_level_rule
                .unwrap_or(default.respect_level_rule),
            keep_floors: self.keep_floors.unwrap_or(default.keep_floors),
            max_travel_min: self.max_travel_min,
            refuse_late: self.refuse_late.unwrap_or(default.refuse_late),
            prefer_whole_packs: self
                .prefer_whole_packs
                .unwrap_or(default.prefer_whole_packs),
            excluded_depots: self
                .excluded_depot_ids
                .unwrap_or_default()
                .into_iter()
                .collect::<BTreeSet<_>>(),
            horizon_h: self.horizon_h,
            vehicles: vehicles.collect::<Result<_, _>>()?,
            ..default
        })
    }
}

/// What the planner respected.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct PolicyView {
    /// By what it was found: `optimum` or `nearest_first`.
    #[schema(max_length = 16, required = true)]
    #[serde(default = "nearest_first")]
    method: String,
    #[schema(required = true)]
    #[serde(default)]
    fair: bool,
    respect_level_rule: bool,
    keep_floors: bool,
    #[schema(minimum = 1)]
    max_travel_min: Option<u32>,
    refuse_late: bool,
    prefer_whole_packs: bool,
    #[schema(value_type = Vec<String>, max_items = 2000)]
    excluded_depot_ids: Vec<Id<kinds::Depot>>,
    #[schema(minimum = 1)]
    horizon_h: Option<u32>,
    #[schema(max_items = 200, required = true)]
    #[serde(default)]
    vehicles: Vec<VehiclesBody>,
}

// Plans that were kept before there was a choice.
fn nearest_first() -> String {
    Method::NearestFirst.name().to_owned()
}

impl From<&Policy> for PolicyView {
    fn from(policy: &Policy) -> Self {
        Self {
            method: policy.method.name().to_owned(),
            fair: policy.fair,
            respect_level_rule: policy.respect_level_rule,
            keep_floors: policy.keep_floors,
            max_travel_min: policy.max_travel_min,
            refuse_late: policy.refuse_late,
            prefer_whole_packs: policy.prefer_whole_packs,
            excluded_depot_ids: policy.excluded_depots.iter().copied().collect(),
            horizon_h: policy.horizon_h,
            vehicles: policy.vehicles.iter().map(VehiclesBody::from).collect(),
        }
    }
}

/// Vehicles of one kind. What they carry is counted as if each could be filled to the last litre.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct VehiclesBody {
    /// From which depot they drive. Without it they drive from every depot that has none of its own.
    #[schema(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::dispatch) depot_id: Option<Id<kinds::Depot>>,
    #[schema(value_type = i64, minimum = 1, maximum = 10000)]
    count: Whole,
    /// How often each leaves full while the plan is carried out. Default 1.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    trips: Option<Whole>,
    /// What fits into one. If it is absent for any of those that drive together, nobody counts the
    /// volume.
    #[schema(minimum = 0.01, maximum = 1000)]
    volume_m3: Option<f64>,
    /// What one may carry. If it is absent for any of those that drive together, nobody counts the
    /// weight.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000000)]
    payload_kg: Option<Whole>,
}

impl VehiclesBody {
    pub(in crate::dispatch) fn vehicles(&self, place: usize) -> Result<Vehicles, Problem> {
        if self.volume_m3.is_none() && self.payload_kg.is_none() {
            return Err(Problem::field(
                format!("/policy/vehicles/{place}"),
                "required",
                "须给出 volume_m3 或 payload_kg",
                "volume_m3 or payload_kg is needed",
            ));
        }
        let counted = |Whole(number): Whole| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Vehicles {
            depot: self.depot_id,
            count: counted(self.count),
            trips: self.trips.map_or(1, counted),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the contract lets a thousand cubic metres pass and no more"
            )]
            volume_ml: self.volume_m3.map(|m3| (m3 * ML_PER_M3).round() as i64),
            payload_g: self.payload_kg.map(|Whole(kg)| kg.saturating_mul(G_PER_KG)),
        })
    }
}

impl From<&Vehicles> for VehiclesBody {
    fn from(vehicles: &Vehicles) -> Self {
        Self {
            depot_id: vehicles.depot,
            count: Whole(vehicles.count.into()),
            trips: Some(Whole(vehicles.trips.into())),
            // A thousand cubic metres in millilitres are far below 2^53.
            volume_m3: vehicles.volume_ml.map(|ml| ml as f64 / ML_PER_M3),
            payload_kg: vehicles.payload_g.map(|grams| Whole(grams / G_PER_KG)),
        }
    }
}
