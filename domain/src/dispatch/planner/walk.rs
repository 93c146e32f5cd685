//! Nearest first, as it is done by hand (先近后远、先主后次, RULES §3).
//!
//! **Invariant.** The most urgent need is served first, and for each need the nearest depot is asked
//! first, level by level under the level rule. It does not look ahead and proves nothing; it is what
//! a better plan is measured against.

use super::{scene::Scene, share::Share};

pub(super) fn shares(scene: &Scene<'_>) -> Vec<Share> {
    let mut shelves: Vec<Vec<_>> = scene
        .items
        .iter()
        .map(|item| item.shelves.clone())
        .collect();
    let packs = scene.input.policy.prefer_whole_packs;
    let mut shares = Vec::new();
    for (item, shelves) in scene.items.iter().zip(&mut shelves) {
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
                let units =
                    shelves[place].take(need, missing, packs, |row| row.permits(&site.purpose));
                missing -= units;
                if units > 0 {
                    shares.push(Share { need, depot, units });
                }
            }
        }
    }
    shares.sort_unstable();
    shares
}
