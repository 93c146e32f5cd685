//! Rule sets that are kept, on the wire.
//!
//! **Invariant.** A shipped rule set has no organisation and is never changed.

use chrono::{DateTime, Utc};
use domain::kernel::{Id, kinds};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::{
        commands::{CreateRuleSet, ReplaceRuleSet},
        rows,
    },
    rule_set::RuleSetDocument,
};
use crate::{http::versioned, problem::Problem};

/// A rule set to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateRuleSetBody {
    /// Who keeps it.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Id<kinds::Organisation>,
    document: RuleSetDocument,
}

// Faults of a document that stands inside a body.
fn inside(problem: Problem) -> Problem {
    let faults = problem.faults.into_iter().map(|fault| {
        let pointer = format!("/document{}", fault.pointer);
        crate::problem::FieldFault { pointer, ..fault }
    });
    Problem {
        faults: faults.collect(),
        ..Problem::new(problem.code)
    }
}

impl CreateRuleSetBody {
    pub(in crate::rating) fn parse(self) -> Result<CreateRuleSet, Problem> {
        self.document.clone().check().map_err(inside)?;
        Ok(CreateRuleSet {
            organisation: self.organisation_id,
            document: self.document,
        })
    }
}

impl RuleSetDocument {
    pub(in crate::rating) fn replace(
        self,
        name: String,
        based_on: i64,
    ) -> Result<ReplaceRuleSet, Problem> {
        self.clone().check()?;
        Ok(ReplaceRuleSet {
            name,
            based_on,
            document: self,
        })
    }
}

/// A rule set, without its criteria.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RuleSetView {
    /// `id/edition`, by which it is called.
    #[schema(max_length = 80)]
    pub(crate) name: String,
    #[schema(max_length = 2000)]
    title_zh: String,
    #[schema(max_length = 2000)]
    title_en: String,
    /// What every answer by it must say.
    #[schema(max_length = 2000)]
    label_zh: Option<String>,
    #[schema(max_length = 2000)]
    label_en: Option<String>,
    #[schema(max_length = 200)]
    document_number: Option<String>,
    #[schema(format = Date, max_length = 10)]
    valid_from: String,
    #[schema(format = Date, max_length = 10)]
    valid_to: Option<String>,
    #[schema(max_length = 16, pattern = "^(draft|in_force|withdrawn)$")]
    status: String,
    /// Whether it is shipped with the service.
    built_in: bool,
    /// Who keeps it; nobody keeps one that is shipped.
    #[schema(value_type = Option<String>, max_length = 30)]
    organisation_id: Option<Id<kinds::Organisation>>,
    #[schema(minimum = 1)]
    criterion_count: i64,
    created_at: Option<DateTime<Utc>>,
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

/// A rule set with all that it asks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RuleSetWhole {
    #[serde(flatten)]
    pub(crate) about: RuleSetView,
    pub(crate) document: RuleSetDocument,
}

impl crate::http::Versioned for RuleSetWhole {
    fn version(&self) -> i64 {
        self.about.version
    }
}

versioned!(RuleSetView);

impl RuleSetView {
    pub(in crate::rating) fn new(
        document: &RuleSetDocument,
        row: Option<&rows::rule_set::Model>,
    ) -> Self {
        let label = document.label.as_ref();
        Self {
            name: format!("{}/{}", document.id, document.edition.0),
            title_zh: document.title.zh.clone(),
            title_en: document.title.en.clone(),
            label_zh: label.map(|label| label.zh.clone()),
            label_en: label.map(|label| label.en.clone()),
            document_number: document.document_number.clone(),
            valid_from: document.valid_from.clone(),
            valid_to: document.valid_to.clone(),
            status: document.status.clone(),
            built_in: row.is_none(),
            organisation_id: row.map(|row| Id::from_uuid(row.organisation_id)),
            criterion_count: document.criteria.len().try_into().unwrap_or(i64::MAX),
            created_at: row.map(|row| row.created_at),
            version: row.map_or(1, |row| row.version),
        }
    }
}

impl RuleSetWhole {
    pub(in crate::rating) fn new(
        document: RuleSetDocument,
        row: Option<&rows::rule_set::Model>,
    ) -> Self {
        let about = RuleSetView::new(&document, row);
        Self { about, document }
    }
}
