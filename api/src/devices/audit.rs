//! Devices measured against what was heard of them (I4, I12).
//!
//! **Invariant.** The numbers of a device have no gap and end before the one that is expected; what was
//! done stands in the journal under the key of its number, and what was not done does not.

use domain::kernel::{Id, kinds};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::{
    problem::Problem,
    verify::{Finding, told_by},
};

/// Checks what was heard of devices.
pub(crate) async fn devices(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = told_by(snapshot, "I4", FOLLOWED, |row| {
        let device: Id<kinds::Device> = Id::from_uuid(row.try_get("", "id")?);
        Ok(format!(
            "{device}: what was heard of it does not lead to what is expected"
        ))
    })
    .await?;
    for (sql, what) in [
        (DONE_IN_JOURNAL, "is said to be done and has no such entry"),
        (
            NOT_DONE,
            "is said not to be done, and its entry says otherwise",
        ),
    ] {
        let told = |row: &QueryResult| {
            let device: Id<kinds::Device> = Id::from_uuid(row.try_get("", "device_id")?);
            let sequence: i64 = row.try_get("", "sequence")?;
            Ok(format!("{device}: {sequence} {what}"))
        };
        findings.extend(told_by(snapshot, "I12", sql, told).await?);
    }
    Ok(findings)
}

const FOLLOWED: &str = "
SELECT d.id FROM device d
WHERE d.next_sequence <> 1 + (SELECT COUNT(*) FROM device_command c WHERE c.device_id = d.id)
OR d.next_sequence <> 1 + (SELECT COALESCE(MAX(c.sequence), 0) FROM device_command c
  WHERE c.device_id = d.id)
OR COALESCE(d.last_hash, '') <> COALESCE((SELECT c.request_hash FROM device_command c
  WHERE c.device_id = d.id AND c.sequence = d.next_sequence - 1), '')
ORDER BY d.id";

const DONE_IN_JOURNAL: &str = "
SELECT c.device_id, c.sequence FROM device_command c
LEFT JOIN journal j ON j.id = c.journal_id
WHERE c.outcome = 'done' AND (j.id IS NULL OR j.principal <> c.principal
  OR j.command IN ('devices.note_not_done') OR j.idempotency_key IS NULL
  OR j.idempotency_key NOT LIKE '%/' || CAST(c.sequence AS TEXT))
ORDER BY c.device_id, c.sequence";

const NOT_DONE: &str = "
SELECT c.device_id, c.sequence FROM device_command c
LEFT JOIN journal j ON j.id = c.journal_id
WHERE c.outcome <> 'done' AND (j.id IS NULL OR j.command <> 'devices.note_not_done')
ORDER BY c.device_id, c.sequence";
