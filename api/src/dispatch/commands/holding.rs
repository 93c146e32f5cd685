//! What an order holds back for itself.
//!
//! **Invariant.** An order's row names a reservation exactly as long as something of the order is
//! still to leave. What a reservation held when its time ran out is taken up anew before the order
//! goes on, or the order does not go on: nobody ships what was promised to another meanwhile.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    kernel::{Id, Quantity, kinds},
    stock::{Account, Condition, Hold, Purpose, Reservation},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    dispatch::{queries, rows::order, wire::OrderLineView},
    incidents,
    problem::Problem,
    scope::Scope,
    stock::{
        available::Freed,
        ledger::{self, Terms},
    },
    uow::Uow,
};

/// Goods stay reserved for an order this long unless it says otherwise.
pub(super) const HELD: TimeDelta = TimeDelta::days(7);

/// What reservations of standing orders end and are taken up, all of it together with those of new
/// orders: balances are locked once, in their order.
#[derive(Debug, Default)]
pub(super) struct Trade {
    pub(super) ends: Vec<ledger::Ending>,
    pub(super) wanted: Vec<(Reservation, Terms)>,
}

impl Trade {
    /// What it leaves free on shelves, beside what is free already; below nothing where it takes more.
    pub(super) fn freed(&self) -> Freed {
        let ends = self.ends.iter().flat_map(ledger::Ending::freed);
        let wanted = self.wanted.iter().flat_map(|(hold, _)| hold.reserved());
        let mut freed = Freed::new();
        for (key, units) in ends.chain(wanted.map(|(key, units)| (key, -units))) {
            if let (Account::Zone { depot, zone }, Condition::Usable) = (key.account, key.condition)
            {
                *freed.entry((depot, zone, key.lot)).or_default() += units;
            }
        }
        freed
    }
}

/// Adds up holds of the same goods: a reservation names a balance once.
pub(super) fn merge_holds(holds: impl IntoIterator<Item = Hold>) -> Result<Vec<Hold>, Problem> {
    let mut merged: Vec<Hold> = Vec::new();
    for hold in holds {
        let same = merged.iter_mut().find(|known| {
            (known.zone, known.lot, known.condition) == (hold.zone, hold.lot, hold.condition)
        });
        match same {
            Some(known) => {
                let sum = known.quantity.get().saturating_add(hold.quantity.get());
                known.quantity = Quantity::new(sum).map_err(|error| {
                    Problem::field("/lines", "out-of-range", "数量过大", error.to_string())
                })?;
            }
            None => merged.push(hold),
        }
    }
    Ok(merged)
}

/// A reservation of goods for an order, to be taken up.
pub(super) fn wanted(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
    depot: Id<kinds::Depot>,
    holds: Vec<Hold>,
    purpose: Purpose,
    until: DateTime<Utc>,
) -> Result<(Reservation, Terms), Problem> {
    let reservation = Reservation::hold(uow.id(), depot, holds, uow.now(), until)
        .map_err(|error| Problem::field("/lines", "invalid", "无法预占", error.to_string()))?;
    let terms = Terms {
        purpose,
        order: Some(order),
        ..Terms::default()
    };
    Ok((reservation, terms))
}

/// What of the lines is still to leave, as holds.
pub(super) fn still_to_leave(lines: &[OrderLineView]) -> Result<Vec<Hold>, Problem> {
    let holds = lines.iter().filter_map(|line| {
        let quantity = Quantity::new(line.to_leave()).ok()?;
        Some(line.condition().map(|condition| Hold {
            zone: line.zone_id,
            lot: line.lot_id,
            condition,
            quantity,
        }))
    });
    merge_holds(holds.collect::<Result<Vec<_>, _>>()?)
}

/// Makes sure that what is still to leave is reserved: a reservation that ran out, or lost goods to a
/// late fact, is taken up anew.
///
/// Refuses with `insufficient-stock` where the goods went to somebody else meanwhile.
pub(super) async fn hold_on(uow: &Uow<'_>, row: order::Model) -> Result<order::Model, Problem> {
    let lines = queries::order_lines(uow.db(), Id::from_uuid(row.id)).await?;
    hold_these(uow, row, still_to_leave(&lines)?).await
}

/// As [`hold_on`], where only `wanted` will leave.
pub(super) async fn hold_these(
    uow: &Uow<'_>,
    row: order::Model,
    wanted: Vec<Hold>,
) -> Result<order::Model, Problem> {
    let reservation = row.reservation_id.map(Id::from_uuid);
    if let Some(reservation) = reservation
        && ledger::holds(uow, reservation).await?
    {
        return Ok(row);
    }
    hold(uow, row, wanted).await
}

/// Reserves `rest` for an order and notes it; of nothing there is no reservation.
pub(super) async fn hold(
    uow: &Uow<'_>,
    row: order::Model,
    rest: Vec<Hold>,
) -> Result<order::Model, Problem> {
    let fresh = of_rest(uow, &row, rest).await?;
    if let Some((reservation, terms)) = &fresh {
        ledger::reserve(uow, reservation, terms).await?;
    }
    name(uow, row, fresh.map(|(reservation, _)| reservation.id())).await
}

/// The reservation that an order is to have for `rest`; of nothing there is none.
pub(super) async fn of_rest(
    uow: &Uow<'_>,
    row: &order::Model,
    rest: Vec<Hold>,
) -> Result<Option<(Reservation, Terms)>, Problem> {
    if rest.is_empty() {
        return Ok(None);
    }
    let (order, depot) = (Id::from_uuid(row.id), Id::from_uuid(row.depot_id));
    let purpose = purpose(uow, row).await?.unwrap_or_default();
    wanted(uow, order, depot, rest, purpose, uow.now() + HELD).map(Some)
}

/// Notes which reservation an order has from now on.
pub(super) async fn name(
    uow: &Uow<'_>,
    row: order::Model,
    reservation: Option<Id<kinds::Reservation>>,
) -> Result<order::Model, Problem> {
    let version = row.version + 1;
    let mut change = row.into_active_model();
    change.reservation_id = Set(reservation.map(Id::uuid));
    change.version = Set(version);
    Ok(change.update(uow.db()).await?)
}

// A reservation that ran out by itself ends here and holds nothing.
async fn free(uow: &Uow<'_>, row: &order::Model) -> Result<(), Problem> {
    if let Some(reservation) = row.reservation_id.map(Id::from_uuid)
        && ledger::holds(uow, reservation).await?
    {
        ledger::release(uow, reservation).await?;
    }
    Ok(())
}

/// Gives up what an order still holds.
pub(super) async fn let_go(uow: &Uow<'_>, row: order::Model) -> Result<(), Problem> {
    free(uow, &row).await?;
    forget(uow, row).await
}

/// Notes that an order has no reservation any more.
pub(super) async fn forget(uow: &Uow<'_>, row: order::Model) -> Result<(), Problem> {
    if row.reservation_id.is_some() {
        let mut change = row.into_active_model();
        change.reservation_id = Set(None);
        change.update(uow.db()).await?;
    }
    Ok(())
}

/// What the goods of an order are for; `None` between depots, where they stay stock. Goods bound to
/// a division may serve a site in it.
pub(super) async fn purpose(uow: &Uow<'_>, row: &order::Model) -> Result<Option<Purpose>, Problem> {
    let Some(incident) = row.incident_id else {
        return Ok(None);
    };
    let division = match row.site_id {
        Some(site) => incidents::sites(uow.db(), &Scope::Everything, &[Id::from_uuid(site)])
            .await?
            .first()
            .and_then(|site| site.division),
        None => None,
    };
    Ok(Some(Purpose {
        incident: Some(Id::from_uuid(incident)),
        division,
        programme: None,
    }))
}
