//! Kits that are opened: which lots come out of them, and in what state.
//!
//! **Invariant.** What comes out is what the version says, to the piece. Of each lot no more comes
//! out than the record has left; the same question has the same answer.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    catalogue::KitContents,
    kernel::{Id, Quantity, QuantityError, kinds},
    stock::Condition,
};

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
