//! Which rows go as orders stand.
//!
//! **Invariant.** As much as can be goes as the orders say, without taking from a share what only
//! those rows could give it; of what cannot, approved lines give way last, and then what expires
//! first stays.

use super::{
    flow::{Arc, Network, Node, Simplex},
    scene::Scene,
    share::Share,
    shelf::Shelf,
    standing::Place,
};

/// What goods on an arc are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Goods {
    /// They leave the row that stands there among the shelf's.
    OfRow(usize),
    /// They go otherwise than orders stand.
    Otherwise,
    /// They go as an order stands.
    AsOrdered {
        share: usize,
        row: usize,
        is_approved: bool,
    },
}

/// Gives to the shares what orders stand for; what is left of them comes from any row.
pub(super) fn keep(scene: &Scene<'_>, shelf: &mut Shelf, shares: &[Share]) -> Vec<Share> {
    let could = |share: &Share| scene.standing.could(share.need, share.depot);
    if shares.iter().all(|share| could(share) == 0) {
        return shares.to_vec();
    }
    let kept = kept(scene, shelf, shares);
    let mut rest = Vec::with_capacity(shares.len());
    for (share, of_rows) in shares.iter().zip(kept) {
        shelf.keep(share.need, &of_rows);
        let units = share.units - of_rows.iter().sum::<i64>();
        if units > 0 {
            rest.push(Share { units, ..*share });
        }
    }
    rest
}

/// How much of each row each share has as orders stand.
fn kept(scene: &Scene<'_>, shelf: &Shelf, shares: &[Share]) -> Vec<Vec<i64>> {
    let mut kept = vec![vec![0; shelf.rows.len()]; shares.len()];
    let (network, arcs) = network(scene, shelf, shares);
    let Ok(mut simplex) = Simplex::start(network) else {
        // Shares can be served; if ever they could not, nothing is promised that is not there.
        return kept;
    };
    simplex.minimise(|arc| i64::from(arcs[arc.at()] == Goods::Otherwise));
    simplex.minimise(|arc| {
        let goods = arcs[arc.at()];
        i64::from(matches!(
            goods,
            Goods::AsOrdered {
                is_approved: false,
                ..
            }
        ))
    });
    simplex.minimise(|arc| match arcs[arc.at()] {
        Goods::OfRow(row) | Goods::AsOrdered { row, .. } => row as i64,
        Goods::Otherwise => 0,
    });
    for (number, goods) in arcs.into_iter().enumerate() {
        if let Goods::AsOrdered { share, row, .. } = goods {
            kept[share][row] += simplex.flow(Arc::number(number));
        }
    }
    kept
}

fn network(scene: &Scene<'_>, shelf: &Shelf, shares: &[Share]) -> (Network, Vec<Goods>) {
    let (mut network, mut arcs) = (Network::default(), Vec::new());
    let source = network.node(shares.iter().map(|share| share.units).sum());
    let rows: Vec<Node> = shelf.rows.iter().map(|_| network.node(0)).collect();
    for (row, &node) in rows.iter().enumerate() {
        network.arc(source, node, shelf.rows[row].left);
        arcs.push(Goods::OfRow(row));
    }
    let needs: Vec<Node> = (shares.iter())
        .map(|share| network.node(-share.units))
        .collect();
    for (share, &need) in shares.iter().zip(&needs) {
        let purpose = &scene.site(share.need).purpose;
        for (row, &node) in shelf.rows.iter().zip(&rows) {
            if row.permits(purpose) {
                network.arc(node, need, share.units);
                arcs.push(Goods::Otherwise);
            }
        }
    }
    for line in &scene.standing.lines {
        let Ok(Place { need, depot, row }) = line.place else {
            continue;
        };
        let share = shares
            .iter()
            .position(|share| (share.need, share.depot) == (need, depot));
        if let Some(share) = share.filter(|_| line.could > 0) {
            network.arc(rows[row], needs[share], line.could);
            arcs.push(Goods::AsOrdered {
                share,
                row,
                is_approved: line.said.is_approved,
            });
        }
    }
    (network, arcs)
}
