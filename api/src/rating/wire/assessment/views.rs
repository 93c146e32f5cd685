//! Assessments as they are shown.
//!
//! **Invariant.** What was decided is shown with the grade that the rule set makes of the frozen
//! facts, beside the one that was granted.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    rating::{Assessment, AssessmentState, Decision, Ending, RuleSet, StepKind},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{super::super::rows, StatementBody, WaiverBody};
use crate::{http::versioned, problem::Problem};

/// A file that shows what is stated.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct EvidenceView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Evidence>,
    #[schema(max_length = 64)]
    pub(crate) criterion: String,
    #[schema(max_length = 255)]
    pub(crate) file_name: String,
    #[schema(max_length = 100)]
    pub(crate) media_type: String,
    #[schema(minimum = 1)]
    pub(crate) size_bytes: i64,
    /// The SHA-256 of the file, in hexadecimal.
    #[schema(max_length = 64)]
    pub(crate) sha256: String,
    pub(crate) added_at: DateTime<Utc>,
    #[schema(max_length = 100)]
    pub(crate) added_by: String,
}

/// What a reviewer said.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RemarkView {
    #[schema(max_length = 64)]
    criterion: Option<String>,
    #[schema(max_length = 2000)]
    remark: String,
    made_at: DateTime<Utc>,
    #[schema(max_length = 100)]
    made_by: String,
}

impl From<rows::remark::Model> for RemarkView {
    fn from(row: rows::remark::Model) -> Self {
        Self {
            criterion: row.criterion,
            remark: row.remark,
            made_at: row.made_at,
            made_by: row.made_by,
        }
    }
}

/// What was done with an assessment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct AssessmentActView {
    /// What was done, as the address that did it ends; `enforce` and `expire` by the server as
    /// well, and `remind` by the server alone: a step is late, or the grade ends soon.
    #[schema(max_length = 16)]
    act: String,
    /// Where the assessment stood after it.
    #[schema(max_length = 16)]
    state: String,
    /// The level that was granted then.
    #[schema(max_length = 64)]
    grade: Option<String>,
    /// Why, where a reason is asked for.
    #[schema(max_length = 500)]
    reason: Option<String>,
    done_at: DateTime<Utc>,
    #[schema(max_length = 100)]
    done_by: String,
}

impl From<rows::act::Model> for AssessmentActView {
    fn from(row: rows::act::Model) -> Self {
        Self {
            act: row.act,
            state: row.state,
            grade: row.grade,
            reason: row.reason,
            done_at: row.done_at,
            done_by: row.done_by,
        }
    }
}

/// The course of rating one depot.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct AssessmentView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Assessment>,
    #[schema(value_type = String, max_length = 40)]
    depot_id: Id<kinds::Depot>,
    /// `id/edition`.
    #[schema(max_length = 80)]
    rule_set: String,
    #[schema(max_length = 64)]
    profile: Option<String>,
    /// What every answer by this rule set must say.
    #[schema(max_length = 2000)]
    label_zh: Option<String>,
    #[schema(max_length = 2000)]
    label_en: Option<String>,
    #[schema(
        max_length = 16,
        pattern = "^(stating|underway|announced|in_force|ended)$"
    )]
    state: String,
    /// The step that comes next, while it is under way.
    #[schema(max_length = 20)]
    next_step: Option<String>,
    /// What is to be done next: `submit`, `review`, `visit`, `decide`, `enforce` (the server does it
    /// when the notice is over and nobody objects), `settle` an objection, or `renew`: assess the depot
    /// anew before the grade ends. Absent at the end, and for a grade that never ends.
    #[schema(
        max_length = 16,
        pattern = "^(submit|review|visit|decide|enforce|settle|renew)$"
    )]
    awaits: Option<String>,
    /// The level of the society whose that is; absent where it is the depot's own to do, or of any
    /// society above it.
    #[schema(max_length = 16)]
    awaits_actor: Option<String>,
    /// Since which day.
    #[schema(format = Date, max_length = 10)]
    awaits_since: Option<String>,
    /// The last day on which it is in time, where the rule set says so.
    #[schema(format = Date, max_length = 10)]
    due_on: Option<String>,
    /// The level that was granted.
    #[schema(max_length = 64)]
    grade: Option<String>,
    #[schema(max_length = 2000)]
    grade_zh: Option<String>,
    #[schema(max_length = 2000)]
    grade_en: Option<String>,
    /// The level that the rule set makes of the frozen facts.
    #[schema(max_length = 64)]
    computed_grade: Option<String>,
    #[schema(max_length = 2000)]
    computed_grade_zh: Option<String>,
    #[schema(max_length = 2000)]
    computed_grade_en: Option<String>,
    /// The SHA-256 of the frozen facts; there once it is decided.
    #[schema(max_length = 64)]
    facts_digest: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    #[schema(max_length = 100)]
    decided_by: Option<String>,
    /// Why it was decided, lowered, taken away or taken back.
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// The last day of the notice.
    #[schema(format = Date, max_length = 10)]
    notice_until: Option<String>,
    /// The first day on which the grade holds.
    #[schema(format = Date, max_length = 10)]
    valid_from: Option<String>,
    /// The last day, if it has one.
    #[schema(format = Date, max_length = 10)]
    valid_until: Option<String>,
    /// Why somebody objects, while nobody has settled it.
    #[schema(max_length = 500)]
    appeal: Option<String>,
    /// `withdrawn`, `expired` or `revoked`, once it is over.
    #[schema(max_length = 16)]
    ending: Option<String>,
    #[schema(max_items = 500)]
    statements: Vec<StatementBody>,
    #[schema(max_items = 100)]
    waivers: Vec<WaiverBody>,
    #[schema(max_items = 500)]
    files: Vec<EvidenceView>,
    #[schema(max_items = 1000)]
    remarks: Vec<RemarkView>,
    /// What was done with it since it was opened, one after the other.
    #[schema(max_items = 1000)]
    acts: Vec<AssessmentActView>,
    opened_at: DateTime<Utc>,
    #[schema(max_length = 100)]
    opened_by: String,
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(AssessmentView);

impl AssessmentView {
    pub(in crate::rating) fn new(
        row: &rows::assessment::Model,
        rule_set: &RuleSet,
        files: Vec<EvidenceView>,
        remarks: Vec<RemarkView>,
        acts: Vec<AssessmentActView>,
    ) -> Result<Self, Problem> {
        let assessment = row.assessment()?;
        let label = rule_set.parts().label.as_ref();
        let workflow = &rule_set.parts().workflow;
        let told = Told::of(&assessment);
        let decision = told.decision;
        let awaits = assessment.awaits(workflow);
        let (grade, computed) = (
            decision.and_then(|decision| decision.grade.as_deref()),
            decision.and_then(|decision| decision.frozen.computed.as_deref()),
        );
        let title = |code: Option<&str>| code.and_then(|code| rule_set.title_of(code));
        Ok(Self {
            id: Id::from_uuid(row.id),
            depot_id: Id::from_uuid(row.depot_id),
            rule_set: row.rule_set.clone(),
            profile: row.profile.clone(),
            label_zh: label.map(|label| label.zh.clone()),
            label_en: label.map(|label| label.en.clone()),
            state: row.state.clone(),
            next_step: assessment
                .next_step(workflow)
                .map(|step: StepKind| step.name().to_owned()),
            awaits: awaits.map(|awaited| awaited.name().to_owned()),
            awaits_actor: awaits
                .and_then(|awaited| awaited.actor(workflow))
                .map(|level| level.name().to_owned()),
            awaits_since: row.awaits_since.clone(),
            due_on: row.due_on.clone(),
            grade: grade.map(str::to_owned),
            grade_zh: title(grade).map(|title| title.zh.clone()),
            grade_en: title(grade).map(|title| title.en.clone()),
            computed_grade: computed.map(str::to_owned),
            computed_grade_zh: title(computed).map(|title| title.zh.clone()),
            computed_grade_en: title(computed).map(|title| title.en.clone()),
            facts_digest: decision.map(|decision| decision.frozen.digest.clone()),
            decided_at: decision.map(|decision| decision.by.at),
            decided_by: decision.map(|decision| decision.by.by.clone()),
            reason: told
                .reason
                .or(decision.map(|decision| decision.reason.as_str()))
                .map(str::to_owned),
            notice_until: told.notice_until,
            valid_from: row.valid_from.clone(),
            valid_until: row.valid_until.clone(),
            appeal: told.appeal.map(str::to_owned),
            ending: told.ending.map(str::to_owned),
            statements: row.statements()?,
            waivers: row.waivers()?,
            files,
            remarks,
            acts,
            opened_at: row.opened_at,
            opened_by: row.opened_by.clone(),
            version: row.version,
        })
    }
}

// What a state tells.
#[derive(Default)]
struct Told<'a> {
    decision: Option<&'a Decision>,
    reason: Option<&'a str>,
    notice_until: Option<String>,
    appeal: Option<&'a str>,
    ending: Option<&'static str>,
}

impl<'a> Told<'a> {
    fn of(assessment: &'a Assessment) -> Self {
        match assessment.state() {
            AssessmentState::Stating | AssessmentState::Underway { .. } => Self::default(),
            AssessmentState::Announced {
                decision,
                until,
                appeal,
            } => Self {
                decision: Some(decision),
                notice_until: until.map(|until| until.to_string()),
                appeal: appeal.as_ref().map(|appeal| appeal.reason.as_str()),
                ..Self::default()
            },
            AssessmentState::InForce {
                decision, appeal, ..
            } => Self {
                decision: Some(decision),
                appeal: appeal.as_ref().map(|appeal| appeal.reason.as_str()),
                ..Self::default()
            },
            AssessmentState::Ended {
                decision, ending, ..
            } => {
                let (ending, reason) = match ending {
                    Ending::Withdrawn { reason } => ("withdrawn", Some(reason.as_str())),
                    Ending::Expired => ("expired", None),
                    Ending::Revoked { reason } => ("revoked", Some(reason.as_str())),
                };
                Self {
                    decision: decision.as_ref(),
                    reason,
                    ending: Some(ending),
                    ..Self::default()
                }
            }
        }
    }
}

impl rows::assessment::Model {
    pub(in crate::rating) fn assessment(&self) -> Result<Assessment, Problem> {
        let state = serde_json::from_str(&self.state_data).map_err(Problem::internal)?;
        Ok(Assessment::at(state))
    }

    pub(in crate::rating) fn statements(&self) -> Result<Vec<StatementBody>, Problem> {
        serde_json::from_str(&self.stated).map_err(Problem::internal)
    }

    pub(in crate::rating) fn waivers(&self) -> Result<Vec<WaiverBody>, Problem> {
        serde_json::from_str(&self.waived).map_err(Problem::internal)
    }
}

/// The last day of the notice that a state names.
pub(in crate::rating) fn notice_until(assessment: &Assessment) -> Option<String> {
    Told::of(assessment).notice_until
}

/// What was decided, if anything was.
pub(in crate::rating) fn decided(assessment: &Assessment) -> Option<&Decision> {
    Told::of(assessment).decision
}

/// What was granted.
pub(in crate::rating) fn granted(assessment: &Assessment) -> Option<&str> {
    let decision = Told::of(assessment).decision?;
    decision.grade.as_deref()
}

/// Waivers by criterion, as facts hold them.
pub(in crate::rating) fn by_criterion(waivers: Vec<WaiverBody>) -> BTreeMap<String, String> {
    let pairs = waivers
        .into_iter()
        .map(|waiver| (waiver.criterion, waiver.reason));
    pairs.collect()
}
