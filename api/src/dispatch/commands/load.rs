//! Goods that leave a depot together: their movement, their shipment and its waybill.
//!
//! **Invariant.** What the shipment says was sent is what its movement put on the road.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    dispatch::shipment::ShipmentState,
    kernel::{Id, Text, kinds},
    stock::{Account, Condition, Hold, Kind, Line, Movement, Purpose},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};

use super::{
    Transport,
    numbers::{self, Series},
};
use crate::{
    depots,
    dispatch::{
        queries,
        rows::{order, shipment, shipment_line},
    },
    problem::Problem,
    scope::Scope,
    stock::ledger::Papers,
    uow::Uow,
};

/// Goods that leave a depot together.
pub(super) struct Load {
    pub(super) shipment: Id<kinds::Shipment>,
    pub(super) depot: Id<kinds::Depot>,
    pub(super) holds: Vec<Hold>,
    pub(super) purpose: Option<Purpose>,
}

impl Load {
    /// From the zones onto the road.
    pub(super) fn movement(&self, uow: &Uow<'_>) -> Result<Movement, Problem> {
        let lines = self
            .holds
            .iter()
            .map(|hold| Line {
                lot: hold.lot,
                condition: hold.condition,
                quantity: hold.quantity,
                from: Account::Zone {
                    depot: self.depot,
                    zone: hold.zone,
                },
                to: Account::Road {
                    depot: self.depot,
                    shipment: self.shipment,
                },
            })
            .collect();
        Movement::new(uow.id(), self.depot, Kind::Transfer, lines)
            .map_err(|error| Problem::field("/lines", "invalid", "无法发运", error.to_string()))
    }

    /// What its movement says beside its lines.
    pub(super) fn papers(&self, transport: &Transport) -> Papers {
        Papers {
            occurred_at: transport.occurred_at,
            purpose: self.purpose.clone(),
            shipment: Some(self.shipment),
            ..Papers::default()
        }
    }

    /// Writes the shipment of a movement that put goods on the road.
    pub(super) async fn insert(
        &self,
        uow: &Uow<'_>,
        papers: &ShipmentPapers,
        movement: &Movement,
        transport: &Transport,
    ) -> Result<(), Problem> {
        self.check_id(uow).await?;
        let depot = depots::depot(uow.db(), &Scope::Everything, self.depot).await?;
        let waybill = numbers::next(uow, Series::Waybill, self.depot, &depot.code).await?;
        let text = |text: &Option<Text<100>>| text.as_ref().map(|text| text.as_str().to_owned());
        let departed_at: DateTime<Utc> = transport.occurred_at.unwrap_or_else(|| uow.now());
        shipment::ActiveModel {
            depot_id: Set(self.depot.uuid()),
            id: Set(self.shipment.uuid()),
            order_id: Set(papers.order.map(Id::uuid)),
            waybill: Set(waybill),
            custodian_id: Set(papers.custodian),
            requester_id: Set(papers.requester),
            receiver_id: Set(papers.receiver),
            site_id: Set(papers.site),
            to_depot_id: Set(papers.to_depot),
            incident_id: Set(papers.incident),
            state: Set(ShipmentState::OnRoad.name().to_owned()),
            vehicle: Set(text(&transport.vehicle)),
            driver: Set(text(&transport.driver)),
            departed_at: Set(departed_at),
            expected_at: Set(transport.expected_at),
            arrived_at: Set(None),
            movement_id: Set(movement.id().uuid()),
            version: Set(1),
            created_at: Set(uow.now()),
            recalled_at: Set(None),
            recalled_by_id: Set(None),
            recall_reason: Set(None),
        }
        .insert(uow.db())
        .await?;
        // Goods of one lot from two zones travel as one line: on the road nobody knows the zone.
        let mut sent: BTreeMap<(Id<kinds::Lot>, Condition), i64> = BTreeMap::new();
        for line in movement.lines() {
            *sent.entry((line.lot, line.condition)).or_default() += line.quantity.get();
        }
        let lines = sent
            .into_iter()
            .zip(0_i64..)
            .map(
                |(((lot, condition), quantity), number)| shipment_line::ActiveModel {
                    depot_id: Set(self.depot.uuid()),
                    shipment_id: Set(self.shipment.uuid()),
                    line: Set(number),
                    lot_id: Set(lot.uuid()),
                    condition: Set(condition.name().to_owned()),
                    sent: Set(quantity),
                    received: Set(0),
                    damaged: Set(0),
                    short: Set(0),
                    returned: Set(0),
                },
            );
        shipment_line::Entity::insert_many(lines)
            .exec_without_returning(uow.db())
            .await?;
        Ok(())
    }

    // The key of the table holds the depot too, so another depot's shipment would not collide.
    async fn check_id(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let found = queries::shipment_row(uow.db(), &Scope::Everything, self.shipment).await;
        Problem::unless_new(found, "shipment.id")
    }
}

/// Who has a part in a shipment.
pub(super) struct ShipmentPapers {
    pub(super) order: Option<Id<kinds::DispatchOrder>>,
    pub(super) custodian: uuid::Uuid,
    pub(super) requester: uuid::Uuid,
    pub(super) receiver: uuid::Uuid,
    pub(super) site: Option<uuid::Uuid>,
    pub(super) to_depot: Option<uuid::Uuid>,
    pub(super) incident: Option<uuid::Uuid>,
}

impl ShipmentPapers {
    pub(super) fn of_order(row: &order::Model) -> Self {
        Self {
            order: Some(Id::from_uuid(row.id)),
            custodian: row.custodian_id,
            requester: row.requester_id,
            receiver: row.receiver_id,
            site: row.site_id,
            to_depot: row.to_depot_id,
            incident: row.incident_id,
        }
    }
}
