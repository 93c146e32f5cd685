//! Lots are recalled wherever they are, and everybody who got a piece is known.

mod at_once;
mod refusals;
mod tampering;

use serde_json::{Value, json};
use tests::{Answer, Client, Relief, Server, client::id, on_both};

use crate::orders::{order, show, signed};

/// A maker's batch of medicine in two depots of the province.
struct Batch {
    relief: Relief,
    /// In the provincial depot: 100.
    first: String,
    /// In the city's: 40.
    second: String,
}

const NUMBER: &str = "B-77";

async fn batch(server: &Server) -> Batch {
    let relief = server.relief().await;
    let facts = || json!({ "batch": NUMBER });
    let (worker, item) = (&relief.worker, &relief.item);
    let first = worker.receive(&relief.depot, item, 100, facts()).await;
    let second = worker.receive(&relief.city_depot, item, 40, facts()).await;
    Batch {
        relief,
        first,
        second,
    }
}

fn notice(organisation: &str, more: Value) -> Value {
    let mut body = json!({
        "organisation_id": organisation, "reference": "召回〔2026〕12号", "reason": "缝线开裂",
        "grade": "second", "announced_by": "厂家", "announced_on": "2020-11-20",
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

async fn recall(who: &Client, organisation: &str, more: Value) -> Answer {
    who.post("/v1/lot-recalls", notice(organisation, more))
        .await
}

async fn lift(who: &Client, recall: &str) -> Answer {
    let path = format!("/v1/lot-recalls/{recall}/lift");
    who.post(&path, json!({ "reason": "检验合格" })).await
}

fn list(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

impl Batch {
    async fn recall(&self, more: Value) -> Value {
        let province = &self.relief.ground.province;
        recall(&self.relief.worker, province, more)
            .await
            .expect(201)
    }

    fn of_batch(&self) -> Value {
        json!({ "item_id": self.relief.item, "batch": NUMBER })
    }

    async fn issue(&self, lot: &str, quantity: i64, more: Value) -> Answer {
        let mut body = json!({
            "depot_id": self.relief.depot, "lines": [{ "lot_id": lot, "quantity": quantity }],
        });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        self.relief.worker.post("/v1/issues", body).await
    }

    async fn read(&self, path: &str) -> Value {
        self.relief.worker.get(path).await.expect(200)
    }
}

on_both!(
    a_batch_is_recalled_everywhere_and_every_hand_is_known,
    async |server| {
        let at = batch(server).await;
        let (worker, relief) = (&at.relief.worker, &at.relief);
        let disaster = relief.disaster().await;
        // 30 to a recipient, 5 of them by mistake; 20 to a site, of which 2 are lost; 10 on the road.
        at.issue(&at.first, 25, json!({ "counterparty": "洞桥镇" }))
            .await
            .expect(201);
        let mistake = at.issue(&at.first, 5, json!({})).await.expect(201);
        let undo = format!("/v1/movements/{}/reverse", id(&mistake));
        worker.post(&undo, json!({})).await.expect(201);
        let sent = order(
            relief,
            &disaster,
            json!({ "lot_id": at.first, "quantity": 20 }),
        )
        .await;
        relief.pick(&sent).await;
        let shipment = id(&relief.ship(&sent, json!({})).await);
        let path = format!("/v1/shipments/{shipment}/hand-overs");
        worker
            .post(&path, signed(&at.first, 18, true))
            .await
            .expect(200);
        let load = json!({
            "depot_id": relief.depot, "to_depot_id": relief.city_depot,
            "lines": [{ "lot_id": at.first, "quantity": 10 }],
        });
        let road = id(&worker.post("/v1/shipments", load).await.expect(201));

        let made = at.recall(at.of_batch()).await;
        assert_eq!(
            (&made["state"], &made["extent"]),
            (&json!("in_force"), &json!("batch"))
        );
        assert_eq!(made["lot_ids"], json!([at.first, at.second]));
        let recall = id(&made);
        assert_eq!(at.read(&format!("/v1/lot-recalls/{recall}")).await, made);

        let places = at.read(&format!("/v1/lot-recalls/{recall}/places")).await;
        let mut found: Vec<_> = list(&places)
            .iter()
            .map(|row| {
                (
                    row["account"].clone(),
                    row["on_hand"].clone(),
                    row["withheld"].clone(),
                )
            })
            .collect();
        found.sort_by_key(|(_, on_hand, _)| on_hand.as_i64());
        let recalled = json!("recalled");
        assert_eq!(
            found,
            [
                (json!("road"), json!(10), recalled.clone()),
                (json!("zone"), json!(40), recalled.clone()),
                (json!("zone"), json!(45), recalled.clone()),
            ]
        );
        assert!(
            list(&places)
                .iter()
                .any(|row| row["shipment_id"] == road.as_str())
        );

        let hands = at.read(&format!("/v1/lot-recalls/{recall}/hands")).await;
        let told: Vec<_> = list(&hands)
            .iter()
            .map(|row| {
                (
                    row["hand"].clone(),
                    row["quantity"].clone(),
                    row["received_by"].clone(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (json!("recipient"), json!(25), Value::Null),
                (json!("recipient"), json!(18), json!("李四")),
                (json!("lost"), json!(2), json!("李四")),
            ]
        );
        assert_eq!(list(&hands)[0]["counterparty"], "洞桥镇");
        assert_eq!(list(&hands)[1]["site_id"], disaster.site.as_str());
        assert!(list(&hands)[1]["hand_over_id"].is_string());
        // Page by page it is the same.
        let path = format!("/v1/lot-recalls/{recall}/hands?limit=2");
        let first = at.read(&path).await;
        let cursor = first["next_cursor"].as_str().unwrap_or_default().to_owned();
        let second = worker.get(&path).query("cursor", cursor).await.expect(200);
        assert_eq!([list(&first), list(&second)].concat(), list(&hands));

        // What comes in of the batch later is recalled, and another batch is not.
        let facts = json!({ "batch": NUMBER });
        let later = worker.receive(&relief.depot, &relief.item, 7, facts).await;
        let other = worker
            .receive(&relief.depot, &relief.item, 7, json!({ "batch": "B-78" }))
            .await;
        let refused = at.issue(&later, 1, json!({})).await;
        assert_eq!(
            refused.refused(409, "goods-withheld")["withheld"][0]["reason"],
            "recalled"
        );
        at.issue(&other, 1, json!({})).await.expect(201);
        let shown = at.read(&format!("/v1/lot-recalls/{recall}")).await;
        assert_eq!(shown["lot_ids"], json!([at.first, at.second, later]));
        for (query, count) in [
            ("state=in_force", 1),
            ("state=lifted", 0),
            ("grade=first", 0),
            (&format!("item_id={}", relief.item), 1),
            (&format!("lot_id={later}"), 1),
            (&format!("lot_id={other}"), 0),
        ] {
            let page = at.read(&format!("/v1/lot-recalls?{query}")).await;
            assert_eq!(list(&page).len(), count, "{query}");
        }
        server.prove().await;
    }
);

on_both!(
    promises_of_recalled_goods_are_held_and_not_kept,
    async |server| {
        let at = batch(server).await;
        let (worker, relief) = (&at.relief.worker, &at.relief);
        let disaster = relief.disaster().await;
        let wanted = order(
            relief,
            &disaster,
            json!({ "lot_id": at.first, "quantity": 60 }),
        )
        .await;
        for action in ["submit", "approve"] {
            relief.act(&wanted, action).await;
        }
        let picked = order(
            relief,
            &disaster,
            json!({ "lot_id": at.first, "quantity": 10 }),
        )
        .await;
        relief.pick(&picked).await;
        let made = at.recall(json!({ "lot_ids": [at.first] })).await;
        assert_eq!(made["reservation_count"], 2);
        let recall = id(&made);

        // The promise still holds the goods, and says that they were recalled.
        let held = at.read("/v1/reservations?recalled=true").await;
        assert_eq!(list(&held).len(), 2);
        assert_eq!(list(&held)[0]["recalled_lot_ids"], json!([at.first]));
        assert_eq!(list(&held)[0]["state"], "held");
        let orders = at.read("/v1/dispatch-orders?lot_recalled=true").await;
        assert_eq!(list(&orders).len(), 2);
        assert_eq!(
            show(worker, &wanted).await["lines"][0]["lot_recalled"],
            true
        );

        let pick = worker
            .act(&format!("/v1/dispatch-orders/{wanted}/start-picking"))
            .await;
        let refused = pick.refused(409, "goods-withheld");
        assert_eq!(refused["withheld"][0]["reason"], "recalled");
        assert_eq!(refused["withheld"][0]["lot_id"], at.first.as_str());
        let path = format!("/v1/dispatch-orders/{picked}/shipments");
        let ship = worker.post(&path, json!({})).await;
        assert_eq!(
            ship.refused(409, "goods-withheld")["withheld"][0]["reason"],
            "recalled"
        );
        assert_eq!(worker.on_hand(&relief.depot).await, (300, 70));
        // Nobody else gets the goods either, and no new promise is made of them.
        let deadline = (server.clock.now() + chrono::TimeDelta::hours(2)).to_rfc3339();
        let body = json!({
            "depot_id": relief.depot, "deadline_at": deadline,
            "lines": [{ "lot_id": at.first, "quantity": 1 }],
        });
        worker
            .post("/v1/reservations", body)
            .await
            .refused(409, "goods-withheld");

        // Lifted, both go on as they stood.
        let lifted = lift(worker, &recall).await.expect(200);
        assert_eq!(
            (&lifted["state"], &lifted["lift_reason"]),
            (&json!("lifted"), &json!("检验合格"))
        );
        relief.act(&wanted, "start-picking").await;
        relief.ship(&wanted, json!({})).await;
        relief.ship(&picked, json!({})).await;
        assert_eq!(
            list(&at.read("/v1/dispatch-orders?lot_recalled=true").await),
            [] as [Value; 0]
        );
        server.prove().await;
    }
);

on_both!(
    a_lot_is_free_when_no_recall_holds_it_any_more,
    async |server| {
        let at = batch(server).await;
        let worker = &at.relief.worker;
        let whole = id(&at.recall(at.of_batch()).await);
        let single = id(&at.recall(json!({ "lot_ids": [at.first] })).await);
        lift(worker, &whole).await.expect(200);
        at.issue(&at.first, 1, json!({}))
            .await
            .refused(409, "goods-withheld");
        // The owner's word lets a piece go to the laboratory.
        let more = json!({ "override": { "reason": "送检" } });
        at.issue(&at.first, 1, more).await.expect(201);
        server.prove().await;
        let meanwhile = server.clock.now().to_rfc3339();
        server.clock.advance(std::time::Duration::from_secs(60));
        lift(worker, &single).await.expect(200);
        at.issue(&at.first, 1, json!({})).await.expect(201);
        // The past is as it was.
        let past = worker.get("/v1/balances").query("lot_id", &at.first);
        let past = past.query("as_of", &meanwhile).await.expect(200);
        assert_eq!(list(&past)[0]["withheld"], "recalled");
        let now = at.read(&format!("/v1/balances?lot_id={}", at.first)).await;
        assert!(list(&now)[0]["withheld"].is_null());
        let figures = async |query: &str| {
            let path = format!(
                "/v1/virtual-warehouse/lots?item_id={}{query}",
                at.relief.item
            );
            let page = worker.get(&path).await.expect(200);
            let of_lot = |row: &&Value| row["lot_id"] == at.first.as_str();
            let row = list(&page).iter().find(of_lot).cloned().unwrap_or_default();
            (
                row["figures"]["recalled"].clone(),
                row["figures"]["available"].clone(),
            )
        };
        let query = format!("&as_of={}", meanwhile.replace('+', "%2B"));
        assert_eq!(figures(&query).await, (json!(99), json!(0)));
        assert_eq!(figures("").await, (json!(0), json!(98)));
        let lot = at.read(&format!("/v1/lots/{}", at.first)).await;
        assert!(lot["lot"]["recalled_at"].is_null());
        server.prove().await;
    }
);
