//! What a plan is made from: facts that the caller gathered at one instant.
//!
//! **Invariant.** Only goods that may be used at all are in here: usable, unexpired and not
//! reserved. What a donor bound them to is in here too, because it depends on the site whether they
//! may serve. The planner does not know why something is missing from its input.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::FairLimit;
use crate::{
    depots::DepotState,
    incidents::{Priority, Substitutes},
    kernel::{Id, Quantity, kinds, named},
    organisations::Level,
    routing::TravelMatrix,
    stock::{Purpose, Restriction},
};

/// Everything a plan is made from. What is listed twice is read once, the more cautious way.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanInput {
    /// What is wanted, in base units still missing.
    pub needs: Vec<PlanNeed>,
    /// Where the sites lie.
    pub sites: Vec<PlanSite>,
    /// Who could send.
    pub sources: Vec<Source>,
    /// What depots keep for their own people.
    pub floors: Vec<Floor>,
    /// What orders say that have not left: the plan may change it, and does so as little as it can.
    /// Their goods are among what `sources` could send, and `needs` do not count them as answered.
    pub standing: Vec<StandingLine>,
    /// Of whose goods no more is to be had than so much.
    pub limits: Vec<FairLimit>,
    /// How much room items take; of one that is not in it nobody knows.
    pub sizes: BTreeMap<Id<kinds::Item>, Size>,
    /// How far it is; of a pair that is not in it nobody knows where the depot stands.
    pub matrix: TravelMatrix,
    /// How to decide.
    pub policy: Policy,
    /// When the goods could leave.
    pub departs_at: DateTime<Utc>,
}

/// Goods that a site waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlanNeed {
    /// Which need.
    pub id: Id<kinds::Need>,
    /// What is wanted.
    pub item: Id<kinds::Item>,
    /// How much is still missing.
    pub quantity: Quantity,
    /// How much of it comes before the rest of any need of its class, if that was said.
    pub minimum: Option<Quantity>,
    /// How urgently.
    pub priority: Priority,
    /// By when, if it was said.
    pub needed_by: Option<DateTime<Utc>>,
    /// Where.
    pub site: Id<kinds::Site>,
    /// What may go in its place.
    pub substitutes: Substitutes,
}

/// Where a site lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSite {
    /// Which site.
    pub id: Id<kinds::Site>,
    /// The code of its division, which the level rule compares.
    pub division: String,
    /// What goods serve that go there: what they are bound to must permit it.
    pub purpose: Purpose,
}

/// A depot that could send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Which depot.
    pub depot: Id<kinds::Depot>,
    /// At which level it stands.
    pub level: Level,
    /// The code of its division.
    pub division: String,
    /// Whether it works.
    pub state: DepotState,
    /// How many millilitres its people can hand out in an hour, if that is known.
    pub handling_ml_per_h: Option<i64>,
    /// What it could send: one entry for a lot in a zone.
    pub lots: Vec<SourceLot>,
}

/// A lot in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLot {
    /// Which zone.
    pub zone: Id<kinds::Zone>,
    /// Which lot.
    pub lot: Id<kinds::Lot>,
    /// Of what.
    pub item: Id<kinds::Item>,
    /// Whose, and so who will be asked to approve.
    pub owner: Id<kinds::Organisation>,
    /// How much may be promised.
    pub available: Quantity,
    /// What a donor bound it to.
    pub restriction: Restriction,
    /// The last day on which it may be used, if it has one.
    pub expiry: Option<NaiveDate>,
    /// Its place in the order of receipt: the smaller came first.
    pub received_order: i64,
    /// Base units in a whole pack, if it is packed.
    pub pack_units: Option<Quantity>,
}

/// How much room one base unit takes, as far as it was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// In millilitres.
    pub volume_ml: Option<i64>,
    /// In grams.
    pub weight_g: Option<i64>,
}

/// Vehicles of one kind that carry what a plan sends. What a load takes of them is counted as if
/// every one of them could be filled to the last litre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vehicles {
    /// From where they drive; without it from wherever no depot has vehicles of its own.
    pub depot: Option<Id<kinds::Depot>>,
    /// How many there are.
    pub count: u32,
    /// How often each leaves full while the plan is carried out.
    pub trips: u32,
    /// What fits into one, in millilitres, if that counts.
    pub volume_ml: Option<i64>,
    /// What one may carry, in grams, if that counts.
    pub payload_g: Option<i64>,
}

/// What an order sends from a depot to a need, and has not sent yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StandingLine {
    /// Which order.
    pub order: Id<kinds::DispatchOrder>,
    /// Which line of it.
    pub line: i64,
    /// Whether the owner has agreed: of two lines of which one gives way, that is the other.
    pub is_approved: bool,
    /// For which need.
    pub need: Id<kinds::Need>,
    /// Of what: what the need wants, or one of its substitutes.
    pub item: Id<kinds::Item>,
    /// To where.
    pub site: Id<kinds::Site>,
    /// From where.
    pub depot: Id<kinds::Depot>,
    /// From which zone.
    pub zone: Id<kinds::Zone>,
    /// Of which lot.
    pub lot: Id<kinds::Lot>,
    /// How much.
    pub quantity: Quantity,
}

/// What a depot keeps of an item whatever is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor {
    /// Which depot.
    pub depot: Id<kinds::Depot>,
    /// Of what.
    pub item: Id<kinds::Item>,
    /// How much.
    pub quantity: Quantity,
}

named! {
    /// By what a plan is found.
    pub enum Method {
        /// The best by all yardsticks.
        Optimum = "optimum",
        /// The most urgent need first, and for each the nearest depot first, as it is done by hand.
        NearestFirst = "nearest_first",
    }
}

/// How to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// By what the plan is found.
    pub method: Method,
    /// Share what is short evenly among needs of one class. Otherwise those miss it whom it would
    /// take longest to reach. Nearest first does not share.
    pub fair: bool,
    /// Ask own stock first, then level by level upwards. Otherwise the nearest depot sends.
    pub respect_level_rule: bool,
    /// Keep every depot's floor.
    pub keep_floors: bool,
    /// The longest drive, in minutes, if there is a limit.
    pub max_travel_min: Option<u32>,
    /// Send nothing that would come after it is needed. Otherwise late goods are sent and said to
    /// be late, because late help is help.
    pub refuse_late: bool,
    /// Take whole packs before breaking one, even of a lot that expires later.
    pub prefer_whole_packs: bool,
    /// For how many hours depots hand out. Without it nobody knows how much they can, and what they
    /// can hand out in an hour is no limit.
    pub horizon_h: Option<u32>,
    /// What there is to drive with; nobody counts it if nothing is said.
    pub vehicles: Vec<Vehicles>,
    /// Depots that are not to send.
    pub excluded_depots: BTreeSet<Id<kinds::Depot>>,
    /// The coordination blocks, as two-digit province codes.
    pub blocks: Vec<BTreeSet<String>>,
}

impl Default for Policy {
    /// The best plan, the level rule and the floors respected, fair, no limit of time, the eastern
    /// block.
    fn default() -> Self {
        Self {
            method: Method::Optimum,
            fair: true,
            respect_level_rule: true,
            keep_floors: true,
            max_travel_min: None,
            refuse_late: false,
            prefer_whole_packs: false,
            horizon_h: None,
            vehicles: Vec::new(),
            excluded_depots: BTreeSet::new(),
            blocks: vec![crate::dispatch::EASTERN_BLOCK.map(str::to_owned).into()],
        }
    }
}

impl PlanInput {
    /// What is kept before others comes first; of two entries for one line the smaller quantity
    /// counts.
    pub(super) fn standing_in_order(&self) -> Vec<&StandingLine> {
        let mut by_line: BTreeMap<_, &StandingLine> = BTreeMap::new();
        for said in &self.standing {
            let kept = by_line.entry((said.order, said.line)).or_insert(said);
            let caution = |said: &StandingLine| (said.quantity, *said);
            if caution(said) < caution(kept) {
                *kept = said;
            }
        }
        let mut lines: Vec<&StandingLine> = by_line.into_values().collect();
        lines.sort_by_key(|said| !said.is_approved);
        lines
    }

    /// By priority, needed-by (none is last) and id; of two entries with one id the smaller
    /// quantity counts.
    pub(super) fn needs_in_order(&self) -> Vec<&PlanNeed> {
        let mut by_id: BTreeMap<Id<kinds::Need>, &PlanNeed> = BTreeMap::new();
        for need in &self.needs {
            let kept = by_id.entry(need.id).or_insert(need);
            let caution = |need: &PlanNeed| (need.quantity, need.priority, need.clone());
            if caution(need) < caution(kept) {
                *kept = need;
            }
        }
        let mut needs: Vec<&PlanNeed> = by_id.into_values().collect();
        needs.sort_by_key(|need| {
            let needed_by = need.needed_by.unwrap_or(DateTime::<Utc>::MAX_UTC);
            (need.priority, needed_by, need.id)
        });
        needs
    }

    /// Of two entries for one depot the one in the more cautious state counts, and its level and
    /// division with it; the lots of both are on the shelves.
    pub(super) fn sources_by_depot(&self) -> BTreeMap<Id<kinds::Depot>, &Source> {
        let mut by_depot: BTreeMap<Id<kinds::Depot>, &Source> = BTreeMap::new();
        for source in &self.sources {
            let kept = by_depot.entry(source.depot).or_insert(source);
            let caution = |source: &Source| (source.state, source.level, source.division.clone());
            if caution(source) > caution(kept) {
                *kept = source;
            }
        }
        by_depot
    }

    /// Of two entries for one site the one whose division comes last counts.
    pub(super) fn sites_by_id(&self) -> BTreeMap<Id<kinds::Site>, &PlanSite> {
        let mut by_id: BTreeMap<Id<kinds::Site>, &PlanSite> = BTreeMap::new();
        for site in &self.sites {
            let kept = by_id.entry(site.id).or_insert(site);
            if site.division > kept.division {
                *kept = site;
            }
        }
        by_id
    }
}
