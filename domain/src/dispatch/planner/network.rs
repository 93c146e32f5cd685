//! One item as a network: goods flow from the shelves to the needs, and what is missing flows to
//! them from nowhere.
//!
//! **Invariant.** Every unit that a need wants arrives over exactly one arc that is either
//! [`Meaning::Missing`] or [`Meaning::Send`], so every flow is an answer to all needs; and no flow
//! takes what may not serve, lies under a floor, or has no way. Ways and shelves are in the network
//! only once they were offered (`seek`), since most are never worth it.
//!
//! ```text
//!            first expired      permitted and joined by a way
//! nowhere ───▶ heap of a shelf ─────────▶ need
//!    │ └─▶ floor ─▶ heaps                  ▲
//!    └──────────── missing, by tenths ─────┘
//! ```

use super::{
    flow::{Arc, Node, Simplex, UNITS_MAX},
    scene::{Item, Scene, Way},
    seek::Seeker,
    shelf::Shelf,
};
use crate::{dispatch::Tier, incidents::Priority};

/// In how many parts a need is cut to see how evenly needs of one class are served.
pub(super) const TENTHS: i64 = 10;

/// What it means if goods take an arc.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// They are not there. The rank is the higher, the worse it is that they are not; at most so
    /// many units of this rank can be missing.
    Missing {
        need: usize,
        rank: i64,
        units: i64,
        class: Priority,
        is_guaranteed: bool,
        /// How unevenly needs are served if one unit of it is missing.
        uneven: i64,
    },
    /// They leave a shelf, good for so many days more.
    Leave { days: u32 },
    /// They stay above a floor.
    Spared,
    /// They come together from several heaps to go as orders stand.
    Gathered,
    /// They go from a depot to a need.
    Send {
        need: usize,
        depot: usize,
        tier: Tier,
        late_min: i64,
        time_min: u32,
        distance_m: u32,
        /// Orders stand for the item, and none sends this so.
        is_change: bool,
    },
}

/// The network of one item and what its arcs mean.
#[derive(Debug)]
pub(super) struct ItemNetwork<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) item: &'a Item,
    pub(super) simplex: Simplex,
    pub(super) arcs: Vec<Meaning>,
    pub(super) seekers: Vec<Seeker>,
    /// The heaps of each shelf, once it was offered.
    pub(super) heaps: Vec<Option<Vec<Heap>>>,
    nowhere: Node,
    /// Where all that goes by vehicles that several depots share comes from.
    shared: Node,
    /// The rank at which the goods run out if everybody may have all of them.
    pub(super) last_served: i64,
}

/// Rows of a shelf that may serve the same needs.
#[derive(Debug, Clone)]
pub(super) struct Heap {
    pub(super) node: Node,
    pub(super) units: i64,
    /// Which of the item's needs they may serve; all if it says nothing.
    may_serve: Option<Vec<bool>>,
}

impl<'a> ItemNetwork<'a> {
    /// The needs, of which everything is missing yet. `None` if they want nothing, or more than can be
    /// counted.
    ///
    /// It matters who misses what only where something is missing: only then are needs cut in parts.
    pub(super) fn new(scene: &'a Scene<'a>, item: &'a Item, in_parts: bool) -> Option<Self> {
        let wanted = |need: &usize| scene.wanted(*need);
        let total = item.needs.iter().map(wanted).fold(0, i64::saturating_add);
        if item.needs.is_empty() || total >= UNITS_MAX {
            return None;
        }
        let (simplex, nowhere) = Simplex::plant();
        let mut it = Self {
            scene,
            item,
            simplex,
            arcs: Vec::new(),
            seekers: Vec::with_capacity(item.needs.len()),
            heaps: vec![None; item.shelves.len()],
            nowhere,
            shared: nowhere,
            last_served: 0,
        };
        if let Some(units) = item.shared_limit {
            it.arcs.push(Meaning::Spared);
            it.shared = it.simplex.hang(nowhere, 0, units);
        }
        let parts: Vec<Vec<(Importance, i64)>> = (item.needs.iter())
            .map(|need| {
                if in_parts {
                    parts(scene, *need)
                } else {
                    vec![((0, false, 0), wanted(need))]
                }
            })
            .collect();
        let mut ranks: Vec<Importance> = parts.iter().flatten().map(|part| part.0).collect();
        ranks.sort_unstable();
        ranks.dedup();
        it.last_served = last_served(item, parts.iter().flatten(), &ranks);
        for (&need, parts) in item.needs.iter().zip(parts) {
            it.add_need(need, &parts, &ranks);
        }
        it.offer_standing();
        Some(it)
    }

    /// A need hangs on nowhere by its gravest part, which can take no more than the others leave
    /// whatever its arc can carry, because every one of them would be missed less.
    fn add_need(&mut self, need: usize, parts: &[(Importance, i64)], ranks: &[Importance]) {
        let mut node = None;
        let is_shared = self.scene.input.policy.fair && self.scene.shares_its_class(need);
        for &(importance, units) in parts {
            let (_, is_above_minimum, part) = importance;
            self.arcs.push(Meaning::Missing {
                need,
                rank: rank(ranks, importance),
                units,
                class: self.scene.needs[need].priority,
                is_guaranteed: !is_above_minimum,
                uneven: i64::from(is_shared) * (TENTHS + 1 - part),
            });
            match node {
                None => node = Some(self.simplex.hang(self.nowhere, units, UNITS_MAX)),
                Some(node) => {
                    self.simplex.fill(self.nowhere, node, units);
                }
            }
        }
        if let Some(node) = node {
            self.seekers.push(Seeker::new(need, node));
        }
    }

    /// Whether anything is missing.
    pub(super) fn misses_any(&self) -> bool {
        (self.arcs.iter().enumerate()).any(|(number, meaning)| {
            matches!(meaning, Meaning::Missing { .. }) && self.simplex.flow(Arc::number(number)) > 0
        })
    }

    /// The heaps of a shelf, brought into the network if they are not in it yet.
    pub(super) fn bring(&mut self, number: usize) {
        if self.heaps[number].is_some() {
            return;
        }
        let shelf = &self.item.shelves[number];
        let spared = shelf.spared();
        let piles = piles(self.scene, self.item, shelf);
        // With one heap the floor is what leaves last; with several it is not known of which.
        let ground = self.ground(number);
        let above_floor = if piles.len() > 1 && shelf.keeps_some() {
            self.arcs.push(Meaning::Spared);
            self.simplex.hang(ground, 0, spared)
        } else {
            ground
        };
        let heaps = piles.into_iter().filter_map(|pile| {
            let (mut left, mut node) = (spared, None);
            for (days, units) in pile.rows {
                let units = units.min(left);
                left -= units;
                if units == 0 {
                    continue;
                }
                self.arcs.push(Meaning::Leave { days });
                match node {
                    None => node = Some(self.simplex.hang(above_floor, 0, units)),
                    Some(node) => {
                        self.simplex.offer(above_floor, node, units);
                    }
                }
            }
            node.map(|node| Heap {
                node,
                units: spared - left,
                may_serve: pile.may_serve,
            })
        });
        self.heaps[number] = Some(heaps.collect());
    }

    /// What a shelf stands on.
    pub(super) fn ground(&self, number: usize) -> Node {
        if self.item.shelves[number].shares_vehicles {
            self.shared
        } else {
            self.nowhere
        }
    }

    /// Offers each need what orders stand for, and no more of it than they say.
    fn offer_standing(&mut self) {
        for place in 0..self.seekers.len() {
            let (need, node) = self.seekers[place].need();
            for (depot, units) in self.scene.standing.of_need(need) {
                let shelf = self.item.shelf_number(depot);
                let way = self.scene.open_way(need, depot);
                let (Some(shelf), Some(way)) = (shelf, way) else {
                    continue;
                };
                self.bring(shelf);
                let heaps: Vec<Heap> = (self.heaps[shelf].iter().flatten())
                    .filter(|heap| heap.may_serve(place))
                    .cloned()
                    .collect();
                let Some(from) = self.gather(&heaps) else {
                    continue;
                };
                self.simplex.offer(from, node, units);
                self.arcs.push(Meaning::send(self.scene, need, way, false));
            }
        }
    }

    // One node from which all that lies in the heaps can be had.
    fn gather(&mut self, heaps: &[Heap]) -> Option<Node> {
        let (first, others) = heaps.split_first()?;
        if others.is_empty() {
            return Some(first.node);
        }
        let gathered = self.simplex.hang(first.node, 0, first.units);
        self.arcs.push(Meaning::Gathered);
        for heap in others {
            self.simplex.offer(heap.node, gathered, heap.units);
            self.arcs.push(Meaning::Gathered);
        }
        Some(gathered)
    }

    /// How much goes from depots to needs.
    pub(super) fn sent(&self) -> i128 {
        let arcs = self.arcs.iter().enumerate();
        arcs.filter(|(_, meaning)| matches!(meaning, Meaning::Send { .. }))
            .map(|(number, _)| i128::from(self.simplex.flow(Arc::number(number))))
            .sum()
    }

    /// Adds the arc from a heap to a need.
    pub(super) fn send(&mut self, heap: &Heap, need: Node, meaning: Meaning) {
        let Meaning::Send { need: number, .. } = meaning else {
            return;
        };
        let wanted = self.scene.wanted(number);
        self.simplex.offer(heap.node, need, heap.units.min(wanted));
        self.arcs.push(meaning);
    }
}

impl Meaning {
    /// Goods go over a way.
    pub(super) fn send(scene: &Scene<'_>, need: usize, way: Way<'_>, is_change: bool) -> Self {
        Self::Send {
            need,
            depot: way.depot,
            tier: way.tier,
            late_min: scene.late_min(need, way.time_min),
            time_min: way.time_min,
            distance_m: way.distance_m,
            is_change,
        }
    }
}

impl Heap {
    /// Whether it may serve the need that stands there among the item's.
    pub(super) fn may_serve(&self, place: usize) -> bool {
        (self.may_serve.as_ref()).is_none_or(|may_serve| may_serve[place])
    }
}

/// How grave it is that a part of a need is missing, gravest first: its class, whether it is above
/// the guaranteed minimum, and how much of the need is answered before it.
type Importance = (u8, bool, i64);

/// The higher, the graver.
fn rank(ranks: &[Importance], importance: Importance) -> i64 {
    (ranks.len() - ranks.partition_point(|other| *other < importance)) as i64
}

fn last_served<'a>(
    item: &Item,
    parts: impl Iterator<Item = &'a (Importance, i64)>,
    ranks: &[Importance],
) -> i64 {
    let mut parts: Vec<(Importance, i64)> = parts.copied().collect();
    parts.sort_unstable();
    let spared = item.shelves.iter().map(Shelf::spared);
    let mut left = spared.fold(0, i64::saturating_add);
    let last = parts.into_iter().find(|(_, units)| {
        left -= units;
        left < 0
    });
    last.map_or(0, |(importance, _)| rank(ranks, importance))
}

/// The parts of a need, each with how grave it is and how many units it has.
fn parts(scene: &Scene<'_>, number: usize) -> Vec<(Importance, i64)> {
    let need = scene.needs[number];
    let class = need.priority.get();
    let (mut from, wanted) = scene.span(number);
    let minimum = need.minimum.map_or(0, |minimum| minimum.get().min(wanted));
    let is_shared = scene.input.policy.fair && scene.shares_its_class(number);
    let tenths = if is_shared { TENTHS } else { 1 };
    let mut parts = Vec::new();
    for part in 1..=tenths {
        let end = tenth(wanted, part, tenths);
        for cut in [minimum.min(end), end] {
            if cut > from {
                parts.push(((class, cut > minimum, part), cut - from));
                from = cut;
            }
        }
    }
    parts
}

/// Where a part ends, in units, if a quantity is cut into so many.
pub(super) fn tenth(quantity: i64, part: i64, parts: i64) -> i64 {
    let end = i128::from(quantity) * i128::from(part) / i128::from(parts);
    i64::try_from(end).unwrap_or(quantity)
}

/// A heap that is not in the network yet.
struct Pile {
    may_serve: Option<Vec<bool>>,
    /// For how many days they are still good, and how much there is, in the order in which it leaves.
    rows: Vec<(u32, i64)>,
}

fn piles(scene: &Scene<'_>, item: &Item, shelf: &Shelf) -> Vec<Pile> {
    let mut piles: Vec<Pile> = Vec::new();
    for row in &shelf.rows {
        let may_serve = shelf.is_bound().then(|| -> Vec<bool> {
            (item.needs.iter())
                .map(|&need| row.permits(&scene.site(need).purpose))
                .collect()
        });
        let days = row.days_left(scene.input.departs_at);
        let known = piles.iter().position(|pile| pile.may_serve == may_serve);
        let place = known.unwrap_or(piles.len());
        if known.is_none() {
            let rows = Vec::new();
            piles.push(Pile { may_serve, rows });
        }
        let rows = &mut piles[place].rows;
        match rows.last_mut() {
            Some(last) if last.0 == days => last.1 += row.left,
            _ => rows.push((days, row.left)),
        }
    }
    piles
}
