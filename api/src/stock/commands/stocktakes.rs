//! Stocktakes, as people run them.
//!
//! **Invariant.** A stocktake's row is locked before it is judged, and before the depot and its
//! balances, so that a round is not closed while somebody counts in it and nothing is settled
//! twice. Whoever counts posts stock for the depot; whoever approves did not count.
//!
//! The cut-off is the journal entry of the command that opens a stocktake. That command holds the
//! depot still, so that what was committed before it is in the book that it fixes and what is
//! committed after it is not, though both run side by side. A count refers to a moment of its own:
//! the one at which it is recorded, or `counted_at`, by the time at which the server learned of
//! movements. What the book had then is kept with the count; it is the book of the cut-off and what
//! moved since. A difference is added to the book when it is settled, never written over it, so that
//! what moves between a count and its settlement counts once.

mod count;
mod found;
mod limit;
mod open;
mod rounds;
mod settle;

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
    stock::{Signature, StocktakeError, StocktakeState},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    depots::{self, DepotFacts},
    problem::{Code, Problem},
    scope::Scope,
    uow::Uow,
};

use super::{places, queries, receive, rows, wire};
use queries::Reader;
use rows::stocktakes::stocktake;
use wire::StocktakeView;

pub(crate) use count::{CountLine, CountStocktake};
pub(crate) use found::AddFoundLots;
pub(crate) use limit::SetCountLimit;
pub(crate) use open::OpenStocktake;
pub(crate) use rounds::{AbandonStocktake, CloseRound, RecountStocktake};
pub(crate) use settle::{ApproveStocktake, SettleStocktake};

// A stocktake that nobody else changes until the transaction ends.
struct Held {
    row: stocktake::Model,
    state: StocktakeState,
    depot: DepotFacts,
    // Why it is sent back.
    reason: Option<String>,
}

impl Held {
    /// Locks it. The caller must see it, and hold one of the capabilities over the custodian.
    async fn lock(
        uow: &Uow<'_>,
        id: Id<kinds::Stocktake>,
        capabilities: &[Capability],
    ) -> Result<Self, Problem> {
        let row = queries::stocktake_to_change(uow.db(), &uow.scope(), id).await?;
        let depot =
            depots::depot(uow.db(), &Scope::Everything, Id::from_uuid(row.depot_id)).await?;
        let keeper = depot.organisation_id.uuid();
        let any: Vec<_> = capabilities.iter().map(|&it| (it, keeper)).collect();
        uow.require_one(&any).await?;
        let state = queries::stocktake_state(&row)?;
        Ok(Self {
            row,
            state,
            depot,
            reason: None,
        })
    }

    fn id(&self) -> Id<kinds::Stocktake> {
        Id::from_uuid(self.row.id)
    }

    fn refused(&self, error: StocktakeError) -> Problem {
        let about = |code| Problem::new(code).with("stocktake_id", self.id().to_string());
        let english = error.to_string();
        match error {
            StocktakeError::WrongState { state, action } => about(Code::WrongState)
                .with("state", state.name())
                .with("action", action.name())
                .detail("盘点当前的状态不允许这一步", english),
            StocktakeError::Uncounted { .. } => {
                about(Code::WrongState).detail("本轮还有未盘的行", english)
            }
            StocktakeError::NothingDiffers => about(Code::WrongState)
                .with("state", self.state.name().name())
                .detail("没有差异，无须复盘", english),
            StocktakeError::TooManyRounds => about(Code::WrongState)
                .with("state", self.state.name().name())
                .detail("复盘轮次已满，请作废后重新盘点", english),
            StocktakeError::ApproverCounted => Problem::new(Code::Forbidden)
                .with("action", "approve")
                .detail("参加过盘点的人不得审批盘点差异", english),
        }
    }

    /// Writes the state down, and that the stocktake changed.
    async fn save(self, uow: &mut Uow<'_>, state: &StocktakeState) -> Result<Saved, Problem> {
        let Self {
            row, depot, reason, ..
        } = self;
        let id: Id<kinds::Stocktake> = Id::from_uuid(row.id);
        let (version, was_counted) = (row.version + 1, row.counted_at);
        let mut change = row.into_active_model();
        change.state = Set(state.name().name().to_owned());
        change.round = Set(i64::from(state.round()));
        change.version = Set(version);
        if let Some(reason) = reason {
            change.reason = Set(Some(reason));
        }
        match state {
            StocktakeState::Counting | StocktakeState::Recounting { .. } => {
                change.counted_at = Set(None);
            }
            StocktakeState::Counted { .. } | StocktakeState::AwaitingApproval { .. } => {
                change.counted_at = Set(Some(was_counted.unwrap_or_else(|| uow.now())));
            }
            StocktakeState::Settled {
                settled, approved, ..
            } => {
                change.ended_at = Set(Some(settled.at));
                change.ended_by = Set(Some(settled.by.clone()));
                if *approved {
                    change.approval = Set(wire::APPROVAL_GIVEN.to_owned());
                }
            }
            StocktakeState::Abandoned {
                abandoned, reason, ..
            } => {
                change.ended_at = Set(Some(abandoned.at));
                change.ended_by = Set(Some(abandoned.by.clone()));
                change.reason = Set(Some(reason.clone()));
            }
        }
        change.update(uow.db()).await?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        Ok(Saved(id))
    }
}

// A stocktake whose change was written.
struct Saved(Id<kinds::Stocktake>);

impl Saved {
    async fn view(self, uow: &Uow<'_>) -> Result<StocktakeView, Problem> {
        queries::stocktake(uow.db(), &reader(uow), self.0).await
    }
}

// The caller, who may see more of it than it shows.
fn reader(uow: &Uow<'_>) -> Reader {
    let caller = uow.caller();
    Reader::new(
        Scope::Everything,
        caller.principal(),
        &caller.reach(Capability::PostStock),
    )
}

pub(super) fn signature(uow: &Uow<'_>) -> Signature {
    Signature {
        by: uow.caller().principal(),
        at: uow.now(),
    }
}
