//! Nearest first, with substitutes, and what goes in vain.
//!
//! **Invariant.** Class by class: first what each need wants itself, as `walk` serves it, then
//! substitutes for what it misses. Nothing is given that is not there, and nothing goes that stands for
//! no whole unit that is missing.

use crate::{
    dispatch::planner::{room::Room, scene::Scene, share::Share, shelf::Shelf, walk},
    incidents::Priority,
};

struct Hand<'a> {
    scene: &'a Scene<'a>,
    shelves: Vec<Vec<Shelf>>,
    room: Room,
    shares: Vec<Share>,
}

/// What is given by hand of what lies on the scene's shelves, if each need has so much already.
pub(super) fn shares(scene: &Scene<'_>, has: &[i64]) -> Vec<Share> {
    let shelves = scene.items.iter().map(|item| item.shelves.clone());
    let mut hand = Hand {
        scene,
        shelves: shelves.collect(),
        room: scene.room.clone(),
        shares: Vec::new(),
    };
    let mut missing: Vec<i64> = vec![0; scene.needs.len()];
    let answered = scene.answered(has);
    for class in [Priority::FIRST, Priority::SECOND, Priority::LAST] {
        let of_class = |need: &usize| scene.needs[*need].priority == class;
        for need in scene.wholes().filter(of_class) {
            let wanted = scene.needs[need].quantity.get() - answered.in_all[need];
            missing[need] = wanted - hand.give(need, wanted);
        }
        for need in scene.wholes().filter(of_class) {
            for &part in scene.parts_of(need) {
                let Some(rate) = scene.rate(part).filter(|_| missing[need] > 0) else {
                    continue;
                };
                let units = hand.give(part, rate.takes(missing[need]));
                missing[need] -= rate.worth(units).min(missing[need]);
            }
        }
    }
    let mut shares = hand.shares;
    Share::join(&mut shares);
    shares
}

impl Hand<'_> {
    fn give(&mut self, need: usize, units: i64) -> i64 {
        if units <= 0 {
            return 0;
        }
        let item = self.scene.item_number(need);
        let shelves = &mut self.shelves[item];
        let given = walk::serve(self.scene, need, units, shelves, &mut self.room);
        let units = given.iter().map(|share| share.units).sum();
        self.shares.extend(given);
        units
    }
}

/// The shares without what stands for nothing; of a part that gets too much, those give way that are
/// asked last.
pub(super) fn without_vain(scene: &Scene<'_>, shares: Vec<Share>) -> Vec<Share> {
    let mut got = vec![0_i64; scene.needs.len()];
    for share in &shares {
        got[share.need] += share.units;
    }
    let answered = scene.answered(&got);
    let mut vain: Vec<i64> = vec![0; scene.needs.len()];
    for (part, units) in got.iter().enumerate() {
        if let Some(rate) = scene.rate(part) {
            vain[part] = units - rate.takes(answered.stands_for[part]);
        }
    }
    let mut shares = shares;
    shares.sort_by_key(|share| {
        let place = scene.site(share.need).place_asked[share.depot];
        std::cmp::Reverse((share.need, place))
    });
    for share in &mut shares {
        let less = share.units.min(vain[share.need]);
        share.units -= less;
        vain[share.need] -= less;
    }
    shares.retain(|share| share.units > 0);
    shares.sort_unstable();
    shares
}
