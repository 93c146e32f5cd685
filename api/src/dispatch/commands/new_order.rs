//! An order that is made: its row, its lines and its reservation.
//!
//! **Invariant.** An order, its lines, its reservation and its first event are written together, by
//! somebody who may reserve goods of the depot's keeper, within what the goods' owner leaves to one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    dispatch::order::{Parties, StateName},
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
    stock::{Condition, Hold, Purpose, Reservation},
};
use sea_orm::ActiveValue::Set;

use super::{
    fair_share::refuse_excess,
    holding::{self, Trade, merge_holds},
    numbers::{self, Series},
    order_paper::event,
};
use crate::{
    dispatch::rows::{order, order_line},
    problem::Problem,
    stock::ledger::{self, Terms},
    uow::{Together, Uow},
};

/// An order that is about to be made, with the goods that it reserves.
pub(super) struct NewOrder {
    pub(super) id: Id<kinds::DispatchOrder>,
    pub(super) depot: Id<kinds::Depot>,
    /// As its papers are numbered.
    pub(super) depot_code: String,
    pub(super) parties: Parties,
    pub(super) incident: Option<Id<kinds::Incident>>,
    pub(super) plan: Option<Id<kinds::Plan>>,
    pub(super) site: Option<Id<kinds::Site>>,
    pub(super) to_depot: Option<Id<kinds::Depot>>,
    pub(super) lines: Vec<NewLine>,
    pub(super) purpose: Purpose,
    pub(super) held_until: DateTime<Utc>,
    pub(super) contact_from: Option<Text<200>>,
    pub(super) contact_to: Option<Text<200>>,
    pub(super) note: Option<Text<1000>>,
}

/// Goods of an order.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewLine {
    pub(super) need: Option<Id<kinds::Need>>,
    pub(super) item: Id<kinds::Item>,
    pub(super) lot: Id<kinds::Lot>,
    pub(super) zone: Id<kinds::Zone>,
    pub(super) condition: Condition,
    pub(super) quantity: Quantity,
}

impl NewOrder {
    /// Writes the draft and reserves its goods.
    pub(super) async fn insert(self, uow: &Uow<'_>) -> Result<(), Problem> {
        insert_all(uow, &[self], Trade::default()).await
    }

    // The reservation that it makes.
    fn hold(&self, uow: &Uow<'_>) -> Result<(Reservation, Terms), Problem> {
        let holds = merge_holds(self.lines.iter().map(|line| Hold {
            zone: line.zone,
            lot: line.lot,
            condition: line.condition,
            quantity: line.quantity,
        }))?;
        let (purpose, until) = (self.purpose.clone(), self.held_until);
        holding::wanted(uow, self.id, self.depot, holds, purpose, until)
    }

    fn row(
        &self,
        uow: &Uow<'_>,
        number: String,
        reservation: Id<kinds::Reservation>,
    ) -> order::ActiveModel {
        let text = |text: Option<&str>| text.map(str::to_owned);
        order::ActiveModel {
            id: Set(self.id.uuid()),
            number: Set(number),
            depot_id: Set(self.depot.uuid()),
            custodian_id: Set(self.parties.keeper.uuid()),
            owner_id: Set(self.parties.owner.uuid()),
            requester_id: Set(self.parties.requester.uuid()),
            incident_id: Set(self.incident.map(Id::uuid)),
            plan_id: Set(self.plan.map(Id::uuid)),
            site_id: Set(self.site.map(Id::uuid)),
            to_depot_id: Set(self.to_depot.map(Id::uuid)),
            receiver_id: Set(self.parties.receiver.uuid()),
            state: Set(StateName::Draft.name().to_owned()),
            state_at: Set(uow.now()),
            state_by_id: Set(self.parties.requester.uuid()),
            reason: Set(None),
            approved_at: Set(None),
            approved_by_id: Set(None),
            approved_alone_because: Set(None),
            oral_given_by: Set(None),
            paper_due_at: Set(None),
            papered_at: Set(None),
            reservation_id: Set(Some(reservation.uuid())),
            contact_from: Set(text(self.contact_from.as_ref().map(Text::as_str))),
            contact_to: Set(text(self.contact_to.as_ref().map(Text::as_str))),
            note: Set(text(self.note.as_ref().map(Text::as_str))),
            version: Set(1),
            created_at: Set(uow.now()),
        }
    }

    fn line_rows(&self) -> impl Iterator<Item = order_line::ActiveModel> {
        let lines = self.lines.iter().zip(0_i64..);
        lines.map(|(line, number)| order_line::ActiveModel {
            order_id: Set(self.id.uuid()),
            line: Set(number),
            need_id: Set(line.need.map(Id::uuid)),
            item_id: Set(line.item.uuid()),
            lot_id: Set(line.lot.uuid()),
            zone_id: Set(line.zone.uuid()),
            condition: Set(line.condition.name().to_owned()),
            quantity: Set(line.quantity.get()),
            sent: Set(0),
            received: Set(0),
            lost: Set(0),
            given_up: Set(0),
            returned: Set(0),
            recalled: Set(0),
        })
    }
}

/// The first step of an order's life.
pub(in crate::dispatch) const DRAFT: &str = "draft";

/// Writes drafts and reserves their goods, all of them or nothing, in as few statements as they take
/// together and one for the numbers of each depot; `trade` is what other orders hold otherwise for it.
pub(super) async fn insert_all(
    uow: &Uow<'_>,
    orders: &[NewOrder],
    trade: Trade,
) -> Result<(), Problem> {
    // To see goods is not to be allowed to promise them.
    let keepers: BTreeSet<_> = orders.iter().map(|it| it.parties.keeper.uuid()).collect();
    for keeper in keepers {
        uow.require(Capability::ReserveStock, keeper).await?;
    }
    refuse_excess(uow, orders).await?;
    let holds = orders.iter().map(|order| order.hold(uow));
    let holds: Vec<_> = holds.collect::<Result<_, _>>()?;
    let Trade { ends, wanted } = trade;
    let wanted = wanted.iter().chain(&holds);
    let wanted: Vec<_> = wanted.map(|(hold, terms)| (hold, terms)).collect();
    ledger::exchange(uow, ends, &wanted).await?;
    let mut numbers = numbers(uow, orders).await?;
    let (mut heads, mut lines, mut events) = (Vec::new(), Vec::new(), Vec::new());
    for (order, (hold, _)) in orders.iter().zip(&holds) {
        let number = numbers.get_mut(&order.depot).and_then(Iterator::next);
        let number =
            number.ok_or_else(|| Problem::internal(anyhow::anyhow!("an order has no number")))?;
        heads.push(order.row(uow, number, hold.id()));
        lines.extend(order.line_rows());
        let by = order.parties.requester;
        events.push(event(uow, order.id, 0, DRAFT, StateName::Draft, by, None));
    }
    let mut writes = Together::default();
    writes.insert(heads);
    writes.insert(lines);
    writes.insert(events);
    uow.write(writes).await
}

// The numbers of the orders of each depot, in the order in which the orders stand.
async fn numbers(
    uow: &Uow<'_>,
    orders: &[NewOrder],
) -> Result<BTreeMap<Id<kinds::Depot>, impl Iterator<Item = String>>, Problem> {
    let mut many: BTreeMap<_, (&str, i64)> = BTreeMap::new();
    for order in orders {
        let of_depot = many.entry(order.depot).or_insert((&order.depot_code, 0));
        of_depot.1 += 1;
    }
    let mut numbers = BTreeMap::new();
    for (depot, (code, many)) in many {
        let block = numbers::block(uow, Series::Order, depot, code, many).await?;
        numbers.insert(depot, block);
    }
    Ok(numbers)
}
