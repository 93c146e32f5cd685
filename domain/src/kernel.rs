//! The words that every context shares: ids, quantities, money, places, periods.
//!
//! **Invariant.** The kernel knows no context.

mod crs;
mod id;
mod money;
mod period;
mod place;
mod quantity;

pub use crs::Crs;
pub use id::{Id, IdError, Kind, kinds};
pub use money::{Currency, Money, MoneyError};
pub use period::{Period, PeriodError};
pub use place::{Place, PlaceError};
pub use quantity::{Quantity, QuantityError};
