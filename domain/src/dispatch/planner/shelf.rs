//! What is left on the shelves while a plan is made.
//!
//! **Invariant.** Nothing is taken twice: what was promised to one need is gone for the next. If
//! floors are kept, a shelf never falls below its floor through [`Shelves::take`].

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::PlanInput;
use crate::{
    kernel::{Id, Quantity, kinds},
    stock::{Purpose, Restriction},
};

/// What somebody looks for on the shelves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) item: Id<kinds::Item>,
    /// Goods that are bound to something else are not there for it.
    pub(super) purpose: &'a Purpose,
}

/// A lot in a zone, and how much of it is left.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) zone: Id<kinds::Zone>,
    pub(super) lot: Id<kinds::Lot>,
    pub(super) owner: Id<kinds::Organisation>,
    restriction: Restriction,
    at_first: i64,
    left: i64,
    expiry: Option<NaiveDate>,
    received_order: i64,
    pack_units: Option<Quantity>,
}

/// All of one item in one depot, first expired first.
#[derive(Debug, Default)]
struct Shelf {
    rows: Vec<Row>,
    floor: i64,
}

/// All shelves of all depots.
#[derive(Debug)]
pub(super) struct Shelves {
    shelves: BTreeMap<(Id<kinds::Item>, Id<kinds::Depot>), Shelf>,
    prefer_whole_packs: bool,
}

impl Shelves {
    pub(super) fn open(input: &PlanInput) -> Self {
        let mut rows: BTreeMap<_, Row> = BTreeMap::new();
        for (source, lot) in input
            .sources
            .iter()
            .flat_map(|source| source.lots.iter().map(move |lot| (source, lot)))
        {
            let row = Row {
                zone: lot.zone,
                lot: lot.lot,
                owner: lot.owner,
                restriction: lot.restriction.clone(),
                at_first: lot.available.get(),
                left: lot.available.get(),
                expiry: lot.expiry,
                received_order: lot.received_order,
                pack_units: lot.pack_units,
            };
            let kept = rows
                .entry((lot.item, source.depot, lot.zone, lot.lot))
                .or_insert_with(|| row.clone());
            if row.caution() < kept.caution() {
                *kept = row;
            }
        }
        let mut shelves: BTreeMap<_, Shelf> = BTreeMap::new();
        for ((item, depot, ..), row) in rows {
            let shelf = shelves.entry((item, depot)).or_default();
            shelf.rows.push(row);
        }
        for shelf in shelves.values_mut() {
            shelf.rows.sort_by_key(Row::first_out);
        }
        if input.policy.keep_floors {
            for floor in &input.floors {
                if let Some(shelf) = shelves.get_mut(&(floor.item, floor.depot)) {
                    shelf.floor = shelf.floor.max(floor.quantity.get());
                }
            }
        }
        Self {
            shelves,
            prefer_whole_packs: input.policy.prefer_whole_packs,
        }
    }

    /// What lay there for the wish before the plan.
    pub(super) fn at_first(&self, wish: Wish<'_>, depot: Id<kinds::Depot>) -> i64 {
        self.sum(wish, depot, |row| row.at_first)
    }

    /// What lies there for the wish and is not promised.
    pub(super) fn held(&self, wish: Wish<'_>, depot: Id<kinds::Depot>) -> i64 {
        self.sum(wish, depot, |row| row.left)
    }

    /// What may still be promised to the wish.
    pub(super) fn free(&self, wish: Wish<'_>, depot: Id<kinds::Depot>) -> i64 {
        let spared = self
            .shelves
            .get(&(wish.item, depot))
            .map_or(0, Shelf::spared);
        self.held(wish, depot).min(spared)
    }

    /// Takes `wanted` base units, or what is free if that is less; says from which rows.
    pub(super) fn take(
        &mut self,
        wish: Wish<'_>,
        depot: Id<kinds::Depot>,
        wanted: i64,
    ) -> Vec<(Row, Quantity)> {
        let prefer_whole_packs = self.prefer_whole_packs;
        self.shelves
            .get_mut(&(wish.item, depot))
            .map(|shelf| shelf.take(wish.purpose, wanted, prefer_whole_packs))
            .unwrap_or_default()
    }

    fn sum(&self, wish: Wish<'_>, depot: Id<kinds::Depot>, quantity: impl Fn(&Row) -> i64) -> i64 {
        self.shelves
            .get(&(wish.item, depot))
            .into_iter()
            .flat_map(|shelf| &shelf.rows)
            .filter(|row| row.restriction.permits(wish.purpose))
            .fold(0, |sum: i64, row| sum.saturating_add(quantity(row)))
    }
}

impl Shelf {
    // What lies above the floor, whomever it may serve.
    fn spared(&self) -> i64 {
        let held = self
            .rows
            .iter()
            .fold(0, |sum: i64, row| sum.saturating_add(row.left));
        (held - self.floor).max(0)
    }

    fn take(
        &mut self,
        purpose: &Purpose,
        wanted: i64,
        prefer_whole_packs: bool,
    ) -> Vec<(Row, Quantity)> {
        let mut missing = wanted.min(self.spared());
        let mut taken = vec![0_i64; self.rows.len()];
        let mut pick = |limit: &dyn Fn(&Row, i64) -> i64| {
            for (row, taken) in self.rows.iter_mut().zip(&mut taken) {
                if !row.restriction.permits(purpose) {
                    continue;
                }
                let quantity = limit(row, missing).min(missing).min(row.left);
                row.left -= quantity;
                *taken += quantity;
                missing -= quantity;
            }
        };
        if prefer_whole_packs {
            pick(&|row, missing| row.whole_packs(missing));
            pick(&|row, _| row.loose());
        }
        pick(&|row, _| row.left);
        self.rows
            .iter()
            .zip(taken)
            .filter_map(|(row, taken)| Some((row.clone(), Quantity::new(taken).ok()?)))
            .collect()
    }
}

impl Row {
    /// First expired, first out; then what is bound, because it can serve fewer; then first received;
    /// then by id, so that there is one order.
    fn first_out(&self) -> impl Ord + use<> {
        let expiry = self.expiry.unwrap_or(NaiveDate::MAX);
        let is_free = self.restriction == Restriction::None;
        (expiry, is_free, self.received_order, self.lot, self.zone)
    }

    fn caution(&self) -> impl Ord + use<> {
        (self.left, self.first_out(), self.owner, self.pack_units)
    }

    fn whole_packs(&self, missing: i64) -> i64 {
        let fits = self.left.min(missing);
        self.pack_units.map_or(0, |pack| fits - fits % pack.get())
    }

    fn loose(&self) -> i64 {
        self.pack_units
            .map_or(self.left, |pack| self.left % pack.get())
    }
}
