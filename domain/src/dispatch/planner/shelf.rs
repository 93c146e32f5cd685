//! What lies on the shelves, and to whom it goes.
//!
//! **Invariant.** Nothing is given twice: what was given to one need is gone for the next. If
//! floors are kept, a shelf never falls below its floor through [`Shelf::take`].

use chrono::{DateTime, NaiveDate, Utc};

use super::{PlanInput, Source, scene::places};
use crate::{
    kernel::{Id, Quantity, kinds},
    stock::{Purpose, Restriction},
};

/// Goods that do not expire count as if they did after this many days, those that have longer too.
const DAYS_MAX: u32 = 100_000;

/// A lot in a zone, and who gets how much of it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) zone: Id<kinds::Zone>,
    pub(super) lot: Id<kinds::Lot>,
    pub(super) owner: Id<kinds::Organisation>,
    pub(super) at_first: i64,
    pub(super) left: i64,
    /// Needs that get some of it, and how much.
    pub(super) given: Vec<(usize, i64)>,
    /// How much of that goes as orders stand.
    pub(super) kept: Vec<(usize, i64)>,
    restriction: Restriction,
    expiry: Option<NaiveDate>,
    received_order: i64,
    pack_units: Option<Quantity>,
}

/// All of one item in one depot, first expired first.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    pub(super) depot: usize,
    pub(super) rows: Vec<Row>,
    /// Whether what leaves goes by vehicles that other depots use too.
    pub(super) shares_vehicles: bool,
    floor: i64,
    /// What may leave at most, whatever lies there.
    limit: i64,
    /// What all rows have together, at hand because it is asked for far oftener than it changes.
    at_first: i64,
    held: i64,
    is_bound: bool,
}

/// The shelves of every item that is needed, each item's by depot.
pub(super) fn shelves(
    input: &PlanInput,
    depots: &[&Source],
    items: &[Id<kinds::Item>],
) -> Vec<Vec<Shelf>> {
    let depot_at = places(depots.iter().map(|source| source.depot));
    let item_at = places(items.iter().copied());
    let mut rows: Vec<((usize, usize), Row)> = Vec::new();
    for source in &input.sources {
        let depot = depot_at[&source.depot];
        for lot in &source.lots {
            let Some(&item) = item_at.get(&lot.item) else {
                continue;
            };
            let row = Row {
                zone: lot.zone,
                lot: lot.lot,
                owner: lot.owner,
                at_first: lot.available.get(),
                left: lot.available.get(),
                given: Vec::new(),
                kept: Vec::new(),
                restriction: lot.restriction.clone(),
                expiry: lot.expiry,
                received_order: lot.received_order,
                pack_units: lot.pack_units,
            };
            rows.push(((item, depot), row));
        }
    }
    // Of what is listed twice the more cautious entry comes first and is kept.
    let key = |(shelf, row): &((usize, usize), Row)| (*shelf, row.zone, row.lot);
    rows.sort_by(|one, other| {
        let by_key = key(one).cmp(&key(other));
        by_key.then_with(|| one.1.caution().cmp(&other.1.caution()))
    });
    rows.dedup_by(|other, kept| key(other) == key(kept));
    let mut shelves: Vec<Vec<Shelf>> = vec![Vec::new(); items.len()];
    for ((item, depot), row) in rows {
        let of_item = &mut shelves[item];
        if of_item.last().is_none_or(|shelf| shelf.depot != depot) {
            of_item.push(Shelf::empty(depot));
        }
        if let Some(shelf) = of_item.last_mut() {
            shelf.at_first = shelf.at_first.saturating_add(row.at_first);
            shelf.held = shelf.held.saturating_add(row.left);
            shelf.is_bound |= row.is_bound();
            shelf.rows.push(row);
        }
    }
    for shelf in shelves.iter_mut().flatten() {
        shelf.rows.sort_by_key(Row::first_out);
    }
    if input.policy.keep_floors {
        for floor in &input.floors {
            let places = (item_at.get(&floor.item), depot_at.get(&floor.depot));
            let (Some(&item), Some(&depot)) = places else {
                continue;
            };
            if let Ok(place) = shelves[item].binary_search_by_key(&depot, |shelf| shelf.depot) {
                let shelf = &mut shelves[item][place];
                shelf.floor = shelf.floor.max(floor.quantity.get());
            }
        }
    }
    shelves
}

impl Shelf {
    fn empty(depot: usize) -> Self {
        Self {
            depot,
            rows: Vec::new(),
            shares_vehicles: false,
            floor: 0,
            limit: i64::MAX,
            at_first: 0,
            held: 0,
            is_bound: false,
        }
    }

    /// From now on so much may leave, and no more.
    pub(super) fn limit_to(&mut self, units: i64) {
        self.limit = units;
    }

    /// What lay there for a purpose before the plan.
    pub(super) fn at_first(&self, purpose: &Purpose) -> i64 {
        if self.is_bound {
            total(self.rows_for(purpose).map(|row| row.at_first))
        } else {
            self.at_first
        }
    }

    /// What lies there for a purpose and is given to nobody.
    pub(super) fn held(&self, purpose: &Purpose) -> i64 {
        if self.is_bound {
            total(self.rows_for(purpose).map(|row| row.left))
        } else {
            self.held
        }
    }

    /// What may still be given to a purpose.
    pub(super) fn free(&self, purpose: &Purpose) -> i64 {
        self.held(purpose).min(self.spared())
    }

    /// What may leave, whomever it may serve.
    pub(super) fn spared(&self) -> i64 {
        self.above_floor().min(self.limit)
    }

    /// What lies above the floor.
    pub(super) fn above_floor(&self) -> i64 {
        (self.held - self.floor).max(0)
    }

    /// Whether some of what lies there has to stay.
    pub(super) fn keeps_some(&self) -> bool {
        self.spared() < self.held
    }

    /// The rows that may serve a purpose.
    pub(super) fn rows_for<'a>(&'a self, purpose: &'a Purpose) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(|row| row.permits(purpose))
    }

    /// Gives `wanted` base units to a need, or what may be given if that is less, from the rows that
    /// `may_use` allows, first expired first; whole packs before any is broken if that is preferred.
    pub(super) fn take(
        &mut self,
        need: usize,
        wanted: i64,
        prefer_whole_packs: bool,
        may_use: impl Fn(&Row) -> bool,
    ) -> i64 {
        let wanted = wanted.min(self.spared());
        let mut missing = wanted;
        let mut taken = vec![0_i64; self.rows.len()];
        let mut pick = |limit: &dyn Fn(&Row, i64) -> i64| {
            for (row, taken) in self.rows.iter_mut().zip(&mut taken) {
                if !may_use(row) {
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
        for (row, taken) in self.rows.iter_mut().zip(taken) {
            row.note(need, taken);
        }
        self.held -= wanted - missing;
        self.limit -= wanted - missing;
        wanted - missing
    }

    /// Whether a donor bound some of it to something.
    pub(super) fn is_bound(&self) -> bool {
        self.is_bound
    }

    /// Gives so much of each row to a need.
    pub(super) fn give(&mut self, need: usize, units_of_rows: &[i64]) {
        for (row, &units) in self.rows.iter_mut().zip(units_of_rows) {
            row.left -= units;
            self.held -= units;
            self.limit -= units;
            row.note(need, units);
        }
    }

    /// Gives so much of each row to a need, as orders stand.
    pub(super) fn keep(&mut self, need: usize, units_of_rows: &[i64]) {
        self.give(need, units_of_rows);
        for (row, &units) in self.rows.iter_mut().zip(units_of_rows) {
            if units > 0 {
                row.kept.push((need, units));
            }
        }
    }
}

impl Row {
    fn note(&mut self, need: usize, units: i64) {
        match self.given.iter_mut().find(|given| given.0 == need) {
            Some(given) => given.1 += units,
            None if units > 0 => self.given.push((need, units)),
            None => {}
        }
    }

    pub(super) fn permits(&self, purpose: &Purpose) -> bool {
        self.restriction.permits(purpose)
    }

    pub(super) fn is_bound(&self) -> bool {
        self.restriction != Restriction::None
    }

    /// How many days it is still good for.
    pub(super) fn days_left(&self, from: DateTime<Utc>) -> u32 {
        self.expiry.map_or(DAYS_MAX, |expiry| {
            let days = expiry.signed_duration_since(from.date_naive()).num_days();
            u32::try_from(days.max(0)).unwrap_or(DAYS_MAX).min(DAYS_MAX)
        })
    }

    /// First expired, first out; then what is bound, because it can serve fewer; then first received;
    /// then by id, so that there is one order.
    fn first_out(&self) -> impl Ord + use<> {
        let expiry = self.expiry.unwrap_or(NaiveDate::MAX);
        (
            expiry,
            !self.is_bound(),
            self.received_order,
            self.lot,
            self.zone,
        )
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

fn total(quantities: impl Iterator<Item = i64>) -> i64 {
    quantities.fold(0, i64::saturating_add)
}
