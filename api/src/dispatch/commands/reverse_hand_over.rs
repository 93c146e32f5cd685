//! Undoing a hand-over that was written down wrongly.
//!
//! **Invariant.** A hand-over is undone once and as a whole: the mirrors of all its movements, what
//! its shipment and its order counted of it, and where both stand. Both papers stay. What a closed
//! order or a closed incident accounts for is not touched, and goods that went on are not taken
//! from whom they went to.

use chrono::{DateTime, Utc};
use domain::{
    dispatch::{
        hand_over::{ReceivedLine, Way},
        order::OrderAction,
    },
    identity::Capability,
    kernel::{Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::{
    order_lines,
    order_paper::{self, move_to, order_of, stamp},
    shipment_paper::{held, refused},
    sign_hand_over::may_sign,
};
use crate::{
    dispatch::{
        queries,
        rows::{hand_over, order, shipment},
        wire::{HandOverLineView, ShipmentView},
    },
    incidents,
    problem::{Code, Problem},
    scope::Scope,
    stock::ledger::{self, Papers},
    uow::{Command, Permission, Uow},
};

/// Undoes a hand-over.
#[derive(Debug)]
pub(in crate::dispatch) struct ReverseHandOver {
    pub(in crate::dispatch) hand_over: Id<kinds::HandOver>,
    pub(in crate::dispatch) reason: Text<1000>,
    pub(in crate::dispatch) occurred_at: Option<DateTime<Utc>>,
}

impl Command for ReverseHandOver {
    type Output = ShipmentView;
    const NAME: &'static str = "dispatch.reverse_hand_over";
    const PERMISSION: Permission = Permission::Holds(&[Capability::Ship, Capability::SignHandOver]);
    const PERSONAL: &'static [&'static str] = &["driver", "given_by", "received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ShipmentView, Problem> {
        let signed = queries::hand_over_row(uow.db(), self.hand_over).await?;
        let way: Way = signed.way.parse().map_err(Problem::internal)?;
        let id = Id::from_uuid(signed.shipment_id);
        let seen = queries::shipment_row(uow.db(), &uow.scope(), id).await?;
        match way {
            Way::Out => may_sign(uow, &seen).await?,
            Way::Back => uow.require(Capability::Ship, seen.custodian_id).await?,
        }
        // Nobody ends the incident while goods of it go back on the road.
        if let Some(incident) = seen.incident_id.map(Id::from_uuid) {
            incidents::hold_incident(uow.db(), &Scope::Everything, incident).await?;
        }
        let order = queries::order_of_shipment_to_change(uow.db(), &seen).await?;
        let held = held(uow, id).await?;
        // Read again: whoever undid it meanwhile had the shipment locked.
        let signed = queries::hand_over_row(uow.db(), self.hand_over).await?;
        once(&signed)?;
        let lines: Vec<HandOverLineView> =
            serde_json::from_str(&signed.lines).map_err(Problem::internal)?;
        let lines = lines
            .iter()
            .map(ReceivedLine::try_from)
            .collect::<Result<Vec<_>, _>>()
            .map_err(Problem::internal)?;
        let next = held
            .shipment
            .undo(way, &lines)
            .map_err(|error| refused(error, &lines))?;
        let by = match order {
            Some(order) => {
                let is_recalled = held.row.recalled_at.is_some();
                self.undo_on_order(uow, order, way, is_recalled, &lines)
                    .await?
            }
            None => on_behalf(uow, &seen, way).await?,
        };
        self.undo_stock(uow, id, &signed).await?;
        held.write(uow, &next).await?;
        self.note(uow, signed, by).await?;
        uow.subject(id, Some(seen.custodian_id));
        queries::shipment(uow.db(), &uow.scope(), id).await
    }
}

impl ReverseHandOver {
    async fn undo_on_order(
        &self,
        uow: &Uow<'_>,
        row: order::Model,
        way: Way,
        is_recalled: bool,
        lines: &[ReceivedLine],
    ) -> Result<Id<kinds::Organisation>, Problem> {
        let order = order_of(&row)?;
        let action = OrderAction::ReverseHandOver;
        let stamp = stamp(uow, &order.parties, action).await?;
        let next = order
            .reverse_hand_over(stamp)
            .map_err(order_paper::refused)?;
        order_lines::note_undone(uow, Id::from_uuid(row.id), way, is_recalled, lines).await?;
        let reason = Some(self.reason.as_str());
        move_to(uow, row, action, stamp, &next, reason).await?;
        Ok(stamp.organisation)
    }

    async fn undo_stock(
        &self,
        uow: &Uow<'_>,
        shipment: Id<kinds::Shipment>,
        signed: &hand_over::Model,
    ) -> Result<(), Problem> {
        let entry = signed.journal_id.map(Id::from_uuid).ok_or_else(|| {
            Problem::internal(anyhow::anyhow!("{} has no journal entry", self.hand_over))
        })?;
        let papers = Papers {
            occurred_at: self.occurred_at,
            note: Some(self.reason.clone()),
            ..Papers::default()
        };
        ledger::reverse_all(uow, shipment, entry, &papers)
            .await
            .map_err(|problem| match problem.code {
                Code::InsufficientStock => problem.detail(
                    "该次签收的物资已被使用、预占或再次发出，不能冲红；请先处理这些去向，或用盘点更正",
                    "the goods that were signed for were used, promised or sent on since: undo that \
                     first, or correct the stock by a count",
                ),
                _ => problem,
            })
    }

    async fn note(
        &self,
        uow: &Uow<'_>,
        signed: hand_over::Model,
        by: Id<kinds::Organisation>,
    ) -> Result<(), Problem> {
        let mut change = signed.into_active_model();
        change.reversed_at = Set(Some(uow.now()));
        change.reversed_by_id = Set(Some(by.uuid()));
        change.reversal_reason = Set(Some(self.reason.as_str().to_owned()));
        change.update(uow.db()).await?;
        Ok(())
    }
}

fn once(signed: &hand_over::Model) -> Result<(), Problem> {
    if signed.reversed_at.is_none() {
        return Ok(());
    }
    Err(Problem::new(Code::WrongState)
        .with("state", "reversed")
        .detail("该次签收已冲红", "the hand-over was reversed already"))
}

// A transfer without an order: the receiver where the caller signs for it, and else the keeper.
async fn on_behalf(
    uow: &Uow<'_>,
    seen: &shipment::Model,
    way: Way,
) -> Result<Id<kinds::Organisation>, Problem> {
    let signs = Capability::SignHandOver;
    let receives = way == Way::Out && uow.holds(signs, seen.receiver_id).await?;
    Ok(Id::from_uuid(if receives {
        seen.receiver_id
    } else {
        seen.custodian_id
    }))
}
