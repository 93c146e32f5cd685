//! The paper of an order: made once, moved along the domain's arrows, its history kept.
//!
//! **Invariant.** An order's row, its reservation and its event are written together. Whoever moves
//! an order speaks for one of its parties and holds the capability that the party's word takes.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    dispatch::order::{
        Approval, Order, OrderAction, OrderState, Paper, Parties, Party, Stamp, StateName,
        TransitionError,
    },
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
    stock::{Condition, Hold, Purpose, Reservation},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};

use crate::{
    dispatch::rows::{order, order_event, order_line},
    problem::{Code, Problem},
    scope::reference,
    stock::ledger::{self, Terms},
    uow::Uow,
};

/// An order that is about to be made, with the goods that it reserves.
pub(super) struct NewOrder {
    pub(super) id: Id<kinds::DispatchOrder>,
    pub(super) depot: Id<kinds::Depot>,
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

/// Goods stay reserved for an order this long unless it says otherwise.
pub(super) const HELD: TimeDelta = TimeDelta::days(7);

impl NewOrder {
    /// Writes the draft and reserves its goods.
    pub(super) async fn insert(self, uow: &Uow<'_>) -> Result<(), Problem> {
        let holds = merge_holds(self.lines.iter().map(|line| Hold {
            zone: line.zone,
            lot: line.lot,
            condition: line.condition,
            quantity: line.quantity,
        }))?;
        let reservation = reserve(
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
            number: Set(super::number("DB", self.id, uow.now())),
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
            });
        order_line::Entity::insert_many(lines)
            .exec_without_returning(uow.db())
            .await?;
        note_event(uow, self.id, "draft", StateName::Draft, requester, None).await
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

/// Reserves goods for an order.
pub(super) async fn reserve(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
    depot: Id<kinds::Depot>,
    holds: Vec<Hold>,
    purpose: Purpose,
    until: DateTime<Utc>,
) -> Result<Id<kinds::Reservation>, Problem> {
    let id = uow.id();
    let reservation = Reservation::hold(id, depot, holds, uow.now(), until)
        .map_err(|error| Problem::field("/lines", "invalid", "无法预占", error.to_string()))?;
    let terms = Terms {
        purpose,
        order: Some(order),
        note: None,
    };
    ledger::reserve(uow, &reservation, &terms).await?;
    Ok(id)
}

/// Writes a step of an order's life down.
pub(super) async fn note_event(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
    action: &str,
    state: StateName,
    by: Id<kinds::Organisation>,
    reason: Option<&str>,
) -> Result<(), Problem> {
    let steps = reference::<order_event::Entity>()
        .filter(order_event::Column::OrderId.eq(order.uuid()))
        .count(uow.db())
        .await?;
    order_event::ActiveModel {
        order_id: Set(order.uuid()),
        step: Set(i64::try_from(steps).unwrap_or(i64::MAX)),
        action: Set(action.to_owned()),
        state: Set(state.name().to_owned()),
        at: Set(uow.now()),
        by_id: Set(by.uuid()),
        principal: Set(uow.caller().principal()),
        reason: Set(reason.map(str::to_owned)),
    }
    .insert(uow.db())
    .await?;
    Ok(())
}

/// What a party's word takes.
fn capability(party: Party) -> Capability {
    match party {
        Party::Requester => Capability::PlanDispatch,
        Party::Owner => Capability::ApproveOrder,
        Party::Keeper => Capability::Ship,
        Party::Receiver => Capability::SignHandOver,
    }
}

fn organisation(parties: &Parties, party: Party) -> Id<kinds::Organisation> {
    match party {
        Party::Requester => parties.requester,
        Party::Owner => parties.owner,
        Party::Keeper => parties.keeper,
        Party::Receiver => parties.receiver,
    }
}

/// On whose behalf the caller may do `action`: the first party for which the caller holds the
/// capability.
pub(super) async fn stamp(
    uow: &Uow<'_>,
    parties: &Parties,
    action: OrderAction,
) -> Result<Stamp, Problem> {
    let mut refusal = Problem::not_found();
    for &party in action.parties() {
        let organisation = organisation(parties, party);
        match uow.require(capability(party), organisation.uuid()).await {
            Ok(()) => {
                return Ok(Stamp {
                    organisation,
                    at: uow.now(),
                });
            }
            Err(problem) => refusal = problem,
        }
    }
    Err(refusal)
}

/// The order as the domain knows it.
pub(super) fn order_of(row: &order::Model) -> Result<Order, Problem> {
    let parties = Parties {
        requester: Id::from_uuid(row.requester_id),
        owner: Id::from_uuid(row.owner_id),
        keeper: Id::from_uuid(row.custodian_id),
        receiver: Id::from_uuid(row.receiver_id),
    };
    let here = Stamp {
        organisation: Id::from_uuid(row.state_by_id),
        at: row.state_at,
    };
    let name: StateName = row.state.parse().map_err(Problem::internal)?;
    let reason = row.reason.clone().unwrap_or_default();
    let state = match name {
        StateName::Draft => OrderState::Draft,
        StateName::Submitted => OrderState::Submitted { submitted: here },
        StateName::Rejected => OrderState::Rejected {
            rejected: here,
            reason,
        },
        StateName::Cancelled => OrderState::Cancelled {
            approval: approval(row),
            cancelled: here,
            reason,
        },
        StateName::Approved
        | StateName::Picking
        | StateName::Dispatched
        | StateName::Delivered
        | StateName::Closed
        | StateName::Recalled => {
            let approval = approval(row).ok_or_else(|| {
                Problem::internal(anyhow::anyhow!(
                    "order {} is {name} without approval",
                    row.id
                ))
            })?;
            approved_state(name, approval, here, reason)
        }
    };
    Ok(Order { parties, state })
}

fn approved_state(name: StateName, approval: Approval, here: Stamp, reason: String) -> OrderState {
    match name {
        StateName::Picking => OrderState::Picking {
            approval,
            started: here,
        },
        StateName::Dispatched => OrderState::Dispatched {
            approval,
            dispatched: here,
        },
        StateName::Delivered => OrderState::Delivered {
            approval,
            delivered: here,
        },
        StateName::Closed => OrderState::Closed {
            approval,
            closed: here,
        },
        StateName::Recalled => OrderState::Recalled {
            approval,
            recalled: here,
            reason,
        },
        _ => OrderState::Approved { approval },
    }
}

fn approval(row: &order::Model) -> Option<Approval> {
    let stamp = Stamp {
        organisation: Id::from_uuid(row.approved_by_id?),
        at: row.approved_at?,
    };
    Some(match (&row.oral_given_by, row.paper_due_at) {
        (Some(given_by), Some(due)) => Approval::Oral {
            given_by: given_by.clone(),
            recorded: stamp,
            paper: Paper {
                due,
                papered_at: row.papered_at,
            },
        },
        _ => Approval::Written { approved: stamp },
    })
}

/// Puts the order into `state` and writes the event.
pub(super) async fn move_to(
    uow: &Uow<'_>,
    row: order::Model,
    action: OrderAction,
    stamp: Stamp,
    state: &OrderState,
    reason: Option<&str>,
) -> Result<order::Model, Problem> {
    let (id, version) = (Id::from_uuid(row.id), row.version + 1);
    let moved = row.state != state.name().name();
    let mut change = row.into_active_model();
    if moved {
        change.state = Set(state.name().name().to_owned());
        change.state_at = Set(stamp.at);
        change.state_by_id = Set(stamp.organisation.uuid());
    }
    if let Some(reason) = reason {
        change.reason = Set(Some(reason.to_owned()));
    }
    match state.approval() {
        Some(Approval::Written { approved }) => {
            change.approved_at = Set(Some(approved.at));
            change.approved_by_id = Set(Some(approved.organisation.uuid()));
        }
        Some(Approval::Oral {
            given_by,
            recorded,
            paper,
        }) => {
            change.approved_at = Set(Some(recorded.at));
            change.approved_by_id = Set(Some(recorded.organisation.uuid()));
            change.oral_given_by = Set(Some(given_by.clone()));
            change.paper_due_at = Set(Some(paper.due));
            change.papered_at = Set(paper.papered_at);
        }
        None => {}
    }
    change.version = Set(version);
    let changed = change.update(uow.db()).await?;
    note_event(
        uow,
        id,
        action.name(),
        state.name(),
        stamp.organisation,
        reason,
    )
    .await?;
    Ok(changed)
}

/// What a refused step means for the caller.
pub(super) fn refused(error: TransitionError) -> Problem {
    match error {
        TransitionError::NotFrom { from, action } => Problem::new(Code::WrongState)
            .with("state", from.name())
            .with("action", action.name()),
        TransitionError::NotYours { action, .. } => {
            Problem::new(Code::Forbidden).with("action", action.name())
        }
        TransitionError::NotPapered { due } => Problem::new(Code::WrongState)
            .with("state", "not_papered")
            .with("paper_due_at", due.to_rfc3339())
            .detail("口头调令须先补单才能办结", error.to_string()),
        TransitionError::NoPaperOwed => Problem::new(Code::WrongState)
            .with("state", "papered")
            .detail("该调拨单无需补单，或已补单", error.to_string()),
    }
}
