//! The one door through which stock changes.
//!
//! **Invariant.** A movement, its lines and what they do to balances are written together or not
//! at all. Nothing is taken that is not there and free; nothing leaves for use that may not serve
//! the purpose, unless somebody who speaks for its owner overrides that by name (I9, I10), and
//! nothing of others without a dispatch order or their word. Each posted movement points to the journal entry of the command that posted it (I12).
//!
//! Dispatch and exchange post through here inside their own unit of work. A refusal must end that
//! unit of work: what was written before it is undone by the rollback, not here. Who may post is
//! the caller's to check; what is posted is checked here.

mod balances;
mod exchange;
mod fitness;
mod gate;
mod holds;
mod late;
mod lots;
mod owners;
mod recalls;
mod reversal;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Text, kinds},
    stock::{BalanceKey, Movement, Purpose, Way},
};
use sea_orm::{ActiveModelTrait, IntoActiveModel, ModelTrait};
use uuid::Uuid;

use crate::{
    depots::DepotFacts,
    problem::Problem,
    uow::{Together, Uow},
};

use super::{columns, rows};

pub(crate) use exchange::{Ending, Locked, exchange, lock_all};
pub(crate) use fitness::Override;
pub(crate) use holds::{Terms, expire, holds, post_reserved, release, reserve};
pub(crate) use lots::{NewLot, Origin, create_lots};
pub(crate) use reversal::{reverse, reverse_all};

pub(super) use fitness::{judged_on, name as reason};
pub(super) use late::post_late;
pub(super) use recalls::{hold_back, lots_alone, moment_of_recall, settle as settle_recalls};

use balances::Change;
use fitness::Judged;

/// What a command has read and holds in common with others already, so that it is not read again.
#[derive(Debug, Default)]
pub(in crate::stock) struct Known {
    pub(in crate::stock) lots: BTreeMap<Id<kinds::Lot>, rows::lot::Model>,
    pub(in crate::stock) depots: BTreeMap<Id<kinds::Depot>, DepotFacts>,
}

/// What a paper about a movement says beside its lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Papers {
    /// When it happened, as the field says; `None` for now.
    pub(crate) occurred_at: Option<DateTime<Utc>>,
    /// The number on the paper.
    pub(crate) paper_number: Option<Text<64>>,
    /// Who gave or took the goods, as the paper names them.
    pub(crate) counterparty: Option<Text<200>>,
    pub(crate) note: Option<Text<1000>>,
    /// What the goods are for. `None` says that they stay stock, as between two depots: then
    /// nothing is asked of what they are bound to.
    pub(crate) purpose: Option<Purpose>,
    pub(crate) shipment: Option<Id<kinds::Shipment>>,
    /// The bins that goods go into or come from, by line from 0.
    pub(crate) bins: BTreeMap<usize, Id<kinds::Bin>>,
    /// Lets goods leave that otherwise may not.
    pub(crate) overriding: Option<Override>,
}

/// A movement as it was written down.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(super) row: rows::movement::Model,
    pub(super) lines: Vec<rows::movement_line::Model>,
    /// Lots that were read to judge it; not those of goods that only come in.
    pub(super) lots: BTreeMap<Id<kinds::Lot>, rows::lot::Model>,
}

/// Posts a movement from what is available.
///
/// Refuses with `forbidden` (and `owner_ids`) for goods of others, `insufficient-stock` (and `available`, `requested`, `lot_id`, `condition`,
/// `zone_id` or `shipment_id`), `goods-withheld`, `wrong-state` of the depot, `already-exists`.
pub(crate) async fn post(
    uow: &Uow<'_>,
    movement: &Movement,
    papers: &Papers,
) -> Result<Posted, Problem> {
    post_known(uow, movement, papers, Known::default()).await
}

/// As [`post`], by a command that knows some of it already.
pub(in crate::stock) async fn post_known(
    uow: &Uow<'_>,
    movement: &Movement,
    papers: &Papers,
    known: Known,
) -> Result<Posted, Problem> {
    let posted = write_one(uow, movement, papers, None, known).await?;
    balances::apply(uow, &moved(&[(movement, papers)])).await?;
    Ok(posted)
}

/// As [`post_known`], by a command that reads nothing of it again: where it changes one balance, all of
/// it is left to the end of the command and goes in one trip with its entry.
pub(in crate::stock) async fn post_last(
    uow: &Uow<'_>,
    movement: &Movement,
    papers: &Papers,
    known: Known,
) -> Result<Posted, Problem> {
    let changes = moved(&[(movement, papers)]);
    let Some(guarded) = balances::guarded(&changes) else {
        return post_known(uow, movement, papers, known).await;
    };
    let (written, writes) = documents(uow, &[(movement, papers)], None, &known).await?;
    gate::check(uow, &[movement], known.depots).await?;
    uow.leave(guarded, writes)?;
    only(written)
}

/// Posts many movements as [`post`] posts one, in as few statements as they take together. What
/// they do to one balance is judged together, as if it were the work of one movement.
pub(crate) async fn post_all(
    uow: &Uow<'_>,
    movements: &[(&Movement, &Papers)],
) -> Result<(), Problem> {
    write(uow, movements, None, Known::default()).await?;
    balances::apply(uow, &moved(movements)).await
}

// What movements do to balances together.
fn moved(movements: &[(&Movement, &Papers)]) -> BTreeMap<BalanceKey, Change> {
    let mut changes: BTreeMap<_, Change> = BTreeMap::new();
    for (movement, _) in movements {
        for (key, more) in movement.deltas() {
            changes.entry(key).or_default().on_hand += more;
        }
    }
    changes.retain(|_, change| change.on_hand != 0);
    changes
}

/// Posts a movement that puts kits together or takes them apart, as [`post`] does.
///
/// Refuses also with `forbidden` for goods of others and with `goods-withheld` for what may not go
/// into kits. That contents and kits agree is the caller's to check.
pub(in crate::stock) async fn convert(
    uow: &Uow<'_>,
    movement: &Movement,
    papers: &Papers,
    way: Way,
) -> Result<(), Problem> {
    fitness::judge_conversion(uow, movement, papers, way).await?;
    post(uow, movement, papers).await.map(drop)
}

// As `write`, of one.
async fn write_one(
    uow: &Uow<'_>,
    movement: &Movement,
    papers: &Papers,
    reservation: Option<&rows::reservation::Model>,
    known: Known,
) -> Result<Posted, Problem> {
    only(write(uow, &[(movement, papers)], reservation, known).await?)
}

fn only(posted: Vec<Posted>) -> Result<Posted, Problem> {
    let one = posted.into_iter().next();
    one.ok_or_else(|| Problem::internal(anyhow::anyhow!("nothing was posted")))
}

/// Writes documents down and checks that they may be posted; balances are the caller's.
async fn write(
    uow: &Uow<'_>,
    movements: &[(&Movement, &Papers)],
    reservation: Option<&rows::reservation::Model>,
    known: Known,
) -> Result<Vec<Posted>, Problem> {
    let (written, writes) = documents(uow, movements, reservation, &known).await?;
    uow.write(writes).await?;
    let movements: Vec<_> = movements.iter().map(|&(movement, _)| movement).collect();
    gate::check(uow, &movements, known.depots).await?;
    Ok(written)
}

// Documents that may be posted as far as their goods are concerned, and what writes them down.
async fn documents(
    uow: &Uow<'_>,
    movements: &[(&Movement, &Papers)],
    reservation: Option<&rows::reservation::Model>,
    known: &Known,
) -> Result<(Vec<Posted>, Together), Problem> {
    let is_ordered = reservation.is_some_and(|reservation| reservation.order_id.is_some());
    let mut written = Vec::new();
    for &(movement, papers) in movements {
        let Judged { lots, overridden } =
            fitness::judge(uow, movement, papers, is_ordered, &known.lots).await?;
        let reserved = reservation.map(|reservation| reservation.id);
        written.push(Posted {
            row: document(uow, movement, papers, reserved, overridden),
            lines: document_lines(movement, papers).collect(),
            lots,
        });
    }
    let mut writes = Together::default();
    writes.insert(written.iter().map(|posted| new(posted.row.clone())));
    let lines = written
        .iter()
        .flat_map(|posted| posted.lines.iter().cloned());
    writes.insert(lines.map(new));
    Ok((written, writes))
}

// A row that is not there yet.
fn new<M, A>(row: M) -> A
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity>,
{
    row.into_active_model().reset_all()
}

fn document(
    uow: &Uow<'_>,
    movement: &Movement,
    papers: &Papers,
    reservation: Option<Uuid>,
    overridden: Option<(String, String)>,
) -> rows::movement::Model {
    let (override_reason, override_by) = overridden.unzip();
    let purpose = papers.purpose.clone().unwrap_or_default();
    let (incident_id, division_code, programme) = columns::of_purpose(&purpose);
    let text = |text: Option<&str>| text.map(str::to_owned);
    rows::movement::Model {
        depot_id: movement.depot().uuid(),
        id: movement.id().uuid(),
        kind: movement.kind().name().to_owned(),
        occurred_at: papers.occurred_at.unwrap_or_else(|| uow.now()),
        recorded_at: uow.now(),
        journal_id: uow.entry().uuid(),
        paper_number: text(papers.paper_number.as_ref().map(Text::as_str)),
        counterparty: text(papers.counterparty.as_ref().map(Text::as_str)),
        note: text(papers.note.as_ref().map(Text::as_str)),
        reverses_id: movement.kind().reverses().map(Id::uuid),
        incident_id,
        division_code,
        programme,
        shipment_id: papers.shipment.map(Id::uuid),
        reservation_id: reservation,
        override_reason,
        override_by,
    }
}

fn document_lines(
    movement: &Movement,
    papers: &Papers,
) -> impl Iterator<Item = rows::movement_line::Model> {
    movement.lines().iter().enumerate().map(|(number, line)| {
        let (from_kind, from_depot_id, from_id) = columns::of_account(&line.from);
        let (to_kind, to_depot_id, to_id) = columns::of_account(&line.to);
        rows::movement_line::Model {
            depot_id: movement.depot().uuid(),
            movement_id: movement.id().uuid(),
            line: i64::try_from(number).unwrap_or(i64::MAX),
            lot_id: line.lot.uuid(),
            condition: line.condition.name().to_owned(),
            quantity: line.quantity.get(),
            from_kind: from_kind.to_owned(),
            from_depot_id,
            from_id,
            to_kind: to_kind.to_owned(),
            to_depot_id,
            to_id,
            bin_id: papers.bins.get(&number).map(|bin| bin.uuid()),
        }
    })
}
