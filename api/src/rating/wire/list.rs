//! Grades of many depots on the wire.
//!
//! **Invariant.** A row says what one depot is rated as and what it falls short of, and no more.

use domain::{
    kernel::{Id, kinds},
    organisations::{DivisionCode, Level},
    rating::{Evaluation, Facts, RuleSet, gaps, stock_grade},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    depots::{DepotFacts, DepotSelection},
    problem::{Faults, Problem},
};

use super::grade::{GapView, gap_view, stock_level};

/// By what a depot is rated.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RatedBy {
    /// `id/edition`; the provisional yardstick if absent.
    #[param(max_length = 80, pattern = "^[a-z0-9._-]{1,64}/[1-9][0-9]{0,6}$")]
    pub(crate) rule_set: Option<String>,
    /// The first of the rule set if absent.
    #[param(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) profile: Option<String>,
    /// Whether to say which other depots could lend what is missing: those that the caller sees, the
    /// nearest first, each above its own levels and what its own grade asks. A proposal that promises
    /// nothing.
    pub(crate) lenders: Option<bool>,
}

/// Which depots, and how they must stand.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GradeFilter {
    /// `id/edition`; the provisional yardstick if absent.
    #[param(max_length = 80, pattern = "^[a-z0-9._-]{1,64}/[1-9][0-9]{0,6}$")]
    pub(crate) rule_set: Option<String>,
    /// The first of the rule set if absent.
    #[param(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) profile: Option<String>,
    /// Kept by this organisation or one below it.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Option<Id<kinds::Organisation>>,
    /// Inside this division.
    #[param(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division: Option<String>,
    /// Depots of this level.
    #[param(
        max_length = 16,
        pattern = "^(national|provincial|municipal|county|township)$"
    )]
    level: Option<String>,
    /// Only those of this grade, by its code; `none` for those that reach no level.
    #[param(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) grade: Option<String>,
    /// Only those whose grade is below this level.
    #[param(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) below: Option<String>,
    /// Only those whose stock is graded so: the code of a level, `below` or `not_assessed`.
    #[param(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) stock_grade: Option<String>,
    /// Only those that fall short of this criterion, at their next level.
    #[param(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) lacking: Option<String>,
}

impl GradeFilter {
    pub(crate) fn depots(&self) -> Result<DepotSelection, Problem> {
        let mut faults = Faults::default();
        let division = self.division.as_deref().map(str::parse::<DivisionCode>);
        let division = faults.take_if("division", division);
        let level = self.level.as_deref().map(str::parse::<Level>);
        let level = faults.take_if("level", level);
        let selection = (|| {
            Some(DepotSelection {
                organisation: self.organisation_id,
                division: division?,
                level: level?,
                ..Default::default()
            })
        })();
        faults.finish(selection).map_err(Problem::of_query)
    }
}

/// What a depot is rated as today.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DepotGradeView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    #[schema(max_length = 32)]
    pub(crate) depot_code: String,
    #[schema(max_length = 200)]
    depot_name: String,
    #[schema(max_length = 16)]
    level: String,
    /// The custodian.
    #[schema(value_type = String, max_length = 30)]
    organisation_id: Id<kinds::Organisation>,
    #[schema(max_length = 12)]
    division_code: Option<String>,
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
    /// The code of the level; absent where none is reached.
    #[schema(max_length = 64)]
    pub(crate) grade: Option<String>,
    /// The code of a level, `below` all that could be judged, or `not_assessed`.
    #[schema(max_length = 64)]
    pub(crate) stock_grade: String,
    /// The level for which `lines` say what is missing.
    #[schema(max_length = 64)]
    next_level: Option<String>,
    /// What is missing for it, the easiest first, then the cheapest.
    #[schema(max_items = 501)]
    lines: Vec<GapView>,
}

impl DepotGradeView {
    pub(in crate::rating) fn new(
        depot: &DepotFacts,
        rule_set: &RuleSet,
        facts: &Facts,
        evaluation: &Evaluation,
    ) -> Self {
        let next = evaluation.next();
        let open = next.map(|rank| gaps(rule_set, facts, evaluation, rank));
        let stock = stock_grade(rule_set, facts, evaluation);
        let label = rule_set.parts().label.as_ref();
        Self {
            depot_id: depot.id,
            depot_code: depot.code.clone(),
            depot_name: depot.name.clone(),
            level: depot.level.name().to_owned(),
            organisation_id: depot.organisation_id,
            division_code: depot.division_code.as_ref().map(ToString::to_string),
            rule_set: rule_set.name(),
            profile: evaluation.profile.clone(),
            label_zh: label.map(|label| label.zh.clone()),
            label_en: label.map(|label| label.en.clone()),
            grade: rule_set.code_of(evaluation.grade),
            stock_grade: stock_level(rule_set, stock.overall),
            next_level: rule_set.code_of(next),
            lines: open
                .unwrap_or_default()
                .into_iter()
                .map(|gap| gap_view(rule_set, gap))
                .collect(),
        }
    }

    /// Whether the criterion is among what is missing.
    pub(crate) fn lacks(&self, criterion: &str) -> bool {
        self.lines.iter().any(|gap| gap.is_of(criterion))
    }
}
