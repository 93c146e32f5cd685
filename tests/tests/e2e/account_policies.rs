//! The two rule books for accounts, and what each of them lets in.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    Answer, Client, Server, on_both,
    people::{PASSWORD, enrol, setup_body},
};

const DAY: Duration = Duration::from_secs(86_400);
const GOOD: &str = "Nine-Bins7!";

async fn log_in(server: &Server, body: Value) -> Answer {
    server.anonymous().post("/v1/sessions", body).await
}

fn as_client(server: &Server, session: &Value) -> Client {
    let token = session["token"].as_str().expect("a login gives a token");
    let mut client = server.anonymous().with_token(token);
    client.account = session["account_id"].as_str().map(str::to_owned);
    client
}

// The first account, with a password that suits the Chinese rules.
async fn set_up(server: &Server) {
    let mut body = setup_body(&server.setup_code);
    body["account"]["password"] = GOOD.into();
    server.anonymous().post("/v1/setup", body).await.expect(201);
}

on_both!(anybody_may_know_the_rules_before_typing, async |server| {
    let policy = server.anonymous().get("/v1/account-policy").await;
    let policy = policy.expect(200);
    assert_eq!(policy["profile"], "asvs");
    assert_eq!(policy["password_length_min"], 15);
    assert_eq!(policy["password_classes_min"], 0);
    assert_eq!(policy["password_days_max"], Value::Null);
    assert_eq!(
        policy["second_factor_of"],
        json!(["system_admin", "security_admin", "audit_admin"])
    );
    let sources = policy["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 12);
    for source in sources {
        assert!(
            !policy[source["figure"].as_str().unwrap()].is_null()
                || source["figure"] == "password_days_max"
        );
        assert!(["V", "S", "I"].contains(&source["confidence"].as_str().unwrap()));
    }
});

on_both!(
    the_chinese_rules_are_others_and_a_setting_shortens_sessions,
    ["account_policy" = "cn-mlps", "session_idle_s" = "600"],
    async |server| {
        let policy = server.anonymous().get("/v1/account-policy").await;
        let policy = policy.expect(200);
        assert_eq!(policy["profile"], "cn-mlps");
        assert_eq!(policy["password_classes_min"], 3);
        assert_eq!(policy["password_days_max"], 90);
        assert_eq!(policy["passwords_remembered"], 5);
        assert_eq!(policy["second_factor_of"].as_array().map(Vec::len), Some(8));
        assert_eq!(policy["session_idle_s"], 600);
        let sources = policy["sources"].as_array().unwrap();
        let idle = sources.iter().find(|it| it["figure"] == "session_idle_s");
        assert_eq!(
            idle.unwrap()["source"],
            "the operator's setting, below 1800"
        );
        // And so it is done: the first account is idle for ten minutes.
        set_up(server).await;
        let body = json!({ "login": "root", "password": GOOD });
        let root = as_client(server, &log_in(server, body).await.expect(201));
        server.clock.advance(Duration::from_secs(590));
        root.get("/v1/me").await.expect(200);
        server.clock.advance(Duration::from_secs(1_300));
        root.get("/v1/me").await.refused(401, "unauthenticated");
    }
);

on_both!(
    a_password_that_is_too_old_is_changed_at_the_door,
    ["account_policy" = "cn-mlps"],
    async |server| {
        set_up(server).await;
        let known = json!({ "login": "root", "password": GOOD });
        log_in(server, known.clone()).await.expect(201);
        // Years later nothing is locked: what is too old says so, as often as it is asked.
        server.clock.advance(DAY * 800);
        for _ in 0..6 {
            let expired = log_in(server, known.clone()).await;
            assert_eq!(expired.refused(401, "password-expired")["days_max"], 90);
        }
        // Only to who knows it.
        let wrong = json!({ "login": "root", "password": "wrong", "new_password": "Ten-Bins8!x" });
        log_in(server, wrong).await.refused(401, "login-failed");
        let with = |new: &str| {
            let mut body = known.clone();
            body["new_password"] = new.into();
            log_in(server, body)
        };
        let weak = with("weak").await;
        assert_eq!(weak.faults(), [("/new_password".into(), "password".into())]);
        let same = with(GOOD).await;
        assert_eq!(same.faults(), [("/new_password".into(), "password".into())]);
        assert!(same.text.contains("the present one"), "{}", same.text);
        let session = with("Ten-Bins8!x").await.expect(201);
        as_client(server, &session).get("/v1/me").await.expect(200);
        log_in(server, known).await.refused(401, "login-failed");
        let fresh = json!({ "login": "root", "password": "Ten-Bins8!x" });
        log_in(server, fresh).await.expect(201);
    }
);

on_both!(
    the_last_five_passwords_are_not_taken_again,
    ["account_policy" = "cn-mlps"],
    async |server| {
        set_up(server).await;
        let ring: Vec<String> = ["Ada", "Bob", "Cyd", "Dan", "Eve"]
            .iter()
            .map(|name| format!("{name}-7-wheelbarrow"))
            .collect();
        let turn = |from: &str, to: &str| {
            let body = json!({ "login": "root", "password": from, "new_password": to });
            log_in(server, body)
        };
        let mut present = GOOD.to_owned();
        for next in &ring {
            turn(&present, next).await.expect(201);
            let kept = server.number("SELECT COUNT(*) FROM earlier_password").await;
            assert!(kept <= 4, "{kept}");
            present.clone_from(next);
        }
        for used in &ring {
            let refused = turn(&present, used).await;
            assert_eq!(
                refused.faults(),
                [("/new_password".into(), "password".into())],
                "{used}"
            );
        }
        // The one before the last five is free again.
        turn(&present, GOOD).await.expect(201);
    }
);

on_both!(
    under_the_chinese_rules_everybody_has_a_second_factor,
    ["account_policy" = "cn-mlps"],
    async |server| {
        set_up(server).await;
        let body = json!({ "login": "root", "password": GOOD });
        let session = log_in(server, body).await.expect(201);
        assert_eq!(session["owes"], json!(["second_factor"]));
        let root = as_client(server, &session);
        enrol(&root, GOOD, server.clock.now()).await;
        let me = root.get("/v1/me").await.expect(200);
        let keeper = json!({
            "login": "keeper", "name": "Keeper", "password": "Five-Boots2!",
            "organisation_id": me["organisation_id"],
            "grants": [{ "role": "keeper", "organisation_id": me["organisation_id"] }],
        });
        root.post("/v1/accounts", keeper).await.expect(201);
        let body = json!({
            "login": "keeper", "password": "Five-Boots2!", "new_password": "Four-Tents9?",
        });
        let session = log_in(server, body).await.expect(201);
        let keeper = as_client(server, &session);
        keeper
            .get("/v1/depots")
            .await
            .refused(403, "second-factor-required");
        enrol(&keeper, "Four-Tents9?", server.clock.now()).await;
        keeper.get("/v1/depots").await.expect(200);
    }
);

on_both!(names_around_an_account_make_no_password, async |server| {
    let ground = server.ground().await;
    let with = |password: &str| {
        let body = json!({
            "login": "wei", "name": "Zhangsanfeng Wudangshan", "password": password,
            "organisation_id": ground.county,
        });
        ground.admin.post("/v1/accounts", body)
    };
    for password in [
        "zhangsanfengwudangshan",
        "Wudangshan Zhangsanfeng",
        "hongshizihui-reliefdepot",
        "海曙区红十字会海曙区红十字会海曙",
    ] {
        let refused = with(password).await;
        assert_eq!(
            refused.faults(),
            [("/password".into(), "password".into())],
            "{password}"
        );
    }
    with(PASSWORD).await.expect(201);
    // Who may not make accounts has none guessed at.
    let keeper = server.person(&["keeper"], &ground.county).await;
    let body = json!({
        "login": "other", "name": "O", "password": "short", "organisation_id": ground.county,
    });
    let refused = keeper.post("/v1/accounts", body).await;
    refused.refused(403, "forbidden");
});
