//! The periods and the years of public holidays that are shipped.
//!
//! **Invariant.** The figures are the files under `api/data/duties`, each with its source; code adds
//! none.

use std::sync::LazyLock;

use serde::Deserialize;

use super::wire::{KeptPeriod, KeptYear};
use crate::problem::Problem;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Periods {
    periods: Vec<KeptPeriod>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Years {
    years: Vec<KeptYear>,
}

static PERIODS: LazyLock<Result<Vec<KeptPeriod>, String>> = LazyLock::new(|| {
    toml::from_str::<Periods>(include_str!("../../data/duties/periods.toml"))
        .map(|file| file.periods)
        .map_err(|error| error.to_string())
});

static YEARS: LazyLock<Result<Vec<KeptYear>, String>> = LazyLock::new(|| {
    toml::from_str::<Years>(include_str!("../../data/duties/calendars.toml"))
        .map(|file| file.years)
        .map_err(|error| error.to_string())
});

fn read<T>(file: &Result<Vec<T>, String>) -> Result<&[T], Problem> {
    match file {
        Ok(entries) => Ok(entries),
        Err(error) => Err(Problem::internal(anyhow::anyhow!(error.clone()))),
    }
}

/// One period for each kind that has one.
pub(super) fn periods() -> Result<&'static [KeptPeriod], Problem> {
    read(&PERIODS)
}

/// The years of which public holidays are shipped.
pub(super) fn years() -> Result<&'static [KeptYear], Problem> {
    read(&YEARS)
}

#[cfg(test)]
mod tests {
    use domain::duties::DutyKind;

    use super::*;

    #[test]
    fn every_kind_that_has_a_period_has_one() {
        let periods = periods().unwrap();
        for kind in DutyKind::ALL.iter().filter(|kind| kind.has_period()) {
            let of_kind = periods.iter().filter(|period| period.kind == *kind);
            assert_eq!(of_kind.count(), 1, "{kind}");
        }
        for period in periods {
            period.parse().unwrap();
        }
    }

    // How many days offices work in a year is announced nowhere; the notices say how many days of
    // each holiday are free, and weekends that are worked pay for weekdays that are not.
    #[test]
    fn the_years_that_are_shipped_can_be() {
        let days: Vec<_> = years()
            .unwrap()
            .iter()
            .map(|year| {
                let free: i64 = year
                    .rest
                    .iter()
                    .map(|rest| (rest.last - rest.first).num_days() + 1)
                    .sum();
                (year.year, free, year.work.len(), year.parse().is_ok())
            })
            .collect();
        assert_eq!(days, [(2025, 28, 5, true), (2026, 33, 6, true)]);
    }
}
