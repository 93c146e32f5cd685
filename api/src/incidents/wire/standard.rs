//! Standards of relief on the wire.

use domain::incidents::{Rate, Standard, StandardLine};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The standards that this server knows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NeedStandardsView {
    /// By id.
    #[schema(max_items = 100)]
    pub(crate) items: Vec<NeedStandardView>,
}

/// A standard of relief: so much of this, for each of those.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NeedStandardView {
    #[schema(max_length = 64)]
    id: String,
    #[schema(max_length = 200)]
    title_zh: String,
    #[schema(max_length = 200)]
    title_en: String,
    /// What to know before relying on it.
    #[schema(max_length = 1000)]
    note_zh: String,
    #[schema(max_length = 1000)]
    note_en: String,
    household_size: Option<RateView>,
    #[schema(max_items = 500)]
    lines: Vec<NeedStandardLineView>,
}

/// One rule of a standard.
#[derive(Debug, Serialize, ToSchema)]
struct NeedStandardLineView {
    /// What the catalogue is searched for: a code in any system, else a name or an alias.
    #[schema(max_length = 64)]
    item_key: String,
    #[schema(max_length = 200)]
    title_zh: String,
    #[schema(max_length = 200)]
    title_en: String,
    /// In which unit the rate counts.
    #[schema(max_length = 16)]
    unit: String,
    /// `per_person`, `per_household`, `per_person_day` or `per_household_day`.
    #[schema(max_length = 32)]
    basis: &'static str,
    rate: RateView,
    /// Where the figure was read.
    #[schema(max_length = 500)]
    source: String,
    /// `V` read in the source itself, `S` second-hand, `I` inferred.
    #[schema(max_length = 1)]
    confidence: &'static str,
}

/// An exact fraction.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct RateView {
    #[schema(minimum = 1)]
    pub(crate) numerator: u32,
    #[schema(minimum = 1)]
    pub(crate) denominator: u32,
}

impl From<Rate> for RateView {
    fn from(rate: Rate) -> Self {
        Self {
            numerator: rate.numerator(),
            denominator: rate.denominator(),
        }
    }
}

impl From<Standard> for NeedStandardView {
    fn from(standard: Standard) -> Self {
        let Standard {
            id,
            title_zh,
            title_en,
            note_zh,
            note_en,
            household_size,
            lines,
        } = standard;
        Self {
            id,
            title_zh,
            title_en,
            note_zh,
            note_en,
            household_size: household_size.map(RateView::from),
            lines: lines.into_iter().map(NeedStandardLineView::from).collect(),
        }
    }
}

impl From<StandardLine> for NeedStandardLineView {
    fn from(line: StandardLine) -> Self {
        let StandardLine {
            item_key,
            title_zh,
            title_en,
            unit,
            basis,
            rate,
            source,
            confidence,
        } = line;
        Self {
            item_key,
            title_zh,
            title_en,
            unit,
            basis: basis.name(),
            rate: rate.into(),
            source,
            confidence: confidence.name(),
        }
    }
}
