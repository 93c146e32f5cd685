//! Calling goods back from the road.
//!
//! **Invariant.** What was handed over stays handed over. Everything else stays on the road until
//! the depot that sent it has received it back, so that nobody promises what is still on a lorry;
//! what was still to follow is free again at once.

use domain::{
    dispatch::{
        order::{OrderAction, Stamp},
        shipment::{Recall, ShipmentState},
    },
    identity::Capability,
    kernel::{Id, Text, kinds},
};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::{
    holding::let_go,
    order_lines,
    order_paper::{self, move_to, order_of, stamp},
    shipment_paper::{Held, held, refused},
};
use crate::{
    dispatch::{
        queries,
        rows::shipment,
        wire::{OrderView, ShipmentView},
    },
    problem::{Code, Problem},
    scope::{Scope, visible},
    uow::{Command, Permission, Uow},
};

/// Recalls a dispatched order: all that is on the road under it.
#[derive(Debug)]
pub(in crate::dispatch) struct RecallOrder {
    pub(in crate::dispatch) order: Id<kinds::DispatchOrder>,
    pub(in crate::dispatch) reason: Text<1000>,
}

impl Command for RecallOrder {
    type Output = OrderView;
    const NAME: &'static str = "dispatch.recall_order";
    const PERMISSION: Permission = Permission::Holds(&[
        Capability::PlanDispatch,
        Capability::ApproveOrder,
        Capability::Ship,
        Capability::SignHandOver,
    ]);
    const PERSONAL: &'static [&'static str] = &["contact_from", "contact_to", "oral_given_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<OrderView, Problem> {
        let row = queries::order_to_change(uow.db(), &uow.scope(), self.order).await?;
        let order = order_of(&row)?;
        let action = OrderAction::Recall;
        let stamp = stamp(uow, &order.parties, action).await?;
        let reason = self.reason.as_str();
        let recalled = order.recall(stamp, reason).map_err(order_paper::refused)?;
        let custodian = row.custodian_id;
        let row = move_to(uow, row, action, stamp, &recalled, Some(reason)).await?;
        // What was to follow stays.
        order_lines::give_up_rest(uow, self.order).await?;
        order_lines::recall(uow, self.order).await?;
        let_go(uow, row).await?;
        let on_road = visible::<shipment::Entity>(&Scope::Everything)
            .filter(shipment::Column::OrderId.eq(self.order.uuid()))
            .filter(shipment::Column::State.eq(ShipmentState::OnRoad.name()))
            .order_by_asc(shipment::Column::Id)
            .all(uow.db())
            .await?;
        for load in on_road {
            let held = held(uow, Id::from_uuid(load.id)).await?;
            call_back(uow, held, stamp, &self.reason).await?;
        }
        uow.subject(self.order, Some(custodian));
        queries::order(uow.db(), &uow.scope(), self.order, uow.now()).await
    }
}

/// Recalls a keeper's own transfer to another depot.
#[derive(Debug)]
pub(in crate::dispatch) struct RecallShipment {
    pub(in crate::dispatch) shipment: Id<kinds::Shipment>,
    pub(in crate::dispatch) reason: Text<1000>,
}

impl Command for RecallShipment {
    type Output = ShipmentView;
    const NAME: &'static str = "dispatch.recall_shipment";
    const PERMISSION: Permission = Permission::Holds(&[Capability::Ship]);
    const PERSONAL: &'static [&'static str] = &["driver", "given_by", "received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ShipmentView, Problem> {
        let seen = queries::shipment_row(uow.db(), &uow.scope(), self.shipment).await?;
        uow.require(Capability::Ship, seen.custodian_id).await?;
        if let Some(order) = seen.order_id {
            let order: Id<kinds::DispatchOrder> = Id::from_uuid(order);
            return Err(Problem::new(Code::WrongState)
                .with("state", "ordered")
                .with("order_id", order.to_string())
                .detail(
                    "该运输批次按调拨单发运：请召回调拨单",
                    "the shipment left under an order: recall the order",
                ));
        }
        let held = held(uow, self.shipment).await?;
        let stamp = Stamp {
            organisation: Id::from_uuid(seen.custodian_id),
            at: uow.now(),
        };
        call_back(uow, held, stamp, &self.reason).await?;
        uow.subject(self.shipment, Some(seen.custodian_id));
        queries::shipment(uow.db(), &uow.scope(), self.shipment).await
    }
}

async fn call_back(
    uow: &Uow<'_>,
    held: Held,
    stamp: Stamp,
    reason: &Text<1000>,
) -> Result<(), Problem> {
    let recall = Recall {
        at: stamp.at,
        by: stamp.organisation,
        reason: reason.as_str().to_owned(),
    };
    let recalled = held
        .shipment
        .recall(recall)
        .map_err(|error| refused(error, &[]))?;
    held.write(uow, &recalled).await
}
