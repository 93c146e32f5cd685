//! A rule set as files and requests write it.
//!
//! **Invariant.** The same shape is read from a file, taken in a request, kept and shown; its schema
//! is the one that is published. What it means is for `domain` to check.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    criterion::{CriterionDocument, LevelFigure},
    figure::Figure,
};
use crate::http::Whole;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleWords {
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) zh: String,
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) en: String,
}

/// Where a figure was read, and how far it can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleProvenance {
    /// The document or the page.
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) source: String,
    /// `V`: read in the source itself. `S`: read in a page that reports it. `I`: deduced.
    #[schema(max_length = 1, pattern = "^[VSI]$")]
    pub(crate) confidence: String,
    /// What to know about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<RuleWords>,
}

/// A level, a profile, a dimension or an entry of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleName {
    /// Lower-case letters, digits and `- _ .`.
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) id: String,
    pub(crate) title: RuleWords,
}

/// All gates of a level must be met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleGates {
    /// What a gate means that nobody could judge: `hold` leaves the level undecided, `skip` decides
    /// it by the other gates.
    #[schema(max_length = 4, pattern = "^(hold|skip)$")]
    pub(crate) unassessed: String,
    /// Criteria that must have been judged in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500, schema_with = codes)]
    pub(crate) must_assess: Vec<String>,
}

/// How criteria make a level: by gates, by points, or by both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleAggregation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gates: Option<RuleGates>,
    /// How many points a level takes; hundredths of the whole where criteria have weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub(crate) cutoffs: Vec<LevelFigure>,
}

/// A step of an assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleStep {
    /// `self_assessment`, `review`, `site_visit`, `decision` or `publication`, in this order.
    #[schema(
        max_length = 20,
        pattern = "^(self_assessment|review|site_visit|decision|publication)$"
    )]
    pub(crate) kind: String,
    /// The level of the society that does it; any above the depot if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        max_length = 16,
        pattern = "^(national|provincial|municipal|county|township)$"
    )]
    pub(crate) actor: Option<String>,
    /// Within how many days; for a publication, how long the notice is up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 3660)]
    pub(crate) days: Option<Whole>,
}

/// The course of an assessment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleWorkflow {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 5)]
    pub(crate) steps: Vec<RuleStep>,
    /// For how many months a grade stands; for ever if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1200)]
    pub(crate) validity_months: Option<Whole>,
    /// How many months before its last day a grade is to be renewed: then the depot is reminded; 3 if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1200)]
    pub(crate) remind_months: Option<Whole>,
    /// For how many days an appeal may be lodged once the grade is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 3660)]
    pub(crate) appeal_days: Option<Whole>,
}

/// One edition of the criteria by which depots are rated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleSetDocument {
    /// Lower-case letters, digits and `- _ .`.
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) id: String,
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000)]
    pub(crate) edition: Whole,
    pub(crate) title: RuleWords,
    /// What every answer by it must say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<RuleWords>,
    pub(crate) issuer: RuleWords,
    /// The number of the document that it puts into data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) document_number: Option<String>,
    /// The first day on which it holds.
    #[schema(format = Date, max_length = 10)]
    pub(crate) valid_from: String,
    /// The last day, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Date, max_length = 10)]
    pub(crate) valid_to: Option<String>,
    /// `draft`, `in_force` or `withdrawn`; depots are assessed by what is in force.
    #[schema(max_length = 16, pattern = "^(draft|in_force|withdrawn)$")]
    pub(crate) status: String,
    pub(crate) provenance: RuleProvenance,
    #[schema(min_items = 1, max_items = 20)]
    pub(crate) levels: Vec<RuleName>,
    /// Which end of `levels` is the best: `first` or `last`.
    #[schema(max_length = 5, pattern = "^(first|last)$")]
    pub(crate) best_level: String,
    /// Ways to apply it; the first unless another is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub(crate) profiles: Vec<RuleName>,
    #[schema(min_items = 1, max_items = 50)]
    pub(crate) dimensions: Vec<RuleName>,
    #[schema(min_items = 1, max_items = 500)]
    pub(crate) criteria: Vec<CriterionDocument>,
    pub(crate) aggregation: RuleAggregation,
    #[serde(default)]
    pub(crate) workflow: RuleWorkflow,
}

/// The schema of a list of codes.
pub(super) fn codes() -> utoipa::openapi::schema::Array {
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
    let code = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(64))
        .pattern(Some("^[a-z0-9._-]{1,64}$"));
    ArrayBuilder::new().items(code).max_items(Some(500)).build()
}

/// A figure as it stands in a document.
pub(super) fn optional(figure: Option<Figure>) -> Option<rust_decimal::Decimal> {
    figure.map(|figure| figure.0)
}
