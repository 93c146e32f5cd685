//! What orders say that have not left, as a new plan sees it.
//!
//! **Invariant.** No line could keep more than lies on its row. Where rows have what all their lines
//! say, whatever a plan keeps of a need and a depot can be kept line by line, but for bound goods
//! that others cannot do without (`keep`). Lines stand in the order in which they are kept.

use std::collections::BTreeMap;

use super::{
    Obstacle, StandingLine,
    scene::{Scene, places},
    share::Share,
};

/// The lines of all standing orders.
#[derive(Debug, Default)]
pub(super) struct Standing<'a> {
    pub(super) lines: Vec<Line<'a>>,
    /// What could be kept, by need and depot.
    pairs: BTreeMap<(usize, usize), i64>,
    /// What the orders say, by item; what is for no need that is planned stands under none.
    said: BTreeMap<Option<usize>, i128>,
}

/// A line of a standing order.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) said: &'a StandingLine,
    /// Where it stands, if it could be carried out at all.
    pub(super) place: Result<Place, Obstacle>,
    /// How much of it could be.
    pub(super) could: i64,
}

/// From where to where a line goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) need: usize,
    pub(super) depot: usize,
    /// Among the rows of the depot's shelf.
    pub(super) row: usize,
}

impl<'a> Standing<'a> {
    /// Looks the lines up in a scene from which nothing is given yet.
    pub(super) fn of(scene: &Scene<'a>) -> Self {
        let mut standing = Self::default();
        let need_at = places(scene.needs.iter().map(|need| need.id));
        let depot_at = places(scene.depots.iter().map(|source| source.depot));
        for said in scene.input.standing_in_order() {
            let need = need_at.get(&said.need).copied();
            let item = need.map(|need| scene.item_number(need));
            *standing.said.entry(item).or_default() += i128::from(said.quantity.get());
            let place = need.ok_or(Obstacle::NotWanted).and_then(|need| {
                let depot = depot_at.get(&said.depot).copied();
                place(scene, said, need, depot.ok_or(Obstacle::NoStock)?)
            });
            let could = place.map_or(0, |place| place.lies(scene).min(said.quantity.get()));
            if let Ok(place) = place {
                *standing.pairs.entry((place.need, place.depot)).or_default() += could;
            }
            standing.lines.push(Line { said, place, could });
        }
        standing
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How much of what the need gets from the depot could be as the orders stand.
    pub(super) fn could(&self, need: usize, depot: usize) -> i64 {
        self.pairs.get(&(need, depot)).copied().unwrap_or(0)
    }

    /// From which depots the need could have what the orders say, and how much.
    pub(super) fn of_need(&self, need: usize) -> impl Iterator<Item = (usize, i64)> {
        let of_need = self.pairs.range((need, 0)..=(need, usize::MAX));
        of_need.map(|(&(_, depot), &units)| (depot, units))
    }

    /// What the orders say of an item, or for no need that is planned.
    pub(super) fn said(&self, item: Option<usize>) -> i128 {
        self.said.get(&item).copied().unwrap_or(0)
    }

    pub(super) fn said_in_all(&self) -> i128 {
        self.said.values().sum()
    }

    /// What would become of the orders as they stand: what cannot be carried out is not, no need
    /// gets more than it wants, and floors stay.
    pub(super) fn kept_as_they_are(&self, scene: &Scene<'_>) -> Vec<Share> {
        let needs = 0..scene.needs.len();
        let mut wanted: Vec<i64> = needs.map(|need| scene.wanted(need)).collect();
        let mut spared: BTreeMap<(usize, usize), i64> = BTreeMap::new();
        let mut lies: BTreeMap<(usize, usize, usize), i64> = BTreeMap::new();
        let mut shares: BTreeMap<(usize, usize), i64> = BTreeMap::new();
        let mut room = scene.room.clone();
        for line in &self.lines {
            let Ok(place) = line.place else {
                continue;
            };
            let Place { need, depot, row } = place;
            let lies = lies
                .entry((scene.item_number(need), depot, row))
                .or_insert_with(|| place.lies(scene));
            let shelf = scene.item(need).shelf(depot);
            let spared = spared
                .entry((scene.item_number(need), depot))
                .or_insert_with(|| shelf.map_or(0, |shelf| shelf.spared()));
            let item = scene.item_number(need);
            let most = line.could.min(room.units(item, depot));
            let units = most.min(wanted[need]).min(*spared).min(*lies);
            room.take(item, depot, units);
            wanted[need] -= units;
            *spared -= units;
            *lies -= units;
            *shares.entry((need, depot)).or_default() += units;
        }
        let shares = shares.into_iter().filter(|(_, units)| *units > 0);
        shares
            .map(|((need, depot), units)| Share { need, depot, units })
            .collect()
    }
}

impl Place {
    /// What lay on the row before the plan.
    fn lies(&self, scene: &Scene<'_>) -> i64 {
        let shelf = scene.item(self.need).shelf(self.depot);
        shelf.map_or(0, |shelf| shelf.rows[self.row].at_first)
    }
}

fn place(
    scene: &Scene<'_>,
    said: &StandingLine,
    need: usize,
    depot: usize,
) -> Result<Place, Obstacle> {
    if let Some(obstacle) = scene.barred(need, scene.way(need, depot)) {
        return Err(obstacle);
    }
    let purpose = &scene.site(need).purpose;
    let shelf = scene.item(need).shelf(depot).ok_or(Obstacle::NoStock)?;
    let mut rows = shelf.rows.iter();
    let row = rows.position(|row| (row.zone, row.lot) == (said.zone, said.lot));
    let row = row.filter(|&row| shelf.rows[row].permits(purpose));
    row.map(|row| Place { need, depot, row })
        .ok_or(Obstacle::NoStock)
}
