//! How many loads there are at least.
//!
//! **Invariant.** What is counted is in every best answer: the loads that are forced, and for needs
//! that could share no other load, the fewest others that each must have because the forced ones
//! cannot carry all it is sure to get.

use std::collections::BTreeMap;

use super::{Load, Solved};
use crate::dispatch::planner::{flow::Arc, network::Meaning};

/// A need that the forced loads cannot serve.
struct Want {
    /// How many others it must have.
    fewest: usize,
    /// Which they could be, in order.
    others: Vec<Load>,
}

/// What the loads to one need can carry.
#[derive(Default)]
struct Room {
    forced: i64,
    others: BTreeMap<Load, i64>,
}

pub(super) fn fewest(items: &[Solved], forced: &[bool]) -> i128 {
    let mut wants: Vec<Want> = items.iter().flat_map(|item| wants(item, forced)).collect();
    // Who could use few others stands in the way of few.
    wants.sort_by(|one, other| {
        let key = |want: &Want| (want.others.len().div_ceil(want.fewest), want.others.len());
        (key(one), &one.others).cmp(&(key(other), &other.others))
    });
    let mut is_counted = vec![false; forced.len()];
    let mut more = 0;
    for want in wants {
        if want.others.iter().any(|&load| is_counted[load as usize]) {
            continue;
        }
        more += want.fewest;
        for load in want.others {
            is_counted[load as usize] = true;
        }
    }
    (forced.iter().filter(|forced| **forced).count() + more) as i128
}

fn wants(item: &Solved, forced: &[bool]) -> Vec<Want> {
    let mut rooms: BTreeMap<usize, Room> = BTreeMap::new();
    for share in &item.settled {
        rooms.entry(share.need).or_default().forced += share.units;
    }
    let arcs = item.face.iter().flat_map(|face| {
        let units = |arc| face.simplex.capacity(Arc::number(arc));
        let arcs = face.arcs.iter().zip(&face.loads).enumerate();
        arcs.map(move |(arc, (meaning, load))| (units(arc), meaning, load))
    });
    for (units, meaning, load) in arcs {
        let (&Meaning::Send { need, .. }, &Some(load)) = (meaning, load) else {
            continue;
        };
        let room = rooms.entry(need).or_default();
        let entry = if forced[load as usize] {
            &mut room.forced
        } else {
            room.others.entry(load).or_default()
        };
        *entry = entry.saturating_add(units);
    }
    let wants = item.sure.iter().filter_map(|&(need, sure)| {
        let room = rooms.remove(&need)?;
        let mut rest = sure - room.forced;
        let mut largest: Vec<i64> = room.others.values().copied().collect();
        largest.sort_unstable_by(|one, other| other.cmp(one));
        let needed = largest.iter().take_while(|&&units| {
            let is_needed = rest > 0;
            rest = rest.saturating_sub(units);
            is_needed
        });
        let want = Want {
            fewest: needed.count(),
            others: room.others.into_keys().collect(),
        };
        (want.fewest > 0).then_some(want)
    });
    wants.collect()
}
