//! Past which limit differences need somebody's approval.
//!
//! **Invariant.** A limit is data of the stocktake, fixed when it is opened. What cannot be judged
//! in its currency is past it.
//!
//! No rule of the field that we found states a tolerance: goods, label and account must agree
//! (RULES 3.6), and the yardstick of RULES §8 asks for 100 %. The default below is therefore our
//! own, for want of a source: it decides who signs, not what is right.

use rust_decimal::Decimal;

use crate::kernel::{Currency, Money, MoneyError};

/// How far a stocktake may differ from the book before somebody who did not count must agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    share_e4: i64,
    value: Money,
}

/// A line that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineDifference {
    /// More or less than the book, in base units.
    pub difference: i64,
    /// What the book had.
    pub book: i64,
    /// What one base unit is worth, where that is known.
    pub unit_value: Option<Money>,
}

impl Limit {
    /// A whole: shares are counted in ten-thousandths.
    pub const SHARE_WHOLE: i64 = 10_000;
    /// Our own default: 1 % of a line.
    pub const DEFAULT_SHARE_E4: i64 = 100;
    /// Our own default: 1,000 yuan in all, as ten-thousandths of a yuan.
    pub const DEFAULT_VALUE_E4: i64 = 10_000_000;

    /// A limit; `None` for a share outside 0 to 1.
    #[must_use]
    pub fn new(share_e4: i64, value: Money) -> Option<Self> {
        (0..=Self::SHARE_WHOLE)
            .contains(&share_e4)
            .then_some(Self { share_e4, value })
    }

    /// The limit of whoever states none.
    ///
    /// # Errors
    /// Never: the default is money.
    pub fn built_in() -> Result<Self, MoneyError> {
        let value = Money::from_ten_thousandths(Self::DEFAULT_VALUE_E4, Currency::CNY)?;
        Ok(Self {
            share_e4: Self::DEFAULT_SHARE_E4,
            value,
        })
    }

    /// The share of a line's book, in ten-thousandths.
    #[must_use]
    pub fn share_e4(&self) -> i64 {
        self.share_e4
    }

    /// The value of all differences together.
    #[must_use]
    pub fn value(&self) -> Money {
        self.value
    }

    /// Whether a line by itself is past the limit. Anything is a large share of nothing.
    #[must_use]
    pub fn is_line_past(&self, line: &LineDifference) -> bool {
        let difference = i128::from(line.difference).abs();
        let share = difference * i128::from(Self::SHARE_WHOLE)
            > i128::from(line.book) * i128::from(self.share_e4);
        share || self.is_value_past(self.worth(std::slice::from_ref(line)))
    }

    /// Whether differences are past the limit: one of them by itself, or all of them together.
    #[must_use]
    pub fn is_past(&self, lines: &[LineDifference]) -> bool {
        lines.iter().any(|line| self.is_line_past(line)) || self.is_value_past(self.worth(lines))
    }

    // What differences are worth, gains and losses alike; `None` where some of it is in another
    // currency, for which there is no rate here. Goods whose value nobody stated are judged by
    // their share alone.
    fn worth(&self, lines: &[LineDifference]) -> Option<Decimal> {
        let mut sum = Decimal::ZERO;
        for line in lines.iter().filter(|line| line.difference != 0) {
            let Some(value) = line.unit_value else {
                continue;
            };
            if value.currency() != self.value.currency() {
                return None;
            }
            sum = sum.saturating_add(value.times(line.difference.saturating_abs()));
        }
        Some(sum)
    }

    fn is_value_past(&self, worth: Option<Decimal>) -> bool {
        worth.is_none_or(|sum| sum > self.value.amount())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str, currency: &str) -> Money {
        Money::parse(amount, currency.parse().unwrap()).unwrap()
    }

    fn line(difference: i64, book: i64, unit_value: Option<Money>) -> LineDifference {
        LineDifference {
            difference,
            book,
            unit_value,
        }
    }

    #[test]
    fn a_line_is_past_by_its_share_or_its_value() {
        let limit = Limit::built_in().unwrap();
        let yuan = |amount| Some(money(amount, "CNY"));
        let check = |difference, book, value, past| {
            let found = limit.is_line_past(&line(difference, book, value));
            assert_eq!(found, past, "{difference} of {book} at {value:?}");
        };
        check(0, 0, None, false);
        check(0, 100, yuan("999999"), false);
        check(1, 100, None, false);
        check(-1, 100, None, false);
        check(-1, 99, None, true);
        check(2, 100, None, true);
        check(1, 0, None, true);
        check(-10, 1_000, yuan("100"), false);
        check(-10, 1_000, yuan("100.0001"), true);
        check(-1, 1_000, Some(money("0.01", "USD")), true);
        check(1_000_000_000_000, 0, yuan("1000000000"), true);
    }

    #[test]
    fn many_small_differences_are_past_together() {
        let limit = Limit::built_in().unwrap();
        let small = line(-1, 1_000, Some(money("100", "CNY")));
        assert!(!limit.is_past(&[small; 10]));
        assert!(limit.is_past(&[small; 11]));
        // A gain does not make up for a loss.
        let gain = LineDifference {
            difference: 1,
            ..small
        };
        let mixed = [[small; 6], [gain; 6]].concat();
        assert!(limit.is_past(&mixed));
        assert!(!limit.is_past(&[]));
    }

    #[test]
    fn a_share_is_part_of_a_whole() {
        let value = money("0", "CNY");
        assert!(Limit::new(-1, value).is_none());
        assert!(Limit::new(10_001, value).is_none());
        let nothing = Limit::new(0, value).unwrap();
        assert!(nothing.is_line_past(&line(1, 1_000_000, None)));
        assert!(!nothing.is_line_past(&line(0, 0, None)));
    }
}
