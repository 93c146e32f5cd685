//! What is left on the shelves while a plan is made.
//!
//! **Invariant.** Nothing is taken twice: what was promised to one need is gone for the next. If
//! floors are kept, a shelf never falls below its floor through [`Shelves::take`].

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::PlanInput;
use crate::kernel::{Id, Quantity, kinds};

/// A lot in a zone, and how much of it is left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) zone: Id<kinds::Zone>,
    pub(super) lot: Id<kinds::Lot>,
    pub(super) owner: Id<kinds::Organisation>,
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
    at_first: i64,
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
                left: lot.available.get(),
                expiry: lot.expiry,
                received_order: lot.received_order,
                pack_units: lot.pack_units,
            };
            let kept = rows
                .entry((lot.item, source.depot, lot.zone, lot.lot))
                .or_insert(row);
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
            shelf.at_first = shelf.held();
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

    /// What lay there before the plan.
    pub(super) fn at_first(&self, item: Id<kinds::Item>, depot: Id<kinds::Depot>) -> i64 {
        self.shelves
            .get(&(item, depot))
            .map_or(0, |shelf| shelf.at_first)
    }

    /// What lies there and is not promised.
    pub(super) fn held(&self, item: Id<kinds::Item>, depot: Id<kinds::Depot>) -> i64 {
        self.shelves.get(&(item, depot)).map_or(0, Shelf::held)
    }

    /// What may still be promised.
    pub(super) fn free(&self, item: Id<kinds::Item>, depot: Id<kinds::Depot>) -> i64 {
        self.shelves.get(&(item, depot)).map_or(0, Shelf::free)
    }

    /// Takes `wanted` base units, or what is free if that is less; says from which rows.
    pub(super) fn take(
        &mut self,
        item: Id<kinds::Item>,
        depot: Id<kinds::Depot>,
        wanted: i64,
    ) -> Vec<(Row, Quantity)> {
        let prefer_whole_packs = self.prefer_whole_packs;
        self.shelves
            .get_mut(&(item, depot))
            .map(|shelf| shelf.take(wanted, prefer_whole_packs))
            .unwrap_or_default()
    }
}

impl Shelf {
    fn held(&self) -> i64 {
        self.rows
            .iter()
            .fold(0, |sum: i64, row| sum.saturating_add(row.left))
    }

    fn free(&self) -> i64 {
        (self.held() - self.floor).max(0)
    }

    fn take(&mut self, wanted: i64, prefer_whole_packs: bool) -> Vec<(Row, Quantity)> {
        let mut missing = wanted.min(self.free());
        let mut taken = vec![0_i64; self.rows.len()];
        let mut pick = |limit: &dyn Fn(&Row, i64) -> i64| {
            for (row, taken) in self.rows.iter_mut().zip(&mut taken) {
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
            .filter_map(|(row, taken)| Some((*row, Quantity::new(taken).ok()?)))
            .collect()
    }
}

impl Row {
    /// First expired, first out; then first received; then by id, so that there is one order.
    fn first_out(&self) -> impl Ord + use<> {
        let expiry = self.expiry.unwrap_or(NaiveDate::MAX);
        (expiry, self.received_order, self.lot, self.zone)
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
