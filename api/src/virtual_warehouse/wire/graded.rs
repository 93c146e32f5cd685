//! How far the stock of depots goes, as a question to the virtual warehouse.
//!
//! **Invariant.** Grades are of today, whatever instant the goods are asked of.

use serde::Deserialize;
use utoipa::IntoParams;

/// Which depots by the grade of their stock.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::virtual_warehouse) struct GradedFilter {
    /// In depots whose stock is graded so today: the code of a level, `below` or `not_assessed`.
    #[param(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(in crate::virtual_warehouse) stock_grade: Option<String>,
    /// By which rule set stock is graded, as `id/edition`; the provisional yardstick if absent.
    #[param(max_length = 80, pattern = "^[a-z0-9._-]{1,64}/[1-9][0-9]{0,6}$")]
    pub(in crate::virtual_warehouse) rule_set: Option<String>,
}
