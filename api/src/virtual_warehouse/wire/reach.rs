//! The reach curve on the wire.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Crs, Id, Place, kinds},
    organisations::DivisionCode,
};
use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::schema::{Array, ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type},
};

use crate::{
    http::{IdText, Whole},
    problem::{Faults, Problem},
};

use super::sending::{Sending, SendingBody};

/// What is shown where no hours are asked for.
const HOURS: [u32; 5] = [1, 2, 4, 8, 24];

/// Where goods are wanted, which, and what is to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::virtual_warehouse) struct ReachBody {
    #[schema(min_items = 1, max_items = 200)]
    places: Vec<ReachPlaceBody>,
    /// Which items; those of `needs` are told as well.
    #[schema(value_type = Vec<IdText>, max_items = 100)]
    #[serde(default)]
    item_ids: Vec<Id<kinds::Item>>,
    /// What is wanted at each place: then it is told when so much of each can be there, and when
    /// everything.
    #[schema(max_items = 100)]
    #[serde(default)]
    needs: Vec<ReachNeedBody>,
    /// After how many hours; 1, 2, 4, 8 and 24, if absent.
    #[schema(schema_with = hours)]
    hours: Option<Vec<Whole>>,
    /// Whether to tell each step with the depots that make it; by default for one place only.
    with_steps: Option<bool>,
    /// Whether goods that are on their way to a depot count, ready to leave once they are due there.
    /// Those of which nobody said when never do, nor those that are overdue. Default true.
    with_coming: Option<bool>,
    /// Which goods may be sent, and by whom.
    #[serde(default)]
    from: SendingBody,
}

fn hours() -> Array {
    let hours = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0))
        .maximum(Some(8_760));
    ArrayBuilder::new().items(hours).max_items(Some(48)).build()
}

/// A place: a point, a site, an incident or a division.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::virtual_warehouse) struct ReachPlaceBody {
    /// Degrees east (WGS-84); goes with `latitude`.
    #[schema(minimum = -180, maximum = 180)]
    longitude: Option<f64>,
    /// Degrees north.
    #[schema(minimum = -180, maximum = 180)]
    latitude: Option<f64>,
    #[schema(value_type = Option<String>, pattern = "^site_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    site_id: Option<Id<kinds::Site>>,
    /// The nearest known point of its affected area; one at most in a call.
    #[schema(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    incident_id: Option<Id<kinds::Incident>>,
    /// Its centre, or that of the nearest division round it.
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division_code: Option<String>,
}

/// So much of an item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::virtual_warehouse) struct ReachNeedBody {
    #[schema(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Id<kinds::Item>,
    /// In base units.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
}

/// A place, parsed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::virtual_warehouse) enum AskedPlace {
    Point(Place),
    Site(Id<kinds::Site>),
    Incident(Id<kinds::Incident>),
    Division(DivisionCode),
}

impl AskedPlace {
    pub(in crate::virtual_warehouse) fn site(&self) -> Option<Id<kinds::Site>> {
        match self {
            Self::Site(id) => Some(*id),
            _ => None,
        }
    }

    pub(in crate::virtual_warehouse) fn incident(&self) -> Option<Id<kinds::Incident>> {
        match self {
            Self::Incident(id) => Some(*id),
            _ => None,
        }
    }

    pub(in crate::virtual_warehouse) fn division(&self) -> Option<DivisionCode> {
        match self {
            Self::Division(code) => Some(*code),
            _ => None,
        }
    }
}

/// What is asked, parsed.
#[derive(Debug)]
pub(in crate::virtual_warehouse) struct AskedReach {
    pub(in crate::virtual_warehouse) places: Vec<AskedPlace>,
    pub(in crate::virtual_warehouse) sending: Sending,
    pub(in crate::virtual_warehouse) needs: Vec<(Id<kinds::Item>, i64)>,
    pub(in crate::virtual_warehouse) hours: Vec<u32>,
    pub(in crate::virtual_warehouse) with_steps: bool,
    pub(in crate::virtual_warehouse) with_coming: bool,
    /// Where each item was named.
    pub(in crate::virtual_warehouse) named: Vec<(String, Id<kinds::Item>)>,
}

impl ReachBody {
    pub(in crate::virtual_warehouse) fn parse(&self) -> Result<AskedReach, Problem> {
        let mut faults = Faults::default();
        let places = self.places(&mut faults);
        let listed = self.item_ids.iter().enumerate();
        let listed = listed.map(|(number, item)| (format!("/item_ids/{number}"), *item));
        let needed = self.needs.iter().enumerate();
        let needed =
            needed.map(|(number, need)| (format!("/needs/{number}/item_id"), need.item_id));
        let named: Vec<_> = listed.chain(needed).collect();
        if named.is_empty() {
            faults.note(
                "/item_ids",
                "required",
                "须给出 item_ids 或 needs",
                "give item_ids or needs",
            );
        }
        let mut seen = BTreeSet::new();
        let items = named.iter().map(|(_, item)| *item);
        let items: Vec<_> = items.filter(|item| seen.insert(*item)).collect();
        let sending = self.from.parse(&mut faults, items);
        let hours = self.hours.as_ref().map_or_else(
            || HOURS.to_vec(),
            |hours| {
                let whole = hours.iter().map(|Whole(hours)| *hours);
                whole
                    .filter_map(|hours| u32::try_from(hours).ok())
                    .collect()
            },
        );
        let needs = self
            .needs
            .iter()
            .map(|need| (need.item_id, need.quantity.0));
        let asked = (|| {
            Some(AskedReach {
                places: places?,
                sending: sending?,
                needs: needs.collect(),
                hours,
                with_steps: self.with_steps.unwrap_or(self.places.len() == 1),
                with_coming: self.with_coming.unwrap_or(true),
                named,
            })
        })();
        faults.finish(asked)
    }

    fn places(&self, faults: &mut Faults) -> Option<Vec<AskedPlace>> {
        let mut incidents = 0;
        let read = self.places.iter().enumerate().map(|(number, place)| {
            let pointer = format!("/places/{number}");
            if place.incident_id.is_some() {
                incidents += 1;
                if incidents > 1 {
                    faults.note(
                        format!("{pointer}/incident_id"),
                        "too-many",
                        "一次只能问一个灾害事件",
                        "one incident at most in a call",
                    );
                    return None;
                }
            }
            place.parse(faults, &pointer)
        });
        let read: Vec<_> = read.collect();
        read.into_iter().collect()
    }
}

impl ReachPlaceBody {
    fn parse(&self, faults: &mut Faults, pointer: &str) -> Option<AskedPlace> {
        let at = |member: &str| format!("{pointer}/{member}");
        let point = match (self.longitude, self.latitude) {
            (Some(east), Some(north)) => {
                let place = Place::from_crs(east, north, Crs::Wgs84);
                Some(AskedPlace::Point(faults.take(at("latitude"), place)?))
            }
            (None, None) => None,
            (east, _) => {
                let absent = if east.is_some() {
                    "latitude"
                } else {
                    "longitude"
                };
                faults.note(
                    at(absent),
                    "required",
                    "经度与纬度须同时给出",
                    "longitude and latitude go together",
                );
                return None;
            }
        };
        let division = self.division_code.as_deref().map(str::parse);
        let division = faults.take_if(at("division_code"), division)?;
        let given = [
            point,
            self.site_id.map(AskedPlace::Site),
            self.incident_id.map(AskedPlace::Incident),
            division.map(AskedPlace::Division),
        ];
        let given: Vec<_> = given.into_iter().flatten().collect();
        match given[..] {
            [only] => Some(only),
            [] => {
                faults.note(
                    pointer,
                    "required",
                    "须给出点位、安置点、灾害事件或区划",
                    "give a point, a site, an incident or a division",
                );
                None
            }
            _ => {
                faults.note(
                    pointer,
                    "ambiguous",
                    "点位、安置点、灾害事件、区划只能给一个",
                    "a point, a site, an incident and a division exclude each other",
                );
                None
            }
        }
    }
}

/// How much can be where after how long.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct ReachView {
    /// All times count from here.
    pub(in crate::virtual_warehouse) asked_at: DateTime<Utc>,
    /// What told how long the ways are, such as `great_circle`.
    #[schema(max_items = 10)]
    pub(in crate::virtual_warehouse) travel_sources: Vec<String>,
    /// In the order in which they were asked for.
    #[schema(max_items = 200)]
    pub(in crate::virtual_warehouse) places: Vec<ReachPlaceView>,
}

/// What can be in one place.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct ReachPlaceView {
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::virtual_warehouse) site_id: Option<Id<kinds::Site>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::virtual_warehouse) incident_id: Option<Id<kinds::Incident>>,
    #[schema(max_length = 12)]
    pub(in crate::virtual_warehouse) division_code: Option<String>,
    /// Where the ways were taken to end; absent for an incident that has several such points.
    pub(in crate::virtual_warehouse) longitude: Option<f64>,
    pub(in crate::virtual_warehouse) latitude: Option<f64>,
    /// `given`, or `division` for a centre.
    #[schema(max_length = 16)]
    pub(in crate::virtual_warehouse) place_origin: String,
    #[schema(max_items = 200)]
    pub(in crate::virtual_warehouse) items: Vec<ReachItemView>,
    /// When all needs can be met; absent where none were given.
    pub(in crate::virtual_warehouse) everything: Option<EverythingView>,
}

/// When all needs can be met at a place.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct EverythingView {
    /// Minutes until depots alone can meet them; absent if they cannot.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) own_min: Option<u32>,
    /// Minutes until depots and suppliers together can; absent if they cannot.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) with_agreements_min: Option<u32>,
}

/// What of one item can be there.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct ReachItemView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) item_name: String,
    /// What the quantities count.
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) base_unit: String,
    /// What depots can bring, however long it takes.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) own_total: i64,
    /// What suppliers promised to bring, however long it takes. Never part of `own_total`.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) agreement_total: i64,
    #[schema(max_items = 48)]
    pub(in crate::virtual_warehouse) hours: Vec<ReachHourView>,
    /// How much is wanted, if that was said.
    #[schema(minimum = 1)]
    pub(in crate::virtual_warehouse) needed: Option<i64>,
    /// Minutes until depots alone can have brought as much; absent if they cannot.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) own_min: Option<u32>,
    /// Minutes until depots and suppliers together can; absent if they cannot.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) with_agreements_min: Option<u32>,
    /// Step by step, first those of depots, then those of suppliers.
    #[schema(max_items = 20_000)]
    pub(in crate::virtual_warehouse) steps: Option<Vec<ReachStepView>>,
}

/// How much can be there after some hours.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct ReachHourView {
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) hours: u32,
    /// From depots.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) own: i64,
    /// From suppliers.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) agreement: i64,
}

/// What becomes possible at one moment.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct ReachStepView {
    /// `own` or `agreement`.
    #[schema(max_length = 16, pattern = "^(own|agreement)$")]
    pub(in crate::virtual_warehouse) stock: String,
    /// Minutes from `asked_at`.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) at_min: u32,
    #[schema(minimum = 1)]
    pub(in crate::virtual_warehouse) added: i64,
    /// With all steps of the same stock before it.
    #[schema(minimum = 1)]
    pub(in crate::virtual_warehouse) total: i64,
    #[schema(max_items = 10_000)]
    pub(in crate::virtual_warehouse) from: Vec<StepSourceView>,
}

/// Who makes a step.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct StepSourceView {
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::virtual_warehouse) depot_id: Option<Id<kinds::Depot>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::virtual_warehouse) agreement_id: Option<Id<kinds::Agreement>>,
    /// Of the depot, or of the supplier.
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) name: String,
    #[schema(minimum = 1)]
    pub(in crate::virtual_warehouse) quantity: i64,
}
