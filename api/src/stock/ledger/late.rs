//! Issues that have happened already: the book gives way.
//!
//! **Invariant.** What may not leave is refused as ever; what left and the book did not have is found
//! first, and what it had promised is taken out of the promises, all in one transaction. Whatever
//! the book gave way by is on record, until somebody reviews it and after. Reservations are locked
//! before balances, as everywhere.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    kernel::{Id, Text, kinds},
    stock::{
        BalanceKey, Concession, ConcessionError, Kind, LINES_MAX, Movement, Reservation, Shortage,
        concede,
    },
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    problem::{Code, Problem},
    scope::{Scope, visible},
    uow::Uow,
};

use super::{
    super::{
        columns, queries,
        rows::{
            late_facts::{late_fact, reservation_shortage},
            reservation, reservation_line,
        },
    },
    Change, Known, Papers, Posted, balances, holds, write_one,
};

type Held = (reservation::Model, Reservation);

/// Posts an issue that has happened already, whatever the book says.
///
/// Refuses as [`super::post`] does for goods that may not leave, never for goods that are not there.
pub(in crate::stock) async fn post_late(
    uow: &Uow<'_>,
    movement: &Movement,
    papers: &Papers,
    known: Known,
) -> Result<Posted, Problem> {
    let taken: BTreeMap<_, _> = movement
        .deltas()
        .into_iter()
        .map(|(key, more)| (key, -more))
        .collect();
    let keys: BTreeSet<_> = taken.keys().copied().collect();
    let promises = promises(uow, &keys).await?;
    let posted = write_one(uow, movement, papers, None, known).await?;
    let book = balances::held(uow, &keys).await?;
    let held: Vec<_> = promises.iter().map(|(_, held)| held.clone()).collect();
    let concession = concede(&taken, &book, &held).map_err(between)?;
    let found = found(uow, movement, &concession).await?;
    let mut changes = BTreeMap::new();
    for (key, taken) in taken {
        let change: &mut Change = changes.entry(key).or_default();
        change.on_hand -= taken;
    }
    for short in &concession.shortages {
        changes.entry(short.key).or_default().reserved -= short.quantity.get();
    }
    balances::apply(uow, &changes).await?;
    if !concession.is_nothing() {
        note(uow, movement, found).await?;
        shorten(uow, movement, promises, &concession).await?;
    }
    Ok(posted)
}

// Somebody was promised goods after we looked who else was: looking again tells.
fn between(error: ConcessionError) -> Problem {
    match error {
        ConcessionError::PromiseNotNamed { .. } => Problem {
            transient: true,
            cause: Some(error.into()),
            ..Problem::new(Code::Busy)
        },
        ConcessionError::Reservation(error) => Problem::internal(error),
    }
}

// Locks every reservation that holds any of these goods. Those whose deadline has come end here and
// are not among them.
async fn promises(uow: &Uow<'_>, keys: &BTreeSet<BalanceKey>) -> Result<Vec<Held>, Problem> {
    use reservation::{Column, Entity};
    let (depots, lots): (BTreeSet<_>, BTreeSet<_>) = keys
        .iter()
        .map(|key| (key.account.depot().uuid(), key.lot.uuid()))
        .unzip();
    let of_line = |column| Expr::col((reservation_line::Entity, column));
    let holds_any = Query::select()
        .expr(Expr::val(1))
        .from(reservation_line::Entity)
        .and_where(of_line(reservation_line::Column::DepotId).equals((Entity, Column::DepotId)))
        .and_where(of_line(reservation_line::Column::ReservationId).equals((Entity, Column::Id)))
        .and_where(of_line(reservation_line::Column::LotId).is_in(lots))
        .to_owned();
    let rows = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.is_in(depots))
        .filter(Column::State.is_in(columns::HOLDING))
        .filter(Expr::exists(holds_any))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(uow.db())
        .await?;
    let mut lines: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in queries::reservation_lines(uow.db(), &rows).await? {
        lines.entry(line.reservation_id).or_default().push(line);
    }
    let mut promises = Vec::new();
    for row in rows {
        let lines = lines.remove(&row.id).unwrap_or_default();
        let held = columns::reservation(&row, &lines)?;
        match held.expire(uow.now()) {
            Ok(expired) => holds::give_back(uow, row, &held, &expired).await?,
            Err(_) => promises.push((row, held)),
        }
    }
    promises.sort_by_key(|(row, _)| (row.created_at, row.id));
    Ok(promises)
}

// What the book missed, as a count difference of its own.
async fn found(
    uow: &Uow<'_>,
    movement: &Movement,
    concession: &Concession,
) -> Result<Option<Id<kinds::Movement>>, Problem> {
    if concession.found.is_empty() {
        return Ok(None);
    }
    if concession.found.len() > LINES_MAX {
        return Err(Problem::field(
            "/lines",
            "length",
            format!("账外部分超过 {LINES_MAX} 行，请分单"),
            format!("what the book misses fills more than {LINES_MAX} lines: split the paper"),
        ));
    }
    let id = uow.id();
    let depot = movement.depot();
    let difference = Movement::new(id, depot, Kind::CountDifference, concession.found.clone())
        .map_err(Problem::internal)?;
    let papers = Papers {
        note: Text::new(&format!("迟报出库 {} 的账外部分，待核", movement.id())).ok(),
        ..Papers::default()
    };
    super::post(uow, &difference, &papers).await?;
    Ok(Some(id))
}

async fn note(
    uow: &Uow<'_>,
    movement: &Movement,
    found: Option<Id<kinds::Movement>>,
) -> Result<(), Problem> {
    late_fact::ActiveModel {
        depot_id: Set(movement.depot().uuid()),
        movement_id: Set(movement.id().uuid()),
        found_id: Set(found.map(Id::uuid)),
        reported_by: Set(uow.caller().principal()),
        reported_at: Set(uow.now()),
        reviewed_at: Set(None),
        reviewed_by: Set(None),
        review_note: Set(None),
        version: Set(1),
    }
    .insert(uow.db())
    .await?;
    Ok(())
}

// Marks the promises that lost goods, and by what.
async fn shorten(
    uow: &Uow<'_>,
    movement: &Movement,
    promises: Vec<Held>,
    concession: &Concession,
) -> Result<(), Problem> {
    use reservation_line::{Column, Entity};
    let mut rows: BTreeMap<_, _> = promises
        .into_iter()
        .map(|(row, held)| (held.id(), row))
        .collect();
    let mut lost = Vec::new();
    for held in &concession.shorted {
        let row = rows.remove(&held.id()).ok_or_else(Problem::not_found)?;
        let of_it = |short: &&Shortage| short.reservation == held.id();
        for short in concession.shortages.iter().filter(of_it) {
            let of_key = |hold: &domain::stock::Hold| hold.key(held.depot()) == short.key;
            let place = held.holds().iter().position(of_key);
            let line = place.and_then(|place| i64::try_from(place).ok());
            let line = line.ok_or_else(Problem::not_found)?;
            Entity::update_many()
                .col_expr(
                    Column::Short,
                    Expr::col(Column::Short).add(short.quantity.get()),
                )
                .filter(Column::DepotId.eq(row.depot_id))
                .filter(Column::ReservationId.eq(row.id))
                .filter(Column::Line.eq(line))
                .exec(uow.db())
                .await?;
            lost.push(reservation_shortage::ActiveModel {
                depot_id: Set(row.depot_id),
                movement_id: Set(movement.id().uuid()),
                reservation_id: Set(row.id),
                line: Set(line),
                quantity: Set(short.quantity.get()),
                short_at: Set(uow.now()),
            });
        }
        let version = row.version;
        let mut change = row.into_active_model();
        change.state = Set("shorted".to_owned());
        change.version = Set(version + 1);
        change.update(uow.db()).await?;
    }
    uow.insert_all(lost).await
}
