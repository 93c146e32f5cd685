//! Proposing a plan.
//!
//! **Invariant.** A plan moves nothing and promises nothing. What it was computed from is read in
//! one transaction, so that it never adds up two different states of the stock.

use domain::{
    dispatch::planner::{self, Policy},
    identity::Capability,
    kernel::{Id, Language, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::{
    dispatch::{
        queries::{self, plan_input},
        rows,
        wire::{PlanContent, PlanView, PolicyView, SentencesView},
    },
    incidents,
    problem::Problem,
    uow::{Command, Uow},
};

/// Computes a plan for open needs of an incident.
#[derive(Debug)]
pub(in crate::dispatch) struct MakePlan {
    pub(in crate::dispatch) id: Option<Id<kinds::Plan>>,
    pub(in crate::dispatch) incident: Id<kinds::Incident>,
    /// Only these needs; all if empty.
    pub(in crate::dispatch) needs: Vec<Id<kinds::Need>>,
    pub(in crate::dispatch) policy: Policy,
}

impl Command for MakePlan {
    type Output = PlanView;
    const NAME: &'static str = "dispatch.make_plan";

    async fn run(&self, uow: &mut Uow<'_>) -> Result<PlanView, Problem> {
        let incident = incidents::open_incident(uow.db(), &uow.scope(), self.incident).await?;
        uow.require(Capability::PlanDispatch, incident.organisation.uuid())
            .await?;
        let gathered = plan_input::gather(
            uow.db(),
            &uow.scope(),
            self.incident,
            &self.needs,
            &self.policy,
            uow.now(),
        )
        .await?;
        let result = planner::plan(&gathered.input);
        let sentences = SentencesView {
            zh: result.sentences(Language::Zh, &gathered.names),
            en: result.sentences(Language::En, &gathered.names_en),
        };
        let content = PlanContent::new(&result, sentences);
        let id = self.id.unwrap_or_else(|| uow.id());
        let json = |value: serde_json::Result<String>| value.map_err(Problem::internal);
        rows::plan::ActiveModel {
            id: Set(id.uuid()),
            incident_id: Set(self.incident.uuid()),
            organisation_id: Set(incident.organisation.uuid()),
            state: Set("proposed".to_owned()),
            policy: Set(json(serde_json::to_string(&PolicyView::from(
                &self.policy,
            )))?),
            result: Set(json(serde_json::to_string(&content))?),
            computed_at: Set(uow.now()),
            confirmed_at: Set(None),
            version: Set(1),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        uow.subject(id, Some(incident.organisation.uuid()));
        queries::plan(uow.db(), &uow.scope(), id).await
    }
}
