//! Nearest first, as it is done by hand (先近后远、先主后次, RULES §3).
//!
//! **Invariant.** The most urgent need is served first, and for each need the nearest depot is asked
//! first, level by level under the level rule. It does not look ahead and proves nothing; it is what
//! a better plan is measured against.

use super::{
    scene::{Item, Scene},
    share::Share,
};
use crate::kernel::cores;

pub(super) fn shares(scene: &Scene<'_>) -> Vec<Share> {
    let walked = cores::map(&scene.items, |item| of_item(scene, item));
    let mut shares: Vec<Share> = walked.into_iter().flatten().collect();
    shares.sort_unstable();
    shares
}

fn of_item(scene: &Scene<'_>, item: &Item) -> Vec<Share> {
    let packs = scene.input.policy.prefer_whole_packs;
    let mut shelves = item.shelves.clone();
    let mut shares = Vec::new();
    for &need in &item.needs {
        let site = scene.site(need);
        let mut missing = scene.needs[need].quantity.get();
        for &depot in &site.asked {
            if missing == 0 {
                break;
            }
            let Some(place) = item.shelf_number(depot) else {
                continue;
            };
            if shelves[place].spared() == 0 || scene.open_way(need, depot).is_none() {
                continue;
            }
            let units = shelves[place].take(need, missing, packs, |row| row.permits(&site.purpose));
            missing -= units;
            if units > 0 {
                shares.push(Share { need, depot, units });
            }
        }
    }
    shares
}
