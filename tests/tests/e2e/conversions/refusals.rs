//! What does not make kits, and what does not come out of them.

use serde_json::{Value, json};
use tests::{Answer, client::id, on_both};

use super::{packs, text, version};

const NO_SUCH: &str = "01h455vb4pex5vsknk084sn02q";

#[track_caller]
fn wrong(answer: &Answer, expected: &[(&str, &str)]) {
    answer.refused(422, "invalid-request");
    let mut faults = answer.faults();
    faults.sort();
    let mut expected: Vec<_> = expected
        .iter()
        .map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned()))
        .collect();
    expected.sort();
    assert_eq!(faults, expected, "{}", answer.text);
}

on_both!(
    every_wrong_word_about_an_assembly_is_named,
    async |server| {
        let packs = packs(server).await;
        let before = server.row_counts().await;
        let all = json!({
            "kit_version": 2, "zone_id": format!("zone_{NO_SUCH}"), "unit": "托",
            "owner_id": format!("org_{NO_SUCH}"),
        });
        wrong(
            &packs.assembly(1, all).await,
            &[
                ("/kit_version", "reference"),
                ("/zone_id", "reference"),
                ("/unit", "unit"),
                ("/owner_id", "reference"),
            ],
        );
        let no_kit = json!({ "item_id": packs.lamp });
        wrong(&packs.assembly(1, no_kit).await, &[("/item_id", "kind")]);
        let nothing = json!({ "item_id": format!("item_{NO_SUCH}") });
        wrong(
            &packs.assembly(1, nothing).await,
            &[("/item_id", "reference")],
        );
        let half = packs.assembly(1, json!({ "quantity": 1.5 })).await;
        half.refused(422, "invalid-request");
        assert_eq!(half.faults()[0].0, "/quantity");
        let many = packs.assembly(600_000_000_000, json!({})).await;
        wrong(&many, &[("/quantity", "out-of-range")]);
        let early = &packs.early;
        let of = |line: Value| json!({ "lines": [line] });
        // One too few, one too many, and what is not on the list.
        for quantity in [9, 11] {
            let line = of(json!({ "lot_id": early, "quantity": quantity }));
            let answer = packs.assembly(5, line).await;
            wrong(&answer, &[("/lines/0/quantity", "unequal")]);
        }
        let kits = packs
            .relief
            .worker
            .receive(&packs.relief.depot, &packs.kit, 1, json!({}))
            .await;
        let line = of(json!({ "lot_id": kits, "quantity": 1 }));
        wrong(
            &packs.assembly(5, line).await,
            &[("/lines/0", "not-in-kit")],
        );
        let line = of(json!({ "lot_id": format!("lot_{NO_SUCH}"), "quantity": 1 }));
        wrong(
            &packs.assembly(5, line).await,
            &[("/lines/0/lot_id", "reference")],
        );
        let taken = json!({ "lot_id": early });
        packs
            .assembly(1, taken)
            .await
            .refused(409, "already-exists");
        // Nothing but the receipt of one kit was written.
        let after = server.row_counts().await;
        let grown = before
            .iter()
            .zip(&after)
            .filter(|(before, after)| before != after);
        for ((table, _), _) in grown {
            assert!(
                !table.contains("kit_part") && table != "conversion",
                "{table}"
            );
        }
        server.prove().await;
    }
);

on_both!(
    goods_of_two_owners_or_two_purposes_make_no_kits,
    async |server| {
        let packs = packs(server).await;
        let (worker, depot) = (&packs.relief.worker, &packs.relief.depot);
        let lamp = async |facts: Value| worker.receive(depot, &packs.lamp, 10, facts).await;
        let quilt = async |facts: Value| worker.receive(depot, &packs.relief.item, 10, facts).await;
        let bound = |programme: &str| json!({ "restriction": { "kind": "programme", "programme": programme } });
        let city = lamp(json!({ "owner_id": packs.relief.ground.city })).await;
        let with = |lots: &[(&str, i64)]| {
            let lines = lots.iter();
            let lines = lines.map(|(lot, quantity)| json!({ "lot_id": lot, "quantity": quantity }));
            json!({ "lines": lines.collect::<Vec<_>>() })
        };
        let both = with(&[(&city, 1), (&packs.early, 2)]);
        wrong(&packs.assembly(1, both).await, &[("/lines", "owners")]);
        // The rest is picked of the owner whose goods are named, who has none.
        let short = packs.assembly(1, with(&[(&city, 1)])).await;
        short.refused(409, "insufficient-stock");
        let (winter, love) = (lamp(bound("冬令")).await, quilt(bound("博爱")).await);
        let both = with(&[(&winter, 1), (&love, 2)]);
        wrong(
            &packs.assembly(1, both).await,
            &[("/lines", "restrictions")],
        );
        // What is bound is never picked, and the kits are bound like what was named.
        let made = packs.assemble(1, with(&[(&winter, 1)])).await;
        assert_eq!(made["kit_lot"]["restriction"]["programme"], "冬令");
        let kit = text(&made["kit_lot"]["id"]);
        let gone = json!({ "depot_id": depot, "lines": [{ "lot_id": kit, "quantity": 1 }] });
        worker
            .post("/v1/issues", gone)
            .await
            .refused(409, "goods-withheld");
        let picked = packs.assembly(40, json!({})).await;
        assert_eq!(picked.refused(409, "insufficient-stock")["available"], 58);
        server.prove().await;
    }
);

on_both!(what_is_not_good_does_not_go_into_kits, async |server| {
    let packs = packs(server).await;
    let (worker, depot) = (&packs.relief.worker, &packs.relief.depot);
    let old = worker
        .receive(depot, &packs.lamp, 5, json!({ "expires_on": "2020-01-01" }))
        .await;
    let shut = json!({ "condition": "quarantined" });
    let shut = worker.receive(depot, &packs.lamp, 5, shut).await;
    for (line, reason) in [
        (json!({ "lot_id": old, "quantity": 1 }), "expired"),
        (
            json!({ "lot_id": shut, "quantity": 1, "condition": "quarantined" }),
            "quarantined",
        ),
    ] {
        let refused = packs.assembly(1, json!({ "lines": [line] })).await;
        let refused = refused.refused(409, "goods-withheld");
        assert_eq!(refused["withheld"][0]["reason"], reason);
    }
    // What is promised is not there, and the refusal says to whom.
    let deadline = (server.clock.now() + chrono::TimeDelta::hours(1)).to_rfc3339();
    let hold = json!({
        "depot_id": depot, "deadline_at": deadline,
        "lines": [{ "lot_id": packs.lamps, "quantity": 38 }],
    });
    let held = id(&worker.post("/v1/reservations", hold).await.expect(201));
    let named = json!({ "lines": [{ "lot_id": packs.lamps, "quantity": 3 }] });
    for more in [json!({}), named] {
        let refused = packs
            .assembly(3, more)
            .await
            .refused(409, "insufficient-stock");
        assert_eq!(refused["available"], 2);
        assert_eq!(refused["reservation_ids"], json!([held]));
    }
    packs.assemble(2, json!({})).await;
    server.prove().await;
});

on_both!(nobody_takes_out_what_is_not_in_there, async |server| {
    let packs = packs(server).await;
    let made = packs.assemble(10, json!({})).await;
    let kit = text(&made["kit_lot"]["id"]);
    version(&packs.relief, &packs.kit, &[(&packs.lamp, 3)]).await;
    let open = async |kits: i64, more: Value| packs.opening(&kit, kits, more).await;
    wrong(
        &open(1, json!({ "kit_version": 2 })).await,
        &[("/kit_version", "mismatch")],
    );
    let lamps = |quantity: i64| json!({ "item_id": packs.lamp, "quantity": quantity });
    let foreign = json!({ "lot_id": packs.late, "quantity": 1 });
    let answer = open(
        1,
        json!({ "lines": [foreign, lamps(1), { "item_id": packs.kit, "quantity": 1 }] }),
    );
    wrong(
        &answer.await,
        &[
            ("/lines/0/lot_id", "not-in-kit"),
            ("/lines/2/item_id", "not-in-kit"),
        ],
    );
    let answer = open(2, json!({ "lines": [lamps(2), lamps(1)] })).await;
    wrong(&answer, &[("/lines/1/quantity", "out-of-range")]);
    let neither = open(1, json!({ "lines": [{ "quantity": 1 }] })).await;
    wrong(&neither, &[("/lines/0/item_id", "required")]);
    let twice = json!({ "item_id": packs.lamp, "lot_id": packs.lamps, "quantity": 1 });
    let twice = open(1, json!({ "lines": [twice] })).await;
    wrong(&twice, &[("/lines/0/item_id", "ambiguous")]);
    wrong(
        &packs.opening(&packs.early, 1, json!({})).await,
        &[("/lot_id", "kind")],
    );
    let nothing = format!("lot_{NO_SUCH}");
    let answer = packs.opening(&nothing, 1, json!({})).await;
    wrong(&answer, &[("/lot_id", "reference")]);
    let short = open(11, json!({})).await.refused(409, "insufficient-stock");
    assert_eq!(short["available"], 10);
    let none = open(1, json!({ "condition": "condemned" })).await;
    none.refused(409, "insufficient-stock");
    server.prove().await;
});

on_both!(
    only_a_keeper_converts_and_only_where_work_goes_on,
    async |server| {
        let packs = packs(server).await;
        let (worker, depot) = (&packs.relief.worker, &packs.relief.depot);
        let made = packs.assemble(2, json!({})).await;
        let kit = text(&made["kit_lot"]["id"]);
        let auditor = server
            .person(&["auditor"], &packs.relief.ground.province)
            .await;
        let body =
            json!({ "depot_id": depot, "item_id": packs.kit, "kit_version": 1, "quantity": 1 });
        auditor
            .post("/v1/kit-assemblies", body)
            .await
            .refused(403, "forbidden");
        let body = json!({ "depot_id": depot, "lot_id": kit, "quantity": 1 });
        auditor
            .post("/v1/kit-disassemblies", body)
            .await
            .refused(403, "forbidden");
        let state = json!({ "state": "paused", "reason": "盘库" });
        let path = format!("/v1/depots/{depot}/state");
        worker.post(&path, state).await.expect(200);
        for answer in [
            packs.assembly(1, json!({})).await,
            packs.opening(&kit, 1, json!({})).await,
        ] {
            assert_eq!(answer.refused(409, "wrong-state")["state"], "paused");
        }
        server.prove().await;
    }
);

on_both!(goods_of_others_become_kits_by_their_word, async |server| {
    let packs = packs(server).await;
    let ground = &packs.relief.ground;
    let worker = &packs.relief.worker;
    let depot = &packs.relief.city_depot;
    let keeper = server.person(&["keeper"], &ground.city).await;
    let owner = json!({ "owner_id": ground.province });
    worker
        .receive(depot, &packs.relief.item, 4, owner.clone())
        .await;
    worker.receive(depot, &packs.lamp, 2, owner).await;
    let body = json!({
        "depot_id": depot, "item_id": packs.kit, "kit_version": 1, "quantity": 1,
        "owner_id": ground.province,
    });
    let refused = keeper.post("/v1/kit-assemblies", body.clone()).await;
    let refused = refused.refused(403, "forbidden");
    assert_eq!(refused["owner_ids"], json!([ground.province]));
    let made = worker.post("/v1/kit-assemblies", body).await.expect(201);
    let body = json!({ "depot_id": depot, "lot_id": made["kit_lot"]["id"], "quantity": 1 });
    let refused = keeper.post("/v1/kit-disassemblies", body).await;
    refused.refused(403, "forbidden");
    server.prove().await;
});
