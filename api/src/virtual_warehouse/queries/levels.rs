//! Levels and rotation over many depots.
//!
//! **Invariant.** A fixed number of statements, whatever the number of depots. What there is, is
//! counted by stock at the moment of asking.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use domain::{
    depots::StockLevels,
    kernel::{
        Id,
        kinds::{Depot, Item},
    },
    virtual_warehouse::{AgeingGoods, Lack, Proposal, Way, rotate},
};
use sea_orm::ConnectionTrait;

use crate::{
    catalogue::ItemFacts,
    depots::{
        self, DepotFacts, DepotSelection, LevelAndStock, LevelSelection, levels_and_stock,
        levels_short,
    },
    http::{Page, PageQuery},
    problem::Problem,
    scope::Scope,
    stock::{self, Ageing, free_at},
};

use super::{
    super::wire::{LevelView, ProposalView, RotationFilter, RotationView},
    depots_called, items_called, known,
};

/// How many lots in depots, and how many levels that are short, a rotation looks at.
pub(super) const LOOKED_AT_MAX: u64 = 5_000;

/// Levels and what there is, by depot and item. Four statements.
pub(in crate::virtual_warehouse) async fn levels(
    db: &impl ConnectionTrait,
    scope: &Scope,
    selection: &LevelSelection,
    day: NaiveDate,
    page: &PageQuery,
    mark: &str,
) -> Result<Page<LevelView>, Problem> {
    let there = |depot, item| free_at(depot, item, day);
    let rows = levels_and_stock(db, scope, selection, there, page, mark).await?;
    let names = Names::read(
        db,
        rows.iter().map(|row| Id::from_uuid(row.depot_id)),
        rows.iter().map(|row| Id::from_uuid(row.item_id)),
    )
    .await?;
    let place = |row: &LevelAndStock| {
        let depot: Id<Depot> = Id::from_uuid(row.depot_id);
        (depot.to_string(), row.item_id)
    };
    let cut = Page::cut(rows, page, mark, place, |row| names.level(row));
    cut.whole()
}

/// Where what ages should go. Five statements, or six where a depot has no place of its own.
pub(in crate::virtual_warehouse) async fn rotation(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &RotationFilter,
    day: NaiveDate,
) -> Result<RotationView, Problem> {
    let until = day
        .checked_add_days(Days::new(filter.within_days().into()))
        .ok_or_else(|| Problem::internal(anyhow::anyhow!("{day} is too late a day")))?;
    let depots = DepotSelection {
        organisation: filter.organisation_id,
        ..DepotSelection::default()
    };
    let ids = depots.ids(&Scope::Everything);
    let one_more = LOOKED_AT_MAX + 1;
    let ageing = stock::ageing(db, scope, ids, filter.item_id, (day, until), one_more).await?;
    let selection = LevelSelection {
        depots,
        item: filter.item_id,
        standing: None,
    };
    let there = |depot, item| free_at(depot, item, day);
    let short = levels_short(db, scope, selection, there, one_more).await?;
    if ageing.len().max(short.len()) as u64 > LOOKED_AT_MAX {
        return Err(Problem::field(
            "organisation_id",
            "too-many",
            "范围过大，请按下级单位或单个物资查询",
            format!("more than {LOOKED_AT_MAX} lots or levels: ask for a part or for one item"),
        )
        .of_query());
    }
    let of_ageing = ageing.iter().map(|row| (row.depot_id, row.item_id));
    let of_short = short.iter().map(|row| (row.depot_id, row.item_id));
    let both: Vec<_> = of_ageing.chain(of_short).collect();
    let names = Names::read(
        db,
        both.iter().map(|(depot, _)| Id::from_uuid(*depot)),
        both.iter().map(|(_, item)| Id::from_uuid(*item)),
    )
    .await?;
    let places = depots::places(db, names.depots.values()).await?;
    let places = places.into_iter().map(|(depot, (place, _))| (depot, place));
    let makers: BTreeMap<_, _> = ageing
        .iter()
        .map(|row| (row.lot_id, row.maker.clone()))
        .collect();
    let goods = ageing.into_iter().map(goods).collect::<Result<_, _>>()?;
    let lacks = short.iter().map(lack).collect::<Result<Vec<_>, _>>()?;
    let proposals = rotate(goods, &lacks, &places.collect())
        .into_iter()
        .map(|proposal| {
            let maker = makers.get(&proposal.goods.lot.uuid()).cloned().flatten();
            names.proposal(&proposal, maker)
        })
        .collect::<Result<_, _>>()?;
    Ok(RotationView {
        day: day.to_string(),
        until: until.to_string(),
        proposals,
    })
}

fn goods(row: Ageing) -> Result<AgeingGoods, Problem> {
    Ok(AgeingGoods {
        depot: Id::from_uuid(row.depot_id),
        lot: Id::from_uuid(row.lot_id),
        item: Id::from_uuid(row.item_id),
        expires_on: row.expires_on.parse().map_err(Problem::internal)?,
        free: row.free,
        maker_known: row.maker.is_some(),
    })
}

pub(super) fn lack(row: &LevelAndStock) -> Result<Lack, Problem> {
    let (_, missing) = levels_of(row)?.standing(row.available);
    Ok(Lack {
        depot: Id::from_uuid(row.depot_id),
        item: Id::from_uuid(row.item_id),
        missing,
    })
}

// The levels of a row, which fit together or would not be in the table.
fn levels_of(row: &LevelAndStock) -> Result<StockLevels, Problem> {
    StockLevels::new(row.floor, row.minimum, row.maximum).map_err(Problem::internal)
}

// What the depots and items of an answer are called.
struct Names {
    depots: BTreeMap<Id<Depot>, DepotFacts>,
    items: BTreeMap<Id<Item>, ItemFacts>,
}

impl Names {
    async fn read(
        db: &impl ConnectionTrait,
        depots: impl Iterator<Item = Id<Depot>>,
        items: impl Iterator<Item = Id<Item>>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            depots: depots_called(db, depots).await?,
            items: items_called(db, items).await?,
        })
    }

    fn level(&self, row: LevelAndStock) -> Result<LevelView, Problem> {
        let depot = known(&self.depots, Id::from_uuid(row.depot_id))?;
        let item = known(&self.items, Id::from_uuid(row.item_id))?;
        let (standing, gap) = levels_of(&row)?.standing(row.available);
        Ok(LevelView {
            depot_id: depot.id,
            depot_code: depot.code.clone(),
            depot_name: depot.name.clone(),
            item_id: item.id,
            item_name: item.name.clone(),
            base_unit: item.units.base().as_str().to_owned(),
            floor: row.floor,
            minimum: row.minimum,
            maximum: row.maximum,
            available: row.available,
            standing: standing.name().to_owned(),
            gap,
        })
    }

    fn proposal(
        &self,
        Proposal {
            goods,
            quantity,
            way,
        }: &Proposal,
        maker: Option<String>,
    ) -> Result<ProposalView, Problem> {
        let depot = known(&self.depots, goods.depot)?;
        let item = known(&self.items, goods.item)?;
        let (name, to, distance_km) = match way {
            Way::Depot { depot, distance_km } => {
                ("to_depot", Some(known(&self.depots, *depot)?), *distance_km)
            }
            Way::Programme => ("programme", None, None),
            Way::ProgrammeOrMaker => ("programme_or_maker", None, None),
        };
        Ok(ProposalView {
            depot_id: depot.id,
            depot_name: depot.name.clone(),
            item_id: item.id,
            item_name: item.name.clone(),
            base_unit: item.units.base().as_str().to_owned(),
            lot_id: goods.lot,
            expires_on: goods.expires_on.to_string(),
            quantity: *quantity,
            way: name.to_owned(),
            to_depot_id: to.map(|depot| depot.id),
            to_depot_name: to.map(|depot| depot.name.clone()),
            distance_km,
            maker,
        })
    }
}
