//! A keeper's own transfer to another depot.
//!
//! **Invariant.** Between two depots goods are on the road, never in both and never in neither.

use domain::{
    identity::Capability,
    kernel::{Id, Quantity, kinds},
    stock::{Condition, Hold},
};

use super::{
    Transport,
    create_order::unknown,
    holding::merge_holds,
    load::{Load, ShipmentPapers},
};
use crate::{
    depots,
    dispatch::{queries, wire::ShipmentView},
    problem::{Faults, Problem},
    stock::{self, ledger},
    uow::{Command, Permission, Uow},
};

/// Goods of one lot in one zone.
#[derive(Debug)]
pub(in crate::dispatch) struct Cargo {
    pub(in crate::dispatch) lot: Id<kinds::Lot>,
    pub(in crate::dispatch) zone: Option<Id<kinds::Zone>>,
    pub(in crate::dispatch) condition: Condition,
    pub(in crate::dispatch) quantity: Quantity,
}

/// Puts goods of a depot on the road to another.
#[derive(Debug)]
pub(in crate::dispatch) struct SendBetweenDepots {
    pub(in crate::dispatch) id: Option<Id<kinds::Shipment>>,
    pub(in crate::dispatch) depot: Id<kinds::Depot>,
    pub(in crate::dispatch) to_depot: Id<kinds::Depot>,
    pub(in crate::dispatch) cargo: Vec<Cargo>,
    pub(in crate::dispatch) transport: Transport,
}

impl Command for SendBetweenDepots {
    type Output = ShipmentView;
    const NAME: &'static str = "dispatch.send_between_depots";
    const PERMISSION: Permission = Permission::Holds(&[Capability::Ship]);
    const PERSONAL: &'static [&'static str] = &["driver", "given_by", "received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ShipmentView, Problem> {
        let from = depots::depot(uow.db(), &uow.scope(), self.depot)
            .await
            .map_err(|problem| unknown(problem, "/depot_id"))?;
        let to = depots::depot(uow.db(), &uow.scope(), self.to_depot)
            .await
            .map_err(|problem| unknown(problem, "/to_depot_id"))?;
        uow.require(Capability::Ship, from.organisation_id.uuid())
            .await?;
        self.check_lots(uow).await?;
        let load = Load {
            shipment: self.id.unwrap_or_else(|| uow.id()),
            depot: self.depot,
            holds: self.holds(uow).await?,
            // They stay stock: what they are bound to is asked when they leave for use.
            purpose: None,
        };
        let movement = load.movement(uow)?;
        ledger::post(uow, &movement, &load.papers(&self.transport)).await?;
        let papers = ShipmentPapers {
            order: None,
            custodian: from.organisation_id.uuid(),
            requester: from.organisation_id.uuid(),
            receiver: to.organisation_id.uuid(),
            site: None,
            to_depot: Some(self.to_depot.uuid()),
            incident: None,
        };
        load.insert(uow, &papers, &movement, &self.transport)
            .await?;
        uow.subject(load.shipment, Some(papers.custodian));
        queries::shipment(uow.db(), &uow.scope(), load.shipment).await
    }
}

impl SendBetweenDepots {
    // The ledger would ask the owners of whatever lot is named, and so tell whose it is.
    async fn check_lots(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let lots: Vec<_> = self.cargo.iter().map(|cargo| cargo.lot).collect();
        let seen = stock::lot_views(uow.db(), &uow.scope(), &lots).await?;
        let mut faults = Faults::default();
        for (number, lot) in lots.iter().enumerate() {
            if !seen.contains_key(lot) {
                faults.note(
                    format!("/lines/{number}/lot_id"),
                    "reference",
                    "没有这个批次",
                    "there is no such lot",
                );
            }
        }
        faults.finish(Some(()))
    }

    async fn holds(&self, uow: &Uow<'_>) -> Result<Vec<Hold>, Problem> {
        let first = depots::default_zone(uow.db(), self.depot).await?;
        merge_holds(self.cargo.iter().map(|cargo| Hold {
            zone: cargo.zone.unwrap_or(first),
            lot: cargo.lot,
            condition: cargo.condition,
            quantity: cargo.quantity,
        }))
    }
}
