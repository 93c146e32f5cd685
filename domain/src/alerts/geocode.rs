//! Which codes of an alert are divisions of China.
//!
//! **Invariant.** Nothing is lost: what is no code of a division is kept as it came. Senders call the
//! list by many names (`GB2260`, `行政区划代码`, `geocode` …), so the value decides, save for lists that
//! are known to be others'.

use crate::organisations::DivisionCode;

use super::AlertPart;

// Six digits there, too (CAP 1.2 IPAWS profile; Canadian profile; MeteoAlarm).
const OTHERS: &[&str] = &[
    "same",
    "fips6",
    "ugc",
    "profile:cap-cp:location:0.3",
    "clc",
    "emma_id",
];

pub(super) fn part(name: &str, value: &str) -> AlertPart {
    let is_others = OTHERS.contains(&name.to_lowercase().as_str());
    match value.parse::<DivisionCode>() {
        Ok(code) if !is_others => AlertPart::Division(code),
        _ => AlertPart::Other {
            name: name.to_owned(),
            value: value.to_owned(),
        },
    }
}
