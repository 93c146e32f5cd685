//! What goods are worth: an exact decimal and a currency.
//!
//! **Invariant.** Money is never a float. A unit value has at most four decimals, so that tables
//! can keep it as a whole number of ten-thousandths and every sum is exact.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::Serialize;

/// An ISO 4217 currency code: three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The renminbi yuan, in which Chinese societies keep their books.
    pub const CNY: Self = Self(*b"CNY");

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match text.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(MoneyError::Currency),
        }
    }
}

/// An amount of one currency, zero or more, with at most four decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    ten_thousandths: i64,
    currency: Currency,
}

/// Why something is not money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a plain decimal number.
    #[error("an amount must be a decimal number such as 45.70")]
    NotANumber,
    /// Below zero.
    #[error("an amount must not be negative")]
    Negative,
    /// More than four decimals would have to be rounded.
    #[error("an amount has at most four decimals")]
    TooFine,
    /// More than 10^9 for one unit.
    #[error("an amount is at most 1000000000")]
    TooLarge,
    /// Not three capital letters.
    #[error("a currency is three capital letters such as CNY")]
    Currency,
}

const SCALE: u32 = 4;
const MAX_TEN_THOUSANDTHS: i64 = 1_000_000_000 * 10_000;

impl Money {
    /// Reads a plain decimal such as `45.7`.
    ///
    /// # Errors
    /// [`MoneyError`] for what is not a number from 0 to 10^9 with at most four decimals.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let amount = Decimal::from_str_exact(amount.trim()).map_err(|_| MoneyError::NotANumber)?;
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(MoneyError::Negative);
        }
        let amount = amount.normalize();
        if amount.scale() > SCALE {
            return Err(MoneyError::TooFine);
        }
        let ten_thousandths = amount
            .checked_mul(Decimal::from(10_000))
            .and_then(|scaled| i64::try_from(scaled).ok())
            .ok_or(MoneyError::TooLarge)?;
        Self::from_ten_thousandths(ten_thousandths, currency)
    }

    /// Reads the whole number that tables keep.
    ///
    /// # Errors
    /// [`MoneyError`] outside 0..=10^13.
    pub fn from_ten_thousandths(
        ten_thousandths: i64,
        currency: Currency,
    ) -> Result<Self, MoneyError> {
        match ten_thousandths {
            ..0 => Err(MoneyError::Negative),
            0..=MAX_TEN_THOUSANDTHS => Ok(Self {
                ten_thousandths,
                currency,
            }),
            _ => Err(MoneyError::TooLarge),
        }
    }

    /// The amount in ten-thousandths of the currency's unit.
    #[must_use]
    pub fn ten_thousandths(self) -> i64 {
        self.ten_thousandths
    }

    /// The currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The amount as an exact decimal without trailing zeros.
    #[must_use]
    pub fn amount(self) -> Decimal {
        Decimal::new(self.ten_thousandths, SCALE).normalize()
    }

    /// What `base_units` of goods at this unit value are worth: exact, at most 10^21, which a
    /// decimal of 28 digits always holds.
    #[must_use]
    pub fn times(self, base_units: i64) -> Decimal {
        (self.amount() * Decimal::from(base_units)).normalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        let value = Money::parse("45.7", Currency::CNY).unwrap();
        assert_eq!(value.ten_thousandths(), 457_000);
        assert_eq!(value.times(2000).to_string(), "91400");
        assert_eq!(value.amount().to_string(), "45.7");
        assert_eq!(
            Money::parse("0", Currency::CNY).unwrap().ten_thousandths(),
            0
        );
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for (text, why) in [
            ("", MoneyError::NotANumber),
            ("NaN", MoneyError::NotANumber),
            ("1,000", MoneyError::NotANumber),
            ("-1", MoneyError::Negative),
            ("0.00001", MoneyError::TooFine),
            ("1000000000.0001", MoneyError::TooLarge),
            ("99999999999999999999", MoneyError::TooLarge),
        ] {
            assert_eq!(Money::parse(text, Currency::CNY), Err(why), "{text}");
        }
        assert!("cny".parse::<Currency>().is_err());
    }
}
