//! What may be asked of the virtual warehouse, in any mix.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    depots::{DepotState, Operation},
    kernel::{Crs, Id, Place, Text, kinds},
    organisations::{DivisionCode, Level},
    stock::{Condition, Ownership, Purpose},
    virtual_warehouse::Question,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    clock::day_at_depots,
    depots::DepotSelection,
    problem::{Faults, Problem},
};

/// Which goods, where, for what, and when.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::virtual_warehouse) struct WarehouseFilter {
    /// This item.
    #[param(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Option<Id<kinds::Item>>,
    /// Items of this category or one below it.
    #[param(value_type = Option<String>, pattern = "^category_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    category_id: Option<Id<kinds::Category>>,
    /// In depots inside this division.
    #[param(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division: Option<String>,
    /// In depots kept by this organisation or one below it.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Option<Id<kinds::Organisation>>,
    /// In depots of this level.
    #[param(
        max_length = 16,
        pattern = "^(national|provincial|municipal|county|township)$"
    )]
    level: Option<String>,
    /// In depots run like this; in all but those of suppliers, if absent. What suppliers hold under
    /// an agreement is answered when it is asked for, and never added to what depots hold.
    #[param(max_length = 16, pattern = "^(own|partner|storage_point|supplier)$")]
    operation: Option<String>,
    /// In depots of this state, as it is now.
    #[param(max_length = 16, pattern = "^(operating|saturated|paused|closed)$")]
    state: Option<String>,
    /// Owned by this organisation, whoever keeps them.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    owner_id: Option<Id<kinds::Organisation>>,
    /// Owned so: `own` by who keeps them, `held` for another society, `consigned` by a partner body,
    /// or `reserved` at a supplier by an agreement, which no depot holds.
    #[param(max_length = 16, pattern = "^(own|held|consigned|reserved)$")]
    ownership: Option<String>,
    /// The condition that the figures are of. Goods in another one are shown apart, and what has
    /// only them is listed too, so that every list has the same totals.
    #[param(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    #[param(default = "usable")]
    condition: Option<String>,
    /// Goods must still be in date on this day to be available.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    usable_until: Option<NaiveDate>,
    /// Degrees east (WGS-84) of a point to be near to; goes with `latitude`.
    #[param(minimum = -180, maximum = 180)]
    longitude: Option<f64>,
    /// Degrees north (WGS-84) of a point to be near to, -90 to 90; goes with `longitude`. The bounds
    /// here are wider, so that coordinates given the wrong way round are told as such.
    #[param(minimum = -180, maximum = 180)]
    latitude: Option<f64>,
    /// Be near to the affected area of this incident. A depot inside it is at no distance, by its
    /// place or by its division. A division without a known outline counts from its centre, or
    /// from that of the nearest division round it.
    #[param(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    incident_id: Option<Id<kinds::Incident>>,
    /// Be near to this site.
    #[param(value_type = Option<String>, pattern = "^site_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    site_id: Option<Id<kinds::Site>>,
    /// How near, as the crow flies. Needs a point, an incident or a site.
    #[param(minimum = 0.01, maximum = 2000)]
    radius_km: Option<f64>,
    /// At most so many minutes on the way, and for agreement stock with its response time. Needs a
    /// point, an incident or a site. What would be out of date when it arrives stands in
    /// `expiring_before_arrival` then.
    #[param(minimum = 1, maximum = 10080)]
    max_time_min: Option<u32>,
    /// Goods that a donor bound to this incident are available as well.
    #[param(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    purpose_incident_id: Option<Id<kinds::Incident>>,
    /// Goods that a donor bound to this division, or to one around it, are available as well.
    #[param(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    purpose_division: Option<String>,
    /// Goods that a donor bound to this programme are available as well.
    #[param(min_length = 1, max_length = 64)]
    purpose_programme: Option<String>,
    /// As the books stood at this past instant. Which depots are meant, and which of them let
    /// nothing out, is judged by their level, operation, custodian and state of today.
    as_of: Option<DateTime<Utc>>,
}

/// What is asked, parsed.
#[derive(Debug, Clone)]
pub(in crate::virtual_warehouse) struct Asked {
    pub(in crate::virtual_warehouse) item: Option<Id<kinds::Item>>,
    pub(in crate::virtual_warehouse) category: Option<Id<kinds::Category>>,
    pub(in crate::virtual_warehouse) depots: DepotSelection,
    pub(in crate::virtual_warehouse) owner: Option<Id<kinds::Organisation>>,
    pub(in crate::virtual_warehouse) target: Option<Target>,
    pub(in crate::virtual_warehouse) radius_km: Option<f64>,
    pub(in crate::virtual_warehouse) max_time_min: Option<u32>,
    pub(in crate::virtual_warehouse) ownership: Option<Ownership>,
    pub(in crate::virtual_warehouse) question: Question,
    pub(in crate::virtual_warehouse) as_of: Option<DateTime<Utc>>,
    /// The moment that is asked about: that one, or now.
    pub(in crate::virtual_warehouse) moment: DateTime<Utc>,
}

/// What depots are to be near to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::virtual_warehouse) enum Target {
    Point(Place),
    Incident(Id<kinds::Incident>),
    Site(Id<kinds::Site>),
}

impl WarehouseFilter {
    pub(in crate::virtual_warehouse) fn parse(&self, now: DateTime<Utc>) -> Result<Asked, Problem> {
        let mut faults = Faults::default();
        let depots = self.depots(&mut faults);
        let target = self.target(&mut faults);
        let question = self.question(&mut faults, now);
        let ownership = named::<Ownership>(&mut faults, "ownership", self.ownership.as_deref());
        if self.as_of.is_some_and(|then| then > now) {
            faults.note(
                "as_of",
                "out-of-range",
                "不得晚于现在",
                "must not be in the future",
            );
        }
        let asked = (|| {
            Some(Asked {
                item: self.item_id,
                category: self.category_id,
                depots: depots?,
                owner: self.owner_id,
                target: target?,
                radius_km: self.radius_km,
                max_time_min: self.max_time_min,
                ownership: ownership?,
                question: question?,
                as_of: self.as_of,
                moment: self.as_of.unwrap_or(now),
            })
        })();
        faults.finish(asked).map_err(Problem::of_query)
    }

    fn depots(&self, faults: &mut Faults) -> Option<DepotSelection> {
        let division = division(faults, "division", self.division.as_deref());
        let level = named::<Level>(faults, "level", self.level.as_deref());
        let operation = named::<Operation>(faults, "operation", self.operation.as_deref());
        let state = named::<DepotState>(faults, "state", self.state.as_deref());
        Some(DepotSelection {
            organisation: self.organisation_id,
            division: division?,
            level: level?,
            depot: None,
            among: None,
            operations: Some(operation?.map_or_else(all_but_suppliers, |only| vec![only])),
            state: state?,
            boxes: None,
            at_most: None,
        })
    }

    fn target(&self, faults: &mut Faults) -> Option<Option<Target>> {
        let point = match (self.longitude, self.latitude) {
            (Some(longitude), Some(latitude)) => {
                let place = Place::from_crs(longitude, latitude, Crs::Wgs84);
                Some(faults.take("latitude", place)?)
            }
            (None, None) => None,
            (longitude, _) => {
                let absent = if longitude.is_some() {
                    "latitude"
                } else {
                    "longitude"
                };
                faults.note(
                    absent,
                    "required",
                    "经度与纬度须同时给出",
                    "longitude and latitude go together",
                );
                return None;
            }
        };
        let targets = [
            ("longitude", point.map(Target::Point)),
            ("incident_id", self.incident_id.map(Target::Incident)),
            ("site_id", self.site_id.map(Target::Site)),
        ];
        let given: Vec<_> = targets
            .into_iter()
            .filter_map(|(name, target)| Some((name, target?)))
            .collect();
        match given[..] {
            [] if self.radius_km.is_some() || self.max_time_min.is_some() => {
                let name = match self.radius_km {
                    Some(_) => "radius_km",
                    None => "max_time_min",
                };
                faults.note(
                    name,
                    "not-applicable",
                    "须同时给出点位、灾害事件或安置点",
                    "needs a point, an incident or a site",
                );
                None
            }
            [] => Some(None),
            [(_, target)] => Some(Some(target)),
            [_, (second, _), ..] => {
                faults.note(
                    second,
                    "not-applicable",
                    "点位、灾害事件、安置点只能给一个",
                    "a point, an incident and a site exclude each other",
                );
                None
            }
        }
    }

    fn question(&self, faults: &mut Faults, now: DateTime<Utc>) -> Option<Question> {
        let condition = named::<Condition>(faults, "condition", self.condition.as_deref());
        let purpose_division =
            division(faults, "purpose_division", self.purpose_division.as_deref());
        let programme = match self.purpose_programme.as_deref() {
            Some(name) => faults.take("purpose_programme", Text::new(name)).map(Some),
            None => Some(None),
        };
        Some(Question {
            condition: condition?.unwrap_or(Condition::Usable),
            day: day_at_depots(self.as_of.unwrap_or(now)),
            usable_until: self.usable_until,
            purpose: Purpose {
                incident: self.purpose_incident_id,
                division: purpose_division?,
                programme: programme?,
            },
        })
    }
}

pub(super) fn all_but_suppliers() -> Vec<Operation> {
    let all = Operation::ALL.iter().copied();
    all.filter(|operation| *operation != Operation::Supplier)
        .collect()
}

pub(super) fn named<T>(faults: &mut Faults, name: &str, text: Option<&str>) -> Option<Option<T>>
where
    T: std::str::FromStr<Err = domain::kernel::UnknownName>,
{
    match text {
        Some(text) => faults.take(name, text.parse()).map(Some),
        None => Some(None),
    }
}

pub(super) fn division(
    faults: &mut Faults,
    name: &str,
    text: Option<&str>,
) -> Option<Option<DivisionCode>> {
    match text {
        Some(text) => faults.take(name, text.parse()).map(Some),
        None => Some(None),
    }
}
