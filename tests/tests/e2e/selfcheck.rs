//! `relief-depot selfcheck`: a fresh installation is well, and whatever is made wrong is told in its
//! own row and in no other.

mod credentials;

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
    time::Duration,
};

use serde_json::{Value, json};
use tests::{Client, Database, Program, Server, database::Home, on_both, people::setup_body};

type Rows = BTreeMap<String, Value>;

// The rows of a report, and what the exit code must be for them.
fn rows(command: &mut Command) -> Rows {
    let output = command.arg("--json").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let report: Value = serde_json::from_str(&told).unwrap_or_else(|error| {
        let complaint = String::from_utf8_lossy(&output.stderr);
        panic!("{error}: {told}{complaint}")
    });
    let list = report["rows"].as_array().unwrap();
    let rows: Rows = list
        .iter()
        .map(|row| (row["id"].as_str().unwrap().to_owned(), row.clone()))
        .collect();
    assert_eq!(rows.len(), list.len(), "each row stands there once");
    for row in list {
        for member in ["zh", "en"] {
            assert!(!row[member].as_str().unwrap().is_empty(), "{row}");
        }
    }
    let is_faulty = list.iter().any(|row| row["state"] == "fault");
    assert_eq!(output.status.code(), Some(if is_faulty { 3 } else { 0 }));
    rows
}

fn in_state<'a>(rows: &'a Rows, state: &str) -> Vec<&'a str> {
    let found = rows.iter().filter(|(_, row)| row["state"] == state);
    found.map(|(id, _)| id.as_str()).collect()
}

// The rows that are in another state than before, with that state.
fn news<'a>(before: &Rows, after: &'a Rows) -> Vec<(&'a str, &'a str)> {
    assert!(before.keys().eq(after.keys()), "the rows are the same");
    let news = after
        .iter()
        .filter(|(id, row)| before[*id]["state"] != row["state"]);
    news.map(|(id, row)| (id.as_str(), row["state"].as_str().unwrap()))
        .collect()
}

// The database of the tests does not flush its files, and says so.
fn known_faults(database: Database) -> &'static [&'static str] {
    match database {
        Database::Sqlite => &[],
        Database::Postgres => &["database_durability"],
    }
}

// The real program in a place where nothing was before, set up and looked at.
async fn fresh(database: Database, settings: &[(&str, &str)]) {
    let home = Home::empty(database).await;
    let data = home.directory.path().join("depot/data");
    let place = |subcommand: &str| {
        let mut command = home.operate(subcommand);
        command
            .env("RELIEF_DEPOT_DATA_DIRECTORY", &data)
            .envs(settings.iter().copied())
            .current_dir(home.directory.path());
        command
    };
    let selfcheck = |arguments: &[&str]| {
        let mut command = place("selfcheck");
        command.args(arguments);
        command
    };
    let program = Program::start(&mut place("serve"));
    let client = Client::new(program.address);
    let waiting = rows(&mut selfcheck(&[]));
    let mut body = setup_body(&program.setup_code);
    body["account"]["password"] = "Seven bins of rain boots, 7!".into();
    client.post("/v1/setup", body).await.expect(201);
    let found = rows(&mut selfcheck(&[]));
    assert_eq!(
        in_state(&found, "fault"),
        known_faults(database),
        "{found:#?}"
    );
    assert!(in_state(&found, "warning").is_empty(), "{found:#?}");
    assert!(news(&waiting, &found).is_empty());
    let told = |rows: &Rows, id: &str| rows[id]["evidence"].as_str().unwrap().to_owned();
    assert!(!told(&waiting, "setup_code").contains("spent"));
    assert!(told(&found, "setup_code").contains("spent"));
    assert!(told(&found, "data_directory_permissions").ends_with(" 0700"));
    assert!(told(&found, "signing_key_permissions").ends_with(" 0600"));
    // Nobody gave it a copy of the advisories, and nobody made a backup.
    for id in ["advisories", "last_backup"] {
        assert_eq!(found[id]["state"], "not_checked");
    }

    let chinese = rows(&mut selfcheck(&["--profile", "cn"]));
    let mut faults = known_faults(database).to_vec();
    if settings.is_empty() {
        faults.extend(["cn_crypto_suite", "cn_account_policy"]);
    }
    faults.sort_unstable();
    assert_eq!(in_state(&chinese, "fault"), faults, "{chinese:#?}");
    assert_eq!(chinese["cn_administrators_apart"]["state"], "warning");
    for (id, row) in chinese.iter().filter(|(id, _)| id.starts_with("cn_")) {
        assert!(row["source"].is_string(), "{id}");
    }

    let text = selfcheck(&[]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("\nok           listen_address: 只在本机监听 / it listens"),
        "{text}"
    );
    assert!(
        text.lines()
            .last()
            .unwrap()
            .starts_with(&format!("{} rows: ", found.len())),
        "{text}"
    );
    program.kill();
    home.remove().await;
}

#[test]
fn a_fresh_installation_is_well_on_sqlite() {
    block_on(fresh(Database::Sqlite, &[]));
}

#[test]
fn a_fresh_installation_is_well_on_postgres() {
    block_on(fresh(Database::Postgres, &[]));
}

#[test]
fn a_fresh_installation_by_the_chinese_rules_is_well() {
    let settings = [
        ("RELIEF_DEPOT_CRYPTO_SUITE", "gm"),
        ("RELIEF_DEPOT_ACCOUNT_POLICY", "cn-mlps"),
        ("RELIEF_DEPOT_SESSION_IDLE_S", "1800"),
    ];
    block_on(fresh(Database::Sqlite, &settings));
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(test);
}

fn look(server: &Server) -> Rows {
    rows(&mut server.operate("selfcheck"))
}

fn look_with(server: &Server, name: &str, value: &str) -> Rows {
    rows(server.operate("selfcheck").env(name, value))
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

on_both!(what_others_may_read_or_change_is_told, async |server| {
    server.ground().await;
    server.seal().await;
    let home = server.home().directory.path();
    chmod(home, 0o700);
    let well = look(server);
    assert_eq!(in_state(&well, "fault"), known_faults(server.database()));
    let (key, database) = (home.join("journal.key"), home.join("relief-depot.sqlite"));
    let backup = home.join("monday.backup");
    fs::write(&backup, "names and telephone numbers").unwrap();
    chmod(&backup, 0o600);
    assert!(news(&well, &look(server)).is_empty());
    let mut cases = vec![
        (&key, 0o644, "signing_key_permissions", "fault"),
        (&key, 0o620, "signing_key_permissions", "fault"),
        (&backup, 0o640, "data_files_permissions", "fault"),
    ];
    if server.database() == Database::Sqlite {
        cases.push((&database, 0o604, "database_file_permissions", "fault"));
    }
    for (file, mode, id, state) in cases {
        chmod(file, mode);
        assert_eq!(news(&well, &look(server)), [(id, state)], "{mode:o}");
        chmod(file, 0o600);
    }
    for (mode, state) in [(0o777, "fault"), (0o720, "fault"), (0o755, "warning")] {
        chmod(home, mode);
        let id = "data_directory_permissions";
        assert_eq!(news(&well, &look(server)), [(id, state)], "{mode:o}");
        chmod(home, 0o700);
    }

    let elsewhere = tempfile::tempdir().unwrap();
    let settings = elsewhere.path().join("depot.toml");
    let secret = "database_url = \"postgres://depot:hidden-word@localhost/depot\"\n";
    for (text, mode, expected) in [
        ("language = \"en\"\n", 0o644, None),
        ("language = \"en\"\n", 0o664, Some("fault")),
        (secret, 0o600, None),
        (secret, 0o644, Some("fault")),
    ] {
        fs::write(&settings, text).unwrap();
        chmod(&settings, mode);
        let found = look_with(server, "RELIEF_DEPOT_CONFIG", settings.to_str().unwrap());
        let expected = expected.map(|state| ("settings_file_permissions", state));
        assert_eq!(
            news(&well, &found),
            Vec::from_iter(expected),
            "{text} {mode:o}"
        );
        assert!(!json!(found).to_string().contains("hidden-word"));
    }
});

on_both!(
    who_can_be_reached_and_is_called_is_told,
    ["webhook_hosts" = ""],
    async |server| {
        let ground = server.ground().await;
        let well = look(server);
        for (setting, value, id, state) in [
            (
                "RELIEF_DEPOT_LISTEN",
                "0.0.0.0:7420",
                "listen_address",
                "fault",
            ),
            (
                "RELIEF_DEPOT_LISTEN",
                "10.0.0.1:7420",
                "listen_address",
                "warning",
            ),
            (
                "RELIEF_DEPOT_OSRM_URL",
                "http://router.example",
                "routing_servers",
                "warning",
            ),
        ] {
            let found = look_with(server, setting, value);
            assert_eq!(news(&well, &found), [(id, state)], "{setting}");
        }
        let body = json!({
            "organisation_id": ground.province, "name": "平台", "url": "https://example.org/hook",
        });
        ground.steward.post("/v1/webhooks", body).await.expect(201);
        let found = look(server);
        assert_eq!(news(&well, &found), [("webhook_hosts", "warning")]);
        let evidence = found["webhook_hosts"]["evidence"].as_str().unwrap();
        assert!(evidence.ends_with("in use: example.org"), "{evidence}");
    }
);

on_both!(
    a_clock_and_a_schema_that_are_behind_are_told,
    async |server| {
        let ground = server.ground().await;
        let well = look(server);
        // The books were written by a clock that was ahead.
        server.clock.advance(Duration::from_secs(5_400));
        let body =
            json!({ "code": "T1", "name": "乡", "level": "township", "parent_id": ground.county });
        ground
            .steward
            .post("/v1/organisations", body)
            .await
            .expect(201);
        let found = look(server);
        assert_eq!(news(&well, &found), [("clock_after_last_entry", "fault")]);
        let well = found;
        let newest = "DELETE FROM seaql_migrations WHERE version = (SELECT MAX(version) FROM seaql_migrations)";
        server.execute(newest).await;
        assert_eq!(news(&well, &look(server)), [("migrations", "fault")]);
    }
);

on_both!(known_faults_of_libraries_are_told, async |server| {
    let well = look(server);
    let copy = tempfile::tempdir().unwrap();
    let directory = copy.path().join("crates/axum");
    fs::create_dir_all(&directory).unwrap();
    let advise = |versions: &str| {
        let text = format!(
            "```toml\n[advisory]\nid = \"RUSTSEC-2026-9999\"\npackage = \"axum\"\n\
             date = \"2026-11-20\"\n[versions]\n{versions}\n```\n\n# A fault\n"
        );
        fs::write(directory.join("RUSTSEC-2026-9999.md"), text).unwrap();
        rows(
            server
                .operate("selfcheck")
                .arg("--advisories")
                .arg(copy.path()),
        )
    };
    let found = advise("patched = [\">= 99.0.0\"]");
    assert_eq!(news(&well, &found), [("advisories", "fault")]);
    let evidence = found["advisories"]["evidence"].as_str().unwrap();
    assert!(
        evidence.contains("RUSTSEC-2026-9999 axum 0.8"),
        "{evidence}"
    );
    let found = advise("patched = [\">= 0.8.0\"]");
    // By and by the copy of this test grows old, and that is told as well.
    let [("advisories", state)] = news(&well, &found)[..] else {
        panic!("{found:#?}");
    };
    assert!(["ok", "warning"].contains(&state), "{state}");
    fs::remove_dir_all(&directory).unwrap();
    let none = rows(
        server
            .operate("selfcheck")
            .arg("--advisories")
            .arg(copy.path()),
    );
    assert_eq!(none["advisories"]["state"], "not_checked");
});
