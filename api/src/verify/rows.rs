//! The rows of the ledger against what the journal committed to (I16).
//!
//! **Invariant.** An entry says by a digest which rows its command wrote. They are read again and
//! digested anew, so that a changed value, a row too many and a row too few are all found, and the
//! entry is named.

use domain::kernel::{Id, kinds};
use sea_orm::{DatabaseTransaction, sea_query::SelectStatement};

use super::{Finding, NAMED_MAX, Told};
use crate::{journal::audit::committed_rows, problem::Problem, stock};

const I16: &str = "I16";

pub(super) async fn check(
    snapshot: &DatabaseTransaction,
    of: Option<&SelectStatement>,
    told: Told<'_>,
) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    let (mut last, mut read) = (None, 0);
    loop {
        let (committed, end) = committed_rows(snapshot, of, last).await?;
        let Some(end) = end else {
            return Ok(findings);
        };
        last = Some(end);
        let entries: Vec<_> = committed.iter().map(|it| it.entry).collect();
        let mut found = stock::audit::rows_of(snapshot, &entries).await?;
        for it in &committed {
            let id: Id<kinds::JournalEntry> = Id::from_uuid(it.entry);
            let rows = found.remove(&it.entry).unwrap_or_default();
            let rows = rows.committed(it.facts.suite());
            let fault = match &rows {
                None => Some("the rows of the ledger that it wrote are gone"),
                Some(rows) if rows.facts != it.facts => {
                    Some("the rows of the ledger that it wrote are not what it says")
                }
                Some(rows) if !it.wrote(rows.texts.as_ref()) => {
                    Some("what was written into rows of the ledger is not what it says")
                }
                Some(_) => None,
            };
            findings.extend(fault.map(|fault| Finding::new(I16, format!("{id}: {fault}"))));
        }
        read += entries.len() as u64;
        told("rows", read, None);
        if findings.len() > NAMED_MAX {
            findings.truncate(NAMED_MAX);
            findings.push(Finding::new(I16, "… and more of the same"));
            return Ok(findings);
        }
    }
}
