//! Goods are lent, come back in parts, are settled in kind and are forgiven.

mod refusals;
mod tampering;

use serde_json::{Value, json};
use tests::{Answer, Client, Relief, Server, client::id, on_both};

use crate::races::at_once;

/// The province's quilts, and somebody else who approves for it.
struct Lent {
    relief: Relief,
    owner: Client,
    due_on: String,
}

async fn lent(server: &Server) -> Lent {
    let relief = server.relief().await;
    let owner = server
        .person(&["approver", "keeper"], &relief.ground.province)
        .await;
    let today = api::clock::day_at_depots(server.clock.now());
    let due_on = (today + chrono::Days::new(30)).to_string();
    Lent {
        relief,
        owner,
        due_on,
    }
}

fn list(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

fn extend(body: &mut Value, more: Value) {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
}

fn path(loan: &str, action: &str) -> String {
    format!("/v1/loans/{loan}/{action}")
}

impl Lent {
    fn body(&self, quantity: i64, more: Value) -> Value {
        let mut body = json!({
            "depot_id": self.relief.depot, "borrower_name": "邻省红十字会", "due_on": self.due_on,
            "reference": "借〔2026〕1号", "lines": [{ "lot_id": self.relief.lot, "quantity": quantity }],
        });
        extend(&mut body, more);
        body
    }

    async fn lend(&self, quantity: i64, more: Value) -> Value {
        let body = self.body(quantity, more);
        self.relief.worker.post("/v1/loans", body).await.expect(201)
    }

    async fn give_back(&self, loan: &str, quantity: i64, condition: &str) -> Answer {
        let body = json!({ "lines": [{
            "lot_id": self.relief.lot, "quantity": quantity, "condition": condition,
        }] });
        let worker = &self.relief.worker;
        worker.post(&path(loan, "give-back"), body).await
    }

    /// Settles so many of the lent quilts by new ones, three for two.
    fn settlement(&self, quantity: i64, given: i64, more: Value) -> Value {
        let mut body = json!({
            "lot_id": self.relief.lot, "quantity": quantity, "rate_lent": 3, "rate_given": 2,
            "agreed_in": "纪要3号", "lines": [{
                "item_id": self.relief.item, "quantity": given, "source": "transfer_in",
                "expires_on": "2090-01-01",
            }],
        });
        extend(&mut body, more);
        body
    }

    async fn totals(&self) -> Value {
        let path = format!("/v1/lots/{}", self.relief.lot);
        self.relief.worker.get(&path).await.expect(200)["totals"].clone()
    }
}

on_both!(
    a_loan_comes_back_in_parts_and_is_settled_in_kind,
    async |server| {
        let lent = lent(server).await;
        let (worker, relief) = (&lent.relief.worker, &lent.relief);
        let loan = lent.lend(100, json!({})).await;
        let id = id(&loan);
        assert_eq!(
            (&loan["state"], &loan["overdue"], &loan["borrower_name"]),
            (&json!("open"), &json!(false), &json!("邻省红十字会"))
        );
        assert_eq!(loan["lines"][0]["owed"], 100);
        // Counted apart: not on the shelf, and neither lost nor issued.
        assert_eq!(worker.on_hand(&relief.depot).await, (100, 0));
        let totals = lent.totals().await;
        for (member, expected) in [
            ("lent", 100),
            ("on_hand", 100),
            ("issued", 0),
            ("written_off", 0),
        ] {
            assert_eq!(totals[member], expected, "{member}");
        }
        let early = lent.give_back(&id, 10, "usable").await.expect(200);
        assert_eq!(early["lines"][0]["owed"], 90);
        let torn = lent.give_back(&id, 20, "needs_repair").await.expect(200);
        assert_eq!(
            (&torn["lines"][0]["given_back"], &torn["lines"][0]["owed"]),
            (&json!(30), &json!(70))
        );
        assert_eq!(worker.on_hand(&relief.depot).await, (130, 0));
        let too_many = lent.give_back(&id, 71, "usable").await;
        let fault = ("/lines/0/quantity".to_owned(), "more-than-owed".to_owned());
        assert_eq!(too_many.faults(), [fault]);
        server.prove().await;

        // Thirty old ones for twenty new ones.
        let settled = lent
            .owner
            .post(&path(&id, "settle"), lent.settlement(30, 20, json!({})));
        let settled = settled.await.expect(200);
        assert_eq!(
            (
                &settled["lines"][0]["settled"],
                &settled["lines"][0]["owed"]
            ),
            (&json!(30), &json!(40))
        );
        assert_eq!(worker.on_hand(&relief.depot).await, (150, 0));
        let totals = lent.totals().await;
        assert_eq!(
            (&totals["lent"], &totals["issued"]),
            (&json!(40), &json!(30))
        );
        let page = worker.get("/v1/lots?source=transfer_in").await.expect(200);
        assert_eq!(list(&page)[0]["loan_id"], id.as_str());
        assert_eq!(list(&page)[0]["owner_id"], relief.ground.province.as_str());
        let closed = lent.give_back(&id, 40, "usable").await.expect(200);
        assert_eq!(closed["state"], "closed");
        assert!(closed["ended_by"].is_string());
        assert_eq!(lent.totals().await["lent"], 0);
        let acts: Vec<_> = closed["movements"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|act| act["act"].as_str())
            .collect();
        assert_eq!(acts.len(), 5);
        assert_eq!(acts.iter().filter(|act| **act == "settle").count(), 1);
        let late = lent.give_back(&id, 1, "usable").await;
        assert_eq!(late.refused(409, "wrong-state")["loan_id"], id.as_str());
        // None of its movements is undone.
        for act in closed["movements"].as_array().into_iter().flatten() {
            for member in ["movement_id", "receipt_id"] {
                let Some(movement) = act[member].as_str() else {
                    continue;
                };
                let undo = worker.post(&format!("/v1/movements/{movement}/reverse"), json!({}));
                let refused = undo.await.refused(409, "wrong-state");
                assert_eq!(refused["loan_id"], id.as_str());
            }
        }
        server.prove().await;
    }
);

on_both!(
    what_is_overdue_is_shown_and_may_be_forgiven,
    async |server| {
        let lent = lent(server).await;
        let borrower = server.person(&["keeper"], &lent.relief.ground.city).await;
        let (ground, city) = (&lent.relief.ground, &lent.relief.ground.city);
        let more = json!({ "borrower_id": city });
        let mut body = lent.body(50, more);
        body.as_object_mut()
            .map(|body| body.remove("borrower_name"));
        let loan = lent.relief.worker.post("/v1/loans", body).await.expect(201);
        let id = id(&loan);
        assert_eq!(loan["borrower_name"], "宁波市红十字会");
        lent.give_back(&id, 10, "usable").await.expect(200);
        server
            .clock
            .advance(std::time::Duration::from_secs(40 * 86_400));
        let worker = server.log_in_again(&lent.relief.worker).await;
        let owner = server.log_in_again(&lent.owner).await;
        let borrower = server.log_in_again(&borrower).await;
        let shown = borrower.get(&format!("/v1/loans/{id}")).await.expect(200);
        assert_eq!(
            (&shown["overdue"], &shown["state"]),
            (&json!(true), &json!("open"))
        );
        for (query, count) in [
            ("overdue=true".to_owned(), 1),
            ("overdue=false".to_owned(), 0),
            (format!("borrower_id={city}&state=open"), 1),
            (format!("owner_id={}", ground.province), 1),
            (format!("owner_id={city}"), 0),
            (format!("lot_id={}", lent.relief.lot), 1),
            (format!("depot_id={}", lent.relief.city_depot), 0),
        ] {
            let page = worker.get(&format!("/v1/loans?{query}")).await.expect(200);
            assert_eq!(list(&page).len(), count, "{query}");
        }
        let reason = || json!({ "reason": "对方受灾，无力归还" });
        let own = worker.post(&path(&id, "forgive"), reason()).await;
        assert_eq!(own.refused(403, "forbidden")["action"], "forgive");
        let theirs = borrower.post(&path(&id, "forgive"), reason()).await;
        theirs.refused(403, "forbidden");
        let forgiven = owner
            .post(&path(&id, "forgive"), reason())
            .await
            .expect(200);
        assert_eq!(
            (
                &forgiven["state"],
                &forgiven["overdue"],
                &forgiven["end_reason"]
            ),
            (
                &json!("forgiven"),
                &json!(false),
                &json!("对方受灾，无力归还")
            )
        );
        assert_eq!(forgiven["lines"][0]["forgiven"], 40);
        let lot = format!("/v1/lots/{}", lent.relief.lot);
        let totals = worker.get(&lot).await.expect(200)["totals"].clone();
        assert_eq!(
            (&totals["lent"], &totals["written_off"], &totals["on_hand"]),
            (&json!(0), &json!(40), &json!(160))
        );
        server.prove().await;
    }
);

on_both!(nothing_comes_back_twice, async |server| {
    let lent = lent(server).await;
    let worker = &lent.relief.worker;
    let loan = id(&lent.lend(60, json!({})).await);
    // Twelve say that ten came back, six of them would settle, and one forgives, all at once.
    let back = json!({ "lines": [{ "lot_id": lent.relief.lot, "quantity": 10 }] });
    let mut calls: Vec<_> = (0..12)
        .map(|_| worker.post(&path(&loan, "give-back"), back.clone()))
        .collect();
    calls.extend((0..6).map(|_| {
        let body = lent.settlement(6, 4, json!({}));
        lent.owner.post(&path(&loan, "settle"), body)
    }));
    let answers = at_once(calls).await;
    for answer in &answers {
        assert!([200, 409, 422].contains(&answer.status), "{}", answer.text);
    }
    let path = format!("/v1/loans/{loan}");
    let shown = worker.get(&path).await.expect(200);
    let number = |member: &str| shown["lines"][0][member].as_i64().unwrap_or(-1);
    let done = |range: std::ops::Range<usize>| {
        let done = answers[range].iter().filter(|answer| answer.status == 200);
        i64::try_from(done.count()).unwrap_or(0)
    };
    let (backs, settled) = (done(0..12), done(12..18));
    assert_eq!(
        (number("given_back"), number("settled")),
        (10 * backs, 6 * settled)
    );
    assert_eq!(number("owed"), 60 - 10 * backs - 6 * settled);
    assert!(number("owed") >= 0);
    let expected = 140 + 10 * backs + 4 * settled;
    assert_eq!(worker.on_hand(&lent.relief.depot).await, (expected, 0));
    server.prove().await;
});

on_both!(a_recall_finds_what_is_lent, async |server| {
    let lent = lent(server).await;
    let worker = &lent.relief.worker;
    let loan = id(&lent.lend(25, json!({})).await);
    let notice = json!({
        "organisation_id": lent.relief.ground.province, "reference": "召回4号", "grade": "first",
        "reason": "甲醛超标", "announced_by": "厂家", "lot_ids": [lent.relief.lot],
    });
    let recall = worker.post("/v1/lot-recalls", notice).await.expect(201);
    let hands = format!("/v1/lot-recalls/{}/hands", id(&recall));
    let hand = |page: &Value| -> Vec<Value> {
        let of = |row: &Value| json!([row["hand"], row["quantity"], row["counterparty"]]);
        list(page).iter().map(of).collect()
    };
    let page = worker.get(&hands).await.expect(200);
    assert_eq!(hand(&page), [json!(["borrower", 25, "邻省红十字会"])]);
    // Recalled goods are not lent, and come back all the same.
    let again = worker.post("/v1/loans", lent.body(1, json!({}))).await;
    let refused = again.refused(409, "goods-withheld");
    assert_eq!(refused["withheld"][0]["reason"], "recalled");
    lent.give_back(&loan, 25, "quarantined").await.expect(200);
    let page = worker.get(&hands).await.expect(200);
    assert_eq!(hand(&page)[1], json!(["returned", 25, "邻省红十字会"]));
    server.prove().await;
});
