//! The one way a depot changes its state.
//!
//! **Invariant.** The state is judged and changed while nobody else can change it or post goods to
//! it. Whether the depot is empty is the word of the stock context, which alone can tell and
//! therefore alone closes depots.

use domain::{
    depots::{DepotState, TransitionError},
    identity::Capability,
    kernel::{Id, Text, kinds::Depot},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    depots::{
        queries, rows,
        wire::{DepotView, LINE_MAX},
    },
    problem::{Code, Problem},
    uow::{Command, Permission, Uow},
};

/// A depot that nobody else changes, closes or posts goods to until the transaction ends.
#[derive(Debug)]
pub(crate) struct LockedDepot(rows::depot::Model);

/// Locks a depot whose state is about to change. The caller must see it and manage its custodian's
/// depots.
pub(crate) async fn lock_depot(uow: &Uow<'_>, id: Id<Depot>) -> Result<LockedDepot, Problem> {
    let row = queries::depot_to_change(uow.db(), &uow.scope(), id).await?;
    uow.require(Capability::ManageDepots, row.organisation_id)
        .await?;
    Ok(LockedDepot(row))
}

impl LockedDepot {
    /// Closes the depot for ever. `is_empty` says that nothing is on hand, reserved, or on the road
    /// from it, found out after the lock was taken.
    pub(crate) async fn close(
        self,
        uow: &mut Uow<'_>,
        is_empty: bool,
        reason: &Text<LINE_MAX>,
    ) -> Result<DepotView, Problem> {
        self.change(uow, DepotState::Closed, is_empty, reason).await
    }

    async fn change(
        self,
        uow: &mut Uow<'_>,
        to: DepotState,
        is_empty: bool,
        reason: &Text<LINE_MAX>,
    ) -> Result<DepotView, Problem> {
        let Self(row) = self;
        let from: DepotState = row.state.parse().map_err(Problem::internal)?;
        let state = from
            .change(to, is_empty)
            .map_err(|error| refused(from, error))?;
        let version = row.version + 1;
        let mut change = row.into_active_model();
        change.state = Set(state.name().to_owned());
        change.state_reason = Set(Some(reason.to_string()));
        change.state_since = Set(uow.now());
        change.version = Set(version);
        let row = change.update(uow.db()).await?;
        uow.subject(Id::<Depot>::from_uuid(row.id), Some(row.organisation_id));
        row.try_into()
    }
}

fn refused(from: DepotState, error: TransitionError) -> Problem {
    let zh = match error {
        TransitionError::Same { .. } => "已处于该状态",
        TransitionError::Closed => "已关闭的储备库不能再启用",
        TransitionError::NotEmpty => "仍有库存、预占或在途物资，不能关闭",
    };
    Problem::new(Code::WrongState)
        .with("state", from.name())
        .detail(zh, error.to_string())
}

/// Says that a depot works, is full or is cut off. Closing is another command: see [`lock_depot`].
#[derive(Debug)]
pub(crate) struct ChangeDepotState {
    pub(crate) id: Id<Depot>,
    pub(crate) to: DepotState,
    pub(crate) reason: Text<LINE_MAX>,
}

impl Command for ChangeDepotState {
    type Output = DepotView;
    const NAME: &'static str = "depots.change_depot_state";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageDepots]);
    const PERSONAL: &'static [&'static str] = &["contacts"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DepotView, Problem> {
        let depot = lock_depot(uow, self.id).await?;
        // Nobody here knows of stock, so a depot is never taken to be empty.
        depot.change(uow, self.to, false, &self.reason).await
    }
}
