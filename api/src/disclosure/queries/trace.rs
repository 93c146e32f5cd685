//! What became of a gift, a shipment, a lot.
//!
//! **Invariant.** Of what is sealed, and of nothing else; a fixed number of statements, and the tiles
//! that the proofs of its entries take.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    disclosure::Share,
    kernel::{Id, kinds},
    organisations::DivisionCode,
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    catalogue, depots, dispatch, incidents, journal, organisations,
    problem::{Code, Problem},
    scope::Scope,
    stock::{self, AccountAsked, AccountLots, StepRow},
};

use super::{
    content::{accounts_of, place},
    names::{sites, township},
    wire::{
        LotFiguresView, PublicLotView, PublicShipmentLineView, PublicShipmentView, TraceGoodsView,
        TraceStepView, TraceView,
    },
};

const STEPS_MAX: usize = 500;
const SUMS_MAX: u64 = 50_000;

/// What became of a receipt's goods.
pub(in crate::disclosure) async fn trace(
    db: &impl ConnectionTrait,
    receipt: Id<kinds::Movement>,
    now: DateTime<Utc>,
) -> Result<TraceView, Problem> {
    let checkpoint = journal::checkpoint(db, None).await.map_err(waiting)?;
    let lots = stock::lots_of_receipt(db, receipt).await?;
    let goods = goods(db, &lots, checkpoint.size(), now).await?;
    if goods.is_empty() {
        return Err(waiting(Problem::not_found()));
    }
    let sealed = journal::sealed_before(checkpoint.size());
    let at_most = u64::try_from(STEPS_MAX + 1).map_err(Problem::internal)?;
    let mut rows = stock::steps_of_lots(db, &lots, &sealed, at_most).await?;
    let more_steps = rows.len() > STEPS_MAX;
    rows.truncate(STEPS_MAX);
    let entries: BTreeSet<_> = rows.iter().map(|row| row.journal_id).collect();
    let own = lots.iter().copied().collect();
    let proofs = journal::public_proofs(db, entries, checkpoint.size(), &own).await?;
    let positions: BTreeMap<_, _> = proofs
        .iter()
        .map(|(id, proof)| (*id, proof.position()))
        .collect();
    let mut proofs: Vec<_> = proofs.into_values().collect();
    proofs.sort_by_key(journal::PublicProofView::position);
    Ok(TraceView {
        receipt_id: receipt,
        goods,
        steps: steps(db, rows, &positions).await?,
        more_steps,
        proofs,
        checkpoint,
    })
}

fn waiting(problem: Problem) -> Problem {
    if problem.code != Code::NotFound {
        return problem;
    }
    Problem::new(Code::WrongState)
        .with("state", "waiting")
        .detail(
            "该入库单尚未封存，请过一两秒再试",
            "the receipt is not sealed yet; try again in a second or two",
        )
}

async fn goods(
    db: &impl ConnectionTrait,
    lots: &[Id<kinds::Lot>],
    position: i64,
    now: DateTime<Utc>,
) -> Result<Vec<TraceGoodsView>, Problem> {
    let asked = AccountAsked {
        lots: AccountLots::Named(lots.to_vec()),
        moved_for: None,
        sealed: journal::sealed_before(position),
        from: None,
        until: now,
    };
    let rows = stock::account_flows(db, &asked, SUMS_MAX).await?;
    let accounts = accounts_of(Share::Whole, rows, &BTreeMap::new())?;
    let facts = stock::account_lots(db, lots).await?;
    let items: BTreeSet<_> = facts.values().map(|lot| lot.item).collect();
    let items = catalogue::item_facts(db, &items.into_iter().collect::<Vec<_>>()).await?;
    Ok(accounts
        .into_iter()
        .filter_map(|(lot_id, account)| {
            let item = items.get(&facts.get(&lot_id)?.item)?;
            Some(TraceGoodsView {
                lot_id,
                item_name: item.name.clone(),
                base_unit: item.units.base().as_str().to_owned(),
                figures: LotFiguresView::of(&account.figures),
            })
        })
        .collect())
}

async fn steps(
    db: &impl ConnectionTrait,
    rows: Vec<StepRow>,
    positions: &BTreeMap<Uuid, i64>,
) -> Result<Vec<TraceStepView>, Problem> {
    let shipments = rows.iter().filter_map(|row| row.shipment_id).collect();
    let at_sites = sites(db, shipments).await?;
    let division = |row: &StepRow| -> Option<DivisionCode> {
        let stated = row
            .division_code
            .as_deref()
            .and_then(|code| code.parse().ok());
        let of_site = row.shipment_id.and_then(|id| at_sites.get(&id).copied());
        stated.or(of_site).map(township)
    };
    let here: BTreeSet<_> = rows.iter().map(|row| row.depot_id).collect();
    let here: Vec<_> = here.into_iter().map(Id::from_uuid).collect();
    let depots = depots::depots_facts(db, &Scope::Everything, &here).await?;
    let bodies: Vec<_> = depots
        .values()
        .map(|depot| depot.organisation_id.uuid())
        .collect();
    let bodies = organisations::names(db, &bodies).await?;
    let events = rows.iter().filter_map(|row| row.incident_id).collect();
    let events = incidents::names(db, events).await?;
    let codes: BTreeSet<_> = rows.iter().filter_map(division).collect();
    let codes: Vec<_> = codes.into_iter().collect();
    let divisions = organisations::divisions_by_code(db, &codes).await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            let depot = depots.get(&Id::from_uuid(row.depot_id))?;
            let to = division(row);
            Some(TraceStepView {
                position: *positions.get(&row.journal_id)?,
                recorded_at: row.recorded_at,
                kind: row.kind.clone(),
                lot_id: Id::from_uuid(row.lot_id),
                quantity: row.quantity,
                from: row.from_kind.clone(),
                to: row.to_kind.clone(),
                organisation_name: bodies
                    .get(&depot.organisation_id.uuid())
                    .cloned()
                    .unwrap_or_default(),
                incident_name: row.incident_id.and_then(|id| events.get(&id).cloned()),
                division_name: to.and_then(|code| Some(divisions.get(&code)?.name.clone())),
                division_code: to.map(|code| code.as_str().to_owned()),
            })
        })
        .collect())
}

/// A shipment by the number of its waybill.
pub(in crate::disclosure) async fn shipment(
    db: &impl ConnectionTrait,
    waybill: &str,
) -> Result<PublicShipmentView, Problem> {
    let found = dispatch::shipment_by_waybill(db, waybill).await?;
    let bodies = [found.custodian, found.receiver].map(Id::uuid);
    let levels = organisations::bodies(db, &bodies).await?;
    let level = |id: Id<kinds::Organisation>| {
        let level = levels.get(&id.uuid());
        level.map(ToString::to_string).unwrap_or_default()
    };
    let events = incidents::names(db, found.incident.into_iter().map(Id::uuid).collect()).await?;
    let lots: Vec<_> = found.lines.iter().map(|line| line.lot).collect();
    let lots = stock::account_lots(db, &lots).await?;
    let items: BTreeSet<_> = lots.values().map(|lot| lot.item).collect();
    let items = catalogue::item_facts(db, &items.into_iter().collect::<Vec<_>>()).await?;
    let lines = found.lines.iter().filter_map(|line| {
        let item = items.get(&lots.get(&line.lot)?.item)?;
        Some(PublicShipmentLineView {
            item_name: item.name.clone(),
            base_unit: item.units.base().as_str().to_owned(),
            sent: line.sent,
            received: line.received,
            damaged: line.damaged,
            short: line.short,
            returned: line.returned,
        })
    });
    Ok(PublicShipmentView {
        lines: lines.collect(),
        from_level: level(found.custodian),
        to_level: level(found.receiver),
        incident_name: events.into_values().next(),
        waybill: found.waybill,
        state: found.state,
        departed_at: found.departed_at,
        arrived_at: found.arrived_at,
    })
}

/// A lot by its id.
pub(in crate::disclosure) async fn lot(
    db: &impl ConnectionTrait,
    id: Id<kinds::Lot>,
    now: DateTime<Utc>,
) -> Result<PublicLotView, Problem> {
    let lots = stock::account_lots(db, &[id]).await?;
    let lot = lots.get(&id).ok_or_else(Problem::not_found)?;
    let (position, _) = place(db, None).await?;
    let owner = lot.owner.uuid();
    let levels = organisations::bodies(db, &[owner]).await?;
    let goods = goods(db, &[id], position, now).await?;
    let goods = goods.into_iter().next();
    let goods = goods.ok_or_else(|| waiting(Problem::not_found()))?;
    Ok(PublicLotView {
        lot_id: id,
        item_name: goods.item_name,
        base_unit: goods.base_unit,
        source: lot.source.clone(),
        owner_level: levels
            .get(&owner)
            .map(ToString::to_string)
            .unwrap_or_default(),
        figures: goods.figures,
        position,
    })
}
