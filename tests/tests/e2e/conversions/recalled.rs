//! A recalled lot takes the kits that hold some of it with it, and lets them go with it.

use serde_json::{Value, json};
use tests::{client::id, on_both};

use super::{packs, text, version};
use crate::verify::finds;

fn notice(organisation: &str, lot: &str) -> Value {
    json!({
        "organisation_id": organisation, "reference": "召回〔2026〕13号", "reason": "填充物不合格",
        "grade": "first", "announced_by": "厂家", "lot_ids": [lot],
    })
}

fn sorted(mut lots: Vec<String>) -> Value {
    lots.sort();
    json!(lots)
}

on_both!(
    kits_are_recalled_with_what_they_hold_and_let_go_with_it,
    async |server| {
        let packs = packs(server).await;
        let (worker, depot) = (&packs.relief.worker, &packs.relief.depot);
        let province = &packs.relief.ground.province;
        // 10 packs of early quilts, 3 of them in a crate; 2 packs of late ones.
        let named = json!({ "lines": [{ "lot_id": packs.early, "quantity": 20 }] });
        let kit = text(&packs.assemble(10, named).await["kit_lot"]["id"]);
        let late = json!({ "lines": [{ "lot_id": packs.late, "quantity": 4 }] });
        let other = text(&packs.assemble(2, late).await["kit_lot"]["id"]);
        let path = format!("/v1/items/{}", packs.kit);
        let category = text(&worker.get(&path).await.expect(200)["category_id"]);
        let crates = json!({
            "category_id": category, "organisation_id": province, "name": "转运箱",
            "base_unit": "箱", "kind": "kit",
        });
        let crates = id(&worker.post("/v1/items", crates).await.expect(201));
        version(&packs.relief, &crates, &[(&packs.kit, 3)]).await;
        let crated = json!({
            "item_id": crates, "lines": [{ "lot_id": kit, "quantity": 3 }],
        });
        let crated = text(&packs.assemble(1, crated).await["kit_lot"]["id"]);

        let recall = notice(province, &packs.early);
        let made = worker.post("/v1/lot-recalls", recall).await.expect(201);
        let held = [packs.early.clone(), kit.clone(), crated.clone()];
        assert_eq!(made["lot_ids"], sorted(held.to_vec()));
        assert_eq!(
            made["kit_lot_ids"],
            sorted(vec![kit.clone(), crated.clone()])
        );
        let issue = async |lot: &str| {
            let body = json!({ "depot_id": depot, "lines": [{ "lot_id": lot, "quantity": 1 }] });
            worker.post("/v1/issues", body).await
        };
        for lot in &held {
            let refused = issue(lot).await.refused(409, "goods-withheld");
            assert_eq!(refused["withheld"][0]["reason"], "recalled", "{refused}");
        }
        issue(&other).await.expect(201);
        // Where they are, the recall knows, packs and crates too.
        let path = format!("/v1/lot-recalls/{}/places", id(&made));
        let places = worker.get(&path).await.expect(200);
        assert_eq!(places["items"].as_array().map(Vec::len), Some(3));

        // Nobody makes more kits of what was recalled, named or picked.
        for lines in [
            json!({ "lines": [{ "lot_id": packs.early, "quantity": 2 }] }),
            json!({ "item_id": crates, "lines": [{ "lot_id": kit, "quantity": 3 }] }),
        ] {
            let refused = packs.assembly(1, lines).await;
            let refused = refused.refused(409, "goods-withheld");
            assert_eq!(refused["withheld"][0]["reason"], "recalled", "{refused}");
        }
        let picked = packs.assemble(1, json!({})).await;
        let of_late = |row: &Value| row["lot_id"] == packs.late.as_str();
        assert!(
            picked["parts"]
                .as_array()
                .is_some_and(|parts| parts.iter().any(of_late)),
            "{picked}"
        );

        server.prove().await;
        let recall = id(&made);
        let edit = "UPDATE lot_recall_lot SET held_as = 'kit'";
        let undo = "UPDATE lot_recall_lot SET held_as = 'lot' WHERE lot_id IN (SELECT id FROM lot \
                    WHERE batch = '甲厂')";
        let says = [recall.as_str(), "hold nothing of what was recalled"];
        finds(server, [edit, undo], "I9", &says).await;
        // The crate taken out of the recall, and free by hand.
        let one =
            "recalled_at IS NOT NULL AND item_id IN (SELECT id FROM item WHERE name = '转运箱')";
        let edit = format!(
            "CREATE TABLE kept AS SELECT * FROM lot_recall_lot WHERE lot_id IN (SELECT id FROM lot \
             WHERE {one}); DELETE FROM lot_recall_lot WHERE lot_id IN (SELECT lot_id FROM kept); \
             UPDATE lot SET recalled_at = NULL WHERE id IN (SELECT lot_id FROM kept)"
        );
        let undo = "INSERT INTO lot_recall_lot SELECT * FROM kept; UPDATE lot SET recalled_at = \
                    (SELECT recalled_at FROM lot_recall) WHERE id IN (SELECT lot_id FROM kept); \
                    DROP TABLE kept";
        let says = [recall.as_str(), "leaves out kits"];
        finds(server, [&edit, undo], "I9", &says).await;

        let path = format!("/v1/lot-recalls/{recall}/lift");
        let body = json!({ "reason": "检验合格" });
        worker.post(&path, body).await.expect(200);
        for lot in &held {
            issue(lot).await.expect(201);
        }
        server.prove().await;
    }
);
