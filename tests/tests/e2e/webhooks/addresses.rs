//! Nothing is sent into anybody's house (OWASP API7, ASVS 1.3.6).

use serde_json::json;
use tests::on_both;

/// Forms of addresses that lead into a house, or are none.
const SHUT: &[&str] = &[
    "http://ems.example.org/in",
    "ftp://ems.example.org/in",
    "https://localhost/in",
    "https://LOCALHOST./in",
    "https://relief.localhost/in",
    "https://depot/in",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://printer.local/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://0/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fd00:ec2::254]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://198.18.0.1/",
    "https://0.0.0.0/",
    "https://255.255.255.255/",
    "https://①②⑦.⓪.⓪.①/",
    "https://user@ems.example.org/",
    "https://user:password@ems.example.org/",
    "https://ems.example.org/#part",
    "ems.example.org/in",
    "//ems.example.org/in",
    "https://",
    "https://ems.example.org:99999/",
];

on_both!(an_address_inside_a_house_is_refused, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    for url in SHUT {
        let body = json!({
            "organisation_id": relief.ground.province, "name": "x", "url": url,
        });
        let refused = worker.post("/v1/webhooks", body).await;
        refused.refused(422, "invalid-request");
        let faults = refused.faults();
        assert!(
            faults.len() == 1 && faults[0].0 == "/url",
            "{url}: {faults:?}"
        );
    }
    let webhooks = worker.get("/v1/webhooks").await.expect(200);
    assert_eq!(webhooks["items"], json!([]));
});

on_both!(
    only_hosts_that_the_operator_named,
    ["webhook_hosts" = "ems.example.org",],
    async |server| {
        let relief = server.relief().await;
        let body = json!({
            "organisation_id": relief.ground.province, "name": "x",
            "url": "https://other.example.org/in",
        });
        let refused = relief.worker.post("/v1/webhooks", body).await;
        refused.refused(422, "invalid-request");
        assert_eq!(
            refused.faults(),
            [("/url".to_owned(), "not-allowed".to_owned())]
        );
    }
);
