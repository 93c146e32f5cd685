//! What moves inside a depot, and what is undone.
//!
//! **Invariant.** Neither adds nor loses goods: a transfer changes the zone, a reversal goes back the
//! way the goods came.

use std::collections::BTreeMap;

use domain::{
    identity::Capability,
    kernel::{Id, Quantity, kinds},
    stock::{Account, Condition, Kind, Line, Movement},
};

use crate::{
    depots,
    problem::{Code, Faults, Problem},
    scope::Scope,
    stock::ledger,
    uow::{Command, Permission, Uow},
};

use super::{
    Count, Paper, conversions, disposals, late_facts, loans, lot_changes, places, queries, rows,
    wire::MovementView,
};

/// Moves goods from one zone of a depot to another.
#[derive(Debug, Clone)]
pub(crate) struct TransferBetweenZones {
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) paper: Paper,
    pub(crate) lines: Vec<ZoneLine>,
}

/// Goods of one lot that go to another zone.
#[derive(Debug, Clone)]
pub(crate) struct ZoneLine {
    pub(crate) lot: Id<kinds::Lot>,
    pub(crate) from: Id<kinds::Zone>,
    pub(crate) to: Id<kinds::Zone>,
    /// The bin that takes them.
    pub(crate) bin: Option<Id<kinds::Bin>>,
    pub(crate) condition: Condition,
    pub(crate) count: Count,
}

impl Command for TransferBetweenZones {
    type Output = MovementView;
    const NAME: &'static str = "stock.transfer_between_zones";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["counterparty"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<MovementView, Problem> {
        let depot = places::depot(uow, self.depot, Capability::PostStock).await?;
        let id = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        let zones = places::Zones::of(uow, depot.id).await?;
        let bins =
            places::Bins::of(uow, depot.id, self.lines.iter().filter_map(|line| line.bin)).await?;
        let mut faults = Faults::default();
        for (number, line) in self.lines.iter().enumerate() {
            let at = |field: &str| format!("/lines/{number}/{field}");
            zones.check(&mut faults, at("from_zone_id"), line.from);
            zones.check(&mut faults, at("to_zone_id"), line.to);
            if let Some(bin) = line.bin {
                bins.check(&mut faults, at("bin_id"), line.to, bin);
            }
        }
        let counts = self.lines.iter().map(|line| (line.lot, &line.count));
        let quantities = quantities(uow, counts, faults).await?;
        let zone = |zone| Account::Zone {
            depot: depot.id,
            zone,
        };
        let lines = self.lines.iter().zip(quantities);
        let lines = lines.map(|(line, quantity)| Line {
            lot: line.lot,
            condition: line.condition,
            quantity,
            from: zone(line.from),
            to: zone(line.to),
        });
        let movement = Movement::new(id, depot.id, Kind::Transfer, lines.collect())
            .map_err(Problem::internal)?;
        let mut papers = self.paper.papers(occurred_at);
        papers.bins = self
            .lines
            .iter()
            .enumerate()
            .filter_map(|(number, line)| Some((number, line.bin?)))
            .collect();
        let posted = ledger::post(uow, &movement, &papers).await?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        queries::posted(uow.db(), posted, BTreeMap::new()).await
    }
}

/// The quantities of lines that name their lots, and all that is wrong with them beside `faults`.
pub(super) async fn quantities<'a>(
    uow: &Uow<'_>,
    counts: impl Iterator<Item = (Id<kinds::Lot>, &'a Count)>,
    mut faults: Faults,
) -> Result<Vec<Quantity>, Problem> {
    let counts: Vec<_> = counts.collect();
    let lots: Vec<_> = counts.iter().map(|(lot, _)| *lot).collect();
    let units = queries::units_of_lots(uow.db(), &uow.scope(), &lots).await?;
    let mut quantities = Vec::new();
    for (number, (lot, count)) in counts.into_iter().enumerate() {
        let Some(units) = units.get(&lot) else {
            faults.note(
                format!("/lines/{number}/lot_id"),
                "reference",
                "没有这个批次",
                "there is no such lot",
            );
            continue;
        };
        match count.in_base(units) {
            Ok(quantity) => quantities.push(quantity),
            Err((field, fault)) => {
                faults.take::<(), _>(format!("/lines/{number}/{field}"), Err(fault));
            }
        }
    }
    faults.finish(Some(quantities))
}

/// Undoes a movement by its mirror.
#[derive(Debug, Clone)]
pub(crate) struct Reverse {
    pub(crate) movement: Id<kinds::Movement>,
    pub(crate) paper: Paper,
    /// The call-off under which the goods came, where its delivery is undone with it.
    pub(crate) call_off: Option<Id<kinds::CallOff>>,
}

impl Command for Reverse {
    type Output = MovementView;
    const NAME: &'static str = "stock.reverse";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["counterparty"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<MovementView, Problem> {
        let (row, lines) = queries::movement_rows(uow.db(), &uow.scope(), self.movement).await?;
        let depot = Id::from_uuid(row.depot_id);
        let depot = depots::depot(uow.db(), &Scope::Everything, depot).await?;
        uow.require(Capability::PostStock, depot.organisation_id.uuid())
            .await?;
        if let Some(shipment) = row.shipment_id {
            // The shipment would say one thing and the ledger another.
            let shipment: Id<kinds::Shipment> = Id::from_uuid(shipment);
            return Err(Problem::new(Code::WrongState)
                .with("state", "shipped")
                .with("shipment_id", shipment.to_string())
                .detail(
                    "该单据属于一次运输：签收有误的，请冲红该次签收；发运有误的，请召回",
                    "the movement belongs to a shipment: reverse its hand-over, or recall it",
                ));
        }
        self.check_call_off(uow, &row, &lines).await?;
        let id = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        let papers = self.paper.papers(occurred_at);
        disposals::before_reversal(uow, &row).await?;
        lot_changes::before_reversal(uow, &row).await?;
        loans::before_reversal(uow, &row).await?;
        conversions::before_reversal(uow, &row, &papers).await?;
        ledger::reverse(uow, self.movement, id, &papers).await?;
        late_facts::after_reversal(uow, &row, &papers).await?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        queries::movement(uow.db(), &Scope::Everything, id).await
    }
}

impl Reverse {
    // What came under a call-off is undone with its delivery, or the supplier would be said to have
    // brought what is not there.
    async fn check_call_off(
        &self,
        uow: &Uow<'_>,
        row: &rows::movement::Model,
        lines: &[rows::movement_line::Model],
    ) -> Result<(), Problem> {
        if row.kind != Kind::Receipt.name() {
            return Ok(());
        }
        let lots: Vec<_> = lines
            .iter()
            .map(|line| Id::from_uuid(line.lot_id))
            .collect();
        let lots = queries::lots_by_id(uow.db(), &Scope::Everything, &lots).await?;
        let call_offs = lots.values().filter_map(|lot| lot.call_off_id);
        let other = call_offs
            .map(Id::<kinds::CallOff>::from_uuid)
            .find(|of| Some(*of) != self.call_off);
        match other {
            None => Ok(()),
            Some(call_off) => Err(Problem::new(Code::WrongState)
                .with("state", "delivered")
                .with("call_off_id", call_off.to_string())
                .detail(
                    "该入库属于一次协议要货，请撤销该次交货",
                    "the receipt belongs to a call-off: undo its delivery",
                )),
        }
    }
}
