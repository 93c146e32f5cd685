//! Goods are held back, and the hold ends.
//!
//! **Invariant.** What belongs to a dispatch order, a disposal or a change of owner or purpose ends
//! with it, not here.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{Availability, Hold, Purpose, Reservation},
};

use crate::{
    clock::day_at_depots,
    depots,
    problem::{Code, Problem},
    scope::Scope,
    stock::{
        columns,
        ledger::{self, Terms},
    },
    uow::{Command, Permission, Uow},
};

use super::{
    Draw, Paper, by_caller,
    drawing::{Asked, merged},
    issue::to_recipient,
    places, queries, rows,
    wire::ReservationView,
};

/// The longest that goods may be held back.
const HELD_MAX: TimeDelta = TimeDelta::days(90);

/// Holds goods back for somebody.
#[derive(Debug, Clone)]
pub(crate) struct Reserve {
    pub(crate) id: Option<Id<kinds::Reservation>>,
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) deadline: DateTime<Utc>,
    pub(crate) purpose: Purpose,
    pub(crate) note: Option<Text<1000>>,
    pub(crate) lines: Vec<Draw>,
}

impl Command for Reserve {
    type Output = ReservationView;
    const NAME: &'static str = "stock.reserve";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ReserveStock]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ReservationView, Problem> {
        let depot = places::depot(uow, self.depot, Capability::ReserveStock).await?;
        places::purpose(uow, &self.purpose).await?;
        self.check_deadline(uow)?;
        let id = self.id(uow).await?;
        let asked = Asked {
            depot: depot.id,
            owner: None,
            draws: &self.lines,
            purpose: &self.purpose,
            day: day_at_depots(uow.now()),
        };
        let holds = merged(asked.resolve(uow).await?)?;
        self.check_fitness(uow, &holds).await?;
        let reservation = Reservation::hold(id, depot.id, holds, uow.now(), self.deadline)
            .map_err(Problem::internal)?;
        let terms = Terms {
            purpose: self.purpose.clone(),
            order: None,
            disposal: None,
            lot_change: None,
            note: self.note.clone(),
        };
        ledger::reserve(uow, &reservation, &terms).await?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        queries::reservation(uow.db(), &Scope::Everything, id, uow.now()).await
    }
}

impl Reserve {
    async fn id(&self, uow: &Uow<'_>) -> Result<Id<kinds::Reservation>, Problem> {
        let Some(id) = self.id else {
            return Ok(uow.id());
        };
        // The key of the table holds the depot too, so another depot's hold would not collide.
        let found = queries::reservation_row(uow.db(), &Scope::Everything, id).await;
        Problem::unless_new(found, "reservation.id").map(|()| id)
    }

    fn check_deadline(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let refuse = |zh: &'static str, en: &'static str| {
            Err(Problem::field("/deadline_at", "out-of-range", zh, en))
        };
        if self.deadline <= uow.now() {
            return refuse("截止时间须在将来", "must be in the future");
        }
        if self.deadline > uow.now() + HELD_MAX {
            return refuse("预占最长 90 天", "is more than 90 days ahead");
        }
        Ok(())
    }

    // A promise of goods that may not leave would be a false one.
    async fn check_fitness(&self, uow: &Uow<'_>, holds: &[Hold]) -> Result<(), Problem> {
        let lots: Vec<_> = holds.iter().map(|hold| hold.lot).collect();
        let lots = queries::lots_by_id(uow.db(), &Scope::Everything, &lots).await?;
        let day = day_at_depots(uow.now());
        let mut withheld = Vec::new();
        for hold in holds {
            let lot = lots.get(&hold.lot).ok_or_else(Problem::not_found)?;
            let fitness = columns::fitness(lot, hold.condition)?;
            if let Availability::Withheld(reason) = fitness.availability(day, &self.purpose) {
                withheld.push(serde_json::json!({
                    "lot_id": hold.lot.to_string(),
                    "zone_id": hold.zone.to_string(),
                    "condition": hold.condition.name(),
                    "quantity": hold.quantity.get(),
                    "reason": ledger::reason(reason),
                }));
            }
        }
        if withheld.is_empty() {
            Ok(())
        } else {
            Err(Problem::new(Code::GoodsWithheld).with("withheld", withheld))
        }
    }
}

/// A reservation that the caller sees, at a depot over which they hold `capability`.
async fn held_by(
    uow: &mut Uow<'_>,
    id: Id<kinds::Reservation>,
    capability: Capability,
) -> Result<rows::reservation::Model, Problem> {
    let row = queries::reservation_row(uow.db(), &uow.scope(), id).await?;
    let depot = Id::from_uuid(row.depot_id);
    let depot = depots::depot(uow.db(), &Scope::Everything, depot).await?;
    uow.require(capability, depot.organisation_id.uuid())
        .await?;
    uow.subject(id, Some(depot.organisation_id.uuid()));
    Ok(row)
}

fn free_of_papers(row: &rows::reservation::Model) -> Result<(), Problem> {
    if let Some(disposal) = row.disposal_id {
        let disposal: Id<kinds::Disposal> = Id::from_uuid(disposal);
        return Err(Problem::new(Code::WrongState)
            .with("state", "disposal")
            .with("disposal_id", disposal.to_string())
            .detail(
                "该预占属于一张处置单，请在处置单上办理",
                "the reservation belongs to a disposal: act on the disposal",
            ));
    }
    if let Some(change) = row.lot_change_id {
        let change: Id<kinds::LotChange> = Id::from_uuid(change);
        return Err(Problem::new(Code::WrongState)
            .with("state", "lot_change")
            .with("lot_change_id", change.to_string())
            .detail(
                "该预占属于一张变更单，请在变更单上办理",
                "the reservation belongs to a change of owner or purpose: act on the change",
            ));
    }
    let Some(order) = row.order_id else {
        return Ok(());
    };
    let order: Id<kinds::DispatchOrder> = Id::from_uuid(order);
    Err(Problem::new(Code::WrongState)
        .with("state", "ordered")
        .with("order_id", order.to_string())
        .detail(
            "该预占属于一张调拨单，请在调拨单上办理",
            "the reservation belongs to a dispatch order: act on the order",
        ))
}

/// Gives a reservation up.
#[derive(Debug, Clone)]
pub(crate) struct ReleaseReservation {
    pub(crate) id: Id<kinds::Reservation>,
}

impl Command for ReleaseReservation {
    type Output = ReservationView;
    const NAME: &'static str = "stock.release_reservation";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ReserveStock]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ReservationView, Problem> {
        let row = held_by(uow, self.id, Capability::ReserveStock).await?;
        free_of_papers(&row)?;
        ledger::release(uow, self.id).await?;
        queries::reservation(uow.db(), &Scope::Everything, self.id, uow.now()).await
    }
}

/// Ends a reservation whose deadline has come. Run by the server's jobs.
#[derive(Debug, Clone)]
pub(crate) struct ExpireReservation {
    pub(crate) id: Id<kinds::Reservation>,
}

impl Command for ExpireReservation {
    type Output = ReservationView;
    const NAME: &'static str = "stock.expire_reservation";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ReserveStock]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ReservationView, Problem> {
        uow.require_operator()?;
        held_by(uow, self.id, Capability::ReserveStock).await?;
        ledger::expire(uow, self.id).await?;
        queries::reservation(uow.db(), &Scope::Everything, self.id, uow.now()).await
    }
}

/// Issues what a reservation holds, or a part of it; the rest is free again.
#[derive(Debug, Clone)]
pub(crate) struct PostReservation {
    pub(crate) reservation: Id<kinds::Reservation>,
    pub(crate) paper: Paper,
    /// Why goods leave that otherwise may not.
    pub(crate) overriding: Option<Text<500>>,
    /// All that is held, if absent. No line picks by item.
    pub(crate) lines: Option<Vec<Draw>>,
}

impl Command for PostReservation {
    type Output = ReservationView;
    const NAME: &'static str = "stock.post_reservation";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ReservationView, Problem> {
        let row = held_by(uow, self.reservation, Capability::PostStock).await?;
        free_of_papers(&row)?;
        let depot = Id::from_uuid(row.depot_id);
        let id = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        let purpose = columns::purpose(
            row.incident_id,
            row.division_code.as_deref(),
            row.programme.as_deref(),
        )?;
        let holds = match &self.lines {
            Some(draws) => {
                let asked = Asked {
                    depot,
                    owner: None,
                    draws,
                    purpose: &purpose,
                    day: ledger::judged_on(uow, Some(occurred_at)),
                };
                asked.resolve(uow).await?
            }
            None => {
                let lines =
                    queries::reservation_lines(uow.db(), std::slice::from_ref(&row)).await?;
                let left = columns::reservation(&row, &lines)?.left();
                if left.is_empty() {
                    return Err(Problem::new(Code::WrongState)
                        .with("state", &*row.state)
                        .with("reservation_id", self.reservation.to_string())
                        .detail(
                            "该预占的物资已按迟报事实全部出库",
                            "all of its goods had left already, as late facts told",
                        ));
                }
                left
            }
        };
        let movement = to_recipient(id, depot, &holds).map_err(Problem::internal)?;
        let mut papers = self.paper.papers(occurred_at);
        papers.purpose = Some(purpose);
        papers.overriding = by_caller(self.overriding.as_ref());
        ledger::post_reserved(uow, self.reservation, &movement, &papers).await?;
        queries::reservation(uow.db(), &Scope::Everything, self.reservation, uow.now()).await
    }
}
