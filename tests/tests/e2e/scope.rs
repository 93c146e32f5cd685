//! What one may not see does not exist, and what one may not do says what it takes.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Call, Client, Ground, Server, client::id, on_both};

/// Things of the other county, as `(path, method, body)`.
async fn things_of(server: &Server, ground: &Ground, county: &str) -> Vec<(Method, String, Value)> {
    let person = server.person(&["keeper"], county).await;
    let account = format!("/v1/accounts/{}", person.account());
    let factor = json!({ "password": tests::people::PASSWORD });
    let factor = person.post(&format!("{account}/second-factor"), factor);
    factor.await.expect(200);
    let grants = ground.admin.get(&account).await.expect(200)["grants"].clone();
    let grant = id(&grants[0]);
    let key = json!({ "name": "scale", "organisation_id": county });
    let key = id(&server.api_key(&ground.admin, key).await.0);
    let session = json!({ "login": person.login, "password": tests::people::PASSWORD });
    let session = server.anonymous().post("/v1/sessions", session).await;
    let session = id(&session.expect(201));
    let role = json!({ "role": "dispatcher", "organisation_id": county });
    let password = json!({ "new": "a long enough password" });
    vec![
        (Method::GET, account.clone(), Value::Null),
        (Method::PATCH, account.clone(), json!({ "name": "x" })),
        (Method::POST, format!("{account}/password"), password),
        (
            Method::POST,
            format!("{account}/second-factor/remove"),
            json!({ "reason": "telephone lost" }),
        ),
        (Method::POST, format!("{account}/grants"), role),
        (
            Method::POST,
            format!("{account}/grants/{grant}/revoke"),
            Value::Null,
        ),
        (Method::GET, format!("/v1/api-keys/{key}"), Value::Null),
        (
            Method::POST,
            format!("/v1/api-keys/{key}/revoke"),
            Value::Null,
        ),
        (
            Method::POST,
            format!("/v1/sessions/{session}/end"),
            Value::Null,
        ),
    ]
}

fn call(who: &Client, method: &Method, path: &str, body: &Value) -> Call {
    let call = match *method {
        // The account has changed the password that it was given.
        Method::PATCH => who.patch(path, "\"v2\"", body.clone()),
        Method::POST => who.act(path),
        _ => return who.get(path),
    };
    if body.is_null() {
        call
    } else {
        call.json(body.clone())
    }
}

on_both!(
    things_of_another_organisation_do_not_exist_on_any_verb,
    async |server| {
        let ground = server.ground().await;
        let things = things_of(server, &ground, &ground.other_county).await;
        let before = server.row_counts().await;
        for role in ["security_admin", "data_steward", "keeper"] {
            let stranger = server.person(&[role], &ground.county).await;
            for (method, path, body) in &things {
                call(&stranger, method, path, body)
                    .await
                    .refused(404, "not-found");
            }
        }
        let after = server.row_counts().await;
        let of = |counts: &[(String, i64)], table: &str| -> Option<i64> {
            counts
                .iter()
                .find(|(name, _)| name == table)
                .map(|(_, count)| *count)
        };
        assert_eq!(of(&before, "organisation"), of(&after, "organisation"));
        assert_eq!(of(&before, "api_key"), of(&after, "api_key"));
        // The same calls exist for whoever stands above.
        let above = server.person(&["security_admin"], &ground.city).await;
        for (method, path, body) in &things {
            call(&above, method, path, body).await.expect(200);
        }
    }
);

on_both!(lists_show_one_s_own_subtree_only, async |server| {
    let ground = server.ground().await;
    let here = server.person(&["security_admin"], &ground.county).await;
    let there = server.person(&["keeper"], &ground.other_county).await;
    let key = json!({ "name": "scale", "organisation_id": ground.other_county });
    server.api_key(&ground.admin, key).await;
    let accounts = here.get("/v1/accounts").await;
    accounts.expect(200);
    assert!(accounts.text.contains(here.account()) && !accounts.text.contains(there.account()));
    let keys = here.get("/v1/api-keys").await.expect(200);
    assert_eq!(keys["items"], json!([]));
    let auditor = server.person(&["auditor"], &ground.county).await;
    let entries = auditor.get("/v1/journal-entries").await;
    entries.expect(200);
    assert!(entries.text.contains(here.account()) && !entries.text.contains(there.account()));
});

// A keeper writes down whose goods came in, and those are often an organisation's above or beside.
on_both!(organisations_are_read_by_everyone, async |server| {
    let ground = server.ground().await;
    let keeper = server.person(&["keeper"], &ground.county).await;
    let bare = server.person(&[], &ground.county).await;
    for reader in [&keeper, &bare, &ground.admin] {
        let all = reader.get("/v1/organisations").await.expect(200);
        assert_eq!(all["items"].as_array().map(Vec::len), Some(4));
        for other in [&ground.province, &ground.other_county] {
            let path = format!("/v1/organisations/{other}");
            let shown = reader.get(&path).await.expect(200);
            assert_eq!(shown["id"], **other);
        }
    }
    let unknown = keeper.get("/v1/organisations/org_00000000000000000000000000");
    unknown.await.refused(404, "not-found");
    let nobody = server.anonymous().get("/v1/organisations").await;
    nobody.refused(401, "unauthenticated");
    // What one sees one does not change yet.
    let steward = server.person(&["data_steward"], &ground.county).await;
    let path = format!("/v1/organisations/{}", ground.other_county);
    let below = json!({
        "code": "T", "name": "T", "level": "township", "parent_id": ground.other_county,
    });
    for refused in [
        steward.patch(&path, "\"v1\"", json!({ "name": "x" })),
        steward.post("/v1/organisations", below),
    ] {
        let refused = refused.await.refused(403, "forbidden");
        assert_eq!(refused["capability"], "manage_organisations");
    }
});

on_both!(
    a_reference_to_what_is_not_there_is_a_fault_of_its_field,
    async |server| {
        let ground = server.ground().await;
        let steward = server.person(&["data_steward"], &ground.county).await;
        let nowhere = "org_00000000000000000000000000";
        let body = json!({ "code": "T", "name": "T", "level": "township", "parent_id": nowhere });
        let refused = steward.post("/v1/organisations", body).await;
        refused.refused(422, "invalid-request");
        assert_eq!(
            refused.faults(),
            [("/parent_id".into(), "reference".into())]
        );
        let body = json!({
            "code": "T", "name": "T", "level": "township", "parent_id": ground.county,
            "division_code": "999999",
        });
        let refused = steward.post("/v1/organisations", body).await;
        assert_eq!(
            refused.faults(),
            [("/division_code".into(), "reference".into())]
        );
        let body =
            json!({ "code": "T", "name": "T", "level": "municipal", "parent_id": ground.county });
        let refused = steward.post("/v1/organisations", body).await;
        assert_eq!(refused.faults(), [("/level".into(), "level".into())]);
    }
);

on_both!(what_one_may_not_do_names_the_capability, async |server| {
    let ground = server.ground().await;
    let keeper = server.person(&["keeper"], &ground.county).await;
    let township =
        json!({ "code": "T", "name": "T", "level": "township", "parent_id": ground.county });
    let account = json!({
        "login": "zhang", "name": "Zhang", "password": "a long enough password",
        "organisation_id": ground.county,
    });
    let key = json!({
        "name": "scale", "organisation_id": ground.county, "holder_id": ground.steward.account(),
    });
    let county = format!("/v1/organisations/{}", ground.county);
    for (call, capability) in [
        (
            keeper.post("/v1/organisations", township.clone()),
            "manage_organisations",
        ),
        (
            keeper.patch(&county, "\"v1\"", json!({ "name": "x" })),
            "manage_organisations",
        ),
        (
            ground.admin.post("/v1/organisations", township),
            "manage_organisations",
        ),
        (
            keeper.post("/v1/accounts", account.clone()),
            "manage_accounts",
        ),
        (
            ground.steward.post("/v1/accounts", account),
            "manage_accounts",
        ),
        (keeper.post("/v1/api-keys", key), "manage_accounts"),
        (keeper.get("/v1/journal-entries"), "read_journal"),
        (ground.admin.get("/v1/journal-entries"), "read_journal"),
    ] {
        let refused = call.await;
        assert_eq!(
            refused.refused(403, "forbidden")["capability"],
            capability,
            "{}",
            refused.request
        );
    }
    // Nobody but the operator plants a second tree.
    let root = json!({ "code": "R", "name": "R", "level": "national" });
    let refused = ground.steward.post("/v1/organisations", root).await;
    assert_eq!(refused.refused(403, "forbidden")["capability"], "operator");
});
