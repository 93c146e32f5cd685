//! An order that is made: its row, its lines and its reservation.
//!
//! **Invariant.** An order, its lines, its reservation and its first event are written together, by
//! somebody who may reserve goods of the depot's keeper.

use chrono::{DateTime, Utc};
use domain::{
    dispatch::order::{Parties, StateName},
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
    stock::{Condition, Hold, Purpose},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};

use super::{
    holding::{self, merge_holds},
    numbers::{self, Series},
    order_paper::note_event,
};
use crate::{
    dispatch::rows::{order, order_line},
    problem::Problem,
    uow::Uow,
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
        // To see goods is not to be allowed to promise them.
        uow.require(Capability::ReserveStock, self.parties.keeper.uuid())
            .await?;
        let holds = merge_holds(self.lines.iter().map(|line| Hold {
            zone: line.zone,
            lot: line.lot,
            condition: line.condition,
            quantity: line.quantity,
        }))?;
        let reservation = holding::reserve(
            uow,
            self.id,
            self.depot,
            holds,
            self.purpose.clone(),
            self.held_until,
        )
        .await?;
        let text = |text: Option<&str>| text.map(str::to_owned);
        let requester = self.parties.requester;
        order::ActiveModel {
            id: Set(self.id.uuid()),
            number: Set(
                numbers::next(uow, Series::Order, self.depot, self.depot_code.as_str()).await?,
            ),
            depot_id: Set(self.depot.uuid()),
            custodian_id: Set(self.parties.keeper.uuid()),
            owner_id: Set(self.parties.owner.uuid()),
            requester_id: Set(requester.uuid()),
            incident_id: Set(self.incident.map(Id::uuid)),
            plan_id: Set(self.plan.map(Id::uuid)),
            site_id: Set(self.site.map(Id::uuid)),
            to_depot_id: Set(self.to_depot.map(Id::uuid)),
            receiver_id: Set(self.parties.receiver.uuid()),
            state: Set(StateName::Draft.name().to_owned()),
            state_at: Set(uow.now()),
            state_by_id: Set(requester.uuid()),
            reason: Set(None),
            approved_at: Set(None),
            approved_by_id: Set(None),
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
        .insert(uow.db())
        .await?;
        self.insert_lines(uow).await?;
        note_event(uow, self.id, "draft", StateName::Draft, requester, None).await
    }

    async fn insert_lines(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let lines = self
            .lines
            .iter()
            .zip(0_i64..)
            .map(|(line, number)| order_line::ActiveModel {
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
            });
        order_line::Entity::insert_many(lines)
            .exec_without_returning(uow.db())
            .await?;
        Ok(())
    }
}
