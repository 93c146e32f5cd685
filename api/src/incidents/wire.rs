//! Shapes of incidents on the wire.
//!
//! **Invariant.** Input is parsed into domain types here or refused with every fault at once.

mod area;
pub(crate) use area::{AreaPartBody, parse_where};
mod incident;
mod need;
mod site;
mod standard;
mod substitute;

use crate::problem::Faults;
use chrono::{DateTime, TimeZone, Utc};
use domain::kernel::Text;

pub(crate) use incident::{
    AreaSummaryView, DeclareIncidentBody, IncidentFilter, IncidentView, UpdateIncidentBody,
    WithdrawNeedBody,
};
pub(crate) use need::{
    ComputeNeedsBody, ComputedNeedsView, NeedBasisView, NeedFilter, NeedView, NeedsView,
    StateNeedsBody, UnmatchedView,
};
pub(crate) use site::{ContactView, CreateSiteBody, SiteFilter, SiteView, UpdateSiteBody};
pub(crate) use standard::{NeedStandardView, NeedStandardsView};
pub(crate) use substitute::SubstituteRateView;

/// Names have at most this many characters.
pub(super) const NAME_MAX: usize = 200;
/// Notes and reasons have at most this many characters.
pub(super) const NOTE_MAX: usize = 2_000;

/// A member of a change: absent stays, `null` clears, a value replaces (see `http::given`).
pub(super) type Change<T> = Option<Option<T>>;

// An optional one-line text: outer `None` when it was at fault.
fn optional<const MAX: usize>(
    faults: &mut Faults,
    pointer: &str,
    text: Option<&str>,
) -> Option<Option<Text<MAX>>> {
    match text {
        Some(text) => faults.take(pointer, Text::new(text)).map(Some),
        None => Some(None),
    }
}

// An optional text of several lines: outer `None` when it was at fault.
fn paragraphs(
    faults: &mut Faults,
    pointer: &str,
    text: Option<&str>,
) -> Option<Option<Text<NOTE_MAX>>> {
    match text {
        Some(text) => faults.take(pointer, Text::paragraphs(text)).map(Some),
        None => Some(None),
    }
}

// A moment that tables and calendars can hold.
fn moment(faults: &mut Faults, pointer: &str, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let year = |year| Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).single();
    if year(1900).is_some_and(|first| at >= first) && year(2200).is_some_and(|end| at < end) {
        return Some(at);
    }
    faults.note(
        pointer,
        "out-of-range",
        "时间须在 1900 年到 2199 年之间",
        "a moment lies in the years 1900 to 2199",
    );
    None
}
