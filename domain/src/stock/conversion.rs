//! Conversion: kits from their contents, and contents from kits.
//!
//! **Invariant.** What goes in is what comes out, by one version of the kit's contents, to the
//! piece. A lot of kits belongs to one owner, is bound to what any of its contents is bound to, and
//! expires with the first of them. Of a lot that went into kits no more comes out than went in and
//! has not come out before.
//!
//! A kit out of which something was taken is no kit of its version any more: it is taken apart, and
//! what is left of it lies on the shelf under its own names. "Partly" is some kits of many.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Restriction;
use crate::{
    catalogue::KitContents,
    kernel::{Currency, Id, Money, Quantity, Text, kinds, named},
};

mod opened;

pub use opened::{Fate, Inside, Named, Out, TakeApartError, take_apart};

named! {
    /// Which way goods are converted.
    pub enum Way {
        /// 组装: kits from their contents.
        Assemble = "assemble",
        /// 拆解: contents from kits.
        TakeApart = "take_apart",
    }
}

/// Goods of one lot that are put into kits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Of which lot.
    pub lot: Id<kinds::Lot>,
    /// What they are.
    pub item: Id<kinds::Item>,
    /// Whose they are.
    pub owner: Id<kinds::Organisation>,
    /// Who gave them.
    pub donor: Option<Text<200>>,
    /// Their last day of use.
    pub expires_on: Option<NaiveDate>,
    /// What one base unit is worth.
    pub unit_value: Option<Money>,
    /// What they are bound to.
    pub restriction: Restriction,
    /// How many base units.
    pub quantity: Quantity,
}

/// What follows for a lot of kits from what was put into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// Whose the kits are.
    pub owner: Id<kinds::Organisation>,
    /// Who gave all of the contents, if one donor did.
    pub donor: Option<Text<200>>,
    /// The last day of use of what expires first.
    pub expires_on: Option<NaiveDate>,
    /// What any of the contents is bound to.
    pub restriction: Restriction,
    /// What one kit is worth, to the last decimal, or why nobody can say.
    pub unit_value: Result<Money, NoValue>,
}

/// Why one kit has no exact value. It is then not stated, rather than rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoValue {
    /// Some contents were never valued.
    #[error("some contents have no value")]
    Unvalued,
    /// Contents in several currencies.
    #[error("the contents are valued in several currencies")]
    Currencies,
    /// Lots of several prices do not divide by the number of kits.
    #[error("the value of the contents does not divide exactly by the number of kits")]
    Inexact,
    /// More than a unit value may be.
    #[error("a kit would be worth more than 1000000000")]
    TooLarge,
}

/// Why contents do not make kits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssemblyError {
    /// More of an item than a line can carry.
    #[error("so many kits hold more than 10^12 of one item")]
    TooMany,
    /// Too few or too many of an item, or an item that is not on the list.
    #[error("the kits take {wanted} of {item}, and {given} are given")]
    Unequal {
        /// The item.
        item: Id<kinds::Item>,
        /// How many the list takes; none, if it is not on it.
        wanted: i64,
        /// How many are given.
        given: i64,
    },
    /// Contents of several owners.
    #[error("the contents belong to several owners")]
    Owners(BTreeSet<Id<kinds::Organisation>>),
    /// Contents that are bound to different things: no use would be right for all of them.
    #[error("the contents are bound to different purposes")]
    Restrictions,
}

/// Puts `parts` together into `kits`.
///
/// # Errors
/// Every [`AssemblyError`] at once.
pub fn assemble(
    contents: &KitContents,
    kits: Quantity,
    parts: &[Part],
) -> Result<Assembled, Vec<AssemblyError>> {
    let mut errors = Vec::new();
    match contents.of_kits(kits) {
        Ok(wanted) => errors.extend(unequal(&wanted, parts)),
        Err(_) => errors.push(AssemblyError::TooMany),
    }
    let owners: BTreeSet<_> = parts.iter().map(|part| part.owner).collect();
    let mut bound = parts
        .iter()
        .map(|part| &part.restriction)
        .filter(|restriction| **restriction != Restriction::None);
    let restriction = bound.next().cloned().unwrap_or_default();
    if bound.any(|other| *other != restriction) {
        errors.push(AssemblyError::Restrictions);
    }
    let Some(owner) = owners.first().copied().filter(|_| owners.len() == 1) else {
        if owners.len() > 1 {
            errors.push(AssemblyError::Owners(owners));
        }
        return Err(errors);
    };
    if !errors.is_empty() {
        return Err(errors);
    }
    let donor = parts.first().and_then(|part| part.donor.clone());
    let donor = donor.filter(|donor| parts.iter().all(|part| part.donor.as_ref() == Some(donor)));
    Ok(Assembled {
        owner,
        donor,
        expires_on: parts.iter().filter_map(|part| part.expires_on).min(),
        restriction,
        unit_value: value(kits, parts),
    })
}

fn unequal(wanted: &BTreeMap<Id<kinds::Item>, Quantity>, parts: &[Part]) -> Vec<AssemblyError> {
    let mut amounts: BTreeMap<_, (i64, i64)> = wanted
        .iter()
        .map(|(&item, quantity)| (item, (quantity.get(), 0)))
        .collect();
    for part in parts {
        let (_, given) = amounts.entry(part.item).or_default();
        *given = given.saturating_add(part.quantity.get());
    }
    let unequal = amounts
        .into_iter()
        .filter(|(_, (wanted, given))| wanted != given);
    unequal
        .map(|(item, (wanted, given))| AssemblyError::Unequal {
            item,
            wanted,
            given,
        })
        .collect()
}

fn value(kits: Quantity, parts: &[Part]) -> Result<Money, NoValue> {
    let values: Option<Vec<_>> = parts.iter().map(|part| part.unit_value).collect();
    let values = values.ok_or(NoValue::Unvalued)?;
    let currencies: Vec<Currency> = values.iter().map(|value| value.currency()).collect();
    let currency = *currencies.first().ok_or(NoValue::Unvalued)?;
    if currencies.iter().any(|other| *other != currency) {
        return Err(NoValue::Currencies);
    }
    let worth = |(part, value): (&Part, &Money)| {
        i128::from(part.quantity.get()) * i128::from(value.ten_thousandths())
    };
    let all: i128 = parts.iter().zip(&values).map(worth).sum();
    let kits = i128::from(kits.get());
    if all % kits != 0 {
        return Err(NoValue::Inexact);
    }
    i64::try_from(all / kits)
        .ok()
        .and_then(|each| Money::from_ten_thousandths(each, currency).ok())
        .ok_or(NoValue::TooLarge)
}

#[cfg(test)]
mod tests;
