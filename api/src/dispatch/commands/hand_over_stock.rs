//! What a hand-over does to stock.
//!
//! **Invariant.** Everything that was signed for leaves the road: good pieces to the recipient or
//! into the depot that takes them, damaged and missing ones to where they are accounted for.
//!
//! Goods that reach a site damaged help nobody: they are a loss, and the hand-over says that they
//! were damaged. Goods that reach a depot damaged, also the one that they come back to, are kept
//! there as `needs_repair`, for somebody to decide.

use chrono::{DateTime, Utc};
use domain::{
    dispatch::hand_over::ReceivedLine,
    kernel::{Id, Quantity, Text, kinds},
    stock::{Account, Condition, Kind, Line, Movement, Outside, Purpose},
};

use crate::{
    dispatch::rows::shipment,
    problem::Problem,
    stock::ledger::{self, Papers},
    uow::Uow,
};

/// What a signature says of the goods of one shipment.
pub(super) struct Signed<'a> {
    pub(super) shipment: &'a shipment::Model,
    pub(super) occurred_at: Option<DateTime<Utc>>,
    pub(super) lines: &'a [ReceivedLine],
    pub(super) into: Arrival,
}

/// Who takes the goods.
#[derive(Debug, Clone, Copy)]
pub(super) enum Arrival {
    /// People at a site.
    AtSite,
    /// A depot: the one they were sent to, or the one they come back to.
    InZone {
        depot: Id<kinds::Depot>,
        zone: Id<kinds::Zone>,
    },
}

impl Signed<'_> {
    /// Moves the goods off the road.
    pub(super) async fn post(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let sender = Id::from_uuid(self.shipment.depot_id);
        let road = Account::Road {
            depot: sender,
            shipment: Id::from_uuid(self.shipment.id),
        };
        let outside = |side| Account::Outside {
            depot: sender,
            side,
        };
        let papers = self.papers();
        match self.into {
            Arrival::AtSite => {
                let good = taken(self.lines, road, outside(Outside::Recipient), |line| {
                    line.good
                });
                self.post_one(uow, sender, Kind::Issue, good, &papers)
                    .await?;
                let damaged = taken(self.lines, road, outside(Outside::Loss), |line| {
                    line.damaged
                });
                self.post_loss(uow, sender, damaged, &papers, "到货损坏 damaged on arrival")
                    .await?;
            }
            Arrival::InZone { depot, zone } => {
                let zone = Account::Zone { depot, zone };
                let arrived = taken(self.lines, road, zone, |line| line.good + line.damaged);
                self.post_one(uow, depot, Kind::Transfer, arrived, &papers)
                    .await?;
                let damaged = damaged_in(self.lines, depot, zone);
                self.post_one(uow, depot, Kind::ConditionChange, damaged, &papers)
                    .await?;
            }
        }
        let short = taken(self.lines, road, outside(Outside::Loss), |line| line.short);
        self.post_loss(uow, sender, short, &papers, "途中短少 short in transit")
            .await
    }

    async fn post_one(
        &self,
        uow: &Uow<'_>,
        depot: Id<kinds::Depot>,
        kind: Kind,
        lines: Vec<Line>,
        papers: &Papers,
    ) -> Result<(), Problem> {
        if lines.is_empty() {
            return Ok(());
        }
        let movement = Movement::new(uow.id(), depot, kind, lines).map_err(Problem::internal)?;
        ledger::post(uow, &movement, papers).await.map(drop)
    }

    async fn post_loss(
        &self,
        uow: &Uow<'_>,
        depot: Id<kinds::Depot>,
        lines: Vec<Line>,
        papers: &Papers,
        why: &str,
    ) -> Result<(), Problem> {
        let note = Text::new(why).map_err(Problem::internal)?;
        let papers = Papers {
            note: Some(note),
            ..papers.clone()
        };
        self.post_one(uow, depot, Kind::Disposal, lines, &papers)
            .await
    }

    fn papers(&self) -> Papers {
        Papers {
            occurred_at: self.occurred_at,
            purpose: self.shipment.incident_id.map(|incident| Purpose {
                incident: Some(Id::from_uuid(incident)),
                division: None,
                programme: None,
            }),
            shipment: Some(Id::from_uuid(self.shipment.id)),
            ..Papers::default()
        }
    }
}

fn taken(
    posted: &[ReceivedLine],
    from: Account,
    to: Account,
    quantity: impl Fn(&ReceivedLine) -> i64,
) -> Vec<Line> {
    posted
        .iter()
        .filter_map(|line| {
            let quantity = Quantity::new(quantity(line)).ok()?;
            Some(Line {
                lot: line.key.lot,
                condition: line.key.condition,
                quantity,
                from,
                to,
            })
        })
        .collect()
}

// Damaged goods change their condition where they arrived, by way of the conversion account.
fn damaged_in(posted: &[ReceivedLine], depot: Id<kinds::Depot>, zone: Account) -> Vec<Line> {
    let conversion = Account::Outside {
        depot,
        side: Outside::Conversion,
    };
    posted
        .iter()
        .filter(|line| line.key.condition != Condition::NeedsRepair)
        .filter_map(|line| {
            Quantity::new(line.damaged)
                .ok()
                .map(|quantity| (line, quantity))
        })
        .flat_map(|(line, quantity)| {
            let lot = line.key.lot;
            [
                Line {
                    lot,
                    condition: line.key.condition,
                    quantity,
                    from: zone,
                    to: conversion,
                },
                Line {
                    lot,
                    condition: Condition::NeedsRepair,
                    quantity,
                    from: conversion,
                    to: zone,
                },
            ]
        })
        .collect()
}
