//! Assessments on the wire: what people ask.
//!
//! **Invariant.** What is done has a reason wherever somebody could ask for one.

mod notice;
mod views;

use chrono::NaiveDate;
use domain::kernel::{Id, Text, kinds};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    super::commands::{Act, ActOnAssessment, AddRemark, OpenAssessment, StateAssessment},
    statement::{StatementBody, day},
};
use crate::problem::{Faults, Problem};

pub(crate) use notice::{PublicFindingView, RatingNoticeView};
pub(crate) use views::{AssessmentActView, AssessmentView, EvidenceView, RemarkView};
pub(in crate::rating) use views::{by_criterion, decided, granted, notice_until};

/// An assessment to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenAssessmentBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^assessment_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Assessment>>,
    #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    depot_id: Id<kinds::Depot>,
    /// `id/edition` of a rule set that is in force.
    #[schema(max_length = 80, pattern = "^[a-z0-9._-]{1,64}/[1-9][0-9]{0,6}$")]
    rule_set: String,
    /// The first of the rule set if absent.
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    profile: Option<String>,
}

impl OpenAssessmentBody {
    pub(in crate::rating) fn parse(self) -> OpenAssessment {
        OpenAssessment {
            id: self.id,
            depot: self.depot_id,
            rule_set: self.rule_set,
            profile: self.profile,
        }
    }
}

/// What the depot states; it takes the place of what it stated before.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateAssessmentBody {
    #[schema(max_items = 500)]
    statements: Vec<StatementBody>,
}

impl StateAssessmentBody {
    pub(in crate::rating) fn parse(self, assessment: Id<kinds::Assessment>) -> StateAssessment {
        StateAssessment {
            assessment,
            statements: self.statements,
        }
    }
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssessmentReasonBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

fn reason(text: &str) -> Result<Text<500>, Problem> {
    let mut faults = Faults::default();
    let reason = faults.take("/reason", Text::new(text));
    faults.finish(reason)
}

impl AssessmentReasonBody {
    pub(in crate::rating) fn act(
        &self,
        assessment: Id<kinds::Assessment>,
        act: impl FnOnce(Text<500>) -> Act,
    ) -> Result<ActOnAssessment, Problem> {
        let act = act(reason(&self.reason)?);
        Ok(ActOnAssessment { assessment, act })
    }
}

/// A criterion that is let pass, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WaiverBody {
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) criterion: String,
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: String,
}

/// What is granted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecideAssessmentBody {
    /// The code of a level; no level is granted if absent.
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    grade: Option<String>,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// Criteria that are let pass; vetoes never are.
    #[serde(default)]
    #[schema(max_items = 100)]
    waivers: Vec<WaiverBody>,
}

impl DecideAssessmentBody {
    pub(in crate::rating) fn parse(
        self,
        assessment: Id<kinds::Assessment>,
    ) -> Result<ActOnAssessment, Problem> {
        let act = Act::Decide {
            grade: self.grade,
            reason: reason(&self.reason)?,
            waivers: self.waivers,
        };
        Ok(ActOnAssessment { assessment, act })
    }
}

/// What becomes of an appeal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettleAppealBody {
    /// Whether it is right: then the depot is decided on anew.
    upheld: bool,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl SettleAppealBody {
    pub(in crate::rating) fn parse(
        &self,
        assessment: Id<kinds::Assessment>,
    ) -> Result<ActOnAssessment, Problem> {
        let act = Act::Settle {
            upheld: self.upheld,
            reason: reason(&self.reason)?,
        };
        Ok(ActOnAssessment { assessment, act })
    }
}

/// A lower grade.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DowngradeBody {
    /// The code of a level; none is left if absent.
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    grade: Option<String>,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl DowngradeBody {
    pub(in crate::rating) fn parse(
        self,
        assessment: Id<kinds::Assessment>,
    ) -> Result<ActOnAssessment, Problem> {
        let act = Act::Downgrade {
            grade: self.grade,
            reason: reason(&self.reason)?,
        };
        Ok(ActOnAssessment { assessment, act })
    }
}

/// What a reviewer says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddRemarkBody {
    /// The criterion that it is about; the whole if absent.
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    criterion: Option<String>,
    #[schema(min_length = 1, max_length = 2000)]
    remark: String,
}

impl AddRemarkBody {
    pub(in crate::rating) fn parse(
        self,
        assessment: Id<kinds::Assessment>,
    ) -> Result<AddRemark, Problem> {
        let mut faults = Faults::default();
        let remark = faults.take("/remark", Text::paragraphs(&self.remark));
        Ok(AddRemark {
            assessment,
            criterion: self.criterion,
            remark: faults.finish(remark)?,
        })
    }
}

/// Which assessments.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AssessmentFilter {
    /// Of this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) depot_id: Option<Id<kinds::Depot>>,
    /// In this state.
    #[param(
        max_length = 16,
        pattern = "^(stating|underway|announced|in_force|ended)$"
    )]
    pub(crate) state: Option<String>,
    /// By this rule set.
    #[param(max_length = 80, pattern = "^[a-z0-9._-]{1,64}/[1-9][0-9]{0,6}$")]
    pub(crate) rule_set: Option<String>,
    /// That wait for this.
    #[param(
        max_length = 16,
        pattern = "^(submit|review|visit|decide|enforce|settle|renew)$"
    )]
    pub(crate) awaits: Option<String>,
    /// Only what is due on this day or before; what is late is.
    #[param(format = Date, max_length = 10)]
    due_until: Option<String>,
    /// Only grades in force that end within so many days, to be assessed anew in time.
    #[param(minimum = 0, maximum = 3650)]
    pub(crate) ends_within_days: Option<u16>,
}

impl AssessmentFilter {
    pub(in crate::rating) fn due_until(&self) -> Result<Option<NaiveDate>, Problem> {
        let mut faults = Faults::default();
        let until = faults.take_if("due_until", self.due_until.as_deref().map(day));
        faults.finish(until).map_err(Problem::of_query)
    }
}
