//! The public notice of a grade.
//!
//! **Invariant.** It names no person.

use domain::kernel::{Id, kinds};
use serde::Serialize;
use utoipa::ToSchema;

/// What the public may know of a grade.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RatingNoticeView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) assessment_id: Id<kinds::Assessment>,
    #[schema(max_length = 200)]
    pub(crate) depot_name: String,
    #[schema(max_length = 80)]
    pub(crate) rule_set: String,
    /// What every answer by this rule set must say.
    #[schema(max_length = 2000)]
    pub(crate) label_zh: Option<String>,
    #[schema(max_length = 2000)]
    pub(crate) label_en: Option<String>,
    /// `announced` while the public may object, `in_force` after that.
    #[schema(max_length = 16, pattern = "^(announced|in_force)$")]
    pub(crate) state: String,
    #[schema(max_length = 64)]
    pub(crate) grade: Option<String>,
    #[schema(max_length = 2000)]
    pub(crate) grade_zh: Option<String>,
    #[schema(max_length = 2000)]
    pub(crate) grade_en: Option<String>,
    /// The level that the rule set makes of the frozen facts; absent where none is reached. Whoever
    /// decides may grant another one.
    #[schema(max_length = 64)]
    pub(crate) computed_grade: Option<String>,
    /// Whether the level that was granted is the one that the rule set makes of the frozen facts.
    pub(crate) as_computed: bool,
    /// The society for which it was decided; absent for decisions of before that was kept.
    #[schema(max_length = 200)]
    pub(crate) decided_by: Option<String>,
    /// The day of the decision, or of the last time that the grade was lowered.
    #[schema(format = Date, max_length = 10)]
    pub(crate) decided_on: Option<String>,
    /// The last day of the notice.
    #[schema(format = Date, max_length = 10)]
    pub(crate) notice_until: Option<String>,
    #[schema(format = Date, max_length = 10)]
    pub(crate) valid_from: Option<String>,
    #[schema(format = Date, max_length = 10)]
    pub(crate) valid_until: Option<String>,
    /// How criteria that the rule set makes public were found, from the frozen facts.
    #[schema(max_items = 500)]
    pub(crate) lines: Vec<PublicFindingView>,
}

/// How a criterion was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicFindingView {
    #[schema(max_length = 64)]
    pub(crate) criterion: String,
    #[schema(max_length = 2000)]
    pub(crate) criterion_zh: String,
    #[schema(max_length = 2000)]
    pub(crate) criterion_en: String,
    #[schema(max_length = 20000)]
    pub(crate) explanation_zh: String,
    #[schema(max_length = 20000)]
    pub(crate) explanation_en: String,
}
