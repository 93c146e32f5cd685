//! What no plan can undercut, whatever stands for what.
//!
//! **Invariant.** Each bound holds for all plans that are as good by the yardsticks before, whichever
//! substitutes they choose: it comes from what shelves can give at most, and not from the plan. People
//! and vehicles are not looked at, which leaves a bound valid and only makes it weaker.
//!
//! Goods of an item can stand for no more than what all that lies there is worth if those take it first
//! for whom it is worth most; needs that accept nothing else get no more than their item has for them;
//! and no need gets more than it wants. What is left of all needs then is missing in every plan. Pieces
//! that stand for no whole unit are counted there as the fractions that they are.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    pipes::Pipes,
    split::{items_concerned, pipes},
};
use crate::{
    dispatch::planner::{
        measure::{Values, Yardstick},
        scene::Scene,
        share::Share,
        shelf::Shelf,
    },
    incidents::Priority,
};

const CLASSES: [Priority; 3] = [Priority::FIRST, Priority::SECOND, Priority::LAST];

/// The bounds of what is missing and of what is substituted, for a plan that comes to `values`.
///
/// `alone` is what is best for items that no substitute joins, if nothing else joins them either.
pub(super) fn of(
    scene: &Scene<'_>,
    values: &Values,
    alone: Option<&[Share]>,
) -> BTreeMap<Yardstick, i128> {
    let limits = Limits::of(scene, alone);
    let (mut bounds, mut before) = (BTreeMap::new(), 0);
    for class in CLASSES {
        let yardstick = Yardstick::Missing(class);
        let proven = limits.missing_up_to(class) - before;
        before += values.get(yardstick);
        if values.yardsticks().any(|it| it == yardstick) {
            bounds.insert(yardstick, proven.max(0));
        }
    }
    // What is answered in all is settled by what is missing, and so much of it the items can be.
    let substituted = limits.wanted(Priority::LAST) - before - limits.themselves();
    bounds.insert(Yardstick::Substituted, substituted.max(0));
    bounds
}

struct Limits<'a> {
    scene: &'a Scene<'a>,
    pipes: BTreeMap<usize, Pipes>,
    /// Items that substitutes join.
    families: Vec<BTreeSet<usize>>,
    /// By class, what is missing at least of the items that none joins.
    others: BTreeMap<Priority, i128>,
}

impl<'a> Limits<'a> {
    fn of(scene: &'a Scene<'a>, alone: Option<&[Share]>) -> Self {
        let pipes = pipes(scene);
        let families = families(scene);
        let mut others: BTreeMap<Priority, i128> = BTreeMap::new();
        for class in CLASSES {
            let items = (0..scene.items.len()).filter(|item| !pipes.contains_key(item));
            let missing = items.map(|item| missing_of(scene, item, class, alone));
            others.insert(class, missing.sum());
        }
        Self {
            scene,
            pipes,
            families,
            others,
        }
    }

    /// What all needs up to a class want.
    fn wanted(&self, class: Priority) -> i128 {
        let scene = self.scene;
        let wholes = scene.wholes();
        wholes
            .filter(|&need| scene.needs[need].priority <= class)
            .map(|need| i128::from(scene.needs[need].quantity.get()))
            .sum()
    }

    /// What needs up to a class miss at least.
    fn missing_up_to(&self, class: Priority) -> i128 {
        let of_families = self.families.iter().map(|family| {
            let (wanted, answered) = self.of_family(family, class);
            (wanted - answered).max(0)
        });
        of_families.sum::<i128>() + self.others[&class]
    }

    /// What a family's needs up to a class want, and how much of that anything can answer at most.
    fn of_family(&self, family: &BTreeSet<usize>, class: Priority) -> (i128, i128) {
        let scene = self.scene;
        let (mut wanted, mut may_choose, mut worth, mut choosy) = (0, 0, 0, 0);
        for &item in family {
            let needs = self.needs(item, class);
            worth += self.worth(item, &needs);
            let wholes = needs.iter().filter(|&&need| scene.rate(need).is_none());
            let (choosing, others): (Vec<usize>, Vec<usize>) =
                wholes.partition(|&&need| !scene.parts_of(need).is_empty());
            let units = |needs: &[usize]| -> i128 {
                let units = needs.iter().map(|&need| scene.needs[need].quantity.get());
                units.map(i128::from).sum()
            };
            wanted += units(&choosing) + units(&others);
            may_choose += units(&choosing);
            choosy += self.worth(item, &others);
        }
        (wanted, worth.min(choosy + may_choose))
    }

    /// How much of the items concerned goes to needs that want them at most.
    fn themselves(&self) -> i128 {
        let scene = self.scene;
        let of_items = self.pipes.keys().map(|&item| {
            let mut needs = self.needs(item, Priority::LAST);
            needs.retain(|&need| scene.rate(need).is_none());
            self.worth(item, &needs)
        });
        let others = scene.wholes();
        let others = others.filter(|&need| !self.pipes.contains_key(&scene.item_number(need)));
        let others = others.map(|need| i128::from(scene.needs[need].quantity.get()));
        of_items.sum::<i128>() + others.sum::<i128>() - self.others[&Priority::LAST]
    }

    fn needs(&self, item: usize, class: Priority) -> Vec<usize> {
        let scene = self.scene;
        let is_meant =
            |need: &usize| scene.item_number(*need) == item && scene.needs[*need].priority <= class;
        (0..scene.needs.len()).filter(is_meant).collect()
    }

    /// For how many units goods of an item stand at most, if these needs may have them.
    fn worth(&self, item: usize, needs: &[usize]) -> i128 {
        let scene = self.scene;
        let Some(mut pipes) = self.pipes.get(&item).cloned() else {
            return 0;
        };
        let ratio = |need: usize| {
            let rate = scene.rate(need);
            rate.map_or((1, 1), |rate| (rate.stand_for(), rate.units()))
        };
        let mut needs = needs.to_vec();
        needs.sort_by(|&one, &other| {
            let ((one_for, one_of), (other_for, other_of)) = (ratio(one), ratio(other));
            (other_for * one_of).cmp(&(one_for * other_of))
        });
        let mut sum = Fraction { over: 0, under: 1 };
        for need in needs {
            let units = pipes.give(need, scene.needs[need].quantity.get());
            let (stand_for, of) = ratio(need);
            sum.add(i128::from(units) * i128::from(stand_for), i128::from(of));
        }
        sum.over.div_euclid(sum.under)
    }
}

/// A sum of parts of units. One that is too fine to be counted is rounded up, so that it stays a bound.
struct Fraction {
    over: i128,
    under: i128,
}

impl Fraction {
    fn add(&mut self, over: i128, under: i128) {
        const FINEST: i128 = 1_000_000_000_000_000;
        if self.under % under != 0 {
            if self.under * under > FINEST {
                *self = Self {
                    over: (self.over + self.under - 1).div_euclid(self.under),
                    under: 1,
                };
            }
            self.over *= under;
            self.under *= under;
        }
        self.over += over * (self.under / under);
    }
}

/// Items that a chain of needs with substitutes joins.
fn families(scene: &Scene<'_>) -> Vec<BTreeSet<usize>> {
    let mut families: Vec<BTreeSet<usize>> = Vec::new();
    for item in items_concerned(scene) {
        families.push(BTreeSet::from([item]));
    }
    for whole in scene.wholes() {
        let mut joined: BTreeSet<usize> = (scene.parts_of(whole).iter())
            .map(|&part| scene.item_number(part))
            .collect();
        if joined.is_empty() {
            continue;
        }
        joined.insert(scene.item_number(whole));
        families.retain(|family| {
            let is_joined = !family.is_disjoint(&joined);
            if is_joined {
                joined.extend(family);
            }
            !is_joined
        });
        families.push(joined);
    }
    families
}

/// What needs for an item up to a class miss at least, if nothing may go instead.
fn missing_of(scene: &Scene<'_>, item: usize, class: Priority, alone: Option<&[Share]>) -> i128 {
    let is_meant =
        |need: usize| scene.item_number(need) == item && scene.needs[need].priority <= class;
    let wholes = scene.wholes().filter(|&need| is_meant(need));
    let wanted: i128 = wholes
        .map(|need| i128::from(scene.needs[need].quantity.get()))
        .sum();
    let there: i128 = match alone {
        Some(shares) => {
            let of_item = shares.iter().filter(|share| is_meant(share.need));
            of_item.map(|share| i128::from(share.units)).sum()
        }
        None => {
            let shelves = scene.items[item].shelves.iter();
            shelves.map(Shelf::spared).map(i128::from).sum()
        }
    };
    (wanted - there).max(0)
}
