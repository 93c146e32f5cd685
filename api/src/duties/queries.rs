//! Reads of duties.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length. What the caller
//! does not see is not there.

mod arrivals;
mod facts;
mod holders;
mod list;
mod records;
mod settings;
mod streams;

pub(super) use arrivals::{arrival, arrival_to_change, arrivals};
pub(crate) use facts::{DutyFacts, duty_facts};
pub(super) use holders::{holder, holder_to_change, holders};
pub(super) use list::duties;
pub(super) use records::{record, record_to_change, records};
pub(super) use settings::{
    period, period_to_change, periods_page, year, year_to_change, years_page,
};
