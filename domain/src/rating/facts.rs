//! What is known of a depot at one moment, and what it would be if.
//!
//! **Invariant.** What is not here is not known: it is neither zero nor no. Nothing here was judged.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Counting, Measure, words::Words};
use crate::{
    kernel::{Money, named},
    organisations::Level,
    stock::Condition,
};

/// Goods of one item that are alike in all that a rule set may ask of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pile {
    /// In base units; less than nothing counts as nothing.
    pub quantity: i64,
    /// How many of them are promised.
    pub reserved: i64,
    /// In which condition.
    pub condition: Condition,
    /// The last day of use.
    pub expires_on: Option<NaiveDate>,
    /// Whether another society owns them.
    pub held_for_others: bool,
    /// Whether a donor bound them to something.
    pub restricted: bool,
    /// Whether a supplier only promised them.
    pub agreement: bool,
}

impl Pile {
    /// How many of them count.
    #[must_use]
    pub fn counted(&self, counting: &Counting, day: NaiveDate) -> i64 {
        let least = counting.least_days_left.unwrap_or(0);
        let fresh = self
            .expires_on
            .is_none_or(|last| (last - day).num_days() >= i64::from(least));
        let counts = fresh
            && counting.conditions.contains(&self.condition)
            && (counting.held_for_others || !self.held_for_others)
            && (counting.restricted || !self.restricted)
            && (counting.agreement || !self.agreement);
        if !counts {
            return 0;
        }
        let promised = if counting.reserved { 0 } else { self.reserved };
        self.quantity.saturating_sub(promised).max(0)
    }
}

/// What there is of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemStock {
    /// What the item is called.
    pub title: Words,
    /// The category under which it stands.
    pub category: Words,
    /// What one counts of it.
    pub base_unit: String,
    /// What one is worth, where a lot says so.
    pub unit_value: Option<Money>,
    /// The goods.
    pub piles: Vec<Pile>,
}

impl ItemStock {
    /// How many count.
    #[must_use]
    pub fn counted(&self, counting: &Counting, day: NaiveDate) -> i64 {
        self.piles.iter().fold(0, |sum: i64, pile| {
            sum.saturating_add(pile.counted(counting, day))
        })
    }
}

named! {
    /// What people state by.
    pub enum StatementKind {
        /// A figure.
        Figure = "figure",
        /// Yes or no.
        Answer = "answer",
        /// Entries of a checklist.
        Ticked = "ticked",
        /// An assessor's points.
        Score = "score",
        /// Days on which something happened.
        Occurrences = "occurrences",
        /// Whether a veto is open.
        Finding = "finding",
    }
}

/// What people state to a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// A figure.
    Figure(Decimal),
    /// Yes or no.
    Answer {
        /// Which.
        yes: bool,
        /// The last day on which the evidence holds.
        valid_until: Option<NaiveDate>,
    },
    /// The entries of a checklist that are fulfilled.
    Ticked(BTreeSet<String>),
    /// What an assessor gave.
    Score {
        /// How many points.
        points: Decimal,
        /// Why.
        reason: String,
    },
    /// On which days it happened; none says that it did not.
    Occurrences(Vec<NaiveDate>),
    /// Whether something that bars a level is open.
    Finding {
        /// Whether it is.
        open: bool,
        /// What was found.
        reason: String,
    },
}

impl Statement {
    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> StatementKind {
        match self {
            Self::Figure(_) => StatementKind::Figure,
            Self::Answer { .. } => StatementKind::Answer,
            Self::Ticked(_) => StatementKind::Ticked,
            Self::Score { .. } => StatementKind::Score,
            Self::Occurrences(_) => StatementKind::Occurrences,
            Self::Finding { .. } => StatementKind::Finding,
        }
    }
}

/// All that is known of a depot at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// At which moment.
    pub as_of: DateTime<Utc>,
    /// The day in the depot's time zone.
    pub day: NaiveDate,
    /// To which level of societies the depot belongs.
    pub depot_level: Level,
    /// What the service counted.
    pub readings: BTreeMap<Measure, Decimal>,
    /// What there is, by the code or name that the rule set uses; an item that the catalogue does
    /// not know is not here.
    pub stock: BTreeMap<String, ItemStock>,
    /// How many people the depot is there for.
    pub population: Option<u64>,
    /// Years whose public holidays are not known, so that working days were counted from Monday to
    /// Friday.
    pub weekday_years: Vec<i32>,
    /// What people state, by criterion.
    pub stated: BTreeMap<String, Statement>,
    /// What was waived, and why, by criterion.
    pub waived: BTreeMap<String, String>,
}

/// What would be otherwise: bought, moved, counted, trained.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Supposition {
    /// What the service would count.
    pub readings: BTreeMap<Measure, Decimal>,
    /// How many more base units of an item there would be, fresh and free; fewer below zero.
    pub goods: BTreeMap<String, i64>,
    /// What people would state.
    pub stated: BTreeMap<String, Statement>,
}

impl Facts {
    /// How many base units of an item there are, whatever counts; `None` where the catalogue does
    /// not know it.
    #[must_use]
    pub fn on_hand(&self, item: &str) -> Option<i64> {
        let piles = &self.stock.get(item)?.piles;
        let quantities = piles.iter().map(|pile| pile.quantity.max(0));
        Some(quantities.fold(0, i64::saturating_add))
    }

    /// What the facts would be. Goods that would be gone go from the piles that last longest, so
    /// that what is told is never too good. An item that the catalogue does not know stays so.
    #[must_use]
    pub fn supposing(&self, supposition: &Supposition) -> Self {
        let mut facts = self.clone();
        facts.readings.extend(&supposition.readings);
        facts.stated.extend(
            supposition
                .stated
                .iter()
                .map(|(criterion, statement)| (criterion.clone(), statement.clone())),
        );
        for (item, &change) in &supposition.goods {
            let Some(stock) = facts.stock.get_mut(item) else {
                continue;
            };
            if change > 0 {
                stock.piles.push(Pile {
                    quantity: change,
                    reserved: 0,
                    condition: Condition::Usable,
                    expires_on: None,
                    held_for_others: false,
                    restricted: false,
                    agreement: false,
                });
            } else {
                take(&mut stock.piles, change.unsigned_abs());
            }
        }
        facts
    }
}

fn take(piles: &mut [Pile], quantity: u64) {
    let mut order: Vec<&mut Pile> = piles.iter_mut().collect();
    order.sort_by_key(|pile| std::cmp::Reverse(pile.expires_on.unwrap_or(NaiveDate::MAX)));
    let mut left = i64::try_from(quantity).unwrap_or(i64::MAX);
    for pile in order {
        let taken = left.min(pile.quantity.max(0));
        pile.quantity -= taken;
        left -= taken;
    }
}
