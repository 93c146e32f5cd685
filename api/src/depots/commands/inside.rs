//! What is inside a depot: zones, bins, and the levels of its stock.
//!
//! **Invariant.** A closed depot gets nothing new. The depot's row is locked before anything inside
//! it is made, so that limits and the state are judged by one at a time.

use domain::{
    depots::{DepotState, StockLevels},
    identity::Capability,
    kernel::{
        Id, Text,
        kinds::{Bin, Depot, Item, Zone},
    },
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    catalogue,
    depots::{
        queries, rows,
        wire::{BinView, CODE_MAX, NAME_MAX, StockLevelsView, ZoneView},
    },
    http::unchanged,
    problem::{Code, Problem},
    uow::{Command, Permission, Uow},
};

/// A depot has at most this many zones: they are shown side by side on one screen.
const ZONES_MAX: u64 = 500;

// The depot, locked, if the caller manages it and it is not closed.
async fn open_depot(uow: &Uow<'_>, id: Id<Depot>) -> Result<rows::depot::Model, Problem> {
    let row = queries::depot_to_change(uow.db(), &uow.scope(), id).await?;
    uow.require(Capability::ManageDepots, row.organisation_id)
        .await?;
    if row.state == DepotState::Closed.name() {
        return Err(Problem::new(Code::WrongState)
            .with("state", row.state)
            .detail("储备库已关闭", "the depot is closed"));
    }
    Ok(row)
}

/// Adds a zone to a depot.
#[derive(Debug)]
pub(crate) struct CreateZone {
    pub(crate) depot: Id<Depot>,
    pub(crate) id: Option<Id<Zone>>,
    pub(crate) code: Text<CODE_MAX>,
    pub(crate) name: Text<NAME_MAX>,
}

impl Command for CreateZone {
    type Output = ZoneView;
    const NAME: &'static str = "depots.create_zone";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageDepots]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ZoneView, Problem> {
        let depot = open_depot(uow, self.depot).await?;
        if queries::zone_count(uow.db(), self.depot).await? >= ZONES_MAX {
            return Err(Problem::field(
                "",
                "length",
                format!("一个储备库最多 {ZONES_MAX} 个库区"),
                format!("a depot has at most {ZONES_MAX} zones"),
            ));
        }
        if let Some(id) = self.id {
            queries::zone_is_new(uow.db(), id).await?;
        }
        let id = self.id.unwrap_or_else(|| uow.id());
        let row = rows::zone::ActiveModel {
            depot_id: Set(depot.id),
            id: Set(id.uuid()),
            code: Set(self.code.to_string()),
            name: Set(self.name.to_string()),
            version: Set(1),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        uow.subject(self.depot, Some(depot.organisation_id));
        Ok(row.into())
    }
}

/// Renames a zone.
#[derive(Debug)]
pub(crate) struct UpdateZone {
    pub(crate) depot: Id<Depot>,
    pub(crate) zone: Id<Zone>,
    pub(crate) based_on: i64,
    pub(crate) name: Text<NAME_MAX>,
}

impl Command for UpdateZone {
    type Output = ZoneView;
    const NAME: &'static str = "depots.update_zone";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageDepots]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ZoneView, Problem> {
        let depot = queries::depot_to_change(uow.db(), &uow.scope(), self.depot).await?;
        let row = queries::zone_row(uow.db(), self.depot, self.zone)
            .await?
            .ok_or_else(Problem::not_found)?;
        uow.require(Capability::ManageDepots, depot.organisation_id)
            .await?;
        unchanged(row.version, self.based_on)?;
        let version = row.version + 1;
        let mut change = row.into_active_model();
        change.name = Set(self.name.to_string());
        change.version = Set(version);
        let row = change.update(uow.db()).await?;
        uow.subject(self.depot, Some(depot.organisation_id));
        Ok(row.into())
    }
}

/// Adds a bin to a zone.
#[derive(Debug)]
pub(crate) struct CreateBin {
    pub(crate) depot: Id<Depot>,
    pub(crate) id: Option<Id<Bin>>,
    pub(crate) zone: Id<Zone>,
    pub(crate) code: Text<CODE_MAX>,
    pub(crate) name: Option<Text<NAME_MAX>>,
}

impl Command for CreateBin {
    type Output = BinView;
    const NAME: &'static str = "depots.create_bin";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageDepots]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<BinView, Problem> {
        let depot = open_depot(uow, self.depot).await?;
        if !queries::zone_exists(uow.db(), self.depot, self.zone).await? {
            return Err(Problem::field(
                "/zone_id",
                "reference",
                "该储备库没有这个库区",
                "the depot has no such zone",
            ));
        }
        if let Some(id) = self.id {
            queries::bin_is_new(uow.db(), id).await?;
        }
        let id = self.id.unwrap_or_else(|| uow.id());
        let row = rows::bin::ActiveModel {
            depot_id: Set(depot.id),
            id: Set(id.uuid()),
            zone_id: Set(self.zone.uuid()),
            code: Set(self.code.to_string()),
            name: Set(self.name.as_ref().map(Text::to_string)),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        uow.subject(self.depot, Some(depot.organisation_id));
        Ok(row.into())
    }
}

/// Says how much of an item ought to stand in a depot.
#[derive(Debug)]
pub(crate) struct SetStockLevels {
    pub(crate) depot: Id<Depot>,
    pub(crate) item: Id<Item>,
    /// 0 for levels that were never set.
    pub(crate) based_on: i64,
    pub(crate) levels: StockLevels,
}

impl Command for SetStockLevels {
    type Output = StockLevelsView;
    const NAME: &'static str = "depots.set_stock_levels";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageDepots]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<StockLevelsView, Problem> {
        let depot = queries::depot_to_change(uow.db(), &uow.scope(), self.depot).await?;
        let items = catalogue::item_facts(uow.db(), &[self.item]).await?;
        if items.is_empty() {
            return Err(Problem::not_found());
        }
        uow.require(Capability::ManageDepots, depot.organisation_id)
            .await?;
        let row = queries::level_row(uow.db(), self.depot, self.item).await?;
        unchanged(row.as_ref().map_or(0, |row| row.version), self.based_on)?;
        let row = match row {
            Some(row) => {
                let version = row.version + 1;
                let mut change = row.into_active_model();
                change.floor = Set(self.levels.floor());
                change.minimum = Set(self.levels.minimum());
                change.maximum = Set(self.levels.maximum());
                change.version = Set(version);
                change.update(uow.db()).await?
            }
            None => {
                let new = rows::level::ActiveModel {
                    depot_id: Set(self.depot.uuid()),
                    item_id: Set(self.item.uuid()),
                    floor: Set(self.levels.floor()),
                    minimum: Set(self.levels.minimum()),
                    maximum: Set(self.levels.maximum()),
                    version: Set(1),
                };
                new.insert(uow.db()).await?
            }
        };
        uow.subject(self.depot, Some(depot.organisation_id));
        Ok(row.into())
    }
}
