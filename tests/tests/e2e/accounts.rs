//! Who gives which roles to whom, and who manages whose account.

use serde_json::{Value, json};
use tests::{client::id, on_both, people::GIVEN};

fn grant(role: &str, organisation: &str) -> Value {
    json!({ "role": role, "organisation_id": organisation })
}

fn account(login: &str, organisation: &str, grants: &[Value]) -> Value {
    json!({
        "login": login, "name": login, "password": GIVEN, "organisation_id": organisation,
        "grants": grants,
    })
}

on_both!(nobody_gives_a_role_to_themselves, async |server| {
    let ground = server.ground().await;
    let path = format!("/v1/accounts/{}/grants", ground.admin.account());
    let refused = ground
        .admin
        .post(&path, grant("keeper", &ground.county))
        .await;
    assert_eq!(
        refused.refused(403, "forbidden")["capability"],
        "manage_accounts"
    );
    let path = format!("/v1/accounts/{}/grants", ground.steward.account());
    let refused = ground
        .steward
        .post(&path, grant("approver", &ground.county))
        .await;
    refused.refused(403, "forbidden");
});

on_both!(a_role_is_given_below_one_s_own_reach_only, async |server| {
    let ground = server.ground().await;
    let admin = server.person(&["security_admin"], &ground.county).await;
    for outside in [&ground.province, &ground.city, &ground.other_county] {
        let grants = [grant("keeper", &ground.county), grant("keeper", outside)];
        let refused = admin
            .post("/v1/accounts", account("zhang", &ground.county, &grants))
            .await;
        refused.refused(422, "invalid-request");
        let pointer = "/grants/1/organisation_id";
        assert_eq!(refused.faults(), [(pointer.into(), "reference".into())]);
        let refused = admin
            .post("/v1/accounts", account("zhang", outside, &[]))
            .await;
        assert_eq!(
            refused.faults(),
            [("/organisation_id".into(), "reference".into())]
        );
    }
    let grants = [grant("keeper", &ground.county)];
    let made = admin
        .post("/v1/accounts", account("zhang", &ground.county, &grants))
        .await;
    assert_eq!(made.expect(201)["grants"][0]["role"], "keeper");
});

on_both!(roles_that_are_kept_apart_do_not_meet, async |server| {
    let ground = server.ground().await;
    let county = &ground.county;
    for (first, second) in [
        ("keeper", "security_admin"),
        ("system_admin", "security_admin"),
        ("auditor", "keeper"),
        ("audit_admin", "auditor"),
    ] {
        let grants = [grant(first, county), grant(second, county)];
        let refused = ground
            .admin
            .post("/v1/accounts", account("zhang", county, &grants))
            .await;
        assert_eq!(
            refused.faults(),
            [("/grants/1/role".into(), "clash".into())]
        );
        let holder = ground.steward.account();
        let key = json!({
            "name": "scale", "organisation_id": county, "grants": grants, "holder_id": holder,
        });
        let refused = ground.admin.post("/v1/api-keys", key).await;
        assert_eq!(
            refused.faults(),
            [("/grants/1/role".into(), "clash".into())]
        );
        // Not later and not over another organisation either.
        let person = server.person(&[first], county).await;
        let path = format!("/v1/accounts/{}/grants", person.account());
        let refused = ground
            .admin
            .post(&path, grant(second, &ground.other_county))
            .await;
        assert_eq!(refused.faults(), [("/role".into(), "clash".into())]);
    }
    let twice = [grant("keeper", county), grant("keeper", county)];
    let refused = ground
        .admin
        .post("/v1/accounts", account("zhang", county, &twice))
        .await;
    assert_eq!(
        refused.faults(),
        [("/grants/1/role".into(), "repeated".into())]
    );
});

on_both!(a_role_comes_and_goes, async |server| {
    let ground = server.ground().await;
    let person = server.person(&["keeper"], &ground.county).await;
    let path = format!("/v1/accounts/{}", person.account());
    let grants = format!("{path}/grants");
    let held = ground
        .admin
        .post(&grants, grant("keeper", &ground.county))
        .await;
    assert_eq!(held.faults(), [("/role".into(), "repeated".into())]);
    let given = ground
        .admin
        .post(&grants, grant("data_steward", &ground.county))
        .await;
    // The change of the given password was the second edit.
    assert_eq!(given.expect(200)["version"], 3);
    let township =
        json!({ "code": "T", "name": "T", "level": "township", "parent_id": ground.county });
    person
        .post("/v1/organisations", township.clone())
        .dry_run()
        .await
        .expect(200);
    let steward = &given.json()["grants"][1];
    let taken = ground
        .admin
        .act(&format!("{grants}/{}/revoke", id(steward)))
        .await;
    assert_eq!(
        taken.expect(200)["grants"].as_array().map(Vec::len),
        Some(1)
    );
    person
        .post("/v1/organisations", township)
        .await
        .refused(403, "forbidden");
    let again = ground
        .admin
        .act(&format!("{grants}/{}/revoke", id(steward)))
        .await;
    again.refused(404, "not-found");
});

// Otherwise a county's administrator could become whoever of the county works for the province.
on_both!(
    an_account_with_roles_beyond_one_s_reach_is_not_one_s_to_take_over,
    async |server| {
        let ground = server.ground().await;
        let admin = server.person(&["security_admin"], &ground.county).await;
        let person = server.person(&["keeper"], &ground.county).await;
        let path = format!("/v1/accounts/{}", person.account());
        let reset = admin.post(
            &format!("{path}/password"),
            json!({ "new": "first long password" }),
        );
        reset.await.expect(200);
        let grants = format!("{path}/grants");
        let above = grant("approver", &ground.province);
        ground.admin.post(&grants, above).await.expect(200);
        let reset = admin.post(
            &format!("{path}/password"),
            json!({ "new": "other long password" }),
        );
        let refused = reset.await.refused(403, "forbidden");
        assert_eq!(refused["capability"], "manage_accounts");
        let reset = json!({ "new": "third long password" });
        let reset = ground.admin.post(&format!("{path}/password"), reset).await;
        reset.expect(200);
    }
);

on_both!(
    an_account_is_renamed_and_its_login_is_taken_once,
    async |server| {
        let ground = server.ground().await;
        let made = ground
            .admin
            .post("/v1/accounts", account("Zhang.San", &ground.county, &[]))
            .await;
        assert_eq!(made.expect(201)["login"], "zhang.san");
        let again = ground
            .admin
            .post("/v1/accounts", account("zhang.SAN", &ground.county, &[]))
            .await;
        again.refused(409, "already-exists");
        let path = format!("/v1/accounts/{}", id(&made.json()));
        let renamed = ground
            .admin
            .patch(&path, &made.etag(), json!({ "name": "张三" }))
            .await;
        assert_eq!(renamed.expect(200)["name"], "张三");
        let me = server
            .log_in_first("ZHANG.SAN")
            .await
            .get("/v1/me")
            .await
            .expect(200);
        assert_eq!(me["grants"], json!([]));
    }
);

// Names of people are nobody's business but of those who manage them.
on_both!(
    accounts_and_keys_are_shown_to_their_managers,
    async |server| {
        let ground = server.ground().await;
        let keeper = server.person(&["keeper"], &ground.county).await;
        let auditor = server.person(&["auditor"], &ground.province).await;
        let key = json!({ "name": "scale", "organisation_id": ground.county });
        let (key, system) = server.api_key(&ground.admin, key).await;
        let key_path = format!("/v1/api-keys/{}", id(&key));
        for curious in [&auditor, &ground.steward] {
            let own = format!("/v1/accounts/{}", curious.account());
            let own = curious.get(&own).await.expect(200);
            let list = curious.get("/v1/accounts").await.expect(200);
            assert_eq!(list["items"], json!([own]));
            let keys = curious.get("/v1/api-keys").await.expect(200);
            assert_eq!(keys["items"], json!([]));
            let other = format!("/v1/accounts/{}", keeper.account());
            curious.get(&other).await.refused(404, "not-found");
            curious.get(&key_path).await.refused(404, "not-found");
            let renamed = curious.patch(&other, "\"v1\"", json!({ "name": "x" }));
            renamed.await.refused(404, "not-found");
            let revoked = curious.act(&format!("{key_path}/revoke")).await;
            revoked.refused(404, "not-found");
        }
        // A system has no account and manages none.
        let list = system.get("/v1/accounts").await.expect(200);
        assert_eq!(list["items"], json!([]));
        let admin = server.person(&["security_admin"], &ground.county).await;
        let list = admin.get("/v1/accounts").await;
        list.expect(200);
        assert!(list.text.contains(keeper.account()) && !list.text.contains(auditor.account()));
        let keys = admin.get("/v1/api-keys").await.expect(200);
        assert_eq!(keys["items"].as_array().map(Vec::len), Some(1));
        admin.get(&key_path).await.expect(200);
    }
);
