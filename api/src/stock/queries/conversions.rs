//! What went into lots of kits, and what came out.
//!
//! **Invariant.** What a reversal undid never happened here: only movements that stand are added
//! up.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    kernel::{Id, kinds},
    stock::{Inside, Way},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect, Statement,
    sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, Visible, to_change, visible},
};

use super::{
    columns,
    lots::{items_of, lots_by_id},
    rows::{
        conversions::{
            conversion,
            kit_part::{Column, Entity},
        },
        lot, movement,
    },
    wire::KitPartView,
};

/// The fates of a piece, as the table names them.
pub(in crate::stock) const WENT_IN: &str = "in";
pub(in crate::stock) const CAME_BACK: &str = "back";
pub(in crate::stock) const MISSING: &str = "missing";

/// A lot of kits, and whoever else would open some of it or undo that waits.
pub(in crate::stock) async fn kit_lot_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Lot>,
) -> Result<Option<lot::Model>, Problem> {
    Ok(to_change::<lot::Entity>(scope)
        .filter(lot::Column::Id.eq(id.uuid()))
        .one(db)
        .await?)
}

/// What a movement converted, if it did.
pub(in crate::stock) async fn conversion_of(
    db: &impl ConnectionTrait,
    movement: &movement::Model,
) -> Result<Option<conversion::Model>, Problem> {
    use conversion::{Column, Entity};
    Ok(visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(movement.depot_id))
        .filter(Column::MovementId.eq(movement.id))
        .one(db)
        .await?)
}

/// The assembly that made a lot of kits; none for kits that came in whole.
pub(in crate::stock) async fn assembly_of(
    db: &impl ConnectionTrait,
    kit_lot: Id<kinds::Lot>,
) -> Result<Option<conversion::Model>, Problem> {
    use conversion::{Column, Entity};
    Ok(visible::<Entity>(&Scope::Everything)
        .filter(Column::KitLotId.eq(kit_lot.uuid()))
        .filter(Column::Way.eq(Way::Assemble.name()))
        .one(db)
        .await?)
}

/// Those of the lots that are kits which were put together here.
pub(in crate::stock) async fn assembled_among(
    db: &impl ConnectionTrait,
    lots: &[Id<kinds::Lot>],
) -> Result<BTreeSet<Id<kinds::Lot>>, Problem> {
    use conversion::{Column, Entity};
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::KitLotId.is_in(lots.iter().map(|lot| lot.uuid())))
        .filter(Column::Way.eq(Way::Assemble.name()))
        .all(db)
        .await?;
    let found = found.into_iter();
    Ok(found.map(|row| Id::from_uuid(row.kit_lot_id)).collect())
}

/// The movements that opened kits of a lot, and stand.
pub(in crate::stock) async fn openings_of(
    db: &impl ConnectionTrait,
    kit_lot: Uuid,
) -> Result<Vec<Id<kinds::Movement>>, Problem> {
    use conversion::{Column, Entity};
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::KitLotId.eq(kit_lot))
        .filter(Column::Way.eq(Way::TakeApart.name()))
        .filter(stands(
            Expr::col((Entity, Column::DepotId)),
            Expr::col((Entity, Column::MovementId)),
        ))
        .order_by_asc(Column::MovementId)
        .limit(100)
        .all(db)
        .await?;
    let movements = found.into_iter();
    Ok(movements
        .map(|row| Id::from_uuid(row.movement_id))
        .collect())
}

// No movement undid it.
fn stands(depot: SimpleExpr, movement_id: SimpleExpr) -> SimpleExpr {
    let reversal = Alias::new("reversal");
    let of = |column: movement::Column| Expr::col((Alias::new("reversal"), column));
    let undone = Query::select()
        .expr(Expr::val(1))
        .from_as(movement::Entity, reversal)
        .and_where(of(movement::Column::DepotId).eq(depot))
        .and_where(of(movement::Column::ReversesId).eq(movement_id))
        .to_owned();
    Expr::exists(undone).not()
}

/// Which other reservations hold goods of an item or a lot in a depot, at most 100 of them.
pub(in crate::stock) async fn promises_of(
    db: &impl ConnectionTrait,
    depot: Id<kinds::Depot>,
    item: Option<Id<kinds::Item>>,
    lot: Option<Id<kinds::Lot>>,
) -> Result<Vec<Id<kinds::Reservation>>, Problem> {
    let (column, wanted) = match (item, lot) {
        (_, Some(lot)) => ("h.lot_id", lot.uuid()),
        (Some(item), None) => ("l.item_id", item.uuid()),
        (None, None) => return Ok(Vec::new()),
    };
    let sql = format!(
        "SELECT DISTINCT r.id AS id FROM reservation r \
         JOIN reservation_line h ON h.depot_id = r.depot_id AND h.reservation_id = r.id \
         JOIN lot l ON l.id = h.lot_id \
         WHERE r.depot_id = $1 AND r.state IN ('held', 'shorted') \
         AND h.quantity > h.short AND {column} = $2 ORDER BY r.id LIMIT 100"
    );
    let values = [depot.uuid().into(), wanted.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let found = db.query_all_raw(statement).await?;
    found
        .iter()
        .map(|row| {
            let id: Uuid = row.try_get("", "id")?;
            Ok(Id::from_uuid(id))
        })
        .collect()
}

// A part of a lot of kits, added up over every movement that stands.
struct Sums {
    kit_lot: Uuid,
    lot: Uuid,
    went_in: i64,
    came_back: i64,
    missing: i64,
}

impl Sums {
    // What came out of kits of which nothing is on record never went in by the book.
    fn inside(&self) -> i64 {
        Ord::max(self.went_in - self.came_back - self.missing, 0)
    }
}

fn sums(scope: &Scope) -> SelectStatement {
    let of = |column| Expr::col((Entity, column));
    let sum = |fate: &str| {
        let counted = Expr::case(of(Column::Fate).eq(fate), of(Column::Quantity)).finally(0_i64);
        SimpleExpr::Case(Box::new(counted))
            .sum()
            .cast_as(Alias::new("bigint"))
    };
    Query::select()
        .column((Entity, Column::KitLotId))
        .column((Entity, Column::LotId))
        .expr_as(sum(WENT_IN), Alias::new("went_in"))
        .expr_as(sum(CAME_BACK), Alias::new("came_back"))
        .expr_as(sum(MISSING), Alias::new("missing"))
        .from(Entity)
        .and_where(stands(of(Column::DepotId), of(Column::MovementId)))
        .cond_where(Entity::within(scope))
        .group_by_col((Entity, Column::KitLotId))
        .group_by_col((Entity, Column::LotId))
        .to_owned()
}

fn read(row: &QueryResult) -> Result<Sums, Problem> {
    Ok(Sums {
        kit_lot: row.try_get("", "kit_lot_id")?,
        lot: row.try_get("", "lot_id")?,
        went_in: row.try_get("", "went_in")?,
        came_back: row.try_get("", "came_back")?,
        missing: row.try_get("", "missing")?,
    })
}

/// What went into a lot of kits and has not come out. Two statements.
pub(in crate::stock) async fn inside(
    db: &impl ConnectionTrait,
    kit_lot: Id<kinds::Lot>,
) -> Result<Vec<Inside>, Problem> {
    let mut select = sums(&Scope::Everything);
    select.and_where(Expr::col((Entity, Column::KitLotId)).eq(kit_lot.uuid()));
    let found = db.query_all(&select).await?;
    let found = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<_> = found.iter().map(|sums| Id::from_uuid(sums.lot)).collect();
    let lots = lots_by_id(db, &Scope::Everything, &ids).await?;
    found
        .iter()
        .filter(|sums| sums.inside() > 0)
        .map(|sums| {
            let id = Id::from_uuid(sums.lot);
            let lot = lots.get(&id).ok_or_else(Problem::not_found)?;
            Ok(Inside {
                lot: id,
                item: Id::from_uuid(lot.item_id),
                expires_on: columns::day(lot.expires_on.as_deref())?,
                quantity: sums.inside(),
            })
        })
        .collect()
}

/// Which end of a conversion a list is asked from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stock) enum Side {
    /// A lot of kits: what went into it, and what came out.
    Kit,
    /// A lot: the kits that it went into, and those that it came out of.
    Part,
}

/// A page of what went into a lot of kits, or of the kits that a lot went into. Five statements.
pub(in crate::stock) async fn kit_parts(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Lot>,
    side: Side,
    page: &PageQuery,
) -> Result<Page<KitPartView>, Problem> {
    let known = lots_by_id(db, scope, &[id]).await?;
    known.get(&id).ok_or_else(Problem::not_found)?;
    // Whoever holds kits is told what is in them, and who gave it, wherever they were made.
    let (named, listed, scope) = match side {
        Side::Kit => (Column::KitLotId, Column::LotId, &Scope::Everything),
        Side::Part => (Column::LotId, Column::KitLotId, scope),
    };
    let mut select = sums(scope);
    select.and_where(Expr::col((Entity, named)).eq(id.uuid()));
    let mark = format!("{id} {side:?}");
    if let Some(cursor) = page.cursor(&mark)? {
        select.and_where(Expr::col((Entity, listed)).gt(cursor.id()));
    }
    select
        .order_by((Entity, listed), Order::Asc)
        .limit(page.limit() + 1);
    let found = db.query_all(&select).await?;
    let found = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let ids: BTreeSet<_> = found
        .iter()
        .flat_map(|sums| [sums.lot, sums.kit_lot])
        .collect();
    let ids: Vec<_> = ids.into_iter().map(Id::from_uuid).collect();
    let lots: BTreeMap<_, _> = lots_by_id(db, &Scope::Everything, &ids).await?;
    let items = items_of(db, lots.values()).await?;
    let cut = Page::cut(
        found,
        page,
        &mark,
        |sums| {
            let last = match side {
                Side::Kit => sums.lot,
                Side::Part => sums.kit_lot,
            };
            (String::new(), last)
        },
        |sums| {
            let lot = |id: Uuid| lots.get(&Id::from_uuid(id)).ok_or_else(Problem::not_found);
            let item = |lot: &lot::Model| items.get(&Id::from_uuid(lot.item_id));
            let (part, kit) = (lot(sums.lot)?, lot(sums.kit_lot)?);
            Ok(KitPartView {
                went_in: sums.went_in,
                came_back: sums.came_back,
                missing: sums.missing,
                inside: sums.inside(),
                ..KitPartView::new((kit, item(kit)), (part, item(part)))
            })
        },
    );
    cut.whole()
}
