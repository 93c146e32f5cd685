//! Persons are committed to, by the suite of the journal, and can be erased from it.

use domain::journal::CryptoSuite;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};
use tests::{Client, Database, Server, client::id, on_both};

use super::{Scene, latest, scene, size, tampering::tamper};

async fn erased(server: &Server, salted: &str) {
    let Scene {
        relief, auditor, ..
    } = scene(server).await;
    let held = latest(&auditor).await;
    let made = auditor
        .get("/v1/journal-entries?command=identity.create_account&limit=1")
        .await
        .expect(200);
    let entry = id(&made["items"][0]);
    let name = &made["items"][0]["body"]["name"];
    assert!(name[salted].is_string(), "{name}");
    assert_eq!(name.as_object().unwrap().len(), 2, "{name}");
    let proof = format!("/v1/journal-entries/{entry}/proof?size={}", size(&held));
    let before = auditor.get(&proof).await.expect(200);
    let salts = "SELECT COUNT(*) FROM journal_salt";
    let count = server.number(salts).await;

    let path = format!("/v1/journal-entries/{entry}/erase");
    let body = json!({ "reason": "本人要求" });
    auditor
        .post(&path, body.clone())
        .await
        .refused(403, "forbidden");
    let stranger = server
        .person(&["data_steward"], &relief.ground.county)
        .await;
    stranger
        .post(&path, body.clone())
        .await
        .refused(404, "not-found");
    let steward = &relief.ground.steward;
    let blank = json!({ "reason": " " });
    steward
        .post(&path, blank)
        .await
        .refused(422, "invalid-request");
    let count_now = server.number(salts).await;
    let done = steward.post(&path, body.clone()).await.expect(200);
    assert_eq!(done["erased"], json!(["/login", "/name"]));
    assert_eq!(server.number(salts).await, count_now - 2);
    assert!(count_now > count, "the stranger's account has salts, too");
    steward.post(&path, body).await.refused(409, "wrong-state");

    assert_eq!(auditor.get(&proof).await.expect(200), before);
    server.seal().await;
    server.prove().await;
    let body = json!({ "checkpoint": held["note"] });
    let same = auditor.post("/v1/checkpoints/compare", body).await;
    same.expect(200);
}

on_both!(
    erasing_a_person_keeps_every_proof,
    ["crypto_suite" = "std"],
    async |server| {
        erased(server, "salted_sha256").await;
    }
);

on_both!(
    erasing_a_person_keeps_every_proof_by_the_chinese_standards_too,
    ["crypto_suite" = "gm"],
    async |server| {
        erased(server, "salted_sm3").await;
    }
);

// The only text in the first row.
async fn text(server: &Server, sql: &str) -> String {
    let connection = server.connect().await;
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    let text = row.try_get_by_index(0).unwrap();
    connection.close().await.unwrap();
    text
}

/// The only number in the first row.
pub(super) async fn count(connection: &sea_orm::DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

// Every release that sealed by SM3 before this one committed by SHA-256 all the same.
on_both!(
    what_earlier_releases_committed_to_stays_checkable,
    ["crypto_suite" = "gm"],
    async |server| {
        let Scene { relief, .. } = scene(server).await;
        let province = &relief.ground.province;
        let old = server.person(&["keeper"], province).await;
        let entry_of = |person: &Client| {
            format!(
                "(SELECT id FROM journal WHERE command = 'identity.create_account' AND subject = '{}')",
                person.account()
            )
        };
        let entry = entry_of(&old);
        let salt =
            format!("SELECT salt FROM journal_salt WHERE pointer = '/name' AND entry_id = {entry}");
        let salt = text(server, &salt).await;
        let body = format!("SELECT body FROM journal WHERE id = {entry}");
        let mut body: Value = serde_json::from_str(&text(server, &body).await).unwrap();
        let digest = |text: &str| {
            let hash = CryptoSuite::Std.hash(&[text.as_bytes()]);
            let digits = hash.as_bytes().iter().map(|byte| format!("{byte:02x}"));
            digits.collect::<String>()
        };
        assert!(body["name"]["salted_sm3"].is_string(), "{body}");
        body["name"] = json!({
            "salt_sha256": digest(&salt),
            "salted_sha256": digest(&format!("{salt}\"老库管\"")),
        });
        // An entry as an earlier release wrote it, which waits to be sealed.
        let earlier = match server.database() {
            Database::Sqlite => "x'0123456789abcdef0123456789abcdef'",
            Database::Postgres => "CAST('01234567-89ab-cdef-0123-456789abcdef' AS UUID)",
        };
        let written = format!(
            "INSERT INTO journal (id, recorded_at, command, principal, organisation_id, subject, \
             request_id, body) SELECT {earlier}, recorded_at, command, principal, \
             organisation_id, 'earlier', request_id, '{body}' FROM journal WHERE id = {entry}; \
             INSERT INTO journal_salt (entry_id, pointer, salt) \
             VALUES ({earlier}, '/name', '{salt}'); \
             INSERT INTO journal_waiting (entry_id) VALUES ({earlier})"
        );
        tamper(server, &written).await;
        let new = entry_of(&server.person(&["keeper"], province).await);
        server.seal().await;
        server.prove().await;

        // A salt that was changed is found, whichever hash it is by.
        for (count, entry) in [(1, earlier), (2, &*new)] {
            let changed = format!(
                "UPDATE journal_salt SET salt = salt || 'x' WHERE pointer = '/name' \
                 AND entry_id = {entry}"
            );
            tamper(server, &changed).await;
            let found = server.verify_journal().await.findings;
            assert_eq!(found.len(), count, "{found:#?}");
            for finding in found {
                let told = finding.what;
                assert!(told.contains("is not that of a commitment"), "{told}");
            }
        }
    }
);
