//! How far stock goes, on the wire.
//!
//! **Invariant.** The code of a level, or a word that is no level.

use domain::rating::{RuleSet, StockGrade, StockLevel, Words};
use serde::Serialize;
use utoipa::ToSchema;

/// How far the stock of one category goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CategoryGradeView {
    #[schema(max_length = 200)]
    category_zh: String,
    #[schema(max_length = 200)]
    category_en: String,
    /// The code of a level, `below` all that could be judged, or `not_assessed`.
    #[schema(max_length = 64)]
    stock_grade: String,
}

pub(in crate::rating) fn stock_level(rule_set: &RuleSet, level: StockLevel) -> String {
    match level {
        StockLevel::NotAssessed => "not_assessed".to_owned(),
        StockLevel::Below => "below".to_owned(),
        StockLevel::Reached(rank) => rule_set.code_of(Some(rank)).unwrap_or_default(),
    }
}

/// Whether stock can be graded so.
pub(in crate::rating) fn is_stock_grade(rule_set: &RuleSet, grade: &str) -> bool {
    matches!(grade, "below" | "not_assessed") || rule_set.rank(grade).is_some()
}

pub(super) fn categories(rule_set: &RuleSet, stock: &StockGrade) -> Vec<CategoryGradeView> {
    stock
        .categories
        .iter()
        .map(|(Words { zh, en }, level)| CategoryGradeView {
            category_zh: zh.clone(),
            category_en: en.clone(),
            stock_grade: stock_level(rule_set, *level),
        })
        .collect()
}
