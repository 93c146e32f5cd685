//! What is told of keys, accounts and copies.

use std::fs;

use serde_json::json;
use tests::{Database, database::Home, on_both, people::PASSWORD};

use super::{look, news};

on_both!(keys_accounts_and_copies_are_told, async |server| {
    let ground = server.ground().await;
    server.seal().await;
    let well = look(server);

    // A key of another journal, as after a restore of the wrong file.
    let stranger = Home::migrated(server.database()).await;
    let made = stranger.operate("journal").arg("key").output().unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let key = server.home().directory.path().join("journal.key");
    let own = fs::read(&key).unwrap();
    let other = fs::read(stranger.directory.path().join("journal.key")).unwrap();
    fs::write(&key, &other).unwrap();
    let found = look(server);
    assert_eq!(news(&well, &found), [("signing_key", "fault")]);
    let secret = String::from_utf8(other).unwrap();
    assert!(!json!(found).to_string().contains(secret.trim()));
    fs::write(&key, own).unwrap();
    stranger.remove().await;

    let copies = tempfile::tempdir().unwrap();
    let out = copies.path().join("monday.backup");
    let backup = server
        .operate("backup")
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert!(
        backup.status.success(),
        "{}",
        String::from_utf8_lossy(&backup.stderr)
    );
    let found = look(server);
    assert_eq!(news(&well, &found), [("last_backup", "ok")]);
    let well = found;

    // A login name that is the password of its account.
    let login =
        |from: &str, to: &str| format!("UPDATE account SET login = '{to}' WHERE login = '{from}'");
    let person = server.person(&["keeper"], &ground.province).await;
    let account = format!("/v1/accounts/{}", person.account());
    let account = ground.admin.get(&account).await.expect(200);
    let own = account["login"].as_str().unwrap().to_owned();
    server.execute(&login(&own, PASSWORD)).await;
    let found = look(server);
    assert_eq!(news(&well, &found), [("weak_passwords", "fault")]);
    let evidence = json!(found).to_string();
    assert!(!evidence.contains(PASSWORD) && !evidence.contains(&own));
    server.execute(&login(PASSWORD, &own)).await;

    // Tests hash cheaply (`tests/src/database.rs`).
    assert_eq!(well["password_hashes"]["state"], "warning");
    let body = json!({ "name": "接口", "organisation_id": ground.province });
    server.api_key(&ground.admin, body).await;
    let found = look(server);
    assert_eq!(
        news(&well, &found),
        [("api_keys_without_expiry", "warning")]
    );
    let well = found;

    let days_ago = match server.database() {
        Database::Sqlite => "datetime('now', '-40 days')",
        Database::Postgres => "now() - interval '40 days'",
    };
    server
        .execute(&format!(
            "UPDATE setup_code SET used_at = NULL, created_at = {days_ago}"
        ))
        .await;
    let found = look(server);
    assert_eq!(news(&well, &found), [("setup_code", "warning")]);
    let well = found;

    server
        .execute(&format!("UPDATE account SET created_at = {days_ago}"))
        .await;
    assert!(news(&well, &look(server)).is_empty(), "they are logged in");
    server.execute("DELETE FROM session").await;
    assert_eq!(news(&well, &look(server)), [("unused_accounts", "warning")]);
});
