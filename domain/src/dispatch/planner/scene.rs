//! A plan's input, looked up once and then known by place in a list.
//!
//! **Invariant.** Needs, depots, sites and shelves stand in an order of their own, whatever the
//! order of the input, so no answer depends on it; and all that is left out of account for a depot
//! and a need is said by one [`Obstacle`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Obstacle, PlanInput, PlanNeed, PlanSite, Source,
    loads::Load,
    parts::Parts,
    room::Room,
    share::Share,
    shelf::{Shelf, shelves},
    standing::Standing,
};
use crate::{
    depots::DepotState,
    dispatch::Tier,
    kernel::{Id, cores, kinds},
    routing::{Leg, Reach},
    stock::Purpose,
};

/// How a depot stands to a site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) depot: usize,
    pub(super) tier: Tier,
    pub(super) leg: Option<&'a Leg>,
    /// How long it takes and how far it is, at hand because every plan asks for it a million times;
    /// what has no leg is farthest.
    pub(super) time_min: u32,
    pub(super) distance_m: u32,
    /// Why the depot may send nothing there, whatever it holds and whenever it is needed.
    barred: Option<Obstacle>,
}

/// A site that needs something.
#[derive(Debug)]
pub(super) struct Site<'a> {
    pub(super) purpose: Purpose,
    /// One for each depot, by depot.
    ways: Vec<Way<'a>>,
    /// Depots in the order in which the walk asks them: by tier under the level rule, then by
    /// nearness.
    pub(super) asked: Vec<usize>,
    /// Depots in the order of nearness alone.
    pub(super) near: Vec<usize>,
    /// The place of each depot in those orders.
    pub(super) place_asked: Vec<u32>,
    pub(super) rank: Vec<u32>,
}

/// All of one item: who has it and who wants it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Shelves that hold some, by depot.
    pub(super) shelves: Vec<Shelf>,
    /// Needs that want some of it, in order.
    pub(super) needs: Vec<usize>,
    /// How much of it may go by vehicles that several depots share, if there is a limit.
    pub(super) shared_limit: Option<i64>,
    /// The shelf of each depot.
    of_depot: Vec<Option<u32>>,
}

#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) input: &'a PlanInput,
    /// By priority, needed-by and id.
    pub(super) needs: Vec<&'a PlanNeed>,
    /// By id.
    pub(super) depots: Vec<&'a Source>,
    /// What is needed, by id.
    pub(super) items: Vec<Item>,
    pub(super) standing: Standing<'a>,
    /// Which needs stand for others, and how much of each is wanted.
    pub(super) parts: Parts,
    /// What all items together may take of depots and vehicles, or what is left of it once goods are
    /// given.
    pub(super) room: Room,
    sites: Vec<Site<'a>>,
    site_of_need: Vec<usize>,
    item_of_need: Vec<usize>,
    slack_min: Vec<Option<i64>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(input: &'a PlanInput) -> Self {
        let needs = input.needs_in_order();
        let depots: Vec<&Source> = input.sources_by_depot().into_values().collect();
        let site_ids: BTreeSet<_> = needs.iter().map(|need| need.site).collect();
        let site_ids: Vec<_> = site_ids.into_iter().collect();
        let item_ids: BTreeSet<_> = needs.iter().map(|need| need.item).collect();
        let item_ids: Vec<_> = item_ids.into_iter().collect();
        // What was collected from the needs is found for every need.
        let place = |found: Result<usize, usize>| found.unwrap_or_else(|absent| absent);
        let site_of_need: Vec<_> = needs
            .iter()
            .map(|need| place(site_ids.binary_search(&need.site)))
            .collect();
        let item_of_need: Vec<_> = needs
            .iter()
            .map(|need| place(item_ids.binary_search(&need.item)))
            .collect();
        let known = input.sites_by_id();
        let reaches = reaches(input, &depots, &site_ids);
        let numbers: Vec<usize> = (0..site_ids.len()).collect();
        let sites = cores::map(&numbers, |&number| {
            let reaches = reaches.iter().skip(number).step_by(site_ids.len());
            let known = known.get(&site_ids[number]).copied();
            Site::new(input, &depots, known, reaches.copied())
        });
        let room = Room::of(input, &depots, &item_ids);
        let mut shelves = shelves(input, &depots, &item_ids);
        let mut items: Vec<Item> = (0..item_ids.len())
            .map(|item| Item::new(std::mem::take(&mut shelves[item]), depots.len()))
            .collect();
        for (need, &item) in item_of_need.iter().enumerate() {
            items[item].needs.push(need);
        }
        let mut scene = Self {
            input,
            standing: Standing::default(),
            parts: Parts::none(&needs, &item_of_need),
            room,
            slack_min: needs.iter().map(|need| slack_min(input, need)).collect(),
            needs,
            depots,
            items,
            sites,
            site_of_need,
            item_of_need,
        };
        scene.standing = Standing::of(&scene);
        scene
    }

    /// Whether pools have all that is given.
    pub(super) fn has_room(&self, shares: &[Share]) -> bool {
        let mut room = self.room.clone();
        for share in shares {
            room.take(self.item_of_need[share.need], share.depot, share.units);
        }
        (0..room.pools.len()).all(|pool| room.overdrawn(pool) <= 0)
    }

    /// Takes from the room what is given, and lets nothing more leave the shelves than is left of it.
    pub(super) fn take_room(&mut self, shares: &[Share]) {
        for share in shares {
            let item = self.item_of_need[share.need];
            self.room.take(item, share.depot, share.units);
        }
        for (number, item) in self.items.iter_mut().enumerate() {
            for shelf in &mut item.shelves {
                shelf.limit_to(self.room.units(number, shelf.depot));
            }
        }
    }

    pub(super) fn site(&self, need: usize) -> &Site<'a> {
        &self.sites[self.site_of_need[need]]
    }

    /// How many pairs of a site and a depot there are.
    pub(super) fn loads(&self) -> usize {
        self.sites.len() * self.depots.len()
    }

    /// The number of the pair of a need's site and a depot. There are as many in memory as ways, so
    /// they are counted in 32 bits.
    pub(super) fn load(&self, need: usize, depot: usize) -> Load {
        let number = self.site_of_need[need] * self.depots.len() + depot;
        Load::try_from(number).unwrap_or(Load::MAX)
    }

    /// The place of the need's site, which needs of one site have in common.
    pub(super) fn site_number(&self, need: usize) -> usize {
        self.site_of_need[need]
    }

    pub(super) fn item_number(&self, need: usize) -> usize {
        self.item_of_need[need]
    }

    pub(super) fn item(&self, need: usize) -> &Item {
        &self.items[self.item_of_need[need]]
    }

    pub(super) fn way(&self, need: usize, depot: usize) -> Way<'a> {
        self.site(need).ways[depot]
    }

    /// Why the depot may not send to the need, whatever it holds.
    pub(super) fn barred(&self, need: usize, way: Way<'_>) -> Option<Obstacle> {
        way.barred.or_else(|| {
            let is_late = || way.leg.is_some() && self.late_min(need, way.time_min) > 0;
            (self.input.policy.refuse_late && is_late()).then_some(Obstacle::TooLate)
        })
    }

    /// The way on which the depot may send to the need.
    pub(super) fn open_way(&self, need: usize, depot: usize) -> Option<Way<'a>> {
        let way = self.way(need, depot);
        (way.leg.is_some() && self.barred(need, way).is_none()).then_some(way)
    }

    /// Why what lies on a shelf for a need has to stay there, if nothing more of it may leave.
    pub(super) fn why_it_stays(&self, need: usize, shelf: &Shelf) -> Option<Obstacle> {
        let purpose = &self.site(need).purpose;
        let stays = shelf.held(purpose) > 0 && shelf.free(purpose) == 0;
        let full = || self.room.full_first(self.item_number(need), shelf.depot);
        let full = if shelf.above_floor() > 0 {
            full()
        } else {
            None
        };
        stays.then(|| full.unwrap_or(Obstacle::KeptFloor))
    }

    pub(super) fn arrival(&self, leg: &Leg) -> DateTime<Utc> {
        self.input
            .departs_at
            .checked_add_signed(TimeDelta::minutes(i64::from(leg.time_min)))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Whole minutes, rounded up, by which the goods come after they were needed; zero if in time.
    pub(super) fn late_min(&self, need: usize, time_min: u32) -> i64 {
        self.slack_min[need].map_or(0, |slack| (i64::from(time_min) - slack).max(0))
    }
}

/// What the matrix says of each depot and site, by depot and then by site: both stand in the order of
/// their ids, as the matrix does, so they are read side by side.
fn reaches<'a>(
    input: &'a PlanInput,
    depots: &[&Source],
    sites: &[Id<kinds::Site>],
) -> Vec<Option<&'a Reach>> {
    let mut known = input.matrix.reaches().peekable();
    let mut reaches = Vec::with_capacity(depots.len() * sites.len());
    for depot in depots.iter().map(|source| source.depot) {
        for &site in sites {
            while known
                .next_if(|reach| reach.ends() < (depot, site))
                .is_some()
            {}
            reaches.push(known.next_if(|reach| reach.ends() == (depot, site)));
        }
    }
    reaches
}

/// Whole minutes, rounded down, from the departure until a need's goods are wanted.
fn slack_min(input: &PlanInput, need: &PlanNeed) -> Option<i64> {
    let slack = need.needed_by?.signed_duration_since(input.departs_at);
    let whole = slack.num_minutes();
    Some(whole - i64::from(slack < TimeDelta::minutes(whole)))
}

impl<'a> Site<'a> {
    fn new(
        input: &'a PlanInput,
        depots: &[&'a Source],
        known: Option<&PlanSite>,
        reaches: impl Iterator<Item = Option<&'a Reach>>,
    ) -> Self {
        let division = known.map_or("", |site| site.division.as_str());
        let ways: Vec<Way<'_>> = depots
            .iter()
            .zip(reaches)
            .enumerate()
            .map(|(depot, (source, reach))| {
                let leg = reach.and_then(Reach::leg);
                Way {
                    depot,
                    tier: Tier::of(
                        source.level,
                        &source.division,
                        division,
                        &input.policy.blocks,
                    ),
                    leg,
                    time_min: leg.map_or(u32::MAX, |leg| leg.time_min),
                    distance_m: leg.map_or(u32::MAX, |leg| leg.distance_m),
                    barred: barred(input, source, reach),
                }
            })
            .collect();
        let mut asked: Vec<usize> = (0..depots.len()).collect();
        asked.sort_by_key(|&depot| {
            let way = ways[depot];
            let tier = input.policy.respect_level_rule.then_some(way.tier);
            (tier, way.nearness())
        });
        let mut near: Vec<usize> = (0..depots.len()).collect();
        near.sort_by_key(|&depot| ways[depot].nearness());
        Self {
            rank: places_in(&near),
            place_asked: places_in(&asked),
            near,
            purpose: known.map(|site| site.purpose.clone()).unwrap_or_default(),
            ways,
            asked,
        }
    }
}

/// For each depot its place in an order of all.
fn places_in(order: &[usize]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (place, &depot) in (0..).zip(order) {
        places[depot] = place;
    }
    places
}

fn barred(input: &PlanInput, source: &Source, reach: Option<&Reach>) -> Option<Obstacle> {
    match source.state {
        DepotState::Closed => return Some(Obstacle::Closed),
        DepotState::Paused => return Some(Obstacle::Paused),
        DepotState::Operating | DepotState::Saturated => {}
    }
    if input.policy.excluded_depots.contains(&source.depot) {
        return Some(Obstacle::Excluded);
    }
    let leg = match reach {
        Some(Reach::Reachable(leg)) => leg,
        Some(Reach::Unreachable { .. }) => return Some(Obstacle::Unreachable),
        None => return Some(Obstacle::PlaceUnknown),
    };
    let too_far = |limit: u32| leg.time_min > limit;
    input
        .policy
        .max_travel_min
        .is_some_and(too_far)
        .then_some(Obstacle::TooFar)
}

impl Way<'_> {
    /// Time, distance and place among the depots; what cannot be reached is farthest.
    pub(super) fn nearness(&self) -> (u32, u32, usize) {
        (self.time_min, self.distance_m, self.depot)
    }
}

impl Item {
    fn new(shelves: Vec<Shelf>, depots: usize) -> Self {
        let mut of_depot = vec![None; depots];
        for (place, shelf) in shelves.iter().enumerate() {
            of_depot[shelf.depot] = u32::try_from(place).ok();
        }
        Self {
            shelves,
            needs: Vec::new(),
            shared_limit: None,
            of_depot,
        }
    }

    /// The shelf of a depot, if it holds the item.
    pub(super) fn shelf(&self, depot: usize) -> Option<&Shelf> {
        self.shelf_number(depot).map(|place| &self.shelves[place])
    }

    pub(super) fn shelf_number(&self, depot: usize) -> Option<usize> {
        self.of_depot[depot].map(|place| place as usize)
    }
}

/// Looks up places by id.
pub(super) fn places<K: Ord + Copy>(ids: impl IntoIterator<Item = K>) -> BTreeMap<K, usize> {
    ids.into_iter()
        .enumerate()
        .map(|(place, id)| (id, place))
        .collect()
}
