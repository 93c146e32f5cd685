//! What entries commit to of the rows that their commands wrote.
//!
//! **Invariant.** Entries are read in the order of their ids, so many at a time, and told only where
//! they commit to rows: those of before nobody can hold to any.

use sea_orm::{
    ColumnTrait, DatabaseTransaction, QueryFilter, QueryOrder, QuerySelect,
    sea_query::SelectStatement,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    journal::{
        commitment,
        rows::{entry, salt},
    },
    problem::Problem,
    scope::{Scope, reference, visible},
    uow::{Digest, ledger_rows::MEMBER},
};

const CHUNK: u64 = 500;

/// What one entry commits to.
#[derive(Debug)]
pub(crate) struct CommittedRows {
    pub(crate) entry: Uuid,
    pub(crate) facts: Digest,
    /// Of what somebody wrote: the commitment and its salt, unless it was erased.
    texts: Option<(Value, Option<String>)>,
}

impl CommittedRows {
    fn read(row: &entry::Model) -> Option<Self> {
        // Most commands post nothing, and their bodies need not be read.
        if !row.body.contains(MEMBER) {
            return None;
        }
        let body: Value = serde_json::from_str(&row.body).ok()?;
        let rows = body.get(MEMBER)?;
        Some(Self {
            entry: row.id,
            facts: serde_json::from_value(rows.get("facts")?.clone()).ok()?,
            texts: rows.get("texts").map(|texts| (texts.clone(), None)),
        })
    }

    /// Whether what somebody wrote has this digest; of what was erased nobody can tell.
    pub(crate) fn wrote(&self, texts: Option<&Digest>) -> bool {
        match (&self.texts, texts) {
            (None, None) | (Some((_, None)), Some(_)) => true,
            (Some((commitment, Some(salt))), Some(texts)) => serde_json::to_value(texts)
                .is_ok_and(|texts| commitment::opens(salt, commitment, &texts)),
            _ => false,
        }
    }
}

/// The next entries after `last` and what they commit to, of all or of those that a query answers;
/// the id to go on from, or nothing at the end.
pub(crate) async fn committed_rows(
    snapshot: &DatabaseTransaction,
    of: Option<&SelectStatement>,
    last: Option<Uuid>,
) -> Result<(Vec<CommittedRows>, Option<Uuid>), Problem> {
    let mut select = visible::<entry::Entity>(&Scope::Everything);
    if let Some(entries) = of {
        select = select.filter(entry::Column::Id.in_subquery(entries.clone()));
    }
    if let Some(last) = last {
        select = select.filter(entry::Column::Id.gt(last));
    }
    let rows = select
        .order_by_asc(entry::Column::Id)
        .limit(CHUNK)
        .all(snapshot)
        .await?;
    let end = rows.last().map(|row| row.id);
    let mut committed: Vec<_> = rows.iter().filter_map(CommittedRows::read).collect();
    let pointer = format!("/{MEMBER}/texts");
    let salts = reference::<salt::Entity>()
        .filter(salt::Column::EntryId.is_in(committed.iter().map(|it| it.entry)))
        .filter(salt::Column::Pointer.eq(pointer))
        .all(snapshot)
        .await?;
    for row in salts {
        let found = committed.iter_mut().find(|it| it.entry == row.entry_id);
        if let Some((_, salt)) = found.and_then(|it| it.texts.as_mut()) {
            *salt = Some(row.salt);
        }
    }
    Ok((committed, end))
}
