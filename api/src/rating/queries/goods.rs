//! What goods there are of the items that a rule set names.
//!
//! **Invariant.** A text that means no item of the catalogue, or more than one, means none. What a
//! supplier promised is goods of every depot of the society that it was promised to, and counts
//! only where a criterion says so.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    kernel::{
        Currency, Id, Money,
        kinds::{Category, Item, Organisation},
    },
    rating::{ItemStock, Pile, RuleSet, Words},
    stock::Condition,
};
use sea_orm::ConnectionTrait;

use crate::{
    agreements::{PromiseSelection, promises},
    catalogue::{self, ItemFacts},
    depots::DepotFacts,
    problem::Problem,
    scope::Scope,
    stock::PileRow,
};

/// More promises than this are not read: a society has some dozens.
const PROMISES_READ: u64 = 100_000;

/// The items that a rule set names, by the text that it uses, and what is promised of them.
pub(super) struct Asked {
    items: BTreeMap<String, Id<Item>>,
    promised: BTreeMap<(Id<Organisation>, Id<Item>), i64>,
}

impl Asked {
    pub(super) async fn find(
        db: &impl ConnectionTrait,
        rule_set: &RuleSet,
        day: NaiveDate,
    ) -> Result<Self, Problem> {
        let criteria = &rule_set.parts().criteria;
        let texts = criteria.iter().flat_map(|criterion| criterion.kind.items());
        let found = catalogue::find_items(db, texts).await?;
        let items: BTreeMap<_, _> = found
            .into_iter()
            .filter_map(|(text, items)| match items[..] {
                [item] => Some((text, item)),
                _ => None,
            })
            .collect();
        let counts_promises = criteria
            .iter()
            .filter_map(|criterion| criterion.kind.counting())
            .any(|counting| counting.agreement);
        let mut promised = BTreeMap::new();
        if counts_promises {
            let selection = PromiseSelection {
                items: Some(items.values().map(|item: &Id<Item>| item.uuid()).collect()),
                ..PromiseSelection::default()
            };
            let found = promises(db, &Scope::Everything, &selection, day, PROMISES_READ).await?;
            for promise in found {
                let key = (promise.organisation, promise.item);
                let sum: &mut i64 = promised.entry(key).or_default();
                *sum = sum.saturating_add(promise.promised);
            }
        }
        Ok(Self { items, promised })
    }

    /// The items, to be looked up.
    pub(super) fn ids(&self) -> Vec<Id<Item>> {
        self.items.values().copied().collect()
    }

    /// What `depot` has of them.
    pub(super) fn stock(
        &self,
        depot: &DepotFacts,
        rows: &[PileRow],
        items: &BTreeMap<Id<Item>, ItemFacts>,
        categories: &BTreeMap<Id<Category>, (String, Option<String>)>,
    ) -> Result<BTreeMap<String, ItemStock>, Problem> {
        let mut stock = BTreeMap::new();
        for (text, id) in &self.items {
            let Some(item) = items.get(id) else { continue };
            let category = categories.get(&item.category_id);
            let (zh, en) = category.cloned().unwrap_or_default();
            let of_item = || rows.iter().filter(|row| row.item_id == id.uuid());
            let value = of_item().filter_map(|row| row.unit_value_e4).max();
            let mut piles = of_item()
                .map(|row| pile(depot, row))
                .collect::<Result<Vec<_>, Problem>>()?;
            let promised = self.promised.get(&(depot.organisation_id, *id));
            piles.extend(promised.map(|&quantity| Pile {
                quantity,
                reserved: 0,
                condition: Condition::Usable,
                expires_on: None,
                held_for_others: false,
                restricted: false,
                agreement: true,
            }));
            stock.insert(
                text.clone(),
                ItemStock {
                    title: Words {
                        zh: item.name.clone(),
                        en: item.name_en.clone().unwrap_or_else(|| item.name.clone()),
                    },
                    category: Words {
                        en: en.unwrap_or_else(|| zh.clone()),
                        zh,
                    },
                    base_unit: item.units.base().as_str().to_owned(),
                    unit_value: value
                        .map(|value| Money::from_ten_thousandths(value, Currency::CNY))
                        .transpose()
                        .map_err(Problem::internal)?,
                    piles,
                },
            );
        }
        Ok(stock)
    }
}

fn pile(depot: &DepotFacts, row: &PileRow) -> Result<Pile, Problem> {
    Ok(Pile {
        quantity: row.on_hand,
        reserved: row.reserved,
        condition: row.condition.parse().map_err(Problem::internal)?,
        expires_on: row
            .expires_on
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(Problem::internal)?,
        held_for_others: row.owner_id != depot.organisation_id.uuid(),
        restricted: row.restriction_kind != "none",
        agreement: depot.operation == domain::depots::Operation::Supplier,
    })
}
