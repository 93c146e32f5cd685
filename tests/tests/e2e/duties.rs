//! What must be done in depots by a day, who answers for it, and what was done.

mod settings;

use chrono::{Days, Months, NaiveDate};
use serde_json::{Value, json};
use tests::{Client, Relief, Server, client::id, on_both};

pub(crate) fn today(server: &Server) -> NaiveDate {
    (server.clock.now() + chrono::TimeDelta::hours(8)).date_naive()
}

pub(crate) async fn duties(client: &Client, query: &str) -> Vec<Value> {
    let page = client.get(&format!("/v1/duties?{query}")).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

fn kinds(duties: &[Value]) -> Vec<&str> {
    let kinds = duties.iter().map(|duty| duty["kind"].as_str().unwrap());
    kinds.collect()
}

// Ten quilts that came so many days ago and are recorded only now.
async fn receive_late(relief: &Relief, server: &Server, days: u64) -> (String, String) {
    let came = server.clock.now() - Days::new(days);
    let body = json!({ "depot_id": relief.depot, "occurred_at": came.to_rfc3339(), "lines": [
        { "item_id": relief.item, "quantity": 10, "source": "purchase" },
    ] });
    let receipt = relief.worker.post("/v1/receipts", body).await.expect(201);
    let line = &receipt["movement"]["lines"][0];
    (
        id(&receipt["movement"]),
        line["lot_id"].as_str().unwrap().to_owned(),
    )
}

on_both!(what_is_due_is_listed_by_its_day, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let here = format!("depot_id={}", relief.depot);
    let listed = duties(worker, &here).await;
    let expected = [
        "fire_check",
        "fire_training",
        "fire_drill",
        "restack",
        "quality_test",
    ];
    assert_eq!(kinds(&listed), expected);
    let day = today(server);
    for (duty, months) in listed.iter().zip([1, 6, 12, 12, 36]) {
        let due = (day + Months::new(months)).to_string();
        assert_eq!(
            (&duty["due_on"], &duty["standing"]),
            (&json!(due), &json!("open"))
        );
        assert_eq!(duty["period_amount"], months);
        assert!(!duty["source"].as_str().unwrap().is_empty());
        assert_eq!(duty["answerable"], Value::Null);
    }
    assert_eq!(listed[3]["what"], "棉被");
    assert_eq!(listed[3]["subject_id"], relief.lot);
    // What was recorded on the day itself was done in time.
    let done = duties(worker, &format!("{here}&standing=done")).await;
    assert_eq!(kinds(&done), ["acceptance"]);

    // Goods that came more than a year ago and were recorded today.
    let (movement, old) = receive_late(&relief, server, 400).await;
    let late = duties(worker, &format!("{here}&standing=done_late")).await;
    assert_eq!(kinds(&late), ["acceptance"]);
    assert_eq!(late[0]["subject_id"], movement);
    let overdue = duties(worker, &format!("{here}&standing=overdue")).await;
    assert_eq!(kinds(&overdue), ["restack"]);
    assert_eq!(overdue[0]["subject_id"], old);
    let (_, older) = receive_late(&relief, server, 1_200).await;
    let overdue = duties(worker, &format!("{here}&standing=overdue")).await;
    assert_eq!(kinds(&overdue), ["restack", "quality_test", "restack"]);
    assert_eq!(overdue[1]["subject_id"], older);

    // A page at a time, the list is the same.
    let whole = duties(worker, &here).await;
    let (mut walked, mut query) = (Vec::new(), format!("{here}&limit=1"));
    loop {
        let page = worker.get(&format!("/v1/duties?{query}")).await.expect(200);
        walked.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("{here}&limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(walked, whole);
    assert_eq!(whole.len(), 9);
    let until = format!("{here}&due_until={}", day);
    assert_eq!(duties(worker, &until).await.len(), 3);
    let cursor = format!("/v1/duties?{here}&cursor=00");
    worker.get(&cursor).await.refused(400, "invalid-parameter");

    // The same over the subtree of the province, beside the city's depot; nobody else sees them.
    let subtree = format!("organisation_id={}", relief.ground.province);
    assert_eq!(duties(worker, &subtree).await.len(), 12);
    let city = format!("organisation_id={}", relief.ground.city);
    assert_eq!(duties(worker, &city).await.len(), 3);
    let keeper = server.person(&["keeper"], &relief.ground.county).await;
    assert!(duties(&keeper, "").await.is_empty());
    let no_day = worker.get("/v1/duties?due_until=2026-02-30").await;
    assert!(matches!(no_day.status, 400 | 422));
});

fn record(relief: &Relief, server: &Server, kind: &str, facts: Value) -> Value {
    let mut body = json!({
        "depot_id": relief.depot, "kind": kind, "done_on": today(server), "done_by": "李四",
    });
    let members = body.as_object_mut().unwrap();
    members.extend(facts.as_object().unwrap().clone());
    body
}

on_both!(what_was_done_is_due_anew, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let (_, old) = receive_late(&relief, server, 1_200).await;
    let overdue = format!("depot_id={}&standing=overdue", relief.depot);
    assert_eq!(duties(worker, &overdue).await.len(), 2);

    for (kind, facts, at) in [
        ("restack", json!({}), vec![("/lot_ids", "required")]),
        (
            "restack",
            json!({ "lot_ids": [old], "outcome": "passed" }),
            vec![("/outcome", "contradictory")],
        ),
        (
            "quality_test",
            json!({ "lot_ids": [old] }),
            vec![("/outcome", "required")],
        ),
        (
            "fire_check",
            json!({ "lot_ids": [old] }),
            vec![("/lot_ids", "contradictory")],
        ),
        (
            "restack",
            json!({ "lot_ids": [old, "lot_00000000000000000000000000"], "done_on": "2999-01-01" }),
            vec![("/done_on", "out-of-range"), ("/lot_ids/1", "reference")],
        ),
    ] {
        let body = record(&relief, server, kind, facts);
        let faults = worker.post("/v1/duty-records", body).await.faults();
        let at: Vec<_> = at
            .into_iter()
            .map(|(pointer, code)| (pointer.to_owned(), code.to_owned()))
            .collect();
        assert_eq!(faults, at, "{kind}");
    }
    let body = record(&relief, server, "restack", json!({ "lot_ids": [old] }));
    let stranger = server.person(&["keeper"], &relief.ground.county).await;
    let refused = stranger.post("/v1/duty-records", body.clone()).await;
    assert_eq!(refused.faults()[0].0, "/depot_id");
    let auditor = server.person(&["auditor"], &relief.ground.province).await;
    let refused = auditor.post("/v1/duty-records", body.clone()).await;
    refused.refused(403, "forbidden");

    let made = worker.post("/v1/duty-records", body).await.expect(201);
    assert_eq!(made["lot_ids"], json!([old]));
    assert_eq!(kinds(&duties(worker, &overdue).await), ["quality_test"]);
    let failed = json!({ "lot_ids": [old], "outcome": "failed", "note": "霉变" });
    let body = record(&relief, server, "quality_test", failed);
    worker.post("/v1/duty-records", body).await.expect(201);
    assert!(duties(worker, &overdue).await.is_empty());
    let open = format!("depot_id={}&kind=restack", relief.depot);
    let due = today(server) + Months::new(12);
    for duty in duties(worker, &open).await {
        assert_eq!(duty["due_on"], due.to_string());
    }

    // A record that was wrong counts no more.
    let path = format!("/v1/duty-records/{}", id(&made));
    assert_eq!(worker.get(&path).await.expect(200)["done_by"], "李四");
    let wrong = json!({ "reason": "记错了批次" });
    let withdraw = format!("{path}/withdraw");
    let gone = worker.post(&withdraw, wrong.clone()).await.expect(200);
    assert_eq!(gone["withdrawn_reason"], "记错了批次");
    let again = worker.post(&withdraw, wrong).await;
    assert_eq!(again.refused(409, "wrong-state")["state"], "withdrawn");
    assert_eq!(kinds(&duties(worker, &overdue).await), ["restack"]);
    stranger.get(&path).await.refused(404, "not-found");

    let list = worker
        .get("/v1/duty-records?kind=quality_test")
        .await
        .expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let of_lot = format!("/v1/duty-records?lot_id={old}&depot_id={}", relief.depot);
    let list = worker.get(&of_lot).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let of_lot = format!("/v1/duty-records?lot_id={}", relief.lot);
    let list = worker.get(&of_lot).await.expect(200);
    assert!(list["items"].as_array().unwrap().is_empty());
});

// The last working day before today that lies so many days back, on which nothing depends.
fn days_ago(server: &Server, days: u64) -> String {
    (today(server) - Days::new(days)).to_string()
}

on_both!(goods_that_came_wait_for_their_receipt, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let came = |days| {
        json!({
            "depot_id": relief.depot, "came_on": days_ago(server, days), "what": "帐篷约 30 顶",
            "counterparty": "某公司",
        })
    };
    for (days, at) in [(400, "/came_on"), (0, "")] {
        let answer = worker.post("/v1/arrivals", came(days)).await;
        if at.is_empty() {
            answer.expect(201);
        } else {
            assert_eq!(
                answer.faults(),
                [(at.to_owned(), "out-of-range".to_owned())]
            );
        }
    }
    let first = worker.post("/v1/arrivals", came(30)).await.expect(201);
    let query = format!("depot_id={}&kind=acceptance", relief.depot);
    let waiting = duties(worker, &query).await;
    assert_eq!(waiting.len(), 2);
    assert_eq!(
        (&waiting[0]["standing"], &waiting[0]["subject_id"]),
        (&json!("overdue"), &first["id"])
    );
    assert_eq!(waiting[0]["what"], "帐篷约 30 顶");
    assert_eq!(waiting[1]["standing"], "open");

    let path = format!("/v1/arrivals/{}", id(&first));
    let accept = |movement: &str| {
        let body = json!({ "movement_id": movement });
        worker.post(&format!("{path}/accept"), body)
    };
    let nothing = accept("movement_00000000000000000000000000").await;
    assert_eq!(nothing.faults()[0].0, "/movement_id");
    let issue = json!({ "depot_id": relief.depot, "lines": [
        { "lot_id": relief.lot, "quantity": 1 },
    ] });
    let issue = worker.post("/v1/issues", issue).await.expect(201);
    let other = accept(&id(&issue)).await;
    assert_eq!(other.faults()[0].0, "/movement_id");
    let (receipt, _) = receive_late(&relief, server, 1).await;
    let accepted = accept(&receipt).await.expect(200);
    assert_eq!(accepted["accepted_on"], today(server).to_string());
    accept(&receipt).await.refused(409, "wrong-state");
    assert_eq!(worker.get(&path).await.expect(200)["state"], "accepted");
    // It is one duty, not two: the receipt is judged by the day on which its goods came.
    let late = duties(worker, &format!("{query}&standing=done_late")).await;
    assert_eq!(late.len(), 1);
    assert_eq!(late[0]["since_on"], days_ago(server, 30));

    let list = worker.get("/v1/arrivals?state=waiting").await.expect(200);
    let second = id(&list["items"][0]);
    let reason = json!({ "reason": "送错了地方" });
    let withdraw = format!("/v1/arrivals/{second}/withdraw");
    worker.post(&withdraw, reason).await.expect(200);
    assert!(duties(worker, &query).await.is_empty());
    let stranger = server.person(&["keeper"], &relief.ground.county).await;
    stranger.get(&path).await.refused(404, "not-found");

    // Nobody betters the day by hand.
    assert_eq!(server.verify().await.findings, []);
    let better = "UPDATE arrival SET accepted_on = came_on WHERE state = 'accepted'";
    server.execute(better).await;
    let found = server.verify().await.findings;
    let told = format!(
        "{}: the day of its receipt is not the one that is kept",
        id(&first)
    );
    assert!(
        found
            .iter()
            .any(|finding| finding.invariant == "I3" && finding.what == told),
        "{found:?}"
    );
});

on_both!(an_oral_order_owes_its_paper, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let worker = &relief.worker;
    let order = crate::orders::order(&relief, &disaster, json!({ "quantity": 5 })).await;
    let path = |action: &str| format!("/v1/dispatch-orders/{order}/{action}");
    let word = json!({ "given_by": "王会长", "paper_within_hours": 1 });
    worker.post(&path("order-orally"), word).await.expect(200);
    let query = format!("depot_id={}&kind=oral_order", relief.depot);
    let owed = duties(worker, &query).await;
    assert_eq!(
        (&owed[0]["subject_id"], &owed[0]["standing"]),
        (&json!(order), &json!("open"))
    );
    assert_eq!(owed[0]["period_amount"], Value::Null);
    server.clock.advance(std::time::Duration::from_secs(3_700));
    assert_eq!(duties(worker, &query).await[0]["standing"], "overdue");
    let grade = format!("/v1/depots/{}/grade", relief.depot);
    let of = |grade: &Value, criterion: &str| {
        let findings = grade["findings"].as_array().unwrap();
        let finding = findings
            .iter()
            .find(|finding| finding["criterion"] == criterion);
        let levels = finding.unwrap()["levels"].as_array().unwrap();
        levels.last().unwrap()["judged"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let judged = worker.get(&grade).await.expect(200);
    assert_eq!(of(&judged, "oral-orders"), "not_met");
    // Ordered an hour ago and not there yet: it is known to take an hour at least.
    assert_eq!(of(&judged, "arrival-provincial"), "met");
    relief.act(&order, "put-on-paper").await;
    assert!(duties(worker, &query).await.is_empty());
    let late = duties(worker, &format!("{query}&standing=done_late")).await;
    assert_eq!(late.len(), 1);
    server
        .clock
        .advance(std::time::Duration::from_secs(10 * 3_600));
    let worker = server.log_in_again(worker).await;
    let judged = worker.get(&grade).await.expect(200);
    assert_eq!(of(&judged, "arrival-provincial"), "not_met");
});

on_both!(rating_reads_what_was_done, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let (_, old) = receive_late(&relief, server, 1_200).await;
    let path = format!("/v1/depots/{}/grade", relief.depot);
    let judged = async |criterion: &str| {
        let grade = worker.get(&path).await.expect(200);
        let findings = grade["findings"].as_array().unwrap();
        let finding = findings
            .iter()
            .find(|finding| finding["criterion"] == criterion);
        let levels = finding.unwrap()["levels"].as_array().unwrap();
        levels.last().unwrap()["judged"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (criterion, expected) in [
        ("restack", "not_met"),
        ("sampling", "not_met"),
        ("fire-check", "not_assessed"),
        ("oral-orders", "met"),
        ("acceptance", "not_met"),
        ("arrival-provincial", "not_assessed"),
        ("disclosure", "not_assessed"),
    ] {
        assert_eq!(judged(criterion).await, expected, "{criterion}");
    }
    for (kind, facts) in [
        ("restack", json!({ "lot_ids": [old] })),
        (
            "quality_test",
            json!({ "lot_ids": [old], "outcome": "passed" }),
        ),
        ("fire_check", json!({})),
    ] {
        let body = record(&relief, server, kind, facts);
        worker.post("/v1/duty-records", body).await.expect(201);
    }
    for criterion in ["restack", "sampling", "fire-check"] {
        assert_eq!(judged(criterion).await, "met", "{criterion}");
    }
    // The receipt happened in years of which no holidays are shipped.
    let grade = worker.get(&path).await.expect(200);
    let years = grade["weekday_years"].as_array().unwrap();
    assert!(
        !years.is_empty() && !years.contains(&json!(2026)),
        "{years:?}"
    );
});
