//! The words that every context shares: ids, quantities, money, places, periods.
//!
//! **Invariant.** The kernel knows no context.

mod confidence;
pub(crate) mod cores;
mod crs;
mod id;
mod language;
mod money;
mod name_key;
mod named;
mod period;
mod place;
mod quantity;
mod text;

pub use confidence::Confidence;
pub use crs::Crs;
pub use id::{Id, IdError, Kind, kinds};
pub use language::Language;
pub use money::{Currency, Money, MoneyError};
pub use name_key::NameKey;
pub use named::UnknownName;
pub(crate) use named::named;
pub use period::{Period, PeriodError};
pub use place::{Place, PlaceError, PlaceOrigin};
pub use quantity::{Quantity, QuantityError};
pub use text::{Text, TextError};
