//! Plans that take no more than there is.
//!
//! **Invariant.** What is here leaves every pool what it has. One item after the other takes from
//! what the others leave it, and is solved exactly for that; so to let each try again makes no plan
//! worse.

use super::prices::{Costs, Relaxed};
use crate::dispatch::planner::{
    network::ItemNetwork,
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

/// What each item would have at the prices, as far as others leave it; what it cannot have it looks
/// for elsewhere, at the same prices.
pub(super) fn fill(scene: &Scene<'_>, relaxed: &Relaxed<'_>, costs: &Costs<'_>) -> ByItem {
    let mut room = scene.room.clone();
    let mut filled: ByItem = vec![Vec::new(); scene.items.len()];
    for (number, shares) in relaxed.shares(costs) {
        room.take_all(number, &shares, 1);
        filled[number] = shares;
        if room.is_kept() {
            continue;
        }
        room.take_all(number, &filled[number], -1);
        let item = limited(scene, number, &room);
        let net = ItemNetwork::new(scene, &item, true);
        filled[number] = net.map_or_else(Vec::new, |mut net| {
            costs.answer(number, &mut net);
            net.shares()
        });
        room.take_all(number, &filled[number], 1);
    }
    filled
}

/// Lets each item try again with what the others leave it.
pub(super) fn polish(scene: &Scene<'_>, plan: &mut ByItem) {
    let mut room = scene.room.clone();
    for (number, shares) in plan.iter().enumerate() {
        room.take_all(number, shares, 1);
    }
    for (number, shares) in plan.iter_mut().enumerate() {
        room.take_all(number, shares.iter(), -1);
        let item = limited(scene, number, &room);
        *shares = optimum::solve_item(scene, &item).shares();
        room.take_all(number, shares.iter(), 1);
    }
}
