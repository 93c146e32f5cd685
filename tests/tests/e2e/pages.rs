//! Lists, a page at a time.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{Client, Ground, on_both};

async fn add(ground: &Ground, code: &str) {
    let body =
        json!({ "code": code, "name": code, "level": "township", "parent_id": ground.county });
    ground
        .steward
        .post("/v1/organisations", body)
        .await
        .expect(201);
}

async fn page(who: &Client, parent: &str, cursor: Option<&str>) -> Value {
    let mut call = who
        .get("/v1/organisations")
        .query("parent_id", parent)
        .query("limit", 3);
    if let Some(cursor) = cursor {
        call = call.query("cursor", cursor);
    }
    call.await.expect(200)
}

fn codes(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().map_or(&[][..], Vec::as_slice);
    items
        .iter()
        .map(|item| item["code"].as_str().unwrap_or_default().to_owned())
        .collect()
}

on_both!(
    pages_under_inserts_neither_miss_nor_repeat,
    async |server| {
        let ground = server.ground().await;
        let first: Vec<String> = (10..20).map(|number| format!("T{number}")).collect();
        for code in &first {
            add(&ground, code).await;
        }
        let mut seen = BTreeMap::new();
        let mut cursor: Option<String> = None;
        for turn in 0.. {
            let page = page(&ground.steward, &ground.county, cursor.as_deref()).await;
            for code in codes(&page) {
                *seen.entry(code).or_insert(0) += 1;
            }
            // One comes in before the place that was reached, one after it.
            add(&ground, &format!("A{turn}")).await;
            add(&ground, &format!("T1{turn}x")).await;
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
            assert!(turn < 20, "the list does not end");
        }
        assert!(seen.values().all(|&times| times == 1), "{seen:?}");
        for code in first {
            assert!(seen.contains_key(&code), "{code} in {seen:?}");
        }
    }
);

on_both!(a_list_by_id_is_walked_to_its_end, async |server| {
    let ground = server.ground().await;
    for _ in 0..4 {
        server.person(&["keeper"], &ground.county).await;
    }
    let auditor = server.person(&["auditor"], &ground.province).await;
    for (who, path) in [
        (&ground.admin, "/v1/accounts"),
        (&auditor, "/v1/journal-entries"),
    ] {
        let all = who.get(path).await.expect(200);
        let mut walked = Vec::new();
        let mut cursor = String::new();
        loop {
            let mut call = who.get(path).query("limit", 2);
            if !cursor.is_empty() {
                call = call.query("cursor", &cursor);
            }
            let page = call.await.expect(200);
            walked.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        assert!(walked.len() > 4, "{path}");
        assert_eq!(all["items"], json!(walked), "{path}");
    }
});

on_both!(a_cursor_belongs_to_its_filter, async |server| {
    let ground = server.ground().await;
    for number in 0..4 {
        add(&ground, &format!("T{number}")).await;
    }
    let first = page(&ground.steward, &ground.county, None).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let elsewhere = ground
        .steward
        .get("/v1/organisations")
        .query("level", "township")
        .query("cursor", cursor)
        .await;
    elsewhere.refused(400, "invalid-parameter");
    assert_eq!(elsewhere.faults(), [("cursor".into(), "cursor".into())]);
});

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

on_both!(
    a_cursor_that_was_tampered_with_shows_nothing_new_and_breaks_nothing,
    async |server| {
        let ground = server.ground().await;
        for number in 0..4 {
            add(&ground, &format!("T{number}")).await;
        }
        let steward = server.person(&["data_steward"], &ground.county).await;
        let first = page(&steward, &ground.county, None).await;
        let bytes = bytes_of(first["next_cursor"].as_str().unwrap());
        let cut = hex_of(&bytes[..bytes.len() / 2]);
        let mut cursors = vec![cut, "00".to_owned(), "7b7d".to_owned(), "f".to_owned()];
        for at in 0..bytes.len() {
            let mut tampered = bytes.clone();
            tampered[at] ^= 0x15;
            cursors.push(hex_of(&tampered));
        }
        let text = String::from_utf8(bytes).unwrap();
        let zero = text.replace("\"T2\"", "\"T2\\u0000\"");
        assert_ne!(zero, text);
        cursors.push(hex_of(zero.as_bytes()));
        for cursor in cursors {
            let answer = steward
                .get("/v1/organisations")
                .query("parent_id", &ground.county)
                .query("cursor", &cursor)
                .await;
            if answer.status == 200 {
                let codes = codes(&answer.json());
                assert!(codes.iter().all(|code| code.starts_with('T')), "{codes:?}");
            } else {
                answer.refused(400, "invalid-parameter");
            }
        }
    }
);

on_both!(a_page_has_from_1_to_200_items, async |server| {
    let admin = server.admin().await;
    let list = |limit: &str| admin.get("/v1/organisations").query("limit", limit);
    list("1").await.expect(200);
    list("200").await.expect(200);
    for (limit, code) in [
        ("0", "out-of-range"),
        ("201", "out-of-range"),
        ("-1", "out-of-range"),
        ("ten", "type"),
        ("1.5", "type"),
        ("", "type"),
    ] {
        let refused = list(limit).await;
        refused.refused(400, "invalid-parameter");
        assert_eq!(refused.faults(), [("limit".into(), code.into())], "{limit}");
    }
    let twice = list("1").query("limit", 2).await;
    twice.refused(400, "invalid-parameter");
    assert_eq!(twice.faults(), [("limit".into(), "repeated".into())]);
});
