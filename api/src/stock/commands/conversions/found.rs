//! What whoever opened kits says of their contents.
//!
//! **Invariant.** A line names what is in these kits, in units of its item, or is at fault.

use domain::{
    kernel::{Id, kinds},
    stock::{Fate, Inside, Named, TakeApartError},
};

use crate::{
    catalogue::{self, KitFacts},
    problem::{Faults, Problem},
    uow::Uow,
};

use super::{Count, TakeKitsApart, too_many_kits};

/// Contents that whoever opened the kits looked at.
#[derive(Debug, Clone)]
pub(crate) struct OpenedLine {
    pub(crate) stuff: OpenedStuff,
    pub(crate) count: Count,
    pub(crate) fate: Fate,
}

/// Which of the contents.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OpenedStuff {
    /// Those of an item that expire first.
    Item(Id<kinds::Item>),
    /// Those of a lot.
    Lot(Id<kinds::Lot>),
}

impl TakeKitsApart {
    /// The parts that the lines name, in base units.
    pub(super) async fn named(
        &self,
        uow: &Uow<'_>,
        version: &KitFacts,
        inside: &[Inside],
    ) -> Result<Vec<Named>, Problem> {
        let items: Vec<_> = version.contents.per_kit().keys().copied().collect();
        let items = catalogue::item_facts(uow.db(), &items).await?;
        let mut faults = Faults::default();
        let mut named = Vec::new();
        for (number, line) in self.lines.iter().enumerate() {
            let (item, lot, member) = match line.stuff {
                OpenedStuff::Item(item) => (Some(item), None, "item_id"),
                OpenedStuff::Lot(lot) => {
                    let found = inside.iter().find(|inside| inside.lot == lot);
                    (found.map(|inside| inside.item), Some(lot), "lot_id")
                }
            };
            let Some(item) = item.and_then(|item| items.get(&item)) else {
                faults.note(
                    format!("/lines/{number}/{member}"),
                    "not-in-kit",
                    "这批套装里没有",
                    "these kits hold none of it",
                );
                continue;
            };
            match line.count.in_base(&item.units) {
                Ok(quantity) => named.push(Named {
                    item: item.id,
                    lot,
                    quantity,
                    fate: line.fate,
                }),
                Err((field, fault)) => {
                    faults.take::<(), _>(format!("/lines/{number}/{field}"), Err(fault));
                }
            }
        }
        faults.finish(Some(named))
    }

    /// What is wrong, at the line that says it.
    pub(super) fn refused(&self, errors: Vec<TakeApartError>) -> Problem {
        let mut faults = Faults::default();
        for error in errors {
            let english = error.to_string();
            match error {
                TakeApartError::TooMany => too_many_kits(&mut faults),
                TakeApartError::Foreign { named, .. } => faults.note(
                    format!("/lines/{named}/item_id"),
                    "not-in-kit",
                    "这批套装里没有",
                    english,
                ),
                TakeApartError::MoreThanHeld { named, held, .. } => faults.note(
                    format!("/lines/{named}/quantity"),
                    "out-of-range",
                    format!("这些套装里共有 {held}"),
                    english,
                ),
                TakeApartError::NotInside { named, left, .. } => faults.note(
                    format!("/lines/{named}/quantity"),
                    "out-of-range",
                    format!("按记录，这批套装里还有 {left}"),
                    english,
                ),
            }
        }
        faults
            .finish::<()>(None)
            .err()
            .unwrap_or_else(Problem::not_found)
    }
}
