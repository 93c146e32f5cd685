//! A request that is sent twice has one effect.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tests::{Client, client::id, on_both};
use tokio::task::JoinSet;

const DAY: Duration = Duration::from_secs(86_400);

fn township(parent: &str, code: &str) -> Value {
    json!({ "code": code, "name": format!("{code} 红十字会"), "level": "township", "parent_id": parent })
}

async fn count_of(steward: &Client, parent: &str) -> usize {
    let page = steward.get("/v1/organisations").query("parent_id", parent);
    let page = page.await.expect(200);
    page["items"].as_array().map_or(0, Vec::len)
}

on_both!(
    the_same_request_has_one_effect_and_says_so,
    async |server| {
        let ground = server.ground().await;
        let body = township(&ground.county, "T1");
        let call = ground.steward.post("/v1/organisations", body).key("one");
        let first = call.clone().await;
        let made = first.expect(201);
        assert_eq!(first.header("idempotency-replayed"), "");
        let repeat = call.await;
        assert_eq!(repeat.expect(201), made);
        assert_eq!(repeat.header("idempotency-replayed"), "true");
        assert_eq!(repeat.etag(), first.etag());
        assert_eq!(repeat.header("location"), first.header("location"));
        assert_eq!(count_of(&ground.steward, &ground.county).await, 1);
    }
);

on_both!(a_key_stands_for_one_request, async |server| {
    let ground = server.ground().await;
    let first = township(&ground.county, "T1");
    let path = "/v1/organisations";
    ground
        .steward
        .post(path, first.clone())
        .key("one")
        .await
        .expect(201);
    let other_body = township(&ground.county, "T2");
    let other = ground
        .steward
        .post(path, other_body.clone())
        .key("one")
        .await;
    other.refused(422, "idempotency-key-reused");
    // Another order of members is the same request.
    let spelt = format!(
        "{{\"parent_id\":\"{}\",\"level\":\"township\",\"name\":\"T1 红十字会\",\"code\":\"T1\"}}",
        ground.county
    );
    let call = ground.steward.post(path, first).key("one");
    let same = call.body("application/json", spelt.into_bytes()).await;
    same.expect(201);
    assert_eq!(same.header("idempotency-replayed"), "true");
    // Another caller's key is another key.
    let colleague = server.person(&["data_steward"], &ground.city).await;
    let theirs = colleague.post(path, other_body).key("one").await;
    theirs.expect(201);
    assert_eq!(theirs.header("idempotency-replayed"), "");
});

on_both!(
    thirty_two_at_once_under_one_key_have_one_effect,
    async |server| {
        let ground = server.ground().await;
        let entries = "SELECT COUNT(*) FROM journal";
        let before = server.number(entries).await;
        let call = ground
            .steward
            .post("/v1/organisations", township(&ground.county, "T1"))
            .key("one");
        let mut tasks = JoinSet::new();
        for _ in 0..32 {
            let call = call.clone();
            tasks.spawn(async move { call.await });
        }
        let answers = tasks.join_all().await;
        let ids: BTreeSet<String> = answers.iter().map(|it| id(&it.expect(201))).collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        let firsts = answers
            .iter()
            .filter(|it| it.header("idempotency-replayed").is_empty())
            .count();
        assert_eq!(firsts, 1);
        assert_eq!(server.number(entries).await, before + 1);
        assert_eq!(count_of(&ground.steward, &ground.county).await, 1);
    }
);

on_both!(
    a_repeat_is_recognised_after_a_month_and_forgotten_after_three,
    async |server| {
        let ground = server.ground().await;
        let body = township(&ground.county, "T1");
        let call = ground
            .steward
            .post("/v1/organisations", body.clone())
            .key("one");
        let made = call.await.expect(201);
        server.clock.advance(30 * DAY);
        let steward = server.log_in_again(&ground.steward).await;
        let late = steward.post("/v1/organisations", body).key("one").await;
        assert_eq!(late.expect(201), made);
        assert_eq!(late.header("idempotency-replayed"), "true");
        let older = "SELECT COUNT(*) FROM idempotency WHERE key = 'one'";
        server.clock.advance(59 * DAY);
        server.run_hourly_jobs().await;
        assert_eq!(server.number(older).await, 1);
        server.clock.advance(2 * DAY);
        server.run_hourly_jobs().await;
        assert_eq!(server.number(older).await, 0);
    }
);

on_both!(a_refused_request_leaves_its_key_free, async |server| {
    let ground = server.ground().await;
    let before = server.row_counts().await;
    let nowhere = ground
        .county
        .replace("org_", "org_0")
        .chars()
        .take(30)
        .collect::<String>();
    let refused = ground
        .steward
        .post("/v1/organisations", township(&nowhere, "T1"))
        .key("one")
        .await;
    refused.refused(422, "invalid-request");
    assert_eq!(
        refused.faults(),
        [("/parent_id".into(), "reference".into())]
    );
    assert_eq!(server.row_counts().await, before);
    let right = township(&ground.county, "T1");
    let made = ground
        .steward
        .post("/v1/organisations", right)
        .key("one")
        .await;
    made.expect(201);
    assert_eq!(made.header("idempotency-replayed"), "");
});

on_both!(a_write_needs_a_key_that_can_be_one, async |server| {
    let ground = server.ground().await;
    let body = township(&ground.county, "T1");
    let call = ground.steward.post("/v1/organisations", body);
    let keyless = call.clone().without("idempotency-key").await;
    keyless.refused(400, "idempotency-key-missing");
    for key in ["", "two words", &"k".repeat(256)] {
        let refused = call.clone().key(key).await;
        refused.refused(400, "idempotency-key-missing");
    }
    call.key(&"k".repeat(255)).await.expect(201);
});

on_both!(a_repeat_does_not_show_a_secret_again, async |server| {
    let ground = server.ground().await;
    let holder = server.person(&[], &ground.county).await;
    let body = json!({
        "name": "scale", "organisation_id": ground.county, "holder_id": holder.account(),
    });
    let key = ground.admin.post("/v1/api-keys", body).await.expect(201);
    let path = format!("/v1/api-keys/{}/rotate-secret", id(&key));
    let call = holder.post(&path, json!({})).key("one");
    let made = call.clone().await.expect(200);
    assert!(
        made["secret"]
            .as_str()
            .is_some_and(|it| it.starts_with("rdk_"))
    );
    let repeat = call.await;
    assert_eq!(repeat.expect(200)["secret"], Value::Null);
    assert_eq!(repeat.header("idempotency-replayed"), "true");
    let kept = "SELECT COUNT(*) FROM idempotency WHERE response LIKE '%rdk_%'";
    assert_eq!(server.number(kept).await, 0);
});

// A plain hash of a body that holds a password would let whoever steals the database try
// passwords a million times faster than Argon2 does.
on_both!(
    what_is_kept_of_a_request_does_not_tell_its_password,
    async |server| {
        let ground = server.ground().await;
        let account = |password: &str| {
            let body = json!({
                "login": "zhang", "name": "Zhang", "password": password, "organisation_id": ground.county,
            });
            ground.admin.post("/v1/accounts", body).key("one")
        };
        let made = account("a long enough password").await.expect(201);
        let repeat = account("another long password").await;
        assert_eq!(repeat.expect(201), made);
        assert_eq!(repeat.header("idempotency-replayed"), "true");
    }
);
