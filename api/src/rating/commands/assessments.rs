//! The course of an assessment.
//!
//! **Invariant.** The row is locked before it is judged, and `domain` judges. Whoever keeps the depot
//! states; whoever speaks for a society above it reviews and decides. A decision freezes the facts
//! that it is taken on, in its own transaction.

mod act;
mod evidence;
mod state;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    identity::Capability,
    kernel::{Id, kinds},
    organisations::Body,
    rating::{
        Assessment, AssessmentAction, AssessmentError, AssessmentStateName, Awaited, Deadline,
        Hand, RuleSet, Superior, actor_title,
    },
    stock::Signature,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use uuid::Uuid;

use crate::{
    depots::{self, DepotFacts},
    organisations,
    problem::{Code, Problem},
    scope::Scope,
    uow::Uow,
};

use super::{queries, rows::assessment, wire::AssessmentView};

pub(crate) use act::{Act, ActOnAssessment};
pub(crate) use evidence::{AddEvidence, File};
pub(crate) use state::{AddRemark, OpenAssessment, StateAssessment};

// An assessment that nobody else changes until the transaction ends.
struct Held {
    row: assessment::Model,
    assessment: Assessment,
    depot: DepotFacts,
    rule_set: RuleSet,
}

impl Held {
    /// Locks one that the caller sees.
    async fn lock(uow: &Uow<'_>, id: Id<kinds::Assessment>) -> Result<Self, Problem> {
        let row = queries::assessment_to_change(uow.db(), &uow.scope(), id).await?;
        let depot = Id::from_uuid(row.depot_id);
        let depot = depots::depot(uow.db(), &Scope::Everything, depot).await?;
        let rule_set = queries::rule_set(uow.db(), Some(&row.rule_set)).await;
        Ok(Self {
            assessment: row.assessment()?,
            row,
            depot,
            rule_set: rule_set.map_err(Problem::internal)?,
        })
    }

    fn custodian(&self) -> Uuid {
        self.depot.organisation_id.uuid()
    }

    async fn by_keeper(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        uow.require(Capability::StateRating, self.custodian()).await
    }

    /// Who acts, and for whom.
    async fn hand(&self, uow: &Uow<'_>) -> Result<Hand, Problem> {
        let (db, caller, custodian) = (uow.db(), uow.caller(), self.custodian());
        let mut homes: Vec<_> = caller.grants().iter().map(|(_, root)| *root).collect();
        homes.extend(caller.organisation());
        let below = Scope::Subtrees(vec![custodian]);
        let own = !organisations::within(db, &below, &homes).await?.is_empty();
        let chain = organisations::above(db, &[custodian]).await?;
        let mut chain: Vec<_> = chain.into_values().flatten().collect();
        chain.retain(|(_, depth)| *depth > 0);
        chain.sort_by_key(|(_, depth)| *depth);
        let above: Vec<_> = chain.into_iter().map(|(id, _)| id).collect();
        let reach = caller.reach(Capability::DecideRating);
        let reached = organisations::within(db, &reach, &above).await?;
        let bodies = organisations::bodies(db, &above).await?;
        let superiors = above.iter().filter(|id| reached.contains(*id));
        let superiors = superiors.filter_map(|id| match bodies.get(id) {
            Some(Body::Society(level)) => Some(Superior {
                society: Id::from_uuid(*id),
                level: *level,
            }),
            _ => None,
        });
        Ok(Hand {
            signature: signature(uow),
            day: uow.today(),
            own,
            above: superiors.collect(),
        })
    }

    // Whether those above state, and may: what an assessor gives, and what a visit finds, is put down
    // while it is under way. Before that it is the depot's own.
    async fn stated_by_reviewer(&self, uow: &Uow<'_>) -> Result<bool, Problem> {
        let Err(handed_in) = self.assessment.may_state() else {
            self.by_keeper(uow).await?;
            return Ok(false);
        };
        let decides = uow.require(Capability::DecideRating, self.custodian());
        let decides = decides.await;
        let hand = self.hand(uow).await?;
        let of_depot = hand.own || hand.above.is_empty();
        // The depot's own are told that it was handed in, and not that they had no right.
        if (decides.is_err() || of_depot) && self.by_keeper(uow).await.is_ok() {
            return Err(self.refused(&handed_in));
        }
        decides?;
        let workflow = &self.rule_set.parts().workflow;
        if self.assessment.next_step(workflow).is_none() {
            return Err(self.refused(&handed_in));
        }
        if of_depot {
            let action = AssessmentAction::State;
            return Err(self.refused(&AssessmentError::OwnDepot { action }));
        }
        Ok(true)
    }

    // What people call a criterion.
    fn title(&self, criterion: &str) -> String {
        let known = self.rule_set.criterion(criterion);
        known.map_or_else(|| criterion.to_owned(), |known| known.title.zh.clone())
    }

    // Which levels there are, the best first.
    fn no_level(&self, level: &str) -> (String, String) {
        let levels = self.rule_set.levels();
        let levels = levels.iter().rev();
        let zh = levels
            .clone()
            .map(|it| format!("{}（{}）", it.id, it.title.zh));
        let en = levels.map(|it| format!("{} ({})", it.id, it.title.en));
        (
            format!(
                "规则中没有等级“{level}”，可用的有：{}",
                zh.collect::<Vec<_>>().join("、")
            ),
            format!(
                "the rule set has no level `{level}`, but {}",
                en.collect::<Vec<_>>().join(", ")
            ),
        )
    }

    // What a refusal of the domain means for whoever asked.
    fn refused(&self, error: &AssessmentError) -> Problem {
        let wrong = || {
            Problem::new(Code::WrongState)
                .with("state", self.row.state.clone())
                .with(
                    "assessment_id",
                    Id::<kinds::Assessment>::from_uuid(self.row.id).to_string(),
                )
        };
        let text = error.to_string();
        match error {
            AssessmentError::NotNow { action, state } => {
                let (zh, en) = not_now(*action, *state);
                wrong().with("action", action.name()).detail(zh, en)
            }
            AssessmentError::OtherStep { next } => {
                let zh = format!("下一步应为“{}”", next.title().zh);
                wrong().detail(zh, text)
            }
            AssessmentError::OwnDepot { action } => Problem::new(Code::Forbidden)
                .with("action", action.name())
                .detail("被评定库所属单位的人员不得办理此项", text),
            AssessmentError::OtherActor { actor } => Problem::new(Code::Forbidden)
                .detail(format!("此项应由{}办理", actor_title(*actor).zh), text),
            AssessmentError::OwnDecision => {
                Problem::new(Code::Forbidden).detail("作出决定的人不得处理对该决定的异议", text)
            }
            AssessmentError::UnknownLevel { level } => {
                let (zh, en) = self.no_level(level);
                Problem::field("/grade", "reference", zh, en)
            }
            AssessmentError::NotLower => Problem::field(
                "/grade",
                "reference",
                "须低于现有等级",
                "must be below the level that holds",
            ),
            AssessmentError::Vetoed { criterion } => Problem::field(
                "/grade",
                "vetoed",
                format!("否决项“{}”成立，不得授予该等级", self.title(criterion)),
                text,
            ),
            AssessmentError::Day { day } => {
                let at = crate::clock::start_of_day(*day);
                wrong()
                    .with("deadline_at", at.to_rfc3339())
                    .detail(format!("期限为 {day}"), text)
            }
            AssessmentError::AppealOpen => wrong().detail("异议尚未处理", text),
            AssessmentError::NoAppeal => wrong().detail("没有待处理的异议", text),
        }
    }

    // When somebody is to be reminded of what it waits for.
    fn remind_on(&self) -> Option<NaiveDate> {
        self.row.remind_on.as_deref()?.parse().ok()
    }

    // What it waits for from now on; `None` where it goes on waiting for the same.
    fn awaited(&self, next: &Assessment, today: NaiveDate) -> Option<AwaitedFrom> {
        let from = AwaitedFrom::of(next, &self.rule_set, today);
        let before = self.row.awaits.as_deref();
        (from.awaited.map(Awaited::name) != before).then_some(from)
    }

    /// Writes where it stands.
    async fn save(
        self,
        uow: &mut Uow<'_>,
        next: &Assessment,
        change: impl FnOnce(&mut assessment::ActiveModel),
    ) -> Result<AssessmentView, Problem> {
        let custodian = self.custodian();
        let version = self.row.version + 1;
        let awaited = self.awaited(next, uow.today());
        let mut row = self.row.into_active_model();
        row.state = Set(next.state().name().name().to_owned());
        row.state_data = Set(serde_json::to_string(next.state()).map_err(Problem::internal)?);
        row.version = Set(version);
        let (from, until) = in_force(next);
        row.valid_from = Set(from);
        row.valid_until = Set(until);
        if let Some(awaited) = awaited {
            awaited.put_down(&mut row);
        }
        change(&mut row);
        let row = row.update(uow.db()).await?;
        uow.subject(Id::<kinds::Assessment>::from_uuid(row.id), Some(custodian));
        queries::shown(uow.db(), row).await
    }
}

/// What an assessment waits for from today on.
struct AwaitedFrom {
    awaited: Option<Awaited>,
    since: NaiveDate,
    deadline: Deadline,
}

impl AwaitedFrom {
    fn of(assessment: &Assessment, rule_set: &RuleSet, since: NaiveDate) -> Self {
        let workflow = &rule_set.parts().workflow;
        Self {
            awaited: assessment.awaits(workflow),
            since,
            deadline: assessment.deadline(workflow, since),
        }
    }

    fn put_down(&self, row: &mut assessment::ActiveModel) {
        let text = |day: Option<NaiveDate>| day.map(|day| day.to_string());
        row.awaits = Set(self.awaited.map(|awaited| awaited.name().to_owned()));
        row.awaits_since = Set(self.awaited.map(|_| self.since.to_string()));
        row.due_on = Set(text(self.deadline.due_on));
        row.remind_on = Set(text(self.deadline.remind_on));
    }
}

fn not_now(action: AssessmentAction, state: AssessmentStateName) -> (String, String) {
    use AssessmentAction::{State, Submit};
    if matches!(action, State | Submit) && state != AssessmentStateName::Stating {
        let title = state.title();
        return (
            format!("自评已提交（{}），不能再改；如需修改，请上级退回", title.zh),
            format!(
                "it was handed in already and is {}: those above may send it back",
                title.en
            ),
        );
    }
    let title = state.title();
    (
        format!("评定的状态为“{}”，不能办理此项", title.zh),
        format!("an assessment that is {} does not allow this", title.en),
    )
}

fn in_force(assessment: &Assessment) -> (Option<String>, Option<String>) {
    match assessment.state() {
        domain::rating::AssessmentState::InForce { since, until, .. } => (
            Some(since.to_string()),
            until.map(|until| until.to_string()),
        ),
        _ => (None, None),
    }
}

fn signature(uow: &Uow<'_>) -> Signature {
    let at: DateTime<Utc> = uow.now();
    Signature {
        by: uow.caller().principal(),
        at,
    }
}
