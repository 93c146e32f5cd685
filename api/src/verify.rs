//! Proof that every piece is accounted for: what tables hold, measured against the ledger and the
//! rules (TRUST §2.2).
//!
//! **Invariant.** Nothing in the database is changed and nothing is locked: all checks read one
//! snapshot, beside a server that writes. Memory is bounded: sums are the database's, documents are
//! walked in chunks, rows are streamed, and of each check only the first `NAMED_MAX` faults are
//! named.
//!
//! What is only ever added to (the journal, movements and their lines) may be read from the last
//! mark on; what changes in its place (reservations, stocktakes, assessments …) is checked whole by
//! every run.

mod ledger;
mod papers;
mod rows;
mod tables;

use chrono::SecondsFormat;
use domain::journal::{Hash, Mark};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use serde::Serialize;

use crate::{
    agreements,
    app::App,
    devices, disclosure, dispatch, duties,
    journal::{self, audit::Sealed},
    problem::Problem,
    rating, sealed_days, stock,
    storage::Engine,
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

/// Told which part of the work is under way, how many rows of it are done, and of how many, if that
/// is known.
pub type Told<'a> = &'a (dyn Fn(&str, u64, Option<u64>) + Sync);

/// What was looked at and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// From which position of the journal on the journal and the ledger were read; 0 is everything.
    pub since: u64,
    /// Why everything was read although only what is new was asked for.
    pub whole_because: Option<String>,
    /// What a run over what is new alone does not see, and what does.
    pub not_seen: &'static [&'static str],
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
    /// Up to which position everything is verified by now, as the mark says that was left.
    pub marked: Option<u64>,
    /// Why no mark was left although nothing was found.
    pub unmarked_because: Option<String>,
}

const NOT_SEEN: &[&str] = &[
    "a movement before the position that was edited in what neither counts nor balances tell: a whole run finds it, by the mark",
    "an entry before the position that was edited alone: a whole run finds it, and so does whoever asks for its proof",
    "the database's own faults (I14), and requests that are remembered without an entry: a whole run finds them",
];

/// Checks everything, and neither asks for a mark nor leaves one.
///
/// # Errors
/// When the database cannot be read; a fault in the data is a finding and no error.
pub async fn verify(app: &App) -> anyhow::Result<Report> {
    let snapshot = app.db.snapshot().await?;
    let report = check(app, &snapshot, 0, &|_, _, _| {}).await?;
    snapshot.rollback().await?;
    Ok(report)
}

/// Checks everything, or with `only_new` what was written since the mark of the last run that found
/// nothing; compares with that mark in either case, and leaves one where nothing is found.
///
/// # Errors
/// As [`verify`].
pub async fn verify_by_mark(app: &App, only_new: bool, told: Told<'_>) -> anyhow::Result<Report> {
    let snapshot = app.db.snapshot().await?;
    let sealed = journal::audit::sealed(&snapshot).await?;
    let (mark, parted) = known(app, &snapshot, sealed.as_ref()).await?;
    let (since, whole_because) = match (&mark, &parted) {
        _ if !only_new => (0, None),
        (Err(reason), _) => (0, Some(reason.clone())),
        (Ok(_), Some(parted)) => (0, Some(parted.what.clone())),
        (Ok(mark), None) => (mark.size, None),
    };
    let mut report = check(app, &snapshot, since, told).await?;
    report.whole_because = whole_because;
    let (mut books, mut begin) = (ledger::Books::new(), 0);
    if let (Some(sealed), Ok(mark), None) = (&sealed, &mark, &parted) {
        let compared = ledger::compared(&snapshot, sealed.suite, mark, since == 0, told).await?;
        report.findings.extend(compared.0);
        (books, begin) = (compared.1, mark.size);
    }
    report.findings.extend(parted);
    report
        .findings
        .sort_by_key(|finding| number(finding.invariant));
    if report.findings.is_empty()
        && let Some(sealed) = &sealed
    {
        let span = (begin, sealed.size);
        let books = ledger::carried_on(&snapshot, sealed.suite, books, span, told).await?;
        let root = journal::audit::root_at(&snapshot, sealed, sealed.size).await?;
        (report.marked, report.unmarked_because) = leave(app, sealed, root, books);
    }
    snapshot.rollback().await?;
    Ok(report)
}

// The mark that was left last, and what speaks against the journal beginning with it.
async fn known(
    app: &App,
    snapshot: &DatabaseTransaction,
    sealed: Option<&Sealed>,
) -> Result<(Result<Mark, String>, Option<Finding>), Problem> {
    let Some(sealed) = sealed else {
        return Ok((Err("nothing is sealed yet".to_owned()), None));
    };
    match journal::mark::read(&app.config, &sealed.origin) {
        Ok(mark) => {
            let parted = journal::audit::parted(snapshot, sealed, &mark).await?;
            Ok((Ok(mark), parted))
        }
        Err(reason) => Ok((Err(reason.to_string()), None)),
    }
}

// Leaves the mark that everything is well up to here, or says why not.
fn leave(
    app: &App,
    sealed: &Sealed,
    root: Option<Hash>,
    books: ledger::Books,
) -> (Option<u64>, Option<String>) {
    let Some(root) = root.filter(|_| sealed.size > 0) else {
        return (None, Some("nothing is sealed yet".to_owned()));
    };
    let mark = Mark {
        origin: sealed.origin.clone(),
        size: sealed.size,
        root,
        time: app.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true),
        books,
    };
    match journal::mark::keep(&app.config, &mark) {
        Ok(true) => (Some(mark.size), None),
        Ok(false) => (None, Some("there is no key to sign the mark".to_owned())),
        Err(error) => (None, Some(format!("{error:#}"))),
    }
}

// Checks what changes in its place, and what was only added to from the position `since` on.
async fn check(
    app: &App,
    snapshot: &DatabaseTransaction,
    since: u64,
    told: Told<'_>,
) -> anyhow::Result<Report> {
    let mut report = counted(snapshot, since).await?;
    let findings = &mut report.findings;
    if since == 0 {
        told("tables", 0, None);
        findings.extend(match app.db.engine() {
            Engine::Sqlite => tables::sqlite(snapshot).await?,
            Engine::Postgres => tables::postgres(snapshot).await?,
        });
        told("sums", 0, None);
        findings.extend(stock::audit::sums(snapshot).await?);
    } else {
        told("sums", 0, None);
        findings.extend(stock::audit::sums_of(snapshot, &ledger::written(since)).await?);
    }
    told("papers", 0, None);
    findings.extend(in_place(snapshot).await?);
    findings.extend(dispatch::audit::plans(snapshot, since == 0).await?);
    findings.extend(sealed_days::audit::days(snapshot, since == 0).await?);
    findings.extend(papers::check(snapshot, app.clock.now(), since).await?);
    told("journal", 0, None);
    findings.extend(journal::audit::seal(snapshot, since, told).await?);
    let total = report.movements;
    let walked = |done| told("documents", done, Some(total));
    let only = match since {
        0 => None,
        _ => Some(journal::written_since(
            i64::try_from(since).map_err(Problem::internal)?,
        )),
    };
    findings.extend(rows::check(snapshot, only.as_ref(), told).await?);
    findings.extend(stock::audit::documents(snapshot, only, &walked).await?);
    findings.sort_by_key(|finding| number(finding.invariant));
    Ok(report)
}

// What is written over when it changes.
async fn in_place(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = stock::audit::promises(snapshot).await?;
    findings.extend(stock::audit::late_facts(snapshot).await?);
    findings.extend(stock::audit::stocktakes(snapshot).await?);
    findings.extend(stock::audit::conditions(snapshot).await?);
    findings.extend(stock::audit::recalls(snapshot).await?);
    findings.extend(stock::audit::conversions(snapshot).await?);
    findings.extend(stock::audit::disposals(snapshot).await?);
    findings.extend(stock::audit::returns(snapshot).await?);
    findings.extend(stock::audit::lot_changes(snapshot).await?);
    findings.extend(stock::audit::loans(snapshot).await?);
    findings.extend(agreements::audit::agreements(snapshot).await?);
    findings.extend(dispatch::audit::roads(snapshot).await?);
    findings.extend(dispatch::audit::approvals(snapshot).await?);
    findings.extend(devices::audit::devices(snapshot).await?);
    findings.extend(rating::audit::assessments(snapshot).await?);
    findings.extend(duties::audit::arrivals(snapshot).await?);
    findings.extend(disclosure::audit::statements(snapshot).await?);
    Ok(findings)
}

// How much there is to look at.
async fn counted(snapshot: &DatabaseTransaction, since: u64) -> Result<Report, Problem> {
    let (movements, lines, entries) = match since {
        0 => (
            "movement".to_owned(),
            "movement_line".to_owned(),
            "journal".to_owned(),
        ),
        _ => {
            let written = ledger::written(since);
            (
                format!("movement WHERE journal_id IN ({written})"),
                format!(
                    "movement m JOIN movement_line l ON l.depot_id = m.depot_id \
                     AND l.movement_id = m.id WHERE m.journal_id IN ({written})"
                ),
                format!("({written}) AS entries"),
            )
        }
    };
    Ok(Report {
        since,
        not_seen: if since == 0 { &[] } else { NOT_SEEN },
        movements: count(snapshot, &movements).await?,
        lines: count(snapshot, &lines).await?,
        balances: count(snapshot, "balance").await?,
        reservations: count(snapshot, "reservation").await?,
        journal_entries: count(snapshot, &entries).await?,
        ..Report::default()
    })
}

/// Checks the journal alone: that it is what was sealed and signed.
///
/// # Errors
/// As [`verify`].
pub async fn verify_journal(app: &App, told: Told<'_>) -> anyhow::Result<Report> {
    let snapshot = app.db.snapshot().await?;
    let report = Report {
        journal_entries: count(&snapshot, "journal").await?,
        findings: journal::audit::seal(&snapshot, 0, told).await?,
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

async fn count(snapshot: &DatabaseTransaction, rows: &str) -> Result<u64, Problem> {
    let sql = format!("SELECT COUNT(*) AS rows FROM {rows}");
    let statement = Statement::from_string(snapshot.get_database_backend(), sql);
    let row = snapshot.query_one_raw(statement).await?;
    let rows: i64 = row.map_or(Ok(0), |row| row.try_get("", "rows"))?;
    Ok(u64::try_from(rows).unwrap_or(0))
}
