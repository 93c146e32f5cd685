//! Moving an order along.
//!
//! **Invariant.** Every arrow is the domain's. An order that stops before its goods leave gives its
//! reservation back in the same transaction; one that goes on holds what it is about to send. Who
//! asked for goods does not agree to it for their owner, but where nobody else is there, which is
//! written down.

use domain::{
    dispatch::order::{OrderAction, OrderState, PaperDeadline},
    identity::Capability,
    kernel::{Id, Text, kinds},
};

use super::{
    holding::{hold_on, let_go},
    order_lines,
    order_paper::{move_to, order_of, refused, stamp},
    second_person,
};
use crate::{
    dispatch::{queries, rows::order, wire::OrderView},
    problem::{Code, Problem},
    uow::{Command, Permission, Uow},
};

/// What is asked of an order.
#[derive(Debug)]
pub(in crate::dispatch) enum Act {
    Submit,
    Approve,
    ApproveAlone(Text<1000>),
    Reject(Text<1000>),
    OrderOrally {
        given_by: Text<200>,
        deadline: PaperDeadline,
    },
    PutOnPaper,
    StartPicking,
    Cancel(Text<1000>),
    Close,
}

/// Moves an order.
#[derive(Debug)]
pub(in crate::dispatch) struct ActOnOrder {
    pub(in crate::dispatch) order: Id<kinds::DispatchOrder>,
    pub(in crate::dispatch) act: Act,
}

impl Command for ActOnOrder {
    type Output = OrderView;
    const NAME: &'static str = "dispatch.act_on_order";
    const PERMISSION: Permission = Permission::Holds(&[
        Capability::PlanDispatch,
        Capability::ApproveOrder,
        Capability::Ship,
        Capability::SignHandOver,
    ]);
    const PERSONAL: &'static [&'static str] = &["contact_from", "contact_to", "oral_given_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<OrderView, Problem> {
        let row = queries::order_to_change(uow.db(), &uow.scope(), self.order).await?;
        let order = order_of(&row)?;
        let action = self.act.action();
        let stamp = stamp(uow, &order.parties, action).await?;
        if action.wants_another() {
            second_person::refuse_asker(uow, &row).await?;
        }
        let next = match &self.act {
            Act::Submit => order.submit(stamp),
            Act::Approve => order.approve(stamp),
            Act::ApproveAlone(because) => order.approve_alone(stamp, because.as_str()),
            Act::Reject(reason) => order.reject(stamp, reason.as_str()),
            Act::OrderOrally { given_by, deadline } => {
                order.order_orally(stamp, given_by.as_str(), *deadline)
            }
            Act::PutOnPaper => order.put_on_paper(stamp),
            Act::StartPicking => order.start_picking(stamp),
            Act::Cancel(reason) => order.cancel(stamp, reason.as_str()),
            Act::Close => order.close(stamp),
        }
        .map_err(refused)?;
        let custodian = row.custodian_id;
        let row = match next {
            // Nobody approves or picks what was promised to another meanwhile.
            OrderState::Approved { .. } => hold_on(uow, row).await?,
            OrderState::Picking { .. } => {
                refuse_recalled(uow, self.order).await?;
                hold_on(uow, row).await?
            }
            _ => row,
        };
        let row = move_to(uow, row, action, stamp, &next, self.act.reason()).await?;
        if matches!(
            next,
            OrderState::Rejected { .. } | OrderState::Cancelled { .. }
        ) {
            stop(uow, row).await?;
        }
        uow.subject(self.order, Some(custodian));
        queries::order(uow.db(), &uow.scope(), self.order, uow.now()).await
    }
}

impl Act {
    fn action(&self) -> OrderAction {
        match self {
            Self::Submit => OrderAction::Submit,
            Self::Approve => OrderAction::Approve,
            Self::ApproveAlone(_) => OrderAction::ApproveAlone,
            Self::Reject(_) => OrderAction::Reject,
            Self::OrderOrally { .. } => OrderAction::OrderOrally,
            Self::PutOnPaper => OrderAction::PutOnPaper,
            Self::StartPicking => OrderAction::StartPicking,
            Self::Cancel(_) => OrderAction::Cancel,
            Self::Close => OrderAction::Close,
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::ApproveAlone(reason) | Self::Reject(reason) | Self::Cancel(reason) => {
                Some(reason.as_str())
            }
            _ => None,
        }
    }
}

// Nobody picks what nobody may use. (What leaves is judged by the ledger.)
async fn refuse_recalled(uow: &Uow<'_>, order: Id<kinds::DispatchOrder>) -> Result<(), Problem> {
    let lines = queries::order_lines(uow.db(), order).await?;
    let withheld: Vec<_> = lines
        .iter()
        .filter(|line| line.lot_recalled && line.to_leave() > 0)
        .map(|line| {
            serde_json::json!({
                "lot_id": line.lot_id.to_string(),
                "zone_id": line.zone_id.to_string(),
                "condition": line.condition,
                "quantity": line.to_leave(),
                "reason": "recalled",
            })
        })
        .collect();
    if withheld.is_empty() {
        return Ok(());
    }
    Err(Problem::new(Code::GoodsWithheld)
        .with("withheld", withheld)
        .detail(
            "调拨单中有被召回的批次（见 withheld）：待召回解除后再拣货，或取消本单另行下单",
            "lots of the order are recalled (see `withheld`): pick when the recall is lifted, or \
             cancel the order and order others",
        ))
}

/// Nothing of the order will leave, and what it held is free.
pub(super) async fn stop(uow: &Uow<'_>, row: order::Model) -> Result<(), Problem> {
    order_lines::give_up_rest(uow, Id::from_uuid(row.id)).await?;
    let_go(uow, row).await
}
