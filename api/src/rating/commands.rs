//! Changes of rating.
//!
//! **Invariant.** A rule set is written by whoever manages rules for the society that keeps it.

mod assessments;
mod rule_sets;

use super::{queries, rows, wire};

pub(crate) use assessments::{
    Act, ActOnAssessment, AddEvidence, AddRemark, File, OpenAssessment, StateAssessment,
};
pub(crate) use rule_sets::{CreateRuleSet, ReplaceRuleSet};
