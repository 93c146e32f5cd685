//! The first start: one code, one root, one first account.

use serde_json::json;
use tests::{on_both, people::setup_body};
use tokio::task::JoinSet;

on_both!(the_setup_code_works_once, async |server| {
    let anonymous = server.anonymous();
    let wrong = anonymous
        .post("/v1/setup", setup_body("AAAA-AAAA-AAAA"))
        .await;
    wrong.refused(401, "setup-code-wrong");
    let mut weak = setup_body(&server.setup_code);
    weak["account"]["password"] = "short".into();
    weak["organisation"]["level"] = "galactic".into();
    weak["account"]["login"] = "a b".into();
    let refused = anonymous.post("/v1/setup", weak).await;
    refused.refused(422, "invalid-request");
    let made = anonymous
        .post("/v1/setup", setup_body(&server.setup_code))
        .await;
    let account = made.expect(201);
    assert_eq!(account["grants"][0]["role"], "security_admin");
    assert_eq!(account["grants"].as_array().map(Vec::len), Some(1));
    for code in [server.setup_code.as_str(), "AAAA-AAAA-AAAA"] {
        let again = anonymous.post("/v1/setup", setup_body(code)).await;
        again.refused(409, "already-set-up");
    }
});

on_both!(
    of_many_that_use_the_code_together_one_succeeds,
    async |server| {
        let mut tasks = JoinSet::new();
        for number in 0..8 {
            let mut body = setup_body(&server.setup_code);
            body["organisation"]["code"] = json!(format!("R{number}"));
            body["account"]["login"] = json!(format!("root{number}"));
            let call = server.anonymous().post("/v1/setup", body);
            tasks.spawn(async move { call.await.status });
        }
        let mut statuses = tasks.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        assert_eq!(server.number("SELECT COUNT(*) FROM organisation").await, 1);
        assert_eq!(server.number("SELECT COUNT(*) FROM account").await, 1);
    }
);

on_both!(
    a_restart_replaces_the_code_until_it_is_used,
    async |server| {
        let old = server.setup_code.clone();
        let second = server.beside().await;
        assert_ne!(second.setup_code, old);
        let refused = server.anonymous().post("/v1/setup", setup_body(&old)).await;
        refused.refused(401, "setup-code-wrong");
        let used = server
            .anonymous()
            .post("/v1/setup", setup_body(&second.setup_code))
            .await;
        used.expect(201);
        second.stop().await;
        let third = server.beside().await;
        assert_eq!(third.setup_code, "");
        third.stop().await;
    }
);
