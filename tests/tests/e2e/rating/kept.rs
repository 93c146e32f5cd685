//! What is kept of assessments: until when, and unchanged; and what is never kept.

use serde_json::{Value, json};
use tests::{client::fresh_key, on_both, raw::Wire};

use super::assessments::{DAY, PNG, city};

on_both!(a_grade_past_its_time_ends_by_itself_once, async |server| {
    let mut city = city(server).await;
    city.in_force(server).await;
    server.run_hourly_jobs().await;
    assert_eq!(city.show().await["state"], "in_force");
    server.clock.advance(1_100 * DAY);
    let other = server.beside().await;
    tokio::join!(server.run_hourly_jobs(), other.run_hourly_jobs());
    other.stop().await;
    city.log_in_again(server).await;
    let over = city.show().await;
    assert_eq!(
        (&over["state"], &over["ending"]),
        (&json!("ended"), &json!("expired"))
    );
    let ended = "SELECT COUNT(*) FROM journal WHERE command = 'rating.act_on_assessment' \
                 AND principal = 'operator:calendar'";
    assert_eq!(server.number(ended).await, 1);
    server.run_hourly_jobs().await;
    assert_eq!(server.number(ended).await, 1);
});

on_both!(
    verify_finds_what_was_changed_of_an_assessment,
    async |server| {
        let mut city = city(server).await;
        let attached = city.attach("image/png", "criterion=order&file_name=a.png", PNG.to_vec());
        attached.await.expect(200);
        city.in_force(server).await;
        let found = async || {
            let findings = server.verify().await.findings;
            findings
                .into_iter()
                .map(|finding| finding.what)
                .collect::<Vec<_>>()
        };
        assert_eq!(found().await, Vec::<String>::new());
        let told = async |sql: &str, what: &str, undo: &str| {
            server.execute(sql).await;
            let found = found().await;
            assert!(
                found.iter().any(|it| it.contains(what)),
                "{what}: {found:?}"
            );
            server.execute(undo).await;
        };
        told(
            "UPDATE assessment SET grade = 'star5'",
            "its grade is not what was decided",
            "UPDATE assessment SET grade = 'star3'",
        )
        .await;
        told(
            "UPDATE assessment SET state = 'announced'",
            "its state is not what is kept of it",
            "UPDATE assessment SET state = 'in_force'",
        )
        .await;
        told(
            "UPDATE assessment_evidence SET size_bytes = size_bytes + 1",
            "the file has another size",
            "UPDATE assessment_evidence SET size_bytes = size_bytes - 1",
        )
        .await;
        told(
            "UPDATE assessment_evidence SET sha256 = 'x' || sha256",
            "the file has another hash",
            "UPDATE assessment_evidence SET sha256 = substr(sha256, 2)",
        )
        .await;
        // The area that it was decided on, made larger: neither the hash nor the judgement fits.
        told(
            "UPDATE assessment SET facts = replace(facts, '\"1028.5\"', '\"9.5\"')",
            "the frozen facts have another hash",
            "UPDATE assessment SET facts = replace(facts, '\"9.5\"', '\"1028.5\"')",
        )
        .await;
        assert_eq!(found().await, Vec::<String>::new());
    }
);

on_both!(a_file_without_end_is_not_read_to_its_end, async |server| {
    const PIECE: usize = 1024 * 1024;
    const PIECES: usize = 100;
    let city = city(server).await;
    let mut wire = Wire::open(server.address).await;
    let head = format!(
        "POST /v1/assessments/{}/files?criterion=order&file_name=a HTTP/1.1\r\n\
         Host: localhost\r\nAuthorization: Bearer {}\r\nIdempotency-Key: {}\r\n\
         Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n",
        city.assessment,
        city.keeper.token(),
        fresh_key(),
    );
    wire.send(head.as_bytes()).await;
    let mut piece = format!("{PIECE:x}\r\n").into_bytes();
    piece.extend_from_slice(PNG);
    piece.resize(piece.len() + PIECE - PNG.len(), 0);
    piece.extend_from_slice(b"\r\n");
    let mut sent = 0;
    while sent < PIECES && wire.try_send(&piece).await {
        sent += 1;
    }
    // Ten are read, and what lies in buffers of the system.
    assert!((10..40).contains(&sent), "{sent} MiB");
    assert_eq!(city.show().await["files"], Value::Array(Vec::new()));
});
