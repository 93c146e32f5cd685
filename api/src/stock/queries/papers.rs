//! Movements and reservations as tables keep them.
//!
//! **Invariant.** Lines come in the order of the document, and only those that the reader sees:
//! goods of several owners may stand on one movement (I13).

use domain::kernel::{Id, kinds};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, IntoColumnRef, Query},
};
use uuid::Uuid;

use crate::{
    problem::Problem,
    scope::{Scope, visible},
};

use super::rows;

/// A movement and those of its lines that `scope` reaches, or not found.
pub(in crate::stock) async fn movement_rows(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Movement>,
) -> Result<(rows::movement::Model, Vec<rows::movement_line::Model>), Problem> {
    use rows::movement_line::{Column, Entity};
    let row = visible::<rows::movement::Entity>(scope)
        .filter(rows::movement::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let lines = visible::<Entity>(scope)
        .filter(Column::DepotId.eq(row.depot_id))
        .filter(Column::MovementId.eq(row.id))
        .order_by_asc(Column::Line)
        .all(db)
        .await?;
    Ok((row, lines))
}

/// The lines of reservations, by reservation.
pub(in crate::stock) async fn reservation_lines(
    db: &impl ConnectionTrait,
    of: &[rows::reservation::Model],
) -> Result<Vec<rows::reservation_line::Model>, Problem> {
    held_lines(db, of.iter().map(|row| (row.depot_id, row.id))).await
}

/// The lines of reservations that are named by their depot and their id, by reservation.
pub(in crate::stock) async fn held_lines(
    db: &impl ConnectionTrait,
    of: impl Iterator<Item = (Uuid, Uuid)>,
) -> Result<Vec<rows::reservation_line::Model>, Problem> {
    use rows::reservation_line::{Column, Entity};
    let (depots, reservations): (Vec<_>, Vec<_>) = of.unzip();
    let lines = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.is_in(depots))
        .filter(Column::ReservationId.is_in(reservations))
        .order_by_asc(Column::ReservationId)
        .order_by_asc(Column::Line)
        .all(db)
        .await?;
    Ok(lines)
}

/// Whether the reservation that these columns of a paper name holds something of a lot.
pub(in crate::stock) fn holds_lot(
    depot: impl IntoColumnRef,
    reservation: impl IntoColumnRef,
    lot: Id<kinds::Lot>,
) -> Expr {
    use rows::reservation_line::{Column, Entity};
    let of = |column| Expr::col((Entity, column));
    let holds = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(of(Column::DepotId).equals(depot))
        .and_where(of(Column::ReservationId).equals(reservation))
        .and_where(of(Column::LotId).eq(lot.uuid()))
        .to_owned();
    Expr::exists(holds)
}

/// A reservation as the table keeps it, or not found.
pub(in crate::stock) async fn reservation_row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Reservation>,
) -> Result<rows::reservation::Model, Problem> {
    visible::<rows::reservation::Entity>(scope)
        .filter(rows::reservation::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}
