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

use super::{Condition, Restriction};
use crate::{
    catalogue::KitContents,
    kernel::{Currency, Id, Money, Quantity, QuantityError, Text, kinds, named},
};

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

/// What went of a lot into kits and has not come out of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// Of which lot.
    pub lot: Id<kinds::Lot>,
    /// What it is.
    pub item: Id<kinds::Item>,
    /// Its last day of use.
    pub expires_on: Option<NaiveDate>,
    /// How many base units.
    pub quantity: i64,
}

/// What became of a piece when its kit was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// It lies on the shelf again, in this condition.
    Back(Condition),
    /// It was not there: it is lost.
    Missing,
}

/// Pieces that whoever opened the kits says something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// What they are.
    pub item: Id<kinds::Item>,
    /// Of which lot; of the one that expires first, if nobody looked.
    pub lot: Option<Id<kinds::Lot>>,
    /// How many.
    pub quantity: Quantity,
    /// What became of them.
    pub fate: Fate,
}

/// Pieces that come out of kits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Out {
    /// What they are.
    pub item: Id<kinds::Item>,
    /// The lot that they went in as; none, if nothing is on record of what went in.
    pub lot: Option<Id<kinds::Lot>>,
    /// What became of them.
    pub fate: Fate,
    /// How many.
    pub quantity: Quantity,
}

/// Why kits cannot be taken apart as somebody says. `named` is the place of what was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TakeApartError {
    /// More of an item than a line can carry.
    #[error("so many kits hold more than 10^12 of one item")]
    TooMany,
    /// Something that is not on the list of contents.
    #[error("the kit does not hold {item}")]
    Foreign {
        /// Which one.
        named: usize,
        /// The item.
        item: Id<kinds::Item>,
    },
    /// More than the kits hold.
    #[error("the kits hold {held} of {item}, and more are named")]
    MoreThanHeld {
        /// The first that is too much.
        named: usize,
        /// The item.
        item: Id<kinds::Item>,
        /// How many the kits hold.
        held: i64,
    },
    /// More of a lot than went in and has not come out.
    #[error("{left} of the lot {lot} are in the kits by the record, and more are named")]
    NotInside {
        /// Which one.
        named: usize,
        /// The lot.
        lot: Id<kinds::Lot>,
        /// How many are left by the record.
        left: i64,
    },
}

/// Takes `kits` apart. `inside` is what the record says is in all kits of the lot; what the record
/// does not cover comes out as nothing known. What nobody names comes back in `condition`; of
/// several lots the one that expires first comes out first.
///
/// # Errors
/// Every [`TakeApartError`] at once.
pub fn take_apart(
    contents: &KitContents,
    kits: Quantity,
    inside: &[Inside],
    named: &[Named],
    condition: Condition,
) -> Result<Vec<Out>, Vec<TakeApartError>> {
    let held = contents.of_kits(kits);
    let held = held.map_err(|_: QuantityError| vec![TakeApartError::TooMany])?;
    let mut opened = Opened::new(&held, inside);
    let mut errors = Vec::new();
    // Lots that are named come first, so that what nobody looked at does not take them away.
    let (of_lots, of_items): (Vec<_>, Vec<_>) = named
        .iter()
        .enumerate()
        .partition(|(_, named)| named.lot.is_some());
    for (place, named) in of_lots.into_iter().chain(of_items) {
        errors.extend(opened.take(place, named).err());
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(opened.rest(condition))
}

// Pieces of an item, of the lot that they went in as, and what became of them.
type Outcome = (Id<kinds::Item>, Option<Id<kinds::Lot>>, Fate);

// Kits that are being emptied.
struct Opened<'a> {
    held: &'a BTreeMap<Id<kinds::Item>, Quantity>,
    // What of each item is still to come out.
    left: BTreeMap<Id<kinds::Item>, i64>,
    // What lots are still inside, the first to expire first.
    lots: Vec<Inside>,
    out: BTreeMap<Outcome, i64>,
}

impl<'a> Opened<'a> {
    fn new(held: &'a BTreeMap<Id<kinds::Item>, Quantity>, inside: &[Inside]) -> Self {
        let mut lots = inside.to_vec();
        lots.sort_by_key(|lot| (lot.expires_on.is_none(), lot.expires_on, lot.lot));
        let left = held.iter().map(|(&item, quantity)| (item, quantity.get()));
        Self {
            held,
            left: left.collect(),
            lots,
            out: BTreeMap::new(),
        }
    }

    fn take(&mut self, place: usize, named: &Named) -> Result<(), TakeApartError> {
        let (item, quantity) = (named.item, named.quantity.get());
        let Some(left) = self.left.get_mut(&item) else {
            return Err(TakeApartError::Foreign { named: place, item });
        };
        if *left < quantity {
            return Err(TakeApartError::MoreThanHeld {
                named: place,
                item,
                held: self.held.get(&item).map_or(0, |held| held.get()),
            });
        }
        if let Some(lot) = named.lot {
            let inside = self.lots.iter().filter(|inside| inside.lot == lot);
            let inside: i64 = inside.map(|inside| inside.quantity).sum();
            if inside < quantity {
                return Err(TakeApartError::NotInside {
                    named: place,
                    lot,
                    left: inside,
                });
            }
        }
        *left -= quantity;
        self.empty(item, named.lot, named.fate, quantity);
        Ok(())
    }

    fn empty(
        &mut self,
        item: Id<kinds::Item>,
        only: Option<Id<kinds::Lot>>,
        fate: Fate,
        quantity: i64,
    ) {
        let mut wanted = quantity;
        let fits = |lot: &&mut Inside| lot.item == item && only.is_none_or(|only| only == lot.lot);
        for lot in self.lots.iter_mut().filter(fits) {
            let taken = lot.quantity.min(wanted).max(0);
            lot.quantity -= taken;
            wanted -= taken;
            if taken > 0 {
                *self.out.entry((item, Some(lot.lot), fate)).or_insert(0) += taken;
            }
        }
        if wanted > 0 {
            *self.out.entry((item, None, fate)).or_insert(0) += wanted;
        }
    }

    fn rest(mut self, condition: Condition) -> Vec<Out> {
        for (item, left) in std::mem::take(&mut self.left) {
            self.empty(item, None, Fate::Back(condition), left);
        }
        let out = self
            .out
            .into_iter()
            .filter_map(|((item, lot, fate), quantity)| {
                let quantity = Quantity::new(quantity).ok()?;
                Some(Out {
                    item,
                    lot,
                    fate,
                    quantity,
                })
            });
        out.collect()
    }
}

#[cfg(test)]
mod tests;
