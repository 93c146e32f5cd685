//! The contract as people and programs read it, from the server itself.

use serde_json::Value;
use tests::{Server, on_both};

async fn document(server: &Server) -> Value {
    server.anonymous().get("/openapi.json").await.expect(200)
}

on_both!(the_published_document_is_that_of_the_code, async |server| {
    let committed = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../openapi/relief-depot.v1.json"
    );
    let committed = std::fs::read_to_string(committed).unwrap();
    let committed: Value = serde_json::from_str(&committed).unwrap();
    assert!(
        document(server).await == committed,
        "the two differ: `make openapi`"
    );
});

on_both!(every_problem_code_has_a_page, async |server| {
    let document = document(server).await;
    let codes = &document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"];
    let codes = codes.as_array().unwrap();
    assert!(codes.len() > 20);
    for code in codes {
        let code = code.as_str().unwrap();
        let page = server.anonymous().get(&format!("/problems/{code}")).await;
        assert_eq!(page.status, 200, "{code}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(
            page.text.contains(code) && page.text.contains("lang=\"zh-CN\""),
            "{code}"
        );
        assert!(page.text.contains("lang=\"en\""), "{code}");
    }
    for unknown in ["/problems/none", "/problems/%ff", "/problems/%00"] {
        let answer = server.anonymous().get(unknown).await;
        answer.refused(404, "not-found");
    }
    let index = server.anonymous().get("/problems/").await;
    assert_eq!(index.status, 200);
    for code in codes {
        let link = format!("href=\"/problems/{}\"", code.as_str().unwrap());
        assert!(index.text.contains(&link), "{link}");
    }
    let page = server.anonymous().get("/problems/body-too-large").await;
    assert!(page.text.contains("<code>limit_bytes</code>"));
});

// What the page loads, by the attributes that load something.
fn loaded(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in ["src=\"", "href=\""] {
        let parts = html.split(attribute).skip(1);
        found.extend(
            parts
                .filter_map(|part| part.split('"').next())
                .map(str::to_owned),
        );
    }
    found
}

on_both!(
    the_documentation_needs_nothing_from_elsewhere,
    async |server| {
        let anonymous = server.anonymous();
        let root = anonymous.get("/").await;
        assert_eq!((root.status, root.header("location")), (307, "/docs/"));
        let page = anonymous.get("/docs/").await;
        assert_eq!(page.status, 200);
        let parts = loaded(&page.text);
        assert!(parts.len() >= 4, "{parts:?}");
        for part in parts {
            assert!(!part.contains("//"), "{part} is elsewhere");
            let answer = anonymous
                .get(&format!("/docs/{}", part.trim_start_matches("./")))
                .await;
            assert_eq!(answer.status, 200, "{part}");
            assert!(!answer.text.is_empty(), "{part}");
        }
        // Whatever a script would like to fetch from elsewhere, the browser does not.
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self'"), "{policy}");
        let started = anonymous.get("/docs/swagger-initializer.js").await;
        assert!(started.text.contains("/openapi.json"), "{}", started.text);
        assert!(!started.text.contains("http://") && !started.text.contains("https://"));
    }
);

on_both!(health_and_version_are_for_everyone, async |server| {
    let anonymous = server.anonymous();
    assert_eq!(
        anonymous.get("/health/live").await.expect(200)["status"],
        "ok"
    );
    assert_eq!(
        anonymous.get("/health/ready").await.expect(200)["status"],
        "ok"
    );
    let version = anonymous.get("/version").await.expect(200);
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    let engine = match server.database() {
        tests::Database::Sqlite => "sqlite",
        tests::Database::Postgres => "postgres",
    };
    assert_eq!(version["database"], engine);
});

on_both!(metrics_are_for_the_system_administrator, async |server| {
    let ground = server.ground().await;
    server
        .anonymous()
        .get("/metrics")
        .await
        .refused(401, "unauthenticated");
    let refused = ground
        .steward
        .get("/metrics")
        .await
        .refused(403, "forbidden");
    assert_eq!(refused["capability"], "read_metrics");
    // A stranger's word makes no series of its own.
    let mut wire = tests::raw::Wire::open(server.address).await;
    wire.send(b"BREW /health/live HTTP/1.1\r\nhost: depot\r\nconnection: close\r\n\r\n")
        .await;
    assert!(wire.rest().await.starts_with("HTTP/1.1 405"));
    let system = server.person(&["system_admin"], &ground.province).await;
    let metrics = system.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.header("content-type").starts_with("text/plain"));
    for name in [
        "relief_depot_http_request_seconds",
        "relief_depot_commands_total",
    ] {
        assert!(metrics.text.contains(name), "{name}");
    }
    assert!(metrics.text.contains("method=\"other\"") && !metrics.text.contains("BREW"));
});

on_both!(divisions_are_looked_up, async |server| {
    let admin = server.admin().await;
    let list = admin
        .get("/v1/divisions")
        .query("prefix", "3302")
        .query("level", "county");
    let list = list.await.expect(200);
    assert!(list["items"].as_array().unwrap().len() >= 10, "{list}");
    let one = admin.get("/v1/divisions/330203").await.expect(200);
    assert_eq!(
        (&one["name"], &one["level"]),
        (&"海曙区".into(), &"county".into())
    );
    let long = admin.get("/v1/divisions/330203000000").await.expect(200);
    assert_eq!(long, one);
    let outline = admin.get("/v1/divisions/330203/boundary").await.expect(200);
    assert_eq!(outline["type"], "Feature");
    admin
        .get("/v1/divisions/999999")
        .await
        .refused(404, "not-found");
});
