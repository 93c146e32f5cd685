//! A criterion as files and requests write it.
//!
//! **Invariant.** Exactly one of the members that say what it asks is there.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    figure::Figure,
    rule_set::{RuleName, RuleProvenance, RuleWords, codes},
};
use crate::http::Whole;

/// A figure that a level asks for. Without `value` it is known that there is one and not which, so
/// that nothing is judged by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LevelFigure {
    /// The code of the level. A level that is not named asks what the next one below it asks.
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) level: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Figure>,
    /// Where it was read, if not where the criterion was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provenance: Option<RuleProvenance>,
}

/// A figure against a threshold for each level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumericRule {
    /// What the service counts; people state it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 32, pattern = "^[a-z0-9_]{1,32}$")]
    pub(crate) measure: Option<String>,
    #[schema(
        max_length = 12,
        pattern = "^(m2|m|m3|count|people|percent|hour|day|working_day|month|yes_no|yuan)$"
    )]
    pub(crate) unit: String,
    /// `at_least` or `at_most`.
    #[schema(max_length = 8, pattern = "^(at_least|at_most)$")]
    pub(crate) comparison: String,
    #[schema(min_items = 1, max_items = 20)]
    pub(crate) levels: Vec<LevelFigure>,
}

/// So many points from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BandRule {
    /// The least figure in the band; the first band has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<Figure>,
    pub(crate) points: Figure,
}

/// Points by the band in which a figure lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BandedRule {
    /// What the service counts; people state it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 32, pattern = "^[a-z0-9_]{1,32}$")]
    pub(crate) measure: Option<String>,
    #[schema(
        max_length = 12,
        pattern = "^(m2|m|m3|count|people|percent|hour|day|working_day|month|yes_no|yuan)$"
    )]
    pub(crate) unit: String,
    #[schema(min_items = 1, max_items = 100)]
    pub(crate) bands: Vec<BandRule>,
}

/// Yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct YesNoRule {
    /// What the service knows; people state it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 32, pattern = "^[a-z0-9_]{1,32}$")]
    pub(crate) measure: Option<String>,
    /// The lowest level that asks it; all do if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) from_level: Option<String>,
}

/// So many entries of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChecklistRule {
    #[schema(min_items = 1, max_items = 200)]
    pub(crate) entries: Vec<RuleName>,
    /// How many entries a level asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub(crate) levels: Vec<LevelFigure>,
}

/// Which stock counts. Goods out of date never do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountingRule {
    /// Goods kept for another owner.
    pub(crate) held_for_others: bool,
    /// Goods that are promised.
    pub(crate) reserved: bool,
    /// Goods that a donor bound to something.
    pub(crate) restricted: bool,
    /// Goods that a supplier promised.
    pub(crate) agreement: bool,
    /// `usable` alone if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 4, schema_with = conditions)]
    pub(crate) conditions: Option<Vec<String>>,
    /// How many days of use must be left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 36600)]
    pub(crate) least_days_left: Option<Whole>,
}

/// A line of a list of stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StockLineRule {
    /// A code of the item in the catalogue, or its name.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) item: String,
    /// How many base units a level asks for.
    #[schema(min_items = 1, max_items = 20)]
    pub(crate) minima: Vec<LevelFigure>,
    /// More than this is not needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub(crate) maximum: Option<Whole>,
}

/// Enough of the goods on a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StockRule {
    #[schema(min_items = 1, max_items = 500)]
    pub(crate) lines: Vec<StockLineRule>,
    /// How many lines of a hundred must be covered; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub(crate) share_percent: Option<Whole>,
    pub(crate) counting: CountingRule,
}

/// Goods that provide for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeopleLineRule {
    /// A code of the item in the catalogue, or its name.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) item: String,
    /// For how many people one base unit provides …
    #[schema(value_type = i64, minimum = 1, maximum = 10000)]
    pub(crate) people: Whole,
    /// … and for how many days.
    #[schema(value_type = i64, minimum = 1, maximum = 3660)]
    pub(crate) days: Whole,
}

/// Enough for so many people and days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeopleRule {
    #[schema(min_items = 1, max_items = 500)]
    pub(crate) lines: Vec<PeopleLineRule>,
    #[schema(value_type = i64, minimum = 1, maximum = 3660)]
    pub(crate) days: Whole,
    /// Whether levels ask for hundredths of the people that the depot is there for.
    #[serde(default)]
    pub(crate) of_population: bool,
    pub(crate) counting: CountingRule,
    #[schema(min_items = 1, max_items = 20)]
    pub(crate) levels: Vec<LevelFigure>,
}

/// So many of other criteria.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupRule {
    #[schema(min_items = 1, max_items = 500, schema_with = codes)]
    pub(crate) of: Vec<String>,
    #[schema(value_type = i64, minimum = 1, maximum = 500)]
    pub(crate) at_least: Whole,
}

/// Points off for each time that something happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeductionRule {
    pub(crate) each: Figure,
    pub(crate) cap: Figure,
    /// How many days back it counts; for ever if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 3660)]
    pub(crate) window_days: Option<Whole>,
}

/// While it is open, no level is granted, or none above one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VetoRule {
    /// The highest level that it lets pass; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) highest_level: Option<String>,
}

/// What an assessor gives, with a reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssessorRule {
    /// How many points a level asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub(crate) levels: Vec<LevelFigure>,
}

/// One thing that a rule set asks. Exactly one of `numeric`, `banded`, `yes_no`, `checklist`, `stock`,
/// `people`, `group`, `deduction`, `veto` and `assessor` says what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CriterionDocument {
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) id: String,
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) dimension: String,
    pub(crate) title: RuleWords,
    pub(crate) provenance: RuleProvenance,
    /// Whether a level is refused without it; so for all kinds that can be, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gate: Option<bool>,
    /// How many points it earns at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) points: Option<Figure>,
    /// How many hundredths of the whole its points are; where one criterion has a weight, all that
    /// earn points have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) weight: Option<Figure>,
    /// The profiles in which it stands; all if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20, schema_with = codes)]
    pub(crate) profiles: Vec<String>,
    /// The levels of depots that it concerns; all if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 5, schema_with = depot_levels)]
    pub(crate) depot_levels: Vec<String>,
    /// How hard it is to mend: `record`, `act`, `supply`, `staff` or `build`; as its kind says if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 8, pattern = "^(record|act|supply|staff|build)$")]
    pub(crate) effort: Option<String>,
    /// Whether a public notice shows how it was met.
    #[serde(default)]
    pub(crate) public: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) numeric: Option<NumericRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) banded: Option<BandedRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) yes_no: Option<YesNoRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checklist: Option<ChecklistRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stock: Option<StockRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) people: Option<PeopleRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<GroupRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deduction: Option<DeductionRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) veto: Option<VetoRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) assessor: Option<AssessorRule>,
}

fn words(pattern: &'static str) -> utoipa::openapi::schema::Array {
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
    let word = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(16))
        .pattern(Some(pattern));
    ArrayBuilder::new().items(word).max_items(Some(5)).build()
}

fn depot_levels() -> utoipa::openapi::schema::Array {
    words("^(national|provincial|municipal|county|township)$")
}

fn conditions() -> utoipa::openapi::schema::Array {
    words("^(usable|quarantined|needs_repair|condemned)$")
}
