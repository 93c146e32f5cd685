//! What a stocktake refuses.

use serde_json::{Value, json};
use tests::{client::id, on_both};

use super::{act, count, list, read};

on_both!(promised_goods_are_not_counted_away, async |server| {
    let at = count(server).await;
    let lot = at.relief.lot.clone();
    let stocktake = at.open(json!({})).await;
    let deadline = (server.clock.now() + chrono::TimeDelta::hours(2)).to_rfc3339();
    let body = json!({
        "depot_id": at.relief.depot, "deadline_at": deadline,
        "lines": [{ "lot_id": lot, "quantity": 150 }],
    });
    let held = at.relief.worker.post("/v1/reservations", body).await;
    let held = id(&held.expect(201));
    at.find(&stocktake, &lot, 120).await;
    let refused = act(&at.approver, &stocktake, "approve").await;
    let refused = refused.refused(409, "insufficient-stock");
    assert_eq!(refused["reservation_ids"], json!([held]));
    assert_eq!(refused["stocktake_id"], stocktake.as_str());
    assert_eq!(at.on_hand().await, 200);
    assert_eq!(
        read(&at.keeper, &stocktake).await["state"],
        "awaiting_approval"
    );
    let release = format!("/v1/reservations/{held}/release");
    at.relief.worker.post(&release, json!({})).await.expect(200);
    act(&at.approver, &stocktake, "approve").await.expect(200);
    assert_eq!(at.on_hand().await, 120);
    server.prove().await;
});

on_both!(what_left_after_the_count_makes_it_old, async |server| {
    let at = count(server).await;
    let lot = at.relief.lot.clone();
    let stocktake = at.open(json!({})).await;
    at.find(&stocktake, &lot, 20).await;
    at.issue(&lot, 190).await.expect(201);
    let old = act(&at.approver, &stocktake, "approve").await;
    let old = old.refused(409, "insufficient-stock");
    assert!(old["reservation_ids"].is_null(), "{old}");
    let path = format!("/v1/stocktakes/{stocktake}/recount");
    let reason = json!({ "reason": "盘点后出库" });
    at.keeper.post(&path, reason).await.expect(200);
    at.count(&at.clerk, &stocktake, &lot, 10).await;
    act(&at.keeper, &stocktake, "close-round").await.expect(200);
    act(&at.keeper, &stocktake, "settle").await.expect(200);
    assert_eq!(at.on_hand().await, 10);
    server.prove().await;
});

on_both!(what_nobody_counted_is_not_zero, async |server| {
    let at = count(server).await;
    let second = at.receive(5).await;
    let stocktake = at.open(json!({})).await;
    at.count(&at.keeper, &stocktake, &at.relief.lot, 200).await;
    let open = act(&at.keeper, &stocktake, "close-round").await;
    let open = open.refused(409, "wrong-state");
    assert_eq!(
        (&open["state"], &open["lines"]),
        (&json!("counting"), &json!([2]))
    );
    let sheet = read(&at.keeper, &format!("{stocktake}/lines")).await;
    assert_eq!(list(&sheet)[1]["lot_id"], second.as_str());
    at.count(&at.keeper, &stocktake, &second, 0).await;
    let closed = act(&at.keeper, &stocktake, "close-round").await;
    assert_eq!(closed.expect(200)["state"], "recounting");
    // A line that was right is not counted again.
    let right = json!({ "quantity": 200 });
    let right = at
        .try_count(&at.clerk, &stocktake, &at.relief.lot, right)
        .await;
    assert_eq!(
        right.faults(),
        [("/lines/0".to_owned(), "not-to-count".to_owned())]
    );
});

on_both!(all_faults_of_a_count_are_told, async |server| {
    let at = count(server).await;
    let lot = at.relief.lot.clone();
    let stocktake = at.open(json!({})).await;
    let path = format!("/v1/stocktakes/{stocktake}/counts");
    let (zone, other) = (at.zone.as_str(), "zone_01h455vb4pex5vsknk084sn02q");
    let body = json!({ "lines": [
        { "zone_id": zone, "lot_id": lot, "quantity": 1, "unit": "托" },
        { "zone_id": other, "lot_id": lot, "quantity": 1 },
        { "zone_id": zone, "lot_id": "lot_01h455vb4pex5vsknk084sn02q", "quantity": 0 },
        { "zone_id": zone, "lot_id": lot, "quantity": 2 },
    ] });
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    assert_eq!(
        at.keeper.post(&path, body).await.faults(),
        [
            fault("/lines/0/unit", "unit"),
            fault("/lines/1/zone_id", "reference"),
            fault("/lines/2/lot_id", "reference"),
            fault("/lines/3", "repeated"),
        ]
    );
    for counted_at in ["2000-01-01T00:00:00Z", "2200-01-01T00:00:00Z"] {
        let line = json!({ "zone_id": zone, "lot_id": lot, "quantity": 2 });
        let body = json!({ "counted_at": counted_at, "lines": [line] });
        let answer = at.keeper.post(&path, body).await;
        assert_eq!(answer.faults(), [fault("/counted_at", "out-of-range")]);
    }
    // Those who do not keep the depot do not count, end or give up.
    let line = json!({ "quantity": 200 });
    let approver = at.try_count(&at.approver, &stocktake, &lot, line).await;
    assert_eq!(
        approver.refused(403, "forbidden")["capability"],
        "post_stock"
    );
    let stranger = server.person(&["keeper"], &at.relief.ground.county).await;
    for call in [
        stranger.get(&format!("/v1/stocktakes/{stocktake}")),
        stranger.get(&format!("/v1/stocktakes/{stocktake}/lines")),
        stranger.get(&format!("/v1/stocktakes/{stocktake}/counts")),
        stranger.act(&format!("/v1/stocktakes/{stocktake}/close-round")),
    ] {
        call.await.refused(404, "not-found");
    }
    let none = stranger.get("/v1/stocktakes").await.expect(200);
    assert_eq!(list(&none), [] as [Value; 0]);
});

on_both!(what_was_given_up_leaves_the_book_alone, async |server| {
    let at = count(server).await;
    let lot = at.relief.lot.clone();
    let stocktake = at.open(json!({})).await;
    at.find(&stocktake, &lot, 120).await;
    let path = format!("/v1/stocktakes/{stocktake}/abandon");
    let reason = json!({ "reason": "台风来了" });
    let view = at.keeper.post(&path, reason.clone()).await.expect(200);
    assert_eq!(
        (&view["state"], &view["reason"]),
        (&json!("abandoned"), &json!("台风来了"))
    );
    assert_eq!(at.on_hand().await, 200);
    for action in ["approve", "settle", "close-round"] {
        let who = if action == "approve" {
            &at.approver
        } else {
            &at.keeper
        };
        let refused = act(who, &stocktake, action).await;
        assert_eq!(refused.refused(409, "wrong-state")["state"], "abandoned");
    }
    let again = at.keeper.post(&path, reason).await;
    assert_eq!(again.refused(409, "wrong-state")["action"], "abandon");
    let accuracy = at.keeper.get("/v1/count-accuracy").await.expect(200);
    assert_eq!(list(&accuracy), [] as [Value; 0]);
    server.prove().await;
});

on_both!(a_depot_has_a_limit_of_its_own, async |server| {
    let at = count(server).await;
    let path = format!("/v1/depots/{}/count-limit", at.relief.depot);
    let built_in = at.keeper.get(&path).await;
    assert_eq!(built_in.expect(200)["version"], 0);
    let put = |value: &str, etag: String| {
        let body = json!({ "share_e4": 2_000, "value": value, "source": "省会 2026 年规定" });
        let call = at.relief.worker.call(reqwest::Method::PUT, &path);
        call.if_match(&etag).json(body)
    };
    let set = put("5000", built_in.etag()).await;
    assert_eq!(set.expect(200)["value"], "5000");
    put("1", built_in.etag())
        .await
        .refused(412, "precondition-failed");
    put("900", set.etag()).await.expect(200);
    let keeper = at.keeper.call(reqwest::Method::PUT, &path);
    let body = json!({ "share_e4": 10_000, "value": "1", "source": "我" });
    let keeper = keeper.if_match("\"v2\"").json(body).await;
    assert_eq!(
        keeper.refused(403, "forbidden")["capability"],
        "manage_depots"
    );
    // 15 quilts of 60 yuan are within 900 yuan, 16 are not.
    for (counted, state) in [(185, "counted"), (184, "awaiting_approval")] {
        let stocktake = at.open(json!({})).await;
        let counted = at.find(&stocktake, &at.relief.lot, counted).await;
        assert_eq!(counted["state"], state);
        let path = format!("/v1/stocktakes/{stocktake}/abandon");
        at.keeper
            .post(&path, json!({ "reason": "试" }))
            .await
            .expect(200);
    }
});
