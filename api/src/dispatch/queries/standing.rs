//! What orders of an incident say and have not sent, as a new plan may change it.
//!
//! **Invariant.** Four statements, whatever the count of orders. Only what nobody has laid a hand on
//! yet is in here, and only from depots that the plan may take from; all other orders answer needs
//! as they are. What is freed is what the reservations really hold for these lines.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    dispatch::{order::StateName, planner::StandingLine},
    kernel::{Id, Quantity, kinds},
    stock::{Account, BalanceKey, Condition},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};

use crate::{
    dispatch::{
        queries::account,
        rows::{order, order_line},
    },
    problem::Problem,
    scope::{Scope, reference, visible},
    stock::{self, available::Freed},
};

/// The lines that may be changed, and what comes with them.
#[derive(Debug, Default)]
pub(in crate::dispatch) struct Standing {
    pub(in crate::dispatch) lines: Vec<StandingLine>,
    /// The numbers of their papers.
    pub(in crate::dispatch) numbers: BTreeMap<Id<kinds::DispatchOrder>, String>,
    /// What they hold on shelves.
    pub(in crate::dispatch) freed: Freed,
    /// Whose goods they draw, since when.
    pub(in crate::dispatch) drawn: Vec<Drawn>,
}

/// What an order that stands is still to send of an owner's goods.
#[derive(Debug, Clone, Copy)]
pub(in crate::dispatch) struct Drawn {
    pub(in crate::dispatch) owner: Id<kinds::Organisation>,
    pub(in crate::dispatch) item: Id<kinds::Item>,
    /// When it was drawn up.
    pub(in crate::dispatch) at: DateTime<Utc>,
    /// Base units.
    pub(in crate::dispatch) units: i64,
}

impl Standing {
    /// What they send to each need, by item.
    pub(in crate::dispatch) fn goods(
        &self,
    ) -> BTreeMap<Id<kinds::Need>, BTreeMap<Id<kinds::Item>, i64>> {
        let mut goods: BTreeMap<_, BTreeMap<_, i64>> = BTreeMap::new();
        for line in &self.lines {
            let of_need = goods.entry(line.need).or_default();
            *of_need.entry(line.item).or_default() += line.quantity.get();
        }
        goods
    }
}

/// The standing lines of an incident's orders from `depots`: of the needs that `only` names, or of
/// all, those that were taken back too.
pub(in crate::dispatch) async fn standing(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
    depots: &BTreeSet<Id<kinds::Depot>>,
    only: &[Id<kinds::Need>],
) -> Result<Standing, Problem> {
    let states = StateName::ALL.iter().filter(|it| it.may_be_replanned());
    let mut orders = visible::<order::Entity>(scope)
        .filter(order::Column::IncidentId.eq(incident.uuid()))
        .filter(order::Column::State.is_in(states.map(|state| state.name())))
        .order_by_asc(order::Column::Id)
        .all(db)
        .await?;
    orders.retain(|order| depots.contains(&Id::from_uuid(order.depot_id)));
    let mut lines: BTreeMap<_, Vec<order_line::Model>> = BTreeMap::new();
    let found = reference::<order_line::Entity>()
        .filter(order_line::Column::OrderId.is_in(orders.iter().map(|order| order.id)))
        .order_by_asc(order_line::Column::OrderId)
        .order_by_asc(order_line::Column::Line)
        .all(db)
        .await?;
    for line in found {
        lines.entry(line.order_id).or_default().push(line);
    }
    let reservations = orders.iter().filter_map(|order| order.reservation_id);
    let mut held = stock::held_by(db, reservations).await?;
    let only: BTreeSet<_> = only.iter().copied().collect();
    let mut standing = Standing::default();
    for order in orders {
        let lines = lines.remove(&order.id).unwrap_or_default();
        let held = order.reservation_id.and_then(|id| held.remove(&id));
        standing.add(&order, &lines, &held.unwrap_or_default(), &only);
    }
    Ok(standing)
}

impl Standing {
    fn add(
        &mut self,
        order: &order::Model,
        lines: &[order_line::Model],
        held: &BTreeMap<BalanceKey, i64>,
        only: &BTreeSet<Id<kinds::Need>>,
    ) {
        let id = Id::from_uuid(order.id);
        let depot = Id::from_uuid(order.depot_id);
        let mut said: BTreeMap<_, i64> = BTreeMap::new();
        // What else the order is to send of the same goods stays held for that.
        let mut others: BTreeMap<_, i64> = BTreeMap::new();
        for row in lines {
            let goods = (Id::from_uuid(row.zone_id), Id::from_uuid(row.lot_id));
            let to_leave = account(row).to_leave();
            match line(order, row, to_leave, only) {
                Some(line) => {
                    self.drawn.push(Drawn {
                        owner: Id::from_uuid(order.owner_id),
                        item: line.item,
                        at: order.created_at,
                        units: to_leave,
                    });
                    *said.entry(goods).or_default() += to_leave;
                    self.numbers.insert(id, order.number.clone());
                    self.lines.push(line);
                }
                None if is_usable(row) => *others.entry(goods).or_default() += to_leave,
                None => {}
            }
        }
        for ((zone, lot), said) in said {
            let key = BalanceKey {
                account: Account::Zone { depot, zone },
                lot,
                condition: Condition::Usable,
            };
            let held = held.get(&key).copied().unwrap_or(0);
            let free = held - others.get(&(zone, lot)).copied().unwrap_or(0);
            *self.freed.entry((depot, zone, lot)).or_default() += free.clamp(0, said);
        }
    }
}

fn is_usable(row: &order_line::Model) -> bool {
    row.condition == Condition::Usable.name()
}

fn line(
    order: &order::Model,
    row: &order_line::Model,
    to_leave: i64,
    only: &BTreeSet<Id<kinds::Need>>,
) -> Option<StandingLine> {
    let need = row.need_id.map(Id::from_uuid)?;
    let is_meant = (only.is_empty() || only.contains(&need)) && is_usable(row);
    is_meant.then_some(StandingLine {
        order: Id::from_uuid(order.id),
        line: row.line,
        is_approved: order.state == StateName::Approved.name(),
        need,
        item: Id::from_uuid(row.item_id),
        site: Id::from_uuid(order.site_id?),
        depot: Id::from_uuid(order.depot_id),
        zone: Id::from_uuid(row.zone_id),
        lot: Id::from_uuid(row.lot_id),
        quantity: Quantity::new(to_leave).ok()?,
    })
}
