//! Proof that every piece is accounted for: what tables hold, measured against the ledger and the
//! rules (TRUST §2.2).
//!
//! **Invariant.** Nothing is changed and nothing is locked: all checks read one snapshot, beside a
//! server that writes. Memory is bounded: sums are the database's, documents are walked in chunks,
//! and of each check only the first `NAMED_MAX` faults are named.

mod papers;
mod tables;

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use serde::Serialize;

use crate::{
    agreements, app::App, devices, disclosure, dispatch, duties, journal, problem::Problem, rating,
    stock, storage::Engine,
};

/// How many faults of one check are named.
pub(crate) const NAMED_MAX: usize = 20;

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which invariant of TRUST §2.2: `I3`.
    pub invariant: &'static str,
    /// What is wrong and where.
    pub what: String,
}

impl Finding {
    pub(crate) fn new(invariant: &'static str, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { invariant, what }
    }
}

/// What was looked at and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Movements re-added.
    pub movements: u64,
    /// Their lines.
    pub lines: u64,
    /// Balances compared.
    pub balances: u64,
    /// Reservations compared.
    pub reservations: u64,
    /// Journal entries compared.
    pub journal_entries: u64,
    /// What does not hold; nothing, if all is well.
    pub findings: Vec<Finding>,
}

/// Checks everything.
///
/// # Errors
/// When the database cannot be read; a fault in the data is a finding and no error.
pub async fn verify(app: &App) -> anyhow::Result<Report> {
    verify_with(app, &|_, _| {}).await
}

/// Checks everything and tells how many documents of how many were walked.
pub(crate) async fn verify_with(
    app: &App,
    told: &(dyn Fn(u64, Option<u64>) + Sync),
) -> anyhow::Result<Report> {
    let snapshot = app.db.snapshot().await?;
    let mut report = Report {
        movements: count(&snapshot, "movement").await?,
        lines: count(&snapshot, "movement_line").await?,
        balances: count(&snapshot, "balance").await?,
        reservations: count(&snapshot, "reservation").await?,
        journal_entries: count(&snapshot, "journal").await?,
        findings: Vec::new(),
    };
    told(0, None);
    let findings = &mut report.findings;
    findings.extend(match app.db.engine() {
        Engine::Sqlite => tables::sqlite(&snapshot).await?,
        Engine::Postgres => tables::postgres(&snapshot).await?,
    });
    findings.extend(stock::audit::sums(&snapshot).await?);
    findings.extend(stock::audit::promises(&snapshot).await?);
    findings.extend(stock::audit::late_facts(&snapshot).await?);
    findings.extend(stock::audit::stocktakes(&snapshot).await?);
    findings.extend(stock::audit::conditions(&snapshot).await?);
    findings.extend(stock::audit::recalls(&snapshot).await?);
    findings.extend(stock::audit::conversions(&snapshot).await?);
    findings.extend(stock::audit::disposals(&snapshot).await?);
    findings.extend(stock::audit::returns(&snapshot).await?);
    findings.extend(stock::audit::lot_changes(&snapshot).await?);
    findings.extend(stock::audit::loans(&snapshot).await?);
    findings.extend(agreements::audit::agreements(&snapshot).await?);
    findings.extend(dispatch::audit::roads(&snapshot).await?);
    findings.extend(devices::audit::devices(&snapshot).await?);
    findings.extend(rating::audit::assessments(&snapshot).await?);
    findings.extend(duties::audit::arrivals(&snapshot).await?);
    findings.extend(disclosure::audit::statements(&snapshot).await?);
    findings.extend(journal::audit::seal(&snapshot).await?);
    findings.extend(papers::check(&snapshot, app.clock.now()).await?);
    let total = report.movements;
    let walked = |done| told(done, Some(total));
    findings.extend(stock::audit::documents(&snapshot, &walked).await?);
    findings.sort_by_key(|finding| number(finding.invariant));
    snapshot.rollback().await?;
    Ok(report)
}

/// Checks the journal alone: that it is what was sealed and signed.
///
/// # Errors
/// As [`verify`].
pub async fn verify_journal(app: &App) -> anyhow::Result<Report> {
    let snapshot = app.db.snapshot().await?;
    let report = Report {
        journal_entries: count(&snapshot, "journal").await?,
        findings: journal::audit::seal(&snapshot).await?,
        ..Report::default()
    };
    snapshot.rollback().await?;
    Ok(report)
}

fn number(invariant: &str) -> u32 {
    invariant.trim_start_matches('I').parse().unwrap_or(0)
}

/// The rows of a check, each told by `tell`, and a last word where there are more than are named.
/// The SQL must answer at most `NAMED_MAX` + 1 rows.
pub(crate) async fn told_by(
    snapshot: &DatabaseTransaction,
    invariant: &'static str,
    sql: &str,
    tell: impl Fn(&sea_orm::QueryResult) -> Result<String, sea_orm::DbErr>,
) -> Result<Vec<Finding>, Problem> {
    let limited = format!("{sql} LIMIT {}", NAMED_MAX + 1);
    let statement = Statement::from_string(snapshot.get_database_backend(), limited);
    let rows = snapshot.query_all_raw(statement).await?;
    let mut findings = Vec::new();
    for row in rows.iter().take(NAMED_MAX) {
        findings.push(Finding::new(invariant, tell(row)?));
    }
    if rows.len() > NAMED_MAX {
        findings.push(Finding::new(invariant, "… and more of the same"));
    }
    Ok(findings)
}

async fn count(snapshot: &DatabaseTransaction, table: &str) -> Result<u64, Problem> {
    let sql = format!("SELECT COUNT(*) AS rows FROM {table}");
    let statement = Statement::from_string(snapshot.get_database_backend(), sql);
    let row = snapshot.query_one_raw(statement).await?;
    let rows: i64 = row.map_or(Ok(0), |row| row.try_get("", "rows"))?;
    Ok(u64::try_from(rows).unwrap_or(0))
}
