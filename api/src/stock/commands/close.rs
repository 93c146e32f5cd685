//! A depot is given up.
//!
//! **Invariant.** Only an empty depot closes, and it is empty when it closes: its row is locked
//! first, and whoever posts or reserves holds it.

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
};

use crate::{
    depots::{self, DepotView},
    problem::Problem,
    uow::{Command, Permission, Uow},
};

use super::queries;

/// Closes a depot for ever.
#[derive(Debug, Clone)]
pub(crate) struct CloseDepot {
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) reason: Text<500>,
}

impl Command for CloseDepot {
    type Output = DepotView;
    const NAME: &'static str = "stock.close_depot";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageDepots]);
    const PERSONAL: &'static [&'static str] = &["contacts"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DepotView, Problem> {
        let depot = depots::lock_depot(uow, self.depot).await?;
        let is_empty = queries::is_empty(uow.db(), self.depot).await?;
        depot.close(uow, is_empty, &self.reason).await
    }
}
