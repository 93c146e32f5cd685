//! Grades on the wire.
//!
//! **Invariant.** Every answer carries the label of its rule set, and every criterion where it was
//! read and how far that can be trusted. What was not assessed says so.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    rating::{
        Earned, Evaluation, Facts, Finding, Gap, Lack, RuleSet, advise, explain, gaps, stock_grade,
    },
};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    figure::Figure,
    lender::LenderView,
    official::OfficialGradeView,
    stock::{CategoryGradeView, categories, stock_level},
};

/// Points, as far as they are known.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EarnedView {
    /// What is sure.
    low: Figure,
    /// What it would be if all that was not assessed were perfect.
    high: Figure,
    /// What it is out of.
    most: Figure,
}

impl From<Earned> for EarnedView {
    fn from(earned: Earned) -> Self {
        Self {
            low: Figure(earned.low),
            high: Figure(earned.high),
            most: Figure(earned.most),
        }
    }
}

/// A level of the rule set, and whether it is reached.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReachedView {
    #[schema(max_length = 64)]
    level: String,
    #[schema(max_length = 2000)]
    title_zh: String,
    #[schema(max_length = 2000)]
    title_en: String,
    /// `undecided` depends on what was not assessed.
    #[schema(max_length = 9, pattern = "^(yes|no|undecided)$")]
    reached: String,
}

/// How a criterion stands at a level.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JudgedView {
    #[schema(max_length = 64)]
    level: String,
    #[schema(
        max_length = 12,
        pattern = "^(not_asked|met|not_met|not_assessed|waived)$"
    )]
    judged: String,
    /// Where what the level asks was read.
    #[schema(max_length = 2000)]
    source: String,
    /// How far that can be trusted.
    #[schema(max_length = 1, pattern = "^[VSI]$")]
    confidence: String,
    /// What to know about it.
    #[schema(max_length = 2000)]
    note_zh: Option<String>,
    #[schema(max_length = 2000)]
    note_en: Option<String>,
}

/// A criterion, judged.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingView {
    #[schema(max_length = 64)]
    criterion: String,
    #[schema(max_length = 64)]
    dimension: String,
    /// Whether a level is refused without it.
    gate: bool,
    /// The best level first.
    #[schema(max_items = 20)]
    levels: Vec<JudgedView>,
    points: Option<EarnedView>,
    #[schema(max_length = 20000)]
    explanation_zh: String,
    #[schema(max_length = 20000)]
    explanation_en: String,
}

/// Goods of one item that are missing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoodsLackingView {
    /// The item, as the rule set calls it.
    #[schema(max_length = 200)]
    item: String,
    /// What the catalogue calls it; absent where it does not know the item.
    #[schema(max_length = 2000)]
    item_name_zh: Option<String>,
    #[schema(max_length = 2000)]
    item_name_en: Option<String>,
    /// What one counts of it; absent where the catalogue does not know the item.
    #[schema(max_length = 32)]
    base_unit: Option<String>,
    /// In base units.
    #[schema(minimum = 0)]
    missing: i64,
    /// What they cost, in yuan, where one is known to be worth something.
    cost: Option<Figure>,
    /// Who could lend them, the nearest first; absent unless it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 20)]
    lenders: Option<Vec<LenderView>>,
}

/// One thing that keeps the depot from the next level.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GapView {
    /// Absent for points, which are a matter of all.
    #[schema(max_length = 64)]
    criterion: Option<String>,
    #[schema(max_length = 2000)]
    criterion_zh: Option<String>,
    #[schema(max_length = 2000)]
    criterion_en: Option<String>,
    #[schema(max_length = 12, pattern = "^(not_met|not_assessed)$")]
    judged: String,
    /// How hard it is to mend, the easiest first: `record`, `act`, `supply`, `staff`, `build`.
    #[schema(max_length = 8, pattern = "^(record|act|supply|staff|build)$")]
    effort: String,
    /// What the goods cost, in yuan, where all of them are known.
    cost: Option<Figure>,
    /// The goods that are missing, where it is goods.
    #[schema(max_items = 500)]
    goods: Vec<GoodsLackingView>,
    #[schema(max_length = 20000)]
    advice_zh: String,
    #[schema(max_length = 20000)]
    advice_en: String,
}

/// What a depot is rated as today, why, and what is missing for more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GradeView {
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
    as_of: DateTime<Utc>,
    /// Years whose public holidays are not known: working days were counted from Monday to Friday.
    #[schema(value_type = Vec<i32>, max_items = 20)]
    weekday_years: Vec<i32>,
    /// The code of the level; absent where none is reached.
    #[schema(max_length = 64)]
    pub(crate) grade: Option<String>,
    /// `undecided` where none is reached and one may be: that depends on what was not assessed;
    /// `none` where none is reached, whatever was not assessed.
    #[schema(max_length = 9, pattern = "^(reached|undecided|none)$")]
    verdict: String,
    #[schema(max_length = 2000)]
    grade_zh: Option<String>,
    #[schema(max_length = 2000)]
    grade_en: Option<String>,
    /// The best level first.
    #[schema(max_items = 20)]
    levels: Vec<ReachedView>,
    /// Where points count.
    points: Option<EarnedView>,
    /// Vetoes that are open.
    #[schema(max_items = 500, schema_with = super::rule_set::codes)]
    vetoes: Vec<String>,
    #[schema(max_items = 500)]
    findings: Vec<FindingView>,
    /// The level for which `gaps` says what is missing.
    #[schema(max_length = 64)]
    next_level: Option<String>,
    /// The easiest first, then the cheapest.
    #[schema(max_items = 501)]
    gaps: Vec<GapView>,
    /// The highest level whose list of stock is satisfied: the code of a level, `below` all that
    /// could be judged, or `not_assessed`.
    #[schema(max_length = 64)]
    stock_grade: String,
    /// The lowest level whose list of stock could be judged; `below` means below this one.
    #[schema(max_length = 64)]
    stock_lowest_judged: Option<String>,
    #[schema(max_items = 500)]
    stock_grades: Vec<CategoryGradeView>,
    /// What was granted to it by assessment and holds today.
    #[schema(max_items = 100)]
    pub(in crate::rating) official: Vec<OfficialGradeView>,
    /// Who was asked where `lenders` are told; absent unless it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    lenders_zh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    lenders_en: Option<String>,
}

impl GradeView {
    pub(in crate::rating) fn new(
        depot_id: Id<kinds::Depot>,
        rule_set: &RuleSet,
        facts: &Facts,
        evaluation: &Evaluation,
    ) -> Self {
        let levels = rule_set.levels();
        let title = |rank: usize| levels.get(rank).map(|level| level.title.clone());
        let grade = evaluation.grade.and_then(title);
        let next = evaluation.next();
        let open = next.map(|rank| gaps(rule_set, facts, evaluation, rank));
        let label = rule_set.parts().label.as_ref();
        let stock = stock_grade(rule_set, facts, evaluation);
        Self {
            depot_id,
            rule_set: rule_set.name(),
            profile: evaluation.profile.clone(),
            label_zh: label.map(|label| label.zh.clone()),
            label_en: label.map(|label| label.en.clone()),
            as_of: facts.as_of,
            weekday_years: facts.weekday_years.clone(),
            grade: rule_set.code_of(evaluation.grade),
            verdict: evaluation.verdict().name().to_owned(),
            grade_zh: grade.as_ref().map(|title| title.zh.clone()),
            grade_en: grade.map(|title| title.en),
            levels: (0..levels.len())
                .rev()
                .map(|rank| ReachedView {
                    level: levels[rank].id.clone(),
                    title_zh: levels[rank].title.zh.clone(),
                    title_en: levels[rank].title.en.clone(),
                    reached: evaluation.levels[rank].name().to_owned(),
                })
                .collect(),
            points: evaluation.points.map(EarnedView::from),
            vetoes: evaluation.vetoes.clone(),
            findings: evaluation
                .findings
                .iter()
                .filter_map(|finding| finding_view(rule_set, finding))
                .collect(),
            next_level: rule_set.code_of(next),
            gaps: open
                .unwrap_or_default()
                .into_iter()
                .map(|gap| gap_view(rule_set, gap))
                .collect(),
            stock_grade: stock_level(rule_set, stock.overall),
            stock_lowest_judged: rule_set.code_of(stock.lowest_judged),
            stock_grades: categories(rule_set, &stock),
            official: Vec::new(),
            lenders_zh: None,
            lenders_en: None,
        }
    }
}

impl GradeView {
    /// The items that are missing, as the rule set calls them.
    pub(in crate::rating) fn missing_items(&self) -> BTreeSet<String> {
        let goods = self.gaps.iter().flat_map(|gap| &gap.goods);
        goods.map(|goods| goods.item.clone()).collect()
    }

    /// Lays beside each missing item who could lend so many, of so many depots that were asked: those
    /// that the caller sees, and those of the society above, if there is one.
    pub(in crate::rating) fn lend(
        &mut self,
        asked: usize,
        above: Option<&str>,
        who: impl Fn(&str, i64) -> Vec<LenderView>,
    ) {
        let (zh, en) = match above {
            Some(above) => (
                format!("查了您能看到的和“{above}”辖内的其他储备库，共 {asked} 座"),
                format!(
                    "The other depots that you see, and those under {above}, were asked: {asked} \
                     in number."
                ),
            ),
            None => (
                format!("查了您能看到的其他储备库，共 {asked} 座"),
                format!("The other depots that you see were asked: {asked} in number."),
            ),
        };
        self.lenders_zh = Some(zh);
        self.lenders_en = Some(en);
        for goods in self.gaps.iter_mut().flat_map(|gap| &mut gap.goods) {
            goods.lenders = Some(who(&goods.item, goods.missing));
        }
    }
}

impl GapView {
    pub(super) fn is_of(&self, criterion: &str) -> bool {
        self.criterion.as_deref() == Some(criterion)
    }
}

fn finding_view(rule_set: &RuleSet, finding: &Finding) -> Option<FindingView> {
    let criterion = rule_set.criterion(&finding.criterion)?;
    let explanation = explain(rule_set, finding);
    let levels = rule_set.levels();
    let judged = finding.at.iter().enumerate().rev();
    Some(FindingView {
        criterion: criterion.id.clone(),
        dimension: criterion.dimension.clone(),
        gate: criterion.gate,
        levels: judged
            .map(|(rank, judged)| {
                let provenance = rule_set.provenance_at(criterion, rank);
                JudgedView {
                    level: levels[rank].id.clone(),
                    judged: judged.name().to_owned(),
                    source: provenance.source.clone(),
                    confidence: provenance.confidence.name().to_owned(),
                    note_zh: provenance.note.as_ref().map(|note| note.zh.clone()),
                    note_en: provenance.note.as_ref().map(|note| note.en.clone()),
                }
            })
            .collect(),
        points: finding.earned.map(EarnedView::from),
        explanation_zh: explanation.zh,
        explanation_en: explanation.en,
    })
}

pub(in crate::rating) fn gap_view(rule_set: &RuleSet, gap: Gap) -> GapView {
    let advice = advise(rule_set, &gap);
    let figure = |cost: Option<Decimal>| cost.map(Figure);
    let goods = match gap.lack {
        Lack::Goods { lines, .. } => lines
            .into_iter()
            .map(|line| GoodsLackingView {
                missing: line.need.saturating_sub(line.have),
                item_name_zh: line.title.as_ref().map(|title| title.zh.clone()),
                item_name_en: line.title.map(|title| title.en),
                base_unit: line.base_unit,
                item: line.item,
                cost: figure(line.cost),
                lenders: None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let criterion = gap.criterion.as_ref().and_then(|id| rule_set.criterion(id));
    GapView {
        criterion_zh: criterion.map(|known| known.title.zh.clone()),
        criterion_en: criterion.map(|known| known.title.en.clone()),
        criterion: gap.criterion,
        judged: gap.judged.name().to_owned(),
        effort: gap.effort.name().to_owned(),
        cost: figure(gap.cost),
        goods,
        advice_zh: advice.zh,
        advice_en: advice.en,
    }
}
