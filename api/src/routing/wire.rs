//! Legs on the wire.

use domain::{
    kernel::{Id, kinds},
    routing::{Leg, LegSource},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The way from a depot to a site.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TravelLegView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    #[schema(max_length = 200)]
    pub(crate) depot_name: String,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) site_id: Id<kinds::Site>,
    #[schema(max_length = 200)]
    pub(crate) site_name: String,
    /// Absent where no way is known: nobody knows where the depot stands.
    pub(crate) leg: Option<LegView>,
}

/// How long a way is, and who says so.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LegView {
    /// Metres, to the nearest hundred.
    #[schema(minimum = 0)]
    pub(crate) distance_m: u32,
    /// Whole minutes, rounded up.
    #[schema(minimum = 0)]
    pub(crate) time_min: u32,
    pub(crate) source: LegSourceView,
    /// Where the depot stands: `given`, or `division` where nobody gave it and the way is measured
    /// from the centre of its division or of the nearest one round it.
    #[schema(max_length = 16)]
    pub(crate) place_origin: String,
}

/// Who says how long a way is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LegSourceView {
    /// `great_circle`: the straight line, stretched and driven as assumed below.
    #[schema(max_length = 32)]
    pub(crate) name: String,
    /// How many times the straight line the road is taken to be long.
    #[schema(minimum = 1, maximum = 3)]
    pub(crate) detour_factor: f64,
    /// How fast it is taken to be driven.
    #[schema(minimum = 1, maximum = 150)]
    pub(crate) speed_kmh: f64,
}

impl From<Leg> for LegView {
    fn from(leg: Leg) -> Self {
        let LegSource::GreatCircle(source) = leg.source;
        Self {
            distance_m: leg.distance_m,
            time_min: leg.time_min,
            source: LegSourceView {
                name: leg.source.name().to_owned(),
                detour_factor: source.detour_factor(),
                speed_kmh: source.speed_kmh(),
            },
            place_origin: leg.start.name().to_owned(),
        }
    }
}

/// Which legs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TravelLegFilter {
    /// Those to this site.
    #[param(value_type = Option<String>, pattern = "^site_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) site_id: Option<Id<kinds::Site>>,
    /// Those that can be driven in this many minutes.
    #[param(minimum = 0, maximum = 100_000)]
    pub(crate) max_time_min: Option<u32>,
}
