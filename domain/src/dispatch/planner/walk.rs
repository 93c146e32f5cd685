//! Nearest first, as it is done by hand (先近后远、先主后次, RULES §3).
//!
//! **Invariant.** The most urgent need is served first, and for each need the nearest depot is asked
//! first, level by level under the level rule. It does not look ahead and proves nothing; it is what
//! a better plan is measured against.

use super::{
    room::Room,
    scene::{Item, Scene},
    share::Share,
    shelf::Shelf,
};
use crate::kernel::cores;

pub(super) fn shares(scene: &Scene<'_>) -> Vec<Share> {
    let mut shares: Vec<Share> = if scene.room.is_endless() {
        let of_item = |item: &Item| {
            let (mut shelves, mut room) = (item.shelves.clone(), scene.room.clone());
            let needs = item.needs.iter();
            needs
                .flat_map(|&need| serve(scene, need, scene.wanted(need), &mut shelves, &mut room))
                .collect::<Vec<_>>()
        };
        cores::map(&scene.items, of_item).concat()
    } else {
        let mut shelves: Vec<Vec<Shelf>> = scene
            .items
            .iter()
            .map(|item| item.shelves.clone())
            .collect();
        let mut room = scene.room.clone();
        let needs = 0..scene.needs.len();
        needs
            .flat_map(|need| {
                let item = scene.item_number(need);
                let wanted = scene.wanted(need);
                serve(scene, need, wanted, &mut shelves[item], &mut room)
            })
            .collect()
    };
    shares.sort_unstable();
    shares
}

/// Gives a need so much from what is left.
pub(super) fn serve(
    scene: &Scene<'_>,
    need: usize,
    wanted: i64,
    shelves: &mut [Shelf],
    room: &mut Room,
) -> Vec<Share> {
    let packs = scene.input.policy.prefer_whole_packs;
    let (item, site) = (scene.item_number(need), scene.site(need));
    let mut shares = Vec::new();
    let mut missing = wanted;
    for &depot in &site.asked {
        if missing == 0 {
            break;
        }
        let Some(place) = scene.items[item].shelf_number(depot) else {
            continue;
        };
        if shelves[place].spared() == 0 || scene.open_way(need, depot).is_none() {
            continue;
        }
        let wanted = missing.min(room.units(item, depot));
        let units = shelves[place].take(need, wanted, packs, |row| row.permits(&site.purpose));
        missing -= units;
        if units > 0 {
            room.take(item, depot, units);
            shares.push(Share { need, depot, units });
        }
    }
    shares
}
