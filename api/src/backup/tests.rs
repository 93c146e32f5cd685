//! The way there and back on the embedded database.

use std::fs;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{app::App, clock::Clock, migrate};

use super::*;

fn config(directory: &Path) -> Config {
    let directory = directory.display().to_string();
    let set = [("RELIEF_DEPOT_DATA_DIRECTORY".to_owned(), directory)];
    Config::load(None, set).unwrap()
}

async fn divisions(config: &Config) -> i64 {
    let app = App::open(config.clone(), Clock::default()).await.unwrap();
    let count = Statement::from_string(DbBackend::Sqlite, "SELECT COUNT(*) FROM division");
    let row = app.db.read().query_one_raw(count).await.unwrap().unwrap();
    let counted = row.try_get_by_index(0).unwrap();
    app.db.close().await.unwrap();
    counted
}

async fn run(config: &Config, sql: &str) {
    let app = App::open(config.clone(), Clock::default()).await.unwrap();
    let statement = Statement::from_string(DbBackend::Sqlite, sql);
    app.db.writer().execute_raw(statement).await.unwrap();
    app.db.close().await.unwrap();
}

#[tokio::test]
async fn a_backup_comes_back_whole_and_what_it_replaces_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let app = App::open(config.clone(), Clock::default()).await.unwrap();
    migrate::migrate(&app).await.unwrap();
    let file = directory.path().join("a 100 % sound?.backup");
    // The server still has the database open, with commits in its write-ahead log.
    let backed_up = back_up(&config, &file, &|_, _| {}).await.unwrap();
    assert_eq!(backed_up.bytes, fs::metadata(&file).unwrap().len());
    assert!(!beside(&file, ".partial").exists());
    let again = back_up(&config, &file, &|_, _| {}).await.unwrap_err();
    assert!(again.to_string().contains("exists already"), "{again}");
    app.db.close().await.unwrap();

    let whole = divisions(&config).await;
    run(&config, "DELETE FROM division").await;
    let now = Clock::default().now();
    let restored = restore(&config, &file, now, &|_, _| {}).await.unwrap();
    assert_eq!(restored.behind, 0);
    assert!(restored.up_to.is_some());
    assert_eq!(divisions(&config).await, whole);

    // What was replaced can itself be opened, and is what it was.
    let kept = restored.before.unwrap();
    let database = storage::sqlite_file(&config).unwrap();
    fs::rename(&kept, &database).unwrap();
    assert_eq!(divisions(&config).await, 0);
}

#[tokio::test]
async fn what_is_not_sound_is_refused_before_anything_is_touched() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let app = App::open(config.clone(), Clock::default()).await.unwrap();
    migrate::migrate(&app).await.unwrap();
    app.db.close().await.unwrap();
    let file = directory.path().join("sound.backup");
    back_up(&config, &file, &|_, _| {}).await.unwrap();
    let sound = fs::read(&file).unwrap();
    let database = storage::sqlite_file(&config).unwrap();
    let live = fs::read(&database).unwrap();
    let now = Clock::default().now();

    // A bit that turned over; a file whose checksum was made anew, as a forger or a fool would.
    let mut turned = sound.clone();
    turned[sound.len() / 2] ^= 1;
    let torn = sound[..sound.len() / 2].to_vec();
    let sums = beside(&file, ".sha256");
    let (other, tables) = (directory.path().join("other"), "CREATE TABLE a (b)");
    fs::create_dir(&other).unwrap();
    let other = self::config(&other);
    run(&other, tables).await;
    let foreign = fs::read(storage::sqlite_file(&other).unwrap()).unwrap();
    let cases: [(&[u8], bool, &str); 5] = [
        (&turned, false, "SHA-256"),
        (&torn, false, "SHA-256"),
        (&torn, true, "corrupt"),
        (b"not a database", true, "corrupt"),
        (&foreign, true, "no database of Relief Depot"),
    ];
    let sum = fs::read(&sums).unwrap();
    for (bytes, sign, reason) in cases {
        fs::write(&file, bytes).unwrap();
        fs::write(&sums, &sum).unwrap();
        if sign {
            let sha256 = checksum::of(&file, &|_, _| {}).await.unwrap();
            checksum::write(&file, &sha256).unwrap();
        }
        let refused = restore(&config, &file, now, &|_, _| {}).await.unwrap_err();
        assert!(
            format!("{refused:#}").contains(reason),
            "{reason}: {refused:#}"
        );
    }
    fs::write(&file, &sound).unwrap();
    fs::remove_file(&sums).unwrap();
    let refused = restore(&config, &file, now, &|_, _| {}).await.unwrap_err();
    assert!(refused.to_string().contains("checksum"), "{refused}");
    assert!(fs::read(&database).unwrap() == live);
    let names: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().display().to_string())
        .filter(|name| name.contains("restor"))
        .collect();
    assert!(names.is_empty(), "{names:?}");
}

#[tokio::test]
async fn a_newer_file_and_a_directory_in_use_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let app = App::open(config.clone(), Clock::default()).await.unwrap();
    migrate::migrate(&app).await.unwrap();
    app.db.close().await.unwrap();
    let newer =
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_later', 0)";
    run(&config, newer).await;
    let file = directory.path().join("newer.backup");
    // Even the making is refused: a program that does not know the schema cannot vouch for it.
    let refused = back_up(&config, &file, &|_, _| {}).await.unwrap_err();
    assert!(
        refused.to_string().contains("m29991231_000001_later"),
        "{refused}"
    );
    assert!(!file.exists() && !beside(&file, ".partial").exists());

    run(&config, "DELETE FROM seaql_migrations WHERE applied_at = 0").await;
    back_up(&config, &file, &|_, _| {}).await.unwrap();
    // Whoever has it open, be it a server or an import, keeps a restore away.
    let open = App::open(config.clone(), Clock::default()).await.unwrap();
    let now = Clock::default().now();
    let refused = restore(&config, &file, now, &|_, _| {}).await.unwrap_err();
    assert!(refused.to_string().contains("in use"), "{refused}");
    open.db.close().await.unwrap();
    // And a restore keeps everybody away.
    let restoring = PlaceLock::alone(&config).unwrap();
    let opened = App::open(config.clone(), Clock::default()).await;
    let refused = opened.unwrap_err().to_string();
    assert!(refused.contains("being restored"), "{refused}");
    drop(restoring);
    restore(&config, &file, now, &|_, _| {}).await.unwrap();
    #[cfg(unix)]
    for private in [&file, &storage::sqlite_file(&config).unwrap()] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(private).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", private.display());
    }
}
