//! Which sources to open, where opening costs.
//!
//! **Invariant.** The bound is the least that any choice still open could cost, so what is answered
//! is the optimum or says how far from it it may be. Doors that stand ajar pay their opening by the
//! unit, which is never more than what opening costs; so such a flow is a bound, and opening
//! whatever it uses is an answer.

use std::collections::BTreeMap;

use super::{Found, Sent, Transport, TransportPlan};

/// How many choices are looked at: a limit of work and not of time, so that the same problem has the
/// same answer on every machine.
const CHOICES_MAX: usize = 3_000;

/// How a source stands in a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// It is paid for.
    Open,
    /// It sends nothing.
    Shut,
    /// It may send, and pays by the unit.
    Ajar,
}

/// A choice and its best flow.
struct Choice {
    doors: Vec<Door>,
    found: Found,
}

/// Branch and bound, the least bound first.
pub(super) fn solve(problem: &Transport) -> TransportPlan {
    let closed = |cost: i64| if cost == 0 { Door::Open } else { Door::Ajar };
    let sources = problem.sources.iter();
    let mut next = vec![
        sources
            .map(|it| closed(it.opening_cost))
            .collect::<Vec<_>>(),
    ];
    let mut best: Option<((i128, i128), Sending)> = None;
    // What misses least comes first, then what costs least; the number tells equals apart.
    let mut open: BTreeMap<(i128, i128, usize), Choice> = BTreeMap::new();
    let mut looked_at = 0;
    loop {
        for doors in next.drain(..) {
            looked_at += 1;
            let Ok(found) = problem.flow(&doors) else {
                continue;
            };
            let choice = Choice { doors, found };
            let whole = (choice.found.missed, choice.paid(problem));
            if best.as_ref().is_none_or(|(least, _)| whole < *least) {
                best = Some((whole, choice.found.sending()));
            }
            let bound = choice.bound(problem);
            open.insert((choice.found.missed, bound, looked_at), choice);
        }
        let Some((((missed, cost), sending), first)) = best.take().map(|it| (it, open.pop_first()))
        else {
            return problem.nothing();
        };
        let answer = |bound| TransportPlan {
            sent: sending.0.clone(),
            missing: sending.1.clone(),
            cost,
            bound,
        };
        let Some(((missed_at_least, bound, _), choice)) = first else {
            return answer(cost);
        };
        if (missed_at_least, bound) >= (missed, cost) {
            return answer(cost);
        }
        if looked_at >= CHOICES_MAX {
            return answer(bound);
        }
        next.extend(choice.branches(problem));
        best = Some(((missed, cost), sending));
    }
}

/// Who sends what to whom, and what each site misses.
type Sending = (Vec<Sent>, Vec<i64>);

impl Choice {
    /// What it costs if every source that sends is opened.
    fn paid(&self, problem: &Transport) -> i128 {
        let ways = self.found.sent.iter().map(|sent| {
            let way = problem.ways[sent.source][sent.site];
            i128::from(sent.units) * i128::from(way.map_or(0, |way| way.cost))
        });
        let mut senders: Vec<usize> = self.found.sent.iter().map(|sent| sent.source).collect();
        senders.dedup();
        let opening = senders
            .into_iter()
            .map(|source| i128::from(problem.sources[source].opening_cost));
        ways.sum::<i128>() + opening.sum::<i128>()
    }

    /// What no choice with these doors can undercut. A door that was opened is paid even if nothing
    /// goes through it.
    fn bound(&self, problem: &Transport) -> i128 {
        let doors = self.doors.iter().zip(&problem.sources);
        let opened = doors
            .filter(|(door, _)| **door == Door::Open)
            .map(|(_, source)| i128::from(source.opening_cost));
        self.found.cost + opened.sum::<i128>()
    }

    /// The same with the door open and shut that has paid least of what opening costs; nothing if
    /// every door that is used is paid for.
    fn branches(self, problem: &Transport) -> Vec<Vec<Door>> {
        let mut used = vec![0_i64; self.doors.len()];
        for sent in &self.found.sent {
            used[sent.source] += sent.units;
        }
        let owed = |source: usize| {
            let paid = i128::from(used[source]) * i128::from(problem.opening_share(source));
            i128::from(problem.sources[source].opening_cost) - paid
        };
        let torn = (0..used.len())
            .filter(|&source| self.doors[source] == Door::Ajar && used[source] > 0)
            .max_by_key(|&source| (owed(source), std::cmp::Reverse(source)))
            .filter(|&source| owed(source) > 0);
        let Some(torn) = torn else { return Vec::new() };
        [Door::Open, Door::Shut]
            .map(|stand| {
                let mut doors = self.doors.clone();
                doors[torn] = stand;
                doors
            })
            .into()
    }
}
