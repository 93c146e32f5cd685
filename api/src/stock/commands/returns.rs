//! Goods come back from those who used them.
//!
//! **Invariant.** No more of a lot comes back than went out and is not back yet: the lot is locked
//! while its lines are added up. In which condition goods enter the book follows from how they were
//! found and from recovery rules (`domain/src/stock/recovery.rs`). What nobody can assign to a lot
//! becomes a new one.

use std::collections::BTreeMap;

use domain::{
    identity::Capability,
    kernel::{Id, Quantity, kinds},
    stock::{
        Account, Demand, Found, Kind, Line, Movement, Outside, RecoveryRule, entered_as, recovery,
    },
};
use sea_orm::ActiveValue::Set;

use crate::{
    catalogue::ItemFacts,
    clock::day_at_depots,
    depots::DepotFacts,
    problem::{Faults, Problem},
    scope::Scope,
    stock::ledger::{self, NewLot, Origin},
    uow::{Command, Permission, Uow},
};

use super::{
    Count, Paper, places, queries, receive,
    receive::ReceiptLine,
    rows::{lot, returns::return_line},
    wire::GoodsReturnView,
};

/// Takes goods back.
#[derive(Debug, Clone)]
pub(crate) struct TakeBack {
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) paper: Paper,
    pub(crate) lines: Vec<ReturnLine>,
}

/// Goods of one lot that came back in one state.
#[derive(Debug, Clone)]
pub(crate) struct ReturnLine {
    pub(crate) came: Came,
    pub(crate) found: Found,
}

/// What came.
#[derive(Debug, Clone)]
pub(crate) enum Came {
    /// Goods of a lot that had been issued.
    OfLot {
        lot: Id<kinds::Lot>,
        count: Count,
        /// The depot's main zone, if absent.
        zone: Option<Id<kinds::Zone>>,
        bin: Option<Id<kinds::Bin>>,
    },
    /// Goods that nobody can assign to a lot; they become a new one.
    Unknown(Box<ReceiptLine>),
}

// A line with what it refers to.
struct Placed {
    lot: Id<kinds::Lot>,
    quantity: Quantity,
    zone: Id<kinds::Zone>,
    // The end of the world that it comes from.
    side: Outside,
    demand: Demand,
    rule: RecoveryRule,
}

impl Command for TakeBack {
    type Output = GoodsReturnView;
    const NAME: &'static str = "stock.take_back";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["counterparty"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<GoodsReturnView, Problem> {
        let depot = places::depot(uow, self.depot, Capability::PostStock).await?;
        let id = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        let mut faults = Faults::default();
        let unknown = self.unknown();
        let received_on = day_at_depots(occurred_at);
        let new = receive::check(uow, &depot, &unknown, received_on, &mut faults).await?;
        let lots = self.lots(uow).await?;
        let known = self.known(uow, &depot, &lots, &mut faults).await?;
        let (new, mut known) = faults.finish(new.zip(known))?;
        self.check_issued(uow, &known).await?;
        let mut new_lots = Vec::new();
        for ((number, line), checked) in unknown.into_iter().zip(new) {
            let lot = line.lot.unwrap_or_else(|| uow.id());
            known.insert(
                number,
                self.placed(number, lot, checked.quantity, checked.zone, Outside::Source),
            );
            new_lots.push(NewLot {
                id: lot,
                depot: depot.id,
                lot: checked.lot,
                remark: line.remark.clone(),
                origin: Origin::Itself,
            });
        }
        let placed: Vec<_> = known.into_values().collect();
        let lines = self.lines.iter().zip(&placed);
        let lines = lines.map(|(line, placed)| placed.line(depot.id, line));
        let movement = Movement::new(id, depot.id, Kind::Return, lines.collect());
        let movement = movement.map_err(Problem::internal)?;
        let mut papers = self.paper.papers(occurred_at);
        let bins = self.lines.iter().enumerate();
        papers.bins = bins
            .filter_map(|(number, line)| Some((number, line.bin()?)))
            .collect();
        ledger::create_lots(uow, &new_lots).await?;
        ledger::post(uow, &movement, &papers).await?;
        self.record(uow, &movement, &placed).await?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        queries::goods_return(uow.db(), &Scope::Everything, id).await
    }
}

impl ReturnLine {
    fn bin(&self) -> Option<Id<kinds::Bin>> {
        match &self.came {
            Came::OfLot { bin, .. } => *bin,
            Came::Unknown(line) => line.bin,
        }
    }
}

impl Placed {
    fn line(&self, depot: Id<kinds::Depot>, line: &ReturnLine) -> Line {
        Line {
            lot: self.lot,
            condition: entered_as(line.found.condition, self.demand),
            quantity: self.quantity,
            from: Account::Outside {
                depot,
                side: self.side,
            },
            to: Account::Zone {
                depot,
                zone: self.zone,
            },
        }
    }
}

impl TakeBack {
    fn unknown(&self) -> Vec<(usize, &ReceiptLine)> {
        let lines = self.lines.iter().enumerate();
        let unknown = lines.filter_map(|(number, line)| match &line.came {
            Came::Unknown(line) => Some((number, line.as_ref())),
            Came::OfLot { .. } => None,
        });
        unknown.collect()
    }

    // The lots that are named and seen; nobody else takes goods of them back meanwhile.
    async fn lots(&self, uow: &Uow<'_>) -> Result<BTreeMap<Id<kinds::Lot>, lot::Model>, Problem> {
        let named = self.lines.iter().filter_map(|line| match line.came {
            Came::OfLot { lot, .. } => Some(lot),
            Came::Unknown(_) => None,
        });
        queries::lots_to_change(uow.db(), &uow.scope(), &named.collect::<Vec<_>>()).await
    }

    // The lines of known lots, by their number.
    async fn known(
        &self,
        uow: &Uow<'_>,
        depot: &DepotFacts,
        lots: &BTreeMap<Id<kinds::Lot>, lot::Model>,
        faults: &mut Faults,
    ) -> Result<Option<BTreeMap<usize, Placed>>, Problem> {
        let ids: Vec<_> = lots.keys().copied().collect();
        let items = queries::items_of_lots(uow.db(), &Scope::Everything, &ids).await?;
        let zones = places::Zones::of(uow, depot.id).await?;
        let named = self.lines.iter().filter_map(ReturnLine::bin);
        let bins = places::Bins::of(uow, depot.id, named).await?;
        let mut known = BTreeMap::new();
        let mut all = true;
        for (number, line) in self.lines.iter().enumerate() {
            let Came::OfLot {
                lot,
                count,
                zone,
                bin,
            } = &line.came
            else {
                continue;
            };
            let at = |member: &str| format!("/lines/{number}/{member}");
            let zone = zone.map_or_else(|| zones.main(), Ok)?;
            zones.check(faults, at("zone_id"), zone);
            if let Some(bin) = bin {
                bins.check(faults, at("bin_id"), zone, *bin);
            }
            match counted(count, items.get(lot), &at, faults) {
                Some(quantity) => {
                    let placed = self.placed(number, *lot, quantity, zone, Outside::Recipient);
                    known.insert(number, placed);
                }
                None => all = false,
            }
        }
        Ok(all.then_some(known))
    }

    fn placed(
        &self,
        number: usize,
        lot: Id<kinds::Lot>,
        quantity: Quantity,
        zone: Id<kinds::Zone>,
        side: Outside,
    ) -> Placed {
        let (demand, rule) = recovery(&self.lines[number].found);
        Placed {
            lot,
            quantity,
            zone,
            side,
            demand,
            rule,
        }
    }

    // Nothing comes back twice, and nothing that never went.
    async fn check_issued(
        &self,
        uow: &Uow<'_>,
        known: &BTreeMap<usize, Placed>,
    ) -> Result<(), Problem> {
        let lots: Vec<_> = known.values().map(|placed| placed.lot).collect();
        let mut left = queries::not_back(uow.db(), &lots).await?;
        let mut faults = Faults::default();
        for (number, placed) in known {
            let left = left.entry(placed.lot).or_insert(0);
            let quantity = placed.quantity.get();
            if quantity > *left {
                faults.note(
                    format!("/lines/{number}/quantity"),
                    "more-than-issued",
                    format!("该批次发出而尚未收回的只有 {left}"),
                    format!("only {left} of the lot went out and are not back yet"),
                );
            }
            *left -= quantity;
        }
        faults.finish(Some(()))
    }

    async fn record(
        &self,
        uow: &Uow<'_>,
        movement: &Movement,
        placed: &[Placed],
    ) -> Result<(), Problem> {
        let lines = self.lines.iter().zip(placed).enumerate();
        let lines = lines.map(|(number, (line, placed))| return_line::ActiveModel {
            depot_id: Set(movement.depot().uuid()),
            movement_id: Set(movement.id().uuid()),
            line: Set(i64::try_from(number).unwrap_or(i64::MAX)),
            recovery_class: Set(line.found.class.name().to_owned()),
            found_condition: Set(line.found.condition.name().to_owned()),
            used_months: Set(i64::from(line.found.used_months)),
            cleaned: Set(if line.found.cleaned { "yes" } else { "no" }.to_owned()),
            demand: Set(placed.demand.name().to_owned()),
            rule: Set(placed.rule.name().to_owned()),
        });
        uow.insert_all(lines.collect()).await
    }
}

fn counted(
    count: &Count,
    item: Option<&ItemFacts>,
    at: &impl Fn(&str) -> String,
    faults: &mut Faults,
) -> Option<Quantity> {
    let Some(item) = item else {
        faults.note(
            at("lot_id"),
            "reference",
            "没有这个批次",
            "there is no such lot",
        );
        return None;
    };
    match count.in_base(&item.units) {
        Ok(quantity) => Some(quantity),
        Err((field, fault)) => faults.take(at(field), Err(fault)),
    }
}
