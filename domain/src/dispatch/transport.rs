//! The transportation problem with the caller's own figures: supplies, demands between a minimum and
//! a maximum, a cost for each way, ways that are forbidden or narrow, and what it costs to open a
//! source at all.
//!
//! **Invariant.** [`Transport::new`] refuses everything that has no answer or would take no bounded
//! work to see, so [`Transport::solve`] always answers. As little as possible of the minima is
//! missing, and then the costs are least: proven, or with the bound that was reached.

mod opening;

#[cfg(test)]
mod tests;

use self::opening::Door;
use super::planner::flow::{Arc, FlowError, Network, Simplex};

/// Costs are whole numbers of a millionth.
pub const COST_UNIT: i64 = 1_000_000;
/// The highest cost of a unit or of opening, in whole ones: a thousand million.
pub const COST_MAX: i64 = 1_000_000_000;
/// The most units of one supply or demand.
pub const UNITS_MAX: i64 = 1_000_000_000_000;
/// The most sources or sites.
pub const SIDE_MAX: usize = 2_000;
/// The most pairs of a source and a site.
pub const PAIRS_MAX: usize = 400_000;

/// Something that can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supplier {
    /// How many units it has.
    pub supply: i64,
    /// Millionths that it costs to send anything from it at all.
    pub opening_cost: i64,
}

/// Something that wants to receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receiver {
    /// Units that it ought to get.
    pub minimum: i64,
    /// Units that it can take.
    pub maximum: i64,
}

/// A way from a source to a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Millionths that a unit costs.
    pub cost: i64,
    /// How many units it carries, if there is a limit.
    pub capacity: Option<i64>,
}

/// A problem that has an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transport {
    sources: Vec<Supplier>,
    sites: Vec<Receiver>,
    /// By source, then by site; `None` where nothing may go.
    ways: Vec<Vec<Option<Way>>>,
    ship_all: bool,
}

/// What is wrong with a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransportFault {
    /// Nobody to send or to receive, or more than can be worked on.
    #[error("{sources} sources and {sites} sites")]
    Size {
        /// How many sources.
        sources: usize,
        /// How many sites.
        sites: usize,
    },
    /// Not one row for each source.
    #[error("{rows} rows")]
    Rows {
        /// How many there are.
        rows: usize,
    },
    /// Not one cell for each site.
    #[error("row {source_number} has {cells} cells")]
    Cells {
        /// Whose row.
        source_number: usize,
        /// How many it has.
        cells: usize,
    },
    /// A figure of a source is out of bounds.
    #[error("source {0} is out of bounds")]
    Source(usize),
    /// A figure of a site is out of bounds, or its maximum is below its minimum.
    #[error("site {0} is out of bounds")]
    Site(usize),
    /// A cost or a capacity is out of bounds.
    #[error("the way from {0} to {1} is out of bounds")]
    Way(usize, usize),
    /// A site wants something and nobody who has anything may send there.
    #[error("nobody can reach site {0}")]
    Unreachable(usize),
    /// All supplies are to be sent, and the ways and maxima cannot take them.
    #[error("{0} units cannot be sent anywhere")]
    Stranded(i64),
}

/// So many units from a source to a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Whose.
    pub source: usize,
    /// For whom.
    pub site: usize,
    /// How many.
    pub units: i64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportPlan {
    /// Who sends what to whom, by source and site.
    pub sent: Vec<Sent>,
    /// Units of the minimum that each site misses.
    pub missing: Vec<i64>,
    /// What it costs in millionths, opening included.
    pub cost: i128,
    /// What no answer that misses as little can undercut.
    pub bound: i128,
}

impl Transport {
    /// Checks everything that can be wrong, before any work.
    ///
    /// # Errors
    /// Every [`TransportFault`] there is, but for the size and the shape of the matrix, which are
    /// told alone since nothing else can be looked at without them.
    pub fn new(
        sources: Vec<Supplier>,
        sites: Vec<Receiver>,
        ways: Vec<Vec<Option<Way>>>,
        ship_all: bool,
    ) -> Result<Self, Vec<TransportFault>> {
        let size = (sources.len(), sites.len());
        let fits = |side: usize| (1..=SIDE_MAX).contains(&side);
        if !fits(size.0) || !fits(size.1) || size.0 * size.1 > PAIRS_MAX {
            return Err(vec![TransportFault::Size {
                sources: size.0,
                sites: size.1,
            }]);
        }
        let shape = shape_faults(&ways, size);
        if !shape.is_empty() {
            return Err(shape);
        }
        let problem = Self {
            sources,
            sites,
            ways,
            ship_all,
        };
        let mut faults = problem.faults();
        if faults.is_empty() {
            faults.extend(problem.stranded().map(TransportFault::Stranded));
        }
        if faults.is_empty() {
            Ok(problem)
        } else {
            Err(faults)
        }
    }

    /// The least missing, then the least cost.
    #[must_use]
    pub fn solve(&self) -> TransportPlan {
        if self.sources.iter().all(|source| source.opening_cost == 0) {
            let all = vec![Door::Open; self.sources.len()];
            return self.flow(&all).map_or_else(
                |_| self.nothing(),
                |found| TransportPlan {
                    cost: found.cost,
                    bound: found.bound,
                    sent: found.sent,
                    missing: found.missing,
                },
            );
        }
        opening::solve(self)
    }

    fn faults(&self) -> Vec<TransportFault> {
        let in_bounds = |figure: i64, most: i64| (0..=most).contains(&figure);
        let cost_max = COST_MAX * COST_UNIT;
        let sources = self.sources.iter().enumerate().filter(|(_, source)| {
            !in_bounds(source.supply, UNITS_MAX) || !in_bounds(source.opening_cost, cost_max)
        });
        let mut faults: Vec<_> = sources
            .map(|(number, _)| TransportFault::Source(number))
            .collect();
        for (number, site) in self.sites.iter().enumerate() {
            if site.minimum > site.maximum
                || !in_bounds(site.minimum, UNITS_MAX)
                || !in_bounds(site.maximum, UNITS_MAX)
            {
                faults.push(TransportFault::Site(number));
            }
        }
        for (source, row) in self.ways.iter().enumerate() {
            for (site, way) in row.iter().enumerate() {
                let is_bad = |way: &Way| {
                    let capacity = way.capacity.unwrap_or(0);
                    !in_bounds(way.cost, cost_max) || !in_bounds(capacity, UNITS_MAX)
                };
                if way.as_ref().is_some_and(is_bad) {
                    faults.push(TransportFault::Way(source, site));
                }
            }
        }
        for (site, receiver) in self.sites.iter().enumerate() {
            let reaches = |(source, row): (&Supplier, &Vec<Option<Way>>)| {
                source.supply > 0 && row[site].is_some_and(|way| way.capacity != Some(0))
            };
            let reached = self.sources.iter().zip(&self.ways).any(reaches);
            if receiver.minimum > 0 && !reached {
                faults.push(TransportFault::Unreachable(site));
            }
        }
        faults
    }

    /// How much cannot be sent although all is to be.
    fn stranded(&self) -> Option<i64> {
        if !self.ship_all {
            return None;
        }
        let all = vec![Door::Open; self.sources.len()];
        match self.flow(&all) {
            Err(FlowError::Infeasible { stranded }) => i64::try_from(stranded).ok(),
            _ => None,
        }
    }

    /// The best flow if the doors stand so. What opening costs is in it only where a door is ajar.
    fn flow(&self, doors: &[Door]) -> Result<Found, FlowError> {
        let total: i64 = self.sources.iter().map(|source| source.supply).sum();
        let mut network = Network::default();
        // From nowhere comes what is missing, and there goes what is not sent or not wanted.
        let spare = i64::from(!self.ship_all) * total;
        let room: i64 = self.sites.iter().map(|site| site.maximum).sum();
        let nowhere = network.node(room - total);
        let sources: Vec<_> = self
            .sources
            .iter()
            .map(|it| network.node(it.supply))
            .collect();
        let sites: Vec<_> = self
            .sites
            .iter()
            .map(|it| network.node(-it.maximum))
            .collect();
        let mut costs: Vec<(i64, i64)> = Vec::new();
        for (&site, receiver) in sites.iter().zip(&self.sites) {
            // Below the minimum it is missing; above it, it need not be.
            network.arc(nowhere, site, receiver.minimum);
            costs.push((1, 0));
            network.arc(nowhere, site, receiver.maximum - receiver.minimum);
            costs.push((0, 0));
        }
        for (&source, supplier) in sources.iter().zip(&self.sources) {
            network.arc(source, nowhere, supplier.supply.min(spare));
            costs.push((0, 0));
        }
        let first_way = costs.len();
        let mut ways = Vec::new();
        for (source, row) in self.ways.iter().enumerate() {
            for (site, way) in row.iter().enumerate() {
                let Some(way) = way else { continue };
                let most = self.sources[source].supply.min(self.sites[site].maximum);
                let capacity = way.capacity.unwrap_or(most).min(most);
                let (capacity, more) = match doors[source] {
                    Door::Open => (capacity, 0),
                    Door::Shut => (0, 0),
                    Door::Ajar => (capacity, self.opening_share(source)),
                };
                network.arc(sources[source], sites[site], capacity);
                costs.push((0, way.cost + more));
                ways.push((source, site));
            }
        }
        let mut simplex = Simplex::start(network)?;
        let missing = simplex.minimise(|arc| costs[arc.at()].0);
        let cost = simplex.minimise(|arc| costs[arc.at()].1);
        let flow = |arc: usize| simplex.flow(Arc::number(arc));
        let sent = ways
            .iter()
            .enumerate()
            .map(|(number, &(source, site))| Sent {
                source,
                site,
                units: flow(first_way + number),
            });
        Ok(Found {
            sent: sent.filter(|sent| sent.units > 0).collect(),
            missing: (0..self.sites.len()).map(|site| flow(2 * site)).collect(),
            missed: missing.value,
            cost: cost.value,
            bound: cost.bound,
        })
    }

    /// A source's opening cost for each unit that it could send, rounded down, so that a plan never
    /// costs less than it seems.
    fn opening_share(&self, source: usize) -> i64 {
        let supplier = self.sources[source];
        let room: i64 = self.sites.iter().map(|site| site.maximum).sum();
        supplier.opening_cost / supplier.supply.min(room).max(1)
    }

    /// The answer where there is no flow, which [`Transport::new`] has ruled out.
    fn nothing(&self) -> TransportPlan {
        TransportPlan {
            sent: Vec::new(),
            missing: self.sites.iter().map(|site| site.minimum).collect(),
            cost: 0,
            bound: 0,
        }
    }
}

/// The best flow for doors that stand in some way.
struct Found {
    sent: Vec<Sent>,
    missing: Vec<i64>,
    missed: i128,
    cost: i128,
    bound: i128,
}

impl Found {
    fn sending(&self) -> (Vec<Sent>, Vec<i64>) {
        (self.sent.clone(), self.missing.clone())
    }
}

fn shape_faults(ways: &[Vec<Option<Way>>], size: (usize, usize)) -> Vec<TransportFault> {
    if ways.len() != size.0 {
        return vec![TransportFault::Rows { rows: ways.len() }];
    }
    let bad = ways
        .iter()
        .enumerate()
        .filter(|(_, row)| row.len() != size.1);
    bad.map(|(source_number, row)| TransportFault::Cells {
        source_number,
        cells: row.len(),
    })
    .collect()
}
