//! A grade that was granted, on the wire.
//!
//! **Invariant.** It carries the label of its rule set, as every grade does.

use domain::kernel::{Id, kinds};
use serde::Serialize;
use utoipa::ToSchema;

/// A grade that was granted and holds today.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OfficialGradeView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) assessment_id: Id<kinds::Assessment>,
    /// `id/edition`.
    #[schema(max_length = 80)]
    pub(crate) rule_set: String,
    /// What every answer by this rule set must say.
    #[schema(max_length = 2000)]
    pub(crate) label_zh: Option<String>,
    #[schema(max_length = 2000)]
    pub(crate) label_en: Option<String>,
    /// The code of the level; absent where it was decided to grant none.
    #[schema(max_length = 64)]
    pub(crate) grade: Option<String>,
    #[schema(max_length = 2000)]
    pub(crate) grade_zh: Option<String>,
    #[schema(max_length = 2000)]
    pub(crate) grade_en: Option<String>,
    /// The first day on which it holds.
    #[schema(format = Date, max_length = 10)]
    pub(crate) valid_from: Option<String>,
    /// The last day, if it has one.
    #[schema(format = Date, max_length = 10)]
    pub(crate) valid_until: Option<String>,
}
