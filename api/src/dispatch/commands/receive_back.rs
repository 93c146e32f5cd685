//! Taking in what was called back.
//!
//! **Invariant.** Goods that were recalled are available again when the depot that sent them has
//! them in its hands, not before, and only what really came back is.

use domain::{
    dispatch::{hand_over::Way, order::OrderAction},
    identity::Capability,
    kernel::{Id, kinds},
};

use super::{
    Signature,
    hand_over_stock::Arrival,
    order_lines,
    order_paper::{move_to, order_of, refused, stamp},
    shipment_paper::held,
};
use crate::{
    depots,
    dispatch::{queries, wire::ShipmentView},
    problem::Problem,
    uow::{Command, Permission, Uow},
};

/// Receives goods of a recalled shipment, all or a part.
#[derive(Debug)]
pub(in crate::dispatch) struct ReceiveBack {
    pub(in crate::dispatch) signature: Signature,
    /// The depot's first zone if absent.
    pub(in crate::dispatch) zone: Option<Id<kinds::Zone>>,
}

impl Command for ReceiveBack {
    type Output = ShipmentView;
    const NAME: &'static str = "dispatch.receive_back";
    const PERMISSION: Permission = Permission::Holds(&[Capability::Ship]);
    const PERSONAL: &'static [&'static str] = &["driver", "given_by", "received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ShipmentView, Problem> {
        let id = self.signature.shipment;
        let seen = queries::shipment_row(uow.db(), &uow.scope(), id).await?;
        uow.require(Capability::Ship, seen.custodian_id).await?;
        let depot = Id::from_uuid(seen.depot_id);
        let zone = self.zone_of(uow, depot).await?;
        let order = queries::order_of_shipment_to_change(uow.db(), &seen).await?;
        let held = held(uow, id).await?;
        let into = Arrival::InZone { depot, zone };
        let posted = self.signature.take(uow, held, Way::Back, into).await?;
        if let Some(row) = order {
            let known = order_of(&row)?;
            let action = OrderAction::ReceiveBack;
            let stamp = stamp(uow, &known.parties, action).await?;
            let next = known.receive_back(stamp).map_err(refused)?;
            order_lines::note_taken(uow, Id::from_uuid(row.id), Way::Back, &posted).await?;
            move_to(uow, row, action, stamp, &next, None).await?;
        }
        uow.subject(id, Some(seen.custodian_id));
        queries::shipment(uow.db(), &uow.scope(), id).await
    }
}

impl ReceiveBack {
    async fn zone_of(
        &self,
        uow: &Uow<'_>,
        depot: Id<kinds::Depot>,
    ) -> Result<Id<kinds::Zone>, Problem> {
        let Some(asked) = self.zone else {
            return depots::default_zone(uow.db(), depot).await;
        };
        let zones = depots::zones(uow.db(), depot).await?;
        if zones.iter().any(|zone| zone.id == asked) {
            return Ok(asked);
        }
        Err(Problem::field(
            "/zone_id",
            "reference",
            "发出库没有这个库区",
            "the depot that sent the goods has no such zone",
        ))
    }
}
