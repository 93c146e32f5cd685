//! Whether the journal is what was sealed and signed (I8).
//!
//! **Invariant.** Each entry is hashed anew and compared with the leaf that was kept, and the tree
//! of these leaves with every tile and every checkpoint; so a changed column is found whatever else
//! was changed with it, unless the key signed it anew. Of that a witness tells.

mod signed;
mod walk;

use domain::journal::CryptoSuite;
use sea_orm::DatabaseTransaction;

use crate::{
    problem::Problem,
    verify::{Finding, told_by},
};

use super::queries;

pub(super) const I8: &str = "I8";

/// Checks the seal over the whole journal.
pub(crate) async fn seal(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = left_out(snapshot).await?;
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
    findings.extend(walk::walk(snapshot, &tree, suite).await?);
    Ok(findings)
}

// Entries that are neither sealed nor wait for it, and what waits without being there.
async fn left_out(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for (sql, what) in [
        (
            "SELECT id FROM journal j WHERE NOT EXISTS (SELECT 1 FROM journal_position p \
             WHERE p.entry_id = j.id) AND NOT EXISTS (SELECT 1 FROM journal_waiting w \
             WHERE w.entry_id = j.id) ORDER BY id",
            "is in the journal, has no position and does not wait for one",
        ),
        (
            "SELECT entry_id AS id FROM journal_waiting w WHERE NOT EXISTS (SELECT 1 FROM journal j \
             WHERE j.id = w.entry_id) ORDER BY entry_id",
            "waits to be sealed and is not in the journal",
        ),
        (
            "SELECT DISTINCT entry_id AS id FROM journal_salt s WHERE NOT EXISTS \
             (SELECT 1 FROM journal j WHERE j.id = s.entry_id) ORDER BY entry_id",
            "has salts and is not in the journal",
        ),
        (
            "SELECT w.entry_id AS id FROM journal_waiting w INNER JOIN journal_position p \
             ON p.entry_id = w.entry_id ORDER BY w.entry_id",
            "waits to be sealed and has a position already",
        ),
    ] {
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
