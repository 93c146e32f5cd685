//! What was called off and what came of it.
//!
//! **Invariant.** A page costs six statements.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    agreements::{CallOff, CallOffState, CallOffStateName, Called},
    kernel::{Id, Quantity, kinds},
    stock::Signature,
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::{
    catalogue,
    http::{Page, PageQuery},
    organisations,
    problem::Problem,
    scope::{Scope, reference, to_change, visible},
};

use super::{
    rows::{
        call_off::{Column, Entity, Model},
        call_off_line, delivery, delivery_line,
    },
    wire::{CallOffFilter, CallOffLineView, CallOffView, DeliveryLineView, DeliveryView},
};

/// A call-off as the table keeps it, or not found.
pub(in crate::agreements) async fn call_off_row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::CallOff>,
) -> Result<Model, Problem> {
    visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// As [`call_off_row`], and others who would change it wait; with what of it has come.
pub(in crate::agreements) async fn call_off_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::CallOff>,
) -> Result<(Model, CallOff), Problem> {
    let row = to_change::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let lines = lines_of_call_off(db, id).await?;
    let lines = lines.into_iter().map(|line| {
        let called = Called {
            quantity: Quantity::new(line.quantity).map_err(Problem::internal)?,
            delivered: line.delivered,
        };
        Ok((Id::from_uuid(line.item_id), called))
    });
    let lines = lines.collect::<Result<_, Problem>>()?;
    let state = state(&row)?;
    Ok((row, CallOff { lines, state }))
}

fn state(row: &Model) -> Result<CallOffState, Problem> {
    let name: CallOffStateName = row.state.parse().map_err(Problem::internal)?;
    let ended = || signature(row.ended_at, row.ended_by.as_ref());
    let reason = || row.end_reason.clone().unwrap_or_default();
    Ok(match name {
        CallOffStateName::Called => CallOffState::Called,
        CallOffStateName::Delivered => CallOffState::Delivered { last: ended()? },
        CallOffStateName::Ended => CallOffState::Ended {
            ended: ended()?,
            reason: reason(),
        },
        CallOffStateName::Cancelled => CallOffState::Cancelled {
            cancelled: ended()?,
            reason: reason(),
        },
    })
}

fn signature(at: Option<DateTime<Utc>>, by: Option<&String>) -> Result<Signature, Problem> {
    match (at, by) {
        (Some(at), Some(by)) => Ok(Signature { by: by.clone(), at }),
        _ => Err(Problem::internal(anyhow::anyhow!(
            "a call-off that is half written"
        ))),
    }
}

/// The lines of a call-off that the caller is known to see, by item.
pub(in crate::agreements) async fn lines_of_call_off(
    db: &impl ConnectionTrait,
    id: Id<kinds::CallOff>,
) -> Result<Vec<call_off_line::Model>, Problem> {
    lines_of(db, &[id.uuid()]).await
}

async fn lines_of(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<Vec<call_off_line::Model>, Problem> {
    use call_off_line::{Column, Entity};
    Ok(reference::<Entity>()
        .filter(Column::CallOffId.is_in(ids.iter().copied()))
        .order_by_asc(Column::ItemId)
        .all(db)
        .await?)
}

/// A delivery, whose call-off must be seen by whoever is told of it.
pub(in crate::agreements) async fn delivery_row(
    db: &impl ConnectionTrait,
    id: Id<kinds::Delivery>,
) -> Result<delivery::Model, Problem> {
    reference::<delivery::Entity>()
        .filter(delivery::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// What a delivery brought, by item.
pub(in crate::agreements) async fn lines_of_delivery(
    db: &impl ConnectionTrait,
    id: Id<kinds::Delivery>,
) -> Result<Vec<delivery_line::Model>, Problem> {
    brought_by(db, &[id.uuid()]).await
}

async fn brought_by(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<Vec<delivery_line::Model>, Problem> {
    use delivery_line::{Column, Entity};
    Ok(reference::<Entity>()
        .filter(Column::DeliveryId.is_in(ids.iter().copied()))
        .order_by_asc(Column::ItemId)
        .all(db)
        .await?)
}

/// One call-off, or not found.
pub(in crate::agreements) async fn call_off(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::CallOff>,
) -> Result<CallOffView, Problem> {
    let row = call_off_row(db, scope, id).await?;
    let mut views = views(db, vec![row]).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// A page of call-offs, the newest first.
pub(in crate::agreements) async fn call_offs(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &CallOffFilter,
    page: &PageQuery,
) -> Result<Page<CallOffView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(agreement) = filter.agreement_id {
        select = select.filter(Column::AgreementId.eq(agreement.uuid()));
    }
    if let Some(supplier) = filter.supplier_id {
        select = select.filter(Column::SupplierId.eq(supplier.uuid()));
    }
    if let Some(depot) = filter.to_depot_id {
        select = select.filter(Column::ToDepotId.eq(depot.uuid()));
    }
    if let Some(incident) = filter.incident_id {
        select = select.filter(Column::IncidentId.eq(incident.uuid()));
    }
    if let Some(state) = &filter.state {
        select = select.filter(Column::State.eq(state));
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, Column::Id, |row| row.id, &mark)
        .await?;
    Ok(Page {
        items: views(db, found.items).await?,
        next_cursor: found.next_cursor,
    })
}

async fn views(db: &impl ConnectionTrait, found: Vec<Model>) -> Result<Vec<CallOffView>, Problem> {
    let ids: Vec<_> = found.iter().map(|row| row.id).collect();
    let lines = lines_of(db, &ids).await?;
    let deliveries = reference::<delivery::Entity>()
        .filter(delivery::Column::CallOffId.is_in(ids.iter().copied()))
        .order_by_asc(delivery::Column::Id)
        .all(db)
        .await?;
    let brought: Vec<_> = deliveries.iter().map(|row| row.id).collect();
    let brought = brought_by(db, &brought).await?;
    let items: Vec<_> = lines
        .iter()
        .map(|line| Id::from_uuid(line.item_id))
        .collect();
    let items = catalogue::item_facts(db, &items).await?;
    let suppliers: Vec<_> = found.iter().map(|row| row.supplier_id).collect();
    let names = organisations::names(db, &suppliers).await?;
    let mut lines_of: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in lines {
        let item = items.get(&Id::from_uuid(line.item_id));
        let of = lines_of.entry(line.call_off_id).or_default();
        of.push(CallOffLineView::new(line, item)?);
    }
    let mut brought_by: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in brought {
        let of = brought_by.entry(line.delivery_id).or_default();
        of.push(DeliveryLineView::from(line));
    }
    let mut deliveries_of: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in deliveries {
        let lines = brought_by.remove(&row.id).unwrap_or_default();
        let of = deliveries_of.entry(row.call_off_id).or_default();
        of.push(DeliveryView::new(row, lines));
    }
    Ok(found
        .into_iter()
        .map(|row| {
            let lines = lines_of.remove(&row.id).unwrap_or_default();
            let deliveries = deliveries_of.remove(&row.id).unwrap_or_default();
            let supplier = names.get(&row.supplier_id).cloned().unwrap_or_default();
            CallOffView::new(row, supplier, lines, deliveries)
        })
        .collect())
}
