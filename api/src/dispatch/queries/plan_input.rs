//! Everything that a plan is made from.
//!
//! **Invariant.** A fixed number of statements, whatever the count of needs and depots, and three for
//! each rule of fair use that is in force for the owners of their goods. Only goods that may be used
//! today are handed to the planner, with what they are bound to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    depots::ProfileFacts,
    dispatch::planner::{
        FairLimit, Floor, ItemName, Names, PlanInput, PlanNeed, PlanSite, Policy, Size, Source,
        SourceLot,
    },
    kernel::{Id, Quantity, kinds},
    routing::TravelMatrix,
    stock::{Availability, Fitness, Purpose, Restriction},
};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use sea_orm::ConnectionTrait;

use crate::{
    catalogue,
    clock::day_at_depots,
    depots::{self, DepotFacts, DepotSelection},
    dispatch::queries::{
        Reach, fair_limits, progress,
        standing::{Standing, standing},
    },
    incidents::{self, NeedFacts, SiteFacts},
    organisations,
    problem::Problem,
    routing,
    scope::Scope,
    stock::available::{self, Shelf},
};

/// More needs than this are planned in parts.
const NEEDS_MAX: usize = 20_000;
const ML_PER_M3: i64 = 1_000_000;

/// The input of the planner, but for its ways, and what things are called.
pub(in crate::dispatch) struct Gathered {
    pub(in crate::dispatch) input: PlanInput,
    /// What the ways are asked by, once nothing is held any more.
    pub(in crate::dispatch) ways: routing::Question,
    pub(in crate::dispatch) names: Names,
    pub(in crate::dispatch) names_en: Names,
}

/// What a plan is asked for.
#[derive(Debug)]
pub(in crate::dispatch) struct Question {
    pub(in crate::dispatch) incident: Id<kinds::Incident>,
    /// All open needs if it names none.
    pub(in crate::dispatch) needs: Vec<Id<kinds::Need>>,
    pub(in crate::dispatch) policy: Policy,
    /// Whether orders that have not been laid a hand on may be changed.
    pub(in crate::dispatch) replan: bool,
    /// Who asks.
    pub(in crate::dispatch) principal: String,
}

/// Reads everything that the answer is made from.
pub(in crate::dispatch) async fn gather(
    db: &impl ConnectionTrait,
    reach: &Reach,
    asked: &Question,
    requester: Id<kinds::Organisation>,
    now: DateTime<Utc>,
) -> Result<Gathered, Problem> {
    let (scope, incident) = (&reach.sees, asked.incident);
    let needs = wanted(db, scope, incident, &asked.needs).await?;
    let selection = DepotSelection::default();
    let profiles = depots::profiles_where(db, &reach.reserves, &selection).await?;
    let (depots, profiles): (Vec<_>, Vec<_>) = profiles.into_iter().unzip();
    vehicles_have_depots(&asked.policy, &depots)?;
    let depot_ids: Vec<_> = depots.iter().map(|depot| depot.id).collect();
    let standing = if asked.replan {
        let depots = depot_ids.iter().copied().collect();
        standing(db, scope, incident, &depots, &asked.needs).await?
    } else {
        Standing::default()
    };
    let missing = outstanding(db, &needs, &standing).await?;
    let sites = sites(db, scope, &needs, &standing).await?;
    let instead = needs.iter().flat_map(|need| need.substitutes.iter());
    let items: BTreeSet<_> = (needs.iter().map(|need| need.item))
        .chain(instead.map(|it| it.item))
        .chain(standing.lines.iter().map(|line| line.item))
        .collect();
    let items: Vec<_> = items.into_iter().collect();
    let freed = &standing.freed;
    let shelves = available::shelves_with(db, scope, &depot_ids, &items, freed).await?;
    let floors = depots::floors(db, &depot_ids).await?;
    let facts = catalogue::item_facts(db, &items).await?;
    let goods = shelves
        .iter()
        .map(|shelf| (shelf.owner, shelf.item))
        .collect();
    let (who, again) = (&asked.principal, &standing.drawn);
    let limits = fair_limits(db, &goods, requester, who, again).await?;
    let owners = owners(db, &limits).await?;
    let input = PlanInput {
        needs: plan_needs(&needs, &missing),
        sites: sites.iter().map(|site| plan_site(incident, site)).collect(),
        sources: sources(&depots, &profiles, &shelves, &facts, now),
        floors: plan_floors(&floors),
        standing: standing.lines,
        limits,
        sizes: sizes(&facts),
        matrix: TravelMatrix::default(),
        policy: asked.policy.clone(),
        departs_at: now,
    };
    Ok(Gathered {
        input,
        ways: routing::question(db, &depots, &sites, now).await?,
        names: Names {
            owners: owners.clone(),
            orders: standing.numbers.clone(),
            ..names(&depots, &sites, &facts, |facts| facts.name.clone())
        },
        names_en: Names {
            owners,
            orders: standing.numbers,
            ..names(&depots, &sites, &facts, |facts| {
                facts.name_en.clone().unwrap_or_else(|| facts.name.clone())
            })
        },
    })
}

async fn sites(
    db: &impl ConnectionTrait,
    scope: &Scope,
    needs: &[NeedFacts],
    standing: &Standing,
) -> Result<Vec<SiteFacts>, Problem> {
    let ids: BTreeSet<_> = (needs.iter().map(|need| need.site))
        .chain(standing.lines.iter().map(|line| line.site))
        .collect();
    let ids: Vec<_> = ids.into_iter().collect();
    incidents::sites(db, scope, &ids).await
}

async fn wanted(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
    only: &[Id<kinds::Need>],
) -> Result<Vec<NeedFacts>, Problem> {
    let limit = NEEDS_MAX as u64 + 1;
    let needs = incidents::open_needs(db, scope, incident, only, limit).await?;
    if needs.len() > NEEDS_MAX {
        return Err(Problem::field(
            "/need_ids",
            "too-many",
            format!("未满足的需求超过 {NEEDS_MAX} 项，请用 need_ids 分批"),
            format!("more than {NEEDS_MAX} needs are open: name a part of them"),
        ));
    }
    if let Some(index) = only
        .iter()
        .position(|id| !needs.iter().any(|need| need.id == *id))
    {
        return Err(Problem::field(
            format!("/need_ids/{index}"),
            "reference",
            "没有这项未满足的需求",
            "there is no such open need",
        ));
    }
    Ok(needs)
}

/// How much of each need no order answers yet, if those that stand did not.
pub(in crate::dispatch) async fn outstanding(
    db: &impl ConnectionTrait,
    needs: &[NeedFacts],
    standing: &Standing,
) -> Result<BTreeMap<Id<kinds::Need>, i64>, Problem> {
    let ids: Vec<_> = needs.iter().map(|need| need.id).collect();
    let progress = progress(db, &ids).await?;
    let (standing, nothing) = (standing.goods(), BTreeMap::new());
    let missing = needs.iter().map(|need| {
        let goods = standing.get(&need.id).unwrap_or(&nothing);
        let answered = progress.get(&need.id);
        let answered = answered.map_or(0, |it| it.answered_without(need, goods));
        (need.id, need.quantity.get() - answered)
    });
    Ok(missing.collect())
}

fn plan_needs(needs: &[NeedFacts], missing: &BTreeMap<Id<kinds::Need>, i64>) -> Vec<PlanNeed> {
    needs
        .iter()
        .filter_map(|need| {
            let quantity = Quantity::new(*missing.get(&need.id)?).ok()?;
            let answered = need.quantity.get() - quantity.get();
            Some(PlanNeed {
                id: need.id,
                item: need.item,
                quantity,
                minimum: need.minimum.and_then(|minimum| minimum.after(answered)),
                priority: need.priority,
                needed_by: need.needed_by,
                site: need.site,
                substitutes: need.substitutes.clone(),
            })
        })
        .collect()
}

fn plan_site(incident: Id<kinds::Incident>, site: &SiteFacts) -> PlanSite {
    PlanSite {
        id: site.id,
        division: site
            .division
            .map(|code| code.as_str().to_owned())
            .unwrap_or_default(),
        purpose: Purpose {
            incident: Some(incident),
            division: site.division,
            programme: None,
        },
    }
}

fn sources(
    depots: &[DepotFacts],
    profiles: &[ProfileFacts],
    shelves: &[Shelf],
    facts: &BTreeMap<Id<kinds::Item>, catalogue::ItemFacts>,
    now: DateTime<Utc>,
) -> Vec<Source> {
    let day = day_at_depots(now);
    let mut lots: BTreeMap<Id<kinds::Depot>, Vec<SourceLot>> = BTreeMap::new();
    for shelf in shelves {
        // What it is bound to is asked of each site by the planner.
        let unbound = Fitness {
            restriction: Restriction::None,
            ..shelf.fitness.clone()
        };
        if unbound.availability(day, &Purpose::default()) != Availability::Available {
            continue;
        }
        let Ok(available) = Quantity::new(shelf.available) else {
            continue;
        };
        let pack = facts
            .get(&shelf.item)
            .and_then(|item| item.units.packs().first())
            .and_then(|pack| Quantity::new(pack.base_units()).ok());
        lots.entry(shelf.depot).or_default().push(SourceLot {
            zone: shelf.zone,
            lot: shelf.lot,
            item: shelf.item,
            owner: shelf.owner,
            available,
            restriction: shelf.fitness.restriction.clone(),
            expiry: shelf.fitness.expires_on,
            received_order: shelf.received,
            pack_units: pack,
        });
    }
    depots
        .iter()
        .zip(profiles)
        .map(|(depot, profile)| Source {
            depot: depot.id,
            level: depot.level,
            division: depot
                .division_code
                .map(|code| code.as_str().to_owned())
                .unwrap_or_default(),
            state: depot.state,
            handling_ml_per_h: (profile.handling_m3_per_h)
                .and_then(|m3| (m3 * Decimal::from(ML_PER_M3)).to_i64()),
            lots: lots.remove(&depot.id).unwrap_or_default(),
        })
        .collect()
}

fn sizes(
    facts: &BTreeMap<Id<kinds::Item>, catalogue::ItemFacts>,
) -> BTreeMap<Id<kinds::Item>, Size> {
    let size = |facts: &catalogue::ItemFacts| Size {
        volume_ml: facts.volume_ml,
        weight_g: facts.weight_g,
    };
    facts
        .iter()
        .map(|(item, facts)| (*item, size(facts)))
        .collect()
}

/// What owners are called who set limits.
async fn owners(
    db: &impl ConnectionTrait,
    limits: &[FairLimit],
) -> Result<BTreeMap<Id<kinds::Organisation>, String>, Problem> {
    let ids: BTreeSet<_> = limits.iter().map(|limit| limit.owner.uuid()).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let names = organisations::names(db, &ids).await?.into_iter();
    Ok(names.map(|(id, name)| (Id::from_uuid(id), name)).collect())
}

/// Vehicles drive from depots from which the caller may plan.
fn vehicles_have_depots(policy: &Policy, depots: &[DepotFacts]) -> Result<(), Problem> {
    let is_strange = |depot: Id<kinds::Depot>| !depots.iter().any(|known| known.id == depot);
    let mut vehicles = policy.vehicles.iter();
    let strange = vehicles.position(|it| it.depot.is_some_and(is_strange));
    strange.map_or(Ok(()), |place| {
        Err(Problem::field(
            format!("/policy/vehicles/{place}/depot_id"),
            "reference",
            "没有这个可以调用的库",
            "there is no such depot to plan from",
        ))
    })
}

fn plan_floors(floors: &BTreeMap<(Id<kinds::Depot>, Id<kinds::Item>), i64>) -> Vec<Floor> {
    floors
        .iter()
        .filter_map(|(&(depot, item), &quantity)| {
            let quantity = Quantity::new(quantity).ok()?;
            Some(Floor {
                depot,
                item,
                quantity,
            })
        })
        .collect()
}

fn names(
    depots: &[DepotFacts],
    sites: &[SiteFacts],
    facts: &BTreeMap<Id<kinds::Item>, catalogue::ItemFacts>,
    name: impl Fn(&catalogue::ItemFacts) -> String,
) -> Names {
    Names {
        owners: BTreeMap::new(),
        orders: BTreeMap::new(),
        depots: depots
            .iter()
            .map(|depot| (depot.id, depot.name.clone()))
            .collect(),
        sites: sites
            .iter()
            .map(|site| (site.id, site.name.clone()))
            .collect(),
        items: facts
            .iter()
            .map(|(id, facts)| {
                let unit = facts.units.base().as_str().to_owned();
                (
                    *id,
                    ItemName {
                        name: name(facts),
                        unit,
                    },
                )
            })
            .collect(),
    }
}
