//! Goods that nobody can use any more leave.
//!
//! **Invariant.** A disposal's row is locked before it is judged, and before its reservation. What
//! was asked for is held until the disposal ends, so that nobody moves it meanwhile; what did not
//! leave is free again. Whoever keeps the goods asks and carries out; a person who speaks for their
//! owner, and did not ask, approves.

mod ask;
mod carry_out;
mod end;

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
    stock::{Disposal, DisposalError, DisposalState, Outcome},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    depots,
    problem::{Code, Problem},
    scope::Scope,
    stock::ledger,
    uow::Uow,
};

use super::{
    Count, Draw, Paper, Stuff, drawing, places, queries,
    rows::{self, disposals::disposal},
    stocktakes::signature,
    wire::{self, DisposalView},
};

pub(crate) use ask::AskDisposal;
pub(crate) use carry_out::{CarryOutDisposal, Done, PartLine};
pub(crate) use end::{ApproveDisposal, RefuseDisposal, WithdrawDisposal};

// A disposal that nobody else changes until the transaction ends.
struct Held {
    row: disposal::Model,
    disposal: Disposal,
}

impl Held {
    /// Locks one that the caller sees.
    async fn lock(uow: &Uow<'_>, id: Id<kinds::Disposal>) -> Result<Self, Problem> {
        let row = queries::disposal_to_change(uow.db(), &uow.scope(), id).await?;
        let disposal = row.disposal()?;
        Ok(Self { row, disposal })
    }

    fn id(&self) -> Id<kinds::Disposal> {
        Id::from_uuid(self.row.id)
    }

    fn reservation(&self) -> Id<kinds::Reservation> {
        Id::from_uuid(self.row.reservation_id)
    }

    fn depot(&self) -> Id<kinds::Depot> {
        Id::from_uuid(self.row.depot_id)
    }

    /// Refuses whoever does not keep stock for the depot.
    async fn by_keeper(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let depot = depots::depot(uow.db(), &Scope::Everything, self.depot()).await?;
        let custodian = depot.organisation_id.uuid();
        uow.require(Capability::PostStock, custodian).await
    }

    /// Refuses whoever does not speak for the owner, or is no person.
    async fn by_owner(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        uow.require(Capability::ApproveOrder, self.row.owner_id)
            .await?;
        if uow.caller().account().is_none() {
            // Who is behind a key, and whether they asked, nobody knows.
            return Err(Problem::new(Code::Forbidden)
                .with("action", "approve")
                .detail("审批须由本人登录办理", "a person approves, not a key"));
        }
        Ok(())
    }

    fn refused(&self, error: DisposalError) -> Problem {
        let english = error.to_string();
        match error {
            DisposalError::WrongState { state, action } => Problem::new(Code::WrongState)
                .with("disposal_id", self.id().to_string())
                .with("state", state.name())
                .with("action", action.name())
                .detail("处置单当前的状态不允许这一步", english),
            DisposalError::AskerApproves => Problem::new(Code::Forbidden)
                .with("action", "approve")
                .detail("申请处置的人不得审批", english),
            DisposalError::OtherWay { approved, .. } => Problem::field(
                "/way",
                "mismatch",
                format!("批准的处置方式是 {approved}"),
                english,
            ),
        }
    }

    /// Gives the goods back to the shelf, if nothing else ended the hold.
    async fn let_go(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        if ledger::holds(uow, self.reservation()).await? {
            ledger::release(uow, self.reservation()).await?;
        }
        Ok(())
    }

    /// Writes the state down, and that the disposal changed.
    async fn save(
        self,
        uow: &mut Uow<'_>,
        state: &DisposalState,
        movement: Option<Id<kinds::Movement>>,
    ) -> Result<DisposalView, Problem> {
        let (id, owner, version) = (self.id(), self.row.owner_id, self.row.version + 1);
        let mut change = self.row.into_active_model();
        change.state = Set(state.name().name().to_owned());
        change.version = Set(version);
        change.movement_id = Set(movement.map(Id::uuid));
        let ended = match state {
            DisposalState::Asked => None,
            DisposalState::Approved { approved } => {
                change.approved_at = Set(Some(approved.at));
                change.approved_by = Set(Some(approved.by.clone()));
                None
            }
            DisposalState::CarriedOut {
                carried_out,
                outcome,
                ..
            } => {
                match outcome {
                    Outcome::Destroyed | Outcome::ReturnedToMaker => {}
                    Outcome::PartsReused { parts } => {
                        change.parts_movement_id = Set(Some(parts.uuid()));
                    }
                    Outcome::Auctioned { proceeds } => {
                        change.proceeds_e4 = Set(Some(proceeds.ten_thousandths()));
                        change.currency = Set(Some(proceeds.currency().as_str().to_owned()));
                    }
                }
                Some((carried_out, None))
            }
            DisposalState::Refused { refused, reason } => Some((refused, Some(reason))),
            DisposalState::Withdrawn {
                withdrawn, reason, ..
            } => Some((withdrawn, Some(reason))),
        };
        if let Some((signature, reason)) = ended {
            change.ended_at = Set(Some(signature.at));
            change.ended_by = Set(Some(signature.by.clone()));
            change.end_reason = Set(reason.cloned());
        }
        change.update(uow.db()).await?;
        uow.subject(id, Some(owner));
        queries::disposal(uow.db(), &Scope::Everything, id).await
    }
}

/// Refuses to undo a movement that carried out a disposal: what was destroyed or sold does not come
/// back, and the disposal would say one thing and the ledger another.
pub(super) async fn before_reversal(
    uow: &Uow<'_>,
    row: &rows::movement::Model,
) -> Result<(), Problem> {
    let Some(disposal) = queries::disposal_of_movement(uow.db(), row).await? else {
        return Ok(());
    };
    Err(Problem::new(Code::WrongState)
        .with("state", "carried_out")
        .with("disposal_id", disposal.to_string())
        .detail(
            "该单据是一次处置的结果，不得冲红；如有实物找回，请按盘盈入账",
            "the movement carried out a disposal and is not reversed: count in what was found",
        ))
}
