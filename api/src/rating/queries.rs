//! Reads of rating.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length. What the caller
//! does not see is not there.

mod assessments;
mod compare;
mod facts;
mod goods;
mod grades;
mod kept_in_time;
mod lending;
mod notices;
mod official;
mod rule_sets;

pub(super) use assessments::{
    Ripe, assessment, assessment_grade, assessment_to_change, assessments, facts_of, file,
    file_sizes, last_remark, ripe, shown,
};
pub(crate) use compare::{Compared, compare};
pub(crate) use grades::{StockGrades, stock_grades};
pub(super) use grades::{grade, grades, simulate};
pub(super) use notices::notices;
pub(crate) use rule_sets::rule_set;
pub(super) use rule_sets::{rule_set_row_to_change, rule_set_whole, rule_sets};
