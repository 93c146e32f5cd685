//! The second implementation: `tools/verify.py` on an export.
//!
//! `JOURNAL_ENTRIES=…` makes so many entries at least; `make agree` makes many.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Instant,
};

use serde_json::{Value, json};
use tests::{Client, Database, Server, dice::setting, on_both};

use super::{Scene, entries, latest, scene};

const ENTRIES: i64 = 1_200;
const PROOFS: u64 = 5;

fn verify(arguments: &[&str]) -> (Option<i32>, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/verify.py");
    let mut command = Command::new("python3");
    let output = command.arg("-B").arg(script).args(arguments).output();
    let output = output.expect("Python is there");
    (output.status.code(), said(&output))
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

fn operated(server: &Server, arguments: &[&str]) -> String {
    let mut command = server.operate("journal");
    let output = command
        .args(arguments)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).expect("its output is text")
}

/// An auditor's desk: a directory, and the key that was taken down on paper.
pub(crate) struct Desk {
    directory: tempfile::TempDir,
    key: String,
}

impl Desk {
    pub(crate) fn of(server: &Server) -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            key: operated(server, &["key"]).trim().to_owned(),
        }
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Checks an export that says `text`.
    pub(crate) fn export(&self, text: &str, witness: Option<&Path>) -> (Option<i32>, String) {
        let file = self.file("changed.jsonl", text);
        let mut arguments = vec![file.to_str().unwrap(), "--key", &self.key];
        if let Some(witness) = witness {
            arguments.extend(["--witness", witness.to_str().unwrap()]);
        }
        verify(&arguments)
    }

    async fn proof(&self, client: &Client, path: &str) -> Value {
        let proof = client.get(path).await.expect(200);
        let (code, said) = self.checked(&proof);
        assert_eq!(code, Some(0), "{said}");
        proof
    }

    pub(crate) fn checked(&self, proof: &Value) -> (Option<i32>, String) {
        let file = self.file("proof.json", &proof.to_string());
        verify(&["--proof", file.to_str().unwrap(), "--key", &self.key])
    }
}

// Copies of what is sealed, under ids of their own, until there are so many entries: posting a hundred
// thousand would take most of an hour.
async fn multiply(server: &Server, entries: i64) {
    let sealed = server.number("SELECT size FROM journal_tree").await;
    if entries <= sealed {
        return;
    }
    let missing = entries - sealed;
    let id = match server.database() {
        Database::Sqlite => "RANDOMBLOB(16)",
        Database::Postgres => "GEN_RANDOM_UUID()",
    };
    let copies = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {missing}) \
         INSERT INTO journal (id, recorded_at, command, principal, organisation_id, subject, \
         request_id, idempotency_key, body) SELECT {id}, j.recorded_at, j.command, j.principal, \
         j.organisation_id, j.subject, 'copy-' || n.i, j.idempotency_key, j.body FROM n \
         JOIN journal_position p ON p.position = n.i % {sealed} JOIN journal j ON j.id = p.entry_id"
    );
    server.execute(&copies).await;
    let wait = "INSERT INTO journal_waiting SELECT id FROM journal WHERE request_id LIKE 'copy-%'";
    server.execute(wait).await;
    server.seal().await;
}

async fn agree(server: &Server) {
    let Scene {
        relief, auditor, ..
    } = scene(server).await;
    let held = latest(&auditor).await;
    // Past the end of a tile.
    for _ in 0..260 {
        let lot = relief
            .worker
            .receive(&relief.depot, &relief.item, 1, json!({}));
        lot.await;
    }
    server.seal().await;
    server.prove().await;
    multiply(server, setting("JOURNAL_ENTRIES", ENTRIES)).await;
    let desk = Desk::of(server);
    let witness = desk.file("witness", held["note"].as_str().unwrap());
    let started = Instant::now();
    let export = operated(server, &["export"]);
    let (exported, bytes) = (started.elapsed(), export.len());
    let checkpoints = export.matches("\"kind\":\"checkpoint\"").count();
    let started = Instant::now();
    let (code, said) = desk.export(&export, Some(&witness));
    let checked = started.elapsed();
    assert_eq!(code, Some(0), "{said}");
    eprintln!(
        "{said}{bytes} bytes with {checkpoints} checkpoints, exported in {exported:.1?}, checked in {checked:.1?}"
    );
    let size = latest(&auditor).await["size"].as_u64().unwrap();
    assert!(
        size > 256 && said.starts_with(&format!("{size} entries")),
        "{said}"
    );

    // The first bad entry is named, whatever was changed of it.
    let (position, entry) = entries(&auditor).await[7].clone();
    let line = export
        .lines()
        .find(|line| line.contains(&format!("\"id\":\"{entry}\"")));
    let line = line.unwrap();
    let row: Value = serde_json::from_str(line).unwrap();
    for member in row["entry"].as_object().unwrap().keys() {
        let mut changed = row.clone();
        changed["entry"][member] = json!("changed");
        let (code, said) = desk.export(&export.replace(line, &changed.to_string()), None);
        assert_eq!(code, Some(3), "{member}: {said}");
        assert!(said.contains(&format!("position {position}:")), "{said}");
    }
    let (code, said) = desk.export(&export.replace(&format!("{line}\n"), ""), None);
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains(&format!("position {position} is missing")),
        "{said}"
    );
    let cut: String = export
        .lines()
        .take(20)
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(desk.export(&cut, None).0, Some(3));
    assert_eq!(desk.export("", None).0, Some(3));
    let mut stranger = desk.key.clone();
    stranger.replace_range(..1, "x");
    assert_eq!(
        verify(&[witness.to_str().unwrap(), "--key", &stranger]).0,
        Some(3)
    );

    proofs_agree(&desk, &auditor, size).await;
    let proof = desk
        .proof(&auditor, &format!("/v1/journal-entries/{entry}/proof"))
        .await;
    let mut other = proof.clone();
    other["leaf"] = json!(proof["leaf"].as_str().unwrap().replace(&entry, "entry_x"));
    assert_eq!(desk.checked(&other).0, Some(3));
    let path = format!("/v1/checkpoints/consistency?from={}", held["size"]);
    let proof = desk.proof(&auditor, &path).await;
    let mut other = proof.clone();
    other["from_root"] = proof["checkpoint"]["root"].clone();
    assert_eq!(desk.checked(&other).0, Some(3));
    let started = Instant::now();
    let report = server.verify_journal().await;
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    eprintln!("checked by the server itself in {:.1?}", started.elapsed());
}

// Proofs that came over HTTP, from the first entry to the last.
async fn proofs_agree(desk: &Desk, auditor: &Client, size: u64) {
    for place in 0..=PROOFS {
        let from = (size - 1) * place / PROOFS;
        let path = format!("/v1/events?from={from}&limit=1");
        let page = auditor.get(&path).await.expect(200);
        // Those that the auditor does not see are passed over.
        let Some(event) = page["items"].get(0) else {
            continue;
        };
        let entry = event["entry"]["id"].as_str().unwrap();
        let path = format!("/v1/journal-entries/{entry}/proof");
        assert_eq!(
            desk.proof(auditor, &path).await["position"],
            event["position"]
        );
    }
}

on_both!(python_agrees_with_the_server, async |server| {
    agree(server).await;
});

on_both!(
    python_agrees_by_the_chinese_standards_too,
    ["crypto_suite" = "gm"],
    async |server| {
        agree(server).await;
    }
);

on_both!(
    the_key_lies_outside_and_fits_its_journal,
    ["crypto_suite" = "std"],
    async |server| {
        use std::os::unix::fs::PermissionsExt as _;
        scene(server).await;
        let file = server.home().directory.path().join("journal.key");
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let secret = std::fs::read_to_string(&file).unwrap();
        let public = operated(server, &["key"]);
        assert!(
            secret.starts_with("PRIVATE+KEY+") && !public.contains("PRIVATE"),
            "{public}"
        );
        // Of another suite, or another journal's: the server says so and does not begin.
        let serve = |suite: &str| {
            let mut command = server.operate("serve");
            command
                .env("RELIEF_DEPOT_LISTEN", "127.0.0.1:0")
                .env("RELIEF_DEPOT_CRYPTO_SUITE", suite);
            command.output().unwrap()
        };
        let refused = serve("gm");
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            said(&refused).contains("crypto_suite"),
            "{}",
            said(&refused)
        );
        std::fs::write(&file, "PRIVATE+KEY+another+00000000+AQ==\n").unwrap();
        let refused = serve("std");
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains("journal.key"), "{}", said(&refused));
        // A second key signs beside the first.
        std::fs::write(&file, &secret).unwrap();
        let origin = public.split('+').next().unwrap();
        let suite = domain::journal::CryptoSuite::Std;
        let fresh = domain::journal::SigningKey::new(origin, suite, [9; 32]).unwrap();
        std::fs::write(&file, format!("{secret}{}\n", fresh.reveal())).unwrap();
        let admin = server.admin().await;
        let steward = server.person(&["data_steward"], &server.root().await).await;
        server.seal().await;
        let keys = admin.get("/v1/journal-keys").await.expect(200);
        assert_eq!(keys["keys"].as_array().unwrap().len(), 2, "{keys}");
        let note = latest(&steward).await["note"].as_str().unwrap().to_owned();
        let note = domain::journal::Note::parse(&note).unwrap();
        note.check([fresh.public()]).unwrap();
        note.check([&public.trim().parse().unwrap()]).unwrap();
        server.prove().await;
    }
);
