//! A stocktake begins.
//!
//! **Invariant.** The book is fixed while nobody posts to the depot. Nothing is on two sheets at
//! once.

use std::collections::BTreeSet;

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{Extent, SHEET_LINES_MAX},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use uuid::Uuid;

use crate::{
    catalogue, depots,
    depots::DepotFacts,
    problem::{Code, Faults, Problem},
    uow::{Command, Permission, Uow},
};

use super::{
    places, queries,
    queries::{Covered, Goods, Sheet},
    reader,
    rows::stocktakes::{stocktake, stocktake_line, stocktake_part},
    wire::{OPEN, StocktakeView},
};

/// Fixes the book of what is to be counted.
#[derive(Debug, Clone)]
pub(crate) struct OpenStocktake {
    /// Made by the client, if it likes.
    pub(crate) id: Option<Id<kinds::Stocktake>>,
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) extent: Extent,
    /// Which zones, categories or items.
    pub(crate) parts: Vec<Uuid>,
    pub(crate) blind: bool,
    pub(crate) note: Option<Text<1000>>,
}

impl Command for OpenStocktake {
    type Output = StocktakeView;
    const NAME: &'static str = "stock.open_stocktake";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<StocktakeView, Problem> {
        let depot = places::depot(uow, self.depot, Capability::PostStock).await?;
        self.check_parts(uow, &depot).await?;
        depots::still_depot(uow.db(), depot.id).await?;
        let covered = Covered::new(uow.db(), depot.id, self.extent, &self.parts).await?;
        let sheet = Sheet::read(uow.db(), &covered).await?;
        if sheet.goods.len() > SHEET_LINES_MAX {
            return Err(Problem::field(
                "/depot_id",
                "too-many",
                format!("一次盘点最多 {SHEET_LINES_MAX} 行，请按库区或分类分次盘点"),
                format!(
                    "a stocktake has at most {SHEET_LINES_MAX} lines: count zone by zone or by \
                     category"
                ),
            ));
        }
        let claimed = queries::claimed(uow.db(), depot.id, None).await?;
        if let Some(by) = sheet.goods.iter().find_map(|(goods, _)| claimed.get(goods)) {
            return Err(counted_elsewhere(*by));
        }
        if let Some(id) = self.id {
            // Another depot's under this id would not collide, and would be answered with.
            let found = queries::stocktake(uow.db(), &reader(uow), id).await;
            Problem::unless_new(found, "stocktake.id")?;
        }
        let id = self.id.unwrap_or_else(|| uow.id());
        self.insert(uow, id, &depot).await?;
        insert_lines(uow, (depot.id, id), &sheet).await?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        queries::stocktake(uow.db(), &reader(uow), id).await
    }
}

/// The refusal of goods that another stocktake counts.
pub(super) fn counted_elsewhere(by: Uuid) -> Problem {
    let by: Id<kinds::Stocktake> = Id::from_uuid(by);
    Problem::new(Code::WrongState)
        .with("stocktake_id", by.to_string())
        .detail(
            "这些物资正在另一次盘点中（见 stocktake_id），请先结案或作废",
            "another stocktake counts these goods (see `stocktake_id`): settle or abandon it first",
        )
}

impl OpenStocktake {
    async fn check_parts(&self, uow: &Uow<'_>, depot: &DepotFacts) -> Result<(), Problem> {
        let mut faults = Faults::default();
        match self.extent {
            Extent::Whole => {}
            Extent::Zones => {
                let zones = places::Zones::of(uow, depot.id).await?;
                for (number, &zone) in self.parts.iter().enumerate() {
                    let pointer = format!("/zone_ids/{number}");
                    zones.check(&mut faults, pointer, Id::from_uuid(zone));
                }
            }
            Extent::Categories => {
                for (number, &category) in self.parts.iter().enumerate() {
                    let found = catalogue::category_subtree(uow.db(), Id::from_uuid(category));
                    if found.await?.is_empty() {
                        faults.note(
                            format!("/category_ids/{number}"),
                            "reference",
                            "没有这个分类",
                            "there is no such category",
                        );
                    }
                }
            }
            Extent::Items => {
                let items: Vec<_> = self.parts.iter().copied().map(Id::from_uuid).collect();
                let known = catalogue::item_facts(uow.db(), &items).await?;
                for (number, &item) in items.iter().enumerate() {
                    let at = format!("/item_ids/{number}");
                    faults.take(at, catalogue::known(&known, item));
                }
            }
        }
        faults.finish(Some(()))
    }

    async fn insert(
        &self,
        uow: &Uow<'_>,
        id: Id<kinds::Stocktake>,
        depot: &DepotFacts,
    ) -> Result<(), Problem> {
        let limit = queries::limit_in_force(uow.db(), depot.id).await?;
        stocktake::ActiveModel {
            depot_id: Set(depot.id.uuid()),
            id: Set(id.uuid()),
            state: Set("counting".to_owned()),
            round: Set(1),
            extent: Set(self.extent.name().to_owned()),
            sheet: Set(if self.blind { "blind" } else { OPEN }.to_owned()),
            cutoff_journal_id: Set(uow.entry().uuid()),
            cutoff_at: Set(uow.now()),
            share_limit_e4: Set(limit.share_e4),
            value_limit_e4: Set(limit.value_e4),
            limit_currency: Set(limit.currency),
            limit_source: Set(limit.source),
            opened_by: Set(uow.caller().principal()),
            note: Set(self.note.as_ref().map(|note| note.as_str().to_owned())),
            counted_at: Set(None),
            ended_at: Set(None),
            ended_by: Set(None),
            approval: Set("none".to_owned()),
            reason: Set(None),
            version: Set(1),
        }
        .insert(uow.db())
        .await?;
        let parts: BTreeSet<_> = self.parts.iter().copied().collect();
        let parts: Vec<_> = parts
            .into_iter()
            .map(|part| stocktake_part::ActiveModel {
                depot_id: Set(depot.id.uuid()),
                stocktake_id: Set(id.uuid()),
                part_id: Set(part),
            })
            .collect();
        uow.insert_all(parts).await
    }
}

async fn insert_lines(
    uow: &Uow<'_>,
    (depot, id): (Id<kinds::Depot>, Id<kinds::Stocktake>),
    sheet: &Sheet,
) -> Result<(), Problem> {
    let lines = (1_i64..).zip(&sheet.goods).map(|(number, (goods, book))| {
        let bin = sheet.bins.get(&(goods.0, goods.1)).copied();
        stocktake_line::ActiveModel {
            cutoff_book: Set(*book),
            origin: Set("book".to_owned()),
            bin_id: Set(bin),
            ..new_line((depot.uuid(), id.uuid()), (number, 1), goods)
        }
    });
    uow.insert_all(lines.collect()).await
}

/// A line that the round counts, of goods that the book did not have at the cut-off.
pub(super) fn new_line(
    (depot, stocktake): (Uuid, Uuid),
    (line, round): (i64, i64),
    (zone, lot, condition): &Goods,
) -> stocktake_line::ActiveModel {
    stocktake_line::ActiveModel {
        depot_id: Set(depot),
        stocktake_id: Set(stocktake),
        line: Set(line),
        zone_id: Set(*zone),
        bin_id: Set(None),
        lot_id: Set(*lot),
        condition: Set(condition.clone()),
        origin: Set(super::wire::FOUND.to_owned()),
        cutoff_book: Set(0),
        round: Set(round),
        counted: Set(None),
        book: Set(None),
        difference: Set(None),
        movement_id: Set(None),
    }
}
