//! The paper of an order: moved along the domain's arrows, its history kept.
//!
//! **Invariant.** An order's row is locked before it is judged, and its change and its event are
//! written together. Whoever moves an order speaks for one of its parties and holds the capability
//! that the party's word takes.

use domain::{
    dispatch::order::{
        Approval, Order, OrderAction, OrderState, Paper, Parties, Party, Stamp, StateName,
        TransitionError,
    },
    identity::Capability,
    kernel::{Id, kinds},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};

use crate::{
    dispatch::rows::{order, order_event},
    problem::{Code, Problem},
    scope::reference,
    uow::Uow,
};

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
    let step = i64::try_from(steps).unwrap_or(i64::MAX);
    let event = event(uow, order, step, action, state, by, reason);
    event.insert(uow.db()).await?;
    Ok(())
}

/// What is written down of a step of an order.
pub(super) fn event(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
    step: i64,
    action: &str,
    state: StateName,
    by: Id<kinds::Organisation>,
    reason: Option<&str>,
) -> order_event::ActiveModel {
    order_event::ActiveModel {
        order_id: Set(order.uuid()),
        step: Set(step),
        action: Set(action.to_owned()),
        state: Set(state.name().to_owned()),
        at: Set(uow.now()),
        by_id: Set(by.uuid()),
        principal: Set(uow.caller().principal()),
        reason: Set(reason.map(str::to_owned)),
    }
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
    let able = action.parties();
    let of = |party| organisation(parties, party);
    let any = able.iter().map(|&it| (capability(it), of(it).uuid()));
    let any: Vec<_> = any.collect();
    let first = uow.require_one(&any).await?;
    Ok(Stamp {
        organisation: of(able[first]),
        at: uow.now(),
    })
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
    let more_to_follow = row.reservation_id.is_some();
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
            approved_state(name, approval, here, more_to_follow, reason)
        }
    };
    Ok(Order { parties, state })
}

fn approved_state(
    name: StateName,
    approval: Approval,
    here: Stamp,
    more_to_follow: bool,
    reason: String,
) -> OrderState {
    match name {
        StateName::Picking => OrderState::Picking {
            approval,
            started: here,
        },
        StateName::Dispatched => OrderState::Dispatched {
            approval,
            dispatched: here,
            more_to_follow,
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
    if let Some(because) = &row.approved_alone_because {
        return Some(Approval::Alone {
            approved: stamp,
            because: because.clone(),
        });
    }
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

/// Puts the order into `state` and writes the event with the reason that was given for it.
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
    if let Some(reason) = state.reason() {
        change.reason = Set(Some(reason.to_owned()));
    }
    match state.approval() {
        Some(Approval::Written { approved }) => {
            change.approved_at = Set(Some(approved.at));
            change.approved_by_id = Set(Some(approved.organisation.uuid()));
        }
        Some(Approval::Alone { approved, because }) => {
            change.approved_at = Set(Some(approved.at));
            change.approved_by_id = Set(Some(approved.organisation.uuid()));
            change.approved_alone_because = Set(Some(because.clone()));
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

/// What a reader of the order sees has changed, and where it stands has not.
pub(super) async fn touch(uow: &Uow<'_>, row: order::Model) -> Result<(), Problem> {
    let version = row.version + 1;
    let mut change = row.into_active_model();
    change.version = Set(version);
    change.update(uow.db()).await?;
    Ok(())
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
