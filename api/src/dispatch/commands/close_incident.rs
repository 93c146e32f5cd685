//! Ending an incident.
//!
//! **Invariant.** An incident ends only when none of its orders runs and nothing that was recalled
//! is still on its way back: dispatch knows the orders, incidents knows the state. Drafts that
//! nobody submitted end with it, and give their goods back.

use std::collections::BTreeSet;

use domain::{
    dispatch::{
        order::{OrderAction, Stamp, StateName},
        shipment::ShipmentState,
    },
    identity::Capability,
    kernel::{Id, kinds},
};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::{
    order_actions::stop,
    order_paper::{move_to, order_of, refused},
};
use crate::{
    dispatch::rows::{order, shipment},
    incidents::{self, CloseIncident, IncidentView},
    problem::Problem,
    scope::{Scope, to_change, visible},
    uow::{Command, Permission, Uow},
};

/// Ends an incident whose orders have all ended.
#[derive(Debug)]
pub(in crate::dispatch) struct EndIncident {
    pub(in crate::dispatch) incident: Id<kinds::Incident>,
}

const WHY: &str = "事件已结束 the incident has ended";

impl Command for EndIncident {
    type Output = IncidentView;
    const NAME: &'static str = "dispatch.end_incident";
    const PERMISSION: Permission = Permission::Holds(&[Capability::DeclareIncident]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<IncidentView, Problem> {
        // Nobody writes an order for it while its orders are counted.
        incidents::hold_incident(uow.db(), &uow.scope(), self.incident).await?;
        let unfinished = to_change::<order::Entity>(&Scope::Everything)
            .filter(order::Column::IncidentId.eq(self.incident.uuid()))
            .filter(order::Column::State.is_not_in(["closed", "rejected", "cancelled", "recalled"]))
            .order_by_asc(order::Column::Id)
            .all(uow.db())
            .await?;
        let (drafts, running): (Vec<_>, Vec<_>) = unfinished
            .into_iter()
            .partition(|order| order.state == StateName::Draft.name());
        let close = CloseIncident {
            id: self.incident,
            running_orders: running.len() as u64 + self.coming_back(uow).await?,
        };
        let ended = close.run(uow).await?;
        for draft in drafts {
            let order = order_of(&draft)?;
            let stamp = Stamp {
                organisation: order.parties.requester,
                at: uow.now(),
            };
            let cancelled = order.cancel(stamp, WHY).map_err(refused)?;
            let action = OrderAction::Cancel;
            let row = move_to(uow, draft, action, stamp, &cancelled, Some(WHY)).await?;
            stop(uow, row).await?;
        }
        Ok(ended)
    }
}

impl EndIncident {
    // Recalled orders whose goods are not back yet.
    async fn coming_back(&self, uow: &Uow<'_>) -> Result<u64, Problem> {
        let recalled = visible::<shipment::Entity>(&Scope::Everything)
            .filter(shipment::Column::IncidentId.eq(self.incident.uuid()))
            .filter(shipment::Column::State.eq(ShipmentState::OnRoad.name()))
            .filter(shipment::Column::RecalledAt.is_not_null())
            .all(uow.db())
            .await?;
        let orders: BTreeSet<_> = recalled.iter().filter_map(|load| load.order_id).collect();
        Ok(orders.len() as u64)
    }
}
