//! Keeping a plan that was computed.
//!
//! **Invariant.** A plan moves nothing and promises nothing: it is written down as it was computed.
//! It is computed before, beside the writers (`queries::propose`), so that nobody waits for it.

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::{
    dispatch::{
        queries::{self, Proposal},
        rows,
        wire::PlanView,
    },
    incidents,
    problem::Problem,
    uow::{Command, Uow},
};

/// Writes a proposal down.
#[derive(Debug)]
pub(in crate::dispatch) struct KeepPlan {
    pub(in crate::dispatch) id: Option<Id<kinds::Plan>>,
    pub(in crate::dispatch) proposal: Proposal,
}

impl Command for KeepPlan {
    type Output = PlanView;
    const NAME: &'static str = "dispatch.make_plan";

    async fn run(&self, uow: &mut Uow<'_>) -> Result<PlanView, Problem> {
        let Proposal {
            incident,
            policy,
            content,
            computed_at,
        } = &self.proposal;
        let incident = incidents::open_incident(uow.db(), &uow.scope(), *incident).await?;
        let organisation = incident.organisation.uuid();
        uow.require(Capability::PlanDispatch, organisation).await?;
        let id = self.id.unwrap_or_else(|| uow.id());
        rows::plan::ActiveModel {
            id: Set(id.uuid()),
            incident_id: Set(incident.id.uuid()),
            organisation_id: Set(organisation),
            state: Set("proposed".to_owned()),
            policy: Set(serde_json::to_string(policy).map_err(Problem::internal)?),
            result: Set(serde_json::to_string(content).map_err(Problem::internal)?),
            computed_at: Set(*computed_at),
            confirmed_at: Set(None),
            version: Set(1),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        uow.subject(id, Some(organisation));
        queries::plan(uow.db(), &uow.scope(), id).await
    }
}
