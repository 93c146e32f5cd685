//! A conversion is undone whole or not at all, and two people do not undo each other's.

use serde_json::json;
use tests::on_both;

use super::{packs, text};

on_both!(
    a_conversion_is_undone_while_nothing_of_it_was_used,
    async |server| {
        let packs = packs(server).await;
        let made = packs.assemble(10, json!({})).await;
        let kit = text(&made["kit_lot"]["id"]);
        let assembly = &made["movement"]["id"];
        let missing = json!({ "lines": [
            { "item_id": packs.lamp, "quantity": 2, "found": "missing" },
        ] });
        let opened = packs.open(&kit, 4, missing).await;
        // Kits of it were opened: that comes first.
        let refused = packs.reverse(assembly).await.refused(409, "wrong-state");
        assert_eq!(refused["state"], "take_apart");
        assert_eq!(refused["taken_apart_by"], json!([opened["movement"]["id"]]));
        packs.reverse(&opened["movement"]["id"]).await.expect(201);
        assert_eq!(packs.there(&kit).await, 10);
        assert_eq!(packs.all_there().await, [10, 30, 30]);
        server.prove().await;
        // A part that was used meanwhile cannot go back into its kit.
        let opened = packs.open(&kit, 1, json!({})).await;
        let early = &packs.early;
        let used = json!({
            "depot_id": packs.relief.depot, "lines": [{ "lot_id": early, "quantity": 12 }],
        });
        packs
            .relief
            .worker
            .post("/v1/issues", used)
            .await
            .expect(201);
        let refused = packs.reverse(&opened["movement"]["id"]).await;
        refused.refused(409, "insufficient-stock");
        server.prove().await;
    }
);

on_both!(
    an_assembly_is_undone_whole_and_its_parts_are_free,
    async |server| {
        let packs = packs(server).await;
        let made = packs.assemble(15, json!({})).await;
        let kit = text(&made["kit_lot"]["id"]);
        packs.reverse(&made["movement"]["id"]).await.expect(201);
        assert_eq!(packs.all_there().await, [30, 30, 40]);
        let path = format!("/v1/lots/{kit}/parts");
        let inside = packs.relief.worker.get(&path).await.expect(200);
        assert_eq!(inside["items"], json!([]));
        let made = packs.assemble(1, json!({})).await;
        let gone = json!({
            "depot_id": packs.relief.depot,
            "lines": [{ "lot_id": made["kit_lot"]["id"], "quantity": 1 }],
        });
        packs
            .relief
            .worker
            .post("/v1/issues", gone)
            .await
            .expect(201);
        let refused = packs.reverse(&made["movement"]["id"]).await;
        refused.refused(409, "insufficient-stock");
        server.prove().await;
    }
);

on_both!(
    two_people_open_the_same_kits_and_no_piece_comes_out_twice,
    async |server| {
        let packs = packs(server).await;
        let made = packs.assemble(10, json!({})).await;
        let kit = text(&made["kit_lot"]["id"]);
        let mut opening = tokio::task::JoinSet::new();
        for _ in 0..8 {
            opening.spawn(packs.opening(&kit, 2, json!({})).send());
        }
        let answers = opening.join_all().await;
        let done = answers
            .iter()
            .filter(|answer| answer.as_ref().is_ok_and(|answer| answer.status == 201));
        assert_eq!(done.count(), 5);
        assert_eq!(packs.all_there().await, [30, 30, 40]);
        server.prove().await;
    }
);
