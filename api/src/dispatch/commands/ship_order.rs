//! Goods leave under an order.
//!
//! **Invariant.** What leaves is what the order reserved. A part may leave and the rest follow: the
//! rest is reserved anew in the same transaction, so that nobody else can take it in between.

use domain::{
    dispatch::order::{OrderAction, OrderState, Stamp},
    identity::Capability,
    kernel::{Id, Quantity, kinds},
    stock::Hold,
};

use super::{
    Transport,
    holding::{self, hold, hold_on, hold_these, merge_holds, still_to_leave},
    load::{Load, ShipmentPapers},
    order_lines,
    order_paper::{move_to, order_of, refused, stamp},
};
use crate::{
    dispatch::{
        queries,
        rows::order,
        wire::{OrderLineView, ShipmentView},
    },
    problem::{Code, Problem},
    stock::ledger,
    uow::{Command, Permission, Uow},
};

/// Sends a part of an order, or all of it.
#[derive(Debug)]
pub(in crate::dispatch) struct ShipOrder {
    pub(in crate::dispatch) id: Option<Id<kinds::Shipment>>,
    pub(in crate::dispatch) order: Id<kinds::DispatchOrder>,
    /// Numbers of the order's lines and how much of each; all that is left if absent.
    pub(in crate::dispatch) lines: Option<Vec<(i64, Quantity)>>,
    pub(in crate::dispatch) last: bool,
    pub(in crate::dispatch) transport: Transport,
}

// A part of a line that leaves now.
struct Leaving {
    line: i64,
    hold: Hold,
}

impl Command for ShipOrder {
    type Output = ShipmentView;
    const NAME: &'static str = "dispatch.ship_order";
    const PERMISSION: Permission = Permission::Holds(&[Capability::Ship]);
    const PERSONAL: &'static [&'static str] = &["driver", "given_by", "received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ShipmentView, Problem> {
        let row = queries::order_to_change(uow.db(), &uow.scope(), self.order).await?;
        let order = order_of(&row)?;
        let stamp = stamp(uow, &order.parties, OrderAction::Dispatch).await?;
        let lines = queries::order_lines(uow.db(), self.order).await?;
        let leaving = self.leaving(&lines)?;
        let left: i64 = lines.iter().map(OrderLineView::to_leave).sum();
        let now: i64 = leaving.iter().map(|part| part.hold.quantity.get()).sum();
        let more_to_follow = !self.last && now < left;
        let dispatched = order.dispatch(stamp, more_to_follow).map_err(refused)?;
        let holds = merge_holds(leaving.iter().map(|part| part.hold))?;
        let row = if self.last {
            // What is gone needs not be there: the rest of the order is given up.
            hold_these(uow, row, holds.clone()).await?
        } else {
            hold_on(uow, row).await?
        };
        let load = Load {
            shipment: self.id.unwrap_or_else(|| uow.id()),
            depot: Id::from_uuid(row.depot_id),
            holds,
            purpose: holding::purpose(uow, &row).await?,
        };
        let movement = load.movement(uow)?;
        let reservation = row
            .reservation_id
            .ok_or_else(|| Problem::internal(anyhow::anyhow!("order {} holds nothing", row.id)))?;
        let papers = load.papers(&self.transport);
        ledger::post_reserved(uow, Id::from_uuid(reservation), &movement, &papers).await?;
        let papers = ShipmentPapers::of_order(&row);
        load.insert(uow, &papers, &movement, &self.transport)
            .await?;
        self.go_on(uow, row, &leaving, stamp, &dispatched).await?;
        uow.subject(load.shipment, Some(papers.custodian));
        queries::shipment(uow.db(), &uow.scope(), load.shipment).await
    }
}

impl ShipOrder {
    fn leaving(&self, lines: &[OrderLineView]) -> Result<Vec<Leaving>, Problem> {
        let asked: Vec<(i64, i64)> = match &self.lines {
            Some(asked) => asked
                .iter()
                .map(|(line, quantity)| (*line, quantity.get()))
                .collect(),
            None => lines
                .iter()
                .map(|line| (line.line, line.to_leave()))
                .collect(),
        };
        let mut leaving: Vec<Leaving> = Vec::new();
        for (index, (number, quantity)) in asked.into_iter().enumerate() {
            let pointer = format!("/lines/{index}/line");
            let line = lines
                .iter()
                .find(|line| line.line == number)
                .ok_or_else(|| {
                    Problem::field(
                        &pointer,
                        "reference",
                        "调拨单没有这一行",
                        "the order has no such line",
                    )
                })?;
            if leaving.iter().any(|part| part.line == number) {
                return Err(Problem::field(
                    pointer,
                    "repeated",
                    "同一行重复",
                    "the line is listed twice",
                ));
            }
            let left = line.to_leave();
            if quantity > left {
                return Err(Problem::field(
                    format!("/lines/{index}/quantity"),
                    "out-of-range",
                    format!("该行只剩 {left} 未发"),
                    format!("only {left} of the line are left to send"),
                ));
            }
            let Ok(quantity) = Quantity::new(quantity) else {
                continue;
            };
            leaving.push(Leaving {
                line: number,
                hold: Hold {
                    zone: line.zone_id,
                    lot: line.lot_id,
                    condition: line.condition()?,
                    quantity,
                },
            });
        }
        if leaving.is_empty() {
            return Err(Problem::new(Code::WrongState)
                .with("state", "nothing_left")
                .detail(
                    "该调拨单已全部发出",
                    "everything of the order was sent already",
                ));
        }
        Ok(leaving)
    }

    // What follows is reserved anew; what will not follow is given up.
    async fn go_on(
        &self,
        uow: &Uow<'_>,
        row: order::Model,
        leaving: &[Leaving],
        stamp: Stamp,
        dispatched: &OrderState,
    ) -> Result<(), Problem> {
        let sent: Vec<_> = leaving
            .iter()
            .map(|part| (part.line, part.hold.quantity))
            .collect();
        order_lines::note_sent(uow, self.order, &sent).await?;
        if self.last {
            order_lines::give_up_rest(uow, self.order).await?;
        }
        let lines = queries::order_lines(uow.db(), self.order).await?;
        let row = hold(uow, row, still_to_leave(&lines)?).await?;
        move_to(uow, row, OrderAction::Dispatch, stamp, dispatched, None).await?;
        Ok(())
    }
}
