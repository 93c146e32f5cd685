//! Signing for what arrived.
//!
//! **Invariant.** Every piece that is signed for leaves the road in the same transaction: good ones
//! to the recipient or into the receiving depot, damaged and missing ones to where they are
//! accounted for. Nobody signs for more than is on the road.
//!
//! Goods that reach a site damaged help nobody: they are a loss, and the hand-over says that they
//! were damaged. Goods that reach a depot damaged are kept there as `needs_repair`, for somebody to
//! decide.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    dispatch::{
        hand_over::{Ending, HandOverError, HandOvers, LineKey, ReceivedLine, SentLine},
        order::OrderAction,
    },
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
    stock::{Account, Condition, Kind, Line, Movement, Outside, Purpose},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::order_paper::{move_to, order_of, refused, stamp};
use crate::{
    depots,
    dispatch::{
        queries,
        rows::{hand_over, order_line, shipment, shipment_line},
        wire::{HandOverLineView, ShipmentView},
    },
    problem::{Code, Problem},
    scope::reference,
    stock::ledger::{self, Papers},
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
        let row = queries::shipment_row(uow.db(), &uow.scope(), self.shipment).await?;
        self.may_sign(uow, &row).await?;
        let lines = queries::shipment_lines(uow.db(), &[row.id])
            .await?
            .remove(&row.id)
            .unwrap_or_default();
        let outcome = so_far(&lines)?
            .sign(&self.lines, self.ending)
            .map_err(|error| self.not_signed(error))?;
        self.post(uow, &row, &outcome.posted).await?;
        write_lines(uow, lines, &outcome.posted).await?;
        self.write(uow, &row, &outcome.posted).await?;
        let (order, custodian) = (row.order_id, row.custodian_id);
        if let Some(order) = order {
            note_received(uow, order, &outcome.posted).await?;
        }
        if outcome.so_far.is_complete() {
            arrive(uow, row).await?;
        }
        if let Some(order) = order {
            deliver_when_all_arrived(uow, Id::from_uuid(order)).await?;
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

    async fn post(
        &self,
        uow: &Uow<'_>,
        row: &shipment::Model,
        posted: &[ReceivedLine],
    ) -> Result<(), Problem> {
        let sender = Id::from_uuid(row.depot_id);
        let road = Account::Road {
            depot: sender,
            shipment: self.shipment,
        };
        let outside = |side| Account::Outside {
            depot: sender,
            side,
        };
        let papers = self.papers(row);
        match row.to_depot_id {
            None => {
                let good = taken(posted, road, outside(Outside::Recipient), |line| line.good);
                self.post_one(uow, sender, Kind::Issue, good, &papers)
                    .await?;
                let damaged = taken(posted, road, outside(Outside::Loss), |line| line.damaged);
                self.post_loss(uow, sender, damaged, &papers, "到货损坏 damaged on arrival")
                    .await?;
            }
            Some(receiver) => {
                let receiver = Id::from_uuid(receiver);
                let zone = Account::Zone {
                    depot: receiver,
                    zone: depots::default_zone(uow.db(), receiver).await?,
                };
                let arrived = taken(posted, road, zone, |line| line.good + line.damaged);
                self.post_one(uow, receiver, Kind::Transfer, arrived, &papers)
                    .await?;
                let damaged = damaged_in(posted, receiver, zone);
                self.post_one(uow, receiver, Kind::ConditionChange, damaged, &papers)
                    .await?;
            }
        }
        let short = taken(posted, road, outside(Outside::Loss), |line| line.short);
        self.post_loss(uow, sender, short, &papers, "途中短少 short in transit")
            .await
    }

    async fn post_one(
        &self,
        uow: &Uow<'_>,
        depot: Id<kinds::Depot>,
        kind: Kind,
        lines: Vec<Line>,
        papers: &Papers,
    ) -> Result<(), Problem> {
        if lines.is_empty() {
            return Ok(());
        }
        let movement = Movement::new(uow.id(), depot, kind, lines).map_err(Problem::internal)?;
        ledger::post(uow, &movement, papers).await
    }

    async fn post_loss(
        &self,
        uow: &Uow<'_>,
        depot: Id<kinds::Depot>,
        lines: Vec<Line>,
        papers: &Papers,
        why: &str,
    ) -> Result<(), Problem> {
        let note = Text::new(why).map_err(Problem::internal)?;
        let papers = Papers {
            note: Some(note),
            ..papers.clone()
        };
        self.post_one(uow, depot, Kind::Disposal, lines, &papers)
            .await
    }

    fn papers(&self, row: &shipment::Model) -> Papers {
        Papers {
            occurred_at: self.occurred_at,
            purpose: row.incident_id.map(|incident| Purpose {
                incident: Some(Id::from_uuid(incident)),
                division: None,
                programme: None,
            }),
            shipment: Some(self.shipment),
            ..Papers::default()
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

fn taken(
    posted: &[ReceivedLine],
    from: Account,
    to: Account,
    quantity: impl Fn(&ReceivedLine) -> i64,
) -> Vec<Line> {
    posted
        .iter()
        .filter_map(|line| {
            let quantity = Quantity::new(quantity(line)).ok()?;
            Some(Line {
                lot: line.key.lot,
                condition: line.key.condition,
                quantity,
                from,
                to,
            })
        })
        .collect()
}

// Damaged goods change their condition where they arrived, by way of the conversion account.
fn damaged_in(posted: &[ReceivedLine], depot: Id<kinds::Depot>, zone: Account) -> Vec<Line> {
    let conversion = Account::Outside {
        depot,
        side: Outside::Conversion,
    };
    posted
        .iter()
        .filter(|line| line.key.condition != Condition::NeedsRepair)
        .filter_map(|line| {
            Quantity::new(line.damaged)
                .ok()
                .map(|quantity| (line, quantity))
        })
        .flat_map(|(line, quantity)| {
            let lot = line.key.lot;
            [
                Line {
                    lot,
                    condition: line.key.condition,
                    quantity,
                    from: zone,
                    to: conversion,
                },
                Line {
                    lot,
                    condition: Condition::NeedsRepair,
                    quantity,
                    from: conversion,
                    to: zone,
                },
            ]
        })
        .collect()
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

// The order's lines learn what arrived, in their order, as far as each was sent.
async fn note_received(uow: &Uow<'_>, order: Uuid, posted: &[ReceivedLine]) -> Result<(), Problem> {
    let mut left: BTreeMap<_, _> = posted
        .iter()
        .map(|line| {
            let key = (line.key.lot.uuid(), line.key.condition.name().to_owned());
            (key, (line.good, line.damaged + line.short))
        })
        .collect();
    let lines = reference::<order_line::Entity>()
        .filter(order_line::Column::OrderId.eq(order))
        .order_by_asc(order_line::Column::Line)
        .all(uow.db())
        .await?;
    for line in lines {
        let Some((good, lost)) = left.get_mut(&(line.lot_id, line.condition.clone())) else {
            continue;
        };
        let open = line.sent - line.received - line.lost;
        let received = open.min(*good);
        let gone = (open - received).min(*lost);
        if received + gone == 0 {
            continue;
        }
        *good -= received;
        *lost -= gone;
        let (received, lost) = (line.received + received, line.lost + gone);
        let mut change = line.into_active_model();
        change.received = Set(received);
        change.lost = Set(lost);
        change.update(uow.db()).await?;
    }
    Ok(())
}

async fn arrive(uow: &Uow<'_>, row: shipment::Model) -> Result<(), Problem> {
    let version = row.version + 1;
    let mut change = row.into_active_model();
    change.state = Set("arrived".to_owned());
    change.arrived_at = Set(Some(uow.now()));
    change.version = Set(version);
    change.update(uow.db()).await?;
    Ok(())
}

// An order whose goods all left is delivered with the last signature.
async fn deliver_when_all_arrived(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
) -> Result<(), Problem> {
    let row = queries::order_row(uow.db(), &crate::scope::Scope::Everything, order).await?;
    let lines = reference::<order_line::Entity>()
        .filter(order_line::Column::OrderId.eq(order.uuid()))
        .all(uow.db())
        .await?;
    let open = lines
        .iter()
        .any(|line| line.sent > line.received + line.lost);
    if open || row.state != "dispatched" {
        return Ok(());
    }
    let known = order_of(&row)?;
    let stamp = stamp(uow, &known.parties, OrderAction::Deliver).await?;
    let delivered = known.deliver(stamp).map_err(refused)?;
    move_to(uow, row, OrderAction::Deliver, stamp, &delivered, None).await?;
    Ok(())
}
