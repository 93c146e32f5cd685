//! Flows of least cost through a network: the one solver under every plan.
//!
//! A [`Network`] has nodes that supply or demand whole units and arcs that carry up to a capacity.
//! [`Simplex`] finds a flow that serves everybody, and of all those the one that is best by a first
//! yardstick, of all *those* the one that is best by a second, and so on ([`Simplex::minimise`]).
//! That is how a lexicographic aim is reached without large weights: what an earlier yardstick
//! settled is fixed, and only what it left open is looked at again.
//!
//! **Invariant.** Flows are whole, arithmetic is exact, and an answer is proven: [`Tier::bound`] is
//! computed from the worth of goods at the nodes and not from the flow, and no flow can undercut it.
//! The same network in the same order has the same answer. It knows nothing of depots and needs.
//!
//! Method: the primal network simplex (R. K. Ahuja, T. L. Magnanti, J. B. Orlin, *Network Flows*,
//! 1993, chapter 11) with block pricing and strongly feasible trees (W. H. Cunningham, *A network
//! simplex method*, 1976), which cannot run in circles.

mod face;
mod grow;
mod simplex;
mod tree;

#[cfg(test)]
mod tests;

pub(in crate::dispatch) use simplex::Simplex;

/// The most units that all supplies together may be, so that no sum of flows leaves `i64`.
pub(in crate::dispatch) const UNITS_MAX: i64 = i64::MAX / 8;

/// Nodes with what they supply, and arcs between them.
#[derive(Debug, Clone, Default)]
pub(in crate::dispatch) struct Network {
    /// Above zero it supplies, below zero it demands.
    supply: Vec<i64>,
    from: Vec<u32>,
    to: Vec<u32>,
    capacity: Vec<i64>,
}

/// A node of a [`Network`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dispatch) struct Node(u32);

impl Node {
    /// Its place among the nodes, in the order in which they were made.
    pub(in crate::dispatch) fn at(self) -> usize {
        self.0 as usize
    }
}

/// An arc of a [`Network`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::dispatch) struct Arc(u32);

/// What a yardstick came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dispatch) struct Tier {
    /// The cost of the flow.
    pub(in crate::dispatch) value: i128,
    /// What no flow that is as good by the yardsticks before can undercut.
    pub(in crate::dispatch) bound: i128,
}

/// Why there is no flow at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::dispatch) enum FlowError {
    /// What is supplied is not what is demanded.
    #[error("{supplied} units are supplied and {demanded} demanded")]
    Unbalanced { supplied: i128, demanded: i128 },
    /// More units than can be counted.
    #[error("more than {UNITS_MAX} units")]
    TooMany,
    /// The arcs cannot carry it all.
    #[error("{stranded} units cannot be carried to where they are demanded")]
    Infeasible { stranded: i128 },
}

impl Network {
    /// Adds a node that supplies `units`, or demands them if they are below zero.
    pub(in crate::dispatch) fn node(&mut self, units: i64) -> Node {
        let node = Node(index(self.supply.len()));
        self.supply.push(units);
        node
    }

    /// Adds an arc; a capacity below zero carries nothing.
    pub(in crate::dispatch) fn arc(&mut self, from: Node, to: Node, capacity: i64) -> Arc {
        let arc = Arc(index(self.from.len()));
        self.from.push(from.0);
        self.to.push(to.0);
        self.capacity.push(capacity.clamp(0, UNITS_MAX));
        arc
    }

    fn check(&self) -> Result<(), FlowError> {
        let sum = |sign: i64| -> i128 {
            let of_sign = self
                .supply
                .iter()
                .filter(|units| units.signum() == sign)
                .map(|units| i128::from(*units));
            of_sign.sum::<i128>().abs()
        };
        let (supplied, demanded) = (sum(1), sum(-1));
        if supplied > i128::from(UNITS_MAX) || demanded > i128::from(UNITS_MAX) {
            return Err(FlowError::TooMany);
        }
        if supplied != demanded {
            return Err(FlowError::Unbalanced { supplied, demanded });
        }
        Ok(())
    }
}

impl Arc {
    /// The arc that was made after so many others.
    pub(in crate::dispatch) fn number(place: usize) -> Self {
        Self(index(place))
    }

    /// Its place among the arcs, in the order in which they were made.
    pub(in crate::dispatch) fn at(self) -> usize {
        self.0 as usize
    }
}

/// Nodes and arcs are counted in 32 bits, which halves what pricing has to read. A network of more
/// would not fit into memory; who builds one from outside figures bounds them first.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
