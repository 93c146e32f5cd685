//! Which ways are worth offering to a need.
//!
//! **Invariant.** A way is left out of the network only where the worth of goods at both its ends
//! proves that no best answer sends anything over it. Nothing is left out for being far: it is left
//! out because what it would save is less than what it costs.
//!
//! A need asks depots in the order in which they cost more, yardstick by yardstick. Goods on a shelf
//! are worth at least nothing. So as soon as one way costs more than the goods are worth to the need,
//! all that come after it do. What orders stand for costs less than its place in that order says, so
//! that is offered from the start, by arcs of its own that carry no more than the orders do.

mod priced;

use std::cmp::Ordering;

use super::{
    flow::{Node, Simplex},
    measure::Yardstick,
    network::{ItemNetwork, Meaning},
};
use crate::dispatch::Tier;

/// How many ways a need is offered at once at first; it doubles from round to round.
const OFFERED_AT_FIRST: usize = 4;

/// A need and the ways it has looked at.
#[derive(Debug)]
pub(super) struct Seeker {
    need: usize,
    node: Node,
    /// How many depots of its site's order it has looked at.
    looked_at: usize,
    ways: Vec<Seen>,
}

/// A way from a shelf that holds some.
#[derive(Debug, Clone, Copy)]
struct Seen {
    shelf: usize,
    is_offered: bool,
    weight: i64,
    meaning: Meaning,
}

/// The place of a need among the item's, and of a way among those it has seen.
type Place = (usize, usize);

/// What the yardsticks of one item came to, in their order.
struct Judged {
    /// The bound by each, and what goods are worth at each node by it.
    tiers: Vec<(Stage, i128, Vec<i64>)>,
    /// Where the solver stood before.
    before: Simplex,
}

/// A yardstick of one item. What is missing is one stage for all classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Missing,
    Asked(Tier),
    Late,
    Changed,
    Travel,
}

impl Seeker {
    pub(super) fn new(need: usize, node: Node) -> Self {
        Self {
            need,
            node,
            looked_at: 0,
            ways: Vec::new(),
        }
    }

    pub(super) fn need(&self) -> (usize, Node) {
        (self.need, self.node)
    }
}

impl Stage {
    /// In the order in which they decide.
    pub(super) fn all(respect_level_rule: bool, orders_stand: bool) -> impl Iterator<Item = Self> {
        // The highest level is asked for as little as possible, then the one below it.
        let asked = (Tier::ALL.iter().rev()).filter(|tier| Yardstick::asked(**tier).is_some());
        let asked = asked.map(|&tier| Self::Asked(tier));
        let asked = asked.filter(move |_| respect_level_rule);
        let changed = orders_stand.then_some(Self::Changed);
        std::iter::once(Self::Missing)
            .chain(asked)
            .chain([Self::Late])
            .chain(changed)
            .chain([Self::Travel])
    }

    pub(super) fn toll(self, meaning: Meaning) -> i64 {
        match (self, meaning) {
            // What shelves can give to needs, part by part, is a polymatroid, and on one of those
            // any costs in the order of importance find the answer that is best class by class,
            // minimum by minimum and tenth by tenth.
            (Self::Missing, Meaning::Missing { rank, .. }) => rank,
            (Self::Asked(asked), Meaning::Send { tier, .. }) => i64::from(tier == asked),
            (Self::Late, Meaning::Send { late_min, .. }) => late_min,
            // What needs miss in all is settled, so whoever sends least otherwise keeps most.
            (Self::Changed, Meaning::Send { is_change, .. }) => i64::from(is_change),
            (Self::Travel, Meaning::Send { time_min, .. }) => i64::from(time_min),
            _ => 0,
        }
    }

    /// What it is called in the answer, if it is bounded there.
    pub(super) fn yardstick(self) -> Option<Yardstick> {
        match self {
            Self::Missing => None,
            Self::Asked(tier) => Yardstick::asked(tier),
            Self::Late => Some(Yardstick::Late),
            Self::Changed => Some(Yardstick::Changed),
            Self::Travel => Some(Yardstick::Travel),
        }
    }
}

/// All yardsticks of an item in one figure, near enough for most items. Of the ranks it only knows
/// those before, at and after the one at which the goods run out: to weigh each against each takes
/// more pivots.
fn weight(meaning: Meaning, last_served: i64) -> i64 {
    const LATE_MAX: i64 = 100_000;
    const TIME_MAX: u32 = 1_000_000;
    match meaning {
        Meaning::Missing { rank, .. } => match rank.cmp(&last_served) {
            Ordering::Less => 20_000_000_000_000,
            Ordering::Equal => 40_000_000_000_000,
            Ordering::Greater => 60_000_000_000_000,
        },
        Meaning::Leave { .. } | Meaning::Spared | Meaning::Gathered => 0,
        Meaning::Send {
            tier,
            late_min,
            time_min,
            is_change,
            ..
        } => {
            let asked = match tier {
                Tier::County => 0,
                Tier::City => 2_000_000_000,
                Tier::Province => 20_000_000_000,
                Tier::Block => 200_000_000_000,
                Tier::Nation => 2_000_000_000_000,
            };
            let changed = 5_000 * i64::from(is_change);
            asked + 10_000 * late_min.min(LATE_MAX) + changed + i64::from(time_min.min(TIME_MAX))
        }
    }
}

impl ItemNetwork<'_> {
    /// Moves close to the best answer, offering ways as long as one would be worth it.
    pub(super) fn approach(&mut self) {
        let mut offered_at_once = OFFERED_AT_FIRST;
        loop {
            let (arcs, last_served) = (&self.arcs, self.last_served);
            self.simplex
                .approach(|arc| weight(arcs[arc.at()], last_served));
            let mut any = false;
            for place in 0..self.seekers.len() {
                any |= self.offer_what_gains(place, offered_at_once);
            }
            if !any {
                return;
            }
            offered_at_once *= 2;
        }
    }

    /// Solves by all yardsticks one after the other, and proves that no way is missing; what is
    /// equally good is offered then. Says what each yardstick cannot come below.
    pub(super) fn judge(&mut self) -> Vec<(Stage, i128)> {
        loop {
            let judged = self.solve_stages();
            let (better, equal) = self.left_out(&judged);
            if better.is_empty() {
                for (place, way) in equal {
                    let (need, meaning) = {
                        let seeker = &self.seekers[place];
                        (seeker.node, seeker.ways[way].meaning)
                    };
                    let ground = self.ground(self.seekers[place].ways[way].shelf);
                    let is_equal = |heap: Node| {
                        let stood_already = judged.knows(heap);
                        let heap = if stood_already { heap } else { ground };
                        judged.price(meaning, Some(heap), need).is_eq()
                    };
                    self.offer(place, way, is_equal);
                }
                let tiers = judged.tiers.into_iter();
                return tiers.map(|(stage, bound, _)| (stage, bound)).collect();
            }
            self.simplex = judged.before;
            for (place, way) in better {
                self.offer(place, way, |_| true);
            }
        }
    }

    fn solve_stages(&mut self) -> Judged {
        let before = self.simplex.clone();
        let stages = Stage::all(
            self.scene.input.policy.respect_level_rule,
            !self.scene.standing.is_empty(),
        );
        let tiers = stages.map(|stage| {
            let arcs = &self.arcs;
            let tier = self.simplex.minimise(|arc| stage.toll(arcs[arc.at()]));
            (stage, tier.bound, self.simplex.worths().to_vec())
        });
        Judged {
            tiers: tiers.collect(),
            before,
        }
    }

    /// The ways that were not offered and would be better, and those that would be as good.
    fn left_out(&mut self, judged: &Judged) -> (Vec<Place>, Vec<Place>) {
        let (mut better, mut equal) = (Vec::new(), Vec::new());
        for place in 0..self.seekers.len() {
            let need = self.seekers[place].node;
            for way in 0.. {
                let Some(seen) = self.seen(place, way) else {
                    break;
                };
                if judged.price(seen.meaning, None, need).is_gt() {
                    break;
                }
                let ground = self.ground(seen.shelf);
                let price = match &self.heaps[seen.shelf] {
                    _ if seen.is_offered => None,
                    None => Some(judged.price(seen.meaning, Some(ground), need)),
                    Some(heaps) => (heaps.iter())
                        .filter(|heap| heap.may_serve(place))
                        .map(|heap| judged.price(seen.meaning, Some(heap.node), need))
                        .min(),
                };
                match price {
                    Some(Ordering::Less) => better.push((place, way)),
                    Some(Ordering::Equal) => equal.push((place, way)),
                    Some(Ordering::Greater) | None => {}
                }
            }
        }
        (better, equal)
    }

    /// Offers the next few ways that would gain, and says whether there were any.
    fn offer_what_gains(&mut self, place: usize, most: usize) -> bool {
        let need = self.seekers[place].node;
        let worth = self.simplex.worths()[need.at()];
        let mut offered = 0;
        for way in 0.. {
            let Some(seen) = self.seen(place, way).filter(|seen| seen.weight < worth) else {
                break;
            };
            if seen.is_offered || seen.weight >= worth.saturating_sub(self.rent(place, seen.shelf))
            {
                continue;
            }
            self.offer(place, way, |_| true);
            offered += 1;
            if offered == most {
                break;
            }
        }
        offered > 0
    }

    /// The least that goods of a shelf are worth there that may serve the need.
    fn rent(&self, place: usize, shelf: usize) -> i64 {
        let worths = self.simplex.worths();
        let Some(heaps) = &self.heaps[shelf] else {
            return worths[self.ground(shelf).at()];
        };
        (heaps.iter().filter(|heap| heap.may_serve(place)))
            .map(|heap| worths[heap.node.at()])
            .min()
            .unwrap_or(i64::MAX)
    }

    /// The need's ways in the order in which they cost more, looked up as far as anyone asks.
    fn seen(&mut self, place: usize, way: usize) -> Option<Seen> {
        let seeker = &mut self.seekers[place];
        let asked = &self.scene.site(seeker.need).asked;
        while way >= seeker.ways.len() {
            let depot = *asked.get(seeker.looked_at)?;
            seeker.looked_at += 1;
            let Some(shelf) = self.item.shelf_number(depot) else {
                continue;
            };
            let Some(way) = self.scene.open_way(seeker.need, depot) else {
                continue;
            };
            if self.item.shelves[shelf].spared() == 0 {
                continue;
            }
            let item = self.scene.item_number(seeker.need);
            let is_change = self.scene.standing.said(Some(item)) > 0;
            let meaning = Meaning::send(self.scene, seeker.need, way, is_change);
            seeker.ways.push(Seen {
                shelf,
                is_offered: false,
                weight: weight(meaning, self.last_served),
                meaning,
            });
        }
        Some(seeker.ways[way])
    }

    /// Makes the arcs of a way, from those heaps of the shelf that are wanted and may serve.
    fn offer(&mut self, place: usize, way: usize, is_wanted: impl Fn(Node) -> bool) {
        let seeker = &mut self.seekers[place];
        seeker.ways[way].is_offered = true;
        let (need, seen) = (seeker.node, seeker.ways[way]);
        self.bring(seen.shelf);
        let heaps = self.heaps[seen.shelf].take();
        for heap in heaps.iter().flatten() {
            if heap.may_serve(place) && is_wanted(heap.node) {
                self.send(heap, need, seen.meaning);
            }
        }
        self.heaps[seen.shelf] = heaps;
    }
}

impl Judged {
    /// Whether a node stood when this was judged; a heap that came later is worth what it stands on.
    fn knows(&self, node: Node) -> bool {
        let mut tiers = self.tiers.iter();
        tiers.all(|(_, _, worths)| node.at() < worths.len())
    }

    /// Whether a unit over a way from a heap, or from wherever it would lie for nothing, would make
    /// the answer better, keep it as good or make it worse.
    fn price(&self, meaning: Meaning, heap: Option<Node>, need: Node) -> Ordering {
        for (stage, _, worths) in &self.tiers {
            let rent = heap.map_or(0, |heap| worths[heap.at()]);
            let price = stage.toll(meaning) + rent - worths[need.at()];
            if price != 0 {
                return price.cmp(&0);
            }
        }
        Ordering::Equal
    }
}
