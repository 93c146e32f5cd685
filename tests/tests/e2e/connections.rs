//! Clients that are slow, silent, broken or many.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::{
    Server, on_both,
    people::PASSWORD,
    raw::{PATIENCE, Wire},
};

const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: depot\r\n\r\n";

// The limit in these tests is a second; anything far below the default of ten is the limit's work.
const SOON: Duration = Duration::from_secs(7);

on_both!(
    a_head_that_does_not_arrive_ends_the_connection,
    ["header_timeout_s" = "1"],
    async |server| {
        for start in [&b""[..], b"G", b"GET /health/live HTTP/1.1\r\nhost: de"] {
            let started = Instant::now();
            let mut wire = Wire::open(server.address).await;
            wire.send(start).await;
            let answer = wire.rest().await;
            let took = started.elapsed();
            assert!(took < SOON, "{took:?}");
            assert!(!answer.contains("200 OK"), "{answer}");
        }
        // After an answer, too.
        let mut wire = Wire::open(server.address).await;
        wire.send(LIVE).await;
        assert!(wire.some().await.starts_with("HTTP/1.1 200"));
        let started = Instant::now();
        assert_eq!(wire.rest().await, "");
        assert!(started.elapsed() < SOON);
    }
);

on_both!(
    a_body_that_does_not_arrive_is_told_so,
    ["body_timeout_s" = "1"],
    async |server| {
        let mut wire = Wire::open(server.address).await;
        wire.send(
            b"POST /v1/sessions HTTP/1.1\r\nhost: depot\r\ncontent-type: application/json\r\n\
              content-length: 500\r\n\r\n{\"login\":",
        )
        .await;
        let started = Instant::now();
        let answer = wire.rest().await;
        assert!(started.elapsed() < SOON);
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains("\"code\":\"timeout\""), "{answer}");
    }
);

async fn organisations(server: &Server) -> i64 {
    server.number("SELECT COUNT(*) FROM organisation").await
}

on_both!(a_body_that_is_cut_off_changes_nothing, async |server| {
    let ground = server.ground().await;
    let body = json!({ "code": "T", "name": "T", "level": "township", "parent_id": ground.county });
    let body = body.to_string();
    let head = format!(
        "POST /v1/organisations HTTP/1.1\r\nhost: depot\r\ncontent-type: application/json\r\n\
         authorization: Bearer {}\r\nidempotency-key: one\r\n",
        ground.steward.token()
    );
    let before = organisations(server).await;
    let half = &body[..body.len() / 2];
    let framed = [
        format!("content-length: {}\r\n\r\n{half}", body.len()),
        format!(
            "transfer-encoding: chunked\r\n\r\n{:x}\r\n{half}",
            body.len()
        ),
        // Whole by its own count and cut all the same; whoever sends it waits for the answer.
        format!(
            "content-length: {}\r\nconnection: close\r\n\r\n{half}",
            half.len()
        ),
    ];
    for (number, rest) in framed.iter().enumerate() {
        let mut wire = Wire::open(server.address).await;
        wire.send(format!("{head}{rest}").as_bytes()).await;
        if number < 2 {
            wire.end().await;
        }
        let answer = wire.rest().await;
        let told =
            answer.starts_with("HTTP/1.1 400") && answer.contains("\"code\":\"invalid-json\"");
        assert!(
            told || (number < 2 && answer.is_empty()),
            "{number}: {answer}"
        );
    }
    assert_eq!(organisations(server).await, before);
    // The key is as good as new.
    let mut wire = Wire::open(server.address).await;
    let whole = format!(
        "{head}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    wire.send(whole.as_bytes()).await;
    let answer = wire.rest().await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(organisations(server).await, before + 1);
});

on_both!(
    callers_who_hang_up_leave_no_half_done_work,
    async |server| {
        let ground = server.ground().await;
        for number in 0..120 {
            let body = json!({
                "code": format!("T{number}"), "name": "T", "level": "township", "parent_id": ground.county,
            });
            let body = body.to_string();
            let request = format!(
                "POST /v1/organisations HTTP/1.1\r\nhost: depot\r\ncontent-type: application/json\r\n\
             authorization: Bearer {}\r\nidempotency-key: hang-up-{number}\r\ncontent-length: {}\r\n\r\n{body}",
                ground.steward.token(),
                body.len()
            );
            let mut wire = Wire::open(server.address).await;
            wire.send(request.as_bytes()).await;
            // The server is met at another point of its work each time.
            for _ in 0..number {
                tokio::task::yield_now().await;
            }
            drop(wire);
        }
        // Nobody holds a lock or a connection any more.
        for number in 0..10 {
            let body = json!({
                "code": format!("U{number}"), "name": "U", "level": "township", "parent_id": ground.county,
            });
            ground
                .steward
                .post("/v1/organisations", body)
                .await
                .expect(201);
        }
        // What was done was done wholly: the thing, its place in the tree, its record, its key.
        let made = "SELECT COUNT(*) FROM organisation WHERE level = 'township'";
        let made = server.number(made).await;
        for counted in [
            "SELECT COUNT(*) FROM organisation_closure c JOIN organisation o ON o.id = c.descendant_id WHERE o.level = 'township' AND c.depth = 3",
            "SELECT COUNT(*) FROM journal WHERE command = 'organisations.create_organisation' AND body LIKE '%township%'",
            "SELECT COUNT(*) FROM idempotency WHERE response LIKE '%township%'",
        ] {
            assert_eq!(server.number(counted).await, made, "{counted}");
        }
    }
);

on_both!(
    a_body_of_unknown_length_has_a_limit_too,
    ["body_bytes_max" = "1024"],
    async |server| {
        let mut wire = Wire::open(server.address).await;
        let chunk = "x".repeat(2_000);
        wire.send(
            format!(
                "POST /v1/sessions HTTP/1.1\r\nhost: depot\r\ncontent-type: application/json\r\n\
                 transfer-encoding: chunked\r\nconnection: close\r\n\r\n{:x}\r\n{chunk}\r\n0\r\n\r\n",
                chunk.len()
            )
            .as_bytes(),
        )
        .await;
        let answer = wire.rest().await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert!(answer.contains("\"code\":\"body-too-large\""), "{answer}");
    }
);

on_both!(
    past_the_cap_a_connection_is_closed_at_once,
    ["connections_max" = "2"],
    async |server| {
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut wire = Wire::open(server.address).await;
            wire.send(LIVE).await;
            assert!(wire.some().await.starts_with("HTTP/1.1 200"));
            held.push(wire);
        }
        let mut third = Wire::open(server.address).await;
        assert_eq!(third.rest().await, "");
        // A place that becomes free is given to the next who asks.
        held.pop();
        let started = Instant::now();
        loop {
            let mut next = Wire::open(server.address).await;
            if next.try_send(LIVE).await && next.some().await.starts_with("HTTP/1.1 200") {
                break;
            }
            assert!(
                started.elapsed() < PATIENCE,
                "the place is never given back"
            );
        }
    }
);

on_both!(
    a_reader_who_stops_reading_loses_the_place,
    ["connections_max" = "1", "write_timeout_s" = "1"],
    async |server| {
        let mut wire = Wire::open(server.address).await;
        // More than the kernels on both sides keep for a reader.
        let many = b"GET /openapi.json HTTP/1.1\r\nhost: depot\r\n\r\n".repeat(80);
        wire.send(&many).await;
        let started = Instant::now();
        loop {
            let mut next = Wire::open(server.address).await;
            if next.try_send(LIVE).await && next.some().await.starts_with("HTTP/1.1 200") {
                break;
            }
            assert!(started.elapsed() < PATIENCE, "the place is kept for ever");
        }
        drop(wire);
    }
);

on_both!(a_stop_lets_a_running_request_finish, async |server| {
    let ground = server.ground().await;
    let person = server.person(&["keeper"], &ground.county).await;
    let body = json!({ "login": person.login, "password": PASSWORD }).to_string();
    let mut wire = Wire::open(server.address).await;
    let head = format!(
        "POST /v1/sessions HTTP/1.1\r\nhost: depot\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    wire.send(head.as_bytes()).await;
    // The server says so when the request is being read.
    assert!(wire.some().await.starts_with("HTTP/1.1 100"));
    server.ask_to_stop();
    let started = Instant::now();
    while Wire::try_open(server.address).await.is_some() {
        assert!(started.elapsed() < PATIENCE, "the server still accepts");
    }
    wire.send(body.as_bytes()).await;
    let answer = wire.rest().await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(answer.contains("\"token\":\"rds_"), "{answer}");
});

on_both!(
    a_stop_does_not_wait_for_ever,
    ["drain_timeout_s" = "1"],
    async |server| {
        let second = server.beside().await;
        let mut wire = Wire::open(second.address).await;
        wire.send(
            b"POST /v1/sessions HTTP/1.1\r\nhost: depot\r\ncontent-type: application/json\r\n\
              content-length: 9\r\nexpect: 100-continue\r\n\r\n",
        )
        .await;
        assert!(wire.some().await.starts_with("HTTP/1.1 100"));
        let started = Instant::now();
        second.stop().await;
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    }
);

on_both!(what_is_not_http_is_refused, async |server| {
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ] {
        let mut wire = Wire::open(server.address).await;
        wire.send(nonsense).await;
        wire.end().await;
        let answer = wire.rest().await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{answer}"
        );
    }
    server.anonymous().get("/health/live").await.expect(200);
});
