//! The books of all depots as they were when the journal had so many entries, and whether what was
//! verified then still stands.
//!
//! **Invariant.** A book depends on the entries that are sealed before its position alone, in the
//! order of the journal, so that it can be made again at any later time, and gone on with from
//! there. Rows are streamed; memory grows with the number of depots and not with the ledger.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    journal::{Book, CryptoSuite, Hash, Mark},
    kernel::{Id, kinds},
};
use futures_util::TryStreamExt as _;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement, StreamTrait as _,
    prelude::DateTimeUtc,
};
use uuid::Uuid;

use crate::problem::Problem;

use super::{Finding, NAMED_MAX, Told};

/// What each depot's book is; one in which nothing ever stood is not there.
pub(super) type Books = BTreeMap<Id<kinds::Depot>, Book>;

const EVERY: u64 = 10_000;

/// The books at the mark as they are found now, and what does not stand as it was verified. A run
/// that reads everything makes them anew; one that reads only what is new counts what is old, and
/// compares balances.
pub(super) async fn compared(
    snapshot: &DatabaseTransaction,
    suite: CryptoSuite,
    mark: &Mark,
    everything: bool,
    told: Told<'_>,
) -> Result<(Vec<Finding>, Books), Problem> {
    let mut books = Books::new();
    if everything {
        post(snapshot, suite, &mut books, (0, mark.size), told).await?;
    } else {
        books.clone_from(&mark.books);
        count(snapshot, suite, &mut books, mark.size).await?;
    }
    balance(snapshot, suite, &mut books, mark.size, told).await?;
    Ok((compare(&mark.books, &books, mark.size), books))
}

/// The books after `size` entries, made of those after `begin`.
pub(super) async fn carried_on(
    snapshot: &DatabaseTransaction,
    suite: CryptoSuite,
    mut books: Books,
    (begin, size): (u64, u64),
    told: Told<'_>,
) -> Result<Books, Problem> {
    post(snapshot, suite, &mut books, (begin, size), told).await?;
    balance(snapshot, suite, &mut books, size, told).await?;
    Ok(books)
}

// Goes on with what was posted by the entries from `begin` to before `end`.
async fn post(
    snapshot: &DatabaseTransaction,
    suite: CryptoSuite,
    books: &mut Books,
    (begin, end): (u64, u64),
    told: Told<'_>,
) -> Result<(), Problem> {
    let sql = format!("{LINES} AND p.position >= {begin} AND p.position < {end} {IN_ORDER}");
    let mut rows = stream(snapshot, sql).await?;
    let (mut last, mut read) = (None, 0);
    while let Some(row) = rows.try_next().await? {
        let (depot, movement): (Uuid, Uuid) =
            (row.try_get("", "depot_id")?, row.try_get("", "id")?);
        let book = of(books, suite, depot);
        if last != Some((depot, movement)) {
            book.movements += 1;
            last = Some((depot, movement));
        }
        book.lines += 1;
        book.ledger = suite.node(&book.ledger, &suite.leaf(&line(&row)?));
        read += 1;
        if read % EVERY == 0 {
            told("ledger", read, None);
        }
    }
    Ok(())
}

// Sets the balances that there were after the first `size` entries: those of now without what was
// posted since.
async fn balance(
    snapshot: &DatabaseTransaction,
    suite: CryptoSuite,
    books: &mut Books,
    size: u64,
    told: Told<'_>,
) -> Result<(), Problem> {
    for book in books.values_mut() {
        book.balances = suite.empty();
    }
    let since = since(size);
    let sql = format!(
        "SELECT depot_id, account_kind, account_id, lot_id, condition, \
           CAST(SUM(amount) AS bigint) AS amount FROM ( \
         SELECT depot_id, account_kind, account_id, lot_id, condition, on_hand AS amount \
           FROM balance \
         UNION ALL SELECT l.to_depot_id, l.to_kind, l.to_id, l.lot_id, l.condition, -l.quantity \
           {since} AND l.to_kind IN ('zone', 'road') \
         UNION ALL SELECT l.from_depot_id, l.from_kind, l.from_id, l.lot_id, l.condition, l.quantity \
           {since} AND l.from_kind IN ('zone', 'road') \
         ) AS amounts GROUP BY depot_id, account_kind, account_id, lot_id, condition \
         HAVING SUM(amount) <> 0 \
         ORDER BY depot_id, account_kind, account_id, lot_id, condition"
    );
    let mut rows = stream(snapshot, sql).await?;
    let mut read = 0;
    while let Some(row) = rows.try_next().await? {
        let book = of(books, suite, row.try_get("", "depot_id")?);
        let mut bytes = Vec::new();
        texts(&row, &["account_kind", "condition"], &mut bytes)?;
        ids(&row, &["account_id", "lot_id"], &mut bytes)?;
        numbers(&row, &["amount"], &mut bytes)?;
        book.balances = suite.node(&book.balances, &suite.leaf(&bytes));
        read += 1;
        if read % EVERY == 0 {
            told("balances", read, None);
        }
    }
    drop(rows);
    books.retain(|_, book| *book != empty(suite));
    Ok(())
}

// What does not stand as it was verified.
fn compare(verified: &Books, found: &Books, size: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let depots = verified.keys().chain(found.keys());
    let depots: BTreeSet<_> = depots.collect();
    for depot in depots {
        let (was, is) = (verified.get(depot), found.get(depot));
        let of = |book: Option<&Book>| book.map_or((0, 0), |book| (book.movements, book.lines));
        let ((movements, lines), (has, has_lines)) = (of(was), of(is));
        if (movements, lines) != (has, has_lines) {
            let what = format!(
                "{depot}: of the first {size} entries {movements} movements with {lines} lines were verified, and {has} with {has_lines} are there"
            );
            findings.push(Finding::new("I4", what));
        } else if was.map(|book| book.ledger) != is.map(|book| book.ledger) {
            let what = format!(
                "{depot}: its movements of the first {size} entries are not those that were verified"
            );
            findings.push(Finding::new("I4", what));
        }
        if was.map(|book| book.balances) != is.map(|book| book.balances) {
            let what = format!(
                "{depot}: its balances are not those that were verified at {size} entries and what moved since"
            );
            findings.push(Finding::new("I3", what));
        }
    }
    if findings.len() > NAMED_MAX {
        findings.truncate(NAMED_MAX);
        findings.push(Finding::new("I3", "… and more of the same"));
    }
    findings
}

// What there is of movements and lines now, without what was posted from `size` entries on: counted,
// not read.
async fn count(
    snapshot: &DatabaseTransaction,
    suite: CryptoSuite,
    books: &mut Books,
    size: u64,
) -> Result<(), Problem> {
    let since = since(size);
    let movements = "SELECT depot_id, COUNT(*) AS rows FROM movement GROUP BY depot_id".to_owned();
    let lines = "SELECT depot_id, COUNT(*) AS rows FROM movement_line GROUP BY depot_id".to_owned();
    let since_movements = format!(
        "SELECT m.depot_id, COUNT(*) AS rows FROM movement m WHERE m.journal_id IN ({}) \
         GROUP BY m.depot_id",
        written(size)
    );
    let since_lines = format!("SELECT l.depot_id, COUNT(*) AS rows {since} GROUP BY l.depot_id");
    for book in books.values_mut() {
        (book.movements, book.lines) = (0, 0);
    }
    for (sql, is_lines, sign) in [
        (movements, false, 1),
        (lines, true, 1),
        (since_movements, false, -1),
        (since_lines, true, -1),
    ] {
        let mut rows = stream(snapshot, sql).await?;
        while let Some(row) = rows.try_next().await? {
            let count: i64 = row.try_get("", "rows")?;
            let book = of(books, suite, row.try_get("", "depot_id")?);
            let counted = if is_lines {
                &mut book.lines
            } else {
                &mut book.movements
            };
            *counted = counted.saturating_add_signed(sign * count);
        }
    }
    Ok(())
}

/// The entries that are not among the first `size`, as a part of a statement.
pub(super) fn written(size: u64) -> String {
    format!(
        "SELECT entry_id FROM journal_position WHERE position >= {size} \
         UNION ALL SELECT entry_id FROM journal_waiting"
    )
}

// The lines of what they posted.
fn since(size: u64) -> String {
    format!(
        "FROM movement m JOIN movement_line l ON l.depot_id = m.depot_id AND l.movement_id = m.id \
         WHERE m.journal_id IN ({})",
        written(size)
    )
}

// What a movement is and does. The words beside it (papers, notes, names) are not bound: some of
// them name persons.
const LINES: &str = "\
SELECT m.depot_id, m.id, m.kind, m.occurred_at, m.recorded_at, m.journal_id, m.reverses_id, \
  m.incident_id, m.division_code, m.programme, m.shipment_id, m.reservation_id, \
  l.line, l.lot_id, l.condition, l.quantity, l.from_kind, l.from_depot_id, l.from_id, \
  l.to_kind, l.to_depot_id, l.to_id \
FROM movement m JOIN journal_position p ON p.entry_id = m.journal_id \
JOIN movement_line l ON l.depot_id = m.depot_id AND l.movement_id = m.id WHERE 1 = 1";
const IN_ORDER: &str = "ORDER BY p.position, m.depot_id, m.id, l.line";

fn line(row: &QueryResult) -> Result<Vec<u8>, DbErr> {
    let mut bytes = Vec::with_capacity(320);
    let single = [
        "id",
        "journal_id",
        "lot_id",
        "from_depot_id",
        "from_id",
        "to_depot_id",
        "to_id",
    ];
    ids(row, &single, &mut bytes)?;
    for column in [
        "reverses_id",
        "incident_id",
        "shipment_id",
        "reservation_id",
    ] {
        let id: Option<Uuid> = row.try_get("", column)?;
        bytes.push(u8::from(id.is_some()));
        bytes.extend(id.unwrap_or_default().as_bytes());
    }
    texts(
        row,
        &["kind", "condition", "from_kind", "to_kind"],
        &mut bytes,
    )?;
    for column in ["division_code", "programme"] {
        let text: Option<String> = row.try_get("", column)?;
        bytes.push(u8::from(text.is_some()));
        push(&text.unwrap_or_default(), &mut bytes);
    }
    numbers(row, &["line", "quantity"], &mut bytes)?;
    for column in ["occurred_at", "recorded_at"] {
        let at: DateTimeUtc = row.try_get("", column)?;
        bytes.extend(at.timestamp_micros().to_be_bytes());
    }
    Ok(bytes)
}

fn ids(row: &QueryResult, columns: &[&str], bytes: &mut Vec<u8>) -> Result<(), DbErr> {
    for column in columns {
        let id: Uuid = row.try_get("", column)?;
        bytes.extend(id.as_bytes());
    }
    Ok(())
}

fn numbers(row: &QueryResult, columns: &[&str], bytes: &mut Vec<u8>) -> Result<(), DbErr> {
    for column in columns {
        let number: i64 = row.try_get("", column)?;
        bytes.extend(number.to_be_bytes());
    }
    Ok(())
}

fn texts(row: &QueryResult, columns: &[&str], bytes: &mut Vec<u8>) -> Result<(), DbErr> {
    for column in columns {
        let text: String = row.try_get("", column)?;
        push(&text, bytes);
    }
    Ok(())
}

// With its length, so that two texts side by side are not two others.
fn push(text: &str, bytes: &mut Vec<u8>) {
    bytes.extend((text.len() as u64).to_be_bytes());
    bytes.extend(text.as_bytes());
}

fn of(books: &mut Books, suite: CryptoSuite, depot: Uuid) -> &mut Book {
    books
        .entry(Id::from_uuid(depot))
        .or_insert_with(|| empty(suite))
}

fn empty(suite: CryptoSuite) -> Book {
    let nothing: Hash = suite.empty();
    Book {
        movements: 0,
        lines: 0,
        ledger: nothing,
        balances: nothing,
    }
}

async fn stream(
    snapshot: &DatabaseTransaction,
    sql: String,
) -> Result<<DatabaseTransaction as sea_orm::StreamTrait>::Stream<'_>, DbErr> {
    let statement = Statement::from_string(ConnectionTrait::get_database_backend(snapshot), sql);
    snapshot.stream_raw(statement).await
}
