//! The tree of societies and the administrative divisions they serve.
//!
//! **Invariant.** A society stands only under a society of a strictly higher level; partner bodies
//! may stand anywhere, and no society stands under one.
//! A division is named by its code; which codes exist on which day is data, not a rule.

mod body;
mod division_code;

pub use body::{Body, Level, StandingError};
pub use division_code::{DivisionCode, DivisionCodeError, DivisionLevel};
