//! Whether every effect has its entry in the journal, and every remembered request its effect
//! (I12).
//!
//! **Invariant.** A request that is remembered points to the entry that its command wrote under
//! the same key of the same principal; every movement points to an entry, and every entry of a
//! command that posts is pointed to.

use chrono::{DateTime, TimeDelta, Utc};
use domain::kernel::{Id, kinds};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

use crate::{agreements, dispatch, problem::Problem, stock};

use super::{Finding, NAMED_MAX, ledger, told_by};

const I12: &str = "I12";

// Requests are remembered for 90 days; one that is about to be forgotten is not missed.
const REMEMBERED: TimeDelta = TimeDelta::days(89);

pub(super) async fn check(
    snapshot: &DatabaseTransaction,
    now: DateTime<Utc>,
    since: u64,
) -> Result<Vec<Finding>, Problem> {
    let mut findings = match since {
        0 => without_entry(snapshot).await?,
        // A movement is new by its entry, and how many are old is known.
        _ => Vec::new(),
    };
    findings.extend(forgotten(snapshot, now, since).await?);
    findings.extend(without_movement(snapshot, since).await?);
    Ok(findings)
}

// Requests and movements that no entry explains.
async fn without_entry(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = told_by(
        snapshot,
        I12,
        "SELECT i.principal AS principal, i.key AS key FROM idempotency i \
         WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = i.journal_id \
         AND j.principal = i.principal AND j.idempotency_key = i.key) \
         ORDER BY i.principal, i.key",
        |row| {
            let (principal, key): (String, String) =
                (row.try_get("", "principal")?, row.try_get("", "key")?);
            Ok(format!(
                "the request {key} of {principal} is remembered and has no entry in the journal"
            ))
        },
    )
    .await?;
    findings.extend(
        told_by(
            snapshot,
            I12,
            "SELECT m.id AS id FROM movement m \
             WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = m.journal_id) ORDER BY m.id",
            |row| {
                let id: Id<kinds::Movement> = Id::from_uuid(row.try_get("", "id")?);
                Ok(format!("{id} has no entry in the journal"))
            },
        )
        .await?,
    );
    Ok(findings)
}

// Who takes a document out of the ledger, balances and all, would otherwise leave no trace.
async fn without_movement(
    snapshot: &DatabaseTransaction,
    since: u64,
) -> Result<Vec<Finding>, Problem> {
    let commands: Vec<_> = [
        stock::audit::POSTING,
        dispatch::audit::POSTING,
        agreements::audit::POSTING,
    ]
    .concat()
    .iter()
    .map(|command| format!("'{command}'"))
    .collect();
    let (entries, movements) = (new("id", since), new("journal_id", since));
    let sql = format!(
        "SELECT id, command FROM journal WHERE command IN ({}) AND {entries} \
         AND id NOT IN (SELECT journal_id FROM movement WHERE {movements}) ORDER BY id",
        commands.join(", ")
    );
    told_by(snapshot, I12, &sql, |row| {
        let id: Id<kinds::JournalEntry> = Id::from_uuid(row.try_get("", "id")?);
        let command: String = row.try_get("", "command")?;
        Ok(format!("{id} says {command}, and its movement is gone"))
    })
    .await
}

// That the entry in a column was written from the position on.
fn new(column: &str, since: u64) -> String {
    match since {
        0 => "1 = 1".to_owned(),
        _ => format!("{column} IN ({})", ledger::written(since)),
    }
}

async fn forgotten(
    snapshot: &DatabaseTransaction,
    now: DateTime<Utc>,
    since: u64,
) -> Result<Vec<Finding>, Problem> {
    let entries = new("j.id", since);
    let sql = format!(
        "SELECT j.id AS id FROM journal j WHERE j.idempotency_key IS NOT NULL AND {entries} \
         AND j.recorded_at > $1 AND NOT EXISTS (SELECT 1 FROM idempotency i \
         WHERE i.principal = j.principal AND i.key = j.idempotency_key AND i.journal_id = j.id) \
         ORDER BY j.id LIMIT {}",
        NAMED_MAX + 1
    );
    let values = [(now - REMEMBERED).into()];
    let statement = Statement::from_sql_and_values(snapshot.get_database_backend(), sql, values);
    let rows = snapshot.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let id: Id<kinds::JournalEntry> = Id::from_uuid(row.try_get("", "id")?);
            let what = format!("{id} came of a request that is not remembered");
            Ok(Finding::new(I12, what))
        })
        .collect()
}
