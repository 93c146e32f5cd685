//! Standards of relief as data: so much of this, for each of those.
//!
//! **Invariant.** Rates are exact fractions and results are rounded up to whole units once, at the
//! end, so that no person is left out by arithmetic. Every line names its source and how far the
//! source can be trusted. The standards themselves are files, not code.

use crate::kernel::{Confidence, Quantity, named};

named! {
    /// What a rate counts by.
    pub enum Basis {
        /// Once for each person.
        PerPerson = "per_person",
        /// Once for each household.
        PerHousehold = "per_household",
        /// For each person and each day.
        PerPersonDay = "per_person_day",
        /// For each household and each day.
        PerHouseholdDay = "per_household_day",
    }
}

/// An exact fraction above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    numerator: u32,
    denominator: u32,
}

/// A rate is a fraction of two numbers of at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate is a fraction of two whole numbers of at least 1")]
pub struct RateError;

impl Rate {
    /// Checks that neither part is zero.
    ///
    /// # Errors
    /// [`RateError`] when one is.
    pub const fn new(numerator: u32, denominator: u32) -> Result<Self, RateError> {
        match (numerator, denominator) {
            (0, _) | (_, 0) => Err(RateError),
            (numerator, denominator) => Ok(Self {
                numerator,
                denominator,
            }),
        }
    }

    /// The upper part of the fraction.
    #[must_use]
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// The lower part of the fraction.
    #[must_use]
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    // `count` is below 2^96 and the numerator below 2^32, so the product fits into 128 bits.
    fn times_rounded_up(self, count: u128) -> u128 {
        (count * u128::from(self.numerator)).div_ceil(u128::from(self.denominator))
    }

    fn per(self, count: u128) -> u128 {
        (count * u128::from(self.denominator)).div_ceil(u128::from(self.numerator))
    }
}

/// One rule of a standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardLine {
    /// The key of the catalogue's item, such as `water`.
    pub item_key: String,
    /// What the line says, in Chinese.
    pub title_zh: String,
    /// What the line says, in English.
    pub title_en: String,
    /// In which unit the rate counts, such as `L` or `piece`; the catalogue knows how many of it
    /// are in a base unit of the item.
    pub unit: String,
    /// What the rate counts by.
    pub basis: Basis,
    /// How much.
    pub rate: Rate,
    /// Where the figure was read.
    pub source: String,
    /// How far it can be trusted.
    pub confidence: Confidence,
}

/// A named list of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standard {
    /// Its id, such as `sphere-2018`; needs computed by it keep this id.
    pub id: String,
    /// Its name in Chinese.
    pub title_zh: String,
    /// Its name in English.
    pub title_en: String,
    /// What to know before relying on it, in Chinese.
    pub note_zh: String,
    /// What to know before relying on it, in English.
    pub note_en: String,
    /// People in a household, where the standard says so.
    pub household_size: Option<Rate>,
    /// The rules, in the order of the file.
    pub lines: Vec<StandardLine>,
}

/// For whom a standard is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Population {
    /// How many people.
    pub people: u64,
    /// How many households, if that is known.
    pub households: Option<u64>,
}

/// Why a standard gives no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StandardError {
    /// A line counts by household, nobody said how many there are and the standard has no size.
    #[error("`{item_key}` is counted by household: say how many households there are")]
    HouseholdsUnknown {
        /// The line.
        item_key: String,
    },
    /// The answer is beyond any real stock.
    #[error("`{item_key}` comes to more than {}", Quantity::MAX)]
    TooLarge {
        /// The line.
        item_key: String,
    },
}

impl Standard {
    /// How much the population needs for `days`: one answer for each line, in whole units rounded
    /// up. Lines that come to nothing, for nobody or for no day, are left out.
    ///
    /// # Errors
    /// [`StandardError`] for unknown households and for figures beyond 10^12.
    pub fn compute(
        &self,
        population: Population,
        days: u32,
    ) -> Result<Vec<(&StandardLine, Quantity)>, StandardError> {
        let mut answers = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            let Some(count) = self.count(line.basis, population, days) else {
                return Err(StandardError::HouseholdsUnknown {
                    item_key: line.item_key.clone(),
                });
            };
            let units = line.rate.times_rounded_up(count);
            if units == 0 {
                continue;
            }
            let quantity = i64::try_from(units)
                .ok()
                .and_then(|units| Quantity::new(units).ok())
                .ok_or_else(|| StandardError::TooLarge {
                    item_key: line.item_key.clone(),
                })?;
            answers.push((line, quantity));
        }
        Ok(answers)
    }

    fn count(&self, basis: Basis, population: Population, days: u32) -> Option<u128> {
        let people = u128::from(population.people);
        let households = population
            .households
            .map(u128::from)
            .or_else(|| self.household_size.map(|size| size.per(people)));
        let days = u128::from(days);
        match basis {
            Basis::PerPerson => Some(people),
            Basis::PerPersonDay => Some(people * days),
            Basis::PerHousehold => households,
            // Households of a size below one could be more than people, hence the check.
            Basis::PerHouseholdDay => households?.checked_mul(days).filter(|&n| n >> 96 == 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn standard(basis: Basis, rate: (u32, u32), household_size: Option<(u32, u32)>) -> Standard {
        let rate_of = |(numerator, denominator)| Rate::new(numerator, denominator).unwrap();
        Standard {
            id: "test".to_owned(),
            title_zh: String::new(),
            title_en: String::new(),
            note_zh: String::new(),
            note_en: String::new(),
            household_size: household_size.map(rate_of),
            lines: vec![StandardLine {
                item_key: "thing".to_owned(),
                title_zh: String::new(),
                title_en: String::new(),
                unit: "piece".to_owned(),
                basis,
                rate: rate_of(rate),
                source: String::new(),
                confidence: Confidence::Inferred,
            }],
        }
    }

    #[test]
    fn answers_are_exact_and_rounded_up_once() {
        let check = |basis, rate, size, people, households, days, expected: Result<i64, &str>| {
            let standard = standard(basis, rate, size);
            let answer = standard
                .compute(Population { people, households }, days)
                .map(|lines| lines.first().map_or(0, |(_, quantity)| quantity.get()))
                .map_err(|error| match error {
                    StandardError::HouseholdsUnknown { .. } => "households",
                    StandardError::TooLarge { .. } => "too large",
                });
            assert_eq!(
                answer, expected,
                "{basis} {rate:?} {people} {households:?} {days}"
            );
        };
        // 15 litres a person and day.
        check(
            Basis::PerPersonDay,
            (15, 1),
            None,
            1_000,
            None,
            7,
            Ok(105_000),
        );
        // 250 g of soap a person and 30 days: 25/3 a day is never rounded day by day.
        check(Basis::PerPersonDay, (25, 3), None, 1, None, 30, Ok(250));
        check(Basis::PerPersonDay, (25, 3), None, 1, None, 1, Ok(9));
        // One cooking set for five people.
        check(Basis::PerPerson, (1, 5), None, 11, None, 99, Ok(3));
        // A box a household and week, three people to a household.
        check(
            Basis::PerHouseholdDay,
            (1, 7),
            Some((3, 1)),
            10,
            None,
            7,
            Ok(4),
        );
        check(
            Basis::PerHouseholdDay,
            (1, 7),
            Some((3, 1)),
            10,
            None,
            8,
            Ok(5),
        );
        check(
            Basis::PerHousehold,
            (1, 1),
            Some((3, 1)),
            10,
            Some(2),
            0,
            Ok(2),
        );
        check(
            Basis::PerHousehold,
            (1, 1),
            None,
            10,
            None,
            1,
            Err("households"),
        );
        // Nobody, or no day.
        check(Basis::PerPerson, (1, 1), None, 0, None, 7, Ok(0));
        check(Basis::PerPersonDay, (1, 1), None, 7, None, 0, Ok(0));
        // Beyond any stock, and beyond any integer.
        check(
            Basis::PerPerson,
            (1, 1),
            None,
            1_000_000_000_001,
            None,
            1,
            Err("too large"),
        );
        check(
            Basis::PerPersonDay,
            (u32::MAX, 1),
            None,
            u64::MAX,
            None,
            u32::MAX,
            Err("too large"),
        );
    }

    #[test]
    fn a_rate_has_no_zero() {
        assert_eq!(Rate::new(0, 1), Err(RateError));
        assert_eq!(Rate::new(1, 0), Err(RateError));
    }

    proptest! {
        #[test]
        fn nobody_is_left_out(
            numerator in 1_u32..1_000,
            denominator in 1_u32..1_000,
            people in 1_u64..1_000_000,
            days in 1_u32..366,
        ) {
            let standard = standard(Basis::PerPersonDay, (numerator, denominator), None);
            let population = Population { people, households: None };
            let (_, quantity) = standard.compute(population, days).unwrap()[0];
            let (given, wanted) = (
                i128::from(quantity.get()) * i128::from(denominator),
                i128::from(people) * i128::from(days) * i128::from(numerator),
            );
            // Enough, and less than one unit too much.
            prop_assert!(given >= wanted && given - wanted < i128::from(denominator));
        }
    }
}
