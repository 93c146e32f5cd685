//! How requests are read and answers written, whatever they are about.

use reqwest::Method;
use serde_json::{Value, json};
use tests::on_both;

on_both!(all_faults_of_a_body_are_told_at_once, async |server| {
    let ground = server.ground().await;
    let body = json!({
        "code": "", "name": "x".repeat(201), "level": "galactic", "colour": "red",
        "parent_id": "depot_nonsense", "division_code": 330_203,
    });
    let refused = ground.steward.post("/v1/organisations", body).await;
    refused.refused(422, "invalid-request");
    let expected = [
        ("/code", "length"),
        ("/colour", "unknown"),
        ("/division_code", "type"),
        ("/level", "choice"),
        ("/name", "length"),
        ("/parent_id", "format"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned()))
        .collect();
    assert_eq!(refused.faults(), expected, "{}", refused.text);
    // What no schema can say is told together, too.
    let blank =
        json!({ "code": " ", "name": "\u{7}", "level": "county", "parent_id": ground.city });
    let refused = ground.steward.post("/v1/organisations", blank).await;
    refused.refused(422, "invalid-request");
    assert_eq!(
        refused.faults(),
        [
            ("/code".into(), "required".into()),
            ("/name".into(), "format".into())
        ]
    );
});

on_both!(unknown_fields_and_parameters_are_refused, async |server| {
    let ground = server.ground().await;
    let body = json!({
        "code": "T", "name": "T", "level": "township", "parent_id": ground.county, "nmae": "T",
    });
    let refused = ground.steward.post("/v1/organisations", body).await;
    refused.refused(422, "invalid-request");
    assert_eq!(refused.faults(), [("/nmae".into(), "unknown".into())]);
    for path in ["/v1/organisations", "/v1/accounts", "/v1/divisions"] {
        let refused = ground.steward.get(path).query("limti", 1).await;
        refused.refused(400, "invalid-parameter");
        assert_eq!(refused.faults(), [("limti".into(), "unknown".into())]);
    }
});

on_both!(a_text_never_holds_a_zero, async |server| {
    let ground = server.ground().await;
    let body = json!({ "login": "zhang\u{0}", "password": "a long enough password" });
    let refused = server.anonymous().post("/v1/sessions", body).await;
    refused.refused(422, "invalid-request");
    assert_eq!(refused.faults(), [("/login".into(), "format".into())]);
    let auditor = server.person(&["auditor"], &ground.county).await;
    let refused = auditor.get("/v1/journal-entries?subject=a%00b").await;
    refused.refused(422, "invalid-query");
    let refused = auditor.get("/v1/organisations?q=%00").await;
    refused.refused(422, "invalid-query");
    for path in [
        "/v1/divisions/%00",
        "/v1/divisions/%ff",
        "/v1/organisations/%ff",
    ] {
        auditor.get(path).await.refused(404, "not-found");
    }
});

on_both!(
    messages_come_in_the_language_that_is_asked_for,
    async |server| {
        let missing = server.anonymous().get("/v1/organisations");
        for (language, tag, title) in [
            ("zh", "zh-CN", "需要登录"),
            ("zh-Hans-CN,zh;q=0.9,en;q=0.1", "zh-CN", "需要登录"),
            ("en-GB", "en", "Credentials are missing or not valid"),
            ("fr, en;q=0.3", "en", "Credentials are missing or not valid"),
            // The harness sets English for those who ask for neither.
            ("fr", "en", "Credentials are missing or not valid"),
        ] {
            let refused = missing.clone().language(language).await;
            let problem = refused.refused(401, "unauthenticated");
            assert_eq!(problem["title"], title, "{language}");
            assert_eq!(refused.header("content-language"), tag, "{language}");
        }
        let ground = server.ground().await;
        let body = json!({ "code": "", "name": "T", "level": "county" });
        let call = ground.steward.post("/v1/organisations", body);
        let zh = call.clone().language("zh").await.expect(422);
        let en = call.language("en").await.expect(422);
        assert_eq!(zh["errors"][0]["message"], "至少 1 个字符");
        assert_ne!(zh["errors"][0]["message"], en["errors"][0]["message"]);
    }
);

on_both!(
    who_names_no_language_gets_that_of_the_server,
    ["language" = "zh"],
    async |server| {
        let missing = server.anonymous().get("/v1/me").without("accept-language");
        let refused = missing.await;
        assert_eq!(refused.refused(401, "unauthenticated")["title"], "需要登录");
        let vary = refused.headers.get_all("vary");
        assert!(
            vary.iter()
                .any(|it| it.to_str().unwrap().contains("accept-language"))
        );
    }
);

on_both!(a_request_keeps_its_id_and_its_trace, async |server| {
    let anonymous = server.anonymous();
    let call = anonymous.get("/v1/me");
    let refused = call.clone().header("x-request-id", "van-7/2026").await;
    assert_eq!(refused.header("x-request-id"), "van-7/2026");
    assert_eq!(
        refused.refused(401, "unauthenticated")["request_id"],
        "van-7/2026"
    );
    for strange in ["two words", "", &"x".repeat(129)] {
        let refused = call.clone().header("x-request-id", strange).await;
        let given = refused.header("x-request-id");
        assert!(given.len() == 32 && given != strange, "{given}");
    }
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let traced = call.clone().header("traceparent", &parent).await;
    let child = traced.header("traceparent");
    assert!(
        child.starts_with(&format!("00-{trace}-")) && child.ends_with("-01"),
        "{child}"
    );
    assert_ne!(child, parent);
    for broken in [
        "",
        "00-x-y-01",
        &format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)),
    ] {
        let fresh = call.clone().header("traceparent", broken).await;
        let given = fresh.header("traceparent");
        assert!(
            given.len() == 55 && !given.contains(&"0".repeat(32)),
            "{given}"
        );
    }
});

on_both!(the_journal_knows_the_request, async |server| {
    let ground = server.ground().await;
    let body =
        json!({ "code": "T1", "name": "T1", "level": "township", "parent_id": ground.county });
    let call = ground.steward.post("/v1/organisations", body).key("one");
    let made = call.header("x-request-id", "van-7").await.expect(201);
    let auditor = server.person(&["auditor"], &ground.province).await;
    let entries = auditor
        .get("/v1/journal-entries")
        .query("subject", made["id"].as_str().unwrap())
        .await
        .expect(200);
    let entry = &entries["items"][0];
    assert_eq!(entry["request_id"], "van-7");
    assert_eq!(entry["idempotency_key"], "one");
    assert_eq!(entry["command"], "organisations.create_organisation");
    assert_eq!(entry["principal"], ground.steward.account());
    assert_eq!(entry["body"], made);
});

on_both!(the_journal_keeps_no_name_of_a_person, async |server| {
    let ground = server.ground().await;
    let person = server.person(&["keeper"], &ground.county).await;
    let auditor = server.person(&["auditor"], &ground.province).await;
    let entries = auditor
        .get("/v1/journal-entries")
        .query("command", "identity.create_account")
        .await;
    entries.expect(200);
    assert!(entries.text.contains(person.account()));
    assert!(!entries.text.contains("Holder of"), "{}", entries.text);
});

on_both!(a_head_is_a_get_without_its_body, async |server| {
    let ground = server.ground().await;
    let path = format!("/v1/organisations/{}", ground.county);
    let read = ground.steward.get(&path).await;
    let head = ground.steward.call(Method::HEAD, &path).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.etag(), read.etag());
    assert_eq!(head.header("content-type"), "application/json");
    let gone = path.replace(&ground.county[4..12], "01aaaaaa");
    assert_eq!(ground.steward.call(Method::HEAD, &gone).await.status, 404);
    let list = ground
        .steward
        .call(Method::HEAD, "/v1/organisations?limit=1");
    assert_eq!(list.await.status, 200);
});

on_both!(
    a_method_that_is_not_taken_is_refused_with_those_that_are,
    async |server| {
        let anonymous = server.anonymous();
        for (method, path, allowed) in [
            (Method::DELETE, "/v1/me", "GET"),
            (Method::PUT, "/v1/organisations", "POST"),
            (Method::GET, "/v1/setup", "POST"),
            (Method::POST, "/health/live", "GET"),
            (Method::PATCH, "/problems/busy", "GET"),
            (Method::TRACE, "/v1/me", "GET"),
        ] {
            let refused = anonymous.call(method, path).await;
            refused.refused(405, "method-not-allowed");
            assert!(
                refused.header("allow").contains(allowed),
                "{path}: {:?}",
                refused.headers
            );
        }
        for path in ["/v1/nothing", "/v2", "/v1/organisations/x/y"] {
            anonymous.get(path).await.refused(404, "not-found");
        }
    }
);

on_both!(
    a_body_that_is_too_large_is_refused,
    ["body_bytes_max" = "4096"],
    async |server| {
        let ground = server.ground().await;
        let large = json!({ "code": "x".repeat(5_000), "name": "T", "level": "county" });
        let refused = ground.steward.post("/v1/organisations", large).await;
        let problem = refused.refused(413, "body-too-large");
        assert_eq!(problem["limit_bytes"], 4_096);
        let login = json!({ "login": "x".repeat(5_000), "password": "x" });
        let refused = server.anonymous().post("/v1/sessions", login).await;
        refused.refused(413, "body-too-large");
    }
);

on_both!(a_body_is_json_and_says_so, async |server| {
    let ground = server.ground().await;
    let call = ground.steward.post("/v1/organisations", Value::Null);
    let body = json!({ "code": "T", "name": "T", "level": "township", "parent_id": ground.county });
    for kind in ["text/plain", "application/xml", "application/jsonx", ""] {
        let refused = call.clone().body(kind, body.to_string().into_bytes()).await;
        refused.refused(415, "unsupported-media-type");
    }
    for (text, at) in [
        ("{", "1:1"),
        ("{\"code\":}", "1:9"),
        ("{}{}", "1:3"),
        ("\u{feff}{}", "1:1"),
    ] {
        let refused = call
            .clone()
            .body("application/json", text.as_bytes().to_vec())
            .await;
        assert_eq!(refused.refused(400, "invalid-json")["at"], at, "{text}");
    }
    let wrong = call
        .clone()
        .body("application/json", vec![b'"', 0xff, b'"'])
        .await;
    wrong.refused(400, "invalid-json");
    let deep = "[".repeat(100_000).into_bytes();
    let refused = call.clone().body("application/json", deep).await;
    refused.refused(400, "invalid-json");
    for text in ["", "null", "[]", "7"] {
        let refused = call
            .clone()
            .body("application/json", text.as_bytes().to_vec())
            .await;
        refused.refused(422, "invalid-request");
        assert_eq!(refused.faults(), [(String::new(), "type".into())], "{text}");
    }
    let charset = "application/json; charset=utf-8";
    call.body(charset, body.to_string().into_bytes())
        .await
        .expect(201);
});

on_both!(every_answer_carries_the_security_headers, async |server| {
    let anonymous = server.anonymous();
    for path in [
        "/health/live",
        "/v1/me",
        "/nothing",
        "/docs/",
        "/openapi.json",
        "/problems/busy",
    ] {
        let answer = anonymous.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        // Neither follows from what else is not said.
        assert!(
            policy.contains("base-uri 'none'") && policy.contains("form-action"),
            "{path}"
        );
        assert!(!policy.contains("http"), "{path}: {policy}");
    }
    assert_eq!(
        anonymous.get("/v1/me").await.header("cache-control"),
        "no-store"
    );
    assert_eq!(
        anonymous.get("/v1/me").await.header("www-authenticate"),
        "Bearer"
    );
});
