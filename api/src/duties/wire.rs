//! Duties on the wire.
//!
//! **Invariant.** A period and a year of holidays always carry their source.

mod arrival;
mod duty;
mod holder;
mod period;
mod record;
mod year;

pub(crate) use arrival::{
    AcceptArrivalBody, ArrivalFilter, ArrivalView, RecordArrivalBody, WithdrawArrivalBody,
};
pub(super) use duty::DutiesAsked;
pub(crate) use duty::{DutyFilter, DutyView};
pub(super) use holder::{ALL_KINDS, holder_kind};
pub(crate) use holder::{DutyHolderFilter, DutyHolderView, NameDutyHolderBody};
pub(crate) use period::{DutyPeriodView, KeptPeriod, SetDutyPeriodBody};
pub(crate) use record::{DutyRecordFilter, DutyRecordView, RecordDutyBody, WithdrawDutyRecordBody};
pub(crate) use year::{KeptYear, SetWorkCalendarBody, WorkCalendarView};

use chrono::NaiveDate;

use crate::problem::{Fault, Faults};

// A day that exists.
fn day(faults: &mut Faults, pointer: &str, text: &str) -> Option<NaiveDate> {
    let parsed = text.parse();
    faults.take(
        pointer,
        parsed.map_err(|_| Fault::new("format", "没有这一天", "there is no such day")),
    )
}
