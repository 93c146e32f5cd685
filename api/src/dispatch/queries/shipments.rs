//! Reads of shipments and hand-overs.
//!
//! **Invariant.** A list costs two statements, whatever its length: the shipments and their lines.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    dispatch::shipment::ShipmentState,
    kernel::{Id, kinds},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::{
    dispatch::{
        rows::{hand_over, shipment, shipment_line},
        wire::{HandOverView, ShipmentFilter, ShipmentLineView, ShipmentView},
    },
    http::{Direction, Page, PageQuery, by_id_only},
    problem::Problem,
    scope::{Scope, parts, reference, to_change, visible},
};

pub(in crate::dispatch) async fn shipment_row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Shipment>,
) -> Result<shipment::Model, Problem> {
    visible::<shipment::Entity>(scope)
        .filter(shipment::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// A shipment that this transaction is going to change: others who would change it wait.
pub(in crate::dispatch) async fn shipment_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Shipment>,
) -> Result<shipment::Model, Problem> {
    to_change::<shipment::Entity>(scope)
        .filter(shipment::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// A hand-over, whose shipment must be seen by whoever is told of it.
pub(in crate::dispatch) async fn hand_over_row(
    db: &impl ConnectionTrait,
    id: Id<kinds::HandOver>,
) -> Result<hand_over::Model, Problem> {
    reference::<hand_over::Entity>()
        .filter(hand_over::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

pub(in crate::dispatch) async fn shipment_lines(
    db: &impl ConnectionTrait,
    shipments: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<shipment_line::Model>>, Problem> {
    let rows = reference::<shipment_line::Entity>()
        .filter(shipment_line::Column::ShipmentId.is_in(shipments.iter().copied()))
        .order_by_asc(shipment_line::Column::ShipmentId)
        .order_by_asc(shipment_line::Column::Line)
        .all(db)
        .await?;
    let mut lines: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows {
        lines.entry(row.shipment_id).or_default().push(row);
    }
    Ok(lines)
}

pub(in crate::dispatch) async fn shipment(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Shipment>,
) -> Result<ShipmentView, Problem> {
    let row = shipment_row(db, scope, id).await?;
    let mut lines = shipment_lines(db, &[row.id]).await?;
    let signed = reference::<hand_over::Entity>()
        .filter(hand_over::Column::DepotId.eq(row.depot_id))
        .filter(hand_over::Column::ShipmentId.eq(row.id))
        .order_by_asc(hand_over::Column::Id)
        .all(db)
        .await?;
    let lines = lines.remove(&row.id).unwrap_or_default();
    let mut view = view(row, lines);
    view.hand_overs = signed
        .into_iter()
        .map(signed_view)
        .collect::<Result<_, _>>()?;
    Ok(view)
}

pub(in crate::dispatch) async fn shipments(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &ShipmentFilter,
    page: &PageQuery,
) -> Result<Page<ShipmentView>, Problem> {
    use shipment::Column;
    let mut select = visible::<shipment::Entity>(scope);
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(order) = filter.order_id {
        select = select.filter(Column::OrderId.eq(order.uuid()));
    }
    if let Some(incident) = filter.incident_id {
        select = select.filter(Column::IncidentId.eq(incident.uuid()));
    }
    if let Some(state) = &filter.state {
        let (kept_as, recalled) = match state.parse().map_err(Problem::internal)? {
            ShipmentState::Recalled => (ShipmentState::OnRoad, true),
            ShipmentState::Returned => (ShipmentState::Returned, true),
            other => (other, false),
        };
        let is_recalled = if recalled {
            Column::RecalledAt.is_not_null()
        } else {
            Column::RecalledAt.is_null()
        };
        select = select
            .filter(Column::State.eq(kept_as.name()))
            .filter(is_recalled);
    }
    let mark = format!("{filter:?}");
    let rows = page
        .by_id(select, Column::Id, Direction::Descending, &mark)?
        .all(db)
        .await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut lines = shipment_lines(db, &ids).await?;
    Ok(Page::cut(
        rows,
        page,
        &mark,
        |row| by_id_only::<kinds::Shipment>(Id::from_uuid(row.id)),
        |row| {
            let lines = lines.remove(&row.id).unwrap_or_default();
            view(row, lines)
        },
    ))
}

fn signed_view(row: hand_over::Model) -> Result<HandOverView, Problem> {
    Ok(HandOverView {
        id: Id::from_uuid(row.id),
        occurred_at: row.occurred_at,
        recorded_at: row.recorded_at,
        given_by: row.given_by,
        received_by: row.received_by,
        note: row.note,
        people_served: row.people_served,
        lines: serde_json::from_str(&row.lines).map_err(Problem::internal)?,
        way: row.way,
        reversed_at: row.reversed_at,
        reversed_by_id: row.reversed_by_id.map(Id::from_uuid),
        reversal_reason: row.reversal_reason,
    })
}

fn view(row: shipment::Model, lines: Vec<shipment_line::Model>) -> ShipmentView {
    let shipment::Model {
        depot_id,
        id,
        order_id,
        waybill,
        custodian_id: _,
        requester_id: _,
        receiver_id,
        site_id,
        to_depot_id,
        incident_id,
        state,
        vehicle,
        driver,
        departed_at,
        expected_at,
        arrived_at,
        movement_id,
        version,
        created_at: _,
        recalled_at,
        recalled_by_id,
        recall_reason,
    } = row;
    let is_coming_back = recalled_at.is_some() && state == ShipmentState::OnRoad.name();
    ShipmentView {
        id: Id::from_uuid(id),
        waybill,
        depot_id: Id::from_uuid(depot_id),
        order_id: order_id.map(Id::from_uuid),
        receiver_id: Id::from_uuid(receiver_id),
        site_id: site_id.map(Id::from_uuid),
        to_depot_id: to_depot_id.map(Id::from_uuid),
        incident_id: incident_id.map(Id::from_uuid),
        state: if is_coming_back {
            ShipmentState::Recalled.name().to_owned()
        } else {
            state
        },
        recalled_at,
        recalled_by_id: recalled_by_id.map(Id::from_uuid),
        recall_reason,
        vehicle,
        driver,
        departed_at,
        expected_at,
        arrived_at,
        movement_id: Id::from_uuid(movement_id),
        lines: lines
            .into_iter()
            .map(|line| ShipmentLineView {
                lot_id: Id::from_uuid(line.lot_id),
                condition: line.condition,
                sent: line.sent,
                received: line.received,
                damaged: line.damaged,
                short: line.short,
                returned: line.returned,
                remaining: line.sent - line.received - line.damaged - line.short - line.returned,
            })
            .collect(),
        hand_overs: Vec::new(),
        version,
    }
}

/// To which sites shipments go; those between depots are left out. One statement for every few
/// thousand.
pub(crate) async fn sites_of_shipments(
    db: &impl ConnectionTrait,
    ids: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Uuid>, Problem> {
    use shipment::{Column, Entity};
    let ids: Vec<_> = ids.into_iter().collect();
    let mut sites = BTreeMap::new();
    for ids in ids.chunks(10_000) {
        let found: Vec<(Uuid, Option<Uuid>)> = visible::<Entity>(&Scope::Everything)
            .select_only()
            .columns([Column::Id, Column::SiteId])
            .filter(Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        sites.extend(found.into_iter().filter_map(|(id, site)| Some((id, site?))));
    }
    Ok(sites)
}

/// A shipment by its waybill, for whoever reads that.
#[derive(Debug)]
pub(crate) struct WaybillFacts {
    pub(crate) waybill: String,
    pub(crate) state: String,
    pub(crate) custodian: Id<kinds::Organisation>,
    pub(crate) receiver: Id<kinds::Organisation>,
    pub(crate) incident: Option<Id<kinds::Incident>>,
    pub(crate) departed_at: DateTime<Utc>,
    pub(crate) arrived_at: Option<DateTime<Utc>>,
    pub(crate) lines: Vec<WaybillLine>,
}

/// One lot of it, in base units.
#[derive(Debug)]
pub(crate) struct WaybillLine {
    pub(crate) lot: Id<kinds::Lot>,
    pub(crate) sent: i64,
    pub(crate) received: i64,
    pub(crate) damaged: i64,
    pub(crate) short: i64,
    pub(crate) returned: i64,
}

/// The shipment that travels under a waybill: two statements.
pub(crate) async fn shipment_by_waybill(
    db: &impl ConnectionTrait,
    waybill: &str,
) -> Result<WaybillFacts, Problem> {
    let row = visible::<shipment::Entity>(&Scope::Everything)
        .filter(shipment::Column::Waybill.eq(waybill))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let lines = parts::<shipment_line::Entity>()
        .filter(shipment_line::Column::DepotId.eq(row.depot_id))
        .filter(shipment_line::Column::ShipmentId.eq(row.id))
        .order_by_asc(shipment_line::Column::Line)
        .all(db)
        .await?;
    let line = |line: shipment_line::Model| WaybillLine {
        lot: Id::from_uuid(line.lot_id),
        sent: line.sent,
        received: line.received,
        damaged: line.damaged,
        short: line.short,
        returned: line.returned,
    };
    Ok(WaybillFacts {
        waybill: row.waybill,
        state: row.state,
        custodian: Id::from_uuid(row.custodian_id),
        receiver: Id::from_uuid(row.receiver_id),
        incident: row.incident_id.map(Id::from_uuid),
        departed_at: row.departed_at,
        arrived_at: row.arrived_at,
        lines: lines.into_iter().map(line).collect(),
    })
}
