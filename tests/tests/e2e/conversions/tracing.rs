//! From a part to every hand that got a kit with it, and from a kit back to every donor.

use serde_json::{Value, json};
use tests::{client::id, on_both};

use super::{Packs, expected, packs, parts, text, version};

fn list(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

async fn get(packs: &Packs, path: &str) -> Value {
    packs.relief.worker.get(path).await.expect(200)
}

on_both!(a_piece_is_followed_through_kits_both_ways, async |server| {
    let packs = packs(server).await;
    let (worker, depot) = (&packs.relief.worker, &packs.relief.depot);
    let made = packs.assemble(20, json!({})).await;
    let kit = text(&made["kit_lot"]["id"]);
    // A crate of four packs and a lamp: a kit of kits.
    let mut crates = worker
        .get(&format!("/v1/items/{}", packs.kit))
        .await
        .expect(200);
    let category = text(&crates["category_id"]);
    crates = json!({
        "category_id": category, "organisation_id": packs.relief.ground.province, "name": "转运箱",
        "base_unit": "箱", "kind": "kit",
    });
    let crates = id(&worker.post("/v1/items", crates).await.expect(201));
    version(&packs.relief, &crates, &[(&packs.kit, 4), (&packs.lamp, 1)]).await;
    let crated = packs.assemble(3, json!({ "item_id": crates })).await;
    let crate_lot = text(&crated["kit_lot"]["id"]);
    assert_eq!(crated["kit_lot"]["expires_on"], "2090-01-01");
    let issue = async |lot: &str, quantity: i64, to: &str| {
        let body = json!({
            "depot_id": depot, "counterparty": to, "lines": [{ "lot_id": lot, "quantity": quantity }],
        });
        worker.post("/v1/issues", body).await.expect(201);
    };
    issue(&kit, 2, "洞桥镇").await;
    issue(&crate_lot, 1, "梁弄镇").await;
    packs.open(&kit, 1, json!({})).await;

    // Back: what is in a pack, and who gave it.
    let page = get(&packs, &format!("/v1/lots/{kit}/parts")).await;
    let mut inside: Vec<_> = list(&page)
        .iter()
        .map(|row| {
            let number = |member: &str| row[member].as_i64().unwrap_or(-1);
            (
                text(&row["donor"]),
                number("went_in"),
                number("came_back"),
                number("inside"),
            )
        })
        .collect();
    inside.sort();
    let donors = [
        ("丙厂", 20, 1, 19),
        ("乙厂", 10, 0, 10),
        ("甲厂", 30, 2, 28),
    ];
    let donors = donors.map(|(donor, a, b, c)| (donor.to_owned(), a, b, c));
    assert_eq!(inside, donors);
    assert_eq!(list(&page)[0]["kit_item_name"], "家庭包");
    // A page at a time, and as a file.
    let first = get(&packs, &format!("/v1/lots/{kit}/parts?limit=2")).await;
    let cursor = text(&first["next_cursor"]);
    let rest = get(
        &packs,
        &format!("/v1/lots/{kit}/parts?limit=2&cursor={cursor}"),
    )
    .await;
    assert_eq!([list(&first), list(&rest)].concat(), list(&page));
    let file = worker.get(&format!("/v1/lots/{kit}/parts"));
    let file = file.header("accept", "text/csv").language("en").await;
    assert_eq!(file.status, 200, "{}", file.text);
    for heading in ["\"Lot of kits ID\"", "\"Went in\"", "\"Still inside\""] {
        assert!(file.text.contains(heading), "{heading} in {}", file.text);
    }

    // Forward: the packs that a lot of quilts went into, and the crates that those went into.
    let page = get(&packs, &format!("/v1/lots/{}/kits", packs.early)).await;
    let kits: Vec<_> = list(&page)
        .iter()
        .map(|row| text(&row["kit_lot_id"]))
        .collect();
    assert_eq!(kits, std::slice::from_ref(&kit));
    let page = get(&packs, &format!("/v1/lots/{kit}/kits")).await;
    assert_eq!(list(&page)[0]["kit_lot_id"], crate_lot.as_str());
    assert_eq!(list(&page)[0]["inside"], 12);

    // Forward to every hand.
    let path = format!("/v1/lots/{}/history", packs.early);
    let own = get(&packs, &path).await;
    let ways: Vec<_> = list(&own)
        .iter()
        .map(|row| (text(&row["to"]["kind"]), text(&row["kit_lot_id"])))
        .collect();
    let none = String::new();
    let way = |kind: &str, kit: &str| (kind.to_owned(), kit.to_owned());
    assert_eq!(
        ways,
        [
            way("zone", &none),
            way("conversion", &kit),
            way("zone", &kit)
        ]
    );
    let whole = get(&packs, &format!("{path}?through_kits=true&limit=200")).await;
    assert_eq!(whole["totals"], own["totals"]);
    let mut hands: Vec<_> = list(&whole)
        .iter()
        .filter(|row| row["to"]["kind"] == "recipient")
        .map(|row| (text(&row["lot_id"]), text(&row["counterparty"])))
        .collect();
    hands.sort();
    let mut got = [
        (kit.clone(), "洞桥镇".to_owned()),
        (crate_lot.clone(), "梁弄镇".to_owned()),
    ];
    got.sort();
    assert_eq!(hands, got);
    // The late quilts did not come back; the lamps went into both.
    let path = format!("/v1/lots/{}/kits", packs.lamps);
    assert_eq!(list(&get(&packs, &path).await).len(), 2);
    server.prove().await;
});

on_both!(whoever_holds_kits_is_told_what_is_in_them, async |server| {
    let packs = packs(server).await;
    let (worker, relief) = (&packs.relief.worker, &packs.relief);
    let made = packs.assemble(10, json!({})).await;
    let kit = text(&made["kit_lot"]["id"]);
    let keeper = server.person(&["keeper"], &relief.ground.city).await;
    let path = format!("/v1/lots/{kit}/parts");
    keeper.get(&path).await.refused(404, "not-found");
    let body = json!({
        "depot_id": relief.depot, "to_depot_id": relief.city_depot,
        "lines": [{ "lot_id": kit, "quantity": 4 }],
    });
    let shipment = id(&worker.post("/v1/shipments", body).await.expect(201));
    let hand_over = format!("/v1/shipments/{shipment}/hand-overs");
    let body = json!({
        "given_by": "张三", "received_by": "李四", "lines": [{ "lot_id": kit, "received": 4 }],
    });
    worker.post(&hand_over, body).await.expect(200);
    assert_eq!(list(&keeper.get(&path).await.expect(200)).len(), 2);
    // The lots that went in are not theirs to see.
    let path = format!("/v1/lots/{}/kits", packs.early);
    keeper.get(&path).await.refused(404, "not-found");
    // Opened elsewhere, the kits give back the same lots.
    let body = json!({ "depot_id": relief.city_depot, "lot_id": kit, "quantity": 4 });
    let opened = worker.post("/v1/kit-disassemblies", body).await.expect(201);
    assert_eq!(
        parts(&opened),
        expected(&[
            (&packs.early, "back", "usable", 8),
            (&packs.lamps, "back", "usable", 4),
        ])
    );
    keeper.get(&path).await.expect(200);
    server.prove().await;
});
