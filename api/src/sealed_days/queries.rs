//! Sealed days, and what depots had then.
//!
//! **Invariant.** What a depot had on a day is asked of the ledger, whoever asks: who seals the day,
//! who wants a proof, and who checks. It costs a statement by indices of the depot's own lines.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use domain::{
    journal::CryptoSuite,
    kernel::{Id, kinds},
    sealed_days::{DepotBalances, ItemBalances, SealedDepot, SealedDepots, day_root, prove_depot},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

use super::{
    rows::{sealed_day, sealed_depot},
    wire::{BalanceProofQuery, BalanceProofView, LeafProofView, OnHandView, SealedDayView},
};
use crate::{
    app::App,
    clock::start_of_day,
    depots,
    http::{Page, PageQuery},
    ids, journal,
    problem::Problem,
    scope::{Scope, reference, visible},
    stock,
};

/// The last day that is sealed.
pub(super) async fn last(db: &impl ConnectionTrait) -> Result<Option<sealed_day::Model>, Problem> {
    Ok(reference::<sealed_day::Entity>()
        .order_by_desc(sealed_day::Column::Day)
        .one(db)
        .await?)
}

/// A sealed day, or not found.
pub(super) async fn day(
    db: &impl ConnectionTrait,
    day: &str,
) -> Result<sealed_day::Model, Problem> {
    reference::<sealed_day::Entity>()
        .filter(sealed_day::Column::Day.eq(day))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// A page of days, newest first: they were sealed in their order.
pub(super) async fn days(
    db: &impl ConnectionTrait,
    page: &PageQuery,
) -> Result<Page<SealedDayView>, Problem> {
    let select = reference::<sealed_day::Entity>();
    let rows = page
        .newest(
            db,
            select,
            sealed_day::Column::JournalId,
            |row| row.journal_id,
            "",
        )
        .await?;
    Ok(rows.map(SealedDayView::of))
}

/// What a day is sealed with.
#[derive(Debug, Clone)]
pub(super) struct DayToSeal {
    pub(super) day: SealedDayView,
    /// The depots in which something has moved since the day before.
    pub(super) moved: Vec<(Id<kinds::Depot>, MovedDepot)>,
}

/// What is kept of a depot.
#[derive(Debug, Clone)]
pub(super) struct MovedDepot {
    pub(super) items: i64,
    pub(super) root: String,
    pub(super) salt: [u8; 32],
}

/// What a day will be sealed with; `None` where nothing has ever moved.
pub(super) async fn to_seal(
    db: &impl ConnectionTrait,
    day: NaiveDate,
    last: Option<&sealed_day::Model>,
) -> Result<Option<DayToSeal>, Problem> {
    let suite = journal::suite(db).await?;
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    let until = start_of_day(next);
    let begin = last.map_or(0, |last| last.settled);
    let extent = journal::extent_before(db, begin, until).await?;
    let moved = journal::sealed_between(begin, extent.size);
    let mut balances = BTreeMap::new();
    for depot in stock::depots_moved(db, moved).await? {
        let counted = journal::sealed_before(extent.size);
        let items = stock::item_balances(db, depot, counted, until).await?;
        let balanced = DepotBalances::new(ids::random(), items);
        balances.insert(depot, balanced);
    }
    if last.is_none() && balances.values().all(DepotBalances::is_empty) {
        return Ok(None);
    }
    let mut depots = match last {
        Some(last) => depots_at(db, suite, &last.day).await?,
        None => SealedDepots::new(),
    };
    let mut moved = Vec::with_capacity(balances.len());
    for (depot, balances) in balances {
        let sealed = balances.sealed(suite);
        depots.insert(depot, sealed);
        let kept = MovedDepot {
            items: i64::try_from(sealed.items).map_err(Problem::internal)?,
            root: sealed.root.to_string(),
            salt: balances.salt(),
        };
        moved.push((depot, kept));
    }
    let day = SealedDayView {
        day: day.to_string(),
        until,
        size: extent.size,
        settled_size: extent.settled,
        depots: i64::try_from(depots.len()).map_err(Problem::internal)?,
        root: day_root(suite, &depots).to_string(),
        entry_id: Id::from_uuid(uuid::Uuid::nil()),
    };
    Ok(Some(DayToSeal { day, moved }))
}

/// What is kept of every depot on a day.
pub(super) async fn depots_at(
    db: &impl ConnectionTrait,
    suite: CryptoSuite,
    day: &str,
) -> Result<SealedDepots, Problem> {
    let rows = standing(day).all(db).await?;
    rows.iter()
        .map(|row| Ok((Id::from_uuid(row.depot_id), sealed(suite, row)?)))
        .collect()
}

/// The row of each depot that stands on a day: the newest one until then.
fn standing(day: &str) -> sea_orm::Select<sealed_depot::Entity> {
    use sealed_depot::{Column, Entity};
    let older = Alias::new("newest");
    let newest = Query::select()
        .expr(Expr::col((older.clone(), Column::Day)).max())
        .from_as(Entity, older.clone())
        .and_where(Expr::col((older.clone(), Column::DepotId)).equals((Entity, Column::DepotId)))
        .and_where(Expr::col((older, Column::Day)).lte(day))
        .to_owned();
    visible::<Entity>(&Scope::Everything)
        .filter(Expr::col((Entity, Column::Day)).in_subquery(newest))
}

/// What a row says of its depot.
pub(super) fn sealed(
    suite: CryptoSuite,
    row: &sealed_depot::Model,
) -> Result<SealedDepot, Problem> {
    Ok(SealedDepot {
        items: u64::try_from(row.items).map_err(Problem::internal)?,
        root: domain::journal::Hash::parse(&row.root).ok_or_else(rewritten)?,
        salt: suite.leaf(&row.salt),
    })
}

/// What the ledger says that a depot had on a day, under the salt that was kept.
pub(super) async fn balances_of(
    db: &impl ConnectionTrait,
    row: &sealed_depot::Model,
    day: &sealed_day::Model,
) -> Result<DepotBalances, Problem> {
    let counted = journal::sealed_before(day.size);
    let depot = Id::from_uuid(row.depot_id);
    let items: ItemBalances = stock::item_balances(db, depot, counted, day.until_at).await?;
    let salt = <[u8; 32]>::try_from(row.salt.as_slice()).map_err(|_| rewritten())?;
    Ok(DepotBalances::new(salt, items))
}

/// The proof of what a depot had of an item on a day.
pub(super) async fn proof(
    app: &App,
    scope: &Scope,
    of_day: &str,
    query: &BalanceProofQuery,
) -> Result<BalanceProofView, Problem> {
    let db = app.db.read();
    let day = day(db, of_day).await?;
    depots::depot(db, scope, query.depot_id)
        .await
        .map_err(|problem| {
            problem
                .named_at("depot_id", "没有此库", "no such depot")
                .of_query()
        })?;
    let nothing =
        |parameter: &str, zh, en| Problem::field(parameter, "reference", zh, en).of_query();
    let row = standing(of_day)
        .filter(sealed_depot::Column::DepotId.eq(query.depot_id.uuid()))
        .one(db)
        .await?;
    let row = row.ok_or_else(|| {
        nothing(
            "depot_id",
            "到那天为止该库从未有物资进出",
            "nothing had ever moved in this depot by that day",
        )
    })?;
    let suite = journal::suite(db).await?;
    let kept = sealed(suite, &row)?;
    let balances = balances_of(db, &row, &day).await?;
    if balances.sealed(suite) != kept {
        return Err(rewritten());
    }
    let balance = balances.prove(suite, query.item_id).ok_or_else(|| {
        nothing(
            "item_id",
            "到那天为止该库从未有过此物品",
            "this depot had never had this item by that day",
        )
    })?;
    let depots = depots_at(db, suite, of_day).await?;
    let depot = prove_depot(suite, &depots, query.depot_id).ok_or_else(rewritten)?;
    if day_root(suite, &depots).to_string() != day.root {
        return Err(rewritten());
    }
    let on_hand = balances
        .on_hand(query.item_id)
        .map(|(condition, quantity)| OnHandView {
            condition: condition.to_string(),
            quantity,
        });
    Ok(BalanceProofView {
        day: day.day,
        depot_id: query.depot_id,
        item_id: query.item_id,
        on_hand: on_hand.collect(),
        balance: LeafProofView::of(balance)?,
        depot: LeafProofView::of(depot)?,
        entry: journal::entry_proof(db, Id::from_uuid(day.journal_id)).await?,
    })
}

/// All days, oldest first.
pub(super) async fn all_days(db: &impl ConnectionTrait) -> Result<Vec<sealed_day::Model>, Problem> {
    Ok(reference::<sealed_day::Entity>()
        .order_by_asc(sealed_day::Column::Day)
        .all(db)
        .await?)
}

/// What depots were sealed with on a day.
pub(super) async fn sealed_on(
    db: &impl ConnectionTrait,
    day: &str,
) -> Result<Vec<sealed_depot::Model>, Problem> {
    Ok(visible::<sealed_depot::Entity>(&Scope::Everything)
        .filter(sealed_depot::Column::Day.eq(day))
        .all(db)
        .await?)
}

fn rewritten() -> Problem {
    Problem::internal(anyhow::anyhow!(
        "the ledger is not the one whose day was sealed; run `relief-depot verify`"
    ))
}
