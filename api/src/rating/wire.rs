//! Rating on the wire.
//!
//! **Invariant.** Figures are exact: no float stands between a request and a decision.

mod assessment;
mod criterion;
mod evidence;
mod figure;
mod frozen;
mod grade;
mod lender;
mod list;
mod official;
mod read;
mod rule_set;
mod rule_sets;
mod simulation;
mod statement;
mod stock;

pub(crate) use assessment::{
    AddRemarkBody, AssessmentActView, AssessmentFilter, AssessmentReasonBody, AssessmentView,
    DecideAssessmentBody, DowngradeBody, EvidenceView, OpenAssessmentBody, PublicFindingView,
    RatingNoticeView, RemarkView, SettleAppealBody, StateAssessmentBody, WaiverBody,
};
pub(super) use assessment::{by_criterion, decided, granted, notice_until};
pub(crate) use evidence::{AttachedFile, EvidenceParams};
pub(super) use frozen::{freeze, state, thaw};
pub(crate) use grade::GradeView;
pub(crate) use lender::LenderView;
pub(crate) use list::{DepotGradeView, GradeFilter, RatedBy};
pub(crate) use official::OfficialGradeView;
pub(super) use read::{SCHEMA, every_fault};
pub(crate) use rule_set::RuleSetDocument;
pub(crate) use rule_sets::{CreateRuleSetBody, RuleSetView, RuleSetWhole};
pub(crate) use simulation::{SimulateGradeBody, SimulationView};
pub(crate) use statement::StatementBody;
pub(super) use stock::{is_stock_grade, stock_level};
