//! Whoever holds a receipt, or reads a label, learns what became of the goods and nobody's name.

use std::{path::Path, process::Command, time::Duration};

use serde_json::{Value, json};
use tests::{client::id, on_both};

use super::{balances, lot_of, scene};

on_both!(a_donor_follows_a_gift, async |server| {
    let scene = scene(server).await;
    let (relief, anybody) = (&scene.relief, &scene.anybody);
    let receipt = scene.gift(100, "王五", "SL-1").await;
    let code = receipt["trace_code"].as_str().unwrap().to_owned();
    let gift = lot_of(&receipt);
    scene.issue(&gift, 30, "330203104").await;
    let body = json!({
        "depot_id": relief.depot, "note": "交张三签收",
        "lines": [{ "lot_id": gift, "quantity": 5 }],
        "purpose": { "incident_id": scene.disaster.incident, "division_code": "330203104" },
    });
    relief.worker.post("/v1/issues", body).await.expect(201);
    // Goods of somebody else leave on the same paper.
    let body = json!({
        "depot_id": relief.depot,
        "lines": [{ "lot_id": gift, "quantity": 2 }, { "lot_id": relief.lot, "quantity": 9 }],
        "purpose": { "incident_id": scene.disaster.incident, "division_code": "330203104" },
    });
    let together = relief.worker.post("/v1/issues", body).await.expect(201);
    server.seal().await;

    let ask = async |receipt: &str, code: &str| {
        let body = json!({ "receipt": receipt, "code": code });
        anybody.post("/v1/public/traces", body).await
    };
    let told = ask("SL-1", &code.to_lowercase().replace('-', " "))
        .await
        .expect(200);
    let by_id = ask(receipt["movement"]["id"].as_str().unwrap(), &code)
        .await
        .expect(200);
    assert_eq!(by_id["goods"], told["goods"]);
    let figures = &told["goods"][0]["figures"];
    assert!(balances(figures), "{figures}");
    assert_eq!(
        (
            &figures["received"],
            &figures["issued"],
            &figures["on_hand"]
        ),
        (&json!(100), &json!(37), &json!(63))
    );
    let steps = told["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 4);
    assert_eq!(
        (&steps[0]["kind"], &steps[0]["from"]),
        (&json!("receipt"), &json!("source"))
    );
    assert_eq!(steps[1]["division_code"], "330203104");
    assert_eq!(steps[1]["organisation_name"], "浙江省红十字会");
    let text = told.to_string();
    for private in [
        "王五",
        "张三",
        relief.worker.login.as_deref().unwrap(),
        &relief.lot,
    ] {
        assert!(!text.contains(private), "{private}: {text}");
    }
    // Entries into which somebody wrote a text, or that tell of other goods, are shown by their hash
    // alone.
    let shown: Vec<_> = told["proofs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|proof| proof["leaf"].is_string())
        .collect();
    assert_eq!(shown, [true, true, false, false], "{text}");
    proven_offline(server, &told);

    // The code is kept nowhere, and a fresh one ends it.
    let kept = server
        .number("SELECT COUNT(*) FROM receipt_code WHERE LENGTH(code_hash) = 64")
        .await;
    assert_eq!(kept, 1);
    let renew = format!(
        "/v1/movements/{}/trace-codes",
        receipt["movement"]["id"].as_str().unwrap()
    );
    let other = format!("/v1/movements/{}/trace-codes", id(&together));
    relief.worker.act(&other).await.refused(409, "wrong-state");
    let fresh = relief.worker.act(&renew).await.expect(200);
    let fresh = fresh["trace_code"].as_str().unwrap().to_owned();
    ask("SL-1", &code).await.refused(404, "not-found");
    ask("SL-1", &fresh).await.expect(200);
    ask("SL-1", "0000-0000")
        .await
        .refused(422, "invalid-request");
    ask("SL-1", "0000-0000-0000-000U")
        .await
        .refused(422, "invalid-request");
    // A stranger who guesses waits, and so does the donor for as long.
    for _ in 0..5 {
        ask("SL-1", "0000-0000-0000-0000")
            .await
            .refused(404, "not-found");
    }
    ask("SL-1", &fresh).await.refused(429, "too-many-attempts");
    ask("SL-9", &fresh).await.refused(404, "not-found");
    server.clock.advance(Duration::from_secs(61));
    ask("SL-1", &fresh).await.expect(200);
    // A right one ends the row of wrong ones.
    let counted = "SELECT failed_attempts FROM receipt_code";
    assert_eq!(server.number(counted).await, 0);
});

// `tools/verify.py` shares nothing with the server.
fn proven_offline(server: &tests::Server, told: &Value) {
    let key = server.operate("journal").arg("key").output().unwrap();
    let key = String::from_utf8(key.stdout).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/verify.py");
    let check = |told: &Value| {
        let file = directory.path().join("trace.json");
        std::fs::write(&file, told.to_string()).unwrap();
        let output = Command::new("python3")
            .arg("-B")
            .arg(&script)
            .arg("--proof")
            .arg(&file)
            .args(["--key", key.trim()])
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (code, said) = check(told);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.lines().count(), 4, "{said}");
    let mut forged = told.clone();
    let leaf = told["proofs"][1]["leaf"].as_str().unwrap();
    forged["proofs"][1]["leaf"] = json!(leaf.replace("30", "29"));
    let (code, said) = check(&forged);
    assert_eq!(code, Some(3), "{said}");
    let mut forged = told.clone();
    forged["proofs"][2]["leaf_hash"] = told["proofs"][0]["leaf_hash"].clone();
    assert_eq!(check(&forged).0, Some(3));
}

on_both!(a_label_tells_no_more_than_it_may, async |server| {
    let scene = scene(server).await;
    let (relief, anybody) = (&scene.relief, &scene.anybody);
    let load = json!({
        "depot_id": relief.depot, "to_depot_id": relief.city_depot, "driver": "赵六",
        "lines": [{ "lot_id": relief.lot, "quantity": 15 }],
    });
    let shipment = relief.worker.post("/v1/shipments", load).await.expect(201);
    server.seal().await;
    let waybill = shipment["waybill"].as_str().unwrap();
    let told = anybody
        .get(&format!("/v1/public/shipments/{waybill}"))
        .await
        .expect(200);
    assert_eq!(told["state"], "on_road");
    assert_eq!(
        (&told["from_level"], &told["to_level"]),
        (&json!("provincial"), &json!("municipal"))
    );
    assert_eq!(told["lines"][0]["sent"], 15);
    assert_eq!(told["lines"][0]["item_name"], "棉被");
    assert!(!told.to_string().contains("赵六"), "{told}");
    let box_of = format!("/v1/public/lots/{}", relief.lot);
    let told = anybody.get(&box_of).await.expect(200);
    assert_eq!(
        (&told["figures"]["on_road"], &told["figures"]["on_hand"]),
        (&json!(15), &json!(185))
    );
    assert_eq!(told["owner_level"], "provincial");
    anybody
        .get("/v1/public/shipments/none")
        .await
        .refused(404, "not-found");
    let none = "/v1/public/lots/lot_01h455vb4pex5vsknk084sn02q";
    anybody.get(none).await.refused(404, "not-found");
    assert!(!id(&shipment).is_empty());
});
