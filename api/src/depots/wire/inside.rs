//! Zones, bins and floors on the wire.
//!
//! **Invariant.** Zones and bins keep their codes for ever, because labels carry them.

use domain::kernel::{
    Id, Text,
    kinds::{Bin, Depot, Item, Zone},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    depots::{commands, rows},
    http::{Whole, versioned},
    problem::{Faults, Problem},
};

/// A new zone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateZoneBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<Zone>>,
    /// Unique in the depot.
    #[schema(min_length = 1, max_length = 32, examples("A"))]
    code: String,
    #[schema(min_length = 1, max_length = 200, examples("一号库"))]
    name: String,
}

impl CreateZoneBody {
    pub(crate) fn parse(self, depot: Id<Depot>) -> Result<commands::CreateZone, Problem> {
        let mut faults = Faults::default();
        let code = faults.take("/code", Text::new(&self.code));
        let name = faults.take("/name", Text::new(&self.name));
        let command = code.zip(name).map(|(code, name)| commands::CreateZone {
            depot,
            id: self.id,
            code,
            name,
        });
        faults.finish(command)
    }
}

/// A new name for a zone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateZoneBody {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

impl UpdateZoneBody {
    pub(crate) fn parse(
        self,
        depot: Id<Depot>,
        zone: Id<Zone>,
        based_on: i64,
    ) -> Result<commands::UpdateZone, Problem> {
        let mut faults = Faults::default();
        let name = faults.take("/name", Text::new(&self.name));
        let command = name.map(|name| commands::UpdateZone {
            depot,
            zone,
            based_on,
            name,
        });
        faults.finish(command)
    }
}

/// A part of a depot.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ZoneView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<Zone>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<Depot>,
    /// Unique in the depot; `main` is the zone that every depot has.
    #[schema(max_length = 32)]
    pub(crate) code: String,
    #[schema(max_length = 200)]
    pub(crate) name: String,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(ZoneView);

impl From<rows::zone::Model> for ZoneView {
    fn from(row: rows::zone::Model) -> Self {
        let rows::zone::Model {
            depot_id,
            id,
            code,
            name,
            version,
            created_at: _,
        } = row;
        Self {
            id: Id::from_uuid(id),
            depot_id: Id::from_uuid(depot_id),
            code,
            name,
            version,
        }
    }
}

/// A new bin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateBinBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^bin_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    id: Option<Id<Bin>>,
    /// The zone it is in.
    #[schema(value_type = String, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Id<Zone>,
    /// Unique in the zone.
    #[schema(min_length = 1, max_length = 32, examples("A-01-3"))]
    code: String,
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
}

impl CreateBinBody {
    pub(crate) fn parse(self, depot: Id<Depot>) -> Result<commands::CreateBin, Problem> {
        let mut faults = Faults::default();
        let code = faults.take("/code", Text::new(&self.code));
        let name = faults.take_if("/name", self.name.as_deref().map(Text::new));
        let command = code.zip(name).map(|(code, name)| commands::CreateBin {
            depot,
            id: self.id,
            zone: self.zone_id,
            code,
            name,
        });
        faults.finish(command)
    }
}

/// A shelf or floor place inside a zone.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct BinView {
    #[schema(value_type = String, max_length = 30)]
    pub(crate) id: Id<Bin>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<Depot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) zone_id: Id<Zone>,
    /// Unique in the zone.
    #[schema(max_length = 32)]
    pub(crate) code: String,
    #[schema(max_length = 200)]
    pub(crate) name: Option<String>,
}

impl From<rows::bin::Model> for BinView {
    fn from(row: rows::bin::Model) -> Self {
        let rows::bin::Model {
            depot_id,
            id,
            zone_id,
            code,
            name,
            created_at: _,
        } = row;
        Self {
            id: Id::from_uuid(id),
            depot_id: Id::from_uuid(depot_id),
            zone_id: Id::from_uuid(zone_id),
            code,
            name,
        }
    }
}

/// Which bins to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BinFilter {
    /// Those in this zone.
    #[param(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) zone_id: Option<Id<Zone>>,
}

/// What a plan has to leave in the depot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FloorBody {
    /// Base units; 0 keeps nothing back.
    #[schema(value_type = i64, minimum = 0, maximum = 1000000000000_i64)]
    pub(crate) quantity: Whole,
}

/// What a plan has to leave in the depot of one item.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct FloorView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<Depot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<Item>,
    /// Base units.
    #[schema(minimum = 0, maximum = 1000000000000_i64)]
    pub(crate) quantity: i64,
    /// The count of edits; 0 for a floor that was never set.
    #[schema(minimum = 0)]
    pub(crate) version: i64,
}

versioned!(FloorView);

impl FloorView {
    /// The floor that was never set.
    pub(crate) fn unset(depot: Id<Depot>, item: Id<Item>) -> Self {
        Self {
            depot_id: depot,
            item_id: item,
            quantity: 0,
            version: 0,
        }
    }
}

impl From<rows::floor::Model> for FloorView {
    fn from(row: rows::floor::Model) -> Self {
        let rows::floor::Model {
            depot_id,
            item_id,
            quantity,
            version,
        } = row;
        Self {
            depot_id: Id::from_uuid(depot_id),
            item_id: Id::from_uuid(item_id),
            quantity,
            version,
        }
    }
}
