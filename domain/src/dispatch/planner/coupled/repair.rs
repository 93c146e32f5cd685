//! Plans that take no more than there is.
//!
//! **Invariant.** What is here leaves every pool what it has. One item after the other takes from
//! what the others leave it, and is solved exactly for that; so to let each try again makes no plan
//! worse.

use std::cmp::Reverse;

use super::prices::{Costs, Relaxed};
use crate::dispatch::planner::{
    optimum,
    room::Room,
    scene::{Item, Scene},
    share::Share,
};

/// The shares of each item.
pub(super) type ByItem = Vec<Vec<Share>>;

/// An item that may take what is left.
pub(super) fn limited(scene: &Scene<'_>, number: usize, room: &Room) -> Item {
    let mut item = scene.items[number].clone();
    for shelf in &mut item.shelves {
        shelf.limit_to(room.units(number, shelf.depot));
        let shared = room.shared(number, shelf.depot);
        shelf.shares_vehicles = shared.is_some();
        item.shared_limit = item.shared_limit.or(shared);
    }
    item
}

/// An item that may take from each shelf what it takes.
pub(super) fn kept_to(scene: &Scene<'_>, number: usize, shares: &[Share]) -> Item {
    let mut item = scene.items[number].clone();
    for shelf in &mut item.shelves {
        if scene.room.taken(number, shelf.depot).next().is_some() {
            let of_shelf = shares.iter().filter(|share| share.depot == shelf.depot);
            shelf.limit_to(of_shelf.map(|share| share.units).sum());
        }
    }
    item
}

pub(super) fn by_item(scene: &Scene<'_>, shares: &[Share]) -> ByItem {
    let mut by_item: ByItem = vec![Vec::new(); scene.items.len()];
    for share in shares {
        by_item[scene.item_number(share.need)].push(*share);
    }
    by_item
}

/// What each item would have at the prices, less what is not there: where a pool is overdrawn, those
/// give way that are least urgent, and of them what takes most of the pool.
pub(super) fn fill(scene: &Scene<'_>, relaxed: &Relaxed<'_>, costs: &Costs<'_>) -> ByItem {
    let mut room = scene.room.clone();
    let mut filled: ByItem = vec![Vec::new(); scene.items.len()];
    for (number, shares) in relaxed.shares(costs) {
        room.take_all(number, &shares, 1);
        filled[number] = shares;
    }
    for pool in 0..room.pools.len() {
        give_way(scene, &mut room, &mut filled, pool);
    }
    for shares in &mut filled {
        shares.retain(|share| share.units > 0);
    }
    filled
}

fn give_way(scene: &Scene<'_>, room: &mut Room, filled: &mut ByItem, pool: usize) {
    let mut takers: Vec<_> = Vec::new();
    for (number, shares) in filled.iter().enumerate() {
        for (place, share) in shares.iter().enumerate() {
            let mut taken = room.taken(number, share.depot);
            let one = taken.find(|taken| taken.0 == pool);
            takers.extend(one.map(|(_, one)| {
                let class = scene.needs[share.need].priority;
                (Reverse((class, one, share.need)), number, place)
            }));
        }
    }
    takers.sort_unstable();
    for (Reverse((_, one, _)), number, place) in takers {
        let over = room.overdrawn(pool);
        if over <= 0 {
            return;
        }
        let share = &mut filled[number][place];
        let units = share.units.min((over - 1) / one + 1);
        share.units -= units;
        room.take(number, share.depot, -units);
    }
}

/// Lets each item try again with what the others leave it: the smallest first, which leave most, or
/// the largest, which find least.
pub(super) fn polish(scene: &Scene<'_>, plan: &mut ByItem, smallest_first: bool) {
    let mut room = scene.room.clone();
    for (number, shares) in plan.iter().enumerate() {
        room.take_all(number, shares, 1);
    }
    let mut order: Vec<usize> = (0..plan.len()).collect();
    order.sort_by_key(|&number| room.size(number));
    if !smallest_first {
        order.reverse();
    }
    for number in order {
        let shares = &mut plan[number];
        room.take_all(number, shares.iter(), -1);
        let item = limited(scene, number, &room);
        *shares = optimum::solve_item(scene, &item).shares();
        room.take_all(number, shares.iter(), 1);
    }
}
