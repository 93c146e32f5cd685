//! What a depot would be rated as, on the wire.
//!
//! **Invariant.** Nothing is written, and nothing that is supposed is kept.

use chrono::NaiveDate;
use domain::rating::{Measure, RuleSet, Supposition};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{figure::Figure, grade::GradeView, statement::StatementBody};
use crate::{
    http::Whole,
    problem::{Fault, Faults, Problem},
};

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
    /// How many base units more; fewer below zero.
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
    /// The day to judge on; today if absent.
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
    pub(crate) fn parse(
        &self,
        rule_set: &RuleSet,
        today: NaiveDate,
    ) -> Result<Supposition, Problem> {
        let mut faults = Faults::default();
        let day = self.day.as_deref().map(|text| {
            let wrong = |_| Fault::new("format", "须为日期", "must be a date such as 2026-11-03");
            text.parse::<NaiveDate>().map_err(wrong)
        });
        let day = faults.take_if("/day", day);
        let readings = faults.take_each("/readings", &self.readings, |reading| {
            let measure: Measure = reading.measure.parse()?;
            Ok::<_, domain::kernel::UnknownName>((measure, reading.value.0))
        });
        // What is supposed for another day may happen until then.
        let today = day.flatten().unwrap_or(today);
        let criteria = &rule_set.parts().criteria;
        let known: Vec<_> = criteria
            .iter()
            .flat_map(|criterion| criterion.kind.items())
            .collect();
        let goods = faults.take_each("/goods", &self.goods, |goods| {
            if known.contains(&goods.item.as_str()) {
                return Ok((goods.item.clone(), goods.change.0));
            }
            Err(Fault::new(
                "reference",
                "规则清单中没有这种物资",
                "the rule set asks for no such item",
            ))
        });
        let statements: Vec<_> = self
            .statements
            .iter()
            .enumerate()
            .map(|(position, body)| {
                body.parse(
                    &mut faults,
                    &format!("/statements/{position}"),
                    rule_set,
                    today,
                )
            })
            .collect();
        let stated: Option<_> = statements.into_iter().collect();
        let supposition = (|| {
            Some(Supposition {
                day: day?,
                readings: readings?.into_iter().collect(),
                goods: goods?.into_iter().collect(),
                stated: stated?,
            })
        })();
        faults.finish(supposition)
    }
}

/// What a depot is rated as, and what it would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimulationView {
    pub(crate) now: GradeView,
    pub(crate) then: GradeView,
}
