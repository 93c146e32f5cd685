//! One item as a network: goods flow from the shelves to the needs, and what is missing flows to
//! them from nowhere.
//!
//! **Invariant.** Every unit that a need wants arrives over exactly one arc that is either
//! [`Meaning::Missing`] or [`Meaning::Send`], so every flow is an answer to all needs; and no flow
//! takes what may not serve, lies under a floor, or has no way.
//!
//! ```text
//!            first expired      permitted and joined by a way
//! nowhere ───▶ heap of a shelf ─────────▶ need
//!    │ └─▶ floor ─▶ heaps                  ▲
//!    └──────────── missing, by tenths ─────┘
//! ```

use super::{
    flow::{Arc, Network, Node},
    scene::{Item, Scene},
    shelf::Shelf,
};
use crate::dispatch::Tier;

/// In how many parts a need is cut to see how evenly needs of one class are served.
pub(super) const TENTHS: i64 = 10;

/// What it means if goods take an arc.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// They are not there. The rank is the higher, the worse it is that they are not.
    Missing { need: usize, rank: i64 },
    /// They leave a shelf, good for so many days more.
    Leave { days: u32 },
    /// They stay above a floor.
    Spared,
    /// They go from a depot to a need.
    Send {
        need: usize,
        depot: usize,
        tier: Tier,
        late_min: i64,
        time_min: u32,
        distance_m: u32,
    },
}

/// The network of one item and what its arcs mean.
#[derive(Debug)]
pub(super) struct ItemNetwork {
    pub(super) network: Network,
    pub(super) arcs: Vec<Meaning>,
    nowhere: Node,
    needs: Vec<Node>,
}

/// An arc from a heap to a need that is still to be made.
struct Shipping {
    time_min: u32,
    heap: Node,
    need: Node,
    units: i64,
    meaning: Meaning,
}

impl ItemNetwork {
    pub(super) fn new(scene: &Scene<'_>, item: &Item) -> Self {
        let mut network = Network::default();
        let wanted = |need: &usize| scene.needs[*need].quantity.get();
        let total = item.needs.iter().map(wanted).sum();
        let nowhere = network.node(total);
        let needs = item.needs.iter().map(|need| network.node(-wanted(need)));
        let mut it = Self {
            needs: needs.collect(),
            nowhere,
            network,
            arcs: Vec::new(),
        };
        it.add_missing(scene, item);
        let mut ways = Vec::new();
        for shelf in &item.shelves {
            it.add_shelf(scene, item, shelf, &mut ways);
        }
        // The simplex looks at arcs in the order in which they were made, so it meets the short
        // ways first and begins close to where it will end.
        ways.sort_by_key(|way| way.time_min);
        for way in ways {
            it.arc(way.heap, way.need, way.units, way.meaning);
        }
        it
    }

    pub(super) fn meaning(&self, arc: Arc) -> Meaning {
        self.arcs[arc.at()]
    }

    fn arc(&mut self, from: Node, to: Node, capacity: i64, meaning: Meaning) {
        self.network.arc(from, to, capacity);
        self.arcs.push(meaning);
    }

    fn add_missing(&mut self, scene: &Scene<'_>, item: &Item) {
        let parts: Vec<(usize, usize, Importance, i64)> = item
            .needs
            .iter()
            .enumerate()
            .flat_map(|(place, &need)| {
                let parts = parts(scene, need).into_iter();
                parts.map(move |(importance, units)| (place, need, importance, units))
            })
            .collect();
        let mut ranks: Vec<Importance> = parts.iter().map(|part| part.2).collect();
        ranks.sort_unstable();
        ranks.dedup();
        for (place, need, importance, units) in parts {
            let rank = ranks.len() - ranks.partition_point(|other| *other < importance);
            let meaning = Meaning::Missing {
                need,
                rank: rank as i64,
            };
            self.arc(self.nowhere, self.needs[place], units, meaning);
        }
    }

    fn add_shelf(
        &mut self,
        scene: &Scene<'_>,
        item: &Item,
        shelf: &Shelf,
        made: &mut Vec<Shipping>,
    ) {
        let spared = shelf.spared();
        let ways: Vec<_> = item
            .needs
            .iter()
            .map(|&need| scene.open_way(need, shelf.depot))
            .collect();
        if spared == 0 || ways.iter().all(Option::is_none) {
            return;
        }
        let heaps = heaps(scene, item, shelf);
        let held: i64 = shelf.rows.iter().map(|row| row.left).sum();
        // With one heap the floor is what leaves last; with several it is not known of which.
        let above_floor = if heaps.len() > 1 && spared < held {
            let node = self.network.node(0);
            self.arc(self.nowhere, node, spared, Meaning::Spared);
            node
        } else {
            self.nowhere
        };
        for Heap { may_serve, rows } in heaps {
            let heap = self.network.node(0);
            let mut left = spared;
            for (days, units) in rows {
                let units = units.min(left);
                left -= units;
                if units > 0 {
                    self.arc(above_floor, heap, units, Meaning::Leave { days });
                }
            }
            for (place, &need) in item.needs.iter().enumerate() {
                let (true, Some((way, leg))) = (may_serve[place], ways[place]) else {
                    continue;
                };
                let meaning = Meaning::Send {
                    need,
                    depot: shelf.depot,
                    tier: way.tier,
                    late_min: scene.late_min(need, leg),
                    time_min: leg.time_min,
                    distance_m: leg.distance_m,
                };
                made.push(Shipping {
                    time_min: leg.time_min,
                    heap,
                    need: self.needs[place],
                    units: (spared - left).min(scene.needs[need].quantity.get()),
                    meaning,
                });
            }
        }
    }
}

/// How grave it is that a part of a need is missing, gravest first: its class, whether it is above
/// the guaranteed minimum, and how much of the need is answered before it.
type Importance = (u8, bool, i64);

/// The parts of a need, each with how grave it is and how many units it has.
fn parts(scene: &Scene<'_>, number: usize) -> Vec<(Importance, i64)> {
    let need = scene.needs[number];
    let (class, wanted) = (need.priority.get(), need.quantity.get());
    let minimum = need.minimum.map_or(0, |minimum| minimum.get().min(wanted));
    let is_shared = scene.input.policy.fair && scene.shares_its_class(number);
    let tenths = if is_shared { TENTHS } else { 1 };
    let mut parts = Vec::new();
    let mut from = 0;
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

/// Rows of a shelf that may serve the same needs.
struct Heap {
    /// Which of the item's needs they may serve.
    may_serve: Vec<bool>,
    /// For how many days they are still good, and how much there is, in the order in which it leaves.
    rows: Vec<(u32, i64)>,
}

fn heaps(scene: &Scene<'_>, item: &Item, shelf: &Shelf) -> Vec<Heap> {
    let mut heaps: Vec<Heap> = Vec::new();
    for row in &shelf.rows {
        let may_serve: Vec<bool> = item
            .needs
            .iter()
            .map(|&need| !row.is_bound() || row.permits(&scene.site(need).purpose))
            .collect();
        let days = row.days_left(scene.input.departs_at);
        let known = heaps.iter().position(|heap| heap.may_serve == may_serve);
        let place = known.unwrap_or(heaps.len());
        if known.is_none() {
            let rows = Vec::new();
            heaps.push(Heap { may_serve, rows });
        }
        let rows = &mut heaps[place].rows;
        match rows.last_mut() {
            Some(last) if last.0 == days => last.1 += row.left,
            _ => rows.push((days, row.left)),
        }
    }
    heaps
}
