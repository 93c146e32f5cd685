//! Levels beside what there is.
//!
//! **Invariant.** What there is comes from whoever keeps stock, as an expression: one statement judges
//! all.

use std::collections::BTreeMap;

use domain::{
    depots::{Standing, StockLevels},
    kernel::{
        Id,
        kinds::{Depot, Item},
    },
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    http::PageQuery,
    problem::Problem,
    scope::{Scope, visible},
    storage::VALUES_A_STATEMENT,
};

use super::{
    super::rows::level::{Column, Entity},
    DepotSelection,
    facts::shut_ids,
};

/// Levels of an item in a depot, and what there is.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct LevelAndStock {
    pub(crate) depot_id: Uuid,
    pub(crate) item_id: Uuid,
    pub(crate) floor: i64,
    pub(crate) minimum: Option<i64>,
    pub(crate) maximum: Option<i64>,
    /// In base units.
    pub(crate) available: i64,
}

/// The floors of depots: what a plan leaves untouched, in base units. One statement for every
/// 10,000 depots.
pub(crate) async fn floors(
    db: &impl ConnectionTrait,
    depots: &[Id<Depot>],
) -> Result<BTreeMap<(Id<Depot>, Id<Item>), i64>, Problem> {
    let levels = stock_levels(db, depots).await?;
    let floors = levels
        .into_iter()
        .map(|(key, levels)| (key, levels.floor()));
    Ok(floors.collect())
}

/// What ought to stand in depots. One statement for every 10,000 depots.
pub(crate) async fn stock_levels(
    db: &impl ConnectionTrait,
    depots: &[Id<Depot>],
) -> Result<BTreeMap<(Id<Depot>, Id<Item>), StockLevels>, Problem> {
    let mut found = BTreeMap::new();
    for depots in depots.chunks(VALUES_A_STATEMENT) {
        let rows = visible::<Entity>(&Scope::Everything)
            .filter(Column::DepotId.is_in(depots.iter().map(|id| id.uuid())))
            .all(db)
            .await?;
        for row in rows {
            let key = (Id::from_uuid(row.depot_id), Id::from_uuid(row.item_id));
            let levels = StockLevels::new(row.floor, row.minimum, row.maximum);
            found.insert(key, levels.map_err(Problem::internal)?);
        }
    }
    Ok(found)
}

/// How much of what is `available` the floors of depots keep, by item, in depots that let goods out
/// and that `depots` selects, or in these: one statement.
pub(crate) async fn floors_kept(
    db: &impl ConnectionTrait,
    depots: SelectStatement,
    only: Option<Vec<Uuid>>,
    items: &[Uuid],
    available: impl FnOnce(SimpleExpr, SimpleExpr) -> SimpleExpr,
) -> Result<BTreeMap<Id<Item>, i64>, Problem> {
    let of = |column| Expr::col((Entity, column));
    let there = available(of(Column::DepotId), of(Column::ItemId));
    let mut levels = Query::select();
    levels
        .columns([(Entity, Column::ItemId), (Entity, Column::Floor)])
        .expr_as(there, "there")
        .from(Entity)
        .and_where(of(Column::ItemId).is_in(items.iter().copied()))
        .and_where(of(Column::Floor).gt(0))
        .and_where(of(Column::DepotId).in_subquery(depots))
        .and_where(of(Column::DepotId).not_in_subquery(shut_ids()));
    if let Some(only) = only {
        levels.and_where(of(Column::DepotId).is_in(only));
    }
    let level = |name: &'static str| Expr::col((Alias::new("levels"), Alias::new(name)));
    let kept: Expr = CaseStatement::new()
        .case(level("there").lt(level("floor")), level("there"))
        .finally(level("floor"))
        .into();
    // PostgreSQL adds whole numbers up to a decimal.
    let sum = Expr::from(Func::sum(kept)).cast_as("bigint");
    let query = Query::select()
        .expr_as(level("item_id"), "item_id")
        .expr_as(sum, "kept")
        .from_subquery(levels, "levels")
        .add_group_by([level("item_id")])
        .to_owned();
    let mut floors = BTreeMap::new();
    for row in db.query_all(&query).await? {
        floors.insert(
            Id::from_uuid(row.try_get("", "item_id")?),
            row.try_get("", "kept")?,
        );
    }
    Ok(floors)
}

/// Which levels are meant.
#[derive(Debug, Clone, Default)]
pub(crate) struct LevelSelection {
    pub(crate) depots: DepotSelection,
    pub(crate) item: Option<Id<Item>>,
    pub(crate) standing: Option<Standing>,
}

/// A page of levels, by depot and item: one statement. `available` says what there is of the item at
/// the depot that its two expressions name.
pub(crate) async fn levels_and_stock(
    db: &impl ConnectionTrait,
    scope: &Scope,
    selection: &LevelSelection,
    available: impl FnOnce(SimpleExpr, SimpleExpr) -> SimpleExpr,
    page: &PageQuery,
    mark: &str,
) -> Result<Vec<LevelAndStock>, Problem> {
    let mut select = selected(scope, selection, available);
    if let Some(cursor) = page.cursor(mark)? {
        let depot = cursor.read(|key| key.parse::<Id<Depot>>().ok())?.uuid();
        let same = Column::DepotId
            .eq(depot)
            .and(Column::ItemId.gt(cursor.id()));
        select = select.filter(Column::DepotId.gt(depot).or(same));
    }
    let select = select.limit(page.limit() + 1);
    Ok(select.into_model::<LevelAndStock>().all(db).await?)
}

/// The levels whose depots are short, at most `limit` of them: one statement.
pub(crate) async fn levels_short(
    db: &impl ConnectionTrait,
    scope: &Scope,
    selection: LevelSelection,
    available: impl FnOnce(SimpleExpr, SimpleExpr) -> SimpleExpr,
    limit: u64,
) -> Result<Vec<LevelAndStock>, Problem> {
    let selection = LevelSelection {
        standing: Some(Standing::Short),
        ..selection
    };
    let select = selected(scope, &selection, available).limit(limit);
    Ok(select.into_model::<LevelAndStock>().all(db).await?)
}

fn selected(
    scope: &Scope,
    selection: &LevelSelection,
    available: impl FnOnce(SimpleExpr, SimpleExpr) -> SimpleExpr,
) -> Select<Entity> {
    let of = |column| Expr::col((Entity, column));
    let there = available(of(Column::DepotId), of(Column::ItemId));
    let mut select = visible::<Entity>(scope)
        .filter(Column::DepotId.in_subquery(selection.depots.ids(scope)))
        .expr_as(there.clone(), "available");
    if let Some(item) = selection.item {
        select = select.filter(Column::ItemId.eq(item.uuid()));
    }
    let short = there.clone().lt(of(Column::Minimum));
    let over = there.gt(of(Column::Maximum));
    // What is not set compares to nothing, so that it is neither short nor over.
    select = match selection.standing {
        Some(Standing::Short) => select.filter(short),
        Some(Standing::Over) => select.filter(over),
        Some(Standing::Within) => select
            .filter(of(Column::Minimum).is_null().or(short.not()))
            .filter(of(Column::Maximum).is_null().or(over.not())),
        None => select,
    };
    select
        .order_by_asc(Column::DepotId)
        .order_by_asc(Column::ItemId)
}

/// What depots keep of items by their levels: the floor or the minimum, whichever is more. One
/// statement.
pub(crate) async fn kept_levels(
    db: &impl ConnectionTrait,
    depots: &SelectStatement,
    items: impl IntoIterator<Item = Id<Item>>,
) -> Result<BTreeMap<(Id<Depot>, Id<Item>), i64>, Problem> {
    let rows = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.in_subquery(depots.clone()))
        .filter(Column::ItemId.is_in(items.into_iter().map(Id::uuid)))
        .all(db)
        .await?;
    let kept = rows.into_iter().map(|row| {
        let key = (Id::from_uuid(row.depot_id), Id::from_uuid(row.item_id));
        (key, Ord::max(row.minimum.unwrap_or(0), row.floor))
    });
    Ok(kept.collect())
}
