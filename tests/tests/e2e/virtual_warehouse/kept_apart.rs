//! Goods that are there and cannot be counted on: at shut depots, and at suppliers.

use serde_json::json;
use tests::on_both;

use super::{Stocked, depot, totals};

//    on hand, reserved, available, shut, restricted, expiring, expired, recalled, not usable, other, road
const OPEN: [i64; 11] = [303, 0, 253, 0, 30, 0, 20, 0, 0, 5, 15];
const CITY_PAUSED: [i64; 11] = [303, 0, 105, 148, 30, 0, 20, 0, 0, 5, 15];

on_both!(
    a_paused_depot_s_goods_are_there_and_not_available,
    async |server| {
        let stocked = Stocked::new(server).await;
        let [quilt, tent] = &stocked.items;
        let path = format!("/v1/depots/{}", stocked.depots[0]);
        let steward = &stocked.ground.steward;
        let turn = async |state: &str| {
            let body = json!({ "state": state, "reason": "台风" });
            let turned = steward.post(&format!("{path}/state"), body).await;
            turned.expect(200);
        };
        let mut lists = Vec::new();
        for (state, figures) in [
            ("saturated", OPEN),
            ("paused", CITY_PAUSED),
            ("operating", OPEN),
        ] {
            turn(state).await;
            for list in ["items", "depots", "lots"] {
                let rows = stocked.list(list, &[]).await;
                assert_eq!(totals(&rows)[quilt], figures, "{state} {list}");
                assert_eq!(totals(&rows)[tent][3], 0, "{state} {list}");
            }
            let now = server.clock.now().to_rfc3339();
            lists.push(stocked.list("lots", &[("as_of", &now)]).await);
        }
        // Which depots let nothing out is judged by today, whenever the books are read.
        assert_eq!(totals(&lists[1])[quilt], CITY_PAUSED);
        assert_eq!(lists[0], lists[2]);
    }
);

on_both!(
    what_suppliers_hold_is_shown_when_it_is_asked_for,
    async |server| {
        let mut stocked = Stocked::new(server).await;
        let [quilt, _] = stocked.items.clone();
        let facts = json!({
            "code": "SUP", "level": "municipal", "operation": "supplier", "division_code": "330200",
        });
        let ground = &stocked.ground;
        let supplier = depot(&ground.steward, &ground.city, facts, [121.55, 29.87]).await;
        stocked.depots[0] = supplier.clone();
        let line = json!({ "item_id": quilt, "quantity": 1000, "source": "purchase" });
        let body = json!({ "depot_id": supplier, "lines": [line] });
        stocked.worker.post("/v1/receipts", body).await.expect(201);
        let point = [("longitude", "121.55"), ("latitude", "29.87")];
        for more in [&[][..], &point] {
            for list in ["items", "depots", "lots"] {
                let rows = stocked.list(list, more).await;
                assert_eq!(totals(&rows)[&quilt], OPEN, "{list}");
                let asked = [more, &[("operation", "supplier")]].concat();
                let rows = stocked.list(list, &asked).await;
                let held = totals(&rows)[&quilt].clone();
                assert_eq!((held[0], held[2]), (1_000, 1_000), "{list}");
            }
        }
    }
);
