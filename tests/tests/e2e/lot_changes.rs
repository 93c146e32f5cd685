//! Goods get another owner, or come to serve something else, and are followed through it.

mod bound;
mod refusals;
mod tampering;
mod tracing;

use serde_json::{Value, json};
use tests::{Answer, Client, Relief, Server, client::id, on_both};

use crate::races::at_once;

const SHA: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// The province's quilts, and those who speak for the province and for the city.
struct Title {
    relief: Relief,
    /// Approves for the province.
    giver: Client,
    /// Approves for the city.
    taker: Client,
    /// 100 quilts from 甲厂 for the programme 博爱家园, batch B-7.
    bound: String,
}

async fn title(server: &Server) -> Title {
    let relief = server.relief().await;
    let giver = server.person(&["approver"], &relief.ground.province).await;
    let taker = server.person(&["approver"], &relief.ground.city).await;
    let facts = json!({
        "source": "donation", "donor": "甲厂", "batch": "B-7", "maker": "丙厂",
        "expires_on": "2090-01-01",
        "restriction": { "kind": "programme", "programme": "博爱家园" },
    });
    let (worker, item) = (&relief.worker, &relief.item);
    let bound = worker.receive(&relief.depot, item, 100, facts).await;
    Title {
        relief,
        giver,
        taker,
        bound,
    }
}

fn list(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn path(change: &str, action: &str) -> String {
    format!("/v1/lot-changes/{change}/{action}")
}

impl Title {
    /// A change of `quantity` of a lot to the city's.
    fn to_city(&self, lot: &str, quantity: i64) -> Value {
        json!({
            "depot_id": self.relief.depot, "reason": "支援", "to_owner_id": self.relief.ground.city,
            "lines": [{ "lot_id": lot, "quantity": quantity }],
        })
    }

    /// A change of what `quantity` of the bound goods serve, with their donor's consent.
    fn to_purpose(&self, restriction: Value, quantity: i64) -> Value {
        json!({
            "depot_id": self.relief.depot, "reason": "项目结束", "to_restriction": restriction,
            "consent": {
                "given_by": "甲厂", "reference": "甲函〔2026〕3号", "given_on": "2026-01-05",
                "heard_by": "王五", "evidence_sha256": SHA,
            },
            "lines": [{ "lot_id": self.bound, "quantity": quantity }],
        })
    }

    async fn ask(&self, body: Value) -> String {
        let asked = self.relief.worker.post("/v1/lot-changes", body).await;
        id(&asked.expect(201))
    }

    async fn approve(&self, change: &str) -> Answer {
        self.giver.act(&path(change, "approve")).await
    }

    async fn accept(&self, change: &str) -> Answer {
        self.taker.act(&path(change, "accept")).await
    }

    /// Makes goods the city's and gives the lot that they become.
    async fn give(&self, lot: &str, quantity: i64) -> String {
        let change = self.ask(self.to_city(lot, quantity)).await;
        self.approve(&change).await.expect(200);
        let done = self.accept(&change).await.expect(200);
        text(&done["lines"][0]["new_lot_id"])
    }

    async fn lot(&self, lot: &str) -> Value {
        let path = format!("/v1/lots/{lot}");
        self.relief.worker.get(&path).await.expect(200)
    }
}

on_both!(title_passes_by_three_people, async |server| {
    let title = title(server).await;
    let (worker, ground) = (&title.relief.worker, &title.relief.ground);
    let body = title.to_city(&title.bound, 60);
    let asked = worker.post("/v1/lot-changes", body).await.expect(201);
    let change = id(&asked);
    assert_eq!(
        (&asked["state"], &asked["kind"]),
        (&json!("asked"), &json!("owner"))
    );
    assert_eq!(asked["owner_id"], ground.province.as_str());
    // Held meanwhile, for this and for nothing else.
    assert_eq!(worker.on_hand(&title.relief.depot).await, (300, 60));
    let held = format!("/v1/reservations/{}", text(&asked["reservation_id"]));
    let shown = worker.get(&held).await.expect(200);
    assert_eq!(shown["lot_change_id"], change.as_str());
    let refused = worker.post(&format!("{held}/release"), json!({})).await;
    let refused = refused.refused(409, "wrong-state");
    assert_eq!(refused["lot_change_id"], change.as_str());

    let approved = title.approve(&change).await.expect(200);
    assert_eq!(approved["state"], "approved");
    assert_eq!(worker.on_hand(&title.relief.depot).await, (300, 60));
    let done = title.accept(&change).await.expect(200);
    assert_eq!(done["state"], "done");
    assert_eq!(worker.on_hand(&title.relief.depot).await, (300, 0));

    let new = text(&done["lines"][0]["new_lot_id"]);
    let (was, is) = (title.lot(&title.bound).await, title.lot(&new).await);
    assert_eq!(is["lot"]["owner_id"], ground.city.as_str());
    assert_eq!(is["lot"]["parent_lot_id"], title.bound.as_str());
    assert_eq!(is["lot"]["lot_change_id"], change.as_str());
    for member in [
        "item_id",
        "source",
        "donor",
        "batch",
        "maker",
        "expires_on",
        "unit_value",
        "currency",
        "restriction",
        "depot_id",
    ] {
        assert_eq!(is["lot"][member], was["lot"][member], "{member}");
    }
    assert_eq!(
        (&is["totals"]["on_hand"], &is["totals"]["converted_in"]),
        (&json!(60), &json!(60))
    );
    assert_eq!(
        (&was["totals"]["on_hand"], &was["totals"]["converted_out"]),
        (&json!(40), &json!(60))
    );

    // It stays so: goods change back as they changed.
    let movement = text(&done["movement_id"]);
    let undo = worker.post(&format!("/v1/movements/{movement}/reverse"), json!({}));
    let refused = undo.await.refused(409, "wrong-state");
    assert_eq!(refused["lot_change_id"], change.as_str());
    for action in ["approve", "accept"] {
        let late = title.taker.act(&path(&change, action)).await;
        assert!([403, 409].contains(&late.status), "{}", late.text);
    }
    // Both owners see it, and find it.
    let page = title.taker.get("/v1/lot-changes").await.expect(200);
    assert_eq!(list(&page).len(), 1);
    let shown = title.taker.get(&format!("/v1/lot-changes/{change}")).await;
    assert_eq!(shown.expect(200), done);
    for (query, count) in [
        ("state=done&kind=owner".to_owned(), 1),
        ("kind=purpose".to_owned(), 0),
        (format!("to_owner_id={}", ground.city), 1),
        (format!("owner_id={}", ground.city), 0),
        (format!("lot_id={}", title.bound), 1),
        (format!("depot_id={}", title.relief.city_depot), 0),
    ] {
        let page = worker.get(&format!("/v1/lot-changes?{query}")).await;
        assert_eq!(list(&page.expect(200)).len(), count, "{query}");
    }
    server.prove().await;
});

on_both!(a_purpose_changes_with_the_donors_word, async |server| {
    let title = title(server).await;
    let worker = &title.relief.worker;
    let disaster = title.relief.disaster().await;
    let to = json!({ "kind": "incident", "incident_id": disaster.incident });
    let change = title.ask(title.to_purpose(to, 30)).await;
    let done = title.approve(&change).await.expect(200);
    assert_eq!(
        (&done["state"], &done["kind"]),
        (&json!("done"), &json!("purpose"))
    );
    assert_eq!(done["consent"]["evidence_sha256"], SHA);
    assert_eq!(done["consent"]["given_by"], "甲厂");
    let new = text(&done["lines"][0]["new_lot_id"]);
    let lot = title.lot(&new).await["lot"].clone();
    assert_eq!(
        lot["restriction"]["incident_id"],
        disaster.incident.as_str()
    );
    assert_eq!(lot["owner_id"], title.relief.ground.province.as_str());
    // What they serve now is what they serve: neither what they did, nor anything.
    let issue = async |purpose: Value| {
        let body = json!({
            "depot_id": title.relief.depot, "purpose": purpose,
            "lines": [{ "lot_id": new, "quantity": 1 }],
        });
        worker.post("/v1/issues", body).await
    };
    let before = issue(json!({ "programme": "博爱家园" })).await;
    before.refused(409, "goods-withheld");
    issue(json!({})).await.refused(409, "goods-withheld");
    let fits = json!({ "incident_id": disaster.incident });
    issue(fits).await.expect(201);
    server.prove().await;
});

on_both!(a_no_gives_the_goods_back, async |server| {
    let title = title(server).await;
    let (worker, depot) = (&title.relief.worker, &title.relief.depot);
    let reason = || json!({ "reason": "本单位不需要" });
    // The giver before, the taker after that.
    let first = title.ask(title.to_city(&title.bound, 10)).await;
    let early = title.taker.post(&path(&first, "refuse"), reason()).await;
    early.refused(403, "forbidden");
    let said = title.giver.post(&path(&first, "refuse"), reason()).await;
    assert_eq!(said.expect(200)["state"], "refused");
    let second = title.ask(title.to_city(&title.bound, 10)).await;
    title.approve(&second).await.expect(200);
    let said = title.taker.post(&path(&second, "refuse"), reason()).await;
    let said = said.expect(200);
    assert_eq!(
        (&said["state"], &said["end_reason"]),
        (&json!("refused"), &json!("本单位不需要"))
    );
    let third = title.ask(title.to_city(&title.bound, 10)).await;
    let taken_back = title.giver.post(&path(&third, "withdraw"), reason()).await;
    taken_back.refused(403, "forbidden");
    let said = worker.post(&path(&third, "withdraw"), reason()).await;
    assert_eq!(said.expect(200)["state"], "withdrawn");
    for change in [&first, &second, &third] {
        let late = title.approve(change).await.refused(409, "wrong-state");
        assert_eq!(late["lot_change_id"], change.as_str());
        let late = worker.post(&path(change, "withdraw"), reason()).await;
        late.refused(409, "wrong-state");
    }
    assert_eq!(worker.on_hand(depot).await, (300, 0));
    server.prove().await;
});

on_both!(
    a_change_and_issues_race_for_the_same_goods,
    async |server| {
        let title = title(server).await;
        let (worker, depot) = (&title.relief.worker, &title.relief.depot);
        let lot = &title.relief.lot;
        // Sixteen issue 20 each of 200 while eight would give 50 each away.
        let issue = || {
            let body = json!({ "depot_id": depot, "lines": [{ "lot_id": lot, "quantity": 20 }] });
            worker.post("/v1/issues", body)
        };
        let ask = || worker.post("/v1/lot-changes", title.to_city(lot, 50));
        let calls = (0..16).map(|_| issue()).chain((0..8).map(|_| ask()));
        let answers = at_once(calls.collect()).await;
        let (mut issued, mut held) = (0, Vec::new());
        for (number, answer) in answers.iter().enumerate() {
            match answer.status {
                201 if answer.json()["kind"] == "owner" => held.push(id(&answer.json())),
                201 => issued += 20,
                _ => drop(answer.refused(409, "insufficient-stock")),
            }
            assert!(number < 24);
        }
        let on_hand = i64::from(300 - issued);
        let kept = 50 * i64::try_from(held.len()).unwrap_or(0);
        assert_eq!(worker.on_hand(depot).await, (on_hand, kept));
        assert!(i64::from(issued) + kept <= 200);
        // Two accept the same change: one does.
        if let Some(change) = held.first() {
            title.approve(change).await.expect(200);
            let both = at_once(vec![
                title.taker.act(&path(change, "accept")),
                title.taker.act(&path(change, "accept")),
                worker.post(&path(change, "withdraw"), json!({ "reason": "改主意" })),
            ])
            .await;
            let won = both.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(won, 1, "{both:?}");
        }
        server.prove().await;
    }
);
