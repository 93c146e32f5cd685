//! The virtual warehouse: all depots seen as one (DESIGN §5).
//!
//! **Invariant.** What is pooled is only added up: the total of an item is the sum over its depots,
//! and a depot's is the sum over its lots. Every piece on hand in the condition that was asked for
//! stands in exactly one figure, so that no figure hides another.

mod coverage;
mod figures;
mod mutual_aid;
mod near;
mod reach;
mod road;
mod rotation;

pub use coverage::Cover;
pub use figures::{Figures, Goods, Question, pool};
pub use mutual_aid::{Loan, Shortfall, Surplus, loans};
pub use near::{Near, NearError, RADIUS_KM_MAX, RADIUS_KM_MIN};
pub use reach::{Arrival, Counting, Curve, Holding, Origin, Ready, Step, curves, everything};
pub use road::{DUE_TIMES_MAX, Road};
pub use rotation::{AgeingGoods, HORIZON_DAYS, Lack, Proposal, Way, rotate};
