//! Who gets how much from which depot, before it is said of which lot.
//!
//! **Invariant.** There is one share for a need and a depot, and shares stand by need and depot.
//! [`give`] can always serve them from the shelves: who makes shares sees to that.

use super::{
    flow::{Network, Node, Simplex},
    keep::keep,
    scene::Scene,
    shelf::{Row, Shelf},
};

/// What a need gets from a depot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Share {
    pub(super) need: usize,
    pub(super) depot: usize,
    pub(super) units: i64,
}

impl Share {
    /// In order; a need that gets goods of one depot from two heaps gets them from that depot once.
    pub(super) fn join(shares: &mut Vec<Self>) {
        shares.sort_unstable();
        shares.dedup_by(|one, kept| {
            let same = (one.need, one.depot) == (kept.need, kept.depot);
            if same {
                kept.units += one.units;
            }
            same
        });
    }
}

/// Takes the shares from the shelves: what orders stand for from the rows that they name, the rest
/// first expired first.
pub(super) fn give(scene: &mut Scene<'_>, shares: &[Share]) {
    let mut by_shelf: Vec<(usize, usize, Share)> = shares
        .iter()
        .filter_map(|share| {
            let item = scene.item_number(share.need);
            let shelf = scene.items[item].shelf_number(share.depot)?;
            Some((item, shelf, *share))
        })
        .collect();
    by_shelf.sort_unstable();
    for of_shelf in by_shelf.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
        let (item, shelf, _) = of_shelf[0];
        let shares: Vec<Share> = of_shelf.iter().map(|&(_, _, share)| share).collect();
        let full = scene.items[item].shelves[shelf].clone();
        scene.items[item].shelves[shelf] = serve(scene, full, &shares);
    }
}

fn serve(scene: &Scene<'_>, mut shelf: Shelf, shares: &[Share]) -> Shelf {
    let rest = keep(scene, &mut shelf, shares);
    let shares = rest.as_slice();
    let packs = scene.input.policy.prefer_whole_packs;
    if !shelf.is_bound() {
        for share in shares {
            shelf.take(share.need, share.units, packs, |_| true);
        }
        return shelf;
    }
    let split = split(scene, &shelf, shares);
    if packs {
        // Rows that the same needs may use are one heap; how much of each heap a need gets is
        // settled, of which rows is open to whole packs.
        let heap = |row: &Row| -> Vec<bool> {
            let may = |share: &Share| row.permits(&scene.site(share.need).purpose);
            shares.iter().map(may).collect()
        };
        let heaps: Vec<_> = shelf.rows.iter().map(heap).collect();
        let mut seen: Vec<&Vec<bool>> = Vec::new();
        for of_heap in &heaps {
            if seen.contains(&of_heap) {
                continue;
            }
            seen.push(of_heap);
            for (share, units) in shares.iter().zip(&split) {
                let in_heap = heaps.iter().zip(units).filter(|(heap, _)| *heap == of_heap);
                let wanted: i64 = in_heap.map(|(_, units)| units).sum();
                shelf.take(share.need, wanted, true, |row| heap(row) == *of_heap);
            }
        }
        return shelf;
    }
    for (share, units) in shares.iter().zip(split) {
        shelf.give(share.need, &units);
    }
    shelf
}

/// How much each share takes of each row, so that what expires first leaves first although some
/// rows may serve only some needs.
///
/// A row's cost is its place in the order. What rows can give together is a polymatroid, and on one
/// of those any costs in that order pick the same: the first row gives all it can, and so on.
fn split(scene: &Scene<'_>, shelf: &Shelf, shares: &[Share]) -> Vec<Vec<i64>> {
    let mut network = Network::default();
    let total: i64 = shares.iter().map(|share| share.units).sum();
    let source = network.node(total);
    let rows: Vec<Node> = shelf.rows.iter().map(|_| network.node(0)).collect();
    for (row, &node) in shelf.rows.iter().zip(&rows) {
        network.arc(source, node, row.left);
    }
    let arcs: Vec<Vec<_>> = shares
        .iter()
        .map(|share| {
            let need = network.node(-share.units);
            let purpose = &scene.site(share.need).purpose;
            shelf
                .rows
                .iter()
                .zip(&rows)
                .map(|(row, &node)| {
                    row.permits(purpose)
                        .then(|| network.arc(node, need, share.units))
                })
                .collect()
        })
        .collect();
    let Ok(mut simplex) = Simplex::start(network) else {
        // Shares can be served; if ever they could not, nothing is promised that is not there.
        return vec![vec![0; shelf.rows.len()]; shares.len()];
    };
    simplex.minimise(|arc| {
        if arc.at() < rows.len() {
            arc.at() as i64
        } else {
            0
        }
    });
    arcs.iter()
        .map(|arcs| {
            arcs.iter()
                .map(|arc| arc.map_or(0, |arc| simplex.flow(arc)))
                .collect()
        })
        .collect()
}
