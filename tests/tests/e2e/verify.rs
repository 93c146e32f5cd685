//! Whoever edits the database by hand is found, and what they edited is named.

mod columns;
mod marks;

use std::time::Duration;

use api::verify::Report;
use domain::kernel::{Id, Kind, kinds};
use serde_json::{Value, json};
use tests::{Client, Database, Relief, Server, client::id, on_both};

/// A ledger with something of everything in it.
struct Scene {
    relief: Relief,
    /// An issue of 20 out of the lot of 200.
    issue: String,
    /// Holds 30 of it.
    held: String,
    /// Took 10 of it.
    posted: String,
    /// Carries 15 of it.
    shipment: String,
    /// The issue of an expired lot, under an override.
    overridden: String,
    /// A lot bound to a programme, and issued for it.
    bound: String,
}

async fn made(worker: &Client, path: &str, body: Value) -> String {
    id(&worker.post(path, body).await.expect(201))
}

async fn scene(server: &Server) -> Scene {
    let relief = server.relief().await;
    let (depot, item, lot) = (&relief.depot, &relief.item, &relief.lot);
    let today = api::clock::day_at_depots(server.clock.now());
    let soon = json!({ "expires_on": (today + chrono::Days::new(1)).to_string() });
    let soon = relief.worker.receive(depot, item, 10, soon).await;
    let bound = json!({ "restriction": { "kind": "programme", "programme": "冬令" } });
    let bound = relief.worker.receive(depot, item, 10, bound).await;
    server.clock.advance(Duration::from_secs(3 * 24 * 3600));
    let worker = &server.log_in_again(&relief.worker).await;
    let issue_of = |lot: &str, quantity: i64, more: Value| {
        let mut body = json!({
            "depot_id": depot, "lines": [{ "lot_id": lot, "quantity": quantity }],
        });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        body
    };
    let overriding = json!({ "override": { "reason": "尚可用" } });
    let overridden = made(worker, "/v1/issues", issue_of(&soon, 1, overriding)).await;
    let fitting = json!({ "purpose": { "programme": "冬令" } });
    made(worker, "/v1/issues", issue_of(&bound, 1, fitting)).await;
    let issue = made(worker, "/v1/issues", issue_of(lot, 20, json!({}))).await;
    let deadline = (server.clock.now() + chrono::TimeDelta::hours(1)).to_rfc3339();
    let hold = |quantity: i64| {
        let mut body = issue_of(lot, quantity, json!({}));
        body["deadline_at"] = json!(deadline);
        body
    };
    let held = made(worker, "/v1/reservations", hold(30)).await;
    let posted = made(worker, "/v1/reservations", hold(10)).await;
    let path = format!("/v1/reservations/{posted}/post");
    worker.post(&path, json!({})).await.expect(200);
    let mut load = issue_of(lot, 15, json!({}));
    load["to_depot_id"] = json!(relief.city_depot);
    let shipment = made(worker, "/v1/shipments", load).await;
    Scene {
        relief,
        issue,
        held,
        posted,
        shipment,
        overridden,
        bound,
    }
}

/// An id as this database writes it.
fn literal<K: Kind>(server: &Server, id: &str) -> String {
    let id: Id<K> = id.parse().unwrap_or_else(|_| panic!("{id} is no id"));
    match server.database() {
        Database::Sqlite => format!("x'{}'", id.uuid().simple()),
        Database::Postgres => format!("'{}'", id.uuid()),
    }
}

/// Runs SQL as somebody does who has the file or the superuser's password.
async fn tamper(server: &Server, sql: &str) {
    let unguarded = match server.database() {
        Database::Sqlite => "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON",
        Database::Postgres => "SET session_replication_role = replica",
    };
    server.execute(&format!("{unguarded}; {sql}")).await;
}

#[track_caller]
fn named(report: &Report, invariant: &str, words: &[&str]) {
    let told = report.findings.iter().any(|finding| {
        finding.invariant == invariant && words.iter().all(|word| finding.what.contains(word))
    });
    assert!(
        told,
        "no {invariant} with {words:?} in {:#?}",
        report.findings
    );
}

/// Makes the edit, wants it found and named, undoes it, and wants nothing found.
pub(crate) async fn finds(
    server: &Server,
    [edit, undo]: [&str; 2],
    invariant: &str,
    words: &[&str],
) {
    tamper(server, edit).await;
    let report = server.verify().await;
    tamper(server, undo).await;
    named(&report, invariant, words);
    server.prove().await;
}

/// SQL that takes rows away, and SQL that brings them back.
fn without(table: &str, rows: &str) -> [String; 2] {
    [
        format!(
            "CREATE TABLE kept_{table} AS SELECT * FROM {table} WHERE {rows}; \
             DELETE FROM {table} WHERE {rows}"
        ),
        format!("INSERT INTO {table} SELECT * FROM kept_{table}; DROP TABLE kept_{table}"),
    ]
}

async fn misses(server: &Server, table: &str, rows: &str, invariant: &str, words: &[&str]) {
    let [edit, undo] = without(table, rows);
    finds(server, [&edit, &undo], invariant, words).await;
}

/// Sets a column by hand, and back.
async fn changes(
    server: &Server,
    [table, rows]: [&str; 2],
    [set, back]: [&str; 2],
    invariant: &str,
    words: &[&str],
) {
    let update = |set| format!("UPDATE {table} SET {set} WHERE {rows}");
    finds(server, [&update(set), &update(back)], invariant, words).await;
}

on_both!(an_edited_number_is_found, async |server| {
    let scene = scene(server).await;
    server.prove().await;
    let lot = &scene.relief.lot;
    let of_lot = format!("lot_id = {}", literal::<kinds::Lot>(server, lot));
    let shelf = format!("{of_lot} AND account_kind = 'zone'");
    let more = ["on_hand = on_hand + 1", "on_hand = on_hand - 1"];
    let says = [lot.as_str(), "the balance says 156", "adds up to 155"];
    changes(server, ["balance", &shelf], more, "I3", &says).await;
    changes(server, ["balance", &shelf], more, "I1", &[lot]).await;
    let less = ["reserved = reserved - 1", "reserved = reserved + 1"];
    let says = [lot.as_str(), "29 reserved", "hold 30"];
    changes(server, ["balance", &shelf], less, "I6", &says).await;
    let road = format!("{of_lot} AND account_kind = 'road'");
    let says = [scene.shipment.as_str(), lot, "15 on the road"];
    changes(server, ["balance", &road], more, "I3", &says).await;

    let issue = literal::<kinds::Movement>(server, &scene.issue);
    let line = format!("movement_id = {issue}");
    let edit = ["quantity = 21", "quantity = 20"];
    changes(server, ["movement_line", &line], edit, "I3", &[lot]).await;
    changes(server, ["movement_line", &line], edit, "I1", &[lot]).await;
    let receipt = format!("{of_lot} AND from_kind = 'source'");
    let edit = ["quantity = 3", "quantity = 200"];
    let says = [lot.as_str(), "3 came in"];
    changes(server, ["movement_line", &receipt], edit, "I7", &says).await;

    let shipment = literal::<kinds::Shipment>(server, &scene.shipment);
    let line = format!("shipment_id = {shipment}");
    let says = [scene.shipment.as_str(), lot, "14 on the road"];
    changes(
        server,
        ["shipment_line", &line],
        ["short = 1", "short = 0"],
        "I3",
        &says,
    )
    .await;

    let posted = literal::<kinds::Reservation>(server, &scene.posted);
    let line = format!("reservation_id = {posted}");
    let edit = ["posted = 9", "posted = 10"];
    let says = [scene.posted.as_str(), "took something else"];
    changes(server, ["reservation_line", &line], edit, "I6", &says).await;
});

on_both!(an_edited_word_is_found, async |server| {
    let scene = scene(server).await;
    let held = literal::<kinds::Reservation>(server, &scene.held);
    let row = format!("id = {held}");
    let edit = ["state = 'released'", "state = 'held'"];
    let says = [scene.held.as_str(), "its state and its end"];
    changes(server, ["reservation", &row], edit, "I6", &says).await;
    // Done with more care, it is found by what stays reserved.
    let edit = [
        "state = 'released', ended_at = deadline_at",
        "state = 'held', ended_at = NULL",
    ];
    let says = [scene.relief.lot.as_str(), "30 reserved", "hold 0"];
    changes(server, ["reservation", &row], edit, "I6", &says).await;
    let posted = literal::<kinds::Reservation>(server, &scene.posted);
    let update =
        format!("UPDATE movement SET reservation_id = NULL WHERE reservation_id = {posted}");
    let back = format!(
        "UPDATE movement SET reservation_id = {posted} WHERE id = \
         (SELECT movement_id FROM reservation WHERE id = {posted})"
    );
    let says = [scene.posted.as_str(), "does not name it"];
    finds(server, [&update, &back], "I6", &says).await;

    let overridden = literal::<kinds::Movement>(server, &scene.overridden);
    let row = format!("id = {overridden}");
    let path = format!("/v1/movements/{}", scene.overridden);
    let worker = server.log_in_again(&scene.relief.worker).await;
    let movement = worker.get(&path).await.expect(200);
    let by = movement["override"]["by"].as_str().unwrap_or_default();
    let back = format!("override_reason = '尚可用', override_by = '{by}'");
    let edit = ["override_reason = NULL, override_by = NULL", &back];
    let says = [scene.overridden.as_str(), "expired"];
    changes(server, ["movement", &row], edit, "I9", &says).await;
    let row = format!("id = {}", literal::<kinds::Lot>(server, &scene.bound));
    let edit = ["restriction = '夏令'", "restriction = '冬令'"];
    let says = [scene.bound.as_str(), "another purpose"];
    changes(server, ["lot", &row], edit, "I10", &says).await;
});

on_both!(what_was_taken_away_is_missed, async |server| {
    let scene = scene(server).await;
    let lot = &scene.relief.lot;
    let issue = literal::<kinds::Movement>(server, &scene.issue);
    let lines = format!("movement_id = {issue}");
    misses(
        server,
        "movement_line",
        &lines,
        "I1",
        &[&scene.issue, "no movement"],
    )
    .await;
    misses(server, "movement_line", &lines, "I3", &[lot]).await;
    let held = literal::<kinds::Reservation>(server, &scene.held);
    let lines = format!("reservation_id = {held}");
    misses(
        server,
        "reservation_line",
        &lines,
        "I6",
        &[&scene.held, "no lines"],
    )
    .await;

    let entry = format!("id IN (SELECT journal_id FROM movement WHERE id = {issue})");
    misses(
        server,
        "journal",
        &entry,
        "I12",
        &[&scene.issue, "no entry in the journal"],
    )
    .await;
    misses(
        server,
        "journal",
        &entry,
        "I12",
        &["is remembered and has no entry"],
    )
    .await;
    let request = format!("journal_id IN (SELECT journal_id FROM movement WHERE id = {issue})");
    misses(server, "idempotency", &request, "I12", &["not remembered"]).await;

    // A whole issue with its lines, and the shelf put right: only the journal knows of it, by its word and by its digest.
    let of_lot = literal::<kinds::Lot>(server, lot);
    let shelf = |change: &str| {
        format!(
            "UPDATE balance SET on_hand = on_hand {change} \
             WHERE lot_id = {of_lot} AND account_kind = 'zone'"
        )
    };
    let worker = server.log_in_again(&scene.relief.worker).await;
    let movement = worker.get(&format!("/v1/movements/{}", scene.issue)).await;
    let movement = movement.expect(200);
    let entry = movement["journal_id"].as_str().unwrap_or_default();
    let [no_lines, lines] = without("movement_line", &format!("movement_id = {issue}"));
    let [no_paper, paper] = without("movement", &format!("id = {issue}"));
    let edit = format!("{no_lines}; {no_paper}; {}", shelf("+ 20"));
    let undo = format!("{paper}; {lines}; {}", shelf("- 20"));
    tamper(server, &edit).await;
    let report = server.verify().await;
    tamper(server, &undo).await;
    named(&report, "I12", &[entry, "stock.issue"]);
    named(&report, "I16", &[entry, "are gone"]);
    assert_eq!(report.findings.len(), 2, "{:#?}", report.findings);
    server.prove().await;

    let row = format!("id = {of_lot}");
    misses(server, "lot", &row, "I14", &["lot"]).await;
});

on_both!(a_balance_below_nothing_is_found, async |server| {
    let scene = scene(server).await;
    let lot = &scene.relief.lot;
    if server.database() == Database::Postgres {
        let walls = "ALTER TABLE balance DROP CONSTRAINT balance_on_hand_nonnegative, \
            DROP CONSTRAINT balance_reserved_within_on_hand";
        server.execute(walls).await;
    }
    let of_lot = literal::<kinds::Lot>(server, lot);
    let edit = format!("UPDATE balance SET on_hand = -5 WHERE lot_id = {of_lot}");
    tamper(server, &edit).await;
    let report = server.verify().await;
    named(&report, "I2", &[lot, "on hand -5"]);
    if server.database() == Database::Sqlite {
        named(&report, "I14", &["CHECK constraint failed in balance"]);
    }
});

on_both!(
    the_program_says_what_it_found_and_by_its_exit_code,
    async |server| {
        let scene = scene(server).await;
        let verify = || {
            let output = server.operate("verify").output();
            let output = output.unwrap_or_else(|error| panic!("verify does not run: {error}"));
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            (output.status.code(), text)
        };
        let (code, text) = verify();
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("everything adds up"), "{text}");
        let of_lot = literal::<kinds::Lot>(server, &scene.relief.lot);
        let edit = format!(
            "UPDATE balance SET on_hand = on_hand + 1 WHERE lot_id = {of_lot} AND account_kind = 'zone'"
        );
        tamper(server, &edit).await;
        let (code, text) = verify();
        assert_eq!(code, Some(3), "{text}");
        let line = text.lines().find(|line| line.starts_with("I3: "));
        assert!(
            line.is_some_and(|line| line.contains(&scene.relief.lot)),
            "{text}"
        );
    }
);

on_both!(more_lots_than_a_statement_takes_are_read, async |server| {
    let relief = server.relief().await;
    let lot = literal::<kinds::Lot>(server, &relief.lot);
    // SQLite takes 32,766 values in a statement, PostgreSQL 65,535.
    let (fresh, numbers) = match server.database() {
        Database::Sqlite => (
            "randomblob(16)",
            "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 33000) \
             SELECT i FROM n)",
        ),
        Database::Postgres => ("gen_random_uuid()", "generate_series(1, 66000)"),
    };
    let rest = "item_id, owner_id, source, restriction_kind, depot_id, created_at";
    let ends = "from_kind, from_depot_id, from_id, to_kind, to_depot_id, to_id";
    let sql = format!(
        "INSERT INTO lot (id, {rest}) SELECT {fresh}, {rest} FROM lot, {numbers} AS many \
         WHERE id = {lot}; \
         INSERT INTO movement_line \
         (depot_id, movement_id, line, lot_id, condition, quantity, {ends}) \
         SELECT l.depot_id, l.movement_id, ROW_NUMBER() OVER (), lot.id, l.condition, 1, {ends} \
         FROM lot, movement_line l WHERE lot.id <> {lot} AND l.lot_id = {lot}"
    );
    server.execute(&sql).await;
    let report = server.verify().await;
    assert!(report.lines > 33_000);
    // A movement of so many lines is none, and no balance shows them; but all of them were read.
    named(&report, "I1", &["is no movement"]);
    named(
        &report,
        "I3",
        &["the balance says 0, the ledger adds up to 1"],
    );
    assert!(report.findings.len() < 100, "only so many are named");
});
