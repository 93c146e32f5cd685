//! Reads of plans.
//!
//! **Invariant.** What was computed is shown as it was stored.

use std::collections::BTreeMap;

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::{
    dispatch::{
        rows::{order, plan},
        wire::{PlanContent, PlanFilter, PlanView},
    },
    http::{Direction, Page, PageQuery, by_id_only},
    problem::Problem,
    scope::{Scope, to_change, visible},
};

/// A plan as the table keeps it, or not found.
pub(in crate::dispatch) async fn plan_row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Plan>,
) -> Result<plan::Model, Problem> {
    visible::<plan::Entity>(scope)
        .filter(plan::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// A plan that this transaction is going to change: others who would change it wait.
pub(in crate::dispatch) async fn plan_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Plan>,
) -> Result<plan::Model, Problem> {
    to_change::<plan::Entity>(scope)
        .filter(plan::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

pub(in crate::dispatch) async fn plan(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Plan>,
) -> Result<PlanView, Problem> {
    let row = plan_row(db, scope, id).await?;
    let mut orders = orders_of(db, &[row.id]).await?;
    view(row, &mut orders)
}

pub(in crate::dispatch) async fn plans(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &PlanFilter,
    page: &PageQuery,
) -> Result<Page<PlanView>, Problem> {
    let mut select = visible::<plan::Entity>(scope);
    if let Some(incident) = filter.incident_id {
        select = select.filter(plan::Column::IncidentId.eq(incident.uuid()));
    }
    let mark = format!("{filter:?}");
    let rows = page
        .by_id(select, plan::Column::Id, Direction::Descending, &mark)?
        .all(db)
        .await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut orders = orders_of(db, &ids).await?;
    let views: Vec<_> = rows
        .into_iter()
        .map(|row| view(row, &mut orders))
        .collect::<Result<_, _>>()?;
    Ok(Page::cut(
        views,
        page,
        &mark,
        |view| by_id_only(view.id),
        |view| view,
    ))
}

type OrdersOf = BTreeMap<Uuid, Vec<Id<kinds::DispatchOrder>>>;

async fn orders_of(db: &impl ConnectionTrait, plans: &[Uuid]) -> Result<OrdersOf, Problem> {
    let rows = visible::<order::Entity>(&Scope::Everything)
        .filter(order::Column::PlanId.is_in(plans.iter().copied()))
        .order_by_asc(order::Column::Id)
        .all(db)
        .await?;
    let mut orders = OrdersOf::new();
    for row in rows {
        if let Some(plan) = row.plan_id {
            orders.entry(plan).or_default().push(Id::from_uuid(row.id));
        }
    }
    Ok(orders)
}

fn view(row: plan::Model, orders: &mut OrdersOf) -> Result<PlanView, Problem> {
    let plan::Model {
        id,
        incident_id,
        organisation_id: _,
        state,
        policy,
        result,
        computed_at,
        confirmed_at,
        version,
        created_at: _,
    } = row;
    let content: PlanContent = serde_json::from_str(&result).map_err(Problem::internal)?;
    Ok(PlanView {
        id: Id::from_uuid(id),
        incident_id: Id::from_uuid(incident_id),
        state,
        policy: serde_json::from_str(&policy).map_err(Problem::internal)?,
        computed_at,
        confirmed_at,
        allocations: content.allocations,
        shortfalls: content.shortfalls,
        measures: content.measures,
        unmeasured_item_ids: content.unmeasured,
        replan: content.replan,
        changes: content.changes,
        sentences: content.sentences,
        order_ids: orders.remove(&id).unwrap_or_default(),
        version,
    })
}
