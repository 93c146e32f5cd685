//! What the yardsticks so far left open, cut out of the network.
//!
//! **Invariant.** The face stands where the simplex stood: the same tree, the same flow. What is not
//! in it is the same in every flow that is as good so far.

use super::{
    Arc, Network, Node, index,
    simplex::{IN_TREE, Simplex},
    tree::{Link, Tree},
};

impl Simplex {
    /// What is left open as a simplex of its own that serves what settled arcs do not, and the arc
    /// that each of its arcs was. `None` if there is only this one flow.
    ///
    /// A node on which but one open arc ends has no choice, so it and the arc are left out; and then
    /// the next one, where that was the second last.
    pub(in crate::dispatch) fn face(&mut self) -> Option<(Self, Vec<Arc>)> {
        let mut order = Vec::with_capacity(self.worth.len());
        self.tree
            .walk(self.root, |node, link| order.push((node, link)));
        let is_kept = self.nodes_with_a_choice(&order);
        let kept: Vec<usize> = (self.open.iter().map(|&arc| arc as usize))
            .filter(|&arc| {
                let ends = (self.network.from[arc], self.network.to[arc]);
                is_kept[ends.0 as usize] && is_kept[ends.1 as usize]
            })
            .collect();
        if kept.iter().all(|&arc| self.standing[arc] == IN_TREE) {
            return None;
        }
        let mut number_of = vec![u32::MAX; is_kept.len()];
        let mut network = Network::default();
        for &(node, _) in order.iter().filter(|it| is_kept[it.0 as usize]) {
            number_of[node as usize] = network.node(0).0;
        }
        let end = |node: u32| Node(number_of[node as usize]);
        for &arc in &kept {
            let (from, to) = (end(self.network.from[arc]), end(self.network.to[arc]));
            network.arc(from, to, self.network.capacity[arc]);
            // What the arcs carry is what is left to be served.
            network.supply[from.0 as usize] += self.flow[arc];
            network.supply[to.0 as usize] -= self.flow[arc];
        }
        let mut tree = Tree::new(network.supply.len());
        for &(node, link) in &order[1..] {
            if is_kept[node as usize] {
                let arc = index(kept.partition_point(|&arc| arc < link.arc as usize));
                let parent = number_of[link.parent as usize];
                tree.hang(
                    number_of[node as usize],
                    Link {
                        parent,
                        arc,
                        ..link
                    },
                );
            }
        }
        let arcs = kept.iter().map(|&arc| Arc(index(arc - self.emergencies)));
        let arcs = arcs.collect();
        let face = Self {
            emergencies: 0,
            flow: kept.iter().map(|&arc| self.flow[arc]).collect(),
            standing: kept.iter().map(|&arc| self.standing[arc]).collect(),
            tree,
            root: number_of[self.root as usize],
            cost: vec![0; kept.len()],
            worth: vec![0; network.supply.len()],
            open: (0..index(kept.len())).collect(),
            cursor: 0,
            network,
        };
        Some((face, arcs))
    }

    /// Which nodes are left if those with one open arc are taken away again and again. The last arc
    /// of a node is the one by which it hangs, so looking from below once is enough. The root stays.
    fn nodes_with_a_choice(&self, order: &[(u32, Link)]) -> Vec<bool> {
        let mut degree = vec![0_u32; self.worth.len()];
        for &arc in &self.open {
            degree[self.network.from[arc as usize] as usize] += 1;
            degree[self.network.to[arc as usize] as usize] += 1;
        }
        for &(node, link) in order[1..].iter().rev() {
            if degree[node as usize] == 1 {
                degree[node as usize] = 0;
                degree[link.parent as usize] -= 1;
            }
        }
        let is_root = |node: usize| node == self.root as usize;
        (degree.iter().enumerate())
            .map(|(node, &degree)| degree > 0 || is_root(node))
            .collect()
    }
}
