//! Which goods may be sent, and by whom.

use domain::{
    depots::StockLevels,
    kernel::{Id, Text, kinds},
    organisations::{DivisionCode, Level},
    stock::Purpose,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{depots::DepotSelection, http::Whole, problem::Faults};

use super::filter::all_but_suppliers;

/// Which goods could be sent.
#[derive(Debug, Clone)]
pub(in crate::virtual_warehouse) struct Sending {
    pub(in crate::virtual_warehouse) depots: DepotSelection,
    pub(in crate::virtual_warehouse) items: Vec<Id<kinds::Item>>,
    /// Owned by this organisation.
    pub(in crate::virtual_warehouse) owner: Option<Id<kinds::Organisation>>,
    pub(in crate::virtual_warehouse) purpose: Purpose,
    /// What of a depot's goods stays where it is.
    pub(in crate::virtual_warehouse) keeps: Keeps,
    /// Minutes that a depot takes to load.
    pub(in crate::virtual_warehouse) handling_min: u32,
}

/// What depots keep for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::virtual_warehouse) enum Keeps {
    /// Nothing.
    Nothing,
    /// Their floors.
    Floors,
    /// Their minima, or their floors where they have none.
    Minima,
}

impl Keeps {
    pub(in crate::virtual_warehouse) fn of(self, levels: Option<&StockLevels>) -> i64 {
        levels.map_or(0, |levels| match self {
            Self::Nothing => 0,
            Self::Floors => levels.floor(),
            Self::Minima => levels.minimum().unwrap_or_else(|| levels.floor()),
        })
    }
}

/// Which goods may be sent, and by whom.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::virtual_warehouse) struct SendingBody {
    /// From depots kept by this organisation or one below it, and from suppliers that it has
    /// agreements with.
    #[schema(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Option<Id<kinds::Organisation>>,
    /// From depots, and from suppliers, inside this division.
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division: Option<String>,
    /// From depots of this level; no supplier has one.
    #[schema(
        max_length = 16,
        pattern = "^(national|provincial|municipal|county|township)$"
    )]
    level: Option<String>,
    /// Goods of this organisation only, whoever keeps them; no supplier's.
    #[schema(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    owner_id: Option<Id<kinds::Organisation>>,
    /// Goods that a donor bound to this incident may be sent as well.
    #[schema(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    purpose_incident_id: Option<Id<kinds::Incident>>,
    /// Goods that a donor bound to this division, or to one around it, may be sent as well.
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    purpose_division: Option<String>,
    /// Goods that a donor bound to this programme may be sent as well.
    #[schema(min_length = 1, max_length = 64)]
    purpose_programme: Option<String>,
    /// Whether depots keep their floors. Default true.
    keep_floors: Option<bool>,
    /// Minutes that a depot takes until goods leave. Default 0.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 2880)]
    handling_min: Option<Whole>,
}

impl SendingBody {
    pub(super) fn parse(
        &self,
        faults: &mut Faults,
        items: Vec<Id<kinds::Item>>,
    ) -> Option<Sending> {
        let division = self.division.as_deref().map(str::parse::<DivisionCode>);
        let division = faults.take_if("/from/division", division);
        let level = self.level.as_deref().map(str::parse::<Level>);
        let level = faults.take_if("/from/level", level);
        let purpose = self.purpose_division.as_deref().map(str::parse);
        let purpose = faults.take_if("/from/purpose_division", purpose);
        let programme = self.purpose_programme.as_deref().map(Text::new);
        let programme = faults.take_if("/from/purpose_programme", programme);
        let handling = self.handling_min.map_or(0, |Whole(minutes)| minutes);
        Some(Sending {
            depots: DepotSelection {
                organisation: self.organisation_id,
                division: division?,
                level: level?,
                depot: None,
                among: None,
                operations: Some(all_but_suppliers()),
                state: None,
                boxes: None,
                at_most: None,
            },
            items,
            owner: self.owner_id,
            purpose: Purpose {
                incident: self.purpose_incident_id,
                division: purpose?,
                programme: programme?,
            },
            keeps: if self.keep_floors.unwrap_or(true) {
                Keeps::Floors
            } else {
                Keeps::Nothing
            },
            handling_min: u32::try_from(handling).unwrap_or(0),
        })
    }
}
