//! What a depot would be rated as, on the wire.
//!
//! **Invariant.** Nothing is written, and nothing that is supposed is kept. What cannot be is not
//! supposed: a count below zero, a share above the whole, a day that is over.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Months, NaiveDate};
use domain::rating::{Facts, Measure, RuleSet, Supposition};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{figure::Figure, grade::GradeView, statement::StatementBody};
use crate::{
    http::Whole,
    problem::{Fault, Faults, Problem},
};

// Nothing that is known today says much of a day beyond.
const AHEAD_MONTHS_MAX: u32 = 120;

/// A figure that the service would count.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupposedReading {
    /// As rule sets name it, such as `count_age`.
    #[schema(max_length = 32, pattern = "^[a-z0-9_]{1,32}$")]
    measure: String,
    value: Figure,
}

/// Goods that would come or go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SupposedGoods {
    /// The item, as the rule set calls it.
    #[schema(min_length = 1, max_length = 200)]
    item: String,
    /// How many base units more; fewer below zero, and no more than there are.
    #[schema(value_type = i64, minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    change: Whole,
}

/// What would be otherwise: bought, moved, counted, trained.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimulateGradeBody {
    /// `id/edition`; the provisional yardstick if absent.
    #[schema(max_length = 80, pattern = "^[a-z0-9._-]{1,64}/[1-9][0-9]{0,6}$")]
    pub(crate) rule_set: Option<String>,
    /// The first of the rule set if absent.
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) profile: Option<String>,
    /// The day to judge on, from today on; today if absent. What passes with time, such as the life
    /// of goods and the months since a count, is as it would be on that day.
    #[schema(format = Date, max_length = 10)]
    day: Option<String>,
    #[serde(default)]
    #[schema(max_items = 100)]
    readings: Vec<SupposedReading>,
    #[serde(default)]
    #[schema(max_items = 500)]
    goods: Vec<SupposedGoods>,
    #[serde(default)]
    #[schema(max_items = 500)]
    statements: Vec<StatementBody>,
}

impl SimulateGradeBody {
    /// The day that is supposed, which is not over.
    ///
    /// # Errors
    /// An invalid request.
    pub(crate) fn day(&self, today: NaiveDate) -> Result<Option<NaiveDate>, Problem> {
        let mut faults = Faults::default();
        let last = today.checked_add_months(Months::new(AHEAD_MONTHS_MAX));
        let day = self.day.as_deref().map(|text| {
            let wrong = |_| Fault::new("format", "须为日期", "must be a date such as 2026-11-03");
            let day = text.parse::<NaiveDate>().map_err(wrong)?;
            if day < today || last.is_some_and(|last| day > last) {
                return Err(Fault::new(
                    "out-of-range",
                    "须为今天起十年之内的日期",
                    "must be today or a day of the next ten years",
                ));
            }
            Ok(day)
        });
        let day = faults.take_if("/day", day);
        faults.finish(day)
    }

    /// What is supposed of a depot of which `facts` would be known on the day.
    ///
    /// # Errors
    /// An invalid request with every fault.
    pub(crate) fn parse(&self, rule_set: &RuleSet, facts: &Facts) -> Result<Supposition, Problem> {
        let mut faults = Faults::default();
        let readings = self.readings(&mut faults);
        let goods = self.goods(&mut faults, rule_set, facts);
        let mut seen = BTreeSet::new();
        let statements: Vec<_> = self
            .statements
            .iter()
            .enumerate()
            .map(|(position, body)| {
                let at = format!("/statements/{position}");
                if !seen.insert(&body.criterion) {
                    twice(&mut faults, &format!("{at}/criterion"));
                }
                // What is supposed for another day may happen until then.
                body.parse(&mut faults, &at, rule_set, facts.day)
            })
            .collect();
        let stated: Option<_> = statements.into_iter().collect();
        let supposition = stated.map(|stated| Supposition {
            readings,
            goods,
            stated,
        });
        faults.finish(supposition)
    }

    fn readings(&self, faults: &mut Faults) -> BTreeMap<Measure, Decimal> {
        let mut readings = BTreeMap::new();
        for (position, reading) in self.readings.iter().enumerate() {
            let at = format!("/readings/{position}");
            let Some(measure) = faults.take(at.as_str(), reading.measure.parse::<Measure>()) else {
                continue;
            };
            if let Some(flaw) = measure.flaw(reading.value.0) {
                let said = flaw.sentence();
                faults.note(format!("{at}/value"), flaw.code(), said.zh, said.en);
            }
            if readings.insert(measure, reading.value.0).is_some() {
                twice(faults, &format!("{at}/measure"));
            }
        }
        readings
    }

    fn goods(
        &self,
        faults: &mut Faults,
        rule_set: &RuleSet,
        facts: &Facts,
    ) -> BTreeMap<String, i64> {
        let criteria = rule_set.parts().criteria.iter();
        let asked: BTreeSet<_> = criteria.flat_map(|it| it.kind.items()).collect();
        let mut changes = BTreeMap::new();
        for (position, SupposedGoods { item, change }) in self.goods.iter().enumerate() {
            let at = format!("/goods/{position}");
            match facts.on_hand(item) {
                _ if !asked.contains(item.as_str()) => faults.note(
                    at.as_str(),
                    "reference",
                    "规则清单中没有这种物资",
                    "the rule set asks for no such item",
                ),
                None => faults.note(
                    at.as_str(),
                    "reference",
                    "目录中没有这种物资，无从推算",
                    "the catalogue does not know this item, so nothing comes of it",
                ),
                Some(there) if there.saturating_add(change.0) < 0 => faults.note(
                    format!("{at}/change"),
                    "out-of-range",
                    format!("现有 {there}，不能减少更多"),
                    format!("there are {there}, and no more can go"),
                ),
                Some(_) => {}
            }
            if changes.insert(item.clone(), change.0).is_some() {
                twice(faults, &format!("{at}/item"));
            }
        }
        changes
    }
}

fn twice(faults: &mut Faults, at: &str) {
    faults.note(at, "duplicate", "重复", "it is there twice");
}

/// What a depot is rated as, and what it would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimulationView {
    pub(crate) now: GradeView,
    pub(crate) then: GradeView,
}
