//! Requests that are built to break something: framing, depth, size, names that are not theirs.
//!
//! **Invariant.** Each is refused before it has an effect, or read in the one way that the standard
//! says, and the server goes on.

use std::fmt::Write as _;

use serde_json::json;
use tests::{Server, on_both, raw::Wire};

async fn answer(server: &Server, request: &str) -> String {
    let mut wire = Wire::open(server.address).await;
    wire.send(request.as_bytes()).await;
    wire.rest().await
}

async fn lives(server: &Server) {
    server.anonymous().get("/health/live").await.expect(200);
}

const POST: &str = "POST /v1/sessions HTTP/1.1\r\nhost: depot\r\n\
                    content-type: application/json\r\nconnection: close\r\n";

on_both!(a_body_has_one_length, async |server| {
    for framing in [
        "content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        "content-length: -2\r\n\r\n{}",
        "content-length: +2\r\n\r\n{}",
        "content-length: 2, 3\r\n\r\n{}",
        "transfer-encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "transfer-encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    ] {
        let answer = answer(server, &format!("{POST}{framing}")).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{framing:?}: {answer}");
    }
    // Chunks win over a length (RFC 9112 §6.3), so what was smuggled behind them is no request.
    let hidden = "GET /health/live HTTP/1.1\r\nhost: depot\r\n\r\n";
    for lengths in [
        "content-length: 50\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 50\r\n",
    ] {
        let request = format!("{POST}{lengths}\r\n2\r\n{{}}\r\n0\r\n\r\n{hidden}");
        let answer = answer(server, &request).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        let read = answer.starts_with("HTTP/1.1 422") && answer.contains("/login");
        assert!(read || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    lives(server).await;
});

on_both!(a_head_has_an_end, async |server| {
    let mut many = String::from("GET /health/live HTTP/1.1\r\nhost: depot\r\n");
    for number in 0..1_000 {
        let _ = write!(many, "x-{number}: 1\r\n");
    }
    many.push_str("\r\n");
    let long = |length| {
        let value = "x".repeat(length);
        format!("GET /health/live HTTP/1.1\r\nhost: depot\r\nx-long: {value}\r\n\r\n")
    };
    for request in [many, long(1 << 20)] {
        let mut wire = Wire::open(server.address).await;
        // The server may hang up before all of it has left.
        let _ = wire.try_send(request.as_bytes()).await;
        let answer = wire.rest().await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
            "{answer}"
        );
    }
    lives(server).await;
});

on_both!(depth_and_packing_of_a_body_cost_nothing, async |server| {
    let anonymous = server.anonymous();
    let post = || anonymous.post("/v1/sessions", json!({}));
    for deep in ["[".repeat(100_000), "{\"a\":".repeat(100_000)] {
        let refused = post().body("application/json", deep.into_bytes()).await;
        refused.refused(400, "invalid-json");
    }
    // A packed body is not unpacked: these are the first bytes of a gzip file.
    let packed = post()
        .header("content-encoding", "gzip")
        .body("application/json", vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
    packed.await.refused(400, "invalid-json");
    lives(server).await;
});

on_both!(what_is_typed_is_no_statement, async |server| {
    let relief = server.relief().await;
    let before = server.row_counts().await;
    for typed in [
        "' OR '1'='1",
        "' UNION SELECT password_hash FROM account --",
        "\"; DROP TABLE item; --",
        "%' ESCAPE '!",
    ] {
        for path in ["/v1/items", "/v1/depots", "/v1/organisations"] {
            let found = relief.worker.get(path).query("q", typed).await.expect(200);
            assert_eq!(found["items"], json!([]), "{path} {typed}");
        }
        for (path, name) in [("/v1/items", "category_id"), ("/v1/lots", "depot_id")] {
            let refused = relief.worker.get(path).query(name, typed).await;
            refused.refused(400, "invalid-parameter");
        }
        let wrong = json!({ "login": typed, "password": typed });
        let refused = server.anonymous().post("/v1/sessions", wrong).await;
        assert!(matches!(refused.status, 401 | 422), "{}", refused.text);
    }
    assert_eq!(server.row_counts().await, before);
});

on_both!(a_head_tells_nobody_else_s_name, async |server| {
    let ground = server.ground().await;
    // No header stands in for a login, and none changes where an answer points.
    let anonymous = server.anonymous();
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("x-user-id", ground.admin.account()),
        ("x-original-url", "/health/live"),
        ("x-http-method-override", "GET"),
    ] {
        let refused = anonymous.get("/v1/me").header(name, value).await;
        refused.refused(401, "unauthenticated");
    }
    let body = json!({ "code": "T", "name": "T", "level": "township", "parent_id": ground.county });
    let made = ground
        .steward
        .post("/v1/organisations", body)
        .header("x-forwarded-host", "elsewhere.example")
        .await;
    made.expect(201);
    assert!(made.header("location").starts_with("/v1/organisations/"));
});
