//! The owner says yes or no, or whoever asked takes it back.
//!
//! **Invariant.** A no gives the goods back to the shelf at once.

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
};

use crate::{
    problem::Problem,
    uow::{Command, Permission, Uow},
};

use super::{Held, signature, wire::DisposalView};

/// Agrees, for the owner.
#[derive(Debug, Clone)]
pub(crate) struct ApproveDisposal {
    pub(crate) disposal: Id<kinds::Disposal>,
}

impl Command for ApproveDisposal {
    type Output = DisposalView;
    const NAME: &'static str = "stock.approve_disposal";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ApproveOrder]);
    const PERSONAL: &'static [&'static str] = &["assessed_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DisposalView, Problem> {
        let held = Held::lock(uow, self.disposal).await?;
        held.by_owner(uow).await?;
        let approved = held.disposal.approve(signature(uow));
        let state = approved.map_err(|error| held.refused(error))?;
        held.save(uow, &state, None).await
    }
}

/// Refuses, for the owner.
#[derive(Debug, Clone)]
pub(crate) struct RefuseDisposal {
    pub(crate) disposal: Id<kinds::Disposal>,
    pub(crate) reason: Text<500>,
}

impl Command for RefuseDisposal {
    type Output = DisposalView;
    const NAME: &'static str = "stock.refuse_disposal";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ApproveOrder]);
    const PERSONAL: &'static [&'static str] = &["assessed_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DisposalView, Problem> {
        let held = Held::lock(uow, self.disposal).await?;
        held.by_owner(uow).await?;
        let refused = held
            .disposal
            .refuse(signature(uow), self.reason.to_string());
        let state = refused.map_err(|error| held.refused(error))?;
        held.let_go(uow).await?;
        held.save(uow, &state, None).await
    }
}

/// Takes it back, for the depot.
#[derive(Debug, Clone)]
pub(crate) struct WithdrawDisposal {
    pub(crate) disposal: Id<kinds::Disposal>,
    pub(crate) reason: Text<500>,
}

impl Command for WithdrawDisposal {
    type Output = DisposalView;
    const NAME: &'static str = "stock.withdraw_disposal";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["assessed_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DisposalView, Problem> {
        let held = Held::lock(uow, self.disposal).await?;
        held.by_keeper(uow).await?;
        let withdrawn = held
            .disposal
            .withdraw(signature(uow), self.reason.to_string());
        let state = withdrawn.map_err(|error| held.refused(error))?;
        held.let_go(uow).await?;
        held.save(uow, &state, None).await
    }
}
