//! The paper of a shipment: judged by the domain, and written as the domain says.
//!
//! **Invariant.** A shipment's row is locked before it is judged. Its lines, its state and its
//! recall are written together.

use domain::{
    dispatch::{
        hand_over::{HandOverError, LineKey, LineOutcome, ReceivedLine},
        shipment::{Recall, Shipment, ShipmentError, ShipmentState},
    },
    kernel::{Id, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    dispatch::{
        queries,
        rows::{shipment, shipment_line},
    },
    problem::{Code, Problem},
    scope::Scope,
    uow::Uow,
};

/// A shipment that this transaction is going to change.
pub(super) struct Held {
    pub(super) row: shipment::Model,
    pub(super) shipment: Shipment,
    lines: Vec<shipment_line::Model>,
}

/// Locks a shipment that the caller is known to see. An order that it belongs to was locked before.
pub(super) async fn held(uow: &Uow<'_>, id: Id<kinds::Shipment>) -> Result<Held, Problem> {
    let row = queries::shipment_to_change(uow.db(), &Scope::Everything, id).await?;
    let lines = queries::shipment_lines(uow.db(), &[row.id])
        .await?
        .remove(&row.id)
        .unwrap_or_default();
    let goods = lines
        .iter()
        .map(|line| Ok((key(line)?, outcome(line))))
        .collect::<Result<_, Problem>>()?;
    let recall = row
        .recalled_at
        .zip(row.recalled_by_id)
        .map(|(at, by)| Recall {
            at,
            by: Id::from_uuid(by),
            reason: row.recall_reason.clone().unwrap_or_default(),
        });
    Ok(Held {
        row,
        shipment: Shipment { goods, recall },
        lines,
    })
}

impl Held {
    /// Writes what the domain made of it.
    pub(super) async fn write(self, uow: &Uow<'_>, next: &Shipment) -> Result<(), Problem> {
        for line in self.lines {
            let Some(known) = next.goods.of(key(&line)?) else {
                continue;
            };
            if known == outcome(&line) {
                continue;
            }
            let mut change = line.into_active_model();
            change.received = Set(known.good);
            change.damaged = Set(known.damaged);
            change.short = Set(known.short);
            change.returned = Set(known.returned);
            change.update(uow.db()).await?;
        }
        let (version, arrived_at) = (self.row.version + 1, self.row.arrived_at);
        let mut change = self.row.into_active_model();
        let (state, arrived_at) = match next.state() {
            ShipmentState::OnRoad | ShipmentState::Recalled => (ShipmentState::OnRoad, None),
            ended => (ended, arrived_at.or(Some(uow.now()))),
        };
        change.state = Set(state.name().to_owned());
        change.arrived_at = Set(arrived_at);
        change.recalled_at = Set(next.recall.as_ref().map(|recall| recall.at));
        change.recalled_by_id = Set(next.recall.as_ref().map(|recall| recall.by.uuid()));
        change.recall_reason = Set(next.recall.as_ref().map(|recall| recall.reason.clone()));
        change.version = Set(version);
        change.update(uow.db()).await?;
        Ok(())
    }
}

fn key(line: &shipment_line::Model) -> Result<LineKey, Problem> {
    Ok(LineKey {
        lot: Id::from_uuid(line.lot_id),
        condition: line.condition.parse().map_err(Problem::internal)?,
    })
}

fn outcome(line: &shipment_line::Model) -> LineOutcome {
    LineOutcome {
        sent: line.sent,
        good: line.received,
        damaged: line.damaged,
        short: line.short,
        returned: line.returned,
    }
}

/// What a refused step means for the caller, who signed for `lines`.
pub(super) fn refused(error: ShipmentError, lines: &[ReceivedLine]) -> Problem {
    let said = error.to_string();
    let error = match error {
        ShipmentError::NotFrom { state } => {
            let (zh, en) = match state {
                ShipmentState::OnRoad => (
                    "该运输批次在途，未被召回",
                    "the shipment is on the road and was not recalled",
                ),
                ShipmentState::Recalled => (
                    "该运输批次已召回，由发出库收回",
                    "the shipment was recalled: the depot that sent it receives it back",
                ),
                ShipmentState::Arrived => (
                    "该运输批次已全部签收",
                    "everything of the shipment was signed for already",
                ),
                ShipmentState::Returned => (
                    "该运输批次已召回并全部收回",
                    "the shipment was recalled, and nothing of it is on the road any more",
                ),
            };
            return Problem::new(Code::WrongState)
                .with("state", state.name())
                .detail(zh, en);
        }
        ShipmentError::HandOver(error) => error,
    };
    let at = |key: &LineKey, member: &str| {
        let index = lines.iter().position(|line| line.key == *key).unwrap_or(0);
        format!("/lines/{index}/{member}")
    };
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
        HandOverError::Nothing => Problem::field(
            "/lines",
            "required",
            "没有签收任何物资；确认全部短少的，请填 last",
            format!("{said}; say `last` if nothing more will come"),
        ),
        HandOverError::NeverSigned { .. } => Problem::internal(error),
    }
}
