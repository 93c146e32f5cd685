//! The rows of the ledger that entries of the journal wrote, as they stand now.
//!
//! **Invariant.** What is read is what the ledger writes (`uow/ledger_rows.rs`): movements and their
//! lines, lots, reservations and theirs, and reservations that ended. Six statements for some entries.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
};
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
    let mut written = Written::default();
    moved(snapshot, entries, &mut written).await?;
    let lots = visible::<lot::Entity>(&Scope::Everything)
        .filter(lot::Column::JournalId.is_in(entries.iter().copied()))
        .all(snapshot)
        .await?;
    for row in lots {
        written.add(row.journal_id, row);
    }
    promised(snapshot, entries, &mut written).await?;
    written.noted()
}

// The rows that each entry wrote, and those that it ended.
#[derive(Default)]
struct Written {
    new: BTreeMap<Uuid, Together>,
    ended: BTreeMap<Uuid, Together>,
}

impl Written {
    fn add<M, A>(&mut self, entry: Option<Uuid>, row: M)
    where
        M: IntoActiveModel<A>,
        A: ActiveModelTrait,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        if let Some(entry) = entry {
            let rows = self.new.entry(entry).or_default();
            rows.insert([row.into_active_model()]);
        }
    }

    fn noted(self) -> Result<BTreeMap<Uuid, LedgerRows>, Problem> {
        let mut noted: BTreeMap<Uuid, LedgerRows> = BTreeMap::new();
        for (entry, rows) in self.new {
            noted.entry(entry).or_default().note(&rows)?;
        }
        for (entry, rows) in self.ended {
            noted.entry(entry).or_default().note_ended(&rows)?;
        }
        Ok(noted)
    }
}

async fn moved(
    snapshot: &DatabaseTransaction,
    entries: &[Uuid],
    written: &mut Written,
) -> Result<(), Problem> {
    let movements = visible::<movement::Entity>(&Scope::Everything)
        .filter(movement::Column::JournalId.is_in(entries.iter().copied()))
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
        written.add(Some(row.journal_id), row);
    }
    for row in lines {
        written.add(by.get(&row.movement_id).copied(), row);
    }
    Ok(())
}

async fn promised(
    snapshot: &DatabaseTransaction,
    entries: &[Uuid],
    written: &mut Written,
) -> Result<(), Problem> {
    use reservation::Column;
    let those = |column: Column| {
        visible::<reservation::Entity>(&Scope::Everything)
            .filter(column.is_in(entries.iter().copied()))
            .all(snapshot)
    };
    let reservations = those(Column::JournalId).await?;
    let by: BTreeMap<_, _> = reservations
        .iter()
        .map(|it| (it.id, it.journal_id))
        .collect();
    let depots: BTreeSet<_> = reservations.iter().map(|it| it.depot_id).collect();
    let lines = visible::<reservation_line::Entity>(&Scope::Everything)
        .filter(reservation_line::Column::DepotId.is_in(depots))
        .filter(reservation_line::Column::ReservationId.is_in(by.keys().copied()))
        .all(snapshot)
        .await?;
    for row in reservations {
        written.add(row.journal_id, row);
    }
    for row in lines {
        written.add(by.get(&row.reservation_id).copied().flatten(), row);
    }
    for row in those(Column::EndedIn).await? {
        if let Some(entry) = row.ended_in {
            let rows = written.ended.entry(entry).or_default();
            rows.insert([row.into_active_model()]);
        }
    }
    Ok(())
}
