//! The units an item is counted in: one base unit and the packs made of it.
//!
//! **Invariant.** Every unit name of an item is unique, and a pack holds at least two base units.
//! [`Units::to_base`] and [`Units::split`] undo each other exactly; nothing is ever rounded.

use crate::kernel::{Quantity, QuantityError, Text};

/// The name of the unit stock is counted in (件, 顶, 瓶), at most 16 characters.
pub type BaseUnit = Text<16>;

/// The most packs that one item may have: a box, a layer, a pallet and their variants.
pub const PACKS_MAX: usize = 16;

/// A pack: 箱, 托. An exact number of base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    name: Text<16>,
    base_units: i64,
}

/// Why something is not a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// A pack of one base unit is the base unit, and a pack of none is nothing.
    #[error("a pack holds at least 2 base units")]
    TooSmall,
    /// More than a quantity can be.
    #[error("a pack holds at most {} base units", Quantity::MAX)]
    TooLarge,
}

impl Pack {
    /// Checks the size.
    ///
    /// # Errors
    /// [`PackError`] outside 2..=10^12 base units.
    pub fn new(name: Text<16>, base_units: i64) -> Result<Self, PackError> {
        match base_units {
            ..=1 => Err(PackError::TooSmall),
            2..=Quantity::MAX => Ok(Self { name, base_units }),
            _ => Err(PackError::TooLarge),
        }
    }

    /// The name, unique among the units of its item.
    #[must_use]
    pub fn name(&self) -> &Text<16> {
        &self.name
    }

    /// How many base units it holds: 2 to 10^12.
    #[must_use]
    pub fn base_units(&self) -> i64 {
        self.base_units
    }
}

/// The base unit of an item and its packs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units {
    base: BaseUnit,
    packs: Vec<Pack>,
}

/// Why a count could not be converted, or a list of units not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Two units of one item have the same name.
    #[error("the unit `{name}` is there twice")]
    Repeated {
        /// The name that is there twice.
        name: Text<16>,
    },
    /// More packs than an item may have.
    #[error("an item has at most {PACKS_MAX} packs")]
    TooManyPacks,
    /// The item is not counted in this unit.
    #[error("the item has no such unit")]
    Unknown,
    /// The count is not one that a line can carry.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
}

/// A quantity in whole packs and what is left over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// Whole packs, zero or more.
    pub packs: i64,
    /// Base units that fill no pack: fewer than one pack holds.
    pub remainder: i64,
}

impl Units {
    /// Puts the units of an item together.
    ///
    /// # Errors
    /// [`UnitError::Repeated`] or [`UnitError::TooManyPacks`].
    pub fn new(base: BaseUnit, packs: Vec<Pack>) -> Result<Self, UnitError> {
        if packs.len() > PACKS_MAX {
            return Err(UnitError::TooManyPacks);
        }
        for (position, pack) in packs.iter().enumerate() {
            let earlier = packs[..position].iter().map(Pack::name);
            if earlier.chain([&base]).any(|name| *name == pack.name) {
                return Err(UnitError::Repeated {
                    name: pack.name.clone(),
                });
            }
        }
        Ok(Self { base, packs })
    }

    /// The base unit.
    #[must_use]
    pub fn base(&self) -> &BaseUnit {
        &self.base
    }

    /// The packs, in the order given.
    #[must_use]
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// How many base units one `unit` holds: 1 for the base unit itself.
    #[must_use]
    pub fn size_of(&self, unit: &str) -> Option<i64> {
        if self.base.as_str() == unit {
            return Some(1);
        }
        let pack = self.packs.iter().find(|pack| pack.name.as_str() == unit)?;
        Some(pack.base_units)
    }

    /// Converts a count of `unit` into base units, exactly.
    ///
    /// # Errors
    /// [`UnitError::Unknown`] for a unit the item does not have; [`UnitError::Quantity`] for a
    /// count below 1 or a result above 10^12.
    pub fn to_base(&self, count: i64, unit: &str) -> Result<Quantity, UnitError> {
        let size = self.size_of(unit).ok_or(UnitError::Unknown)?;
        // The sign decides the error, so a product past `i64` must keep it: hence saturating.
        Ok(Quantity::new(count.saturating_mul(size))?)
    }

    /// Splits a quantity into whole packs of `unit` and a remainder in base units, exactly.
    ///
    /// # Errors
    /// [`UnitError::Unknown`] for a unit the item does not have.
    pub fn split(&self, quantity: Quantity, unit: &str) -> Result<Split, UnitError> {
        let size = self.size_of(unit).ok_or(UnitError::Unknown)?;
        Ok(Split {
            packs: quantity.get() / size,
            remainder: quantity.get() % size,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Text<16> {
        Text::new(text).unwrap()
    }

    fn pack(text: &str, base_units: i64) -> Pack {
        Pack::new(name(text), base_units).unwrap()
    }

    fn water() -> Units {
        Units::new(name("瓶"), vec![pack("箱", 24), pack("托", 1_440)]).unwrap()
    }

    #[test]
    fn a_pack_holds_two_to_a_million_million() {
        for (base_units, expected) in [
            (i64::MIN, Some(PackError::TooSmall)),
            (1, Some(PackError::TooSmall)),
            (2, None),
            (Quantity::MAX, None),
            (Quantity::MAX + 1, Some(PackError::TooLarge)),
        ] {
            assert_eq!(Pack::new(name("箱"), base_units).err(), expected);
        }
    }

    #[test]
    fn unit_names_are_unique() {
        let check = |packs: Vec<Pack>, expected: Option<UnitError>| {
            assert_eq!(Units::new(name("瓶"), packs).err(), expected);
        };
        let repeated = |text| Some(UnitError::Repeated { name: name(text) });
        check(vec![], None);
        check(vec![pack("瓶", 2)], repeated("瓶"));
        check(vec![pack("箱", 12), pack("箱", 24)], repeated("箱"));
        let many = |count| (0..count).map(|n| pack(&format!("包{n}"), 2)).collect();
        check(many(16), None);
        check(many(17), Some(UnitError::TooManyPacks));
    }

    #[test]
    fn counts_convert_exactly_or_not_at_all() {
        let check = |count, unit: &str, expected: Result<i64, UnitError>| {
            let answer = water().to_base(count, unit).map(Quantity::get);
            assert_eq!(answer, expected, "{count} {unit}");
        };
        check(5, "瓶", Ok(5));
        check(5, "箱", Ok(120));
        check(2, "托", Ok(2_880));
        check(5, "袋", Err(UnitError::Unknown));
        check(0, "箱", Err(QuantityError::TooSmall.into()));
        check(-1, "箱", Err(QuantityError::TooSmall.into()));
        check(i64::MIN, "箱", Err(QuantityError::TooSmall.into()));
        check(i64::MAX, "箱", Err(QuantityError::TooLarge.into()));
        check(41_666_666_667, "箱", Err(QuantityError::TooLarge.into()));
    }

    proptest! {
        #[test]
        fn splitting_undoes_packing(size in 2..=10_000_i64, base_units in 1..=Quantity::MAX) {
            let units = Units::new(name("个"), vec![pack("箱", size)]).unwrap();
            let quantity = Quantity::new(base_units).unwrap();
            let split = units.split(quantity, "箱").unwrap();
            prop_assert!((0..size).contains(&split.remainder));
            let packed = match split.packs {
                0 => 0,
                packs => units.to_base(packs, "箱").unwrap().get(),
            };
            prop_assert_eq!(packed + split.remainder, base_units);
        }

        #[test]
        fn packing_leaves_no_remainder(size in 2..=10_000_i64, count in 1..=1_000_000_i64) {
            let units = Units::new(name("个"), vec![pack("箱", size)]).unwrap();
            let quantity = units.to_base(count, "箱").unwrap();
            prop_assert_eq!(
                units.split(quantity, "箱"),
                Ok(Split { packs: count, remainder: 0 })
            );
        }
    }
}
