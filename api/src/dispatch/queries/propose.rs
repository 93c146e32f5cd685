//! Computing a plan.
//!
//! **Invariant.** What a plan is computed from is read in one transaction, so that it never adds up
//! two different states of the stock, and outside the writers' way, so that none waits for it. It
//! takes from depots where the caller may reserve, and from no other that they merely see.

use chrono::{DateTime, Utc};
use domain::{
    dispatch::planner,
    identity::Capability,
    kernel::{Id, Language, kinds},
};

use crate::{
    app::App,
    clock::Laps,
    dispatch::{
        queries::plan_input::{self, Question},
        wire::{PlanContent, PolicyView, SentencesView},
    },
    incidents,
    problem::{Code, Problem},
    scope::Scope,
};

/// The parts of the tree over which somebody may do what a plan takes.
#[derive(Debug)]
pub(in crate::dispatch) struct Reach {
    pub(in crate::dispatch) sees: Scope,
    pub(in crate::dispatch) plans: Scope,
    pub(in crate::dispatch) reserves: Scope,
}

/// A plan that was computed and is not written down yet.
#[derive(Debug)]
pub(in crate::dispatch) struct Proposal {
    pub(in crate::dispatch) incident: Id<kinds::Incident>,
    pub(in crate::dispatch) policy: PolicyView,
    /// What it was computed to, as it is going to be kept.
    pub(in crate::dispatch) text: String,
    pub(in crate::dispatch) computed_at: DateTime<Utc>,
}

/// Computes a plan.
pub(in crate::dispatch) async fn propose(
    app: &App,
    reach: &Reach,
    asked: &Question,
) -> Result<Proposal, Problem> {
    let now = app.clock.now();
    let mut laps = Laps::begin();
    let snapshot = app.db.snapshot().await?;
    let view = incidents::incident(&snapshot, &reach.sees, asked.incident).await?;
    let organisation = view.organisation_id.uuid();
    if !reach.plans.contains(&snapshot, organisation).await? {
        let capability = Capability::PlanDispatch.name();
        return Err(Problem::new(Code::Forbidden).with("capability", capability));
    }
    let requester = view.organisation_id;
    let mut gathered = plan_input::gather(&snapshot, reach, asked, requester, now).await?;
    snapshot.rollback().await?;
    let needs = gathered.input.needs.len();
    let read = laps.lap();
    gathered.input.matrix = app.routing.answer(gathered.ways).await?;
    let matrix = laps.lap();
    let replan = asked.replan;
    // Thousands of needs and depots take a while, and other requests share this thread.
    let content = tokio::task::spawn_blocking(move || {
        let result = planner::plan(&gathered.input);
        let sentences = SentencesView {
            zh: result.sentences(Language::Zh, &gathered.names),
            en: result.sentences(Language::En, &gathered.names_en),
        };
        PlanContent::new(&result, sentences, replan)
    })
    .await
    .map_err(Problem::internal)?;
    let solve = laps.lap();
    // Written down beside the writers, too.
    let written = tokio::task::spawn_blocking(move || serde_json::to_string(&content));
    let text = written.await.map_err(Problem::internal)?;
    let text = text.map_err(Problem::internal)?;
    let (bytes, write) = (text.len(), laps.lap());
    tracing::debug!(needs, bytes, ?read, ?matrix, ?solve, ?write, "planned");
    Ok(Proposal {
        incident: asked.incident,
        policy: PolicyView::from(&asked.policy),
        text,
        computed_at: now,
    })
}
