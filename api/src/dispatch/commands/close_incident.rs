//! Ending an incident.
//!
//! **Invariant.** An incident ends only when none of its orders runs: dispatch knows the orders,
//! incidents knows the state.

use domain::kernel::{Id, kinds};

use crate::{
    dispatch::queries,
    incidents::{CloseIncident, IncidentView},
    problem::Problem,
    uow::{Command, Uow},
};

/// Ends an incident whose orders have all ended.
#[derive(Debug)]
pub(in crate::dispatch) struct EndIncident {
    pub(in crate::dispatch) incident: Id<kinds::Incident>,
}

impl Command for EndIncident {
    type Output = IncidentView;
    const NAME: &'static str = "dispatch.end_incident";

    async fn run(&self, uow: &mut Uow<'_>) -> Result<IncidentView, Problem> {
        let running_orders = queries::running_orders(uow.db(), self.incident).await?;
        let close = CloseIncident {
            id: self.incident,
            running_orders,
        };
        close.run(uow).await
    }
}
