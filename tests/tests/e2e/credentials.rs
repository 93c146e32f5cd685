//! Passwords, sessions and API keys: what opens the door, and how fast it shuts.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::{Answer, Client, Server, client::id, on_both, people::PASSWORD, raw::PATIENCE};
use tokio::task::JoinSet;

async fn log_in(server: &Server, login: &str, password: &str) -> Answer {
    let body = json!({ "login": login, "password": password });
    server.anonymous().post("/v1/sessions", body).await
}

fn login_of(person: &Client) -> &str {
    person.login.as_deref().unwrap()
}

on_both!(only_a_valid_token_opens_the_door, async |server| {
    let admin = server.admin().await;
    admin.get("/v1/me").await.expect(200);
    let anonymous = server.anonymous();
    anonymous
        .get("/v1/me")
        .await
        .refused(401, "unauthenticated");
    for token in ["", "x", "rds_", "rdk_00", &format!("{}0", admin.token())] {
        let stranger = anonymous.with_token(token);
        stranger.get("/v1/me").await.refused(401, "unauthenticated");
    }
    let basic = anonymous
        .get("/v1/me")
        .header("authorization", "Basic cm9vdDpyb290");
    basic.await.refused(401, "unauthenticated");
    let in_the_address = anonymous.get(&format!("/v1/me?token={}", admin.token()));
    in_the_address.await.refused(401, "unauthenticated");
    let kept = format!(
        "SELECT COUNT(*) FROM session WHERE token_hash = '{}'",
        admin.token()
    );
    assert_eq!(server.number(&kept).await, 0);
});

on_both!(a_disabled_account_is_out_at_once, async |server| {
    let ground = server.ground().await;
    let person = server.person(&["keeper"], &ground.county).await;
    person.get("/v1/me").await.expect(200);
    let path = format!("/v1/accounts/{}", person.account());
    let etag = ground.admin.get(&path).await.etag();
    let disabled = ground
        .admin
        .patch(&path, &etag, json!({ "state": "disabled" }))
        .await;
    assert_eq!(disabled.expect(200)["state"], "disabled");
    person.get("/v1/me").await.refused(401, "unauthenticated");
    log_in(server, login_of(&person), PASSWORD)
        .await
        .refused(401, "login-failed");
    let enabled = ground
        .admin
        .patch(&path, &disabled.etag(), json!({ "state": "active" }))
        .await;
    enabled.expect(200);
    // The old session stays dead.
    person.get("/v1/me").await.refused(401, "unauthenticated");
    server
        .log_in_again(&person)
        .await
        .get("/v1/me")
        .await
        .expect(200);
});

on_both!(a_session_ends_when_told_and_when_idle, async |server| {
    let ground = server.ground().await;
    let person = server.person(&["keeper"], &ground.county).await;
    let login = login_of(&person);
    let session = log_in(server, login, PASSWORD).await.expect(201);
    let second = server
        .anonymous()
        .with_token(session["token"].as_str().unwrap());
    let end = format!("/v1/sessions/{}/end", id(&session));
    second.act(&end).await.expect(200);
    second.get("/v1/me").await.refused(401, "unauthenticated");
    person.get("/v1/me").await.expect(200);
    // Two hours without a word are too long, by the default settings; a word starts them anew.
    let noted = "SELECT COUNT(*) FROM session WHERE used_at > created_at";
    server.clock.advance(Duration::from_secs(5_400));
    person.get("/v1/me").await.expect(200);
    let started = Instant::now();
    while server.number(noted).await == 0 {
        assert!(started.elapsed() < PATIENCE, "the use is never noted");
    }
    server.clock.advance(Duration::from_secs(5_400));
    person.get("/v1/me").await.expect(200);
    let idle = server.log_in(login).await;
    server.clock.advance(Duration::from_secs(7_201));
    idle.get("/v1/me").await.refused(401, "unauthenticated");
});

on_both!(
    a_session_ends_when_it_is_old,
    ["session_lifetime_s" = "3600", "session_idle_s" = "86400"],
    async |server| {
        let admin = server.admin().await;
        server.clock.advance(Duration::from_secs(3_590));
        admin.get("/v1/me").await.expect(200);
        server.clock.advance(Duration::from_secs(11));
        admin.get("/v1/me").await.refused(401, "unauthenticated");
    }
);

on_both!(
    wrong_passwords_lock_the_account_for_a_while,
    async |server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        let login = login_of(&person);
        for _ in 0..5 {
            log_in(server, login, "wrong")
                .await
                .refused(401, "login-failed");
        }
        for password in ["wrong", PASSWORD] {
            let locked = log_in(server, login, password).await;
            locked.refused(429, "too-many-attempts");
            let wait_s: u64 = locked.header("retry-after").parse().unwrap();
            assert!((1..=60).contains(&wait_s), "{wait_s}");
        }
        // Whoever is in stays in, and other names are not slowed down.
        person.get("/v1/me").await.expect(200);
        for _ in 0..6 {
            log_in(server, "nobody", "wrong")
                .await
                .refused(401, "login-failed");
        }
        server.clock.advance(Duration::from_secs(61));
        log_in(server, login, PASSWORD).await.expect(201);
        // A success starts the count anew.
        for _ in 0..5 {
            log_in(server, login, "wrong")
                .await
                .refused(401, "login-failed");
        }
        log_in(server, login, PASSWORD)
            .await
            .refused(429, "too-many-attempts");
    }
);

on_both!(guesses_that_come_together_are_all_counted, async |server| {
    let ground = server.ground().await;
    let person = server.person(&["keeper"], &ground.county).await;
    let body = json!({ "login": person.login, "password": "wrong" });
    let call = server.anonymous().post("/v1/sessions", body);
    let right = json!({ "login": person.login, "password": PASSWORD });
    let right = server.anonymous().post("/v1/sessions", right);
    let mut tasks = JoinSet::new();
    for _ in 0..24 {
        let call = call.clone();
        tasks.spawn(async move { call.await.status });
    }
    let statuses = tasks.join_all().await;
    let failed = statuses.iter().filter(|&&status| status == 401).count();
    assert!(
        statuses.iter().all(|status| [401, 429].contains(status)),
        "{statuses:?}"
    );
    let count = format!(
        "SELECT failed_attempts FROM account WHERE login = '{}'",
        login_of(&person)
    );
    assert_eq!(server.number(&count).await, i64::try_from(failed).unwrap());
    right.await.refused(429, "too-many-attempts");
});

on_both!(weak_passwords_are_refused, async |server| {
    let ground = server.ground().await;
    for (password, word) in [
        ("short", "at least 15"),
        ("mustangbaseball99", "guessed too soon"),
        ("qwertyuiopasdfgh", "commonest"),
        ("1qaz2wsx3edc4rfv", "commonest"),
        ("password1234", "commonest"),
        ("zhangsan-2026!", "login name"),
        ("abababababab", "same few"),
    ] {
        let body = json!({
            "login": "zhangsan", "name": "Zhang", "password": password, "organisation_id": ground.county,
        });
        let refused = ground.admin.post("/v1/accounts", body).await;
        refused.refused(422, "invalid-request");
        assert_eq!(
            refused.faults(),
            [("/password".into(), "password".into())],
            "{password}"
        );
        assert!(refused.text.contains(word), "{password}: {}", refused.text);
    }
});

on_both!(
    the_chinese_rules_for_passwords_can_be_chosen,
    ["account_policy" = "cn-mlps"],
    async |server| {
        let body = |password: &str| {
            let mut body = tests::people::setup_body(&server.setup_code);
            body["account"]["password"] = password.into();
            server.anonymous().post("/v1/setup", body)
        };
        let refused = body("only small letters").await;
        assert_eq!(
            refused.faults(),
            [("/account/password".into(), "password".into())]
        );
        body("Nine-Bins7!").await.expect(201);
    }
);

on_both!(
    one_changes_one_s_own_password_by_knowing_it,
    async |server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        let path = format!("/v1/accounts/{}/password", person.account());
        let fresh = "another long password";
        let missing = person.post(&path, json!({ "new": fresh })).await;
        assert_eq!(missing.faults(), [("/current".into(), "required".into())]);
        let wrong = person
            .post(&path, json!({ "current": "wrong", "new": fresh }))
            .await;
        assert_eq!(wrong.faults(), [("/current".into(), "wrong".into())]);
        let weak = person
            .post(&path, json!({ "current": PASSWORD, "new": "short" }))
            .await;
        assert_eq!(weak.faults(), [("/new".into(), "password".into())]);
        let changed = person
            .post(&path, json!({ "current": PASSWORD, "new": fresh }))
            .await;
        changed.expect(200);
        // All sessions end, this one too.
        person.get("/v1/me").await.refused(401, "unauthenticated");
        log_in(server, login_of(&person), PASSWORD)
            .await
            .refused(401, "login-failed");
        log_in(server, login_of(&person), fresh).await.expect(201);
    }
);

on_both!(
    changing_a_password_is_no_place_to_guess_it,
    async |server| {
        let ground = server.ground().await;
        let person = server.person(&["keeper"], &ground.county).await;
        let colleague = server.person(&["keeper"], &ground.county).await;
        // To a colleague the account is not there, whatever password they try.
        let path = format!("/v1/accounts/{}/password", person.account());
        for guess in [PASSWORD, "wrong"] {
            let body = json!({ "current": guess, "new": "another long password" });
            colleague.post(&path, body).await.refused(404, "not-found");
        }
        // A stolen session gets as many guesses as a stranger at the door.
        for _ in 0..5 {
            let body = json!({ "current": "wrong", "new": "another long password" });
            person
                .post(&path, body)
                .await
                .refused(422, "invalid-request");
        }
        let body = json!({ "current": PASSWORD, "new": "another long password" });
        person
            .post(&path, body)
            .await
            .refused(429, "too-many-attempts");
    }
);
