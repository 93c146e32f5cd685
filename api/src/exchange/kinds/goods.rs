//! The items that a file may name, looked up once.
//!
//! **Invariant.** A few statements for the whole file. What a name does not tell apart, and what is
//! retired, is not found.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    catalogue::{ShelfLife, Units},
    kernel::{Id, kinds::Item},
};

use super::row::{ambiguous, no_such};
use crate::{
    catalogue,
    exchange::intake::Record,
    problem::{Fault, Problem},
    uow::Uow,
};

/// An item that may be named.
pub(super) struct KnownItem {
    pub(super) id: Id<Item>,
    pub(super) units: Units,
    pub(super) shelf_life: Option<ShelfLife>,
    is_active: bool,
}

/// The items that rows name in their column `item`.
pub(super) struct Goods {
    named: BTreeMap<String, Vec<Id<Item>>>,
    known: BTreeMap<Id<Item>, KnownItem>,
}

impl Goods {
    pub(super) async fn read(uow: &Uow<'_>, records: &[Record]) -> Result<Self, Problem> {
        let texts = records.iter().filter_map(|record| record.text("item"));
        let texts: BTreeSet<_> = texts.collect();
        let named = catalogue::find_items(uow.db(), texts).await?;
        let ids: BTreeSet<_> = named.values().flatten().copied().collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let facts = catalogue::item_facts(uow.db(), &ids).await?;
        let known = facts.into_iter().map(|(id, facts)| {
            let item = KnownItem {
                id,
                units: facts.units,
                shelf_life: facts.shelf_life,
                is_active: facts.active,
            };
            (id, item)
        });
        Ok(Self {
            named,
            known: known.collect(),
        })
    }

    /// The item that a file calls so.
    pub(super) fn item(&self, given: &str) -> Result<&KnownItem, Fault> {
        let unknown = || no_such("物资", "item", given);
        let item = match self.named.get(given).map(Vec::as_slice) {
            Some(&[id]) => self.known.get(&id).ok_or_else(unknown)?,
            Some(_) => return Err(ambiguous(given)),
            None => return Err(unknown()),
        };
        if item.is_active {
            return Ok(item);
        }
        Err(Fault::new(
            "retired",
            format!("“{given}”已停用"),
            format!("{given:?} is retired"),
        ))
    }
}
