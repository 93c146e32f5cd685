//! How much: whole base units.
//!
//! **Invariant.** A `Quantity` is between 1 and 10^12; sums and products that leave `i64` do not
//! exist, they are `None`.

use serde::Serialize;

/// A count of whole base units, 1 to [`Quantity::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Quantity(i64);

/// Why a number is not a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Zero or less: a movement of nothing, or backwards, is not a movement.
    #[error("a quantity must be at least 1")]
    TooSmall,
    /// More than 10^12 base units: beyond any real stock, and the guard of all sums.
    #[error("a quantity must be at most {}", Quantity::MAX)]
    TooLarge,
}

impl Quantity {
    /// The most that one line can carry: 10^12 base units.
    pub const MAX: i64 = 1_000_000_000_000;

    /// Checks the bounds.
    ///
    /// # Errors
    /// [`QuantityError`] outside 1..=10^12.
    pub fn new(base_units: i64) -> Result<Self, QuantityError> {
        match base_units {
            ..=0 => Err(QuantityError::TooSmall),
            1..=Self::MAX => Ok(Self(base_units)),
            _ => Err(QuantityError::TooLarge),
        }
    }

    /// The number of base units.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_one_and_a_million_million() {
        assert_eq!(Quantity::new(0), Err(QuantityError::TooSmall));
        assert_eq!(Quantity::new(-5), Err(QuantityError::TooSmall));
        assert_eq!(Quantity::new(1).map(Quantity::get), Ok(1));
        assert_eq!(
            Quantity::new(1_000_000_000_000).map(Quantity::get),
            Ok(1_000_000_000_000)
        );
        assert_eq!(
            Quantity::new(1_000_000_000_001),
            Err(QuantityError::TooLarge)
        );
    }
}
