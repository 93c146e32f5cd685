//! The public account: what became of goods, in figures that cannot fail to balance.
//!
//! **Invariant.** Pure arithmetic over what the ledger adds up to. Nothing here knows a name that is
//! not meant to be public, and nothing estimates: what was not told is absent.

mod difference;
mod donor;
mod figures;
mod preparation;

pub use difference::{Difference, Facts, differences};
pub use donor::{DonorClass, Naming};
pub use figures::{Figure, Figures, FiguresError, Flow, Share, Side};
pub use preparation::{PublishError, StatementState, may_publish, may_withdraw};
