//! Changes of duties.
//!
//! **Invariant.** Whoever posts stock in a depot says what was done there; whoever manages the depot
//! names who answers; periods and holidays are for a steward of the root of the tree, for they are
//! everyone's.

mod arrivals;
mod records;
mod settings;

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
};

use super::{queries, rows, wire};
use crate::{
    depots::{self, DepotFacts},
    problem::Problem,
    uow::Uow,
};

pub(crate) use arrivals::{AcceptArrival, RecordArrival, WithdrawArrival};
pub(crate) use records::{RecordDuty, WithdrawDutyRecord};
pub(crate) use settings::{NameDutyHolder, SetDutyPeriod, SetWorkCalendar};

// The depot that the body names as `depot_id`, in which the caller posts stock.
async fn depot_of_body(uow: &Uow<'_>, id: Id<kinds::Depot>) -> Result<DepotFacts, Problem> {
    let found = depots::depot(uow.db(), &uow.scope(), id).await;
    let depot = found.map_err(|problem| {
        problem.named_at("/depot_id", "没有这个储备库", "there is no such depot")
    })?;
    let custodian = depot.organisation_id.uuid();
    uow.require(Capability::PostStock, custodian).await?;
    Ok(depot)
}
