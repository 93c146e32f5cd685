//! A transportation problem with the caller's own figures.
//!
//! **Invariant.** Costs are kept to a millionth and are exact from there on. What the contract
//! cannot say is refused with every fault at once, before any work; the same shape is read from a
//! file by the command line, which has no contract, so nothing here relies on it.

use domain::{
    dispatch::transport::{
        COST_MAX, COST_UNIT, PAIRS_MAX, Receiver, SIDE_MAX, Supplier, Transport, TransportFault,
        TransportPlan, UNITS_MAX, Way,
    },
    kernel::Place,
    routing::GreatCircle,
};
use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::schema::{
        Array, ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type,
    },
};

use crate::problem::{Fault, Faults, Problem};

const METRES_PER_KM: i64 = 1_000;

/// Who has something, who wants it, and what a way costs.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SolvePlanBody {
    #[schema(min_items = 1, max_items = 2000)]
    pub(crate) sources: Vec<SourceBody>,
    #[schema(min_items = 1, max_items = 2000)]
    pub(crate) sites: Vec<SiteBody>,
    /// What a unit costs: a row for each source with a cell for each site, `null` where nothing may
    /// go. At most six decimals; at most 400,000 cells. Without it every source and site has a
    /// place, and a unit costs the kilometres between them.
    #[schema(schema_with = costs)]
    pub(crate) costs: Option<Vec<Vec<Option<f64>>>>,
    /// How many units a way carries: of the same shape, `null` where there is no limit.
    #[schema(schema_with = capacities)]
    pub(crate) capacities: Option<Vec<Vec<Option<i64>>>>,
    /// Send all that the sources have, as far beyond the demands as the sites' maxima. Default
    /// false: nothing is sent beyond the demands.
    pub(crate) ship_all: Option<bool>,
}

/// Who can send.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceBody {
    #[schema(max_length = 200)]
    pub(crate) name: Option<String>,
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub(crate) supply: i64,
    /// What it costs to send anything from it at all. Default 0.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub(crate) opening_cost: Option<f64>,
    #[schema(minimum = -180, maximum = 180)]
    pub(crate) longitude: Option<f64>,
    #[schema(minimum = -90, maximum = 90)]
    pub(crate) latitude: Option<f64>,
}

/// Who wants to receive.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteBody {
    #[schema(max_length = 200)]
    pub(crate) name: Option<String>,
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub(crate) demand: i64,
    /// How much it can take. Default: its demand.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub(crate) maximum: Option<i64>,
    #[schema(minimum = -180, maximum = 180)]
    pub(crate) longitude: Option<f64>,
    #[schema(minimum = -90, maximum = 90)]
    pub(crate) latitude: Option<f64>,
}

/// The best answer, or how far from it it may be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SolvedPlanView {
    /// `optimal`: proven. `bounded`: `bound` says what no answer can undercut.
    #[schema(max_length = 16)]
    pub(crate) status: String,
    /// What it costs, opening included.
    pub(crate) cost: f64,
    /// What no answer that misses as little can undercut.
    pub(crate) bound: f64,
    /// How far the cost may be above the best, in percent of the bound.
    #[schema(minimum = 0)]
    pub(crate) gap_percent: f64,
    /// Units of demands that nobody answers: as few as possible.
    #[schema(minimum = 0)]
    pub(crate) missing: i64,
    /// Who sends what to whom.
    #[schema(max_items = 400000)]
    pub(crate) sendings: Vec<SendingView>,
    /// Whose demands are not wholly answered.
    #[schema(max_items = 2000)]
    pub(crate) shortfalls: Vec<SiteShortfallView>,
}

/// So much from a source to a site; both by their place in the question, and by name if they have
/// one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SendingView {
    #[schema(value_type = i64, minimum = 0)]
    source: usize,
    #[schema(max_length = 200)]
    source_name: Option<String>,
    #[schema(value_type = i64, minimum = 0)]
    site: usize,
    #[schema(max_length = 200)]
    site_name: Option<String>,
    #[schema(minimum = 1)]
    quantity: i64,
}

/// How much of its demand a site misses.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SiteShortfallView {
    #[schema(value_type = i64, minimum = 0)]
    site: usize,
    #[schema(max_length = 200)]
    site_name: Option<String>,
    #[schema(minimum = 1)]
    missing: i64,
}

fn rows(cell: ObjectBuilder) -> Array {
    let row = ArrayBuilder::new().items(cell).max_items(Some(SIDE_MAX));
    ArrayBuilder::new()
        .items(row)
        .max_items(Some(SIDE_MAX))
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .build()
}

fn costs() -> Array {
    let number = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Number, Type::Null]))
        .minimum(Some(0))
        .maximum(Some(COST_MAX));
    rows(number)
}

fn capacities() -> Array {
    let units = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0))
        .maximum(Some(UNITS_MAX));
    rows(units)
}

impl SolvePlanBody {
    /// The problem, or everything that is wrong with it.
    pub(crate) fn parse(&self) -> Result<Transport, Problem> {
        let mut faults = Faults::default();
        // What is asked for is counted before anything is built of it.
        if self.sources.len() * self.sites.len() > PAIRS_MAX {
            faults.take::<(), Fault>("/costs", Err(too_many()));
            return faults.finish(None);
        }
        let sources: Vec<Supplier> = (self.sources.iter().enumerate())
            .map(|(number, source)| Supplier {
                supply: source.supply,
                opening_cost: millionths(
                    &mut faults,
                    || format!("/sources/{number}/opening_cost"),
                    source.opening_cost.unwrap_or(0.0),
                ),
            })
            .collect();
        let sites = self.sites.iter().map(|site| Receiver {
            minimum: site.demand,
            maximum: site.maximum.unwrap_or(site.demand),
        });
        let ways = match &self.costs {
            Some(costs) => Some(self.given_ways(&mut faults, costs)),
            None => self.measured_ways(&mut faults),
        };
        // Who cannot be reached is not known without places.
        let Some(ways) = ways else {
            return faults.finish(None);
        };
        let ship_all = self.ship_all.unwrap_or(false);
        let problem = match Transport::new(sources, sites.collect(), ways, ship_all) {
            Ok(problem) => Some(problem),
            Err(found) => {
                for fault in found {
                    let (pointer, fault) = told(fault);
                    faults.take::<(), Fault>(pointer, Err(fault));
                }
                None
            }
        };
        faults.finish(problem)
    }

    fn given_ways(&self, faults: &mut Faults, costs: &[Vec<Option<f64>>]) -> Vec<Vec<Option<Way>>> {
        self.check_capacities(faults, |source| costs[source].len(), costs.len());
        let mut ways = Vec::with_capacity(costs.len());
        for (source, row) in costs.iter().enumerate() {
            let mut cells = Vec::with_capacity(row.len());
            for (site, cost) in row.iter().enumerate() {
                cells.push(cost.map(|cost| Way {
                    cost: millionths(faults, || format!("/costs/{source}/{site}"), cost),
                    capacity: self.capacity(source, site),
                }));
            }
            ways.push(cells);
        }
        ways
    }

    /// None if a place is missing.
    fn measured_ways(&self, faults: &mut Faults) -> Option<Vec<Vec<Option<Way>>>> {
        let mut place = |pointer: String, longitude: Option<f64>, latitude: Option<f64>| {
            let given = longitude.zip(latitude);
            let place =
                given.and_then(|(longitude, latitude)| Place::new(longitude, latitude).ok());
            if place.is_none() {
                faults.note(
                    pointer,
                    "required",
                    "没有给出 costs 时，须有经纬度",
                    "without costs, a longitude and a latitude are needed",
                );
            }
            place
        };
        let starts: Vec<_> = (self.sources.iter().enumerate())
            .map(|(number, it)| place(format!("/sources/{number}"), it.longitude, it.latitude))
            .collect();
        let ends: Vec<_> = (self.sites.iter().enumerate())
            .map(|(number, it)| place(format!("/sites/{number}"), it.longitude, it.latitude))
            .collect();
        let starts: Vec<Place> = starts.into_iter().collect::<Option<_>>()?;
        let ends: Vec<Place> = ends.into_iter().collect::<Option<_>>()?;
        let straight = GreatCircle::default();
        let way = |source: usize, site: usize| {
            let (metres, _) = straight.travel(starts[source], ends[site]);
            Way {
                cost: i64::from(metres) * (COST_UNIT / METRES_PER_KM),
                capacity: self.capacity(source, site),
            }
        };
        self.check_capacities(faults, |_| ends.len(), starts.len());
        let row = |source| {
            (0..ends.len())
                .map(|site| Some(way(source, site)))
                .collect()
        };
        Some((0..starts.len()).map(row).collect())
    }

    fn capacity(&self, source: usize, site: usize) -> Option<i64> {
        *self.capacities.as_ref()?.get(source)?.get(site)?
    }

    /// Capacities stand in as many rows as costs, and as many cells.
    fn check_capacities(&self, faults: &mut Faults, cells: impl Fn(usize) -> usize, rows: usize) {
        let Some(capacities) = &self.capacities else {
            return;
        };
        let mut given = capacities.iter().enumerate();
        if capacities.len() != rows || given.any(|(source, row)| row.len() != cells(source)) {
            faults.take::<(), Fault>("/capacities", Err(shape()));
        }
    }
}

/// A cost in whole millionths.
fn millionths(faults: &mut Faults, pointer: impl Fn() -> String, cost: f64) -> i64 {
    let scaled = cost * COST_UNIT as f64;
    if !(0.0..=(COST_MAX * COST_UNIT) as f64).contains(&scaled) {
        faults.note(
            pointer(),
            "out-of-range",
            "费用须在 0 至 1000000000 之间",
            "a cost is between 0 and 1000000000",
        );
        return 0;
    }
    if (scaled - scaled.round()).abs() > 1e-3 + scaled * 1e-12 {
        faults.note(
            pointer(),
            "precision",
            "费用最多六位小数",
            "a cost has at most six decimals",
        );
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it was just found to lie within the bounds"
    )]
    let whole = scaled.round() as i64;
    whole
}

fn too_many() -> Fault {
    Fault::new(
        "too-many",
        format!("发出点与接收点各为 1 至 {SIDE_MAX} 个，配对最多 {PAIRS_MAX} 个"),
        format!("1 to {SIDE_MAX} sources and sites each, and at most {PAIRS_MAX} pairs of them"),
    )
}

fn shape() -> Fault {
    Fault::new(
        "shape",
        "每个发出点一行，每个接收点一格",
        "one row for each source, and in it one cell for each site",
    )
}

fn told(fault: TransportFault) -> (String, Fault) {
    let bounds = || {
        Fault::new(
            "out-of-range",
            format!("数量须在 0 至 {UNITS_MAX} 之间，上限不低于需求"),
            format!("figures are between 0 and {UNITS_MAX}, and no maximum is below its demand"),
        )
    };
    match fault {
        TransportFault::Size { .. } => ("/costs".to_owned(), too_many()),
        TransportFault::Rows { .. } => ("/costs".to_owned(), shape()),
        TransportFault::Cells { source_number, .. } => (format!("/costs/{source_number}"), shape()),
        TransportFault::Source(number) => (format!("/sources/{number}"), bounds()),
        TransportFault::Site(number) => (format!("/sites/{number}"), bounds()),
        TransportFault::Way(source, site) => (format!("/capacities/{source}/{site}"), bounds()),
        TransportFault::Unreachable(number) => (
            format!("/sites/{number}"),
            Fault::new(
                "unreachable",
                "有需求，但没有任何有货的发出点可以送达",
                "it has a demand, and no source that has anything may send there",
            ),
        ),
        TransportFault::Stranded(units) => (
            "/ship_all".to_owned(),
            Fault::new(
                "stranded",
                format!("有 {units} 件送不出去：路线或接收上限不够"),
                format!("{units} units cannot be sent: the ways or the maxima do not take them"),
            ),
        ),
    }
}

impl SolvedPlanView {
    /// The answer in the words of the question.
    pub(crate) fn new(asked: &SolvePlanBody, plan: &TransportPlan) -> Self {
        let whole = |millionths: i128| millionths as f64 / COST_UNIT as f64;
        let source_name = |number: usize| asked.sources.get(number)?.name.clone();
        let site_name = |number: usize| asked.sites.get(number)?.name.clone();
        let over = (plan.cost - plan.bound).max(0);
        let is_proven = over == 0;
        let shortfalls = plan.missing.iter().enumerate();
        Self {
            status: if is_proven { "optimal" } else { "bounded" }.to_owned(),
            cost: whole(plan.cost),
            bound: whole(plan.bound),
            gap_percent: 100.0 * over as f64 / plan.bound.max(1) as f64,
            missing: plan.missing.iter().sum(),
            sendings: plan
                .sent
                .iter()
                .map(|sent| SendingView {
                    source: sent.source,
                    source_name: source_name(sent.source),
                    site: sent.site,
                    site_name: site_name(sent.site),
                    quantity: sent.units,
                })
                .collect(),
            shortfalls: shortfalls
                .filter(|(_, missing)| **missing > 0)
                .map(|(site, &missing)| SiteShortfallView {
                    site,
                    site_name: site_name(site),
                    missing,
                })
                .collect(),
        }
    }
}
