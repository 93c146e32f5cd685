//! What the issues of the API left, so many times over under other ids.
//!
//! **Invariant.** Each copy has an entry of its own, which commits to the copied rows as the server
//! does (`ledger_rows` of its body): a model whose own commitment is not found again ends the bench.
//! Requests are forgotten after 90 days, so most movements of a large ledger have no key.

use std::{path::Path, time::Duration};

use chrono::DateTime;
use rusqlite::{Connection, Row, params, types::ValueRef};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

// So that the log before the database does not grow as large as it.
const AT_ONCE: usize = 50_000;
const ISSUES: &str = "SELECT m.depot_id, m.id, m.journal_id, l.lot_id, j.body \
    FROM movement m JOIN journal j ON j.id = m.journal_id \
    JOIN movement_line l ON l.depot_id = m.depot_id AND l.movement_id = m.id \
    WHERE m.kind = 'issue' ORDER BY m.id";

/// An issue, and its rows as its entry commits to them.
struct Model {
    depot: Uuid,
    movement: Uuid,
    entry: Uuid,
    lot: Uuid,
    body: String,
    digest: String,
    rows: [String; 2],
}

/// Adds so many movements to the ledger in a file.
pub(crate) fn multiply(file: &Path, movements: u64) {
    let mut connection = Connection::open(file).expect("the database opens");
    connection
        .busy_timeout(Duration::from_secs(60))
        .expect("SQLite waits");
    let models = models(&connection);
    for begin in (0..movements).step_by(AT_ONCE) {
        let copies = begin + 1..=movements.min(begin + AT_ONCE as u64);
        let transaction = connection.transaction().expect("it begins");
        for number in copies {
            let place = usize::try_from(number).expect("it fits") % models.len();
            models[place].copy(&transaction, number);
        }
        transaction.commit().expect("the ledger is multiplied");
    }
}

fn models(connection: &Connection) -> Vec<Model> {
    let mut issues = connection.prepare(ISSUES).expect("there are the tables");
    let issues = issues.query_map([], |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
        ))
    });
    let issues = issues.expect("they can be read");
    issues
        .map(|issue| {
            let (depot, movement, entry, lot, body): (Uuid, Uuid, Uuid, Uuid, String) =
                issue.expect("a row is read");
            let rows = [("movement", "id"), ("movement_line", "movement_id")];
            let rows = rows.map(|(table, id)| committed(connection, table, id, movement));
            let digest = digest(rows.clone());
            assert!(body.contains(&digest), "{body} commits to other rows");
            Model {
                depot,
                movement,
                entry,
                lot,
                body,
                digest,
                rows,
            }
        })
        .collect()
}

// A row with every member that holds something; a moment in microseconds.
fn committed(connection: &Connection, table: &str, id: &str, movement: Uuid) -> String {
    let sql = format!("SELECT * FROM {table} WHERE {id} = ?");
    let members = |row: &Row<'_>| {
        let mut members = Map::new();
        for (column, name) in row.as_ref().column_names().into_iter().enumerate() {
            let value = match row.get_ref(column)? {
                ValueRef::Null => continue,
                ValueRef::Integer(number) => json!(number),
                ValueRef::Blob(bytes) => json!(Uuid::from_slice(bytes).expect("an id").to_string()),
                other => text(name, other.as_str()?),
            };
            members.insert(name.to_owned(), value);
        }
        Ok(members)
    };
    let members = connection.query_row(&sql, [movement], members);
    let row = json!({ "row": members.expect("it is there"), "table": table });
    serde_jcs::to_string(&row).expect("it is JSON")
}

fn text(name: &str, text: &str) -> Value {
    if name.ends_with("_at") {
        let at = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1));
        return json!(at.expect("a moment").timestamp_micros());
    }
    json!(text)
}

fn digest(mut rows: [String; 2]) -> String {
    rows.sort_unstable();
    hex::encode(Sha256::digest(rows.join("\n")))
}

impl Model {
    fn copy(&self, into: &Connection, number: u64) {
        let id = |kind: u128| {
            let low = u128::from(number);
            Uuid::from_u128((kind << 112) | (low << 80) | (0x7000_a000 << 48) | low)
        };
        let (movement, entry) = (id(0x0192), id(0x0193));
        let renamed = |row: &String| {
            row.replace(&self.movement.to_string(), &movement.to_string())
                .replace(&self.entry.to_string(), &entry.to_string())
        };
        let digest = digest(self.rows.each_ref().map(renamed));
        let body = self.body.replace(&self.digest, &digest);
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
            let mut statement = into.prepare_cached(sql).expect("there are the tables");
            statement.execute(values).expect("a row is written");
        };
        run(
            "INSERT INTO journal (id, recorded_at, command, principal, organisation_id, subject, \
               request_id, body) SELECT ?1, recorded_at, command, principal, organisation_id, subject, \
               request_id, ?2 FROM journal WHERE id = ?3",
            params![entry, body, self.entry],
        );
        run("INSERT INTO journal_waiting VALUES (?1)", params![entry]);
        run(
            "INSERT INTO movement (depot_id, id, kind, occurred_at, recorded_at, journal_id) \
             SELECT depot_id, ?1, kind, occurred_at, recorded_at, ?2 FROM movement \
             WHERE depot_id = ?3 AND id = ?4",
            params![movement, entry, self.depot, self.movement],
        );
        run(
            "INSERT INTO movement_line (depot_id, movement_id, line, lot_id, condition, quantity, \
               from_kind, from_depot_id, from_id, to_kind, to_depot_id, to_id) \
             SELECT depot_id, ?1, line, lot_id, condition, quantity, from_kind, from_depot_id, from_id, \
               to_kind, to_depot_id, to_id FROM movement_line WHERE depot_id = ?2 AND movement_id = ?3",
            params![movement, self.depot, self.movement],
        );
        run(
            "UPDATE balance SET on_hand = on_hand - 1 WHERE lot_id = ?1",
            params![self.lot],
        );
    }
}
