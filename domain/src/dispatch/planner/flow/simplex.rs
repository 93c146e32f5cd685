//! The network simplex.
//!
//! **Invariant.** The flow always serves everybody, and the arcs that are neither empty nor full
//! are in the tree. A tree arc without flow leads down and one that is full leads up, so that the
//! root could send one unit more to every node: such a basis never comes back, and the method ends.
//!
//! The *worth* of a node is what one unit more there would save. Carrying a unit over an arc loses
//! its cost and the worth where it starts, and gains the worth where it ends; the difference is the
//! arc's *price*. The flow is best when no arc that could carry more has a price below zero, and
//! none that could carry less has one above.

use super::{
    Arc, FlowError, Network, Tier, UNITS_MAX, index,
    tree::{Link, NOBODY, Tree},
};

/// Below this many arcs a block is not worth being a block.
const BLOCK_MIN: usize = 32;

/// Where an arc stands: the sign that turns its price into the gain of changing its flow.
pub(super) const EMPTY: i8 = 1;
pub(super) const FULL: i8 = -1;
pub(super) const IN_TREE: i8 = 0;

/// A flow that is best by all yardsticks so far.
#[derive(Debug, Clone)]
pub(in crate::dispatch) struct Simplex {
    pub(super) network: Network,
    /// How many emergency arcs stand before those of the caller.
    pub(super) emergencies: usize,
    pub(super) flow: Vec<i64>,
    pub(super) standing: Vec<i8>,
    pub(super) tree: Tree,
    pub(super) root: u32,
    pub(super) cost: Vec<i64>,
    pub(super) worth: Vec<i64>,
    /// The arcs whose flow is not settled yet, in order.
    pub(super) open: Vec<u32>,
    pub(super) cursor: usize,
}

/// The arc that leaves the tree, named by the node that it holds.
struct Leaving {
    node: u32,
    /// Whether it lies on the side of the entering arc's tail.
    on_tail_side: bool,
}

impl Simplex {
    /// Finds some flow that serves everybody.
    ///
    /// It begins with emergency arcs between every node and a root of their own, and drains them:
    /// that nobody uses them is the yardstick before all others.
    pub(in crate::dispatch) fn start(network: Network) -> Result<Self, FlowError> {
        network.check()?;
        let Network {
            mut supply,
            from,
            to,
            capacity,
        } = network;
        let (nodes, arcs) = (supply.len(), from.len());
        supply.push(0);
        let mut simplex = Self {
            emergencies: nodes,
            flow: Vec::with_capacity(nodes + arcs),
            standing: Vec::with_capacity(nodes + arcs),
            tree: Tree::new(nodes + 1),
            root: index(nodes),
            cost: vec![1; nodes],
            worth: vec![0; nodes + 1],
            open: (0..index(nodes + arcs)).collect(),
            cursor: 0,
            network: Network {
                supply,
                ..Network::default()
            },
        };
        for node in 0..index(nodes) {
            simplex.add_emergency_arc(node);
        }
        simplex.network.from.extend(from);
        simplex.network.to.extend(to);
        simplex.network.capacity.extend(capacity);
        simplex.flow.resize(nodes + arcs, 0);
        simplex.standing.resize(nodes + arcs, EMPTY);
        simplex.cost.resize(nodes + arcs, 0);
        // What is stranded goes over two of them, up and down.
        let stranded = simplex.improve().value / 2;
        if stranded > 0 {
            return Err(FlowError::Infeasible { stranded });
        }
        simplex.open.retain(|&arc| (arc as usize) >= nodes);
        Ok(simplex)
    }

    /// Moves to a flow of least cost among those that are best by the yardsticks so far, and settles
    /// nothing. Weights that come close to the yardsticks to come bring the flow close to where they
    /// will end, in one go; whatever the weights, what is found later is exact.
    ///
    /// Costs are bounded as in [`Simplex::minimise`].
    pub(in crate::dispatch) fn approach(&mut self, cost: impl Fn(Arc) -> i64) {
        self.charge(cost);
        self.pivot_while_it_gains();
    }

    /// Of all flows that are best by the yardsticks before, finds one of least cost by this one.
    ///
    /// Costs are the caller's to bound: their sum over any path must stay in `i64`.
    pub(in crate::dispatch) fn minimise(&mut self, cost: impl Fn(Arc) -> i64) -> Tier {
        self.charge(cost);
        if self.open.iter().all(|&arc| self.cost[arc as usize] == 0) {
            // The tree is open, so nobody is worth anything.
            self.worth.fill(0);
            let value = self.value();
            return Tier {
                value,
                bound: value,
            };
        }
        self.improve()
    }

    /// What an arc carries.
    pub(in crate::dispatch) fn flow(&self, arc: Arc) -> i64 {
        self.flow[self.place(arc)]
    }

    /// What an arc can carry.
    pub(in crate::dispatch) fn capacity(&self, arc: Arc) -> i64 {
        self.network.capacity[self.place(arc)]
    }

    /// What one unit more at each node would save, by what was charged last.
    pub(in crate::dispatch) fn worths(&self) -> &[i64] {
        &self.worth
    }

    /// Where an arc stands among all, the emergency ones included.
    pub(super) fn place(&self, arc: Arc) -> usize {
        self.emergencies + arc.at()
    }

    fn charge(&mut self, cost: impl Fn(Arc) -> i64) {
        let (emergencies, others) = self.cost.split_at_mut(self.emergencies);
        emergencies.fill(0);
        for (number, charged) in others.iter_mut().enumerate() {
            *charged = cost(Arc(index(number)));
        }
    }

    fn add_emergency_arc(&mut self, node: u32) {
        let units = self.network.supply[node as usize];
        let leads_up = units > 0;
        let ends = if leads_up {
            (node, self.root)
        } else {
            (self.root, node)
        };
        let arc = index(self.network.from.len());
        self.network.from.push(ends.0);
        self.network.to.push(ends.1);
        self.network.capacity.push(UNITS_MAX);
        self.flow.push(units.abs());
        self.standing.push(IN_TREE);
        let link = Link {
            parent: self.root,
            arc,
            leads_up,
        };
        self.tree.hang(node, link);
    }

    /// Changes the basis until no arc is worth changing, and settles what that proves.
    fn improve(&mut self) -> Tier {
        self.pivot_while_it_gains();
        let tier = Tier {
            value: self.value(),
            bound: self.bound(),
        };
        let mut open = std::mem::take(&mut self.open);
        open.retain(|&arc| self.price(arc as usize) == 0);
        self.open = open;
        self.cursor = 0;
        tier
    }

    fn pivot_while_it_gains(&mut self) {
        self.appraise();
        while let Some(arc) = self.entering() {
            self.pivot(arc);
        }
    }

    /// Works out the worth of every node from that of the root, which is nothing.
    fn appraise(&mut self) {
        let (worth, cost) = (&mut self.worth, &self.cost);
        self.tree.walk(self.root, |node, link| {
            worth[node as usize] = match (link.parent, link.leads_up) {
                (NOBODY, _) => 0,
                (parent, true) => worth[parent as usize] - cost[link.arc as usize],
                (parent, false) => worth[parent as usize] + cost[link.arc as usize],
            };
        });
    }

    pub(super) fn price(&self, arc: usize) -> i64 {
        let from = self.network.from[arc] as usize;
        let to = self.network.to[arc] as usize;
        self.cost[arc] + self.worth[from] - self.worth[to]
    }

    /// The arc that gains most in the first block that has one that gains anything.
    fn entering(&mut self) -> Option<usize> {
        let length = self.open.len();
        let block = length.isqrt().max(BLOCK_MIN);
        let mut best = (0, None);
        let mut looked_at = 0;
        while looked_at < length {
            let end = (self.cursor + block.min(length - looked_at)).min(length);
            for &arc in &self.open[self.cursor..end] {
                let arc = arc as usize;
                let gain = i64::from(self.standing[arc]) * self.price(arc);
                if gain < best.0 {
                    best = (gain, Some(arc));
                }
            }
            looked_at += end - self.cursor;
            self.cursor = if end == length { 0 } else { end };
            if best.1.is_some() {
                break;
            }
        }
        best.1
    }

    /// Sends as much as fits round the circle that the arc closes with the tree.
    fn pivot(&mut self, arc: usize) {
        let ends = (self.network.from[arc], self.network.to[arc]);
        let is_empty = self.standing[arc] == EMPTY;
        let (tail, head) = if is_empty { ends } else { (ends.1, ends.0) };
        let join = self.tree.join(tail, head);
        let (units, leaving) = self.room(arc, tail, head, join);
        if units > 0 {
            self.flow[arc] += if is_empty { units } else { -units };
            self.send(tail, join, units, false);
            self.send(head, join, units, true);
        }
        let Some(leaving) = leaving else {
            self.standing[arc] = -self.standing[arc];
            return;
        };
        let (node, parent) = if leaving.on_tail_side {
            (tail, head)
        } else {
            (head, tail)
        };
        let gone = self.tree.link(leaving.node).arc as usize;
        self.standing[gone] = if self.flow[gone] == 0 { EMPTY } else { FULL };
        self.standing[arc] = IN_TREE;
        // Everything in the branch that changes sides is worth as much more as its new holder says.
        let price = self.price(arc);
        let leads_up = self.network.from[arc] == node;
        let shift = if leads_up { -price } else { price };
        let link = Link {
            parent,
            arc: index(arc),
            leads_up,
        };
        self.tree.rehang(leaving.node, node, link);
        let worth = &mut self.worth;
        self.tree
            .walk(node, |below, _| worth[below as usize] += shift);
    }

    /// How much fits round the circle, and which tree arc stops it; none if it is the entering arc
    /// itself. Of several the first one on the way round from the join, which keeps the tree strongly
    /// feasible.
    fn room(&self, arc: usize, tail: u32, head: u32, join: u32) -> (i64, Option<Leaving>) {
        let mut least = self.network.capacity[arc];
        let mut leaving = None;
        let mut node = tail;
        while node != join {
            let link = self.tree.link(node);
            let room = self.room_on(link, false);
            if room <= least {
                least = room;
                leaving = Some(Leaving {
                    node,
                    on_tail_side: true,
                });
            }
            node = link.parent;
        }
        let mut node = head;
        while node != join {
            let link = self.tree.link(node);
            let room = self.room_on(link, true);
            if room < least {
                least = room;
                leaving = Some(Leaving {
                    node,
                    on_tail_side: false,
                });
            }
            node = link.parent;
        }
        (least, leaving)
    }

    fn room_on(&self, link: Link, upwards: bool) -> i64 {
        let arc = link.arc as usize;
        if link.leads_up == upwards {
            self.network.capacity[arc] - self.flow[arc]
        } else {
            self.flow[arc]
        }
    }

    fn send(&mut self, from: u32, join: u32, units: i64, upwards: bool) {
        let mut node = from;
        while node != join {
            let link = self.tree.link(node);
            let sign = if link.leads_up == upwards { 1 } else { -1 };
            self.flow[link.arc as usize] += sign * units;
            node = link.parent;
        }
    }

    fn value(&self) -> i128 {
        self.flow
            .iter()
            .zip(&self.cost)
            .filter(|(flow, _)| **flow != 0)
            .map(|(&flow, &cost)| i128::from(flow) * i128::from(cost))
            .sum()
    }

    /// The dual value: what everybody's supply is worth, less what full arcs would still gain.
    fn bound(&self) -> i128 {
        let supplies: i128 = self
            .network
            .supply
            .iter()
            .zip(&self.worth)
            .map(|(&units, &worth)| -i128::from(units) * i128::from(worth))
            .sum();
        // What is open can do no better than carry all where its price is below zero; what was
        // settled before carries what it carries, whatever its price.
        let mut open = self.open.iter().copied().peekable();
        let mut arcs = 0;
        for arc in 0..self.flow.len() {
            let is_open = open.next_if_eq(&index(arc)).is_some();
            let price = self.price(arc);
            let flow = match (is_open, price < 0) {
                (true, true) => self.network.capacity[arc],
                (true, false) => continue,
                (false, _) => self.flow[arc],
            };
            if flow != 0 {
                arcs += i128::from(price) * i128::from(flow);
            }
        }
        supplies + arcs
    }
}
