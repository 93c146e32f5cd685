//! A code beside the password: enrolled, asked for, taken once, lost and taken away.

use std::time::Duration;

use domain::identity::Totp;
use serde_json::{Value, json};
use tests::{
    Answer, Client, Server, on_both,
    people::{GIVEN, PASSWORD, enrol},
};
use tokio::task::JoinSet;

fn path(person: &Client) -> String {
    format!("/v1/accounts/{}/second-factor", person.account())
}

fn typed(person: &Client, code: Option<&str>) -> Value {
    json!({ "login": person.login, "password": PASSWORD, "code": code })
}

async fn log_in(server: &Server, person: &Client, code: Option<&str>) -> Answer {
    let mut body = typed(person, code);
    if code.is_none() {
        body.as_object_mut().unwrap().remove("code");
    }
    server.anonymous().post("/v1/sessions", body).await
}

fn present(server: &Server) -> i64 {
    Totp::step(server.clock.now())
}

async fn next_step(server: &Server) {
    server.clock.advance(Duration::from_secs(30));
}

on_both!(a_login_takes_a_code_and_each_code_once, async |server| {
    let ground = server.ground().await;
    let person = server.person(&["keeper"], &ground.county).await;
    let other = server.log_in_again(&person).await;
    let (totp, _) = enrol(&person, PASSWORD, server.clock.now()).await;
    // The session that enrolled stays, others end.
    person.get("/v1/me").await.expect(200);
    other.get("/v1/me").await.refused(401, "unauthenticated");
    let missing = log_in(server, &person, None).await;
    missing.refused(401, "second-factor-missing");
    // The code that confirmed was taken.
    let used = log_in(server, &person, Some(&totp.code(present(server)))).await;
    assert_eq!(used.faults(), [("/code".into(), "wrong-code".into())]);
    next_step(server).await;
    let code = totp.code(present(server));
    let session = log_in(server, &person, Some(&code)).await.expect(201);
    assert_eq!(session["owes"], json!([]));
    log_in(server, &person, Some(&code))
        .await
        .refused(422, "invalid-request");
    // One before the last that was taken is old, one ahead is good, three ahead are too many; that
    // two are is for `domain` to show, since a step may end between the code and its use.
    next_step(server).await;
    next_step(server).await;
    let ahead = totp.code(present(server) + 3);
    log_in(server, &person, Some(&ahead))
        .await
        .refused(422, "invalid-request");
    let ahead = totp.code(present(server) + 1);
    let spaced = format!("{} {}", &ahead[..3], &ahead[3..]);
    log_in(server, &person, Some(&spaced)).await.expect(201);
    let behind = totp.code(present(server));
    log_in(server, &person, Some(&behind))
        .await
        .refused(422, "invalid-request");
    let shown = person.get(&format!("/v1/accounts/{}", person.account()));
    assert!(shown.await.expect(200)["second_factor_since"].is_string());
});

on_both!(of_many_with_one_code_one_gets_in, async |server| {
    let ground = server.ground().await;
    let person = server.person(&["keeper"], &ground.county).await;
    let (totp, codes) = enrol(&person, PASSWORD, server.clock.now()).await;
    next_step(server).await;
    for code in [totp.code(present(server)), codes[0].clone()] {
        let mut tasks = JoinSet::new();
        for _ in 0..4 {
            let call = server.anonymous();
            let call = call.post("/v1/sessions", typed(&person, Some(&code)));
            tasks.spawn(async move { call.await.status });
        }
        let statuses = tasks.join_all().await;
        let opened = statuses.iter().filter(|&&status| status == 201).count();
        assert_eq!(opened, 1, "{statuses:?}");
    }
});

on_both!(wrong_codes_lock_the_account_too, async |server| {
    let ground = server.ground().await;
    let person = server.person(&["keeper"], &ground.county).await;
    let (totp, codes) = enrol(&person, PASSWORD, server.clock.now()).await;
    next_step(server).await;
    // A right password between wrong codes sets nothing back.
    for wrong in [
        "000000",
        "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA",
        "12345678",
        "000000",
        "000000",
    ] {
        log_in(server, &person, Some(wrong))
            .await
            .refused(422, "invalid-request");
        let missing = log_in(server, &person, None).await;
        assert!([401, 429].contains(&missing.status), "{}", missing.text);
    }
    let code = totp.code(present(server));
    log_in(server, &person, Some(&code))
        .await
        .refused(429, "too-many-attempts");
    log_in(server, &person, Some(&codes[0]))
        .await
        .refused(429, "too-many-attempts");
    server.clock.advance(Duration::from_secs(61));
    log_in(server, &person, Some(&codes[0])).await.expect(201);
});

on_both!(a_recovery_code_opens_once, async |server| {
    let ground = server.ground().await;
    let person = server.person(&["keeper"], &ground.county).await;
    let (_, codes) = enrol(&person, PASSWORD, server.clock.now()).await;
    assert_eq!(codes.len(), 8);
    let typed = codes[0].to_lowercase().replace('-', " ");
    log_in(server, &person, Some(&typed)).await.expect(201);
    log_in(server, &person, Some(&codes[0]))
        .await
        .refused(422, "invalid-request");
    log_in(server, &person, Some(&codes[1])).await.expect(201);
    // What is kept shows neither codes nor secrets.
    for code in &codes {
        let signs = code.replace('-', "");
        let kept =
            format!("SELECT COUNT(*) FROM recovery_code WHERE code_hash IN ('{code}', '{signs}')");
        assert_eq!(server.number(&kept).await, 0);
        let told = format!("SELECT COUNT(*) FROM journal WHERE body LIKE '%{code}%'");
        assert_eq!(server.number(&told).await, 0);
    }
});

on_both!(
    secrets_are_shown_once_and_kept_sealed_outside_the_database_s_reach,
    async |server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        let asked = person
            .post(&path(&person), json!({ "password": PASSWORD }))
            .key("enrol-once");
        let first = asked.clone().await.expect(200);
        let secret = first["secret"].as_str().unwrap();
        let uri = first["uri"].as_str().unwrap();
        assert!(uri.starts_with("otpauth://totp/Relief%20Depot:"), "{uri}");
        assert!(uri.contains(secret), "{uri}");
        let again = asked.await.expect(200);
        assert_eq!(
            (&again["secret"], &again["uri"]),
            (&Value::Null, &Value::Null)
        );
        let kept = format!(
            "SELECT COUNT(*) FROM account WHERE login = '{}' AND totp_secret LIKE 'c20p1305.%'",
            person.login.as_deref().unwrap()
        );
        assert_eq!(server.number(&kept).await, 1);
        for table in ["account WHERE totp_secret", "journal WHERE body"] {
            let told = format!("SELECT COUNT(*) FROM {table} LIKE '%{secret}%'");
            assert_eq!(server.number(&told).await, 0);
        }
        // Until it is confirmed a login asks for nothing.
        log_in(server, &person, None).await.expect(201);
        // Without the file of keys codes cannot be checked, and recovery codes still open.
        let (totp, codes) = enrol(&person, PASSWORD, server.clock.now()).await;
        let file = server.home().directory.path().join("secrets.key");
        assert!(file.exists());
        std::fs::write(&file, "11".repeat(32)).unwrap();
        next_step(server).await;
        log_in(server, &person, Some(&totp.code(present(server))))
            .await
            .refused(500, "internal");
        log_in(server, &person, Some(&codes[0])).await.expect(201);
    }
);

on_both!(
    who_must_have_a_second_factor_can_only_enrol,
    async |server| {
        let ground = server.ground().await;
        let body = json!({
            "login": "guard", "name": "Guard", "password": GIVEN, "organisation_id": ground.county,
            "grants": [{ "role": "system_admin", "organisation_id": ground.county }],
        });
        ground.admin.post("/v1/accounts", body).await.expect(201);
        let login = json!({ "login": "guard", "password": GIVEN, "new_password": PASSWORD });
        let session = server.anonymous().post("/v1/sessions", login).await;
        let session = session.expect(201);
        assert_eq!(session["owes"], json!(["second_factor"]));
        let anonymous = server.anonymous();
        let mut guard = anonymous.with_token(session["token"].as_str().unwrap());
        guard.account = session["account_id"].as_str().map(str::to_owned);
        let me = guard.get("/v1/me").await.expect(200);
        assert_eq!(me["owes"], json!(["second_factor"]));
        for path in ["/v1/accounts", "/v1/organisations", "/metrics"] {
            guard.get(path).await.refused(403, "second-factor-required");
        }
        let password = format!("/v1/accounts/{}/password", guard.account());
        let change = json!({ "current": PASSWORD, "new": "another long password" });
        guard
            .post(&password, change)
            .await
            .refused(403, "second-factor-required");
        enrol(&guard, PASSWORD, server.clock.now()).await;
        guard.get("/v1/organisations").await.expect(200);
        assert_eq!(guard.get("/v1/me").await.expect(200)["owes"], json!([]));
        // A role that demands it closes a session that was opened without.
        let person = server.person(&["keeper"], &ground.county).await;
        let fresh = json!({
            "login": "bare", "name": "Bare", "password": GIVEN, "organisation_id": ground.county,
        });
        let bare = ground.admin.post("/v1/accounts", fresh).await.expect(201);
        let login = json!({ "login": "bare", "password": GIVEN, "new_password": PASSWORD });
        let session = anonymous.post("/v1/sessions", login).await.expect(201);
        let client = anonymous.with_token(session["token"].as_str().unwrap());
        client.get("/v1/organisations").await.expect(200);
        let grant = json!({ "role": "audit_admin", "organisation_id": ground.county });
        let grants = format!("/v1/accounts/{}/grants", bare["id"].as_str().unwrap());
        ground.admin.post(&grants, grant).await.expect(200);
        client
            .get("/v1/organisations")
            .await
            .refused(403, "second-factor-required");
        let end = format!("/v1/sessions/{}/end", session["id"].as_str().unwrap());
        client.act(&end).await.expect(200);
        person.get("/v1/me").await.expect(200);
    }
);

on_both!(it_is_taken_away_by_password_and_code, async |server| {
    let ground = server.ground().await;
    let person = server.person(&["keeper"], &ground.county).await;
    let remove = format!("{}/remove", path(&person));
    let none = json!({ "password": PASSWORD, "code": "000000" });
    let none = person.post(&remove, none).await;
    assert_eq!(none.refused(409, "wrong-state")["state"], "none");
    let (_, codes) = enrol(&person, PASSWORD, server.clock.now()).await;
    let twice = person.post(&path(&person), json!({ "password": PASSWORD }));
    assert_eq!(
        twice.await.refused(409, "wrong-state")["state"],
        "confirmed"
    );
    let bare = person.post(&remove, json!({ "reason": "mine" })).await;
    assert_eq!(
        bare.faults(),
        [
            ("/code".into(), "required".into()),
            ("/password".into(), "required".into())
        ]
    );
    let wrong = json!({ "password": "wrong", "code": codes[0] });
    let wrong = person.post(&remove, wrong).await;
    assert_eq!(wrong.faults(), [("/password".into(), "wrong".into())]);
    let wrong = json!({ "password": PASSWORD, "code": "000000" });
    let wrong = person.post(&remove, wrong).await;
    assert_eq!(wrong.faults(), [("/code".into(), "wrong-code".into())]);
    let right = json!({ "password": PASSWORD, "code": codes[0] });
    person.post(&remove, right).await.expect(200);
    log_in(server, &person, None).await.expect(201);
    let left = server.number("SELECT COUNT(*) FROM recovery_code").await;
    // Those of the administrator alone.
    assert_eq!(left, 8);
});

on_both!(
    a_security_administrator_takes_another_s_away_with_a_reason,
    async |server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        let colleague = server.person(&["keeper"], &ground.county).await;
        let elsewhere = server
            .person(&["security_admin"], &ground.other_county)
            .await;
        enrol(&person, PASSWORD, server.clock.now()).await;
        let remove = format!("{}/remove", path(&person));
        let reason = json!({ "reason": "telephone lost in the flood" });
        for stranger in [&colleague, &elsewhere] {
            let refused = stranger.post(&remove, reason.clone()).await;
            refused.refused(404, "not-found");
        }
        // What somebody else would enrol for them is refused, too.
        let asked = ground
            .admin
            .post(&path(&person), json!({ "password": PASSWORD }));
        let refused = asked.await.refused(403, "forbidden");
        assert_eq!(refused["action"], "enrol_second_factor");
        let silent = ground.admin.post(&remove, json!({})).await;
        assert_eq!(
            silent.refused(422, "invalid-request")["errors"][0]["pointer"],
            "/reason"
        );
        let removed = ground.admin.post(&remove, reason).await.expect(200);
        assert_eq!(removed["reason"], "telephone lost in the flood");
        let told = "SELECT COUNT(*) FROM journal WHERE command = 'identity.remove_second_factor' \
                    AND body LIKE '%telephone lost in the flood%'";
        assert_eq!(server.number(told).await, 1);
        person.get("/v1/me").await.refused(401, "unauthenticated");
        log_in(server, &person, None).await.expect(201);
    }
);

on_both!(the_operator_helps_where_nobody_is_left, async |server| {
    let admin = server.admin().await;
    let refused = log_in(server, &admin, None).await;
    refused.refused(401, "second-factor-missing");
    let reset = |login: &str| {
        let mut program = server.operate("reset-second-factor");
        program.args([login, "--reason", "the only telephone is lost"]);
        program.output().expect("the program runs")
    };
    assert!(!reset("nobody").status.success());
    let done = reset("root");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    admin.get("/v1/me").await.refused(401, "unauthenticated");
    let session = log_in(server, &admin, None).await.expect(201);
    assert_eq!(session["owes"], json!(["second_factor"]));
});
