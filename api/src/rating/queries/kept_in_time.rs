//! What was done in time, read as measures: papers, orders, restacking, tests, fire checks.
//!
//! **Invariant.** A depot of which nothing is known to be late reads none late; how long something
//! took is absent where it never happened. What still waits took at least as long as it waited.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    duties::{DutyKind, months_begun},
    rating::Measure,
};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{
    disclosure::GiftRow, dispatch::OrderTimes, duties::DutyFacts, problem::Problem,
    stock::PapersRow,
};

type Readings = BTreeMap<Measure, Decimal>;

/// The rows of all depots.
pub(super) struct InTime {
    pub(super) papers: Vec<PapersRow>,
    pub(super) orders: Vec<OrderTimes>,
    pub(super) duties: DutyFacts,
    pub(super) gifts: Vec<GiftRow>,
    pub(super) day: NaiveDate,
    pub(super) now: DateTime<Utc>,
}

/// What was read of them, by depot.
pub(super) struct ReadInTime {
    of: BTreeMap<Uuid, Readings>,
    fire: BTreeMap<(Uuid, DutyKind), NaiveDate>,
    day: NaiveDate,
    /// Years in which working days were counted without their public holidays.
    pub(super) weekday_years: Vec<i32>,
}

fn day(text: &str) -> Result<NaiveDate, Problem> {
    text.parse().map_err(Problem::internal)
}

impl InTime {
    /// Sorts them by depot.
    pub(super) fn by_depot(self) -> Result<ReadInTime, Problem> {
        let calendar = &self.duties.calendar;
        let mut of: BTreeMap<Uuid, Readings> = BTreeMap::new();
        let mut longest = |depot: Uuid, measure: Measure, value: Decimal| {
            let reading = of.entry(depot).or_default().entry(measure).or_default();
            *reading = (*reading).max(value);
        };
        let mut years = BTreeSet::new();
        let mut took = |from: NaiveDate, to: NaiveDate| {
            years.extend(calendar.unknown(from, to));
            Decimal::from(calendar.working_days(from, to))
        };
        for row in &self.papers {
            let measure = match row.kind.as_str() {
                "receipt" => Measure::AcceptanceDays,
                _ => Measure::IssuePaperDays,
            };
            let days = took(day(&row.occurred_on)?, day(&row.recorded_on)?);
            longest(row.depot_id, measure, days);
        }
        for row in &self.duties.came {
            let days = took(row.came_on, row.accepted_on.unwrap_or(self.day));
            longest(row.depot_id, Measure::AcceptanceDays, days);
        }
        // The law counts days, and not those on which offices work.
        for row in &self.gifts {
            let until = row.done_on.unwrap_or(self.day);
            let days = (until - row.since_on).num_days().max(0);
            longest(row.depot_id, Measure::DisclosureDays, days.into());
        }
        for row in &self.orders {
            // An order that ended without a hand-over brought nothing, neither soon nor late.
            let until = row.arrived_at.or((row.runs != 0).then_some(self.now));
            if let Some(until) = until.filter(|_| row.for_site != 0) {
                let hours = hours(row.ordered_at, until);
                longest(row.depot_id, Measure::OrderToArrival, hours);
            }
        }
        for row in &self.orders {
            let readings = of.entry(row.depot_id).or_default();
            *readings.entry(Measure::OralOrdersLate).or_default() += Decimal::from(row.late);
        }
        for (&(depot, kind), &lots) in &self.duties.overdue_lots {
            let measure = match kind {
                DutyKind::Restack => Measure::RestackOverdue,
                _ => Measure::QualityTestOverdue,
            };
            of.entry(depot).or_default().insert(measure, lots.into());
        }
        Ok(ReadInTime {
            of,
            fire: self.duties.last_done,
            day: self.day,
            weekday_years: years.into_iter().collect(),
        })
    }
}

// Hours, to the hundredth and never too few.
fn hours(from: DateTime<Utc>, to: DateTime<Utc>) -> Decimal {
    let seconds = (to - from).num_seconds().max(0);
    let hundredths = seconds.saturating_mul(100).div_euclid(3_600);
    let rest = i64::from(seconds.saturating_mul(100).rem_euclid(3_600) > 0);
    Decimal::new(hundredths.saturating_add(rest), 2)
}

impl ReadInTime {
    /// Puts what is known of one depot beside what else is.
    pub(super) fn read(&mut self, readings: &mut Readings, depot: Uuid) {
        for measure in [
            Measure::RestackOverdue,
            Measure::QualityTestOverdue,
            Measure::OralOrdersLate,
        ] {
            readings.insert(measure, Decimal::ZERO);
        }
        readings.extend(self.of.remove(&depot).unwrap_or_default());
        for (kind, measure) in [
            (DutyKind::FireCheck, Measure::FireCheckAge),
            (DutyKind::FireTraining, Measure::FireTrainingAge),
            (DutyKind::FireDrill, Measure::FireDrillAge),
        ] {
            let Some(&last) = self.fire.get(&(depot, kind)) else {
                continue;
            };
            // The profile may know of a later one.
            let age = Decimal::from(months_begun(last, self.day));
            let reading = readings.entry(measure).or_insert(age);
            *reading = (*reading).min(age);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_never_too_few() {
        let noon = DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(12);
        for (seconds, expected) in [
            (0, "0.00"),
            (3_600, "1.00"),
            (3_601, "1.01"),
            (5_400, "1.50"),
        ] {
            let later = noon + chrono::TimeDelta::seconds(seconds);
            assert_eq!(hours(noon, later).to_string(), expected);
        }
        assert_eq!(hours(noon, DateTime::UNIX_EPOCH), Decimal::ZERO);
    }
}
