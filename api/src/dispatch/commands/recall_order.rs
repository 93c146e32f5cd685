//! Calling goods back from the road.
//!
//! **Invariant.** What was handed over stays handed over; everything else of the order that is on
//! the road is back in the depot that sent it, and what was still to follow is free again, in the
//! same transaction.

use domain::{
    dispatch::order::OrderAction,
    kernel::{Id, Quantity, Text, kinds},
    stock::{Account, Kind, Line, Movement},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};

use super::{
    holding::let_go,
    order_lines,
    order_paper::{move_to, order_of, refused, stamp},
};
use crate::{
    depots,
    dispatch::{
        queries,
        rows::{shipment, shipment_line},
        wire::OrderView,
    },
    problem::Problem,
    scope::{Scope, to_change},
    stock::ledger::{self, Papers},
    uow::{Command, Uow},
};

/// Recalls a dispatched order.
#[derive(Debug)]
pub(in crate::dispatch) struct RecallOrder {
    pub(in crate::dispatch) order: Id<kinds::DispatchOrder>,
    pub(in crate::dispatch) reason: Text<1000>,
}

impl Command for RecallOrder {
    type Output = OrderView;
    const NAME: &'static str = "dispatch.recall_order";
    const PERSONAL: &'static [&'static str] = &["contact_from", "contact_to", "oral_given_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<OrderView, Problem> {
        let row = queries::order_to_change(uow.db(), &uow.scope(), self.order).await?;
        let order = order_of(&row)?;
        let stamp = stamp(uow, &order.parties, OrderAction::Recall).await?;
        let reason = self.reason.as_str();
        let recalled = order.recall(stamp, reason).map_err(refused)?;
        let custodian = row.custodian_id;
        let row = move_to(
            uow,
            row,
            OrderAction::Recall,
            stamp,
            &recalled,
            Some(reason),
        )
        .await?;
        // What was to follow stays.
        order_lines::give_up_rest(uow, self.order).await?;
        order_lines::call_back(uow, self.order).await?;
        let_go(uow, row).await?;
        let on_road = to_change::<shipment::Entity>(&Scope::Everything)
            .filter(shipment::Column::OrderId.eq(self.order.uuid()))
            .filter(shipment::Column::State.eq("on_road"))
            .all(uow.db())
            .await?;
        for load in on_road {
            bring_back(uow, load).await?;
        }
        uow.subject(self.order, Some(custodian));
        queries::order(uow.db(), &uow.scope(), self.order, uow.now()).await
    }
}

// Goods come back into the depot's first zone, in the condition in which they left.
async fn bring_back(uow: &Uow<'_>, row: shipment::Model) -> Result<(), Problem> {
    let depot = Id::from_uuid(row.depot_id);
    let zone = depots::default_zone(uow.db(), depot).await?;
    let lines = queries::shipment_lines(uow.db(), &[row.id])
        .await?
        .remove(&row.id)
        .unwrap_or_default();
    let back = lines
        .iter()
        .filter_map(|line| still_on_road(line, depot, Id::from_uuid(row.id), zone).transpose())
        .collect::<Result<Vec<_>, _>>()?;
    if !back.is_empty() {
        let movement =
            Movement::new(uow.id(), depot, Kind::Transfer, back).map_err(Problem::internal)?;
        let papers = Papers {
            shipment: Some(Id::from_uuid(row.id)),
            ..Papers::default()
        };
        ledger::post(uow, &movement, &papers).await?;
    }
    let version = row.version + 1;
    let mut change = row.into_active_model();
    change.state = Set("returned".to_owned());
    change.arrived_at = Set(Some(uow.now()));
    change.version = Set(version);
    change.update(uow.db()).await?;
    Ok(())
}

fn still_on_road(
    line: &shipment_line::Model,
    depot: Id<kinds::Depot>,
    shipment: Id<kinds::Shipment>,
    zone: Id<kinds::Zone>,
) -> Result<Option<Line>, Problem> {
    let Ok(quantity) = Quantity::new(line.sent - line.received - line.damaged - line.short) else {
        return Ok(None);
    };
    Ok(Some(Line {
        lot: Id::from_uuid(line.lot_id),
        condition: line.condition.parse().map_err(Problem::internal)?,
        quantity,
        from: Account::Road { depot, shipment },
        to: Account::Zone { depot, zone },
    }))
}
