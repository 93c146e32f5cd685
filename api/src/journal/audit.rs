//! Whether the journal is what was sealed and signed (I8).
//!
//! **Invariant.** Each entry is hashed anew and compared with the leaf that was kept, and the tree
//! of these leaves with every tile and every checkpoint; so a changed column is found whatever else
//! was changed with it, unless the key signed it anew. Of that a witness tells.

mod committed;
mod signed;
mod walk;

use domain::journal::{CryptoSuite, Hash, Mark};
use sea_orm::{DatabaseTransaction, PaginatorTrait as _};

use crate::{
    problem::Problem,
    scope::{Scope, reference, visible},
    verify::{Finding, Told, told_by},
};

use super::{
    queries,
    rows::{entry, position},
};

pub(crate) use committed::committed_rows;

pub(super) const I8: &str = "I8";

/// What the seal is over.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    /// Whose journal it is.
    pub(crate) origin: String,
    /// How it is hashed.
    pub(crate) suite: CryptoSuite,
    /// How many entries are sealed.
    pub(crate) size: u64,
}

/// What is sealed; `None` where nothing is, or where that is not to be made out.
pub(crate) async fn sealed(snapshot: &DatabaseTransaction) -> Result<Option<Sealed>, Problem> {
    let Some(tree) = queries::tree(snapshot).await? else {
        return Ok(None);
    };
    let (Ok(suite), Ok(size)) = (tree.suite.parse(), u64::try_from(tree.size)) else {
        return Ok(None);
    };
    Ok(Some(Sealed {
        origin: tree.origin,
        suite,
        size,
    }))
}

/// The root over the first `size` entries, as the tiles that are kept give it; `None` where they
/// give none.
pub(crate) async fn root_at(
    snapshot: &DatabaseTransaction,
    sealed: &Sealed,
    size: u64,
) -> Result<Option<Hash>, Problem> {
    Ok(walk::edge(snapshot, sealed.suite, size)
        .await?
        .and_then(|tiles| tiles.root(size)))
}

/// What speaks against the journal beginning with what was verified.
pub(crate) async fn parted(
    snapshot: &DatabaseTransaction,
    sealed: &Sealed,
    mark: &Mark,
) -> Result<Option<Finding>, Problem> {
    if sealed.size < mark.size {
        let what = format!(
            "{} entries are sealed, and {} were verified: an older copy stands in the journal's place; if that was meant, remove the mark",
            sealed.size, mark.size
        );
        return Ok(Some(Finding::new(I8, what)));
    }
    let root = root_at(snapshot, sealed, mark.size).await?;
    Ok((root != Some(mark.root)).then(|| {
        let what = format!(
            "the journal does not begin with the {} entries that were verified",
            mark.size
        );
        Finding::new(I8, what)
    }))
}

/// Checks the seal over the journal, the entries from the position `since` on: 0 for all of them.
pub(crate) async fn seal(
    snapshot: &DatabaseTransaction,
    since: u64,
    told: Told<'_>,
) -> Result<Vec<Finding>, Problem> {
    let mut findings = match since {
        0 => left_out(snapshot).await?,
        _ => counted(snapshot).await?,
    };
    findings.extend(waiting(snapshot).await?);
    let Some(tree) = queries::tree(snapshot).await? else {
        findings.extend(
            told_by(
                snapshot,
                I8,
                "SELECT position FROM journal_position ORDER BY position",
                |row| {
                    let position: i64 = row.try_get("", "position")?;
                    Ok(format!(
                        "position {position} is sealed, and no tree is known"
                    ))
                },
            )
            .await?,
        );
        return Ok(findings);
    };
    let suite: Result<CryptoSuite, _> = tree.suite.parse();
    let Ok(suite) = suite else {
        let what = format!(
            "the journal names a suite that there is not: {}",
            tree.suite
        );
        findings.push(Finding::new(I8, what));
        return Ok(findings);
    };
    findings.extend(walk::walk(snapshot, &tree, suite, since, told).await?);
    Ok(findings)
}

// That none of the journal is missing and none too many, without looking at each.
async fn counted(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let entries = visible::<entry::Entity>(&Scope::Everything)
        .count(snapshot)
        .await?;
    let positions = reference::<position::Entity>().count(snapshot).await?;
    let waiting = queries::waiting(snapshot).await?;
    let sealed = queries::size(snapshot).await?;
    if u64::try_from(sealed).is_ok_and(|sealed| sealed == positions)
        && entries == positions + waiting
    {
        return Ok(Vec::new());
    }
    let what = format!(
        "of {entries} entries {positions} have a position and {waiting} wait for one; {sealed} are sealed"
    );
    Ok(vec![Finding::new(I8, what)])
}

// Entries that are neither sealed nor wait for it, and salts of none.
async fn left_out(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    told_of(
        snapshot,
        &[
            (
                "SELECT id FROM journal j WHERE NOT EXISTS (SELECT 1 FROM journal_position p \
                 WHERE p.entry_id = j.id) AND NOT EXISTS (SELECT 1 FROM journal_waiting w \
                 WHERE w.entry_id = j.id) ORDER BY id",
                "is in the journal, has no position and does not wait for one",
            ),
            (
                "SELECT DISTINCT entry_id AS id FROM journal_salt s WHERE NOT EXISTS \
                 (SELECT 1 FROM journal j WHERE j.id = s.entry_id) ORDER BY entry_id",
                "has salts and is not in the journal",
            ),
        ],
    )
    .await
}

// What waits without being there, or without need.
async fn waiting(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    told_of(
        snapshot,
        &[
            (
                "SELECT entry_id AS id FROM journal_waiting w WHERE NOT EXISTS \
                 (SELECT 1 FROM journal j WHERE j.id = w.entry_id) ORDER BY entry_id",
                "waits to be sealed and is not in the journal",
            ),
            (
                "SELECT w.entry_id AS id FROM journal_waiting w INNER JOIN journal_position p \
                 ON p.entry_id = w.entry_id ORDER BY w.entry_id",
                "waits to be sealed and has a position already",
            ),
        ],
    )
    .await
}

async fn told_of(
    snapshot: &DatabaseTransaction,
    questions: &[(&str, &str)],
) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for (sql, what) in questions {
        findings.extend(
            told_by(snapshot, I8, sql, |row| {
                let id: domain::kernel::Id<domain::kernel::kinds::JournalEntry> =
                    domain::kernel::Id::from_uuid(row.try_get("", "id")?);
                Ok(format!("{id} {what}"))
            })
            .await?,
        );
    }
    Ok(findings)
}
