//! An assessment is opened, stated, and remarked on.
//!
//! **Invariant.** A depot has one assessment by a rule set that is stated or under way. What is stated
//! is of the kinds that the rule set takes.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    organisations::Body,
    rating::{Assessment, RuleSet, Standing, Statement, actor_title},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, QueryFilter};
use uuid::Uuid;

use crate::{
    depots::{self, DepotFacts},
    organisations,
    problem::{Code, Faults, Problem},
    scope::{Scope, visible},
    uow::{Command, Permission, Uow},
};

use super::{
    super::{
        queries,
        rows::{assessment, remark},
        wire::{AssessmentView, StatementBody},
    },
    AwaitedFrom, Held,
};

/// So many remarks are kept with one assessment.
const REMARKS_MAX: i64 = 1_000;

/// Opens one.
#[derive(Debug, Clone)]
pub(crate) struct OpenAssessment {
    pub(crate) id: Option<Id<kinds::Assessment>>,
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) rule_set: String,
    pub(crate) profile: Option<String>,
}

impl Command for OpenAssessment {
    type Output = AssessmentView;
    const NAME: &'static str = "rating.open_assessment";
    const PERMISSION: Permission = Permission::Holds(&[Capability::StateRating]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AssessmentView, Problem> {
        let mut faults = Faults::default();
        let depot = self.depot(uow, &mut faults).await?;
        let found = queries::rule_set(uow.db(), Some(&self.rule_set)).await;
        let found = found.map_err(|mut problem| {
            for fault in &mut problem.faults {
                fault.pointer = format!("/{}", fault.pointer);
            }
            problem
        });
        let rule_set = faults.absorb(found)?;
        if let Some(rule_set) = &rule_set {
            self.check(&mut faults, rule_set, uow.today());
        }
        let depot = faults.finish(depot)?;
        let custodian = depot.organisation_id.uuid();
        uow.require(Capability::StateRating, custodian).await?;
        if let Some(rule_set) = &rule_set {
            check_steps(uow, rule_set, custodian).await?;
        }
        let open = visible::<assessment::Entity>(&Scope::Everything)
            .filter(assessment::Column::DepotId.eq(self.depot.uuid()))
            .filter(assessment::Column::RuleSet.eq(&self.rule_set))
            .filter(assessment::Column::State.is_in(["stating", "underway"]))
            .one(uow.db())
            .await?;
        if let Some(open) = open {
            let id: Id<kinds::Assessment> = Id::from_uuid(open.id);
            return Err(Problem::new(Code::AlreadyExists)
                .with("constraint", "assessment_open")
                .with("earlier", id.to_string())
                .detail(
                    format!("该储备库按 {} 的评定尚未结束，见 {id}", self.rule_set),
                    format!(
                        "the assessment {id} of this depot by {} is open",
                        self.rule_set
                    ),
                ));
        }
        self.check_id(uow).await?;
        let fresh = Assessment::open();
        let state = serde_json::to_string(fresh.state()).map_err(Problem::internal)?;
        let id = self.id.unwrap_or_else(|| uow.id());
        let mut row = assessment::ActiveModel {
            depot_id: Set(self.depot.uuid()),
            id: Set(id.uuid()),
            rule_set: Set(self.rule_set.clone()),
            profile: Set(self.profile.clone()),
            state: Set(fresh.state().name().name().to_owned()),
            state_data: Set(state),
            stated: Set("[]".to_owned()),
            waived: Set("[]".to_owned()),
            facts: Set(None),
            facts_digest: Set(None),
            grade: Set(None),
            valid_from: Set(None),
            valid_until: Set(None),
            opened_at: Set(uow.now()),
            opened_by: Set(uow.caller().principal()),
            version: Set(1),
            ..Default::default()
        };
        if let Some(rule_set) = &rule_set {
            AwaitedFrom::of(&fresh, rule_set, uow.today()).put_down(&mut row);
        }
        let row = row.insert(uow.db()).await?;
        uow.subject(id, Some(custodian));
        queries::shown(uow.db(), row).await
    }
}

impl OpenAssessment {
    // Another depot's under this id would not collide, and its papers would be shown with this one.
    async fn check_id(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let Some(id) = self.id else {
            return Ok(());
        };
        let found = queries::assessment(uow.db(), &Scope::Everything, id).await;
        Problem::unless_new(found, "assessment.id")
    }

    async fn depot(
        &self,
        uow: &Uow<'_>,
        faults: &mut Faults,
    ) -> Result<Option<DepotFacts>, Problem> {
        let depot = depots::depot(uow.db(), &uow.scope(), self.depot).await;
        let depot = depot.map_err(|problem| {
            problem.named_at("/depot_id", "没有这座储备库", "there is no such depot")
        });
        let depot = faults.absorb(depot)?;
        if depot
            .as_ref()
            .is_some_and(|depot| !depot.operation.is_rated())
        {
            faults.note(
                "/depot_id",
                "not-rated",
                "供应商的库房不参加评定",
                "the store of a supplier is not rated",
            );
        }
        Ok(depot)
    }

    fn check(&self, faults: &mut Faults, rule_set: &RuleSet, today: NaiveDate) {
        let parts = rule_set.parts();
        let holds = parts.standing == Standing::InForce
            && parts.valid_from <= today
            && parts.valid_to.is_none_or(|last| today <= last);
        if !holds {
            faults.note(
                "/rule_set",
                "not-in-force",
                "该规则目前无效",
                "the rule set is not in force today",
            );
        }
        if rule_set.profile(self.profile.as_deref()).is_err() {
            faults.note(
                "/profile",
                "reference",
                "规则中没有这个方案",
                "the rule set has no such profile",
            );
        }
    }
}

// A step that no society above the depot could do would end the course for ever.
async fn check_steps(uow: &Uow<'_>, rule_set: &RuleSet, custodian: Uuid) -> Result<(), Problem> {
    let chain = organisations::above(uow.db(), &[custodian]).await?;
    let above: Vec<_> = chain
        .into_values()
        .flatten()
        .filter(|&(_, depth)| depth > 0)
        .map(|(id, _)| id)
        .collect();
    let bodies = organisations::bodies(uow.db(), &above).await?;
    let above: Vec<_> = bodies
        .into_values()
        .filter_map(|body| match body {
            Body::Society(level) => Some(level),
            Body::Partner => None,
        })
        .collect();
    let Some((step, actor)) = rule_set.parts().workflow.step_of_nobody(&above) else {
        return Ok(());
    };
    Err(Problem::field(
        "/rule_set",
        "no-actor",
        format!(
            "规则规定“{}”由{}办理，而该库上级中没有",
            step.title().zh,
            actor_title(actor).zh
        ),
        format!("the step {step} is for a {actor} society, and none is above this depot"),
    ))
}

/// States what the depot has; it takes the place of what was stated before. While an assessment is
/// under way, those above put down what they give and find beside it.
#[derive(Debug, Clone)]
pub(crate) struct StateAssessment {
    pub(crate) assessment: Id<kinds::Assessment>,
    pub(crate) statements: Vec<StatementBody>,
}

impl Command for StateAssessment {
    type Output = AssessmentView;
    const NAME: &'static str = "rating.state_assessment";
    const PERMISSION: Permission =
        Permission::Holds(&[Capability::StateRating, Capability::DecideRating]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AssessmentView, Problem> {
        let held = Held::lock(uow, self.assessment).await?;
        let by_reviewer = held.stated_by_reviewer(uow).await?;
        self.check(&held.rule_set, by_reviewer, uow.today())?;
        let mut stated = Vec::new();
        if by_reviewer {
            let again = |kept: &StatementBody| {
                let mut given = self.statements.iter();
                given.any(|given| given.criterion == kept.criterion)
            };
            stated = held.row.statements()?;
            stated.retain(|kept| !again(kept));
        }
        stated.extend(self.statements.iter().cloned());
        let stated = serde_json::to_string(&stated).map_err(Problem::internal)?;
        let next = held.assessment.clone();
        held.save(uow, &next, |row| row.stated = Set(stated)).await
    }
}

impl StateAssessment {
    fn check(
        &self,
        rule_set: &RuleSet,
        by_reviewer: bool,
        today: NaiveDate,
    ) -> Result<(), Problem> {
        let mut faults = Faults::default();
        let mut seen = BTreeSet::new();
        for (position, body) in self.statements.iter().enumerate() {
            let at = format!("/statements/{position}");
            let stated = body.parse(&mut faults, &at, rule_set, today);
            match stated {
                Some((_, Statement::Score { .. })) if !by_reviewer => faults.note(
                    at.as_str(),
                    "kind",
                    "评分由上级评定人员填写",
                    "an assessor of a society above gives these points",
                ),
                Some((
                    _,
                    Statement::Figure(_) | Statement::Answer { .. } | Statement::Ticked(_),
                )) if by_reviewer => faults.note(
                    at.as_str(),
                    "kind",
                    "该项由储备库自评，评定人员请写评审意见",
                    "this is the depot's own to state; a reviewer remarks on it",
                ),
                _ => {}
            }
            if !seen.insert(&body.criterion) {
                let at = format!("{at}/criterion");
                faults.note(at, "duplicate", "指标重复", "the criterion is stated twice");
            }
        }
        faults.finish(Some(()))
    }
}

/// Says what a reviewer found.
#[derive(Debug, Clone)]
pub(crate) struct AddRemark {
    pub(crate) assessment: Id<kinds::Assessment>,
    pub(crate) criterion: Option<String>,
    pub(crate) remark: Text<2000>,
}

impl Command for AddRemark {
    type Output = AssessmentView;
    const NAME: &'static str = "rating.add_remark";
    const PERMISSION: Permission =
        Permission::Holds(&[Capability::StateRating, Capability::DecideRating]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AssessmentView, Problem> {
        let held = Held::lock(uow, self.assessment).await?;
        uow.require(Capability::DecideRating, held.custodian())
            .await?;
        let known = |id: &String| held.rule_set.criterion(id).is_some();
        if !self.criterion.as_ref().is_none_or(known) {
            return Err(Problem::field(
                "/criterion",
                "reference",
                "规则中没有这个指标",
                "the rule set has no such criterion",
            ));
        }
        let number = queries::last_remark(uow.db(), held.row.id).await? + 1;
        if number > REMARKS_MAX {
            return Err(Problem::field(
                "/remark",
                "too-many",
                format!("意见不得超过 {REMARKS_MAX} 条"),
                format!("an assessment has at most {REMARKS_MAX} remarks"),
            ));
        }
        remark::ActiveModel {
            depot_id: Set(held.row.depot_id),
            assessment_id: Set(held.row.id),
            number: Set(number),
            criterion: Set(self.criterion.clone()),
            remark: Set(self.remark.to_string()),
            made_at: Set(uow.now()),
            made_by: Set(uow.caller().principal()),
        }
        .insert(uow.db())
        .await?;
        let next = held.assessment.clone();
        held.save(uow, &next, |_| ()).await
    }
}
