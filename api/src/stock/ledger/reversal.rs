//! What was posted is undone by its mirror (冲红).
//!
//! **Invariant.** A movement is reversed once, and a reversal never. What came back from a recipient is
//! not taken back once more.

use std::collections::BTreeMap;

use domain::{
    kernel::{Id, kinds},
    stock::{Account, Kind, Movement, Outside, ReversalError},
};
use sea_orm::{ColumnTrait, QueryFilter};

use super::{
    super::{columns, queries, rows},
    Papers, post,
};
use crate::{
    problem::{Code, Problem},
    scope::{Scope, visible},
    uow::Uow,
};

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
