//! Dry runs and changes that are based on a version.

use serde_json::{Value, json};
use tests::{
    client::{content_digest, id},
    on_both,
};
use tokio::task::JoinSet;

on_both!(
    a_dry_run_answers_what_would_be_and_leaves_no_trace,
    async |server| {
        let ground = server.ground().await;
        let steward = &ground.steward;
        let county = format!("/v1/organisations/{}", ground.county);
        let etag = steward.get(&county).await.etag();
        let calls = [
        steward.post(
            "/v1/organisations",
            json!({ "code": "T1", "name": "T1", "level": "township", "parent_id": ground.county }),
        ),
        steward.patch(&county, &etag, json!({ "name_en": "Haishu" })),
        ground.admin.post(
            "/v1/accounts",
            json!({
                "login": "zhang", "name": "Zhang", "password": "a long enough password",
                "organisation_id": ground.county,
                "grants": [{ "role": "keeper", "organisation_id": ground.county }],
            }),
        ),
        ground.admin.post(
            "/v1/api-keys",
            json!({
                "name": "scale", "organisation_id": ground.county,
                "holder_id": ground.steward.account(),
            }),
        ),
    ];
        let before = server.row_counts().await;
        for call in calls {
            let dry = call.clone().dry_run().await;
            dry.expect(200);
            assert_eq!(dry.header("dry-run"), "true");
            assert_eq!(dry.header("location"), "");
            assert_eq!(server.row_counts().await, before, "{}", dry.request);
        }
        assert_eq!(steward.get(&county).await.etag(), etag);
    }
);

on_both!(a_dry_run_does_not_spend_the_key, async |server| {
    let ground = server.ground().await;
    let body =
        json!({ "code": "T1", "name": "T1", "level": "township", "parent_id": ground.county });
    let call = ground.steward.post("/v1/organisations", body).key("one");
    call.clone().dry_run().await.expect(200);
    let real = call.await;
    real.expect(201);
    assert_eq!(real.header("idempotency-replayed"), "");
});

on_both!(a_change_names_the_version_it_is_based_on, async |server| {
    let ground = server.ground().await;
    let path = format!("/v1/organisations/{}", ground.county);
    let read = ground.steward.get(&path).await;
    read.expect(200);
    let change = ground
        .steward
        .patch(&path, &read.etag(), json!({ "name_en": "Haishu" }));
    let blind = change.clone().without("if-match").await;
    blind.refused(428, "precondition-required");
    for tag in ["\"v99\"", "W/\"v99\"", "*", "v1", "\"x\""] {
        let stale = change.clone().if_match(tag).await;
        stale.refused(412, "precondition-failed");
    }
    let changed = change.clone().await;
    assert_eq!(changed.expect(200)["version"], 2);
    assert_eq!(changed.etag(), "\"v2\"");
    let stale = change.await.refused(412, "precondition-failed");
    assert_eq!(stale["current_version"], 2);
});

on_both!(a_compressed_answer_bears_a_weak_tag, async |server| {
    let ground = server.ground().await;
    let path = format!("/v1/organisations/{}", ground.county);
    let read = ground
        .steward
        .get(&path)
        .header("accept-encoding", "gzip")
        .await;
    assert_eq!(read.header("content-encoding"), "gzip");
    assert_eq!(read.etag(), "W/\"v1\"");
    // It names the version all the same.
    let change = json!({ "name_en": "Haishu" });
    let changed = ground.steward.patch(&path, &read.etag(), change);
    assert_eq!(changed.await.expect(200)["version"], 2);
});

on_both!(
    a_body_that_was_altered_on_the_way_has_no_effect,
    async |server| {
        let ground = server.ground().await;
        let body =
            json!({ "code": "T1", "name": "T1", "level": "township", "parent_id": ground.county });
        let sent = body.to_string().into_bytes();
        let digest = content_digest(&sent);
        let call = ground
            .steward
            .act("/v1/organisations")
            .header("content-digest", &digest);
        let before = server.row_counts().await;
        // Still JSON that the contract lets pass, and another organisation.
        let altered = String::from_utf8_lossy(&sent).replace("T1", "T3");
        let refused = call.clone().body("application/json", altered.into_bytes());
        refused.await.refused(400, "content-digest-mismatch");
        assert_eq!(server.row_counts().await, before);
        let whole = call.body("application/json", sent).await;
        assert_eq!(whole.expect(201)["code"], "T1");

        let file = ground
            .steward
            .act("/v1/imports")
            .query("kind", "items")
            .header("content-digest", &digest)
            .body("text/csv", b"name\n".to_vec());
        file.await.refused(400, "content-digest-mismatch");
    }
);

on_both!(a_member_that_is_named_twice_is_refused, async |server| {
    let ground = server.ground().await;
    let body = format!(
        r#"{{"code":"T1","name":"T1","level":"township","name":"T2","parent_id":"{}"}}"#,
        ground.county
    );
    let call = ground.steward.post("/v1/organisations", json!({}));
    let refused = call.body("application/json", body.into_bytes()).await;
    let problem = refused.refused(400, "invalid-json");
    assert_eq!(problem["at"], "1:50", "{problem}");
});

on_both!(
    of_many_changes_based_on_one_version_one_succeeds,
    async |server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        let key = json!({ "name": "scale", "organisation_id": ground.county });
        server.api_key(&ground.admin, key).await;
        let targets = [
            (
                &ground.steward,
                format!("/v1/organisations/{}", ground.county),
            ),
            (&ground.admin, format!("/v1/accounts/{}", person.account())),
        ];
        for (who, path) in targets {
            let etag = who.get(&path).await.etag();
            let mut tasks = JoinSet::new();
            for number in 0..16 {
                let call = who.patch(&path, &etag, json!({ "name": format!("name {number}") }));
                tasks.spawn(async move { call.await });
            }
            let mut statuses: Vec<_> = tasks.join_all().await.iter().map(|it| it.status).collect();
            statuses.sort_unstable();
            let mut expected = vec![412; 16];
            expected[0] = 200;
            assert_eq!(statuses, expected, "{path}");
        }
    }
);

on_both!(
    who_holds_the_current_version_is_not_sent_it_again,
    async |server| {
        let ground = server.ground().await;
        let path = format!("/v1/organisations/{}", ground.county);
        let read = ground.steward.get(&path).await;
        let etag = read.etag();
        for held in [
            etag.clone(),
            format!("W/{etag}"),
            format!("\"v7\", {etag}"),
            "*".to_owned(),
        ] {
            let same = ground
                .steward
                .get(&path)
                .header("if-none-match", &held)
                .await;
            assert_eq!((same.status, same.text.as_str()), (304, ""), "{held}");
            assert_eq!(same.etag(), etag);
        }
        let change = json!({ "name_en": "Haishu" });
        ground.steward.patch(&path, &etag, change).await.expect(200);
        let newer = ground
            .steward
            .get(&path)
            .header("if-none-match", &etag)
            .await;
        assert_eq!(newer.expect(200)["name_en"], "Haishu");
    }
);

on_both!(
    an_id_may_be_made_by_the_client_and_is_taken_once,
    async |server| {
        let ground = server.ground().await;
        let own = "org_01kb4x6q0sfzqvx8v9m1n2p3r4";
        let body = |code: &str| -> Value {
            json!({ "id": own, "code": code, "name": code, "level": "township", "parent_id": ground.county })
        };
        let made = ground.steward.post("/v1/organisations", body("T1")).await;
        assert_eq!(id(&made.expect(201)), own);
        assert_eq!(made.header("location"), format!("/v1/organisations/{own}"));
        let again = ground.steward.post("/v1/organisations", body("T2")).await;
        let problem = again.refused(409, "already-exists");
        assert!(problem["constraint"].is_string(), "{problem}");
        let code =
            json!({ "code": "T1", "name": "T1", "level": "township", "parent_id": ground.county });
        let again = ground.steward.post("/v1/organisations", code).await;
        again.refused(409, "already-exists");
    }
);
