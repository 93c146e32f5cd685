//! A value with a type: what a cell becomes when it is read, and what is written out.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

/// A typed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text without blanks at its ends.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// A day.
    Date(NaiveDate),
    /// A moment. Written as RFC 3339 text in UTC, because a spreadsheet has no time zones.
    Instant(DateTime<Utc>),
    /// Yes or no.
    Flag(bool),
}
