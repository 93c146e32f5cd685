//! Reads of plans.
//!
//! **Invariant.** What was computed is shown as it was stored.

use std::collections::BTreeMap;

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::{
    dispatch::{
        rows::{order, plan},
        wire::{PlanContent, PlanDocument, PlanFilter, PlanHead, PlanView},
    },
    http::{Direction, Page, PageQuery, by_id_only},
    problem::Problem,
    scope::{Scope, to_change, visible},
};

/// For which incident a plan is and whose it is, or not found.
pub(in crate::dispatch) async fn plan_parties(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Plan>,
) -> Result<(Id<kinds::Incident>, Uuid), Problem> {
    let found: Option<(Uuid, Uuid)> = visible::<plan::Entity>(scope)
        .select_only()
        .column(plan::Column::IncidentId)
        .column(plan::Column::OrganisationId)
        .filter(plan::Column::Id.eq(id.uuid()))
        .into_tuple()
        .one(db)
        .await?;
    let (incident, organisation) = found.ok_or_else(Problem::not_found)?;
    Ok((Id::from_uuid(incident), organisation))
}

/// The text that the content of a plan is kept as, for whoever has been answered with it before.
pub(in crate::dispatch) async fn plan_text(
    db: &impl ConnectionTrait,
    id: Id<kinds::Plan>,
) -> Result<String, Problem> {
    let found: Option<String> = visible::<plan::Entity>(&Scope::Everything)
        .select_only()
        .column(plan::Column::Result)
        .filter(plan::Column::Id.eq(id.uuid()))
        .into_tuple()
        .one(db)
        .await?;
    found.ok_or_else(Problem::not_found)
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

/// A plan, as it is answered.
pub(in crate::dispatch) async fn plan(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Plan>,
) -> Result<PlanDocument, Problem> {
    let row = visible::<plan::Entity>(scope)
        .filter(plan::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let orders = orders_of(db, &[row.id]).await?.remove(&row.id);
    PlanDocument::new(head(&row, orders.unwrap_or_default())?, row.result)
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
    let rows: Vec<(Uuid, Uuid)> = visible::<order::Entity>(&Scope::Everything)
        .select_only()
        .column(order::Column::PlanId)
        .column(order::Column::Id)
        .filter(order::Column::PlanId.is_in(plans.iter().copied()))
        .order_by_asc(order::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let mut orders = OrdersOf::new();
    for (plan, id) in rows {
        orders.entry(plan).or_default().push(Id::from_uuid(id));
    }
    Ok(orders)
}

fn view(row: plan::Model, orders: &mut OrdersOf) -> Result<PlanView, Problem> {
    let content: PlanContent = serde_json::from_str(&row.result).map_err(Problem::internal)?;
    let orders = orders.remove(&row.id).unwrap_or_default();
    Ok(PlanView::of(head(&row, orders)?, content))
}

/// A plan as the table keeps it, but for its content.
pub(in crate::dispatch) fn head(
    row: &plan::Model,
    order_ids: Vec<Id<kinds::DispatchOrder>>,
) -> Result<PlanHead, Problem> {
    Ok(PlanHead {
        id: Id::from_uuid(row.id),
        incident_id: Id::from_uuid(row.incident_id),
        state: row.state.clone(),
        policy: serde_json::from_str(&row.policy).map_err(Problem::internal)?,
        computed_at: row.computed_at,
        confirmed_at: row.confirmed_at,
        order_ids,
        version: row.version,
    })
}
