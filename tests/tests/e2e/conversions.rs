//! Kits are put together and taken apart, and every piece can be followed through them.

mod recalled;
mod refusals;
mod tampering;
mod tracing;
mod undone;

use serde_json::{Value, json};
use tests::{Answer, Relief, Server, client::id, on_both};

/// A depot that makes family packs of two quilts and one lamp.
struct Packs {
    relief: Relief,
    /// The pack.
    kit: String,
    /// A lamp, counted in 个, five to a 盒.
    lamp: String,
    /// 30 quilts that expire first, given by 甲厂, at 50 yuan.
    early: String,
    /// 30 quilts that keep longer, given by 乙厂, at 52 yuan.
    late: String,
    /// 40 lamps, given by 丙厂, at 20.5 yuan.
    lamps: String,
}

async fn packs(server: &Server) -> Packs {
    let relief = server.relief().await;
    let (worker, depot) = (&relief.worker, &relief.depot);
    let all = worker.get("/v1/categories").await.expect(200);
    let category = id(&all["items"][0]);
    let item = async |name: &str, more: Value| {
        let mut body = json!({
            "category_id": category, "organisation_id": relief.ground.province, "name": name,
            "base_unit": "个",
        });
        extend(&mut body, more);
        id(&worker.post("/v1/items", body).await.expect(201))
    };
    let boxes = json!({ "packs": [{ "name": "盒", "base_units": 5 }] });
    let lamp = item("手电筒", boxes).await;
    let kit = item("家庭包", json!({ "kind": "kit" })).await;
    version(&relief, &kit, &[(&relief.item, 2), (&lamp, 1)]).await;
    let given = |donor: &str, day: &str, value: &str| {
        json!({
            "source": "donation", "donor": donor, "expires_on": day, "unit_value": value,
            "batch": donor,
        })
    };
    // Nothing but what the tests count.
    let rest = json!({ "depot_id": depot, "lines": [{ "lot_id": relief.lot, "quantity": 200 }] });
    worker.post("/v1/issues", rest).await.expect(201);
    let early = given("甲厂", "2090-01-01", "50");
    let early = worker.receive(depot, &relief.item, 30, early).await;
    let late = given("乙厂", "2092-01-01", "52");
    let late = worker.receive(depot, &relief.item, 30, late).await;
    let lamps = given("丙厂", "2091-01-01", "20.5");
    let lamps = worker.receive(depot, &lamp, 40, lamps).await;
    Packs {
        relief,
        kit,
        lamp,
        early,
        late,
        lamps,
    }
}

fn extend(body: &mut Value, more: Value) {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
}

/// Puts the next version of a kit's contents in force.
async fn version(relief: &Relief, kit: &str, contents: &[(&str, i64)]) -> i64 {
    let contents: Vec<_> = contents
        .iter()
        .map(|(item, quantity)| json!({ "item_id": item, "quantity": quantity }))
        .collect();
    let path = format!("/v1/items/{kit}/kit-versions");
    let made = relief.worker.post(&path, json!({ "contents": contents }));
    made.await.expect(201)["number"].as_i64().unwrap_or(0)
}

impl Packs {
    fn assembly(&self, kits: i64, more: Value) -> tests::Call {
        let mut body = json!({
            "depot_id": self.relief.depot, "item_id": self.kit, "kit_version": 1, "quantity": kits,
        });
        extend(&mut body, more);
        self.relief.worker.post("/v1/kit-assemblies", body)
    }

    async fn assemble(&self, kits: i64, more: Value) -> Value {
        self.assembly(kits, more).await.expect(201)
    }

    fn opening(&self, kit_lot: &str, kits: i64, more: Value) -> tests::Call {
        let mut body = json!({
            "depot_id": self.relief.depot, "lot_id": kit_lot, "quantity": kits,
        });
        extend(&mut body, more);
        self.relief.worker.post("/v1/kit-disassemblies", body)
    }

    async fn open(&self, kit_lot: &str, kits: i64, more: Value) -> Value {
        self.opening(kit_lot, kits, more).await.expect(201)
    }

    async fn reverse(&self, movement: &Value) -> Answer {
        let path = format!("/v1/movements/{}/reverse", text(movement));
        self.relief.worker.post(&path, json!({})).await
    }

    /// What lies in the depot of a lot, usable or not.
    async fn there(&self, lot: &str) -> i64 {
        let path = format!("/v1/lots/{lot}");
        let lot = self.relief.worker.get(&path).await.expect(200);
        lot["totals"]["on_hand"].as_i64().unwrap_or(-1)
    }

    async fn all_there(&self) -> [i64; 3] {
        [
            self.there(&self.early).await,
            self.there(&self.late).await,
            self.there(&self.lamps).await,
        ]
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Parts as `(lot, fate, condition, quantity)`.
fn parts(view: &Value) -> Vec<(String, String, String, i64)> {
    let parts = view["parts"].as_array().map_or(&[][..], Vec::as_slice);
    let mut parts: Vec<_> = parts
        .iter()
        .map(|part| {
            (
                text(&part["lot_id"]),
                text(&part["fate"]),
                text(&part["condition"]),
                part["quantity"].as_i64().unwrap_or(0),
            )
        })
        .collect();
    parts.sort();
    parts
}

fn expected(parts: &[(&str, &str, &str, i64)]) -> Vec<(String, String, String, i64)> {
    let owned = |(lot, fate, condition, quantity): &(&str, &str, &str, i64)| {
        let [lot, fate, condition] = [lot, fate, condition].map(|text| (*text).to_owned());
        (lot, fate, condition, *quantity)
    };
    let mut parts: Vec<_> = parts.iter().map(owned).collect();
    parts.sort();
    parts
}

on_both!(
    kits_are_made_of_what_expires_first_and_come_apart_as_they_were,
    async |server| {
        let packs = packs(server).await;
        let worker = &packs.relief.worker;
        // 20 packs take 40 quilts: all 30 of the first lot and 10 of the other.
        let made = packs.assemble(20, json!({ "batch": "JT-1" })).await;
        assert_eq!(made["way"], "assemble");
        let (early, late, lamps) = (&packs.early, &packs.late, &packs.lamps);
        let went_in = expected(&[
            (early, "in", "usable", 30),
            (late, "in", "usable", 10),
            (lamps, "in", "usable", 20),
        ]);
        assert_eq!(parts(&made), went_in);
        let kit = &made["kit_lot"];
        assert_eq!(kit["source"], "conversion");
        assert_eq!(kit["expires_on"], "2090-01-01");
        assert_eq!(kit["owner_id"], packs.relief.ground.province.as_str());
        assert_eq!(kit["donor"], Value::Null);
        assert_eq!(kit["batch"], "JT-1");
        // (30 × 50 + 10 × 52 + 20 × 20.5) / 20, to the last decimal.
        assert_eq!(kit["unit_value"], "121.5");
        assert_eq!(packs.all_there().await, [0, 20, 20]);
        let lot = text(&kit["id"]);
        assert_eq!(packs.there(&lot).await, 20);
        let movement = &made["movement"];
        let path = format!("/v1/movements/{}", id(movement));
        assert_eq!(&worker.get(&path).await.expect(200), movement);
        assert_eq!(movement["kind"], "conversion");
        server.prove().await;

        // Three of them, of which somebody looked into one: a quilt of the later lot, torn, and
        // no lamp.
        let found = json!({ "lines": [
            { "lot_id": late, "quantity": 1, "found": "condemned" },
            { "item_id": packs.lamp, "quantity": 1, "found": "missing" },
        ] });
        let opened = packs.open(&lot, 3, found).await;
        let came_out = expected(&[
            (early, "back", "usable", 5),
            (late, "back", "condemned", 1),
            (lamps, "back", "usable", 2),
            (lamps, "missing", "usable", 1),
        ]);
        assert_eq!(parts(&opened), came_out);
        assert_eq!(packs.all_there().await, [5, 21, 22]);
        let loss = text(&opened["loss_movement_id"]);
        let loss = worker.get(&format!("/v1/movements/{loss}")).await;
        assert_eq!(loss.expect(200)["kind"], "disposal");
        server.prove().await;

        // The rest gives back what is left of each lot.
        let opened = packs.open(&lot, 17, json!({})).await;
        let came_out = expected(&[
            (early, "back", "usable", 25),
            (late, "back", "usable", 9),
            (lamps, "back", "usable", 17),
        ]);
        assert_eq!(parts(&opened), came_out);
        assert_eq!(opened["loss_movement_id"], Value::Null);
        assert_eq!(packs.all_there().await, [30, 30, 39]);
        assert_eq!(packs.there(&lot).await, 0);
        server.prove().await;
    }
);

on_both!(whoever_knows_better_names_the_goods, async |server| {
    let packs = packs(server).await;
    let (worker, depot) = (&packs.relief.worker, &packs.relief.depot);
    let path = format!("/v1/depots/{depot}/zones");
    let zone = json!({ "code": "B", "name": "二号库" });
    let zone = id(&worker.post(&path, zone).await.expect(201));
    let (lamps, late) = (&packs.lamps, &packs.late);
    let named = json!({
        "lines": [
            { "lot_id": packs.late, "quantity": 1, "unit": "箱" },
            { "item_id": packs.lamp, "quantity": 1, "unit": "盒" },
        ],
        "zone_id": zone, "lot_id": "lot_01h455vb4pex5vsknk084sn02q",
    });
    // A dry run says what would be, and does nothing.
    let dry = packs.assembly(5, named.clone()).dry_run().await.expect(200);
    assert_eq!(packs.all_there().await, [30, 30, 40]);
    let made = packs.assemble(5, named).await;
    assert_eq!(parts(&dry), parts(&made));
    let went_in = [
        (late.as_str(), "in", "usable", 10),
        (lamps, "in", "usable", 5),
    ];
    assert_eq!(parts(&made), expected(&went_in));
    assert_eq!(made["kit_lot"]["id"], "lot_01h455vb4pex5vsknk084sn02q");
    assert_eq!(made["kit_lot"]["unit_value"], "124.5");
    // The same key has one effect.
    let call = packs.assembly(1, json!({})).key("one-pack");
    let first = call.clone().await.expect(201);
    assert_eq!(call.await.expect(201), first);
    let kit = text(&made["kit_lot"]["id"]);
    let to = json!({ "to_zone_id": path_of_main(&packs).await, "zone_id": zone });
    let opened = packs.open(&kit, 5, to).await;
    let back = [
        (late.as_str(), "back", "usable", 10),
        (lamps, "back", "usable", 5),
    ];
    assert_eq!(parts(&opened), expected(&back));
    assert_eq!(packs.all_there().await, [28, 30, 39]);
    server.prove().await;
});

async fn path_of_main(packs: &Packs) -> String {
    let path = format!("/v1/depots/{}/zones", packs.relief.depot);
    id(&packs.relief.worker.get(&path).await.expect(200)["items"][0])
}

on_both!(a_value_that_is_not_exact_is_not_stated, async |server| {
    let packs = packs(server).await;
    let lines = json!({ "lines": [
            { "lot_id": packs.early, "quantity": 5 }, { "lot_id": packs.late, "quantity": 1 },
        ] });
    // (5 × 50 + 52 + 3 × 20.5) / 3 does not end.
    let made = packs.assemble(3, lines).await;
    assert_eq!(made["kit_lot"]["unit_value"], Value::Null);
    assert_eq!(made["no_value_because"], "inexact");
    let unvalued = json!({ "item_id": packs.lamp, "quantity": 1, "source": "donation" });
    let body = json!({ "depot_id": packs.relief.depot, "lines": [unvalued] });
    let receipt = packs
        .relief
        .worker
        .post("/v1/receipts", body)
        .await
        .expect(201);
    let lamp = &receipt["movement"]["lines"][0]["lot_id"];
    let lines = json!({ "lines": [{ "lot_id": lamp, "quantity": 1 }] });
    let made = packs.assemble(1, lines).await;
    assert_eq!(made["no_value_because"], "unvalued");
    server.prove().await;
});

on_both!(
    kits_that_came_in_whole_come_apart_into_new_lots,
    async |server| {
        let packs = packs(server).await;
        let (worker, depot) = (&packs.relief.worker, &packs.relief.depot);
        let facts = json!({
            "source": "donation", "donor": "丁基金会", "expires_on": "2089-05-05",
            "restriction": { "kind": "programme", "programme": "冬令" },
        });
        let kits = worker.receive(depot, &packs.kit, 10, facts).await;
        let mut refused = packs.opening(&kits, 4, json!({})).await.faults();
        refused.extend(
            packs
                .opening(&kits, 4, json!({ "kit_version": 2 }))
                .await
                .faults(),
        );
        let fault = |code: &str| ("/kit_version".to_owned(), code.to_owned());
        assert_eq!(refused, [fault("required"), fault("reference")]);
        let found = json!({ "kit_version": 1, "lines": [
            { "item_id": packs.lamp, "quantity": 1, "found": "missing" },
            { "item_id": packs.relief.item, "quantity": 3, "found": "needs_repair" },
        ] });
        let opened = packs.open(&kits, 4, found).await;
        let mut sums: Vec<_> = parts(&opened);
        sums.sort_by_key(|(.., quantity)| *quantity);
        let fates: Vec<_> = sums
            .iter()
            .map(|(_, fate, condition, quantity)| (fate.as_str(), condition.as_str(), *quantity))
            .collect();
        assert_eq!(
            fates,
            [
                ("missing", "usable", 1),
                ("back", "needs_repair", 3),
                ("back", "usable", 3),
                ("back", "usable", 5),
            ]
        );
        let lots: std::collections::BTreeSet<_> = sums.iter().map(|(lot, ..)| lot).collect();
        assert_eq!(lots.len(), 2);
        for lot in lots {
            let lot = worker.get(&format!("/v1/lots/{lot}")).await.expect(200);
            let lot = &lot["lot"];
            assert_eq!(lot["source"], "conversion");
            assert_eq!(lot["kit_lot_id"], kits.as_str());
            assert_eq!(lot["donor"], "丁基金会");
            assert_eq!(lot["expires_on"], "2089-05-05");
            assert_eq!(lot["restriction"]["programme"], "冬令");
            assert_eq!(lot["unit_value"], Value::Null);
        }
        assert_eq!(packs.there(&kits).await, 6);
        server.prove().await;
    }
);
