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
mod fitness;
mod gate;
mod holds;
mod late;
mod lots;
mod owners;
mod recalls;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Text, kinds},
    stock::{Account, BalanceKey, Kind, Movement, Outside, Purpose, ReversalError, Way},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, IntoActiveModel, ModelTrait, QueryFilter};
use uuid::Uuid;

use crate::{
    depots::DepotFacts,
    problem::{Code, Problem},
    scope::{Scope, visible},
    uow::{Together, Uow},
};

use super::{columns, queries, rows};

pub(crate) use fitness::Override;
pub(crate) use holds::{Terms, expire, holds, post_reserved, release, reserve};
pub(crate) use lots::{NewLot, Origin, create_lots};

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

/// Undoes the movement `of` by its mirror, which becomes the movement `id`.
///
/// Refuses with `not-found`, with `wrong-state` for what was reversed already (and `reversed_by`)
/// or is itself a reversal (and `reverses`) or undoes an issue of goods that came back, and with
/// `insufficient-stock` where the goods are gone.
pub(crate) async fn reverse(
    uow: &Uow<'_>,
    of: Id<kinds::Movement>,
    id: Id<kinds::Movement>,
    papers: &Papers,
) -> Result<Movement, Problem> {
    let (row, lines) = queries::movement_rows(uow.db(), &Scope::Everything, of).await?;
    let original = columns::movement(&row, &lines)?;
    let earlier = reversal_of(uow, &row).await?;
    let reversal = original.reversed(id, earlier).map_err(not_reversible)?;
    if let Err(problem) = still_out(uow, &reversal).await {
        // Whoever reversed it while we waited for its lots brought the goods back.
        let earlier = reversal_of(uow, &row).await?;
        return Err(earlier.map_or(problem, |by| not_reversible(ReversalError::Already { by })));
    }
    let mut papers = papers.clone();
    papers.shipment = papers.shipment.or(row.shipment_id.map(Id::from_uuid));
    papers.purpose = Some(columns::purpose(
        row.incident_id,
        row.division_code.as_deref(),
        row.programme.as_deref(),
    )?);
    match post(uow, &reversal, &papers).await {
        // Somebody else reversed it after we looked. Looking again tells who.
        Err(problem) if problem.code == Code::AlreadyExists => Err(Problem {
            transient: true,
            ..problem
        }),
        posted => posted.map(|_| reversal),
    }
}

// What came back from a recipient is not there to be taken back once more.
async fn still_out(uow: &Uow<'_>, reversal: &Movement) -> Result<(), Problem> {
    let mut taken: BTreeMap<_, i64> = BTreeMap::new();
    for (key, more) in reversal.outside_deltas() {
        let is_recipient = matches!(
            key.account,
            Account::Outside {
                side: Outside::Recipient,
                ..
            }
        );
        if is_recipient && more < 0 {
            *taken.entry(key.lot).or_default() -= more;
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    let lots: Vec<_> = taken.keys().copied().collect();
    queries::lots_to_change(uow.db(), &Scope::Everything, &lots).await?;
    let out = queries::not_back(uow.db(), &lots).await?;
    let back =
        |(lot, taken): &(&Id<kinds::Lot>, &i64)| out.get(lot).copied().unwrap_or(0) < **taken;
    match taken.iter().find(back) {
        None => Ok(()),
        Some((lot, _)) => Err(Problem::new(Code::WrongState)
            .with("state", "returned")
            .with("lot_id", lot.to_string())
            .detail(
                "发出的物资已有回收，请先冲红回收单",
                "goods of it came back already: reverse their return first",
            )),
    }
}

async fn reversal_of(
    uow: &Uow<'_>,
    row: &rows::movement::Model,
) -> Result<Option<Id<kinds::Movement>>, Problem> {
    use rows::movement::{Column, Entity};
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(row.depot_id))
        .filter(Column::ReversesId.eq(row.id))
        .one(uow.db())
        .await?;
    Ok(found.map(|reversal| Id::from_uuid(reversal.id)))
}

/// Undoes all that the command of journal entry `entry` posted for a shipment, by mirrors of which
/// each is a movement of its own. Refuses as [`reverse`] does.
pub(crate) async fn reverse_all(
    uow: &Uow<'_>,
    shipment: Id<kinds::Shipment>,
    entry: Id<kinds::JournalEntry>,
    papers: &Papers,
) -> Result<(), Problem> {
    use rows::movement::{Column, Entity};
    let mut posted = visible::<Entity>(&Scope::Everything)
        .filter(Column::ShipmentId.eq(shipment.uuid()))
        .filter(Column::JournalId.eq(entry.uuid()))
        .all(uow.db())
        .await?;
    // What changed its condition where it arrived changes back before it leaves again.
    posted.sort_by_key(|row| (row.kind != Kind::ConditionChange.name(), row.id));
    for row in posted {
        reverse(uow, Id::from_uuid(row.id), uow.id(), papers).await?;
    }
    Ok(())
}

fn not_reversible(error: ReversalError) -> Problem {
    let problem = Problem::new(Code::WrongState);
    match error {
        ReversalError::OfReversal { of } => problem
            .with("state", "reversal")
            .with("reverses", of.to_string())
            .detail(
                "冲红单不能再冲红；如需恢复，请重新录入原单",
                "a reversal is not reversed: post the original again instead",
            ),
        ReversalError::Already { by } => problem
            .with("state", "reversed")
            .with("reversed_by", by.to_string())
            .detail("该单据已被冲红", "the movement was reversed already"),
    }
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
