//! Documents one by one: whether each is a movement that may be posted (I1), whether what left was
//! fit (I9) and served what it was bound to (I10).
//!
//! **Invariant.** Chunks of [`CHUNK`] documents, by key, so that a ledger of any length is walked in
//! the same memory. What was undone by a reversal is not held against anybody.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    kernel::{Id, kinds},
    stock::{Account, Availability, Fitness, Line, Movement, Outside, Purpose, Restriction},
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, SelectStatement},
};
use uuid::Uuid;

use crate::{
    clock::day_at_depots,
    problem::Problem,
    scope::{Scope, visible},
    verify::{Finding, NAMED_MAX},
};

use super::{
    columns, lots_by_id,
    rows::{lot, movement, movement_line},
};

const CHUNK: u64 = 200;

/// Checks I1, I9 and I10 of every movement, or of those that were posted by entries which a query
/// answers, and tells how many were walked.
pub(crate) async fn documents(
    snapshot: &DatabaseTransaction,
    of: Option<SelectStatement>,
    told: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Finding>, Problem> {
    let mut findings = Findings::default();
    let mut last = None;
    let mut walked = 0;
    loop {
        let chunk = chunk(snapshot, of.as_ref(), last).await?;
        let Some(end) = chunk.last().map(|row| (row.depot_id, row.id)) else {
            return Ok(findings.0);
        };
        walked += chunk.len() as u64;
        let context = Context::read(snapshot, &chunk).await?;
        for row in &chunk {
            context.check(row, &mut findings);
        }
        told(walked);
        last = Some(end);
    }
}

async fn chunk(
    snapshot: &DatabaseTransaction,
    of: Option<&SelectStatement>,
    last: Option<(Uuid, Uuid)>,
) -> Result<Vec<movement::Model>, Problem> {
    use movement::{Column, Entity};
    let mut select = visible::<Entity>(&Scope::Everything);
    if let Some(entries) = of {
        select = select.filter(Column::JournalId.in_subquery(entries.clone()));
    }
    if let Some((depot, id)) = last {
        use sea_orm::sea_query::ExprTrait as _;
        // As one row: of alternatives SQLite reads the index from its beginning each time.
        let place = Expr::tuple([Column::DepotId.into_expr(), Column::Id.into_expr()]);
        select = select.filter(place.gt(Expr::tuple([Expr::val(depot), Expr::val(id)])));
    }
    Ok(select
        .order_by_asc(Column::DepotId)
        .order_by_asc(Column::Id)
        .limit(CHUNK)
        .all(snapshot)
        .await?)
}

// Of each invariant only so many faults are named.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn note(&mut self, invariant: &'static str, what: impl FnOnce() -> String) {
        let named = self.0.iter().filter(|known| known.invariant == invariant);
        match named.count() {
            NAMED_MAX => self
                .0
                .push(Finding::new(invariant, "… and more of the same")),
            known if known < NAMED_MAX => self.0.push(Finding::new(invariant, what())),
            _ => {}
        }
    }
}

// What the documents of a chunk refer to.
struct Context {
    lines: BTreeMap<Uuid, Vec<movement_line::Model>>,
    lots: BTreeMap<Id<kinds::Lot>, lot::Model>,
    originals: BTreeMap<Uuid, (movement::Model, Vec<movement_line::Model>)>,
    reversed: BTreeSet<Uuid>,
    // Shipments that left under an override.
    overridden: BTreeSet<Uuid>,
    // What shipments left for, as every paper of them says.
    left_for: BTreeMap<Uuid, Vec<Purpose>>,
}

impl Context {
    async fn read(
        snapshot: &DatabaseTransaction,
        chunk: &[movement::Model],
    ) -> Result<Self, Problem> {
        use movement::{Column, Entity};
        let ids = || chunk.iter().map(|row| row.id);
        let depots: BTreeSet<_> = chunk.iter().map(|row| row.depot_id).collect();
        let movements = || {
            visible::<Entity>(&Scope::Everything)
                .filter(Column::DepotId.is_in(depots.iter().copied()))
        };
        let lines = lines_of(snapshot, &depots, ids()).await?;
        let lots: Vec<_> = lines
            .values()
            .flatten()
            .map(|line| Id::from_uuid(line.lot_id))
            .collect();
        let reversals = movements()
            .filter(Column::ReversesId.is_in(ids()))
            .all(snapshot)
            .await?;
        let undone: Vec<_> = chunk.iter().filter_map(|row| row.reverses_id).collect();
        let originals = movements()
            .filter(Column::Id.is_in(undone.iter().copied()))
            .all(snapshot)
            .await?;
        let mut original_lines = lines_of(snapshot, &depots, undone.into_iter()).await?;
        let shipments = chunk.iter().filter_map(|row| row.shipment_id);
        let of_shipments = visible::<Entity>(&Scope::Everything)
            .filter(Column::ShipmentId.is_in(shipments))
            .all(snapshot)
            .await?;
        let mut left_for: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in &of_shipments {
            // One that cannot be read is found as a movement.
            if let (Some(shipment), Ok(purpose)) = (row.shipment_id, purpose(row)) {
                left_for.entry(shipment).or_default().push(purpose);
            }
        }
        Ok(Self {
            // 200 documents may name 200,000 lots.
            lots: lots_by_id(snapshot, &Scope::Everything, &lots).await?,
            lines,
            originals: originals
                .into_iter()
                .map(|row| {
                    let lines = original_lines.remove(&row.id).unwrap_or_default();
                    (row.id, (row, lines))
                })
                .collect(),
            reversed: reversals.iter().filter_map(|row| row.reverses_id).collect(),
            overridden: of_shipments
                .iter()
                .filter(|row| row.override_reason.is_some())
                .filter_map(|row| row.shipment_id)
                .collect(),
            left_for,
        })
    }

    fn check(&self, row: &movement::Model, findings: &mut Findings) {
        let id: Id<kinds::Movement> = Id::from_uuid(row.id);
        let lines = self.lines.get(&row.id).map_or(&[][..], Vec::as_slice);
        let read = columns::movement(row, lines)
            .and_then(|movement| purpose(row).map(|purpose| (movement, purpose)));
        let (movement, purpose) = match read {
            Ok(read) => read,
            Err(problem) => {
                findings.note("I1", || format!("{id} is no movement: {problem}"));
                return;
            }
        };
        if let Some(of) = movement.kind().reverses() {
            if !self.mirrors(&movement, of.uuid()) {
                findings.note("I1", || format!("{id} is not the mirror of {of}"));
            }
            return;
        }
        if self.reversed.contains(&row.id) || row.override_reason.is_some() {
            return;
        }
        for (number, line) in movement.lines().iter().enumerate() {
            self.check_line((row, &purpose), number, line, findings);
        }
    }

    fn mirrors(&self, reversal: &Movement, of: Uuid) -> bool {
        let Some((row, lines)) = self.originals.get(&of) else {
            return false;
        };
        columns::movement(row, lines)
            .ok()
            .and_then(|original| original.reversed(reversal.id(), None).ok())
            .is_some_and(|mirror| mirror == *reversal)
    }

    fn check_line(
        &self,
        (row, purpose): (&movement::Model, &Purpose),
        number: usize,
        line: &Line,
        findings: &mut Findings,
    ) {
        let id: Id<kinds::Movement> = Id::from_uuid(row.id);
        let Some(lot) = self.lots.get(&line.lot) else {
            findings.note("I1", || {
                format!("{id} line {number}: there is no {}", line.lot)
            });
            return;
        };
        let bound = match columns::fitness(lot, line.condition) {
            Ok(bound) => bound,
            Err(problem) => {
                findings.note("I1", || format!("{} is no lot: {problem}", line.lot));
                return;
            }
        };
        let leaves_shelf = matches!(line.from, Account::Zone { .. });
        let to_road = matches!(line.to, Account::Road { .. });
        let of = |side: Outside| move |account: &Account| matches!(account, Account::Outside { side: there, .. } if *there == side);
        // What borrowers keep was judged when it was lent.
        let to_recipient = !of(Outside::Loan)(&line.from)
            && (of(Outside::Recipient)(&line.to) || of(Outside::Loan)(&line.to));
        if leaves_shelf && (to_road || to_recipient) {
            let free = Fitness {
                restriction: Restriction::None,
                // A recall is held only against what was posted after it.
                recalled: lot
                    .recalled_at
                    .is_some_and(|recalled| recalled <= row.recorded_at),
                ..bound.clone()
            };
            // As the ledger judged: no paper is dated back past an expiry.
            let day = day_at_depots(row.occurred_at.max(row.recorded_at));
            let free = free.availability(day, &Purpose::default());
            if let Availability::Withheld(reason) = free {
                let reason = crate::stock::ledger::reason(reason);
                findings.note("I9", || {
                    format!(
                        "{id} line {number}: {} left although it was {reason}",
                        line.lot
                    )
                });
            }
        }
        let shipped = row.shipment_id.filter(|_| !leaves_shelf);
        let shipped_anyway = shipped.is_some_and(|shipment| self.overridden.contains(&shipment));
        if to_recipient && !shipped_anyway {
            // What came off the road is held to what its shipment left for.
            let shipped_for = shipped.and_then(|shipment| self.left_for.get(&shipment));
            let permitted = bound.restriction.permits(purpose)
                || shipped_for.is_some_and(|purposes| {
                    purposes
                        .iter()
                        .any(|purpose| bound.restriction.permits(purpose))
                });
            if !permitted {
                findings.note("I10", || {
                    format!(
                        "{id} line {number}: {} is bound to another purpose",
                        line.lot
                    )
                });
            }
        }
    }
}

fn purpose(row: &movement::Model) -> Result<Purpose, Problem> {
    columns::purpose(
        row.incident_id,
        row.division_code.as_deref(),
        row.programme.as_deref(),
    )
}

async fn lines_of(
    snapshot: &DatabaseTransaction,
    depots: &BTreeSet<Uuid>,
    movements: impl Iterator<Item = Uuid>,
) -> Result<BTreeMap<Uuid, Vec<movement_line::Model>>, Problem> {
    use movement_line::{Column, Entity};
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.is_in(depots.iter().copied()))
        .filter(Column::MovementId.is_in(movements))
        .order_by_asc(Column::Line)
        .all(snapshot)
        .await?;
    let mut lines: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in found {
        lines.entry(line.movement_id).or_default().push(line);
    }
    Ok(lines)
}
