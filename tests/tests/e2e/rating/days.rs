//! What becomes of an assessment by the day alone, and who is told in time.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, Server, client::fresh_key, client::id, on_both};

use super::{
    assessments::{City, DAY, PNG, city},
    grade,
};

async fn listed(client: &Client, query: &str) -> Vec<String> {
    let path = format!("/v1/assessments?{query}");
    let page = client.get(&path).await.expect(200);
    page["items"].as_array().unwrap().iter().map(id).collect()
}

fn acts(view: &Value) -> Vec<&str> {
    let acts = view["acts"].as_array().unwrap().iter();
    acts.map(|act| act["act"].as_str().unwrap()).collect()
}

async fn days_pass(server: &Server, city: &mut City, days: u32) {
    server.clock.advance(days * DAY);
    city.log_in_again(server).await;
    server.run_hourly_jobs().await;
}

on_both!(a_step_that_is_late_is_reminded_of_once, async |server| {
    let mut city = city(server).await;
    let first = city.show().await;
    assert_eq!(
        (&first["awaits"], &first["awaits_actor"]),
        (&json!("submit"), &Value::Null)
    );
    // Thirty days to state, twenty to review; a visit has no day.
    let opened = first["awaits_since"].as_str().unwrap();
    let opened: chrono::NaiveDate = opened.parse().unwrap();
    let due = (opened + chrono::Days::new(30)).to_string();
    assert_eq!(first["due_on"], json!(due));
    days_pass(server, &mut city, 30).await;
    assert_eq!(acts(&city.show().await), Vec::<&str>::new());
    days_pass(server, &mut city, 1).await;
    server.run_hourly_jobs().await;
    assert_eq!(acts(&city.show().await), ["remind"]);
    let late = format!("awaits=submit&due_until={due}");
    let found = listed(&city.above, &late).await;
    assert_eq!(found, std::slice::from_ref(&city.assessment));
    let day_before = (opened + chrono::Days::new(29)).to_string();
    let early = format!("due_until={day_before}");
    assert!(listed(&city.above, &early).await.is_empty());
    // Handed in, it waits for somebody else, from that day on.
    let submitted = city
        .act(&city.keeper, "submit", json!({}))
        .await
        .expect(200);
    assert_eq!(submitted["awaits"], "review");
    let due = (opened + chrono::Days::new(51)).to_string();
    assert_eq!(submitted["due_on"], json!(due));
    let reviewed = city.act(&city.above, "review", json!({})).await.expect(200);
    assert_eq!(
        (&reviewed["awaits"], &reviewed["due_on"]),
        (&json!("visit"), &Value::Null)
    );
    days_pass(server, &mut city, 400).await;
    let visited = city.act(&city.above, "visit", json!({})).await.expect(200);
    assert_eq!(
        (&visited["awaits"], &visited["awaits_actor"]),
        (&json!("decide"), &json!("provincial"))
    );
    assert_eq!(acts(&visited), ["remind", "submit", "review", "visit"]);
    let wrong = city.above.get("/v1/assessments?due_until=soon").await;
    assert_eq!(
        wrong.faults(),
        [("due_until".to_owned(), "format".to_owned())]
    );
});

on_both!(a_grade_comes_into_force_and_is_renewed, async |server| {
    let mut city = city(server).await;
    city.to_the_decision().await;
    let depot = city.relief.city_depot.clone();
    // Who visits shows what they found.
    let path = format!("/v1/assessments/{}/files", city.assessment);
    let query = format!("{path}?criterion=visit&file_name=v.png");
    let attach = async |client: &Client| {
        let call = client.call(Method::POST, &query).key(&fresh_key());
        call.body("image/png", PNG.to_vec()).await
    };
    attach(&city.keeper).await.refused(409, "wrong-state");
    let shown = attach(&city.above).await.expect(200);
    assert_eq!(shown["files"][0]["criterion"], "visit");

    let decision = json!({ "grade": "star3", "reason": "同意" });
    let decided = city.act(&city.above, "decide", decision).await.expect(200);
    assert_eq!(decided["awaits"], "enforce");
    attach(&city.above).await.refused(409, "wrong-state");
    let notices = async || {
        let page = server.anonymous().get("/v1/public/rating-notices").await;
        page.expect(200)["items"][0].clone()
    };
    let notice = notices().await;
    assert_eq!(notice["state"], "announced");
    // For which society it was decided, and by no person.
    let province = format!("/v1/organisations/{}", city.relief.ground.province);
    let province = city.above.get(&province).await.expect(200);
    assert_eq!(notice["decided_by"], province["name"]);
    let live = grade(&city.relief.worker, &depot, "").await;
    assert_eq!(live["official"], json!([]));
    days_pass(server, &mut city, 7).await;
    assert_eq!(city.show().await["state"], "announced");
    // The notice is over, nobody objected, and nobody has to remember it.
    days_pass(server, &mut city, 1).await;
    let held = city.show().await;
    assert_eq!(
        (&held["state"], &held["awaits"]),
        (&json!("in_force"), &json!("renew"))
    );
    assert_eq!(notices().await["state"], "in_force");

    // What was granted stands beside what is live.
    city.relief.worker = server.log_in_again(&city.relief.worker).await;
    let live = grade(&city.relief.worker, &depot, "").await;
    let official = &live["official"][0];
    assert_eq!(
        (&official["grade"], &official["rule_set"]),
        (&json!("star3"), &json!("five-stars/1"))
    );
    assert_eq!(official["label_zh"], "虚构示例，不得用于评定");
    assert_eq!(official["valid_until"], held["valid_until"]);
    let rows = "/v1/grades?level=municipal&rule_set=five-stars/1";
    let rows = city.above.get(rows).await.expect(200);
    assert_eq!(rows["items"][0]["official_grade"], "star3");
    assert_eq!(rows["items"][0]["official_until"], held["valid_until"]);
    let rows = city
        .above
        .get("/v1/grades?level=municipal")
        .await
        .expect(200);
    assert_eq!(rows["items"][0]["official_grade"], Value::Null);

    // Three months before the end, which the rule set leaves to us, somebody is reminded, once.
    let before = acts(&held).len();
    days_pass(server, &mut city, 900).await;
    assert_eq!(acts(&city.show().await).len(), before);
    days_pass(server, &mut city, 120).await;
    server.run_hourly_jobs().await;
    let reminded = city.show().await;
    assert_eq!(reminded["state"], "in_force");
    assert_eq!(acts(&reminded)[before..], ["remind"]);
    let until = reminded["due_on"].as_str().unwrap();
    let query = format!("awaits=renew&due_until={until}");
    assert_eq!(listed(&city.above, &query).await.len(), 1);
});

on_both!(an_objection_holds_the_day_up, async |server| {
    let mut city = city(server).await;
    let province = city.relief.ground.province.clone();
    let other = server.person(&["approver"], &province).await;
    city.to_the_decision().await;
    let decision = json!({ "grade": "star1", "reason": "面积不足" });
    city.act(&city.above, "decide", decision).await.expect(200);
    let reason = json!({ "reason": "面积量错" });
    let objected = city.act(&city.keeper, "appeal", reason).await.expect(200);
    assert_eq!(
        (&objected["awaits"], &objected["due_on"]),
        (&json!("settle"), &Value::Null)
    );
    days_pass(server, &mut city, 30).await;
    assert_eq!(city.show().await["state"], "announced");
    let other = server.log_in_again(&other).await;
    let dismissed = json!({ "upheld": false, "reason": "复测无误" });
    let settled = city.act(&other, "settle", dismissed).await.expect(200);
    assert_eq!(settled["awaits"], "enforce");
    server.run_hourly_jobs().await;
    assert_eq!(city.show().await["state"], "in_force");
});

on_both!(the_store_of_a_supplier_is_not_rated, async |server| {
    let city = city(server).await;
    let worker = &city.relief.worker;
    let path = format!("/v1/depots/{}", city.relief.city_depot);
    let reason = json!({ "reason": "改为供应商库房" });
    city.act(&city.keeper, "withdraw", reason).await.expect(200);
    let etag = worker.get(&path).await.etag();
    let change = json!({ "operation": "supplier" });
    worker.patch(&path, &etag, change).await.expect(200);
    let rows = worker.get("/v1/grades").await.expect(200);
    assert_eq!(rows["items"].as_array().unwrap().len(), 1);
    let body = json!({ "depot_id": city.relief.city_depot, "rule_set": "five-stars/1" });
    let refused = city.keeper.post("/v1/assessments", body).await;
    assert_eq!(
        refused.faults(),
        [("/depot_id".to_owned(), "not-rated".to_owned())]
    );
});
