//! Keys of systems: who makes them never has their secret.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Client, Server, client::id, on_both};

const DAY: Duration = Duration::from_secs(86_400);

async fn works(system: &Client) -> bool {
    let me = system.get("/v1/me").await;
    if me.status == 200 {
        return true;
    }
    me.refused(401, "unauthenticated");
    false
}

/// A new secret, and the system that has it.
async fn draw(server: &Server, holder: &Client, key: &Value, overlap_h: i64) -> (Value, Client) {
    let path = format!("/v1/api-keys/{}/rotate-secret", id(key));
    let body = json!({ "overlap_h": overlap_h });
    let drawn = holder.post(&path, body).await.expect(200);
    let secret = drawn["secret"].as_str().expect("a secret is shown once");
    let system = server.anonymous().with_token(secret);
    (drawn, system)
}

on_both!(a_key_works_until_it_is_revoked_or_expires, async |server| {
    let ground = server.ground().await;
    let expiry = server.clock.now() + Duration::from_secs(3_600);
    let grants = json!([{ "role": "data_steward", "organisation_id": ground.county }]);
    let body = |expires_at: Option<String>| {
        json!({
            "name": "scale", "organisation_id": ground.county, "grants": grants,
            "expires_at": expires_at,
        })
    };
    let (lasting, system) = server.api_key(&ground.admin, body(None)).await;
    let passing = body(Some(expiry.to_rfc3339()));
    let (_, passing) = server.api_key(&ground.admin, passing).await;
    let me = system.get("/v1/me").await.expect(200);
    assert_eq!(me["principal"], lasting["id"]);
    let township =
        json!({ "code": "T", "name": "T", "level": "township", "parent_id": ground.county });
    system.post("/v1/organisations", township).await.expect(201);
    assert!(works(&passing).await);
    server.clock.advance(Duration::from_secs(3_601));
    assert!(!works(&passing).await);
    let path = format!("/v1/api-keys/{}", id(&lasting));
    let shown = ground.admin.get(&path).await;
    assert_eq!(shown.expect(200)["secret"], Value::Null);
    let revoked = ground.admin.act(&format!("{path}/revoke")).await;
    assert!(revoked.expect(200)["revoked_at"].is_string());
    assert!(!works(&system).await);
});

on_both!(who_makes_a_key_does_not_have_its_secret, async |server| {
    let ground = server.ground().await;
    let holder = server.person(&["keeper"], &ground.county).await;
    let grants = json!([{ "role": "approver", "organisation_id": ground.county }]);
    let body = |holder: &str| {
        json!({
            "name": "ERP", "organisation_id": ground.county, "grants": grants,
            "holder_id": holder,
        })
    };
    let make = |holder: &str| ground.admin.post("/v1/api-keys", body(holder));
    for (holder, code) in [
        (ground.admin.account(), "own"),
        ("account_00000000000000000000000009", "reference"),
    ] {
        let refused = make(holder).await;
        assert_eq!(refused.faults(), [("/holder_id".into(), code.into())]);
    }
    let past = server.clock.now() - DAY;
    let mut late = body(holder.account());
    late["expires_at"] = past.to_rfc3339().into();
    let refused = ground.admin.post("/v1/api-keys", late).await;
    assert_eq!(
        refused.faults(),
        [("/expires_at".into(), "out-of-range".into())]
    );

    let key = make(holder.account()).await.expect(201);
    assert_eq!(key["secret"], Value::Null);
    assert_eq!(key["secret_drawn_at"], Value::Null);
    let path = format!("/v1/api-keys/{}/rotate-secret", id(&key));
    // Neither who made it nor anybody else.
    let stranger = server.person(&["keeper"], &ground.county).await;
    for curious in [&ground.admin, &stranger, &ground.steward] {
        let refused = curious.post(&path, json!({})).await;
        refused.refused(404, "not-found");
    }
    let held = holder.get("/v1/api-keys").await.expect(200);
    assert_eq!(held["items"][0]["id"], key["id"]);
    let (drawn, system) = draw(server, &holder, &key, 0).await;
    assert_eq!(drawn["holder_id"], holder.account());
    assert!(works(&system).await);
    // Nor does the key draw for itself.
    system
        .post(&path, json!({}))
        .await
        .refused(404, "not-found");

    let path = format!("/v1/accounts/{}", holder.account());
    let etag = ground.admin.get(&path).await.etag();
    let off = json!({ "state": "disabled" });
    ground.admin.patch(&path, &etag, off).await.expect(200);
    let refused = make(holder.account()).await;
    assert_eq!(
        refused.faults(),
        [("/holder_id".into(), "reference".into())]
    );
});

on_both!(
    a_secret_is_changed_without_a_gap,
    [
        "api_key_secret_days" = "30",
        "session_lifetime_s" = "2592000",
        "session_idle_s" = "2592000"
    ],
    async |server| {
        let ground = server.ground().await;
        let holder = server.person(&[], &ground.county).await;
        let body = json!({
            "name": "ERP", "organisation_id": ground.county, "holder_id": holder.account(),
        });
        let key = ground.admin.post("/v1/api-keys", body).await.expect(201);
        let (_, first) = draw(server, &holder, &key, 24).await;
        let (drawn, second) = draw(server, &holder, &key, 24).await;
        assert!(drawn["earlier_until"].is_string());
        assert!(works(&first).await && works(&second).await);
        server.clock.advance(DAY);
        assert!(!works(&first).await && works(&second).await);
        // At once, where it may have been seen by others.
        let holder = server.log_in_again(&holder).await;
        let (drawn, third) = draw(server, &holder, &key, 0).await;
        assert_eq!(drawn["earlier_until"], Value::Null);
        assert!(!works(&second).await && works(&third).await);
        // A secret that nobody changes ends, and does not come back by a new one.
        server.clock.advance(30 * DAY);
        assert!(!works(&third).await);
        let holder = server.log_in_again(&holder).await;
        let (_, fourth) = draw(server, &holder, &key, 24).await;
        assert!(!works(&third).await && works(&fourth).await);
        let path = format!("/v1/api-keys/{}", id(&key));
        let admin = server.log_in_again(&ground.admin).await;
        admin.act(&format!("{path}/revoke")).await.expect(200);
        let refused = holder
            .post(&format!("{path}/rotate-secret"), json!({}))
            .await;
        refused.refused(409, "wrong-state");
    }
);
