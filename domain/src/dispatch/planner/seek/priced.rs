//! The best answer of one item where goods cost what the caller says.

use super::{OFFERED_AT_FIRST, Seen};
use crate::dispatch::planner::{
    flow::Arc,
    network::{ItemNetwork, Meaning},
    share::Share,
};

impl ItemNetwork<'_> {
    /// Moves to an answer of least cost, of all there are: every way is looked at, because prices
    /// keep to no order.
    pub(in crate::dispatch::planner) fn respond(&mut self, cost: impl Fn(&Meaning) -> i64) {
        let mut offered_at_once = OFFERED_AT_FIRST;
        loop {
            let arcs = &self.arcs;
            self.simplex.approach(|arc| cost(&arcs[arc.at()]));
            let mut any = false;
            for place in 0..self.seekers.len() {
                any |= self.offer_what_pays(place, offered_at_once, &cost);
            }
            if !any {
                return;
            }
            offered_at_once *= 2;
        }
    }

    fn offer_what_pays(
        &mut self,
        place: usize,
        most: usize,
        cost: &impl Fn(&Meaning) -> i64,
    ) -> bool {
        let need = self.seekers[place].node;
        let worth = self.simplex.worths()[need.at()];
        let mut offered = 0;
        for way in 0.. {
            let Some(seen) = self.seen(place, way) else {
                break;
            };
            if !seen.is_offered && self.pays(place, &seen, worth, cost) {
                self.offer(place, way, |_| true);
                offered += 1;
                if offered == most {
                    break;
                }
            }
        }
        offered > 0
    }

    fn pays(&self, place: usize, seen: &Seen, worth: i64, cost: &impl Fn(&Meaning) -> i64) -> bool {
        cost(&seen.meaning).saturating_add(self.rent(place, seen.shelf)) < worth
    }

    /// What its arcs carry now.
    pub(in crate::dispatch::planner) fn flows(&self) -> impl Iterator<Item = (&Meaning, i64)> {
        let arcs = self.arcs.iter().enumerate();
        let flows = arcs.map(|(arc, meaning)| (meaning, self.simplex.flow(Arc::number(arc))));
        flows.filter(|(_, units)| *units > 0)
    }

    /// Who gets how much from where, as it is now: one share for a need and a depot.
    pub(in crate::dispatch::planner) fn shares(&self) -> Vec<Share> {
        let sent = self.flows().filter_map(|(meaning, units)| match *meaning {
            Meaning::Send { need, depot, .. } => Some(Share { need, depot, units }),
            _ => None,
        });
        let mut shares: Vec<Share> = sent.collect();
        Share::join(&mut shares);
        shares
    }
}
