//! The rows of the ledger that entries of the journal wrote, as they stand now.
//!
//! **Invariant.** What is read is what the ledger writes (`uow/ledger_rows.rs`): movements and their
//! lines, lots, reservations and theirs. Five statements for some entries.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, DatabaseTransaction, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::rows::{lot, movement, movement_line, reservation, reservation_line};
use crate::{
    problem::Problem,
    scope::{Scope, visible},
    uow::{LedgerRows, Together},
};

/// What each of these entries wrote; of one that wrote nothing, nothing.
pub(crate) async fn rows_of(
    snapshot: &DatabaseTransaction,
    entries: &[Uuid],
) -> Result<BTreeMap<Uuid, LedgerRows>, Problem> {
    let mut written: BTreeMap<Uuid, Together> = BTreeMap::new();
    let ids = || entries.iter().copied();
    let movements = visible::<movement::Entity>(&Scope::Everything)
        .filter(movement::Column::JournalId.is_in(ids()))
        .all(snapshot)
        .await?;
    let by: BTreeMap<_, _> = movements.iter().map(|it| (it.id, it.journal_id)).collect();
    let depots: BTreeSet<_> = movements.iter().map(|it| it.depot_id).collect();
    let lines = visible::<movement_line::Entity>(&Scope::Everything)
        .filter(movement_line::Column::DepotId.is_in(depots))
        .filter(movement_line::Column::MovementId.is_in(by.keys().copied()))
        .all(snapshot)
        .await?;
    for row in movements {
        let writes = written.entry(row.journal_id).or_default();
        writes.insert([row.into_active_model()]);
    }
    for row in lines {
        if let Some(entry) = by.get(&row.movement_id) {
            let writes = written.entry(*entry).or_default();
            writes.insert([row.into_active_model()]);
        }
    }
    let lots = visible::<lot::Entity>(&Scope::Everything)
        .filter(lot::Column::JournalId.is_in(ids()))
        .all(snapshot)
        .await?;
    for row in lots {
        if let Some(entry) = row.journal_id {
            let writes = written.entry(entry).or_default();
            writes.insert([row.into_active_model()]);
        }
    }
    promised(snapshot, entries, &mut written).await?;
    let mut rows = BTreeMap::new();
    for (entry, writes) in written {
        let mut noted = LedgerRows::default();
        noted.note(&writes)?;
        rows.insert(entry, noted);
    }
    Ok(rows)
}

async fn promised(
    snapshot: &DatabaseTransaction,
    entries: &[Uuid],
    written: &mut BTreeMap<Uuid, Together>,
) -> Result<(), Problem> {
    let reservations = visible::<reservation::Entity>(&Scope::Everything)
        .filter(reservation::Column::JournalId.is_in(entries.iter().copied()))
        .all(snapshot)
        .await?;
    let by: BTreeMap<_, _> = reservations
        .iter()
        .filter_map(|it| Some((it.id, it.journal_id?)))
        .collect();
    let depots: BTreeSet<_> = reservations.iter().map(|it| it.depot_id).collect();
    let lines = visible::<reservation_line::Entity>(&Scope::Everything)
        .filter(reservation_line::Column::DepotId.is_in(depots))
        .filter(reservation_line::Column::ReservationId.is_in(by.keys().copied()))
        .all(snapshot)
        .await?;
    for row in reservations {
        if let Some(entry) = row.journal_id {
            let writes = written.entry(entry).or_default();
            writes.insert([row.into_active_model()]);
        }
    }
    for row in lines {
        if let Some(entry) = by.get(&row.reservation_id) {
            let writes = written.entry(*entry).or_default();
            writes.insert([row.into_active_model()]);
        }
    }
    Ok(())
}
