//! What a clean run leaves, what the next one makes of it, and whom it does not believe.

use std::path::PathBuf;

use serde_json::json;
use tests::{Server, on_both};

use super::{Report, Scene, kinds, literal, named, scene, tamper, without};

fn mark(server: &Server) -> PathBuf {
    server.home().directory.path().join("verified.mark")
}

/// A run that finds nothing, and up to where it says so.
async fn clean(server: &Server, only_new: bool) -> (Report, u64) {
    let report = server.verify_by_mark(only_new).await;
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert_eq!(report.unmarked_because, None);
    let marked = report.marked.expect("a clean run leaves a mark");
    (report, marked)
}

/// A scene that was verified, and the position of its mark.
async fn verified(server: &Server) -> (Scene, u64) {
    let scene = scene(server).await;
    server.seal().await;
    let (report, marked) = clean(server, false).await;
    assert_eq!((report.since, report.whole_because), (0, None));
    (scene, marked)
}

/// An issue of 3 more of the lot.
async fn issue(server: &Server, scene: &Scene) -> String {
    let worker = server.log_in_again(&scene.relief.worker).await;
    let lines = json!([{ "lot_id": scene.relief.lot, "quantity": 3 }]);
    let body = json!({ "depot_id": scene.relief.depot, "lines": lines });
    super::made(&worker, "/v1/issues", body).await
}

async fn finds(server: &Server, only_new: bool, invariant: &str, words: &[&str]) {
    let report = server.verify_by_mark(only_new).await;
    named(&report, invariant, words);
    assert_eq!(
        report.marked, None,
        "a run that found something marks nothing"
    );
}

on_both!(
    what_is_new_is_read_and_a_fault_in_it_found,
    async |server| {
        let (scene, marked) = verified(server).await;
        let depot = scene.relief.depot.as_str();
        let (report, again) = clean(server, true).await;
        assert_eq!((report.since, report.movements, again), (marked, 0, marked));
        assert!(!report.not_seen.is_empty());
        let old = std::fs::read(mark(server)).expect("there is a mark");

        let sealed = issue(server, &scene).await;
        server.seal().await;
        let waiting = issue(server, &scene).await;
        for movement in [&sealed, &waiting] {
            let id = literal::<kinds::Movement>(server, movement);
            let line = |quantity: i64| {
                format!("UPDATE movement_line SET quantity = {quantity} WHERE movement_id = {id}")
            };
            tamper(server, &line(4)).await;
            finds(server, true, "I3", &[depot, "what moved since"]).await;
            tamper(server, &line(3)).await;
            let [gone, back] = without("movement_line", &format!("movement_id = {id}"));
            tamper(server, &gone).await;
            finds(server, true, "I1", &[movement, "no movement"]).await;
            tamper(server, &back).await;
            let entry = format!("id = (SELECT journal_id FROM movement WHERE id = {id})");
            let [gone, back] = without("journal", &entry);
            tamper(server, &gone).await;
            finds(server, true, "I8", &["entry_"]).await;
            tamper(server, &back).await;
            // By nobody's word.
            let free = "journal_id = (SELECT entry_id FROM journal_position WHERE position = 0)";
            let kept = format!("CREATE TABLE kept AS SELECT * FROM movement WHERE id = {id}");
            tamper(
                server,
                &format!("{kept}; UPDATE movement SET {free} WHERE id = {id}"),
            )
            .await;
            finds(server, true, "I4", &[depot, "were verified"]).await;
            let back = format!(
                "UPDATE movement SET journal_id = (SELECT journal_id FROM kept) WHERE id = {id}; \
             DROP TABLE kept"
            );
            tamper(server, &back).await;
        }

        let (report, further) = clean(server, true).await;
        assert_eq!(
            (report.since, report.movements, report.lines),
            (marked, 2, 2)
        );
        assert!(further > marked);
        // Who puts the old mark back makes more to be read, and nothing else.
        std::fs::write(mark(server), old).expect("the mark can be written");
        let (report, _) = clean(server, true).await;
        assert_eq!(report.since, marked);
        let (report, _) = clean(server, false).await;
        assert_eq!(report.since, 0);
    }
);

on_both!(what_was_verified_and_edited_is_found, async |server| {
    let (scene, _) = verified(server).await;
    let depot = scene.relief.depot.as_str();
    issue(server, &scene).await;
    let lot = literal::<kinds::Lot>(server, &scene.relief.lot);
    let old = literal::<kinds::Movement>(server, &scene.issue);
    let shelf = |change: &str| {
        format!(
            "UPDATE balance SET on_hand = on_hand {change} \
             WHERE lot_id = {lot} AND account_kind = 'zone'"
        )
    };
    let line = |set: &str| format!("UPDATE movement_line SET {set} WHERE movement_id = {old}");

    // A balance alone.
    tamper(server, &shelf("+ 1")).await;
    finds(server, true, "I3", &[depot, "what moved since"]).await;
    finds(
        server,
        false,
        "I3",
        &[&scene.relief.lot, "the balance says"],
    )
    .await;
    tamper(server, &shelf("- 1")).await;

    // A movement and its balance alike: sums still fit; its entry tells, and the mark.
    tamper(
        server,
        &format!("{}; {}", line("quantity = 21"), shelf("- 1")),
    )
    .await;
    let report = server.verify().await;
    named(&report, "I16", &["are not what it says"]);
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    finds(server, true, "I3", &[depot, "what moved since"]).await;
    finds(
        server,
        false,
        "I4",
        &[depot, "are not those that were verified"],
    )
    .await;
    tamper(
        server,
        &format!("{}; {}", line("quantity = 20"), shelf("+ 1")),
    )
    .await;

    // A whole paper, and its balance put right.
    let [no_lines, lines] = without("movement_line", &format!("movement_id = {old}"));
    let [no_paper, paper] = without("movement", &format!("id = {old}"));
    tamper(
        server,
        &format!("{no_lines}; {no_paper}; {}", shelf("+ 20")),
    )
    .await;
    for only_new in [true, false] {
        finds(server, only_new, "I4", &[depot, "were verified"]).await;
    }
    tamper(server, &format!("{paper}; {lines}; {}", shelf("- 20"))).await;

    // An entry that is gone.
    let entry = format!("id = (SELECT journal_id FROM movement WHERE id = {old})");
    let [gone, back] = without("journal", &entry);
    tamper(server, &gone).await;
    finds(server, true, "I8", &["have a position"]).await;
    tamper(server, &back).await;

    // What a run over what is new says it does not see, the next whole one sees, by what both left.
    for (edit, undo, invariant, words) in [
        (
            line("quantity = 21"),
            line("quantity = 20"),
            "I4",
            "are not those that were verified",
        ),
        (
            format!("UPDATE movement SET programme = '夏令' WHERE id = {old}"),
            format!("UPDATE movement SET programme = NULL WHERE id = {old}"),
            "I4",
            "are not those that were verified",
        ),
        (
            format!("UPDATE journal SET request_id = request_id || 'x' WHERE {entry}"),
            format!("UPDATE journal SET request_id = REPLACE(request_id, 'x', '') WHERE {entry}"),
            "I8",
            "is not what was sealed",
        ),
    ] {
        tamper(server, &edit).await;
        clean(server, true).await;
        finds(server, false, invariant, &[words]).await;
        tamper(server, &undo).await;
        clean(server, false).await;
    }
});

on_both!(
    a_mark_that_is_not_believed_costs_a_whole_run,
    async |server| {
        let (scene, _) = verified(server).await;
        let worker = server.log_in_again(&scene.relief.worker).await;
        server.seal().await;
        let (_, marked) = clean(server, false).await;
        let path = mark(server);
        let good = std::fs::read_to_string(&path).expect("there is a mark");
        let whole = async |because: &str| {
            let (report, again) = clean(server, true).await;
            assert_eq!((report.since, again), (0, marked));
            let reason = report.whole_because.unwrap_or_default();
            assert!(reason.contains(because), "{reason}");
            let (report, _) = clean(server, true).await;
            assert_eq!((report.since, report.whole_because), (marked, None));
        };
        std::fs::remove_file(&path).expect("the mark can be removed");
        whole("there is no mark").await;
        let line = good.lines().find(|line| line.starts_with("book "));
        let line = line.expect("a depot has a book");
        for forged in [
            good.replacen(line, &line.replacen(' ', " 1", 2), 1),
            good.replacen(&format!("{line}\n"), "", 1),
            good.replacen("size ", "size 1", 1),
            good.lines().take(6).collect(),
            String::new(),
        ] {
            assert_ne!(forged, good);
            std::fs::write(&path, forged).expect("the mark can be written");
            whole("not signed by a key of this server").await;
        }
        // A checkpoint is signed by the same key, and is no mark.
        let latest = worker.get("/v1/checkpoints/latest").await.expect(200);
        let note = latest["note"].as_str().expect("a checkpoint is a note");
        std::fs::write(&path, note).expect("the mark can be written");
        whole("not signed by a key of this server").await;
    }
);

on_both!(
    a_rewritten_journal_is_not_the_one_that_was_verified,
    async |server| {
        verified(server).await;
        // By whoever has the database and the key.
        let rewritten = "UPDATE journal SET request_id = request_id || 'x' WHERE id = \
         (SELECT entry_id FROM journal_position WHERE position = 5); \
         DELETE FROM journal_position; DELETE FROM journal_tile; DELETE FROM journal_checkpoint; \
         DELETE FROM journal_key; INSERT INTO journal_waiting SELECT id FROM journal \
         WHERE id NOT IN (SELECT entry_id FROM journal_waiting); \
         UPDATE journal_tree SET size = 0";
        let (begin, end) = match server.database() {
            tests::Database::Sqlite => ("BEGIN IMMEDIATE; ", "; COMMIT"),
            tests::Database::Postgres => ("", ""),
        };
        tamper(server, &format!("{begin}{rewritten}{end}")).await;
        server.seal().await;
        assert!(server.verify().await.findings.is_empty());
        for only_new in [true, false] {
            let report = server.verify_by_mark(only_new).await;
            named(&report, "I8", &["does not begin with"]);
            assert_eq!((report.since, report.marked), (0, None));
            assert_eq!(report.whole_because.is_some(), only_new);
        }
    }
);

on_both!(the_program_says_since_when_and_why_not, async |server| {
    scene(server).await;
    server.seal().await;
    let verify = |words: &[&str]| {
        let output = server.operate("verify").args(words).output();
        let output = output.unwrap_or_else(|error| panic!("verify does not run: {error}"));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    };
    let (said, noted) = verify(&["--since-last"]);
    assert!(
        noted.contains("everything was read, because there is no mark"),
        "{noted}"
    );
    assert!(!said.contains("since position"), "{said}");
    let (said, noted) = verify(&["--since-last"]);
    // A server without fsync warns of that, and nothing else is to be said.
    assert!(!noted.contains("everything was read"), "{noted}");
    assert!(
        said.starts_with("since position ") && said.contains("everything adds up"),
        "{said}"
    );
    assert!(said.contains("not seen: "), "{said}");
    let (said, _) = verify(&["--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).expect("it is JSON");
    assert_eq!(said["since"], 0);
    assert!(said["marked"].as_u64() > Some(0), "{said}");
});
