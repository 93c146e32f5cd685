//! Signing for what arrived.
//!
//! **Invariant.** The shipment and its order say the same. An order is delivered with the last
//! signature, if nothing more will follow.

use domain::{
    dispatch::{hand_over::Way, order::OrderAction},
    identity::Capability,
    kernel::Id,
};

use super::{
    Signature,
    hand_over_stock::Arrival,
    order_lines,
    order_paper::{move_to, order_of, refused, stamp, touch},
    shipment_paper::held,
};
use crate::{
    depots,
    dispatch::{
        queries,
        rows::{order, shipment},
        wire::ShipmentView,
    },
    problem::Problem,
    uow::{Command, Permission, Uow},
};

/// Signs for a drop.
#[derive(Debug)]
pub(in crate::dispatch) struct SignHandOver(pub(in crate::dispatch) Signature);

impl Command for SignHandOver {
    type Output = ShipmentView;
    const NAME: &'static str = "dispatch.sign_hand_over";
    const PERMISSION: Permission = Permission::Holds(&[Capability::SignHandOver]);
    const PERSONAL: &'static [&'static str] = &["driver", "given_by", "received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ShipmentView, Problem> {
        let Self(signature) = self;
        let seen = queries::shipment_row(uow.db(), &uow.scope(), signature.shipment).await?;
        may_sign(uow, &seen).await?;
        // The order first, as everybody does who locks both.
        let order = queries::order_of_shipment_to_change(uow.db(), &seen).await?;
        let held = held(uow, signature.shipment).await?;
        let into = match seen.to_depot_id.map(Id::from_uuid) {
            None => Arrival::AtSite,
            Some(depot) => Arrival::InZone {
                depot,
                zone: depots::default_zone(uow.db(), depot).await?,
            },
        };
        let posted = signature.take(uow, held, Way::Out, into).await?;
        if let Some(order) = order {
            let id = Id::from_uuid(order.id);
            let on_the_way = order_lines::note_taken(uow, id, Way::Out, &posted).await?;
            go_on(uow, order, on_the_way).await?;
        }
        uow.subject(signature.shipment, Some(seen.custodian_id));
        queries::shipment(uow.db(), &uow.scope(), signature.shipment).await
    }
}

/// The receiver signs; a keeper may bring the signed waybill back for one who has no account.
pub(super) async fn may_sign(uow: &Uow<'_>, row: &shipment::Model) -> Result<(), Problem> {
    let either = [row.receiver_id, row.custodian_id];
    uow.require_one(&either.map(|it| (Capability::SignHandOver, it)))
        .await
        .map(drop)
}

async fn go_on(uow: &Uow<'_>, row: order::Model, on_the_way: bool) -> Result<(), Problem> {
    let known = order_of(&row)?;
    if on_the_way || !known.state.awaits_last_signature() {
        return touch(uow, row).await;
    }
    let stamp = stamp(uow, &known.parties, OrderAction::Deliver).await?;
    let delivered = known.deliver(stamp).map_err(refused)?;
    move_to(uow, row, OrderAction::Deliver, stamp, &delivered, None).await?;
    Ok(())
}
