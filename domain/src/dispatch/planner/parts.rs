//! Needs, and the parts of them that substitutes answer.
//!
//! **Invariant.** A part is a need of its own for the substitute, at the same place, as urgent and by the
//! same time; the need that it is a part of is the whole. What a part gets counts for its whole in whole
//! units, at its rate, and never for more than the whole misses. How much is wanted of each at present
//! is [`Scene::want`]'s to say; without substitutes it is what was asked for.

use std::collections::BTreeMap;

use super::{PlanNeed, scene::Scene};
use crate::incidents::{Priority, SubstituteRate};

/// What each need of a scene is to the others.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Of each need the whole, and at which rate it stands for that; a whole is its own.
    roles: Vec<(usize, Option<SubstituteRate>)>,
    /// The parts of each whole, the preferred first.
    of_whole: Vec<Vec<usize>>,
    /// How much of each is wanted now.
    wanted: Vec<i64>,
    /// Whether another whole of the same class wants the same item.
    shares_class: Vec<bool>,
    any: bool,
}

/// What goods come to that needs get.
pub(super) struct Answered {
    /// Of each whole, from itself and its parts.
    pub(super) in_all: Vec<i64>,
    /// For how much of its whole each part stands.
    pub(super) stands_for: Vec<i64>,
}

impl Parts {
    /// Needs that are all wholes.
    pub(super) fn none(needs: &[&PlanNeed], item_of_need: &[usize]) -> Self {
        let mut parts = Self {
            roles: (0..needs.len()).map(|need| (need, None)).collect(),
            of_whole: vec![Vec::new(); needs.len()],
            wanted: needs.iter().map(|need| need.quantity.get()).collect(),
            shares_class: Vec::new(),
            any: false,
        };
        parts.count_classes(needs, item_of_need);
        parts
    }

    fn count_classes(&mut self, needs: &[&PlanNeed], item_of_need: &[usize]) {
        let mut many: BTreeMap<(usize, Priority), usize> = BTreeMap::new();
        let class = |need: usize| (item_of_need[need], needs[need].priority);
        for need in (0..needs.len()).filter(|&need| self.roles[need].1.is_none()) {
            *many.entry(class(need)).or_default() += 1;
        }
        let shares = |need: usize| {
            let is_whole = self.roles[need].1.is_none();
            is_whole && many.get(&class(need)).is_some_and(|many| *many > 1)
        };
        self.shares_class = (0..needs.len()).map(shares).collect();
    }
}

impl Scene<'_> {
    /// Makes the needs with these places parts of others: the whole of each, and its rate.
    pub(super) fn join_parts(&mut self, roles: Vec<(usize, Option<SubstituteRate>)>) {
        for (need, &(whole, rate)) in roles.iter().enumerate() {
            if rate.is_some() {
                self.parts.of_whole[whole].push(need);
                self.parts.any = true;
            }
        }
        self.parts.roles = roles;
        let item_of_need: Vec<usize> = (0..self.needs.len())
            .map(|need| self.item_number(need))
            .collect();
        self.parts.count_classes(&self.needs, &item_of_need);
    }

    /// From now on so much is wanted of each need, and no more.
    pub(super) fn want(&mut self, wanted: Vec<i64>) {
        for item in &mut self.items {
            item.needs.clear();
        }
        for (need, _) in wanted.iter().enumerate().filter(|(_, units)| **units > 0) {
            let item = self.item_number(need);
            self.items[item].needs.push(need);
        }
        self.parts.wanted = wanted;
    }

    /// How much of it is wanted now.
    pub(super) fn wanted(&self, need: usize) -> i64 {
        self.parts.wanted[need]
    }

    /// From where to where in a need the units stand that are wanted now: what its parts are to answer
    /// fills a whole first.
    pub(super) fn span(&self, need: usize) -> (i64, i64) {
        let wanted = self.wanted(need);
        match self.rate(need) {
            None => {
                let whole = self.needs[need].quantity.get();
                (whole - wanted, whole)
            }
            Some(_) => (0, wanted),
        }
    }

    /// The need that it is a part of, or itself.
    pub(super) fn whole(&self, need: usize) -> usize {
        self.parts.roles[need].0
    }

    /// At which rate it stands for its whole, if it is a part.
    pub(super) fn rate(&self, need: usize) -> Option<SubstituteRate> {
        self.parts.roles[need].1
    }

    /// All needs that are no parts, in order.
    pub(super) fn wholes(&self) -> impl Iterator<Item = usize> {
        (0..self.needs.len()).filter(|&need| self.rate(need).is_none())
    }

    /// The parts of a whole, the preferred first.
    pub(super) fn parts_of(&self, whole: usize) -> &[usize] {
        &self.parts.of_whole[whole]
    }

    /// Whether anything may go in the place of anything.
    pub(super) fn has_parts(&self) -> bool {
        self.parts.any
    }

    /// Whether another need of the same class wants the same item for itself.
    pub(super) fn shares_its_class(&self, need: usize) -> bool {
        self.parts.shares_class[need]
    }

    /// What it comes to if each need gets so much.
    pub(super) fn answered(&self, got: &[i64]) -> Answered {
        let mut answered = Answered {
            in_all: vec![0; got.len()],
            stands_for: vec![0; got.len()],
        };
        for whole in self.wholes() {
            let wanted = self.needs[whole].quantity.get();
            let mut in_all = got[whole];
            for &part in self.parts_of(whole) {
                let worth = self.rate(part).map_or(0, |rate| rate.worth(got[part]));
                let stands_for = worth.min((wanted - in_all).max(0));
                answered.stands_for[part] = stands_for;
                in_all += stands_for;
            }
            answered.in_all[whole] = in_all;
        }
        answered
    }
}
