//! Backup and restore, as an operator does them.

use std::{path::Path, process::Output};

use serde_json::{Value, json};
use tests::{Client, Database, Program, Server, database::Home, on_both};

use crate::journal::offline::Desk;

fn run(server: &Server, arguments: &[&str], file: &Path) -> Output {
    let mut command = server.operate(arguments[0]);
    command.args(&arguments[1..]).arg(file).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

on_both!(
    a_backup_taken_while_the_server_writes_is_sound,
    async |server| {
        let ground = server.ground().await;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("depot.backup");
        let body = |number: u32| {
            serde_json::json!({
                "code": format!("T{number}"), "name": "乡镇", "level": "township", "parent_id": ground.county,
            })
        };
        let before = ground
            .steward
            .post("/v1/organisations", body(0))
            .await
            .expect(201);
        // The server writes on while the copy is made.
        let (writing, backed_up) = tokio::join!(
            async {
                for number in 1..40 {
                    let steward = &ground.steward;
                    steward
                        .post("/v1/organisations", body(number))
                        .await
                        .expect(201);
                }
            },
            tokio::task::spawn_blocking({
                let mut command = server.operate("backup");
                command.arg("--out").arg(&file);
                move || command.output().unwrap()
            })
        );
        let () = writing;
        let backed_up = backed_up.unwrap();
        assert!(backed_up.status.success(), "{}", said(&backed_up));
        assert!(!directory.path().join("depot.backup.partial").exists());
        let again = run(server, &["backup", "--out"], &file);
        assert_eq!(again.status.code(), Some(1), "{}", said(&again));

        // A damaged copy is refused, and so is one whose checksum is missing.
        let bytes = std::fs::read(&file).unwrap();
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 2] ^= 1;
        std::fs::write(&file, &damaged).unwrap();
        let place = Home::empty(server.database()).await;
        let there = |subcommand: &str| {
            let mut command = server.operate(subcommand);
            command
                .env("RELIEF_DEPOT_DATA_DIRECTORY", place.directory.path())
                .env("RELIEF_DEPOT_DATABASE_URL", &place.url);
            command
        };
        let refused = there("restore").arg(&file).output().unwrap();
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains("SHA-256"), "{}", said(&refused));
        std::fs::write(&file, &bytes).unwrap();

        // A PostgreSQL database that holds something is not written over, nor a file in use.
        let why = match server.database() {
            Database::Postgres => "not empty",
            Database::Sqlite => "in use",
        };
        let refused = run(server, &["restore"], &file);
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains(why), "{}", said(&refused));
        let restored = there("restore").arg(&file).output().unwrap();
        assert!(restored.status.success(), "{}", said(&restored));
        // What came back adds up and is what was backed up.
        let verified = there("verify").output().unwrap();
        assert!(verified.status.success(), "{}", said(&verified));
        let listed = there("export")
            .args(["organisations", "--out", "-"])
            .output()
            .unwrap();
        let id = before["id"].as_str().unwrap();
        assert!(said(&listed).contains(id), "{}", said(&listed));
        place.remove().await;
    }
);

async fn checkpoint(client: &Client) -> Value {
    client.get("/v1/checkpoints/latest").await.expect(200)
}

/// What a witness is told who holds this checkpoint.
async fn forked(witness: &Client, held: &Value) -> Value {
    let body = json!({ "checkpoint": held["note"] });
    let told = witness.post("/v1/checkpoints/compare", body).await;
    told.refused(409, "journal-forked")
}

on_both!(a_backup_that_is_put_back_shows_as_a_fork, async |server| {
    let relief = server.relief().await;
    server.seal().await;
    let desk = Desk::of(server);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("depot.backup");
    let backed_up = run(server, &["backup", "--out"], &file);
    assert!(backed_up.status.success(), "{}", said(&backed_up));
    // What happens next is witnessed, and lost.
    let receive = async |worker: &Client, quantity: i64| {
        worker
            .receive(&relief.depot, &relief.item, quantity, json!({}))
            .await
    };
    receive(&relief.worker, 7).await;
    server.seal().await;
    let held = checkpoint(&relief.worker).await;
    let witness = desk.file("witness", held["note"].as_str().unwrap());

    // The old one in its place, with the keys that always signed.
    let place = Home::empty(server.database()).await;
    for key in ["journal.key", "secrets.key"] {
        let from = server.home().directory.path().join(key);
        if from.exists() {
            std::fs::copy(from, place.directory.path().join(key)).unwrap();
        }
    }
    let restored = place.operate("restore").arg(&file).output().unwrap();
    assert!(restored.status.success(), "{}", said(&restored));
    let export = || {
        let exported = place.operate("journal").arg("export").output().unwrap();
        assert!(exported.status.success(), "{}", said(&exported));
        String::from_utf8(exported.stdout).unwrap()
    };
    let program = Program::start(&mut place.operate("serve"));
    let worker = Client::new(program.address).with_token(relief.worker.token());
    let told = forked(&worker, &held).await;
    assert!(
        told["sealed_size"].as_u64() < told["size"].as_u64(),
        "it is too short at first: {told}"
    );
    let (code, told) = desk.export(&export(), Some(&witness));
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("it has forked"), "{told}");

    // It goes on differently, past what the witness holds.
    receive(&worker, 8).await;
    receive(&worker, 9).await;
    let began = std::time::Instant::now();
    while checkpoint(&worker).await["size"].as_u64() <= held["size"].as_u64() {
        assert!(began.elapsed() < tests::raw::PATIENCE, "it is sealed");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let told = forked(&worker, &held).await;
    assert_ne!(told["root"], told["given_root"], "{told}");
    let (code, told) = desk.export(&export(), Some(&witness));
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("history was rewritten"), "{told}");
    // Without a witness nothing speaks against it.
    let (code, told) = desk.export(&export(), None);
    assert_eq!(code, Some(0), "{told}");
    let verified = place.operate("verify").output().unwrap();
    assert!(verified.status.success(), "{}", said(&verified));
    program.kill();
    place.remove().await;
});
