//! Zones, bins and levels on the wire.
//!
//! **Invariant.** Zones and bins keep their codes for ever, because labels carry them.

use domain::{
    depots::{LevelsError, StockLevels},
    kernel::{
        Id, Text,
        kinds::{Bin, Depot, Item, Zone},
    },
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

/// How much of an item ought to stand in a depot: the floor not above the minimum, the minimum not
/// above the maximum.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StockLevelsBody {
    /// What plans leave untouched, in base units; 0 keeps nothing back.
    #[schema(value_type = i64, minimum = 0, maximum = 1000000000000_i64)]
    floor: Whole,
    /// Below it the depot is short; nothing is asked for, if absent.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1000000000000_i64)]
    minimum: Option<Whole>,
    /// Above it the depot holds too much; any amount is right, if absent.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1000000000000_i64)]
    maximum: Option<Whole>,
}

impl StockLevelsBody {
    pub(crate) fn parse(self) -> Result<StockLevels, Problem> {
        let whole = |level: Option<Whole>| level.map(|level| level.0);
        let levels = StockLevels::new(self.floor.0, whole(self.minimum), whole(self.maximum));
        levels.map_err(|error| {
            let (pointer, zh) = match error {
                LevelsError::OutOfRange => ("", "须为 0 到 1000000000000"),
                LevelsError::MinimumBelowFloor { .. } => ("/minimum", "下限不得低于保底线"),
                LevelsError::MaximumBelow { .. } => ("/maximum", "上限不得低于下限或保底线"),
            };
            Problem::field(pointer, "contradictory", zh, error.to_string())
        })
    }
}

/// How much of one item ought to stand in a depot.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StockLevelsView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<Depot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<Item>,
    /// What plans leave untouched, in base units.
    #[schema(minimum = 0, maximum = 1000000000000_i64)]
    pub(crate) floor: i64,
    #[schema(minimum = 0, maximum = 1000000000000_i64)]
    pub(crate) minimum: Option<i64>,
    #[schema(minimum = 0, maximum = 1000000000000_i64)]
    pub(crate) maximum: Option<i64>,
    /// The count of edits; 0 for levels that were never set.
    #[schema(minimum = 0)]
    pub(crate) version: i64,
}

versioned!(StockLevelsView);

impl StockLevelsView {
    /// Levels that were never set.
    pub(crate) fn unset(depot: Id<Depot>, item: Id<Item>) -> Self {
        Self {
            depot_id: depot,
            item_id: item,
            floor: 0,
            minimum: None,
            maximum: None,
            version: 0,
        }
    }
}

impl From<rows::level::Model> for StockLevelsView {
    fn from(row: rows::level::Model) -> Self {
        let rows::level::Model {
            depot_id,
            item_id,
            floor,
            minimum,
            maximum,
            version,
        } = row;
        Self {
            depot_id: Id::from_uuid(depot_id),
            item_id: Id::from_uuid(item_id),
            floor,
            minimum,
            maximum,
            version,
        }
    }
}
