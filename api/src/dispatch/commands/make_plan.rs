//! Keeping a plan that was computed.
//!
//! **Invariant.** A plan moves nothing and promises nothing: it is written down as it was computed.
//! It is computed before, beside the writers (`queries::propose`), so that nobody waits for it.

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use super::kept_plan::{KeptPlan, RecordedPlan};
use crate::{
    dispatch::{
        queries::{self, Proposal},
        rows,
    },
    incidents,
    problem::Problem,
    uow::{Command, Permission, Uow},
};

/// Writes a proposal down.
#[derive(Debug)]
pub(in crate::dispatch) struct KeepPlan {
    pub(in crate::dispatch) id: Option<Id<kinds::Plan>>,
    pub(in crate::dispatch) proposal: Proposal,
}

impl Command for KeepPlan {
    type Output = KeptPlan;
    const NAME: &'static str = "dispatch.make_plan";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PlanDispatch]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<KeptPlan, Problem> {
        let Proposal {
            incident,
            policy,
            text,
            computed_at,
        } = &self.proposal;
        let incident = incidents::open_incident(uow.db(), &uow.scope(), *incident).await?;
        let organisation = incident.organisation.uuid();
        uow.require(Capability::PlanDispatch, organisation).await?;
        let id = self.id.unwrap_or_else(|| uow.id());
        let row = rows::plan::Model {
            id: id.uuid(),
            incident_id: incident.id.uuid(),
            organisation_id: organisation,
            state: "proposed".to_owned(),
            made_by: Some(uow.caller().principal()),
            policy: serde_json::to_string(policy).map_err(Problem::internal)?,
            result: text.clone(),
            computed_at: *computed_at,
            confirmed_at: None,
            version: 1,
            created_at: uow.now(),
        };
        uow.subject(id, Some(organisation));
        let recorded = RecordedPlan {
            head: queries::head(&row, Vec::new())?,
            content: uow.digest(text),
        };
        uow.insert_all(vec![row.into_active_model().reset_all()])
            .await?;
        Ok(KeptPlan {
            recorded,
            text: text.clone(),
        })
    }
}
