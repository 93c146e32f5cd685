//! Goods leave under an order.
//!
//! **Invariant.** What leaves is what the order reserved. A part may leave and the rest follow: the
//! rest is reserved anew in the same transaction, so that nobody else can take it in between.

use chrono::{DateTime, Utc};
use domain::{
    dispatch::order::{OrderAction, OrderState},
    kernel::{Id, Quantity, Text, kinds},
    stock::{Account, Condition, Hold, Kind, Line, Movement, Purpose},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

use super::{
    Transport,
    order_paper::{HELD, merge_holds, move_to, order_of, refused, reserve, stamp},
};
use crate::{
    dispatch::{
        queries,
        rows::{order, order_line, shipment, shipment_line},
        wire::{OrderLineView, ShipmentView},
    },
    problem::{Code, Problem},
    stock::ledger::{self, Papers},
    uow::{Command, Uow},
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
    const PERSONAL: &'static [&'static str] = &["driver", "given_by", "received_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ShipmentView, Problem> {
        let row = queries::order_row(uow.db(), &uow.scope(), self.order).await?;
        let order = order_of(&row)?;
        let stamp = stamp(uow, &order.parties, OrderAction::Dispatch).await?;
        // Whether goods may leave at all is the domain's to say, also for a first part.
        let dispatched = order.dispatch(stamp).map_err(refused)?;
        let view = queries::order(uow.db(), &uow.scope(), self.order, uow.now()).await?;
        let leaving = self.leaving(&view.lines)?;
        let purpose = site_purpose(uow, &row).await?;
        let load = Load {
            shipment: self.id.unwrap_or_else(|| uow.id()),
            depot: Id::from_uuid(row.depot_id),
            holds: merge_holds(leaving.iter().map(|part| part.hold))?,
            purpose: purpose.clone(),
        };
        let movement = load.movement(uow)?;
        let reservation = row
            .reservation_id
            .ok_or_else(|| Problem::internal(anyhow::anyhow!("order {} holds nothing", row.id)))?;
        let papers = load.papers(&self.transport);
        ledger::post_reserved(uow, Id::from_uuid(reservation), &movement, &papers).await?;
        let papers = ShipmentPapers {
            order: Some(self.order),
            custodian: row.custodian_id,
            requester: row.requester_id,
            receiver: row.receiver_id,
            site: row.site_id,
            to_depot: row.to_depot_id,
            incident: row.incident_id,
        };
        insert_shipment(uow, &load, &papers, &movement, &self.transport).await?;
        note_sent(uow, self.order, &leaving).await?;
        self.go_on(uow, row, &view.lines, &leaving, purpose, stamp, &dispatched)
            .await?;
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
                .map(|line| (line.line, line.quantity - line.sent))
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
            if quantity > line.quantity - line.sent {
                let left = line.quantity - line.sent;
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

    // The order is on the road when nothing more will follow; otherwise the rest is held on.
    #[expect(
        clippy::too_many_arguments,
        reason = "what the load left behind is known only here"
    )]
    async fn go_on(
        &self,
        uow: &Uow<'_>,
        row: order::Model,
        lines: &[OrderLineView],
        leaving: &[Leaving],
        purpose: Option<Purpose>,
        stamp: domain::dispatch::order::Stamp,
        dispatched: &OrderState,
    ) -> Result<(), Problem> {
        let rest = lines.iter().filter_map(|line| {
            let now = leaving
                .iter()
                .find(|part| part.line == line.line)
                .map_or(0, |part| part.hold.quantity.get());
            let quantity = Quantity::new(line.quantity - line.sent - now).ok()?;
            Some(line.condition().map(|condition| Hold {
                zone: line.zone_id,
                lot: line.lot_id,
                condition,
                quantity,
            }))
        });
        let rest = merge_holds(rest.collect::<Result<Vec<_>, _>>()?)?;
        if rest.is_empty() || self.last {
            let moved = move_to(uow, row, OrderAction::Dispatch, stamp, dispatched, None).await?;
            return hold_on(uow, moved, None).await;
        }
        let depot = Id::from_uuid(row.depot_id);
        let until = uow.now() + HELD;
        let purpose = purpose.unwrap_or_default();
        let reservation = reserve(uow, self.order, depot, rest, purpose, until).await?;
        hold_on(uow, row, Some(reservation)).await
    }
}

async fn hold_on(
    uow: &Uow<'_>,
    row: order::Model,
    reservation: Option<Id<kinds::Reservation>>,
) -> Result<(), Problem> {
    let version = row.version + 1;
    let mut change = row.into_active_model();
    change.reservation_id = Set(reservation.map(Id::uuid));
    change.version = Set(version);
    change.update(uow.db()).await?;
    Ok(())
}

async fn note_sent(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
    leaving: &[Leaving],
) -> Result<(), Problem> {
    for part in leaving {
        order_line::Entity::update_many()
            .col_expr(
                order_line::Column::Sent,
                Expr::col(order_line::Column::Sent).add(part.hold.quantity.get()),
            )
            .filter(order_line::Column::OrderId.eq(order.uuid()))
            .filter(order_line::Column::Line.eq(part.line))
            .exec(uow.db())
            .await?;
    }
    Ok(())
}

// Goods bound to a division may serve a site in it.
async fn site_purpose(uow: &Uow<'_>, row: &order::Model) -> Result<Option<Purpose>, Problem> {
    let Some(incident) = row.incident_id else {
        return Ok(None);
    };
    let division = match row.site_id {
        Some(site) => crate::incidents::sites(
            uow.db(),
            &crate::scope::Scope::Everything,
            &[Id::from_uuid(site)],
        )
        .await?
        .first()
        .and_then(|site| site.division),
        None => None,
    };
    Ok(Some(Purpose {
        incident: Some(Id::from_uuid(incident)),
        division,
        programme: None,
    }))
}

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

    pub(super) fn papers(&self, transport: &Transport) -> Papers {
        Papers {
            occurred_at: transport.occurred_at,
            purpose: self.purpose.clone(),
            shipment: Some(self.shipment),
            ..Papers::default()
        }
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

/// Writes the shipment of a movement that put goods on the road.
pub(super) async fn insert_shipment(
    uow: &Uow<'_>,
    load: &Load,
    papers: &ShipmentPapers,
    movement: &Movement,
    transport: &Transport,
) -> Result<(), Problem> {
    let text = |text: &Option<Text<100>>| text.as_ref().map(|text| text.as_str().to_owned());
    let departed_at: DateTime<Utc> = transport.occurred_at.unwrap_or_else(|| uow.now());
    shipment::ActiveModel {
        depot_id: Set(load.depot.uuid()),
        id: Set(load.shipment.uuid()),
        order_id: Set(papers.order.map(Id::uuid)),
        waybill: Set(super::number("YD", load.shipment, uow.now())),
        custodian_id: Set(papers.custodian),
        requester_id: Set(papers.requester),
        receiver_id: Set(papers.receiver),
        site_id: Set(papers.site),
        to_depot_id: Set(papers.to_depot),
        incident_id: Set(papers.incident),
        state: Set("on_road".to_owned()),
        vehicle: Set(text(&transport.vehicle)),
        driver: Set(text(&transport.driver)),
        departed_at: Set(departed_at),
        expected_at: Set(transport.expected_at),
        arrived_at: Set(None),
        movement_id: Set(movement.id().uuid()),
        version: Set(1),
        created_at: Set(uow.now()),
    }
    .insert(uow.db())
    .await?;
    // Goods of one lot from two zones travel as one line: on the road nobody knows the zone.
    let mut sent: std::collections::BTreeMap<(Id<kinds::Lot>, Condition), i64> =
        std::collections::BTreeMap::new();
    for line in movement.lines() {
        *sent.entry((line.lot, line.condition)).or_default() += line.quantity.get();
    }
    let lines = sent
        .into_iter()
        .zip(0_i64..)
        .map(
            |(((lot, condition), quantity), number)| shipment_line::ActiveModel {
                depot_id: Set(load.depot.uuid()),
                shipment_id: Set(load.shipment.uuid()),
                line: Set(number),
                lot_id: Set(lot.uuid()),
                condition: Set(condition.name().to_owned()),
                sent: Set(quantity),
                received: Set(0),
                damaged: Set(0),
                short: Set(0),
            },
        );
    shipment_line::Entity::insert_many(lines)
        .exec_without_returning(uow.db())
        .await?;
    Ok(())
}
