//! Whether the database keeps its own word (I14).
//!
//! **Invariant.** SQLite checks its pages, indices and foreign keys itself. PostgreSQL believes
//! that a constraint once checked holds for ever, so each is asked again of every row.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};

use crate::problem::Problem;

use super::{Finding, NAMED_MAX};

const I14: &str = "I14";

pub(super) async fn sqlite(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    let integrity = format!("PRAGMA integrity_check({NAMED_MAX})");
    let statement = Statement::from_string(DbBackend::Sqlite, integrity);
    for row in snapshot.query_all_raw(statement).await? {
        let word: String = row.try_get_by_index(0)?;
        if word != "ok" {
            findings.push(Finding::new(I14, word));
        }
    }
    // As many as are named: a database that lost a table would answer with all its rows.
    let keys = format!(
        "SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT {}",
        NAMED_MAX + 1
    );
    let statement = Statement::from_string(DbBackend::Sqlite, keys);
    let broken = snapshot.query_all_raw(statement).await?;
    for row in broken.iter().take(NAMED_MAX) {
        let (table, parent): (String, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(2)?);
        let row: Option<i64> = row.try_get_by_index(1)?;
        let row = row.map_or_else(String::new, |row| format!(" {row}"));
        let what = format!("row{row} of {table} refers to a row of {parent} that is not there");
        findings.push(Finding::new(I14, what));
    }
    if broken.len() > NAMED_MAX {
        findings.push(Finding::new(I14, "… and more of the same"));
    }
    Ok(findings)
}

// Each line is a question about one constraint: how many rows break it. Identifiers are quoted by
// the catalogue's own functions.
const QUESTIONS: &str = "
SELECT c.conname::text AS name, c.conrelid::regclass::text AS tab,
  CASE c.contype
  WHEN 'c' THEN format('SELECT count(*) AS broken FROM %s WHERE NOT (%s)',
    c.conrelid::regclass, pg_get_expr(c.conbin, c.conrelid))
  ELSE format('SELECT count(*) AS broken FROM %s AS child WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS parent WHERE %s)',
    c.conrelid::regclass,
    (SELECT string_agg(format('child.%I IS NOT NULL', a.attname), ' AND ')
     FROM unnest(c.conkey) AS k(attnum)
     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum),
    c.confrelid::regclass,
    (SELECT string_agg(format('child.%I = parent.%I', a.attname, b.attname), ' AND ')
     FROM unnest(c.conkey, c.confkey) AS k(own, other)
     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own
     JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.other))
  END AS question
FROM pg_constraint c
JOIN pg_namespace n ON n.oid = c.connamespace
WHERE c.contype IN ('c', 'f') AND n.nspname = current_schema() AND c.conrelid <> 0
ORDER BY c.conrelid::regclass::text, c.conname";

pub(super) async fn postgres(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let statement = Statement::from_string(DbBackend::Postgres, QUESTIONS);
    let questions = snapshot.query_all_raw(statement).await?;
    let mut findings = Vec::new();
    for question in questions {
        let sql: String = question.try_get("", "question")?;
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let Some(answer) = snapshot.query_one_raw(statement).await? else {
            continue;
        };
        let broken: i64 = answer.try_get("", "broken")?;
        if broken > 0 {
            let (name, table): (String, String) =
                (question.try_get("", "name")?, question.try_get("", "tab")?);
            let what = format!("{broken} rows of {table} break the constraint {name}");
            findings.push(Finding::new(I14, what));
        }
    }
    Ok(findings)
}
