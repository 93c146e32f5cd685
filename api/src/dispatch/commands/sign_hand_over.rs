//! Signing for what arrived.
//!
//! **Invariant.** Every piece that is signed for leaves the road in the same transaction, and the
//! shipment and its order say the same. Nobody signs for more than is on the road, and two who sign
//! at once sign one after the other.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    dispatch::{
        hand_over::{Ending, HandOverError, HandOvers, LineKey, ReceivedLine, SentLine},
        order::OrderAction,
    },
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::{
    hand_over_stock::Signed,
    order_lines,
    order_paper::{move_to, order_of, refused, stamp, touch},
};
use crate::{
    dispatch::{
        queries,
        rows::{hand_over, order, shipment, shipment_line},
        wire::{HandOverLineView, ShipmentView},
    },
    problem::{Code, Problem},
    scope::Scope,
    uow::{Command, Uow},
};

/// Signs for a drop.
#[derive(Debug)]
pub(in crate::dispatch) struct SignHandOver {
    pub(in crate::dispatch) id: Option<Id<kinds::HandOver>>,
    pub(in crate::dispatch) shipment: Id<kinds::Shipment>,
    pub(in crate::dispatch) given_by: Text<100>,
    pub(in crate::dispatch) received_by: Text<100>,
    pub(in crate::dispatch) occurred_at: Option<DateTime<Utc>>,
    pub(in crate::dispatch) lines: Vec<ReceivedLine>,
    pub(in crate::dispatch) ending: Ending,
    pub(in crate::dispatch) people_served: Option<i64>,
    pub(in crate::dispatch) note: Option<Text<1000>>,
}

impl Command for SignHandOver {
    type Output = ShipmentView;
    const NAME: &'static str = "dispatch.sign_hand_over";
    const PERSONAL: &'static [&'static str] = &["driver", "given_by", "received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ShipmentView, Problem> {
        let seen = queries::shipment_row(uow.db(), &uow.scope(), self.shipment).await?;
        self.may_sign(uow, &seen).await?;
        // The order first, as everybody does who locks both.
        let order = match seen.order_id.map(Id::from_uuid) {
            Some(order) => {
                Some(queries::order_to_change(uow.db(), &Scope::Everything, order).await?)
            }
            None => None,
        };
        let row = queries::shipment_to_change(uow.db(), &uow.scope(), self.shipment).await?;
        let lines = queries::shipment_lines(uow.db(), &[row.id])
            .await?
            .remove(&row.id)
            .unwrap_or_default();
        let outcome = so_far(&lines)?
            .sign(&self.lines, self.ending)
            .map_err(|error| self.not_signed(error))?;
        let signed = Signed {
            shipment: &row,
            occurred_at: self.occurred_at,
            lines: &outcome.posted,
        };
        signed.post(uow).await?;
        write_lines(uow, lines, &outcome.posted).await?;
        self.write(uow, &row, &outcome.posted).await?;
        let custodian = row.custodian_id;
        note_drop(uow, row, outcome.so_far.is_complete()).await?;
        if let Some(order) = order {
            let id = Id::from_uuid(order.id);
            let on_the_road = order_lines::note_received(uow, id, &outcome.posted).await?;
            go_on(uow, order, on_the_road).await?;
        }
        uow.subject(self.shipment, Some(custodian));
        queries::shipment(uow.db(), &uow.scope(), self.shipment).await
    }
}

impl SignHandOver {
    // The receiver signs; a keeper may bring the signed waybill back for one who has no account.
    async fn may_sign(&self, uow: &Uow<'_>, row: &shipment::Model) -> Result<(), Problem> {
        match uow.require(Capability::SignHandOver, row.receiver_id).await {
            Ok(()) => Ok(()),
            Err(_) => {
                uow.require(Capability::SignHandOver, row.custodian_id)
                    .await
            }
        }
    }

    fn not_signed(&self, error: HandOverError) -> Problem {
        let at = |key: &LineKey, member: &str| {
            let index = self
                .lines
                .iter()
                .position(|line| line.key == *key)
                .unwrap_or(0);
            format!("/lines/{index}/{member}")
        };
        let said = error.to_string();
        match error {
            HandOverError::NotSent { key } => {
                Problem::field(at(&key, "lot_id"), "reference", "该批次不在此运单上", said)
            }
            HandOverError::MoreThanSent { key, remaining, .. } => Problem::field(
                at(&key, "received"),
                "out-of-range",
                format!("签收数量超过在途数量 {remaining}"),
                said,
            ),
            HandOverError::Negative { key } => {
                Problem::field(at(&key, "received"), "out-of-range", "数量不得为负", said)
            }
            HandOverError::Twice { key } => {
                Problem::field(at(&key, "lot_id"), "repeated", "同一批次重复", said)
            }
            HandOverError::Complete => Problem::new(Code::WrongState)
                .with("state", "arrived")
                .detail("该运单已全部签收", said),
            HandOverError::Nothing => {
                Problem::field("/lines", "required", "没有签收任何物资", said)
            }
        }
    }

    async fn write(
        &self,
        uow: &Uow<'_>,
        row: &shipment::Model,
        posted: &[ReceivedLine],
    ) -> Result<(), Problem> {
        let lines: Vec<_> = posted.iter().map(HandOverLineView::from).collect();
        let id = self.id.unwrap_or_else(|| uow.id());
        hand_over::ActiveModel {
            depot_id: Set(row.depot_id),
            id: Set(id.uuid()),
            shipment_id: Set(row.id),
            occurred_at: Set(self.occurred_at.unwrap_or_else(|| uow.now())),
            recorded_at: Set(uow.now()),
            given_by: Set(self.given_by.as_str().to_owned()),
            received_by: Set(self.received_by.as_str().to_owned()),
            note: Set(self.note.as_ref().map(|note| note.as_str().to_owned())),
            lines: Set(serde_json::to_string(&lines).map_err(Problem::internal)?),
            journal_id: Set(Some(uow.entry().uuid())),
            people_served: Set(self.people_served),
        }
        .insert(uow.db())
        .await?;
        Ok(())
    }
}

fn key(line: &shipment_line::Model) -> Result<LineKey, Problem> {
    Ok(LineKey {
        lot: Id::from_uuid(line.lot_id),
        condition: line.condition.parse().map_err(Problem::internal)?,
    })
}

// What was signed for before, as the domain adds it up.
fn so_far(lines: &[shipment_line::Model]) -> Result<HandOvers, Problem> {
    let mut sent = Vec::new();
    let mut before = Vec::new();
    for line in lines {
        let key = key(line)?;
        let quantity = Quantity::new(line.sent).map_err(Problem::internal)?;
        sent.push(SentLine { key, quantity });
        if line.received + line.damaged + line.short > 0 {
            before.push(ReceivedLine {
                key,
                good: line.received,
                damaged: line.damaged,
                short: line.short,
            });
        }
    }
    let fresh = HandOvers::of(&sent);
    if before.is_empty() {
        return Ok(fresh);
    }
    fresh
        .sign(&before, Ending::MoreToCome)
        .map(|outcome| outcome.so_far)
        .map_err(Problem::internal)
}

async fn write_lines(
    uow: &Uow<'_>,
    lines: Vec<shipment_line::Model>,
    posted: &[ReceivedLine],
) -> Result<(), Problem> {
    let posted: BTreeMap<_, _> = posted.iter().map(|line| (line.key, line)).collect();
    for line in lines {
        let Some(drop) = posted.get(&key(&line)?) else {
            continue;
        };
        let (received, damaged, short) = (
            line.received + drop.good,
            line.damaged + drop.damaged,
            line.short + drop.short,
        );
        let mut change = line.into_active_model();
        change.received = Set(received);
        change.damaged = Set(damaged);
        change.short = Set(short);
        change.update(uow.db()).await?;
    }
    Ok(())
}

// A drop changes what a reader of the shipment sees, also when more is to come.
async fn note_drop(uow: &Uow<'_>, row: shipment::Model, complete: bool) -> Result<(), Problem> {
    let version = row.version + 1;
    let mut change = row.into_active_model();
    if complete {
        change.state = Set("arrived".to_owned());
        change.arrived_at = Set(Some(uow.now()));
    }
    change.version = Set(version);
    change.update(uow.db()).await?;
    Ok(())
}

// An order is delivered with the last signature, if nothing more will follow.
async fn go_on(uow: &Uow<'_>, row: order::Model, on_the_road: bool) -> Result<(), Problem> {
    let known = order_of(&row)?;
    if on_the_road || !known.state.awaits_last_signature() {
        return touch(uow, row).await;
    }
    let stamp = stamp(uow, &known.parties, OrderAction::Deliver).await?;
    let delivered = known.deliver(stamp).map_err(refused)?;
    move_to(uow, row, OrderAction::Deliver, stamp, &delivered, None).await?;
    Ok(())
}
