//! Legs on the wire.

mod alert;
mod closure;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    kernel::{Id, kinds},
    routing::{Leg, LegMarks, LegMode, LegSource, RoadEdition},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

pub(super) use alert::{FollowedClosureView, TakenAlertView};
pub(crate) use closure::RoadClosureView;
pub(super) use closure::{DrawRoadClosureBody, LiftRoadClosureBody, RoadClosureFilter};

use crate::{http::NameText, routing::road_file::Roads};

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
    /// Absent where no way is known.
    pub(crate) leg: Option<LegView>,
    /// Why there is no way: `far_from_road`, `no_way` or `closed`. Absent where there is one, and
    /// where nobody knows where the depot stands.
    #[schema(max_length = 16)]
    pub(crate) barrier: Option<String>,
}

/// The way from a depot to a site, drawn.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RouteView {
    /// Absent where no way is known.
    pub(crate) leg: Option<LegView>,
    /// Why there is no way: `far_from_road`, `no_way` or `closed`. Absent where there is one, and
    /// where nobody knows where the depot stands.
    #[schema(max_length = 16)]
    pub(crate) barrier: Option<String>,
    /// A GeoJSON LineString from the depot to the site. Absent where there is no way, and where the
    /// source that measured it did not draw it.
    #[schema(value_type = Option<Object>)]
    pub(crate) geometry: Option<Value>,
}

/// From which depot to draw the way.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RouteFilter {
    /// The depot where it starts.
    #[param(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
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
    /// `road`, or `ferry` where a ferry is part of the way.
    #[schema(max_length = 8)]
    pub(crate) mode: String,
    /// What the smallest ferry on the way carries in a day, if that is known.
    #[schema(minimum = 0)]
    pub(crate) tonnes_per_day: Option<u32>,
    /// A straight line of it leads over closed ground, and was taken to be twice as long.
    pub(crate) around_closure: bool,
    /// A source that is asked before this one did not answer, or does not know one of the places.
    pub(crate) degraded: bool,
    pub(crate) source: LegSourceView,
    /// Where the depot stands: `given`, or `division` where nobody gave it and the way is measured
    /// from the centre of its division or of the nearest one round it.
    #[schema(max_length = 16)]
    pub(crate) place_origin: String,
}

/// Who says how long a way is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LegSourceView {
    /// `great_circle`: the straight line, stretched and driven as assumed below; `road_graph`: the
    /// road network of this server; `osrm`, `valhalla`: an engine that this server asks.
    #[schema(max_length = 32)]
    pub(crate) name: String,
    /// How many times the straight line the road is taken to be long, by `great_circle`.
    #[schema(minimum = 1, maximum = 3)]
    pub(crate) detour_factor: Option<f64>,
    /// How fast it is taken to be driven, by `great_circle`.
    #[schema(minimum = 1, maximum = 150)]
    pub(crate) speed_kmh: Option<f64>,
    /// The version of the road network, by `road_graph`.
    #[schema(max_length = 16)]
    pub(crate) road_version: Option<String>,
    /// The day of the road data, if it is known.
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    pub(crate) road_date: Option<NaiveDate>,
}

impl From<Leg> for LegView {
    fn from(leg: Leg) -> Self {
        let LegMarks {
            mode,
            around_closure,
            degraded,
        } = leg.marks;
        Self {
            distance_m: leg.distance_m,
            time_min: leg.time_min,
            mode: mode.name().to_owned(),
            tonnes_per_day: match mode {
                LegMode::Road => None,
                LegMode::Ferry { tonnes_per_day } => tonnes_per_day,
            },
            around_closure,
            degraded,
            source: leg.source.into(),
            place_origin: leg.start.name().to_owned(),
        }
    }
}

impl From<LegSource> for LegSourceView {
    fn from(source: LegSource) -> Self {
        let (straight, edition) = match source {
            LegSource::GreatCircle(straight) => (Some(straight), None),
            LegSource::RoadGraph(edition) => (None, Some(edition)),
            LegSource::Osrm(_) | LegSource::Valhalla(_) => (None, None),
        };
        Self {
            name: source.name().to_owned(),
            detour_factor: straight.map(|it| it.detour_factor()),
            speed_kmh: straight.map(|it| it.speed_kmh()),
            road_version: edition.map(road_version),
            road_date: source.road_date(),
        }
    }
}

/// The version of a road network as people read it.
pub(crate) fn road_version(edition: RoadEdition) -> String {
    format!("{:016x}", edition.checksum)
}

/// Who is asked how far it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RoadDataView {
    /// The sources that are asked, the best first: the next answers where one does not.
    #[schema(value_type = Vec<NameText>)]
    pub(crate) sources: Vec<String>,
    /// The road network of this server; absent where it has none.
    pub(crate) roads: Option<RoadsView>,
}

/// A road network, and what has to be shown with everything that is computed from it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RoadsView {
    /// Changes with every byte of the road file.
    #[schema(max_length = 16)]
    pub(crate) version: String,
    /// The day of the data, if it is known.
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    pub(crate) date: Option<NaiveDate>,
    #[schema(max_length = 500)]
    pub(crate) source: String,
    #[schema(max_length = 200)]
    pub(crate) licence: String,
    #[schema(max_length = 200)]
    pub(crate) attribution: String,
    pub(crate) imported_at: DateTime<Utc>,
    #[schema(minimum = 1)]
    pub(crate) nodes: u32,
    #[schema(minimum = 1)]
    pub(crate) edges: u32,
    /// How far a place may be from the nearest road.
    #[schema(minimum = 0, maximum = 50)]
    pub(crate) reach_km: f64,
}

impl From<&Roads> for RoadsView {
    fn from(roads: &Roads) -> Self {
        let about = roads.about.clone();
        Self {
            version: road_version(roads.edition),
            date: about.date,
            source: about.source,
            licence: about.licence,
            attribution: about.attribution,
            imported_at: about.imported_at,
            nodes: about.nodes,
            edges: about.edges,
            reach_km: about.reach_km,
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
