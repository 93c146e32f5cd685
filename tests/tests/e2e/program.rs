//! The `relief-depot` program as an operator meets it.

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    os::unix::ffi::OsStrExt as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use tests::database::program;

fn relief_depot(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .current_dir(directory)
        .env("RELIEF_DEPOT_DATA_DIRECTORY", directory.join("data"))
        .env("RELIEF_DEPOT_LISTEN", "127.0.0.1:0");
    command
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    relief_depot(directory, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_system_that_trusts_nobody_has_a_server_all_the_same() {
    let home = tempfile::tempdir().unwrap();
    let output = relief_depot(home.path(), &["migrate"])
        .env("SSL_CERT_FILE", "/nonexistent")
        .env("SSL_CERT_DIR", "/nonexistent")
        .output()
        .unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("nobody can be called by https"), "{said}");
}

#[test]
fn bad_settings_are_all_told_and_end_with_2() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("relief-depot.toml");
    std::fs::write(&file, "log_format = \"xml\"\ncolour = \"red\"\n").unwrap();
    let output = relief_depot(home.path(), &["serve"])
        .env("RELIEF_DEPOT_CONNECTIONS_MAX", "0")
        .env("RELIEF_DEPOT_LISTNE", "127.0.0.1:1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "");
    let said = text(&output.stderr);
    for part in [
        "log_format",
        "colour",
        "connections_max",
        "RELIEF_DEPOT_LISTNE",
        "4 mistake",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!home.path().join("data").exists());
}

#[test]
fn a_settings_file_that_was_named_must_be_there() {
    let home = tempfile::tempdir().unwrap();
    let output = relief_depot(home.path(), &["migrate", "--config", "missing.toml"])
        .env("RELIEF_DEPOT_LOG_FILTER", "api=loud")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.contains("missing.toml") && said.contains("log_filter"),
        "{said}"
    );
}

#[test]
fn variables_that_are_no_text_are_a_mistake_if_they_are_ours() {
    let home = tempfile::tempdir().unwrap();
    let garbage = OsStr::from_bytes(b"\xff");
    let output = relief_depot(home.path(), &["config"])
        .env("OTHER", garbage)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let output = relief_depot(home.path(), &["config"])
        .env("RELIEF_DEPOT_LANGUAGE", garbage)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("RELIEF_DEPOT_LANGUAGE"));
}

#[test]
fn whoever_stops_reading_is_no_failure() {
    let home = tempfile::tempdir().unwrap();
    let mut printing = relief_depot(home.path(), &["openapi"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(printing.stdout.take());
    let output = printing.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn who_only_looks_makes_no_database() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["verify"][..],
        &["export", "depots", "--out", "depots.csv"],
    ] {
        let output = run(home.path(), arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = text(&output.stderr);
        assert!(said.contains("no database"), "{said}");
        assert!(std::fs::read_dir(home.path()).unwrap().next().is_none());
    }
}

#[test]
fn an_import_that_is_not_accepted_differs_from_one_that_failed() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("depots.xlsx");
    let file = file.to_str().unwrap();
    let made = run(home.path(), &["import", "--template", "depots", file]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    assert!(!home.path().join("data").exists());
    let again = run(home.path(), &["import", "--template", "depots", file]);
    assert_eq!(again.status.code(), Some(1), "{}", text(&again.stderr));

    let list = home.path().join("organisations.csv");
    std::fs::write(&list, "code,name,level\nR,Root,galactic\n").unwrap();
    let list = list.to_str().unwrap();
    let refused = run(home.path(), &["import", "organisations", list]);
    assert_eq!(refused.status.code(), Some(3), "{}", text(&refused.stderr));
    // A file that is no table has one reason, and it is said once.
    let picture = home.path().join("picture.csv");
    std::fs::write(&picture, b"\x89PNG\r\n\x1a\n\0").unwrap();
    let refused = run(
        home.path(),
        &["import", "organisations", picture.to_str().unwrap()],
    );
    assert_eq!(refused.status.code(), Some(3));
    assert_eq!(text(&refused.stderr).lines().count(), 1, "{refused:?}");
    let unknown = home.path().join("unknown.csv");
    std::fs::write(&unknown, "code,name,level,flag\nR,Root,national,red\n").unwrap();
    let unknown = unknown.to_str().unwrap();
    let refused = run(home.path(), &["import", "organisations", unknown]);
    assert_eq!(refused.status.code(), Some(3));
    let said = text(&refused.stderr);
    assert!(said.contains("--ignore-unknown-columns"), "{said}");
    let passed = [
        "import",
        "organisations",
        unknown,
        "--ignore-unknown-columns",
    ];
    let passed = run(home.path(), &passed);
    assert_eq!(passed.status.code(), Some(0), "{passed:?}");
    assert!(text(&passed.stdout).contains("单位 1"), "{passed:?}");
    let out = home.path().join("list.csv");
    let exported = run(
        home.path(),
        &["export", "organisations", "--out", out.to_str().unwrap()],
    );
    assert_eq!(exported.status.code(), Some(0), "{exported:?}");
    assert_eq!(text(&exported.stderr), "", "no lines of a server");
    let away = relief_depot(home.path(), &["import", "organisations", list])
        .env("RELIEF_DEPOT_DATABASE_URL", "postgres://localhost:1/none")
        .env("RELIEF_DEPOT_DATABASE_WAIT_S", "1")
        .output()
        .unwrap();
    assert_eq!(away.status.code(), Some(1), "{}", text(&away.stderr));
}

#[test]
fn a_stop_is_heard_while_another_process_migrates() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let lock = std::fs::File::create(data.join("relief-depot.sqlite.migrate.lock")).unwrap();
    lock.lock().unwrap();
    let mut server = relief_depot(home.path(), &["serve"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let waits = lines
        .map_while(Result::ok)
        .any(|line| line.contains("waiting for another process"));
    assert!(waits);
    let told = Command::new("kill")
        .args(["-TERM", &server.id().to_string()])
        .status()
        .unwrap();
    assert!(told.success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

#[test]
fn a_bad_command_line_ends_with_2_and_help_with_0() {
    let home = tempfile::tempdir().unwrap();
    let output = run(home.path(), &["sevre"]);
    assert_eq!(output.status.code(), Some(2));
    let output = run(home.path(), &["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = text(&output.stdout);
    let (_, codes) = help.split_once("Exit codes:").unwrap();
    for code in ["0", "1", "2", "3"] {
        assert!(codes.contains(&format!("\n  {code}  ")), "{code}: {codes}");
    }
    for command in [
        "serve",
        "migrate",
        "export",
        "backup",
        "restore",
        "demo",
        "import",
        "verify",
        "openapi",
        "config",
        "selfcheck",
    ] {
        assert!(help.contains(command), "{command}");
        let help = run(home.path(), &[command, "--help"]);
        let said = text(&help.stdout);
        assert!(help.status.success(), "{command}");
        assert!(said.contains("Example: "), "{command}: {said}");
    }
}

#[test]
fn migrate_lists_and_applies() {
    let home = tempfile::tempdir().unwrap();
    let listed = run(home.path(), &["migrate", "--list"]);
    assert!(listed.status.success(), "{}", text(&listed.stderr));
    let names = text(&listed.stdout);
    assert!(
        names
            .lines()
            .next()
            .is_some_and(|name| name.starts_with("m2026")),
        "{names}"
    );
    assert_eq!(
        text(&run(home.path(), &["migrate", "--list"]).stdout),
        names
    );
    let applied = text(&run(home.path(), &["migrate"]).stdout);
    let count = names.lines().count();
    assert!(
        applied.ends_with(&format!("{count} migration(s) applied\n")),
        "{applied}"
    );
    assert_eq!(text(&run(home.path(), &["migrate", "--list"]).stdout), "");
    let again = text(&run(home.path(), &["migrate"]).stdout);
    assert_eq!(again, "0 migration(s) applied\n");
}

#[test]
fn openapi_prints_the_committed_document() {
    let home = tempfile::tempdir().unwrap();
    let output = run(home.path(), &["openapi"]);
    assert!(output.status.success());
    let committed = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../openapi/relief-depot.v1.json"
    );
    let committed = std::fs::read_to_string(committed).unwrap();
    assert!(
        text(&output.stdout) == committed,
        "the two differ: `make openapi`"
    );
}

#[test]
fn config_prints_settings_that_can_be_read_back() {
    let home = tempfile::tempdir().unwrap();
    let printed = run(home.path(), &["config"]);
    assert!(printed.status.success());
    std::fs::write(home.path().join("relief-depot.toml"), &printed.stdout).unwrap();
    let read = run(home.path(), &["migrate", "--list"]);
    assert!(read.status.success(), "{}", text(&read.stderr));
}

#[test]
fn serve_tells_the_code_and_the_address_and_stops_when_told() {
    let home = tempfile::tempdir().unwrap();
    let mut server = relief_depot(home.path(), &["serve"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let code = lines.next().unwrap().unwrap();
    let code = code.strip_prefix("setup code: ").unwrap();
    assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 4]);
    let listening = lines.next().unwrap().unwrap();
    assert!(
        listening.starts_with("listening on http://127.0.0.1:"),
        "{listening}"
    );
    let told = Command::new("kill")
        .args(["-TERM", &server.id().to_string()])
        .status()
        .unwrap();
    assert!(told.success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
    // A second server on a database that cannot be opened ends with 1.
    let output = relief_depot(home.path(), &["serve"])
        .env("RELIEF_DEPOT_DATABASE_URL", "postgres://localhost:1/none")
        .env("RELIEF_DEPOT_DATABASE_WAIT_S", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
}
