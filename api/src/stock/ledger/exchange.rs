//! Reservations that end and others that are taken up, as one change of the balances.
//!
//! **Invariant.** Reservations that end are locked before any balance is, in the order of their ids, and
//! all balances once, in the order of balances: whoever exchanges much waits for nobody who waits for
//! them. What is given back and what is promised of one balance are judged together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::stock::{BalanceKey, EndError, Reservation, ReservationState};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::{
    problem::Problem,
    scope::{Scope, visible},
    storage::VALUES_A_STATEMENT,
    uow::{Together, Uow},
};

use super::{
    super::{columns, queries, rows},
    Change, Terms, balances, gate, holds, owners,
};

/// A reservation that this transaction holds alone.
#[derive(Debug)]
pub(crate) struct Locked {
    row: rows::reservation::Model,
    held: Reservation,
}

impl Locked {
    /// Whether it still holds all that it was taken up for.
    pub(crate) fn holds(&self, now: DateTime<Utc>) -> bool {
        let is_over = !matches!(self.held.expire(now), Err(EndError::NotYet { .. }));
        !is_over && !matches!(self.held.state(), ReservationState::Shorted { .. })
    }

    /// How it is to end now; not at all where it has ended before.
    pub(crate) fn end(self, now: DateTime<Utc>) -> Option<Ending> {
        let Self { row, held } = self;
        let ended = held.expire(now).or_else(|_| held.release(now)).ok()?;
        Some(Ending { row, held, ended })
    }
}

/// The end of a reservation of which nothing leaves, to be written.
#[derive(Debug)]
pub(crate) struct Ending {
    row: rows::reservation::Model,
    held: Reservation,
    ended: Reservation,
}

impl Ending {
    /// What is free then.
    pub(crate) fn freed(&self) -> BTreeMap<BalanceKey, i64> {
        self.held.reserved()
    }
}

/// Locks reservations, of whichever depots.
pub(crate) async fn lock_all(
    uow: &Uow<'_>,
    ids: impl Iterator<Item = Uuid>,
) -> Result<BTreeMap<Uuid, Locked>, Problem> {
    use rows::reservation::{Column, Entity};
    let ids: BTreeSet<_> = ids.collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut locked = BTreeMap::new();
    for ids in ids.chunks(VALUES_A_STATEMENT / 2) {
        let found = visible::<Entity>(&Scope::Everything)
            .filter(Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(Column::Id)
            .lock_exclusive()
            .all(uow.db())
            .await?;
        let mut lines: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for line in queries::reservation_lines(uow.db(), &found).await? {
            lines.entry(line.reservation_id).or_default().push(line);
        }
        for row in found {
            let lines = lines.remove(&row.id).unwrap_or_default();
            let held = columns::reservation(&row, &lines)?;
            locked.insert(row.id, Locked { row, held });
        }
    }
    Ok(locked)
}

/// Takes up many reservations as [`super::reserve`] takes up one, and ends others for them, in as few
/// statements as they take together: all of it or nothing.
pub(crate) async fn exchange(
    uow: &Uow<'_>,
    ends: Vec<Ending>,
    reservations: &[(&Reservation, &Terms)],
) -> Result<(), Problem> {
    let mut changes: BTreeMap<_, Change> = BTreeMap::new();
    let (mut heads, mut lines) = (Vec::new(), Vec::new());
    for &(reservation, terms) in reservations {
        let ReservationState::Held { deadline } = *reservation.state() else {
            return Err(Problem::internal(anyhow::anyhow!(
                "a reservation that has ended is not taken up"
            )));
        };
        if terms.order.is_none() && terms.disposal.is_none() && terms.lot_change.is_none() {
            owners::consent_to_hold(uow, reservation).await?;
        }
        heads.push(holds::head(uow, reservation, terms, deadline));
        lines.extend(holds::held_lines(reservation));
        for (key, quantity) in reservation.reserved() {
            changes.entry(key).or_default().reserved += quantity;
        }
    }
    for (key, quantity) in ends.iter().flat_map(Ending::freed) {
        changes.entry(key).or_default().reserved -= quantity;
    }
    changes.retain(|_, change| change.reserved != 0);
    let mut writes = Together::default();
    writes.insert(heads);
    writes.insert(lines);
    uow.write(writes).await?;
    let depots = reservations.iter().map(|(it, _)| it.depot());
    gate::check_promises(uow, depots).await?;
    balances::apply(uow, &changes).await?;
    for Ending { row, ended, .. } in ends {
        holds::end(uow, row, &ended).await?;
    }
    Ok(())
}
