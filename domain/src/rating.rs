//! How good a depot is, by rules that are data (DESIGN §6, RULES §7).
//!
//! **Invariant.** No code here knows a level, a threshold or a rater of any document: all of that is
//! in a [`RuleSet`], which was checked before anything is judged by it. [`evaluate()`] is pure and
//! total, its arithmetic is exact, and what was not assessed never reads as zero or as passed.

mod assessment;
mod check;
mod criterion;
mod diff;
mod donated;
mod evaluate;
mod explain;
mod facts;
mod gaps;
mod lending;
mod measure;
mod rule_set;
mod stated;
mod stock_grade;
mod words;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod laws;

pub use assessment::{
    Appeal, Assessment, AssessmentAction, AssessmentError, AssessmentState, AssessmentStateName,
    Awaited, Deadline, Decision, Done, Ending, Frozen, Hand, Superior,
};
pub use check::{Fault, Mistake, Referent};
pub use criterion::{
    AtLevel, Band, Counting, Criterion, Entry, Kind, PeopleLine, Provenance, StockLine, Subject,
};
pub use diff::{Called, Change, Coded, Direction, diff};
pub use donated::has_enough_life;
pub use evaluate::{
    Earned, Evaluation, Finding, Found, Judged, LineFound, Missing, Reached, Verdict, evaluate,
};
pub use explain::explain;
pub use facts::{Facts, ItemStock, Pile, Statement, StatementKind, Supposition};
pub use gaps::{Gap, GoodsLacking, Lack, advise, gaps};
pub use lending::{Lender, Loan, loans, spare};
pub use measure::{Comparison, Effort, Measure, Unit};
pub use rule_set::{
    Aggregation, Best, Gates, Named, Parts, RuleSet, Standing, Step, StepKind, Unassessed,
    UnknownProfile, Workflow, actor_title,
};
pub use stated::StatementFlaw;
pub use stock_grade::{StockGrade, StockLevel, stock_grade};
pub use words::Words;
