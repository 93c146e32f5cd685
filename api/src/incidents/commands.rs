//! Changes of incidents.
//!
//! **Invariant.** Only an open incident is worked on, and it stays open while that is written: each
//! command holds its row until it commits, so that closing and working never cross.

mod compute;
mod incident;
mod need;
mod site;

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
};

use crate::{problem::Problem, uow::Uow};

use super::{queries, rows};

pub(crate) use compute::ComputeNeeds;
pub(crate) use incident::{
    Area, CloseIncident, Declaration, OfAlert, PartRow, ReopenIncident, UpdateIncident, Where,
};
pub(crate) use need::{NeedLine, StateNeeds, WithdrawNeed};
pub(crate) use site::{CreateSite, GivenPlace, UpdateSite};

// An incident that may be worked on, held open until the transaction ends.
async fn held_open(
    uow: &Uow<'_>,
    id: Id<kinds::Incident>,
) -> Result<rows::incident::Model, Problem> {
    queries::held_open(uow.db(), &uow.scope(), id).await
}

// Those who lead the response and those who receive at the site may both speak for it.
async fn require_for_site(
    uow: &Uow<'_>,
    incident: &rows::incident::Model,
    site_organisation: sea_orm::prelude::Uuid,
) -> Result<(), Problem> {
    let either = [site_organisation, incident.organisation_id];
    uow.require_one(&either.map(|it| (Capability::DeclareIncident, it)))
        .await
        .map(drop)
}
