//! How much of each need substitutes are to answer.
//!
//! **Invariant.** The item itself goes as far as it goes, to the most urgent class first and in a class
//! first to those that accept nothing else; only what a class misses then comes from substitutes, after
//! what needs of its own of the class have of them. So every unit that a substitute stands for makes the
//! class miss one unit less, and no shelf could give the item itself instead. Nothing is sent in vain:
//! what stands for no whole unit stays.

use std::collections::{BTreeMap, BTreeSet};

use super::pipes::Pipes;
use crate::{
    dispatch::planner::{
        network::{TENTHS, tenth},
        scene::Scene,
    },
    incidents::Priority,
};

/// How often it is tried in each class to give what one need has of its item to another.
const TRADES_MAX: usize = 200;

/// Items that a need wants which accepts others, and those others.
pub(super) fn items_concerned(scene: &Scene<'_>) -> BTreeSet<usize> {
    let mut items = BTreeSet::new();
    for whole in scene.wholes() {
        for &part in scene.parts_of(whole) {
            items.extend([scene.item_number(whole), scene.item_number(part)]);
        }
    }
    items
}

/// What lies there of each item concerned, and the needs and parts for it.
pub(super) fn pipes(scene: &Scene<'_>) -> BTreeMap<usize, Pipes> {
    let mut needs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for item in items_concerned(scene) {
        needs.insert(item, Vec::new());
    }
    for need in 0..scene.needs.len() {
        if let Some(of_item) = needs.get_mut(&scene.item_number(need)) {
            of_item.push(need);
        }
    }
    let pipes = needs.into_iter();
    pipes
        .map(|(item, needs)| (item, Pipes::new(scene, item, &needs)))
        .collect()
}

/// How much is to be wanted of each need and each part.
pub(super) fn split(scene: &Scene<'_>) -> Vec<i64> {
    let mut split = Split {
        scene,
        pipes: pipes(scene),
        units: vec![0; scene.needs.len()],
    };
    let concerned = |&need: &usize| split.pipes.contains_key(&scene.item_number(need));
    let wholes: Vec<usize> = scene.wholes().filter(concerned).collect();
    for class in [Priority::FIRST, Priority::SECOND, Priority::LAST] {
        let of_class = wholes.iter().copied();
        let of_class = of_class.filter(|&need| scene.needs[need].priority == class);
        split.serve(&of_class.collect::<Vec<_>>());
    }
    let mut wanted = split.units;
    let answered = scene.answered(&wanted);
    for whole in scene.wholes() {
        let by_others: i64 = scene
            .parts_of(whole)
            .iter()
            .map(|&part| answered.stands_for[part])
            .sum();
        wanted[whole] = scene.needs[whole].quantity.get() - by_others;
    }
    wanted
}

struct Split<'a> {
    scene: &'a Scene<'a>,
    pipes: BTreeMap<usize, Pipes>,
    /// What each has.
    units: Vec<i64>,
}

impl Split<'_> {
    fn serve(&mut self, of_class: &[usize]) {
        let scene = self.scene;
        let (others, choosy): (Vec<usize>, Vec<usize>) =
            (of_class.iter()).partition(|&&need| !scene.parts_of(need).is_empty());
        for &need in choosy.iter().chain(&others) {
            self.give(need, scene.needs[need].quantity.get());
        }
        let short: Vec<(usize, i64)> = (others.iter())
            .map(|&need| (need, self.missing(need)))
            .filter(|(_, missing)| *missing > 0)
            .collect();
        // A little for each in turn, so that what is short is shared.
        let rounds = if scene.input.policy.fair { TENTHS } else { 1 };
        for round in 1..=rounds {
            for &(need, missing) in &short {
                self.stand_in(need, tenth(missing, round, rounds));
            }
        }
        self.trade(&others);
    }

    /// Lets those of a class that can have substitutes leave the item itself to those that cannot: the
    /// class misses less, and nobody misses more.
    fn trade(&mut self, others: &[usize]) {
        let mut by_item: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &need in others {
            let of_item = by_item.entry(self.scene.item_number(need)).or_default();
            of_item.push(need);
        }
        let mut tries = TRADES_MAX;
        for of_item in by_item.values() {
            for (&need, &other) in of_item
                .iter()
                .flat_map(|need| of_item.iter().map(move |other| (need, other)))
            {
                let has = self.units[other];
                let missing = if has > 0 { self.missing(need) } else { 0 };
                if need == other || missing == 0 {
                    continue;
                }
                if tries == 0 {
                    return;
                }
                tries -= 1;
                self.leave_to(need, other, missing.min(has));
            }
        }
    }

    fn leave_to(&mut self, need: usize, other: usize, most: i64) {
        self.take_back(other, most);
        let left = self.give(need, most);
        self.give(other, most - left);
        let stood = self.stands(other);
        self.stand_in(other, stood + left);
        // What nothing stands for goes back to who had it.
        let instead = (self.stands(other) - stood).min(left);
        self.take_back(need, left - instead);
        self.give(other, left - instead);
    }

    fn missing(&self, need: usize) -> i64 {
        let wanted = self.scene.needs[need].quantity.get();
        (wanted - self.units[need] - self.stands(need)).max(0)
    }

    fn give(&mut self, need: usize, units: i64) -> i64 {
        let item = self.scene.item_number(need);
        let given = self.pipes.get_mut(&item);
        let given = given.map_or(0, |pipes| pipes.give(need, units));
        self.units[need] += given;
        given
    }

    fn take_back(&mut self, need: usize, units: i64) {
        let item = self.scene.item_number(need);
        if let Some(pipes) = self.pipes.get_mut(&item) {
            pipes.take_back(need, units);
            self.units[need] -= units;
        }
    }

    /// For how much of its whole a part stands.
    fn worth(&self, part: usize) -> i64 {
        let rate = self.scene.rate(part);
        rate.map_or(0, |rate| rate.worth(self.units[part]))
    }

    /// For how much of a need its parts stand.
    fn stands(&self, need: usize) -> i64 {
        let parts = self.scene.parts_of(need).iter();
        parts.map(|&part| self.worth(part)).sum()
    }

    /// Lets substitutes stand for so much of a need, the preferred first.
    fn stand_in(&mut self, need: usize, target: i64) {
        let parts = self.scene.parts_of(need);
        let mut stands = self.stands(need);
        for &part in parts {
            let Some(rate) = self.scene.rate(part).filter(|_| stands < target) else {
                continue;
            };
            let before = self.worth(part);
            let more = rate.takes(before + target - stands) - self.units[part];
            if self.give(part, more) < more {
                let odd = self.units[part] - rate.takes(self.worth(part));
                self.take_back(part, odd);
            }
            stands += self.worth(part) - before;
        }
    }
}
