//! Confirming or discarding a plan.
//!
//! **Invariant.** A confirmed plan has reserved all that it uses, and changed all the orders that it
//! was to change, or nothing at all. A plan that no longer fits is refused with what changed.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    dispatch::order::Parties,
    identity::Capability,
    kernel::{Id, Kind, Quantity, kinds},
    stock::{Condition, Purpose},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    holding::{HELD, Trade},
    kept_plan::{KeptPlan, RecordedPlan},
    make_way,
    new_order::{NewLine, NewOrder, insert_all},
};
use crate::{
    clock::Laps,
    depots::{self, DepotFacts},
    dispatch::{
        queries::{self, Standing, plan_input},
        rows,
        wire::{AllocationView, ChangeView},
    },
    incidents::{self, NeedFacts, SiteFacts},
    problem::{Code, Problem},
    stock::available::{self, Freed},
    uow::{Command, Permission, Uow},
};

/// As many as are planned for at once.
const NEEDS_MAX: u64 = 20_000;

/// Makes the orders of a plan.
#[derive(Debug)]
pub(in crate::dispatch) struct ConfirmPlan {
    pub(in crate::dispatch) plan: Id<kinds::Plan>,
}

/// What a confirmation reads of what a plan was computed to.
#[derive(Debug, Deserialize)]
struct Taken {
    #[serde(default)]
    replan: bool,
    allocations: Vec<AllocationView>,
    #[serde(default)]
    changes: Vec<ChangeView>,
}

// One order: goods of one owner from one depot to one site.
type OrderKey = (Id<kinds::Depot>, Id<kinds::Organisation>, Id<kinds::Site>);

impl Command for ConfirmPlan {
    type Output = KeptPlan;
    const NAME: &'static str = "dispatch.confirm_plan";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ConfirmPlan]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<KeptPlan, Problem> {
        let mut laps = Laps::begin();
        let (incident, organisation) =
            queries::plan_parties(uow.db(), &uow.scope(), self.plan).await?;
        uow.require(Capability::ConfirmPlan, organisation).await?;
        // Before the plan, as everybody does who locks both. Of two plans for the same needs the second
        // sees what the first has promised, and of two confirmations of one the second that it is done.
        incidents::hold_incident(uow.db(), &uow.scope(), incident).await?;
        let row = proposed(uow, self.plan).await?;
        let content: Taken = serde_json::from_str(&row.result).map_err(Problem::internal)?;
        let opened = laps.lap();
        let trade = match content.replan {
            true => self.make_way(uow, &content).await?,
            false => Trade::default(),
        };
        let mut changes = changed_needs(uow, incident, &content.allocations).await?;
        changes.extend(changed_stock(uow, &content.allocations, &trade.freed()).await?);
        if !changes.is_empty() {
            return Err(stale(changes));
        }
        let mut orders: BTreeMap<OrderKey, Vec<&AllocationView>> = BTreeMap::new();
        for allocation in content.allocations.iter().filter(|it| it.is_new()) {
            let key = (allocation.depot_id, allocation.owner_id, allocation.site_id);
            orders.entry(key).or_default().push(allocation);
        }
        let depot_ids = distinct(orders.keys().map(|(depot, ..)| *depot));
        let depots = depots::depots_facts(uow.db(), &uow.scope(), &depot_ids).await?;
        let site_ids = distinct(orders.keys().map(|(.., site)| *site));
        let sites: BTreeMap<_, _> = incidents::sites(uow.db(), &uow.scope(), &site_ids)
            .await?
            .into_iter()
            .map(|site| (site.id, site))
            .collect();
        let looked = laps.lap();
        let requester = Id::from_uuid(organisation);
        let mut fresh = Vec::with_capacity(orders.len());
        for ((depot, owner, site), allocations) in orders {
            let (Some(depot), Some(site)) = (depots.get(&depot), sites.get(&site)) else {
                return Err(stale(vec![
                    json!({ "what": "gone", "depot_id": depot, "site_id": site }),
                ]));
            };
            fresh.push(new_order(
                uow,
                self.plan,
                incident,
                requester,
                owner,
                depot,
                site,
                &allocations,
            )?);
        }
        insert_all(uow, &fresh, trade).await.map_err(unless_stock)?;
        let reserved = laps.lap();
        let orders = fresh.len();
        tracing::debug!(orders, ?opened, ?looked, ?reserved, "confirmed");
        let mut order_ids: Vec<_> = fresh.iter().map(|order| order.id).collect();
        order_ids.sort_unstable();
        moved_to(uow, row, "confirmed", order_ids).await
    }
}

impl ConfirmPlan {
    // Orders give up what the plan sends otherwise, before it takes anything.
    async fn make_way(&self, uow: &Uow<'_>, content: &Taken) -> Result<Trade, Problem> {
        let standing = make_way::look(uow, &content.changes).await?;
        let moved = make_way::moved(&content.changes, &standing);
        if !moved.is_empty() {
            return Err(stale(moved));
        }
        let reason = format!("重新调配 re-planned ({})", self.plan);
        make_way::all(uow, standing, &reason).await
    }
}

async fn proposed(uow: &Uow<'_>, id: Id<kinds::Plan>) -> Result<rows::plan::Model, Problem> {
    let row = queries::plan_to_change(uow.db(), &uow.scope(), id).await?;
    if row.state == "proposed" {
        Ok(row)
    } else {
        Err(Problem::new(Code::WrongState).with("state", row.state))
    }
}

// The plan in its new state. What it was computed to is not written again.
async fn moved_to(
    uow: &mut Uow<'_>,
    row: rows::plan::Model,
    state: &str,
    order_ids: Vec<Id<kinds::DispatchOrder>>,
) -> Result<KeptPlan, Problem> {
    let row = rows::plan::Model {
        state: state.to_owned(),
        confirmed_at: (state == "confirmed").then(|| uow.now()),
        version: row.version + 1,
        ..row
    };
    let change = rows::plan::ActiveModel {
        state: Set(row.state.clone()),
        confirmed_at: Set(row.confirmed_at),
        version: Set(row.version),
        ..Default::default()
    };
    rows::plan::Entity::update_many()
        .set(change)
        .filter(rows::plan::Column::Id.eq(row.id))
        .exec(uow.db())
        .await?;
    uow.subject(
        Id::<kinds::Plan>::from_uuid(row.id),
        Some(row.organisation_id),
    );
    let recorded = RecordedPlan {
        head: queries::head(&row, order_ids)?,
        content: uow.digest(&row.result),
    };
    Ok(KeptPlan {
        recorded,
        text: row.result,
    })
}

fn distinct<K: Kind>(ids: impl Iterator<Item = Id<K>>) -> Vec<Id<K>> {
    let ids: BTreeSet<_> = ids.collect();
    ids.into_iter().collect()
}

// Needs that were withdrawn, or answered by somebody else meanwhile.
async fn changed_needs(
    uow: &Uow<'_>,
    incident: Id<kinds::Incident>,
    allocations: &[AllocationView],
) -> Result<Vec<Value>, Problem> {
    let mut planned: BTreeMap<Id<kinds::Need>, BTreeMap<Id<kinds::Item>, i64>> = BTreeMap::new();
    for allocation in allocations {
        let of_need = planned.entry(allocation.need_id).or_default();
        *of_need.entry(allocation.item_id).or_default() += allocation.to_order();
    }
    let ids: Vec<_> = planned.keys().copied().collect();
    let needs = incidents::open_needs(uow.db(), &uow.scope(), incident, &ids, NEEDS_MAX).await?;
    let missing = plan_input::outstanding(uow.db(), &needs, &Standing::default()).await?;
    let needs: BTreeMap<_, _> = needs.iter().map(|need| (need.id, need)).collect();
    let changes = planned
        .into_iter()
        .filter_map(|(need, goods)| {
            let missing = missing.get(&need).copied().unwrap_or(0);
            let all = goods.values().sum();
            let facts = needs.get(&need);
            let (planned, fits) = facts.map_or((all, false), |need| fit(need, &goods, missing));
            (!fits).then(|| {
                json!({ "what": "need", "need_id": need, "planned": planned, "missing": missing })
            })
        })
        .collect();
    Ok(changes)
}

// For how much of a need these goods stand, and whether all of them are still wanted: of a substitute
// no more than it takes for whole units.
fn fit(need: &NeedFacts, goods: &BTreeMap<Id<kinds::Item>, i64>, missing: i64) -> (i64, bool) {
    let mut planned = goods.get(&need.item).copied().unwrap_or(0);
    let mut fits = planned <= missing;
    for it in need.substitutes.iter() {
        let units = goods.get(&it.item).copied().unwrap_or(0);
        fits &= units <= it.rate.takes(missing - planned);
        planned += it.rate.worth(units);
    }
    (planned, fits)
}

// Goods that somebody took or bound meanwhile. The reservation itself decides; this looks at all of
// them first, because a dispatcher in a hurry wants to know everything that changed.
async fn changed_stock(
    uow: &Uow<'_>,
    allocations: &[AllocationView],
    freed: &Freed,
) -> Result<Vec<Value>, Problem> {
    let mut planned: BTreeMap<_, i64> = BTreeMap::new();
    for it in allocations {
        *planned
            .entry((it.depot_id, it.zone_id, it.lot_id))
            .or_default() += it.to_order();
    }
    let depots = distinct(allocations.iter().map(|it| it.depot_id));
    let items = distinct(allocations.iter().map(|it| it.item_id));
    let shelves = available::shelves_with(uow.db(), &uow.scope(), &depots, &items, freed).await?;
    let there: BTreeMap<_, _> = shelves
        .into_iter()
        .map(|shelf| ((shelf.depot, shelf.zone, shelf.lot), shelf.available))
        .collect();
    let changes = planned
        .into_iter()
        .filter_map(|((depot, zone, lot), planned)| {
            let available = there.get(&(depot, zone, lot)).copied().unwrap_or(0);
            (planned > available).then(|| {
                json!({
                    "what": "stock", "depot_id": depot, "zone_id": zone, "lot_id": lot,
                    "planned": planned, "available": available,
                })
            })
        })
        .collect();
    Ok(changes)
}

#[expect(
    clippy::too_many_arguments,
    reason = "an order has that many parties and each is known apart"
)]
fn new_order(
    uow: &Uow<'_>,
    plan: Id<kinds::Plan>,
    incident: Id<kinds::Incident>,
    requester: Id<kinds::Organisation>,
    owner: Id<kinds::Organisation>,
    depot: &DepotFacts,
    site: &SiteFacts,
    allocations: &[&AllocationView],
) -> Result<NewOrder, Problem> {
    let lines = allocations
        .iter()
        .map(|allocation| {
            Ok(NewLine {
                need: Some(allocation.need_id),
                item: allocation.item_id,
                lot: allocation.lot_id,
                zone: allocation.zone_id,
                condition: Condition::Usable,
                quantity: Quantity::new(allocation.to_order()).map_err(Problem::internal)?,
            })
        })
        .collect::<Result<_, Problem>>()?;
    Ok(NewOrder {
        id: uow.id(),
        depot: depot.id,
        depot_code: depot.code.clone(),
        parties: Parties {
            requester,
            owner,
            keeper: depot.organisation_id,
            receiver: site.receiver,
        },
        incident: Some(incident),
        plan: Some(plan),
        site: Some(site.id),
        to_depot: None,
        lines,
        purpose: Purpose {
            incident: Some(incident),
            division: site.division,
            programme: None,
        },
        held_until: uow.now() + HELD,
        contact_from: None,
        contact_to: None,
        note: None,
    })
}

// Stock that went meanwhile is a change that the plan did not see, not a fault of this request. The
// problem names the depot itself.
fn unless_stock(problem: Problem) -> Problem {
    match problem.code {
        Code::InsufficientStock | Code::GoodsWithheld | Code::WrongState => {
            let mut change = problem.extension;
            change.insert("what".to_owned(), Value::from("stock"));
            stale(vec![Value::Object(change)])
        }
        _ => problem,
    }
}

fn stale(changes: Vec<Value>) -> Problem {
    Problem::new(Code::PlanStale).with("changes", changes)
}

/// Puts a plan aside.
#[derive(Debug)]
pub(in crate::dispatch) struct DiscardPlan {
    pub(in crate::dispatch) plan: Id<kinds::Plan>,
}

impl Command for DiscardPlan {
    type Output = KeptPlan;
    const NAME: &'static str = "dispatch.discard_plan";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PlanDispatch]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<KeptPlan, Problem> {
        let row = proposed(uow, self.plan).await?;
        uow.require(Capability::PlanDispatch, row.organisation_id)
            .await?;
        moved_to(uow, row, "discarded", Vec::new()).await
    }
}
