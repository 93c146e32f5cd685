//! How long a plan takes and how good it is, against nearest first on the same input.
//!
//! **Invariant.** Both methods see the same input in the same run. Figures are of the whole
//! function: looking the input up, deciding, taking from the shelves, measuring and explaining. With
//! `PLANNER_INSTANCES` set to a directory the instances are written there, and beside the whole
//! function stands what a general solver of flows can be asked, too (`separable`).

#![allow(
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench reads the clock, draws small numbers and prints what it measured"
)]

use std::{
    collections::BTreeMap,
    hint::black_box,
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, TimeDelta};
use domain::{
    depots::DepotState,
    dispatch::planner::{
        Measure, Method, PlanInput, PlanNeed, PlanResult, PlanSite, Policy, Size, Source,
        SourceLot, Yardstick, plan,
    },
    dispatch::transport::{Receiver, Supplier, Transport, Way},
    incidents::{Priority, Substitutes},
    kernel::{Id, Kind, Place, PlaceOrigin, Quantity, kinds},
    organisations::Level,
    routing::{GreatCircle, Reach, TravelMatrix},
    stock::{Purpose, Restriction},
};
use uuid::Uuid;

const ROUNDS: usize = 3;

fn main() {
    println!("planner: whole function, median of {ROUNDS}; the first figure is the optimum's");
    let only_coupled = std::env::args().any(|argument| argument == "coupled");
    // `cargo bench --bench planner -- 200` measures the instance of 200 depots alone, `-- coupled`
    // what is short of people alone.
    let only = std::env::args().find_map(|argument| argument.parse::<usize>().ok());
    for (depots, sites, items) in [(20, 5, 30), (200, 20, 200), (2_000, 100, 500)] {
        if only_coupled || only.is_some_and(|only| only != depots) {
            continue;
        }
        let mut input = instance(depots, sites, items);
        if let Ok(directory) = std::env::var("PLANNER_INSTANCES") {
            let path = std::path::Path::new(&directory).join(format!("{depots}.txt"));
            std::fs::write(path, written(&input)).expect("a place to write to");
            separable(depots, &input);
        }
        let (ours, best) = median(&input);
        input.policy.method = Method::NearestFirst;
        let (theirs, walked) = median(&input);
        tell((depots, sites, items), &input, &ours, &theirs);
        compare("missing units", &best, &walked, |it| {
            it.yardstick.name() == "missing"
        });
        compare("unevenness", &best, &walked, |it| {
            it.yardstick.name() == "uneven"
        });
        compare("unit-minutes on the road", &best, &walked, |it| {
            it.yardstick == Yardstick::Travel
        });
        compare("unit-kilometres", &best, &walked, |it| {
            it.yardstick == Yardstick::Distance
        });
        compare("loads", &best, &walked, |it| {
            it.yardstick == Yardstick::Loads
        });
    }
    println!("coupled: depots can hand out only so much, once");
    for (depots, sites, items) in [(20, 5, 30), (200, 20, 200), (102, 520, 60)] {
        if only.is_none_or(|only| only == depots) {
            coupled(depots, sites, items);
        }
    }
}

/// The question that `tests/planning/separable.py` puts to another solver: for each item by itself, as
/// little missing as can be, and then the least minutes on the road. Building the problem counts.
fn separable(depots: usize, input: &PlanInput) {
    let mut rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let (started, worked_before) = (Instant::now(), worked());
            let sums = solved(&problems(input));
            let taken = (started.elapsed(), worked() - worked_before);
            (taken, sums)
        })
        .collect();
    rounds.sort_by_key(|(taken, _)| *taken);
    let ((passed, worked), (missing, minutes)) = &rounds[ROUNDS / 2];
    println!(
        "{depots:>5} depots, flows alone: {:.1} ms, of all cores {:.0} ms, {missing} missing, {minutes} minutes",
        ms(*passed),
        ms(*worked),
    );
}

/// Units missing and minutes in all, each core taking the next problem in turn.
fn solved(problems: &[Transport]) -> (i64, i128) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let part = |core: usize| {
        let plans = problems.iter().skip(core).step_by(cores);
        plans.fold((0, 0), |(missing, minutes), problem| {
            let plan = problem.solve();
            (
                missing + plan.missing.iter().sum::<i64>(),
                minutes + plan.cost,
            )
        })
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..cores)
            .map(|core| scope.spawn(move || part(core)))
            .collect();
        let parts = parts.into_iter().map(|part| part.join().expect("it ends"));
        parts.fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1))
    })
}

/// The transportation problem of each item; a minute is a millionth.
fn problems(input: &PlanInput) -> Vec<Transport> {
    let legs = input.matrix.reaches().filter_map(Reach::leg);
    let minutes: BTreeMap<(Id<kinds::Depot>, Id<kinds::Site>), u32> =
        legs.map(|leg| ((leg.from, leg.to), leg.time_min)).collect();
    let mut stocks: BTreeMap<Id<kinds::Item>, Vec<(Id<kinds::Depot>, i64)>> = BTreeMap::new();
    for source in &input.sources {
        for lot in &source.lots {
            let of_item = stocks.entry(lot.item).or_default();
            of_item.push((source.depot, lot.available.get()));
        }
    }
    let mut needs: BTreeMap<Id<kinds::Item>, Vec<(Id<kinds::Site>, i64)>> = BTreeMap::new();
    for need in &input.needs {
        let of_item = needs.entry(need.item).or_default();
        of_item.push((need.site, need.quantity.get()));
    }
    let problem = |(item, needs): (&Id<kinds::Item>, &Vec<(Id<kinds::Site>, i64)>)| {
        let stock = stocks.get(item)?;
        let sources = stock.iter().map(|&(_, supply)| Supplier {
            supply,
            opening_cost: 0,
        });
        let sites = needs.iter().map(|&(_, units)| Receiver {
            minimum: units,
            maximum: units,
        });
        let way = |depot, site| Way {
            cost: i64::from(minutes[&(depot, site)]),
            capacity: None,
        };
        let ways = stock.iter().map(|&(depot, _)| {
            let row = needs.iter().map(|&(site, _)| Some(way(depot, site)));
            row.collect()
        });
        let problem = Transport::new(sources.collect(), sites.collect(), ways.collect(), false);
        Some(problem.expect("it has an answer"))
    };
    needs.iter().filter_map(problem).collect()
}

/// Half to three times its fair share is what each depot can hand out. The gap is how far the plan,
/// and nearest first, may be above what is proven by each yardstick, of all plans that are as good
/// before.
fn coupled(depots: usize, sites: usize, items: usize) {
    let mut input = instance(depots, sites, items);
    let mut dice = Dice(0x1234_5678_9ABC_DEF1);
    // From a litre to a quarter of a cubic metre, most of them small.
    input.sizes = (0..items)
        .map(|item| {
            let sum: f64 = (0..4).map(|_| dice.part()).sum();
            let volume_ml = (1_000.0 * 250_f64.powf(sum / 4.0)) as i64;
            let size = Size {
                volume_ml: Some(volume_ml),
                weight_g: None,
            };
            (id(item), size)
        })
        .collect();
    let volume = |item| input.sizes[&item].volume_ml.unwrap_or(0);
    let wanted: i64 = input
        .needs
        .iter()
        .map(|it| it.quantity.get() * volume(it.item))
        .sum();
    for source in &mut input.sources {
        let fair = wanted as f64 / depots as f64;
        source.handling_ml_per_h = Some((fair * (0.5 + 2.5 * dice.part()) / 24.0) as i64);
    }
    input.policy.horizon_h = Some(24);
    let (ours, best) = once(&input);
    input.policy.method = Method::NearestFirst;
    let (theirs, walked) = once(&input);
    tell((depots, sites, items), &input, &ours, &theirs);
    for measure in &best.measures {
        let same = walked
            .measures
            .iter()
            .find(|it| it.yardstick == measure.yardstick);
        let theirs = same.map_or(0, |it| it.value);
        let gap = |value: i128| {
            let bound = measure.bound?;
            Some(100.0 * (value - bound) as f64 / bound.max(1) as f64)
        };
        let class = measure.yardstick.class().map_or(0, |class| class.get());
        println!(
            "      {:<16} {class} {:>14} against {theirs:>14}, proven {:?}, gap {:.2?} % against {:.2?} %",
            measure.yardstick.name(),
            measure.value,
            measure.bound,
            gap(measure.value),
            gap(theirs)
        );
    }
}

// How long both took.
fn tell(
    (depots, sites, items): (usize, usize, usize),
    input: &PlanInput,
    ours: &Taken,
    theirs: &Taken,
) {
    println!(
        "{depots:>5} depots {sites:>3} sites {items:>3} items, {:>5} needs: {:>9.1} ms against {:>8.1} ms, of all cores {:.0} ms against {:.0} ms",
        input.needs.len(),
        ms(ours.passed),
        ms(theirs.passed),
        ms(ours.worked),
        ms(theirs.worked),
    );
}

fn once(input: &PlanInput) -> (Taken, PlanResult) {
    let (started, worked_before) = (Instant::now(), worked());
    let result = plan(black_box(input));
    let taken = Taken {
        passed: started.elapsed(),
        worked: worked() - worked_before,
    };
    (taken, result)
}

fn compare(what: &str, best: &PlanResult, walked: &PlanResult, which: fn(&&Measure) -> bool) {
    let sum = |result: &PlanResult, value: fn(&Measure) -> i128| -> f64 {
        result
            .measures
            .iter()
            .filter(which)
            .map(value)
            .sum::<i128>() as f64
    };
    let (ours, theirs) = (sum(best, |it| it.value), sum(walked, |it| it.value));
    let bound = sum(best, |it| it.bound.unwrap_or(it.value));
    println!(
        "      {what:<26} {ours:>16} against {theirs:>16} ({:+.2} %), proven gap {:.2} %",
        100.0 * (ours - theirs) / theirs.max(1.0),
        100.0 * (ours - bound) / bound.max(1.0)
    );
}

/// Numbers that look random and are the same on every machine (G. Marsaglia, *Xorshift RNGs*, 2003).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn part(&mut self) -> f64 {
        self.below(1_000_000) as f64 / 1e6
    }
}

fn id<K: Kind>(number: usize) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number as u128))
}

/// Depots all over a province, sites round three places in it; an item lies in a third of the
/// depots, and of one item in seven there is less than is wanted.
fn instance(depots: usize, sites: usize, items: usize) -> PlanInput {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut anywhere = || [118.2 + 4.0 * dice.part(), 27.3 + 3.8 * dice.part()];
    let origins: Vec<_> = (0..depots).map(|_| anywhere()).collect();
    let centres: Vec<_> = (0..3).map(|_| anywhere()).collect();
    let mut near = |centre: [f64; 2]| centre.map(|degree| degree + 0.5 * (dice.part() - 0.5));
    let ends: Vec<_> = (0..sites).map(|site| near(centres[site % 3])).collect();
    let noon = DateTime::UNIX_EPOCH;
    let mut needs = Vec::new();
    let mut lots: Vec<Vec<SourceLot>> = vec![Vec::new(); depots];
    for item in 0..items {
        let mut wanted = 0;
        for site in 0..sites {
            if dice.below(10) >= 6 {
                continue;
            }
            let units = 1 + dice.below(400) as i64;
            wanted += units;
            needs.push(PlanNeed {
                id: id(needs.len()),
                item: id(item),
                quantity: Quantity::new(units).expect("above zero"),
                minimum: None,
                priority: Priority::new(1 + dice.below(3) as u8).expect("1 to 3"),
                needed_by: (dice.below(2) == 0)
                    .then(|| noon + TimeDelta::minutes(60 + dice.below(600) as i64)),
                site: id(site),
                substitutes: Substitutes::default(),
            });
        }
        let share = if dice.below(7) == 0 {
            0.5 + 0.4 * dice.part()
        } else {
            1.5 + 2.0 * dice.part()
        };
        let holders: Vec<usize> = (0..depots).filter(|_| dice.below(100) < 35).collect();
        for &depot in &holders {
            let even = wanted as f64 * share / holders.len() as f64;
            let Ok(available) = Quantity::new((even * 2.0 * dice.part()).round() as i64) else {
                continue;
            };
            lots[depot].push(SourceLot {
                zone: id(depot),
                lot: id(item * depots + depot),
                item: id(item),
                owner: id(0),
                available,
                restriction: Restriction::None,
                expiry: NaiveDate::from_num_days_from_ce_opt(720_000 + dice.below(2_000) as i32),
                received_order: 0,
                pack_units: None,
            });
        }
    }
    input(needs, lots, &origins, &ends)
}

fn input(
    needs: Vec<PlanNeed>,
    lots: Vec<Vec<SourceLot>>,
    origins: &[[f64; 2]],
    ends: &[[f64; 2]],
) -> PlanInput {
    let place = |[longitude, latitude]: [f64; 2]| Place::new(longitude, latitude).expect("a place");
    let starts = origins.iter().enumerate();
    let starts: Vec<_> = starts
        .map(|(depot, &at)| (id(depot), (place(at), PlaceOrigin::Given)))
        .collect();
    let sites = ends.iter().enumerate();
    let goals: Vec<_> = sites.map(|(site, &at)| (id(site), place(at))).collect();
    PlanInput {
        needs,
        sites: (0..ends.len())
            .map(|site| PlanSite {
                id: id(site),
                division: "330106".to_owned(),
                purpose: Purpose::default(),
            })
            .collect(),
        sources: lots
            .into_iter()
            .enumerate()
            .map(|(depot, lots)| Source {
                depot: id(depot),
                level: Level::County,
                division: "330106".to_owned(),
                state: DepotState::Operating,
                handling_ml_per_h: None,
                lots,
            })
            .collect(),
        floors: Vec::new(),
        standing: Vec::new(),
        limits: Vec::new(),
        sizes: BTreeMap::new(),
        matrix: TravelMatrix::great_circle(&starts, &goals, GreatCircle::default()),
        policy: Policy::default(),
        departs_at: DateTime::UNIX_EPOCH,
    }
}

/// The instance for another solver (`tests/planning/separable.py`): a line for each way, for each
/// stock and for each need.
fn written(input: &PlanInput) -> String {
    let mut lines = String::new();
    let number = |uuid: Uuid| uuid.as_u128();
    let mut line = |kind: char, fields: [u128; 4]| {
        let [a, b, c, d] = fields;
        lines.push_str(&format!("{kind} {a} {b} {c} {d}\n"));
    };
    for leg in input.matrix.reaches().filter_map(Reach::leg) {
        let ends = (number(leg.from.uuid()), number(leg.to.uuid()));
        line('w', [ends.0, ends.1, u128::from(leg.time_min), 0]);
    }
    let units = |quantity: Quantity| quantity.get().unsigned_abs().into();
    for (source, lot) in input
        .sources
        .iter()
        .flat_map(|source| source.lots.iter().map(move |lot| (source, lot)))
    {
        let (item, depot) = (number(lot.item.uuid()), number(source.depot.uuid()));
        line('s', [item, depot, units(lot.available), 0]);
    }
    for need in &input.needs {
        let (item, site) = (number(need.item.uuid()), number(need.site.uuid()));
        let priority = u128::from(need.priority.get());
        line('n', [item, site, units(need.quantity), priority]);
    }
    lines
}

/// How long a plan took, and how long all cores worked on it: where others use the machine at the
/// same time, only the second says anything.
#[derive(Clone, Copy)]
struct Taken {
    passed: Duration,
    worked: Duration,
}

fn median(input: &PlanInput) -> (Taken, PlanResult) {
    let mut rounds: Vec<_> = (0..ROUNDS).map(|_| once(input)).collect();
    rounds.sort_by_key(|(taken, _)| taken.worked.max(taken.passed));
    rounds.swap_remove(ROUNDS / 2)
}

/// How long this process and its threads have worked so far, to a hundredth of a second; nothing where
/// the system does not say.
fn worked() -> Duration {
    let said = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = said.rsplit(") ").next().unwrap_or_default();
    let ticks = after_name.split(' ').skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .map(|ticks| Duration::from_millis(10 * ticks))
        .sum()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
