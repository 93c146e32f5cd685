//! What stands on a sheet, and what the book says of it.
//!
//! **Invariant.** The book of a moment is read in one statement, so that a movement which is
//! committed meanwhile is in all of it or in none. Two open stocktakes never count the same goods:
//! both would bring the book to what they found.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::{Extent, SHEET_LINES_MAX, StocktakeStateName},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Statement, Value,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    catalogue::{self, ItemFacts},
    problem::Problem,
    scope::{Scope, visible},
};

use super::{
    super::columns,
    parts, rows,
    rows::stocktakes::{stocktake, stocktake_line},
};

/// Goods as a sheet lists them: zone, lot and condition.
pub(in crate::stock) type Goods = (Uuid, Uuid, String);

/// What a stocktake is about.
#[derive(Debug, Clone)]
pub(in crate::stock) struct Covered {
    depot: Id<kinds::Depot>,
    extent: Extent,
    // Zones, items, or categories with all below them.
    ids: BTreeSet<Uuid>,
}

impl Covered {
    pub(in crate::stock) async fn new(
        db: &impl ConnectionTrait,
        depot: Id<kinds::Depot>,
        extent: Extent,
        parts: &[Uuid],
    ) -> Result<Self, Problem> {
        let mut ids: BTreeSet<_> = parts.iter().copied().collect();
        if extent == Extent::Categories {
            for &part in parts {
                ids.extend(catalogue::category_subtree(db, Id::from_uuid(part)).await?);
            }
        }
        Ok(Self { depot, extent, ids })
    }

    pub(in crate::stock) async fn of(
        db: &impl ConnectionTrait,
        row: &stocktake::Model,
    ) -> Result<Self, Problem> {
        let mut parts = parts(db, std::slice::from_ref(row)).await?;
        let parts = parts.remove(&row.id).unwrap_or_default();
        let extent = row.extent.parse().map_err(Problem::internal)?;
        Self::new(db, Id::from_uuid(row.depot_id), extent, &parts).await
    }

    /// Whether goods of an item in a zone belong to it.
    pub(in crate::stock) fn takes(&self, zone: Uuid, item: &ItemFacts) -> bool {
        match self.extent {
            Extent::Whole => true,
            Extent::Zones => self.ids.contains(&zone),
            Extent::Categories => self.ids.contains(&item.category_id.uuid()),
            Extent::Items => self.ids.contains(&item.id.uuid()),
        }
    }

    fn balances(&self) -> sea_orm::Select<rows::balance::Entity> {
        use rows::balance::{Column, Entity};
        let select = visible::<Entity>(&Scope::Everything)
            .filter(Column::DepotId.eq(self.depot.uuid()))
            .filter(Column::AccountKind.eq(columns::ZONE))
            .filter(Column::OnHand.gt(0));
        let ids = || self.ids.iter().copied();
        match self.extent {
            Extent::Whole => select,
            Extent::Zones => select.filter(Column::AccountId.is_in(ids())),
            Extent::Categories => {
                let items = catalogue::items_in(ids().collect());
                let item = Expr::col((rows::lot::Entity, rows::lot::Column::ItemId));
                select.filter(Column::LotId.in_subquery(lots(item.in_subquery(items))))
            }
            Extent::Items => {
                let item = Expr::col((rows::lot::Entity, rows::lot::Column::ItemId));
                select.filter(Column::LotId.in_subquery(lots(item.is_in(ids()))))
            }
        }
    }
}

fn lots(which: impl Into<sea_orm::sea_query::SimpleExpr>) -> SelectStatement {
    Query::select()
        .column((rows::lot::Entity, rows::lot::Column::Id))
        .from(rows::lot::Entity)
        .and_where(which.into())
        .to_owned()
}

/// What the book has of what is covered.
pub(in crate::stock) struct Sheet {
    /// In the order of zone, lot and condition; one more than a sheet may have, if there are more.
    pub(in crate::stock) goods: Vec<(Goods, i64)>,
    /// The bin that a paper named last, by zone and lot.
    pub(in crate::stock) bins: BTreeMap<(Uuid, Uuid), Uuid>,
}

impl Sheet {
    /// Reads it. The depot must be held still. Two statements.
    pub(in crate::stock) async fn read(
        db: &impl ConnectionTrait,
        covered: &Covered,
    ) -> Result<Self, Problem> {
        use rows::balance::Column;
        let found = covered
            .balances()
            .order_by_asc(Column::AccountId)
            .order_by_asc(Column::LotId)
            .order_by_asc(Column::Condition)
            .limit(SHEET_LINES_MAX as u64 + 1)
            .all(db)
            .await?;
        let goods = found
            .into_iter()
            .map(|row| ((row.account_id, row.lot_id, row.condition), row.on_hand));
        Ok(Self {
            goods: goods.collect(),
            bins: bins(db, covered).await?,
        })
    }
}

async fn bins(
    db: &impl ConnectionTrait,
    covered: &Covered,
) -> Result<BTreeMap<(Uuid, Uuid), Uuid>, Problem> {
    use rows::movement_line::{Column, Entity};
    let there = covered
        .balances()
        .select_only()
        .column(rows::balance::Column::LotId)
        .into_query();
    let found: Vec<(Uuid, Uuid, Option<Uuid>)> = visible::<Entity>(&Scope::Everything)
        .select_only()
        .columns([Column::ToId, Column::LotId, Column::BinId])
        .filter(Column::DepotId.eq(covered.depot.uuid()))
        .filter(Column::ToKind.eq(columns::ZONE))
        .filter(Column::BinId.is_not_null())
        .filter(Column::LotId.in_subquery(there))
        // Ids come in the order of making: the last paper stays.
        .order_by_asc(Column::MovementId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(found
        .into_iter()
        .filter_map(|(zone, lot, bin)| Some(((zone, lot), bin?)))
        .collect())
}

/// The lines of a sheet that list these lots.
pub(in crate::stock) async fn lines_at(
    db: &impl ConnectionTrait,
    row: &stocktake::Model,
    lots: &[Uuid],
) -> Result<BTreeMap<Goods, stocktake_line::Model>, Problem> {
    use stocktake_line::{Column, Entity};
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(row.depot_id))
        .filter(Column::StocktakeId.eq(row.id))
        .filter(Column::LotId.is_in(lots.iter().copied()))
        .all(db)
        .await?;
    Ok(found.into_iter().map(|line| (goods(&line), line)).collect())
}

fn goods(line: &stocktake_line::Model) -> Goods {
    (line.zone_id, line.lot_id, line.condition.clone())
}

/// The number that the next line of a sheet gets.
pub(in crate::stock) async fn next_line(
    db: &impl ConnectionTrait,
    row: &stocktake::Model,
) -> Result<i64, Problem> {
    use stocktake_line::{Column, Entity};
    let last = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(row.depot_id))
        .filter(Column::StocktakeId.eq(row.id))
        .order_by_desc(Column::Line)
        .one(db)
        .await?;
    Ok(last.map_or(1, |line| line.line + 1))
}

/// What the stocktakes of a depot that have not ended count, and which of them counts it. The depot
/// must be held still, or the answer is old.
pub(in crate::stock) async fn claimed(
    db: &impl ConnectionTrait,
    depot: Id<kinds::Depot>,
    lots: Option<&[Uuid]>,
) -> Result<BTreeMap<Goods, Uuid>, Problem> {
    use stocktake_line::{Column, Entity};
    let ended = [
        StocktakeStateName::Settled.name(),
        StocktakeStateName::Abandoned.name(),
    ];
    let open = visible::<stocktake::Entity>(&Scope::Everything)
        .filter(stocktake::Column::DepotId.eq(depot.uuid()))
        .filter(stocktake::Column::State.is_not_in(ended))
        .select_only()
        .column(stocktake::Column::Id)
        .into_query();
    let among = match lots {
        Some(lots) => Condition::all().add(Column::LotId.is_in(lots.iter().copied())),
        None => Condition::all(),
    };
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(depot.uuid()))
        .filter(Column::StocktakeId.in_subquery(open))
        .filter(among)
        .all(db)
        .await?;
    Ok(found
        .into_iter()
        .map(|line| (goods(&line), line.stocktake_id))
        .collect())
}

/// What the book has of these lots in the zones of a depot: now, or as it stood at `moment` by the
/// time at which the server learned of movements. What is not in the answer, the book has none of.
pub(in crate::stock) async fn book_at(
    db: &impl ConnectionTrait,
    depot: Id<kinds::Depot>,
    lots: &BTreeSet<Uuid>,
    moment: Option<DateTime<Utc>>,
) -> Result<BTreeMap<Goods, i64>, Problem> {
    let mut values: Vec<Value> = vec![depot.uuid().into()];
    let later = match moment {
        None => "0",
        Some(moment) => {
            values.push(moment.into());
            MOVED_LATER
        }
    };
    let first = values.len() + 1;
    let places: Vec<_> = (first..first + lots.len())
        .map(|place| format!("${place}"))
        .collect();
    values.extend(lots.iter().map(|&lot| Value::from(lot)));
    let sql = format!(
        "SELECT b.account_id, b.lot_id, b.condition, \
         CAST(b.on_hand - {later} AS bigint) AS book FROM balance b \
         WHERE b.depot_id = $1 AND b.account_kind = 'zone' AND b.lot_id IN ({})",
        places.join(", ")
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let mut book = BTreeMap::new();
    for row in db.query_all_raw(statement).await? {
        let goods = (
            row.try_get("", "account_id")?,
            row.try_get("", "lot_id")?,
            row.try_get("", "condition")?,
        );
        book.insert(goods, row.try_get("", "book")?);
    }
    Ok(book)
}

// What came into a zone less what left it after the moment.
const MOVED_LATER: &str = "COALESCE((SELECT SUM(CASE WHEN l.to_kind = 'zone' \
     AND l.to_id = b.account_id THEN l.quantity ELSE -l.quantity END) FROM movement_line l \
     JOIN movement m ON m.depot_id = l.depot_id AND m.id = l.movement_id \
     WHERE l.lot_id = b.lot_id AND l.condition = b.condition AND m.recorded_at > $2 \
     AND ((l.to_kind = 'zone' AND l.to_id = b.account_id) \
     OR (l.from_kind = 'zone' AND l.from_id = b.account_id))), 0)";
