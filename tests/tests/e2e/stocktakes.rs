//! What is there is counted, while goods come and go, and the book follows.

mod at_once;
mod counting;
mod refusals;
mod scope;
mod tampering;

use serde_json::{Value, json};
use tests::{Answer, Client, Relief, Server, client::id, on_both};

/// A depot with counters and somebody who did not count.
struct Count {
    relief: Relief,
    /// A keeper of the province.
    keeper: Client,
    /// Another.
    clerk: Client,
    /// An approver of the province.
    approver: Client,
    /// The main zone of the provincial depot.
    zone: String,
}

async fn count(server: &Server) -> Count {
    let relief = server.relief().await;
    let province = relief.ground.province.clone();
    let path = format!("/v1/depots/{}/zones", relief.depot);
    let zone = id(&relief.worker.get(&path).await.expect(200)["items"][0]);
    Count {
        keeper: server.person(&["keeper"], &province).await,
        clerk: server.person(&["keeper"], &province).await,
        approver: server.person(&["approver"], &province).await,
        relief,
        zone,
    }
}

impl Count {
    /// Opens a stocktake of the provincial depot; `more` is added to the body.
    async fn try_open(&self, more: Value) -> Answer {
        let mut body = json!({ "depot_id": self.relief.depot });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        self.keeper.post("/v1/stocktakes", body).await
    }

    async fn open(&self, more: Value) -> String {
        id(&self.try_open(more).await.expect(201))
    }

    /// How many of a lot this person counts in the main zone.
    async fn try_count(&self, who: &Client, stocktake: &str, lot: &str, more: Value) -> Answer {
        let mut line = json!({ "zone_id": self.zone, "lot_id": lot });
        if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
            line.extend(more);
        }
        let path = format!("/v1/stocktakes/{stocktake}/counts");
        who.post(&path, json!({ "lines": [line] })).await
    }

    async fn count(&self, who: &Client, stocktake: &str, lot: &str, quantity: i64) -> Value {
        let more = json!({ "quantity": quantity });
        self.try_count(who, stocktake, lot, more).await.expect(200)
    }

    async fn issue(&self, lot: &str, quantity: i64) -> Answer {
        let body = json!({
            "depot_id": self.relief.depot, "lines": [{ "lot_id": lot, "quantity": quantity }],
        });
        self.relief.worker.post("/v1/issues", body).await
    }

    /// Another lot of the same item in the main zone.
    async fn receive(&self, quantity: i64) -> String {
        let (worker, depot) = (&self.relief.worker, &self.relief.depot);
        worker
            .receive(depot, &self.relief.item, quantity, json!({}))
            .await
    }

    async fn on_hand(&self) -> i64 {
        self.relief.worker.on_hand(&self.relief.depot).await.0
    }

    /// Counts two rounds of one line that is off, so that it is counted and waits.
    async fn find(&self, stocktake: &str, lot: &str, quantity: i64) -> Value {
        self.count(&self.keeper, stocktake, lot, quantity).await;
        let closed = act(&self.keeper, stocktake, "close-round").await;
        assert_eq!(closed.expect(200)["state"], "recounting");
        self.count(&self.keeper, stocktake, lot, quantity).await;
        act(&self.keeper, stocktake, "close-round")
            .await
            .expect(200)
    }
}

async fn act(who: &Client, stocktake: &str, action: &str) -> Answer {
    who.act(&format!("/v1/stocktakes/{stocktake}/{action}"))
        .await
}

async fn read(who: &Client, path: &str) -> Value {
    who.get(&format!("/v1/stocktakes/{path}")).await.expect(200)
}

fn list(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

on_both!(a_stocktake_from_the_sheet_to_the_book, async |server| {
    let at = count(server).await;
    let (first, second) = (at.relief.lot.clone(), at.receive(1_000).await);
    let opened = at.try_open(json!({ "note": "年度盘点" })).await;
    let view = opened.expect(201);
    let stocktake = id(&view);
    assert_eq!(view["state"], "counting");
    assert_eq!(
        (&view["line_count"], &view["lines_uncounted"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(view["lines_differing"], Value::Null);
    assert_eq!(
        view["limit"],
        json!({ "share_e4": 100, "value": "1000", "currency": "CNY",
                "source": "built-in default, no source" })
    );

    // Goods leave and come in between the sheet and the counts.
    at.issue(&first, 30).await.expect(201);
    at.count(&at.keeper, &stocktake, &first, 170).await;
    at.issue(&first, 20).await.expect(201);
    // Another person counts the same shelf after that, and finds the book as right as it was.
    at.count(&at.clerk, &stocktake, &first, 150).await;
    at.count(&at.keeper, &stocktake, &second, 998).await;
    let third = at.receive(7).await;

    let closed = act(&at.keeper, &stocktake, "close-round").await.expect(200);
    assert_eq!(
        (&closed["state"], &closed["round"]),
        (&json!("recounting"), &json!(2))
    );
    assert_eq!(closed["lines_to_count"], 1);
    let sheet = read(&at.clerk, &format!("{stocktake}/lines?to_count=true")).await;
    let again: Vec<_> = list(&sheet).iter().map(|line| &line["lot_id"]).collect();
    assert_eq!(again, [&json!(second)]);
    at.issue(&second, 100).await.expect(201);
    at.count(&at.clerk, &stocktake, &second, 898).await;
    let closed = act(&at.keeper, &stocktake, "close-round").await.expect(200);
    // Two of a thousand, worth 120 yuan: within the limit.
    assert_eq!(closed["state"], "counted");
    assert_eq!(closed["lines_right_first"], 1);
    assert_eq!(
        (&closed["lines_differing"], &closed["difference_units"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(at.on_hand().await, 150 + 900 + 7);
    let early = act(&at.approver, &stocktake, "approve").await;
    assert_eq!(early.refused(409, "wrong-state")["state"], "counted");

    // What moves between the count and the settlement counts once.
    at.issue(&second, 50).await.expect(201);
    let settled = act(&at.keeper, &stocktake, "settle").await.expect(200);
    assert_eq!(
        (&settled["state"], &settled["approved"]),
        (&json!("settled"), &json!(false))
    );
    assert_eq!(at.on_hand().await, 150 + 848 + 7);
    let lines = read(&at.keeper, &format!("{stocktake}/lines?differing=true")).await;
    let line = &list(&lines)[0];
    assert_eq!(
        (&line["counted"], &line["book"]),
        (&json!(898), &json!(900))
    );
    assert_eq!(
        (&line["difference"], &line["cutoff_book"]),
        (&json!(-2), &json!(1_000))
    );
    assert_eq!(line["past_limit"], false);
    let movement = line["movement_id"].as_str().unwrap();
    let movement = at.keeper.get(&format!("/v1/movements/{movement}")).await;
    let movement = movement.expect(200);
    assert_eq!(movement["kind"], "count_difference");
    assert_eq!(movement["lines"][0]["quantity"], 2);
    let again = act(&at.keeper, &stocktake, "settle").await;
    assert_eq!(again.refused(409, "wrong-state")["state"], "settled");
    let _ = third;
    server.prove().await;

    let path = format!("/v1/count-accuracy?depot_id={}", at.relief.depot);
    let accuracy = at.relief.worker.get(&path).await.expect(200);
    let of_depot = &list(&accuracy)[0];
    assert_eq!(
        (&of_depot["stocktakes"], &of_depot["line_count"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(of_depot["lines_right_first"], 1);
    assert_eq!(of_depot["difference_units"], 2);
    assert_eq!(of_depot["last_whole_settled_at"], settled["ended_at"]);
    let listed = at
        .keeper
        .get("/v1/stocktakes?state=settled")
        .await
        .expect(200);
    assert_eq!(list(&listed), [settled]);
    for path in [
        "/v1/stocktakes".to_owned(),
        "/v1/count-accuracy".to_owned(),
        format!("/v1/stocktakes/{stocktake}/lines"),
        format!("/v1/stocktakes/{stocktake}/counts"),
    ] {
        let file = at.relief.worker.get(&path).header("accept", "text/csv");
        let file = file.language("zh").await;
        assert_eq!(file.status, 200, "{}", file.text);
        assert!(file.text.lines().count() > 1, "{}", file.text);
    }
});

on_both!(past_the_limit_somebody_else_agrees, async |server| {
    let at = count(server).await;
    let lot = at.relief.lot.clone();
    let stocktake = at.open(json!({})).await;
    let waiting = at.find(&stocktake, &lot, 190).await;
    assert_eq!(waiting["state"], "awaiting_approval");
    let early = act(&at.keeper, &stocktake, "settle").await;
    assert_eq!(
        early.refused(409, "wrong-state")["state"],
        "awaiting_approval"
    );
    let keeper = act(&at.keeper, &stocktake, "approve").await;
    assert_eq!(
        keeper.refused(403, "forbidden")["capability"],
        "approve_count"
    );

    // Whoever counted may hold both roles, and still does not approve.
    let reason = json!({ "reason": "请再数一遍" });
    let path = format!("/v1/stocktakes/{stocktake}/recount");
    let back = at.approver.post(&path, reason).await.expect(200);
    assert_eq!(
        (&back["state"], &back["round"]),
        (&json!("recounting"), &json!(3))
    );
    assert_eq!(back["reason"], "请再数一遍");
    let both = &at.relief.worker;
    at.count(both, &stocktake, &lot, 195).await;
    let counted = act(&at.keeper, &stocktake, "close-round").await.expect(200);
    assert_eq!(counted["state"], "awaiting_approval");
    let own = act(both, &stocktake, "approve").await;
    assert_eq!(own.refused(403, "forbidden")["action"], "approve");
    assert_eq!(at.on_hand().await, 200);
    let agreed = act(&at.approver, &stocktake, "approve").await.expect(200);
    assert_eq!(
        (&agreed["state"], &agreed["approved"]),
        (&json!("settled"), &json!(true))
    );
    assert_eq!(agreed["ended_by"], json!(at.approver.account()));
    assert_eq!(at.on_hand().await, 195);
    server.prove().await;
});

on_both!(who_counts_sees_no_figures, async |server| {
    let at = count(server).await;
    let lot = at.relief.lot.clone();
    let stocktake = at.open(json!({})).await;
    let figures = ["cutoff_book", "book", "counted", "difference", "past_limit"];
    let hidden = |line: &Value| figures.iter().all(|figure| line[*figure].is_null());
    let own = at.count(&at.keeper, &stocktake, &lot, 190).await;
    assert_eq!(
        (&own["counts"][0]["counted"], &own["counts"][0]["book"]),
        (&json!(190), &Value::Null)
    );
    let lines = format!("{stocktake}/lines");
    let counts = format!("{stocktake}/counts");
    for who in [&at.keeper, &at.clerk] {
        let sheet = read(who, &lines).await;
        assert!(hidden(&list(&sheet)[0]), "{sheet}");
        assert_eq!(list(&sheet)[0]["item_name"], "棉被");
        let view = read(who, &stocktake).await;
        assert!(view["lines_differing"].is_null() && view["difference_units"].is_null());
    }
    // One's own counts, and nobody else's.
    assert_eq!(
        list(&read(&at.keeper, &counts).await),
        [own["counts"][0].clone()]
    );
    assert_eq!(list(&read(&at.clerk, &counts).await), [] as [Value; 0]);
    // Those who do not count see what the book has.
    let sheet = read(&at.approver, &lines).await;
    assert_eq!(list(&sheet)[0]["cutoff_book"], 200);
    assert_eq!(
        list(&read(&at.approver, &counts).await)[0]["difference"],
        -10
    );

    act(&at.keeper, &stocktake, "close-round").await.expect(200);
    assert!(hidden(&list(&read(&at.clerk, &lines).await)[0]));
    let none = read(&at.clerk, &format!("{lines}?differing=true")).await;
    assert_eq!(list(&none), [] as [Value; 0]);
    at.count(&at.clerk, &stocktake, &lot, 190).await;
    act(&at.keeper, &stocktake, "close-round").await.expect(200);
    // Nobody counts any more: everybody sees.
    let sheet = read(&at.clerk, &lines).await;
    assert_eq!(
        (&list(&sheet)[0]["counted"], &list(&sheet)[0]["book"]),
        (&json!(190), &json!(200))
    );
    assert_eq!(list(&read(&at.keeper, &counts).await).len(), 2);

    let path = format!("/v1/stocktakes/{stocktake}/abandon");
    at.keeper
        .post(&path, json!({ "reason": "重来" }))
        .await
        .expect(200);
    let open = at.open(json!({ "blind": false })).await;
    let sheet = read(&at.keeper, &format!("{open}/lines")).await;
    assert_eq!(list(&sheet)[0]["cutoff_book"], 200);
});
