//! Reservations: taking them up and ending them.
//!
//! **Invariant.** A reservation is taken up whole or not at all, and its row is locked before it
//! ends, so that it ends exactly once (I6). What it held is free when it has ended.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Text, kinds},
    stock::{BalanceKey, End, EndError, Movement, Purpose, Reservation, ReservationState},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, IntoActiveModel, QueryFilter,
    QuerySelect, Statement, Value,
};
use uuid::Uuid;

use crate::{
    problem::{Code, Problem},
    scope::{Scope, visible},
    storage::{Engine, VALUES_A_STATEMENT},
    uow::Uow,
};

use super::{
    super::{columns, queries, rows},
    Change, Known, Papers, balances,
    exchange::exchange,
    write_one,
};

/// What a reservation says beside its holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    /// What the goods are for.
    pub(crate) purpose: Purpose,
    /// The dispatch order that it belongs to.
    pub(crate) order: Option<Id<kinds::DispatchOrder>>,
    /// The disposal that it belongs to.
    pub(crate) disposal: Option<Id<kinds::Disposal>>,
    /// The change of owner or purpose that it belongs to.
    pub(crate) lot_change: Option<Id<kinds::LotChange>>,
    pub(crate) note: Option<Text<1000>>,
}

/// Takes up a reservation, all of it or nothing.
///
/// Refuses with `insufficient-stock`, `wrong-state` of the depot, `already-exists`, and without an
/// order, a disposal or a change, which ask the owner themselves, with `forbidden` for goods of others. Whether the goods may serve the purpose is judged when they leave; pick what may.
pub(crate) async fn reserve(
    uow: &Uow<'_>,
    reservation: &Reservation,
    terms: &Terms,
) -> Result<(), Problem> {
    exchange(uow, Vec::new(), &[(reservation, terms)]).await
}

pub(super) fn head(
    uow: &Uow<'_>,
    reservation: &Reservation,
    terms: &Terms,
    deadline: DateTime<Utc>,
) -> rows::reservation::ActiveModel {
    let (incident_id, division_code, programme) = columns::of_purpose(&terms.purpose);
    rows::reservation::ActiveModel {
        depot_id: Set(reservation.depot().uuid()),
        id: Set(reservation.id().uuid()),
        state: Set("held".to_owned()),
        deadline_at: Set(deadline),
        ended_at: Set(None),
        movement_id: Set(None),
        incident_id: Set(incident_id),
        division_code: Set(division_code),
        programme: Set(programme),
        order_id: Set(terms.order.map(Id::uuid)),
        disposal_id: Set(terms.disposal.map(Id::uuid)),
        lot_change_id: Set(terms.lot_change.map(Id::uuid)),
        note: Set(terms.note.as_ref().map(|note| note.as_str().to_owned())),
        version: Set(1),
        created_at: Set(uow.now()),
        journal_id: Set(Some(uow.entry().uuid())),
        ended_in: Set(None),
    }
}

pub(super) fn held_lines(
    reservation: &Reservation,
) -> impl Iterator<Item = rows::reservation_line::ActiveModel> {
    let holds = reservation.holds().iter().enumerate();
    holds.map(|(number, hold)| rows::reservation_line::ActiveModel {
        depot_id: Set(reservation.depot().uuid()),
        reservation_id: Set(reservation.id().uuid()),
        line: Set(i64::try_from(number).unwrap_or(i64::MAX)),
        zone_id: Set(hold.zone.uuid()),
        lot_id: Set(hold.lot.uuid()),
        condition: Set(hold.condition.name().to_owned()),
        quantity: Set(hold.quantity.get()),
        posted: Set(0),
        short: Set(0),
    })
}

/// Ends a reservation by a movement that takes all or a part of what it holds; the rest is free.
///
/// Refuses with `wrong-state` for one that has ended or run out, `insufficient-stock` for more than
/// it holds, and for all that [`super::post`] refuses.
pub(crate) async fn post_reserved(
    uow: &Uow<'_>,
    id: Id<kinds::Reservation>,
    movement: &Movement,
    papers: &Papers,
) -> Result<(), Problem> {
    let (row, held) = locked(uow, id).await?;
    let posted = held
        .post(uow.now(), movement)
        .map_err(|error| match error {
            EndError::NotReserved { key } => {
                let requested = movement.deltas().get(&key).copied().unwrap_or(0);
                balances::refusal(&key, 0, -requested).with("reservation_id", id.to_string())
            }
            error => not_ended(id, error),
        })?;
    write_one(uow, movement, papers, Some(&row), Known::default()).await?;
    let mut changes = freed(&held);
    for (key, more) in movement.deltas() {
        changes.entry(key).or_default().on_hand += more;
    }
    balances::apply(uow, &changes).await?;
    end(uow, row, &posted).await
}

/// Gives a reservation up. Refuses with `wrong-state` for one that has ended or run out.
pub(crate) async fn release(uow: &Uow<'_>, id: Id<kinds::Reservation>) -> Result<(), Problem> {
    let (row, held) = locked(uow, id).await?;
    // Past its deadline it has expired, whether or not it was swept up: one answer, at any moment.
    if held.expire(uow.now()).is_ok() {
        return Err(over(id, End::Expired));
    }
    let released = held
        .release(uow.now())
        .map_err(|error| not_ended(id, error))?;
    give_back(uow, row, &held, &released).await
}

/// Ends a reservation whose deadline has come. Refuses with `wrong-state` before that, and for one
/// that has ended.
pub(crate) async fn expire(uow: &Uow<'_>, id: Id<kinds::Reservation>) -> Result<(), Problem> {
    let (row, held) = locked(uow, id).await?;
    let expired = held
        .expire(uow.now())
        .map_err(|error| not_ended(id, error))?;
    give_back(uow, row, &held, &expired).await
}

/// Whether a reservation still holds all that it was taken up for. One whose deadline has come, or
/// that is short, ends here: what of its goods is left is free to be reserved anew.
pub(crate) async fn holds(uow: &Uow<'_>, id: Id<kinds::Reservation>) -> Result<bool, Problem> {
    let (row, held) = locked(uow, id).await?;
    match held.expire(uow.now()) {
        Ok(expired) => {
            give_back(uow, row, &held, &expired).await?;
            Ok(false)
        }
        Err(EndError::NotYet { .. }) => {
            let is_short = matches!(held.state(), ReservationState::Shorted { .. });
            if is_short {
                let released = held.release(uow.now());
                let released = released.map_err(|error| not_ended(id, error))?;
                give_back(uow, row, &held, &released).await?;
            }
            Ok(!is_short)
        }
        Err(EndError::Ended { .. }) => Ok(false),
        Err(error) => Err(not_ended(id, error)),
    }
}

async fn locked(
    uow: &Uow<'_>,
    id: Id<kinds::Reservation>,
) -> Result<(rows::reservation::Model, Reservation), Problem> {
    use rows::reservation::{Column, Entity};
    let row = visible::<Entity>(&Scope::Everything)
        .filter(Column::Id.eq(id.uuid()))
        .lock_exclusive()
        .one(uow.db())
        .await?
        .ok_or_else(Problem::not_found)?;
    let lines = queries::reservation_lines(uow.db(), std::slice::from_ref(&row)).await?;
    let reservation = columns::reservation(&row, &lines)?;
    Ok((row, reservation))
}

/// Ends a reservation of which nothing leaves: what it held is free again.
pub(super) async fn give_back(
    uow: &Uow<'_>,
    row: rows::reservation::Model,
    held: &Reservation,
    ended: &Reservation,
) -> Result<(), Problem> {
    balances::apply(uow, &freed(held)).await?;
    end(uow, row, ended).await
}

// What was taken of each line, all lines by one statement.
async fn note_taken(uow: &Uow<'_>, depot: Uuid, id: Uuid, taken: &[i64]) -> Result<(), Problem> {
    let taken: Vec<_> = (0_i64..)
        .zip(taken)
        .filter(|(_, taken)| **taken > 0)
        .collect();
    for taken in taken.chunks(VALUES_A_STATEMENT / 3) {
        let engine = uow.engine();
        let lines = balances::places(engine, taken.len(), 2);
        let last = taken.len() * 2;
        let own = [1, 2].map(|place| match engine {
            Engine::Sqlite => "?".to_owned(),
            Engine::Postgres => format!("${}", last + place),
        });
        let sql = format!(
            "WITH c (line, taken) AS (VALUES {lines}) \
             UPDATE reservation_line SET posted = c.taken FROM c \
             WHERE reservation_line.depot_id = {} AND reservation_line.reservation_id = {} \
             AND reservation_line.line = c.line",
            own[0], own[1]
        );
        let values = taken
            .iter()
            .flat_map(|(line, taken)| [Value::from(*line), Value::from(**taken)])
            .chain([depot.into(), id.into()]);
        let statement = Statement::from_sql_and_values(balances::backend(uow), sql, values);
        uow.db().execute_raw(statement).await?;
    }
    Ok(())
}

fn freed(held: &Reservation) -> BTreeMap<BalanceKey, Change> {
    held.reserved()
        .into_iter()
        .map(|(key, quantity)| {
            let change = Change {
                on_hand: 0,
                reserved: -quantity,
            };
            (key, change)
        })
        .collect()
}

pub(super) async fn end(
    uow: &Uow<'_>,
    row: rows::reservation::Model,
    ended: &Reservation,
) -> Result<(), Problem> {
    let (depot, id, version) = (row.depot_id, row.id, row.version);
    let (name, movement) = match ended.state() {
        ReservationState::Held { .. } | ReservationState::Shorted { .. } => return Ok(()),
        ReservationState::Posted {
            movement, taken, ..
        } => {
            note_taken(uow, depot, id, taken).await?;
            (End::Posted, Some(movement.uuid()))
        }
        ReservationState::Released { .. } => (End::Released, None),
        ReservationState::Expired { .. } => (End::Expired, None),
    };
    let mut change = row.into_active_model();
    change.state = Set(name.name().to_owned());
    change.ended_at = Set(Some(uow.now()));
    change.movement_id = Set(movement);
    change.ended_in = Set(Some(uow.entry().uuid()));
    change.version = Set(version + 1);
    let ended = change.update(uow.db()).await?;
    uow.note_ended(ended)
}

fn over(id: Id<kinds::Reservation>, end: End) -> Problem {
    Problem::new(Code::WrongState)
        .with("state", end.name())
        .with("reservation_id", id.to_string())
        .detail(
            "该预占已经结束",
            format!("the reservation was {end} already"),
        )
}

fn not_ended(id: Id<kinds::Reservation>, error: EndError) -> Problem {
    match error {
        EndError::Ended { end } => over(id, end),
        EndError::DeadlinePassed { .. } => over(id, End::Expired),
        EndError::NotYet { deadline } => Problem::new(Code::WrongState)
            .with("state", "held")
            .with("reservation_id", id.to_string())
            .with("deadline_at", deadline.to_rfc3339()),
        EndError::MoreThanReserved {
            key,
            reserved,
            requested,
        } => balances::refusal(&key, reserved, requested).with("reservation_id", id.to_string()),
        EndError::NotOutward { .. } | EndError::NotReserved { .. } => Problem::internal(error),
    }
}
