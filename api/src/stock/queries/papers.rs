//! Movements and reservations as tables keep them.
//!
//! **Invariant.** Lines come in the order of the document, and only those that the reader sees:
//! goods of several owners may stand on one movement (I13).

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};

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
    use rows::reservation_line::{Column, Entity};
    let lines = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.is_in(of.iter().map(|row| row.depot_id)))
        .filter(Column::ReservationId.is_in(of.iter().map(|row| row.id)))
        .order_by_asc(Column::ReservationId)
        .order_by_asc(Column::Line)
        .all(db)
        .await?;
    Ok(lines)
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
