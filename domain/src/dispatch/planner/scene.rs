//! A plan's input, looked up once and then known by place in a list.
//!
//! **Invariant.** Needs, depots, sites and shelves stand in an order of their own, whatever the
//! order of the input, so no answer depends on it; and all that is left out of account for a depot
//! and a need is said by one [`Obstacle`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Obstacle, PlanInput, PlanNeed, PlanSite, Source,
    shelf::{Shelf, shelves},
};
use crate::{
    depots::DepotState,
    dispatch::Tier,
    kernel::{Id, kinds},
    routing::{Leg, Reach},
    stock::Purpose,
};

/// How a depot stands to a site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) depot: usize,
    pub(super) tier: Tier,
    pub(super) leg: Option<&'a Leg>,
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
    /// The place of each depot in the order of nearness alone.
    pub(super) rank: Vec<u32>,
}

/// All of one item: who has it and who wants it.
#[derive(Debug)]
pub(super) struct Item {
    /// Shelves that hold some, by depot.
    pub(super) shelves: Vec<Shelf>,
    /// Needs for it, in order.
    pub(super) needs: Vec<usize>,
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
        let sites = site_ids
            .iter()
            .map(|&id| Site::new(input, &depots, id, known.get(&id).copied()))
            .collect();
        let mut shelves = shelves(input, &depots, &item_ids);
        let mut items: Vec<Item> = (0..item_ids.len())
            .map(|item| Item::new(std::mem::take(&mut shelves[item]), depots.len()))
            .collect();
        for (need, &item) in item_of_need.iter().enumerate() {
            items[item].needs.push(need);
        }
        Self {
            input,
            slack_min: needs.iter().map(|need| slack_min(input, need)).collect(),
            needs,
            depots,
            items,
            sites,
            site_of_need,
            item_of_need,
        }
    }

    pub(super) fn site(&self, need: usize) -> &Site<'a> {
        &self.sites[self.site_of_need[need]]
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

    /// Whether another need of the same class wants the same item.
    pub(super) fn shares_its_class(&self, need: usize) -> bool {
        let class = self.needs[need].priority;
        let others = self.item(need).needs.iter().filter(|other| **other != need);
        others
            .into_iter()
            .any(|&other| self.needs[other].priority == class)
    }

    pub(super) fn way(&self, need: usize, depot: usize) -> Way<'a> {
        self.site(need).ways[depot]
    }

    /// Why the depot may not send to the need, whatever it holds.
    pub(super) fn barred(&self, need: usize, way: Way<'_>) -> Option<Obstacle> {
        way.barred.or_else(|| {
            let late = way.leg.is_some_and(|leg| self.late_min(need, leg) > 0);
            (self.input.policy.refuse_late && late).then_some(Obstacle::TooLate)
        })
    }

    /// The way on which the depot may send to the need.
    pub(super) fn open_way(&self, need: usize, depot: usize) -> Option<(Way<'a>, &'a Leg)> {
        let way = self.way(need, depot);
        let leg = way.leg.filter(|_| self.barred(need, way).is_none())?;
        Some((way, leg))
    }

    pub(super) fn arrival(&self, leg: &Leg) -> DateTime<Utc> {
        self.input
            .departs_at
            .checked_add_signed(TimeDelta::minutes(i64::from(leg.time_min)))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Whole minutes, rounded up, by which the goods come after they were needed; zero if in time.
    pub(super) fn late_min(&self, need: usize, leg: &Leg) -> i64 {
        self.slack_min[need].map_or(0, |slack| (i64::from(leg.time_min) - slack).max(0))
    }
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
        id: Id<kinds::Site>,
        known: Option<&PlanSite>,
    ) -> Self {
        let division = known.map_or("", |site| site.division.as_str());
        let ways: Vec<Way<'_>> = depots
            .iter()
            .enumerate()
            .map(|(depot, source)| {
                let reach = input.matrix.reach(source.depot, id);
                Way {
                    depot,
                    tier: Tier::of(
                        source.level,
                        &source.division,
                        division,
                        &input.policy.blocks,
                    ),
                    leg: reach.and_then(Reach::leg),
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
        let mut rank = vec![0; depots.len()];
        for (place, depot) in (0..).zip(near) {
            rank[depot] = place;
        }
        Self {
            rank,
            purpose: known.map(|site| site.purpose.clone()).unwrap_or_default(),
            ways,
            asked,
        }
    }
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
        let (time, distance) = self
            .leg
            .map_or((u32::MAX, u32::MAX), |leg| (leg.time_min, leg.distance_m));
        (time, distance, self.depot)
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
