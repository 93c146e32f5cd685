//! Whoever owns the database and changes the journal is found out.

use serde_json::json;
use tests::{Client, Database, Server, on_both};

use super::{Scene, entries, latest, scene};

#[derive(Clone, Copy)]
pub(crate) enum Column {
    Text(&'static str),
    Id(&'static str),
    Time(&'static str),
    Number(&'static str),
    Bytes(&'static str),
}

use Column::{Bytes, Id, Number, Text, Time};

// Every table of the journal with every column. The lease says only who seals next.
const TABLES: &[(&str, &[Column])] = &[
    (
        "journal",
        &[
            Id("id"),
            Time("recorded_at"),
            Text("command"),
            Text("principal"),
            Id("organisation_id"),
            Text("subject"),
            Text("request_id"),
            Text("idempotency_key"),
            Text("body"),
        ],
    ),
    ("journal_position", &[Number("position"), Id("entry_id")]),
    (
        "journal_tile",
        &[Number("level"), Number("number"), Bytes("hashes")],
    ),
    ("journal_checkpoint", &[Number("size"), Text("note")]),
    ("journal_key", &[Text("verifier")]),
    (
        "journal_tree",
        &[Number("id"), Text("origin"), Text("suite"), Number("size")],
    ),
    (
        "journal_salt",
        &[Id("entry_id"), Text("pointer"), Text("salt")],
    ),
];

impl Column {
    /// SQL that gives the column another value.
    pub(crate) fn flipped(self, database: Database) -> String {
        let sqlite = database == Database::Sqlite;
        match self {
            Text(name) => format!("{name} = COALESCE({name}, '') || 'x'"),
            Id(name) if sqlite => format!("{name} = x'0123456789abcdef0123456789abcdef'"),
            Id(name) => format!("{name} = '01234567-89ab-cdef-0123-456789abcdef'"),
            Time(name) if sqlite => format!(
                "{name} = COALESCE(REPLACE({name}, SUBSTR({name}, 1, 4), '2001'), \
                 '2001-02-03T04:05:06+00:00')"
            ),
            Time(name) => format!(
                "{name} = COALESCE({name}, '2001-02-03 04:05:06+00') + INTERVAL '1 microsecond'"
            ),
            Number(name) => format!("{name} = COALESCE({name}, 0) + 4096"),
            Bytes(name) if sqlite => format!("{name} = ZEROBLOB(LENGTH({name}))"),
            Bytes(name) => format!("{name} = SET_BYTE({name}, 0, GET_BYTE({name}, 0) # 1)"),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Text(name) | Id(name) | Time(name) | Number(name) | Bytes(name) => name,
        }
    }
}

/// Runs SQL as somebody does who has the file or the superuser's password.
pub(crate) async fn tamper(server: &Server, sql: &str) {
    let unguarded = match server.database() {
        Database::Sqlite => "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON",
        Database::Postgres => "SET session_replication_role = replica",
    };
    // The server does not come in between.
    let (begin, end) = match server.database() {
        Database::Sqlite => ("BEGIN IMMEDIATE; ", "; COMMIT"),
        Database::Postgres => ("", ""),
    };
    let sql = sql.trim().trim_end_matches(';');
    server
        .execute(&format!("{unguarded}; {begin}{sql}{end}"))
        .await;
}

async fn findings(server: &Server) -> Vec<String> {
    let report = server.verify_journal().await;
    let told = report.findings.iter().map(|finding| finding.what.clone());
    told.collect()
}

/// The words that must be told of a flip: those that name the entry or the place.
fn words(table: &str, column: &str, position: usize, id: &str) -> String {
    match (table, column) {
        // An entry under another id is gone from its position.
        ("journal", _) => format!("position {position}: {id} "),
        ("journal_position", "position") => format!("position {position} is missing"),
        ("journal_position", _) => format!("position {position}: "),
        ("journal_salt", _) => String::new(),
        ("journal_key", _) => "the key ".to_owned(),
        _ => String::new(),
    }
}

async fn every_flip_is_found(server: &Server) {
    scene(server).await;
    // The server's own work stands still meanwhile: nothing waits.
    server.seal().await;
    assert_eq!(findings(server).await, Vec::<String>::new());
    let row = match server.database() {
        Database::Sqlite => "rowid",
        Database::Postgres => "ctid",
    };
    if server.database() == Database::Postgres {
        // Whoever owns the database drops what stands in the way.
        let free = "ALTER TABLE journal_tree DROP CONSTRAINT IF EXISTS journal_tree_id_check, \
                    DROP CONSTRAINT IF EXISTS journal_tree_suite_check";
        tamper(server, free).await;
    }
    let mut flips = 0;
    for (table, columns) in TABLES {
        let kept = format!("kept_{table}");
        tamper(
            server,
            &format!("CREATE TABLE {kept} AS SELECT * FROM {table}"),
        )
        .await;
        let rows = server
            .number(&format!("SELECT COUNT(*) FROM {table}"))
            .await;
        assert!(rows > 0, "{table} has no rows to flip");
        for number in 0..rows {
            // In the order of positions, so that it is known which entry must be named.
            let of_row = match *table {
                "journal" => format!(
                    "id = (SELECT entry_id FROM journal_position WHERE position = {number})"
                ),
                "journal_position" => format!("position = {number}"),
                _ => format!(
                    "{row} = (SELECT {row} FROM {table} ORDER BY {row} LIMIT 1 OFFSET {number})"
                ),
            };
            let name = entry_at(server, number).await;
            for column in *columns {
                let flip = column.flipped(server.database());
                tamper(server, &format!("UPDATE {table} SET {flip} WHERE {of_row}")).await;
                let told = findings(server).await;
                let place = usize::try_from(number).unwrap();
                let words = words(table, column.name(), place, &name);
                assert!(
                    told.iter().any(|told| told.contains(&words)),
                    "{table}.{} of row {number} ({words}): {told:#?}",
                    column.name()
                );
                flips += 1;
                let back = format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM {kept}");
                tamper(server, &back).await;
            }
        }
        tamper(server, &format!("DROP TABLE {kept}")).await;
    }
    println!("{flips} flips, each found");
    assert_eq!(findings(server).await, Vec::<String>::new());
}

// The id of the entry at a position, or nothing.
async fn entry_at(server: &Server, position: i64) -> String {
    use domain::kernel::{Id as TypeId, kinds};
    use sea_orm::ConnectionTrait as _;
    let connection = server.connect().await;
    let sql = format!("SELECT entry_id FROM journal_position WHERE position = {position}");
    let statement = sea_orm::Statement::from_string(connection.get_database_backend(), sql);
    let found = connection.query_one_raw(statement).await.unwrap();
    connection.close().await.unwrap();
    found.map_or_else(String::new, |row| {
        let id: TypeId<kinds::JournalEntry> = TypeId::from_uuid(row.try_get_by_index(0).unwrap());
        id.to_string()
    })
}

on_both!(
    every_column_of_every_row_that_is_flipped_is_found,
    async |server| {
        every_flip_is_found(server).await;
    }
);

on_both!(what_is_taken_away_or_put_in_is_found, async |server| {
    let Scene { auditor, .. } = scene(server).await;
    server.seal().await;
    let (position, entry) = entries(&auditor).await[3].clone();
    let of_entry = format!("(SELECT entry_id FROM journal_position WHERE position = {position})");
    let last = "(SELECT MAX(position) FROM journal_position)";
    for (table, edit, words) in [
        (
            "journal",
            format!("DELETE FROM journal WHERE id = {of_entry}"),
            format!("{entry} is gone"),
        ),
        (
            "journal_position",
            format!("DELETE FROM journal_position WHERE position = {position}"),
            format!("position {position} is missing"),
        ),
        (
            "journal_position",
            format!("UPDATE journal_position SET position = 1000000 WHERE position = {last}"),
            "lies beyond".to_owned(),
        ),
        (
            "journal_checkpoint",
            "DELETE FROM journal_checkpoint".to_owned(),
            "are signed".to_owned(),
        ),
        (
            "journal_key",
            "DELETE FROM journal_key".to_owned(),
            "not signed by a known key".to_owned(),
        ),
        (
            "journal_tree",
            "DELETE FROM journal_tree".to_owned(),
            "no tree is known".to_owned(),
        ),
        (
            "journal_tile",
            "DELETE FROM journal_tile".to_owned(),
            "not what was sealed".to_owned(),
        ),
    ] {
        tamper(
            server,
            &format!("CREATE TABLE kept AS SELECT * FROM {table}"),
        )
        .await;
        tamper(server, &edit).await;
        let told = findings(server).await;
        assert!(
            told.iter().any(|told| told.contains(&words)),
            "{edit}: {told:#?}"
        );
        let back =
            format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept");
        tamper(server, &back).await;
    }
    assert_eq!(findings(server).await, Vec::<String>::new());
});

/// What the witness is told of the journal as it is now.
async fn forked(witness: &Client, note: &serde_json::Value) -> serde_json::Value {
    let body = json!({ "checkpoint": note });
    let answer = witness.post("/v1/checkpoints/compare", body).await;
    answer.refused(409, "journal-forked")
}

on_both!(
    a_history_rewritten_chain_and_all_meets_a_witness,
    async |server| {
        let Scene {
            relief, auditor, ..
        } = scene(server).await;
        server.seal().await;
        let held = latest(&relief.worker).await["note"].clone();
        let (_, entry) = entries(&auditor).await[5].clone();
        // Whoever has the database and the key changes an entry and lets everything be sealed anew.
        let all = [
            "journal_position",
            "journal_tile",
            "journal_checkpoint",
            "journal_key",
        ];
        let emptied: String = all
            .iter()
            .map(|table| format!("DELETE FROM {table}; "))
            .collect();
        let rewritten = format!(
            "UPDATE journal SET body = REPLACE(body, '{{', '{{ ') WHERE id = \
         (SELECT entry_id FROM journal_position WHERE position = 5); \
         {emptied} INSERT INTO journal_waiting SELECT id FROM journal WHERE id NOT IN \
         (SELECT entry_id FROM journal_waiting); UPDATE journal_tree SET size = 0"
        );
        tamper(server, &rewritten).await;
        server.seal().await;
        // Nothing in the database speaks against it.
        assert_eq!(findings(server).await, Vec::<String>::new());
        assert!(entries(&auditor).await.iter().any(|(_, id)| *id == entry));
        let told = forked(&relief.worker, &held).await;
        assert_ne!(told["root"], told["given_root"]);
    }
);

on_both!(an_old_backup_shows_as_a_fork, async |server| {
    let Scene { relief, .. } = scene(server).await;
    server.seal().await;
    let tables: Vec<_> = TABLES.iter().map(|(table, _)| *table).collect();
    let backup: String = tables
        .iter()
        .map(|table| format!("CREATE TABLE old_{table} AS SELECT * FROM {table}; "))
        .collect();
    tamper(server, &backup).await;
    relief
        .worker
        .receive(&relief.depot, &relief.item, 1, json!({}))
        .await;
    server.seal().await;
    let held = latest(&relief.worker).await["note"].clone();
    let restored: String = tables
        .iter()
        .map(|table| {
            format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM old_{table}; ")
        })
        .collect();
    tamper(server, &restored).await;
    // Too short at first, and another one as soon as it has grown as far.
    let told = forked(&relief.worker, &held).await;
    assert!(
        told["sealed_size"].as_u64() < told["size"].as_u64(),
        "{told}"
    );
    relief
        .worker
        .receive(&relief.depot, &relief.item, 2, json!({}))
        .await;
    relief
        .worker
        .receive(&relief.depot, &relief.item, 3, json!({}))
        .await;
    server.seal().await;
    assert_eq!(findings(server).await, Vec::<String>::new());
    let told = forked(&relief.worker, &held).await;
    assert_ne!(told["root"], told["given_root"]);
});
