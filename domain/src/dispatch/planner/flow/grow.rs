//! A network that grows while it is solved, so that only arcs are made that could be worth anything.
//!
//! **Invariant.** At every moment the flow serves everybody and the tree is as the simplex wants it:
//! a new node hangs by an arc that could carry more, and a new arc is empty or full. So nothing has
//! to be found again when something is added.

use super::{
    Network, Node, UNITS_MAX, index,
    simplex::{EMPTY, FULL, IN_TREE, Simplex},
    tree::{Link, Tree},
};

impl Simplex {
    /// A root and nothing that hangs on it.
    pub(in crate::dispatch) fn plant() -> (Self, Node) {
        let mut network = Network::default();
        let root = network.node(0);
        let planted = Self {
            emergencies: 0,
            flow: Vec::new(),
            standing: Vec::new(),
            tree: Tree::new(1),
            root: root.0,
            cost: Vec::new(),
            worth: vec![0],
            open: Vec::new(),
            cursor: 0,
            network,
        };
        (planted, root)
    }

    /// Hangs a new node on another, by an arc that carries what the node demands and could carry
    /// more. The other supplies it.
    pub(in crate::dispatch) fn hang(&mut self, parent: Node, demand: i64, capacity: i64) -> Node {
        let node = self.network.node(-demand);
        self.network.supply[parent.0 as usize] += demand;
        let capacity = capacity.clamp(demand + 1, UNITS_MAX);
        let arc = index(self.flow.len());
        self.add(parent, node, capacity, demand, IN_TREE);
        self.worth.push(self.worth[parent.0 as usize]);
        self.tree.grow(Link {
            parent: parent.0,
            arc,
            leads_up: false,
        });
        node
    }

    /// Adds an arc that carries nothing.
    pub(in crate::dispatch) fn offer(&mut self, from: Node, to: Node, capacity: i64) {
        self.add(from, to, capacity, 0, EMPTY);
    }

    /// Adds an arc that carries all it can; its ends supply and demand that much more.
    pub(in crate::dispatch) fn fill(&mut self, from: Node, to: Node, units: i64) {
        self.network.supply[from.0 as usize] += units;
        self.network.supply[to.0 as usize] -= units;
        self.add(from, to, units, units, FULL);
    }

    fn add(&mut self, from: Node, to: Node, capacity: i64, flow: i64, standing: i8) {
        self.network.arc(from, to, capacity);
        self.open.push(index(self.flow.len()));
        self.flow.push(flow);
        self.standing.push(standing);
        self.cost.push(0);
    }
}
