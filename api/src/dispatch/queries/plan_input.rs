//! Everything that a plan is made from.
//!
//! **Invariant.** A fixed number of statements, whatever the count of needs and depots. Only goods
//! that may serve the need's purpose today are handed to the planner.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    dispatch::planner::{
        Floor, ItemName, Names, PlanInput, PlanNeed, PlanSite, Policy, Source, SourceLot,
    },
    kernel::{Id, Quantity, kinds},
    routing::{GreatCircle, TravelMatrix},
    stock::{Availability, Purpose},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{
    catalogue,
    clock::day_at_depots,
    depots::{self, DepotFacts, DepotSelection},
    dispatch::rows,
    incidents::{self, NeedFacts, SiteFacts},
    problem::Problem,
    scope::{Scope, reference, visible},
    stock::available::{self, Shelf},
};

const NEEDS_MAX: u64 = 5_000;
const SITES_MAX: u64 = 5_000;

/// The input of the planner and what things are called.
pub(in crate::dispatch) struct Gathered {
    pub(in crate::dispatch) input: PlanInput,
    pub(in crate::dispatch) names: Names,
    pub(in crate::dispatch) names_en: Names,
}

/// Reads everything for the open needs of an incident, or of those named.
pub(in crate::dispatch) async fn gather(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
    only: &[Id<kinds::Need>],
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Gathered, Problem> {
    let needs = incidents::open_needs(db, scope, incident, only, NEEDS_MAX).await?;
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
    let missing = outstanding(db, &needs).await?;
    let sites = incidents::sites_of(db, scope, incident, SITES_MAX).await?;
    let depots = depots::depots_where(db, scope, &DepotSelection::default()).await?;
    let depot_ids: Vec<_> = depots.iter().map(|depot| depot.id).collect();
    let items: Vec<_> = needs
        .iter()
        .map(|need| need.item)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let shelves = available::shelves(db, scope, &depot_ids, &items).await?;
    let floors = depots::floors(db, &depot_ids).await?;
    let facts = catalogue::item_facts(db, &items).await?;
    let purpose = Purpose {
        incident: Some(incident),
        division: common_division(&sites),
        programme: None,
    };
    let input = PlanInput {
        needs: plan_needs(&needs, &missing),
        sites: sites.iter().map(plan_site).collect(),
        sources: sources(&depots, &shelves, &facts, &purpose, now),
        floors: plan_floors(&floors),
        matrix: matrix(&depots, &sites),
        policy: policy.clone(),
        departs_at: now,
    };
    Ok(Gathered {
        input,
        names: names(&depots, &sites, &facts, |facts| facts.name.clone()),
        names_en: names(&depots, &sites, &facts, |facts| {
            facts.name_en.clone().unwrap_or_else(|| facts.name.clone())
        }),
    })
}

/// How much of each need no living order answers yet: one statement beside the orders' states.
pub(in crate::dispatch) async fn outstanding(
    db: &impl ConnectionTrait,
    needs: &[NeedFacts],
) -> Result<BTreeMap<Id<kinds::Need>, i64>, Problem> {
    use rows::{order, order_line};
    let lines = reference::<order_line::Entity>()
        .filter(order_line::Column::NeedId.is_in(needs.iter().map(|need| need.id.uuid())))
        .all(db)
        .await?;
    let orders: BTreeSet<_> = lines.iter().map(|line| line.order_id).collect();
    let states: BTreeMap<_, _> = visible::<order::Entity>(&Scope::Everything)
        .filter(order::Column::Id.is_in(orders))
        .all(db)
        .await?
        .into_iter()
        .map(|order| (order.id, order.state))
        .collect();
    let mut missing: BTreeMap<_, _> = needs
        .iter()
        .map(|need| (need.id, need.quantity.get()))
        .collect();
    for line in lines {
        let Some(need) = line.need_id.map(Id::from_uuid) else {
            continue;
        };
        let answered = match states.get(&line.order_id).map_or("", String::as_str) {
            // Nothing of it will come.
            "rejected" | "cancelled" => 0,
            // Nothing more of it will come.
            "recalled" | "delivered" | "closed" => line.received,
            _ => line.quantity - line.lost,
        };
        if let Some(missing) = missing.get_mut(&need) {
            *missing -= answered;
        }
    }
    Ok(missing)
}

fn plan_needs(needs: &[NeedFacts], missing: &BTreeMap<Id<kinds::Need>, i64>) -> Vec<PlanNeed> {
    needs
        .iter()
        .filter_map(|need| {
            let quantity = Quantity::new(*missing.get(&need.id)?).ok()?;
            Some(PlanNeed {
                id: need.id,
                item: need.item,
                quantity,
                priority: need.priority,
                needed_by: need.needed_by,
                site: need.site,
            })
        })
        .collect()
}

fn plan_site(site: &SiteFacts) -> PlanSite {
    PlanSite {
        id: site.id,
        division: site
            .division
            .map(|code| code.as_str().to_owned())
            .unwrap_or_default(),
    }
}

// Goods bound to a division serve an incident whose sites all lie in it.
fn common_division(sites: &[SiteFacts]) -> Option<domain::organisations::DivisionCode> {
    let mut codes = sites.iter().map(|site| site.division);
    let first = codes.next()??;
    codes.all(|code| code == Some(first)).then_some(first)
}

fn sources(
    depots: &[DepotFacts],
    shelves: &[Shelf],
    facts: &BTreeMap<Id<kinds::Item>, catalogue::ItemFacts>,
    purpose: &Purpose,
    now: DateTime<Utc>,
) -> Vec<Source> {
    let day = day_at_depots(now);
    let mut lots: BTreeMap<Id<kinds::Depot>, Vec<SourceLot>> = BTreeMap::new();
    for shelf in shelves {
        if shelf.fitness.availability(day, purpose) != Availability::Available {
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
            expiry: shelf.fitness.expires_on,
            received_order: shelf.received,
            pack_units: pack,
        });
    }
    depots
        .iter()
        .map(|depot| Source {
            depot: depot.id,
            level: depot.level,
            division: depot
                .division_code
                .map(|code| code.as_str().to_owned())
                .unwrap_or_default(),
            state: depot.state,
            lots: lots.remove(&depot.id).unwrap_or_default(),
        })
        .collect()
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

fn matrix(depots: &[DepotFacts], sites: &[SiteFacts]) -> TravelMatrix {
    let origins: Vec<_> = depots
        .iter()
        .filter_map(|depot| Some((depot.id, depot.place?)))
        .collect();
    let destinations: Vec<_> = sites.iter().map(|site| (site.id, site.place)).collect();
    TravelMatrix::great_circle(&origins, &destinations, GreatCircle::default())
}

fn names(
    depots: &[DepotFacts],
    sites: &[SiteFacts],
    facts: &BTreeMap<Id<kinds::Item>, catalogue::ItemFacts>,
    name: impl Fn(&catalogue::ItemFacts) -> String,
) -> Names {
    Names {
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
