//! Coverage on the wire.

use std::collections::BTreeSet;

use domain::{
    kernel::{Id, Text, kinds},
    organisations::DivisionCode,
};
use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::schema::{Array, ArrayBuilder, ObjectBuilder, Type},
};

use crate::{
    http::{IdText, Whole},
    problem::{Faults, Problem},
};

use super::sending::{Sending, SendingBody};

/// Who is to be provided for, by which standard, and what is taken for granted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::virtual_warehouse) struct CoverageBody {
    /// The standard, as `/v1/need-standards` lists it.
    #[schema(min_length = 1, max_length = 64, examples("sphere-2018"))]
    standard_id: String,
    /// For how many days.
    #[schema(value_type = i64, minimum = 1, maximum = 366)]
    days: Whole,
    /// Where the people are. Each area is compared with what lies in it, and all together with what
    /// `from` means.
    #[schema(min_items = 1, max_items = 200)]
    areas: Vec<CoverageAreaBody>,
    /// Which goods count for all areas together: all that the caller sees, if absent. An area of its
    /// own counts those among them that lie in it.
    #[serde(default)]
    from: SendingBody,
    /// Taken to be cut off: what lies there does not count.
    #[serde(default)]
    #[schema(value_type = Vec<IdText>, max_items = 200)]
    without_depot_ids: Vec<Id<kinds::Depot>>,
    /// Taken to be flooded: what lies in these divisions does not count.
    #[serde(default)]
    #[schema(schema_with = divisions)]
    without_division_codes: Vec<String>,
}

fn divisions() -> Array {
    let code = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(12))
        .pattern(Some("^([0-9]{6}|[0-9]{9}|[0-9]{12})$"));
    let list = ArrayBuilder::new().items(code).max_items(Some(200));
    list.build()
}

/// People in a division.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::virtual_warehouse) struct CoverageAreaBody {
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division_code: String,
    /// How many are to be provided for; all who live there, by `/v1/population-figures`, if absent.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_500_000_000)]
    people: Option<Whole>,
}

/// What is asked, parsed.
#[derive(Debug)]
pub(in crate::virtual_warehouse) struct AskedCoverage {
    pub(in crate::virtual_warehouse) standard: Text<64>,
    pub(in crate::virtual_warehouse) days: u32,
    /// With how many people; all who live there, if `None`.
    pub(in crate::virtual_warehouse) areas: Vec<(DivisionCode, Option<u64>)>,
    /// Its items are found by the standard.
    pub(in crate::virtual_warehouse) sending: Sending,
    pub(in crate::virtual_warehouse) lost_depots: BTreeSet<Id<kinds::Depot>>,
    pub(in crate::virtual_warehouse) lost_divisions: Vec<DivisionCode>,
}

impl CoverageBody {
    pub(in crate::virtual_warehouse) fn parse(&self) -> Result<AskedCoverage, Problem> {
        let mut faults = Faults::default();
        let standard = faults.take("/standard_id", Text::new(&self.standard_id));
        let areas: Vec<_> = self
            .areas
            .iter()
            .enumerate()
            .map(|(number, area)| {
                let code = area.division_code.parse::<DivisionCode>();
                let code = faults.take(format!("/areas/{number}/division_code"), code)?;
                let people = area.people.map(|people| people.0.unsigned_abs());
                Some((code, people))
            })
            .collect();
        let areas: Option<Vec<_>> = areas.into_iter().collect();
        let mut seen = BTreeSet::new();
        for (number, (code, _)) in areas.iter().flatten().enumerate() {
            if !seen.insert(*code) {
                faults.note(
                    format!("/areas/{number}/division_code"),
                    "repeated",
                    "同一区划只列一次",
                    "a division is listed once",
                );
            }
        }
        let lost = faults.take_each(
            "/without_division_codes",
            &self.without_division_codes,
            |code| code.parse::<DivisionCode>(),
        );
        let sending = self.from.parse(&mut faults, Vec::new());
        let asked = (|| {
            Some(AskedCoverage {
                standard: standard?,
                days: u32::try_from(self.days.0).ok()?,
                areas: areas?,
                sending: sending?,
                lost_depots: self.without_depot_ids.iter().copied().collect(),
                lost_divisions: lost?,
            })
        })();
        faults.finish(asked)
    }
}

/// How far stock reaches by a standard.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct CoverageView {
    #[schema(max_length = 64)]
    pub(in crate::virtual_warehouse) standard_id: String,
    #[schema(minimum = 1)]
    pub(in crate::virtual_warehouse) days: u32,
    /// All areas together, against all goods that count.
    pub(in crate::virtual_warehouse) together: CoveredView,
    /// Each area against what lies in it, as they were asked for.
    #[schema(max_items = 200)]
    pub(in crate::virtual_warehouse) areas: Vec<CoveredAreaView>,
    /// What is missing in the areas, the largest share first.
    #[schema(max_items = 10_000)]
    pub(in crate::virtual_warehouse) gaps: Vec<CoverageGapView>,
    /// Lines of the standard that no item of the catalogue answers; they are in no other figure.
    #[schema(max_items = 200)]
    pub(in crate::virtual_warehouse) unmatched: Vec<UnmatchedLineView>,
    /// Depots that were taken to be lost, by the request.
    #[schema(value_type = Vec<IdText>, max_items = 10_000)]
    pub(in crate::virtual_warehouse) lost_depot_ids: Vec<Id<kinds::Depot>>,
}

/// An area and how far what lies in it reaches.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct CoveredAreaView {
    #[schema(max_length = 12)]
    pub(in crate::virtual_warehouse) division_code: String,
    pub(in crate::virtual_warehouse) covered: CoveredView,
}

/// How far stock reaches for some people.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct CoveredView {
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) people: u64,
    /// How many of them have enough of everything for all days; of what matched the standard.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) people_covered: u64,
    /// For how many days all of them have enough of everything.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) days_covered: u32,
    #[schema(max_items = 200)]
    pub(in crate::virtual_warehouse) lines: Vec<CoverageLineView>,
}

/// An item that the standard asks for.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct CoverageLineView {
    /// As the standard names it.
    #[schema(max_length = 64)]
    pub(in crate::virtual_warehouse) item_key: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) item_name: String,
    /// What the figures count.
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) base_unit: String,
    /// How much is wanted for all people and days.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) wanted: i64,
    /// What depots can give.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) available: i64,
    /// What they could give beside, were nothing taken to be lost.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) lost: i64,
    /// What suppliers promise. Never part of `available`, nor of what is covered.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) agreement: i64,
    /// What is missing of `wanted`.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) gap: i64,
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) people_covered: u64,
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) days_covered: u32,
}

/// What is missing in an area.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct CoverageGapView {
    #[schema(max_length = 12)]
    pub(in crate::virtual_warehouse) division_code: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) item_name: String,
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) base_unit: String,
    #[schema(minimum = 1)]
    pub(in crate::virtual_warehouse) gap: i64,
    /// How much of what is wanted that is, in thousandths.
    #[schema(minimum = 0, maximum = 1000)]
    pub(in crate::virtual_warehouse) gap_permille: u32,
}

/// A line of a standard that no item answers.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct UnmatchedLineView {
    #[schema(max_length = 64)]
    pub(in crate::virtual_warehouse) item_key: String,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) title_zh: String,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) title_en: String,
    /// `no-item`, `several-items` or `unit`.
    #[schema(max_length = 16, pattern = "^(no-item|several-items|unit)$")]
    pub(in crate::virtual_warehouse) reason: String,
}
