//! The words that every context shares: ids, quantities, money, places, periods.
//!
//! **Invariant.** The kernel knows no context.

mod closed_list;
mod crs;
mod id;
mod language;
mod money;
mod period;
mod place;
mod quantity;

pub(crate) use closed_list::closed_list;

pub use closed_list::UnknownName;
pub use crs::Crs;
pub use id::{Id, IdError, Kind, kinds};
pub use language::Language;
pub use money::{Currency, Money, MoneyError};
pub use period::{Period, PeriodError};
pub use place::{Place, PlaceError};
pub use quantity::{Quantity, QuantityError};
