//! What the addresses of depots show.
//!
//! **Invariant.** What is inside a depot is shown to whoever sees the depot, and to nobody else.

use std::str::FromStr;

use domain::kernel::{
    Id,
    kinds::{Bin, Depot, Item, Zone},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, PaginatorTrait, QueryFilter, Select, sea_query::Expr,
};

use crate::{
    catalogue,
    depots::{
        rows,
        wire::{BinFilter, BinView, DepotFilter, DepotView, Near, StockLevelsView, ZoneView},
    },
    http::{Direction, Page, PageQuery, by_id_only},
    problem::{Fault, Faults, Problem},
    scope::{Scope, visible},
    search,
};

use super::{
    DepotSelection,
    facts::{of_depot, row},
    near::nearest,
};

/// One depot as it is shown, or not found.
pub(crate) async fn depot_view(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<Depot>,
) -> Result<DepotView, Problem> {
    row(db, scope, id).await?.try_into()
}

/// A page of depots by code; near a point, the nearest first.
pub(crate) async fn depots(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &DepotFilter,
    page: &PageQuery,
) -> Result<Page<DepotView>, Problem> {
    use rows::depot::Column;
    let near = Near::parse(filter)?;
    let select = selected(scope, filter, near.as_ref())?;
    let mark = format!("{filter:?}");
    if let Some(near) = near {
        return nearest(db, select, &near, page, &mark).await;
    }
    let rows = page
        .by_key(select, Column::Code, Column::Id, &mark)?
        .all(db)
        .await?;
    let depots = rows
        .into_iter()
        .map(DepotView::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(
        depots,
        page,
        &mark,
        |depot| (depot.code.clone(), depot.id.uuid()),
        |depot| depot,
    ))
}

fn selected(
    scope: &Scope,
    filter: &DepotFilter,
    near: Option<&Near>,
) -> Result<Select<rows::depot::Entity>, Problem> {
    use rows::depot::{Column, Entity};
    let selection = DepotSelection {
        organisation: filter.organisation_id,
        division: parsed("division_code", filter.division_code.as_deref())?,
        depot: None,
        among: None,
        level: parsed("level", filter.level.as_deref())?,
        operations: parsed("operation", filter.operation.as_deref())?.map(|only| vec![only]),
        state: parsed("state", filter.state.as_deref())?,
        boxes: near.map(Near::boxes),
        at_most: None,
    };
    let mut select = selection.of(visible::<Entity>(scope));
    if let Some(q) = &filter.q {
        let by_name = search::name_contains(Expr::col((Entity, Column::NameKey)), q);
        let by_code = search::code_begins_with(Expr::col((Entity, Column::Code)), q);
        select = select.filter(Condition::any().add(by_name).add(by_code));
    }
    Ok(select)
}

fn parsed<T: FromStr>(name: &str, text: Option<&str>) -> Result<Option<T>, Problem>
where
    T::Err: Into<Fault>,
{
    let mut faults = Faults::default();
    let value = faults.take_if(name, text.map(str::parse));
    faults.finish(value).map_err(Problem::of_query)
}

/// One zone of a visible depot, or not found.
pub(crate) async fn zone(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depot: Id<Depot>,
    zone: Id<Zone>,
) -> Result<ZoneView, Problem> {
    visible::<rows::zone::Entity>(scope)
        .filter(rows::zone::Column::DepotId.eq(depot.uuid()))
        .filter(rows::zone::Column::Id.eq(zone.uuid()))
        .one(db)
        .await?
        .map(ZoneView::from)
        .ok_or_else(Problem::not_found)
}

pub(in crate::depots) async fn zone_row(
    db: &impl ConnectionTrait,
    depot: Id<Depot>,
    zone: Id<Zone>,
) -> Result<Option<rows::zone::Model>, Problem> {
    let found = of_depot::<rows::zone::Entity>(rows::zone::Column::DepotId, depot)
        .filter(rows::zone::Column::Id.eq(zone.uuid()))
        .one(db)
        .await?;
    Ok(found)
}

/// A page of the zones of a depot, by code.
pub(crate) async fn zones_page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depot: Id<Depot>,
    page: &PageQuery,
) -> Result<Page<ZoneView>, Problem> {
    use rows::zone::{Column, Entity};
    row(db, scope, depot).await?;
    let mark = depot.to_string();
    let select = of_depot::<Entity>(Column::DepotId, depot);
    let rows = page
        .by_key(select, Column::Code, Column::Id, &mark)?
        .all(db)
        .await?;
    Ok(Page::cut(
        rows,
        page,
        &mark,
        |row| (row.code.clone(), row.id),
        ZoneView::from,
    ))
}

/// How many zones a depot has.
pub(in crate::depots) async fn zone_count(
    db: &impl ConnectionTrait,
    depot: Id<Depot>,
) -> Result<u64, Problem> {
    let count = of_depot::<rows::zone::Entity>(rows::zone::Column::DepotId, depot)
        .count(db)
        .await?;
    Ok(count)
}

/// One bin of a visible depot, or not found.
pub(crate) async fn bin(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depot: Id<Depot>,
    bin: Id<Bin>,
) -> Result<BinView, Problem> {
    visible::<rows::bin::Entity>(scope)
        .filter(rows::bin::Column::DepotId.eq(depot.uuid()))
        .filter(rows::bin::Column::Id.eq(bin.uuid()))
        .one(db)
        .await?
        .map(BinView::from)
        .ok_or_else(Problem::not_found)
}

/// A page of the bins of a depot, by code.
pub(crate) async fn bins(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depot: Id<Depot>,
    filter: &BinFilter,
    page: &PageQuery,
) -> Result<Page<BinView>, Problem> {
    use rows::bin::{Column, Entity};
    row(db, scope, depot).await?;
    let mark = format!("{depot} {filter:?}");
    let mut select = of_depot::<Entity>(Column::DepotId, depot);
    if let Some(zone) = filter.zone_id {
        select = select.filter(Column::ZoneId.eq(zone.uuid()));
    }
    let rows = page
        .by_key(select, Column::Code, Column::Id, &mark)?
        .all(db)
        .await?;
    Ok(Page::cut(
        rows,
        page,
        &mark,
        |row| (row.code.clone(), row.id),
        BinView::from,
    ))
}

/// The levels of an item in a depot, also where none were ever set.
pub(crate) async fn level(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depot: Id<Depot>,
    item: Id<Item>,
) -> Result<StockLevelsView, Problem> {
    row(db, scope, depot).await?;
    if catalogue::item_facts(db, &[item]).await?.is_empty() {
        return Err(Problem::not_found());
    }
    let found = level_row(db, depot, item).await?;
    Ok(found.map_or_else(
        || StockLevelsView::unset(depot, item),
        StockLevelsView::from,
    ))
}

pub(in crate::depots) async fn level_row(
    db: &impl ConnectionTrait,
    depot: Id<Depot>,
    item: Id<Item>,
) -> Result<Option<rows::level::Model>, Problem> {
    let found = of_depot::<rows::level::Entity>(rows::level::Column::DepotId, depot)
        .filter(rows::level::Column::ItemId.eq(item.uuid()))
        .one(db)
        .await?;
    Ok(found)
}

/// A page of the levels of a depot, in the order of item ids.
pub(crate) async fn levels_page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depot: Id<Depot>,
    page: &PageQuery,
) -> Result<Page<StockLevelsView>, Problem> {
    use rows::level::{Column, Entity};
    row(db, scope, depot).await?;
    let mark = depot.to_string();
    let select = of_depot::<Entity>(Column::DepotId, depot);
    let rows = page
        .by_id(select, Column::ItemId, Direction::Ascending, &mark)?
        .all(db)
        .await?;
    Ok(Page::cut(
        rows,
        page,
        &mark,
        |row| by_id_only(Id::<Item>::from_uuid(row.item_id)),
        StockLevelsView::from,
    ))
}
