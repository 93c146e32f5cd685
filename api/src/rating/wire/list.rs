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

use super::{
    grade::{GapView, gap_view},
    stock::{is_stock_grade, stock_level},
};

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
    /// Whether to say which other depots could lend what is missing: those that the caller sees and
    /// those under the society above the depot's own, the nearest first, each above its own levels
    /// and what its own grade asks. A proposal that promises nothing.
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
    /// Only those of this grade, by its code; `none` for those that reach no level whatever was not
    /// assessed, `undecided` for those that might.
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
    /// Refuses codes that the rule set does not have: an empty page would say that there are no such
    /// depots.
    pub(in crate::rating) fn check(&self, rule_set: &RuleSet) -> Result<(), Problem> {
        let mut faults = Faults::default();
        let level = |level: &str| rule_set.rank(level).is_some();
        let grade = |grade: &str| matches!(grade, "none" | "undecided") || level(grade);
        let criterion = |criterion: &str| rule_set.criterion(criterion).is_some();
        let no_level = ("规则中没有这个等级", "the rule set has no such level");
        let no_criterion = ("规则中没有这个指标", "the rule set has no such criterion");
        for (name, asked, is_known, (zh, en)) in [
            (
                "below",
                &self.below,
                &level as &dyn Fn(&str) -> bool,
                no_level,
            ),
            ("grade", &self.grade, &grade, no_level),
            (
                "stock_grade",
                &self.stock_grade,
                &|asked| is_stock_grade(rule_set, asked),
                no_level,
            ),
            ("lacking", &self.lacking, &criterion, no_criterion),
        ] {
            if asked.as_deref().is_some_and(|asked| !is_known(asked)) {
                faults.note(name, "reference", zh, en);
            }
        }
        faults.finish(Some(())).map_err(Problem::of_query)
    }

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
    #[schema(max_length = 2000)]
    grade_zh: Option<String>,
    #[schema(max_length = 2000)]
    grade_en: Option<String>,
    /// `undecided` where none is reached and one may be: that depends on what was not assessed;
    /// `none` where none is reached, whatever was not assessed.
    #[schema(max_length = 9, pattern = "^(reached|undecided|none)$")]
    pub(crate) verdict: String,
    /// What was granted to it by assessment, by the same rule set, and holds today.
    #[schema(max_length = 64)]
    pub(in crate::rating) official_grade: Option<String>,
    /// The last day on which that holds, if it has one.
    #[schema(format = Date, max_length = 10)]
    pub(in crate::rating) official_until: Option<String>,
    /// The code of a level, `below` all that could be judged, or `not_assessed`.
    #[schema(max_length = 64)]
    pub(crate) stock_grade: String,
    /// The lowest level whose list of stock could be judged; `below` means below this one.
    #[schema(max_length = 64)]
    stock_lowest_judged: Option<String>,
    /// The level for which `lines` say what is missing.
    #[schema(max_length = 64)]
    next_level: Option<String>,
    #[schema(max_length = 2000)]
    next_level_zh: Option<String>,
    #[schema(max_length = 2000)]
    next_level_en: Option<String>,
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
        let levels = rule_set.levels();
        let title =
            |rank: Option<usize>| rank.and_then(|rank| levels.get(rank)).map(|it| &it.title);
        let (grade, upward) = (title(evaluation.grade), title(next));
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
            grade_zh: grade.map(|title| title.zh.clone()),
            grade_en: grade.map(|title| title.en.clone()),
            verdict: evaluation.verdict().name().to_owned(),
            official_grade: None,
            official_until: None,
            stock_grade: stock_level(rule_set, stock.overall),
            stock_lowest_judged: rule_set.code_of(stock.lowest_judged),
            next_level: rule_set.code_of(next),
            next_level_zh: upward.map(|title| title.zh.clone()),
            next_level_en: upward.map(|title| title.en.clone()),
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
