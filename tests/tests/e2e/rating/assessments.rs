//! A made-up five-level text, from self-assessment to public notice and beyond.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, Client, Relief, Server,
    client::{fresh_key, id},
    on_both,
};

use super::rule_sets::document;

pub(super) const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 1, 2, 3];
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A city whose depot is assessed by a province.
pub(super) struct City {
    pub(super) relief: Relief,
    pub(super) keeper: Client,
    /// Approves for the city itself.
    own: Client,
    /// Approves for the province.
    pub(super) above: Client,
    pub(super) assessment: String,
}

pub(super) async fn city(server: &Server) -> City {
    let relief = server.relief().await;
    let body = json!({ "organisation_id": relief.ground.province, "document": document() });
    relief.worker.post("/v1/rule-sets", body).await.expect(201);
    let keeper = server.person(&["keeper"], &relief.ground.city).await;
    let own = server.person(&["approver"], &relief.ground.city).await;
    let above = server.person(&["approver"], &relief.ground.province).await;
    let depot = &relief.city_depot;
    relief
        .worker
        .receive(depot, &relief.item, 100, json!({}))
        .await;
    let path = format!("/v1/depots/{depot}");
    let etag = relief.worker.get(&path).await.etag();
    let change = json!({ "profile": { "storage_area_m2": 1028.5 } });
    relief.worker.patch(&path, &etag, change).await.expect(200);
    let body = json!({ "depot_id": depot, "rule_set": "five-stars/1" });
    let opened = keeper.post("/v1/assessments", body).await.expect(201);
    City {
        keeper,
        own,
        above,
        assessment: id(&opened),
        relief,
    }
}

impl City {
    pub(super) async fn act(&self, client: &Client, action: &str, body: Value) -> Answer {
        let path = format!("/v1/assessments/{}/{action}", self.assessment);
        client.post(&path, body).await
    }

    pub(super) async fn show(&self) -> Value {
        let path = format!("/v1/assessments/{}", self.assessment);
        self.above.get(&path).await.expect(200)
    }

    async fn grade(&self) -> Value {
        let path = format!("/v1/assessments/{}/grade", self.assessment);
        self.above.get(&path).await.expect(200)
    }

    pub(super) async fn attach(&self, kind: &str, query: &str, bytes: Vec<u8>) -> Answer {
        let path = format!("/v1/assessments/{}/files?{query}", self.assessment);
        let call = self.keeper.call(Method::POST, &path);
        call.key(&fresh_key()).body(kind, bytes).await
    }

    /// States, hands in, reviews and visits, up to the decision.
    pub(super) async fn to_the_decision(&self) {
        let stated = json!({ "statements": stated() });
        self.act(&self.keeper, "state", stated).await.expect(200);
        self.act(&self.keeper, "submit", json!({}))
            .await
            .expect(200);
        self.act(&self.above, "review", json!({})).await.expect(200);
        let score = json!({ "criterion": "visit", "points": 8, "reason": "整洁" });
        let given = json!({ "statements": [score] });
        let given = self.act(&self.above, "state", given).await.expect(200);
        assert_eq!(given["statements"].as_array().map(Vec::len), Some(5));
        self.act(&self.above, "visit", json!({})).await.expect(200);
    }

    pub(super) async fn log_in_again(&mut self, server: &Server) {
        self.keeper = server.log_in_again(&self.keeper).await;
        self.own = server.log_in_again(&self.own).await;
        self.above = server.log_in_again(&self.above).await;
    }

    /// In force, with three stars.
    pub(super) async fn in_force(&mut self, server: &Server) {
        self.to_the_decision().await;
        let decision = json!({ "grade": "star3", "reason": "同意" });
        self.act(&self.above, "decide", decision).await.expect(200);
        server.clock.advance(8 * DAY);
        self.log_in_again(server).await;
        self.act(&self.above, "enforce", json!({}))
            .await
            .expect(200);
    }
}

fn stated() -> Value {
    json!([
        { "criterion": "order", "ticked": ["zones", "signs", "paths"] },
        { "criterion": "fund", "figure": "60000.50" },
        { "criterion": "late-reports", "occurrences": [] },
        { "criterion": "misuse", "open": false, "reason": "无" },
    ])
}

on_both!(from_self_assessment_to_public_notice, async |server| {
    let mut city = city(server).await;
    let first = city.show().await;
    assert_eq!(
        (&first["state"], &first["next_step"]),
        (&json!("stating"), &Value::Null)
    );
    assert_eq!(first["label_zh"], "虚构示例，不得用于评定");

    // A file shows what is stated.
    let attached = city.attach("image/png", "criterion=order&file_name=a.png", PNG.to_vec());
    let view = attached.await.expect(200);
    let file = &view["files"][0];
    assert_eq!(
        (&file["size_bytes"], &file["file_name"]),
        (&json!(12), &json!("a.png"))
    );
    let path = format!("/v1/assessments/{}/files/{}", city.assessment, id(file));
    let back = city.above.get(&path).await;
    assert_eq!(
        (back.status, back.header("content-type")),
        (200, "image/png")
    );
    assert_eq!(back.bytes, PNG);

    city.to_the_decision().await;
    let remark = json!({ "criterion": "order", "remark": "标识尚需改进" });
    city.act(&city.above, "remarks", remark).await.expect(200);
    // 30 for the area, 15 for three of four, 8 for the visit, and nothing for a fifth of the quilts.
    let grade = city.grade().await;
    assert_eq!(
        (&grade["points"]["low"], &grade["grade"]),
        (&json!(53), &json!("star3"))
    );
    let decision = json!({
        "grade": "star3", "reason": "同意",
        "waivers": [{ "criterion": "people", "reason": "海岛" }],
    });
    let decided = city.act(&city.above, "decide", decision).await.expect(200);
    assert_eq!(
        (&decided["state"], &decided["grade"]),
        (&json!("announced"), &json!("star3"))
    );
    assert_eq!(decided["computed_grade"], "star3");
    let digest = decided["facts_digest"].clone();
    assert_eq!(digest.as_str().map(str::len), Some(64));

    // The world goes on, and the decision is judged by the facts of its day.
    let (worker, depot) = (&city.relief.worker, &city.relief.city_depot);
    worker
        .receive(depot, &city.relief.item, 900, json!({}))
        .await;
    let again = city.grade().await;
    assert_eq!(
        (&again["points"], &again["grade"]),
        (&grade["points"], &grade["grade"])
    );

    // The notice: what the rule set makes public, and no more.
    let early = city.act(&city.above, "enforce", json!({})).await;
    early.refused(409, "wrong-state");
    server.clock.advance(8 * DAY);
    city.log_in_again(server).await;
    let held = city
        .act(&city.above, "enforce", json!({}))
        .await
        .expect(200);
    assert_eq!(held["state"], "in_force");
    let page = server
        .anonymous()
        .get("/v1/public/rating-notices")
        .await
        .expect(200);
    let notice = &page["items"][0];
    assert_eq!(
        (&notice["grade"], &notice["grade_zh"]),
        (&json!("star3"), &json!("三星"))
    );
    assert_eq!(
        (&notice["computed_grade"], &notice["as_computed"]),
        (&json!("star3"), &json!(true))
    );
    assert_eq!(notice["decided_on"].as_str().map(str::len), Some(10));
    let lines = notice["lines"].as_array().unwrap().iter();
    let lines: Vec<_> = lines
        .map(|line| line["criterion"].as_str().unwrap())
        .collect();
    assert_eq!(lines, ["area", "stock", "volunteers"]);
    assert!(!page.to_string().contains("account_"), "{page}");

    // Three years on it is over, and somebody was reminded in time.
    let soon = "/v1/assessments?ends_within_days=1200&state=in_force";
    let page = city.above.get(soon).await.expect(200);
    assert_eq!(page["items"][0]["facts_digest"], digest);
    let page = city.above.get("/v1/assessments?ends_within_days=30").await;
    assert_eq!(page.expect(200)["items"], json!([]));
    let early = city.act(&city.above, "expire", json!({})).await;
    early.refused(409, "wrong-state");
    server.clock.advance(1_100 * DAY);
    city.log_in_again(server).await;
    let over = city.act(&city.above, "expire", json!({})).await.expect(200);
    assert_eq!(
        (&over["state"], &over["ending"]),
        (&json!("ended"), &json!("expired"))
    );
});

on_both!(nobody_of_the_rated_depot_decides, async |server| {
    let city = city(server).await;
    let decision = json!({ "grade": "star5", "reason": "自己说好" });
    // A keeper may not decide anything, and the city's own approver not on its own depot.
    let refused = city.act(&city.keeper, "decide", decision.clone()).await;
    assert_eq!(
        refused.refused(403, "forbidden")["capability"],
        "decide_rating"
    );
    let state = json!({ "statements": [] });
    let refused = city.act(&city.above, "state", state).await;
    refused.refused(403, "forbidden");
    city.act(&city.keeper, "submit", json!({}))
        .await
        .expect(200);
    for (action, body) in [("review", json!({})), ("decide", decision.clone())] {
        let refused = city.act(&city.own, action, body).await;
        let refused = match action {
            "review" => refused.refused(403, "forbidden"),
            _ => refused.refused(409, "wrong-state"),
        };
        assert_ne!(refused["detail"], Value::Null);
    }
    let refused = city.act(&city.above, "decide", decision.clone()).await;
    refused.refused(409, "wrong-state");
    city.act(&city.above, "review", json!({})).await.expect(200);
    city.act(&city.above, "visit", json!({})).await.expect(200);
    let refused = city.act(&city.own, "decide", decision).await;
    assert_eq!(refused.refused(403, "forbidden")["action"], "decide");
    let unknown = json!({ "grade": "star9", "reason": "六星" });
    let refused = city.act(&city.above, "decide", unknown).await;
    refused.refused(422, "invalid-request");
    // Given back, it is stated again; taken back, it is over.
    let unsaid = city.act(&city.above, "send-back", json!({})).await;
    unsaid.refused(422, "invalid-request");
    let back = city
        .act(&city.above, "send-back", json!({ "reason": "照片看不清" }))
        .await
        .expect(200);
    assert_eq!(back["state"], "stating");
    let reason = json!({ "reason": "资料不全" });
    let over = city.act(&city.keeper, "withdraw", reason.clone()).await;
    assert_eq!(over.expect(200)["ending"], "withdrawn");
    let refused = city.act(&city.keeper, "submit", json!({})).await;
    assert_eq!(refused.refused(409, "wrong-state")["state"], "ended");
});

on_both!(what_is_no_evidence_is_refused, async |server| {
    let city = city(server).await;
    let of = "criterion=order&file_name=a.png";
    let html = city.attach("text/html", of, b"<html>".to_vec()).await;
    html.refused(415, "unsupported-media-type");
    // It says that it is a picture and is none.
    let lie = city.attach("image/png", of, b"<html>".to_vec()).await;
    lie.refused(415, "unsupported-media-type");
    let nobody = city
        .attach(
            "image/png",
            "criterion=nobody&file_name=a.png",
            PNG.to_vec(),
        )
        .await;
    nobody.refused(422, "invalid-query");
    let blank = city
        .attach("image/png", "criterion=order&file_name=%20", PNG.to_vec())
        .await;
    blank.refused(422, "invalid-query");
    // What the depot may not say.
    let score = json!({ "statements": [
        { "criterion": "visit", "points": 10, "reason": "很好" },
        { "criterion": "order", "ticked": [] },
        { "criterion": "order", "ticked": [] },
    ] });
    let refused = city.act(&city.keeper, "state", score).await;
    refused.refused(422, "invalid-request");
    let mut faults = refused.faults();
    faults.sort();
    let row = |at: &str, code: &str| (at.to_owned(), code.to_owned());
    let twice = row("/statements/2/criterion", "duplicate");
    assert_eq!(faults, [row("/statements/0", "kind"), twice]);

    // One at a time, by what is in force.
    let open = async |rule_set: &str, profile: Value| {
        let body = json!({
            "depot_id": city.relief.city_depot, "rule_set": rule_set, "profile": profile,
        });
        city.keeper.post("/v1/assessments", body).await
    };
    let again = open("five-stars/1", Value::Null).await;
    let again = again.refused(409, "already-exists");
    assert_eq!(again["earlier"], json!(city.assessment));
    let said = again["detail"].as_str().unwrap();
    assert!(said.contains(&city.assessment), "{said}");
    let unknown = open("five-stars/2", Value::Null).await;
    assert_eq!(unknown.faults(), [row("/rule_set", "reference")]);
    let unknown = open("provisional-yardstick/1", json!("none")).await;
    assert_eq!(unknown.faults(), [row("/profile", "reference")]);
    open("provisional-yardstick/1", Value::Null)
        .await
        .expect(201);
    let hidden = json!({ "depot_id": city.relief.depot, "rule_set": "five-stars/1" });
    let refused = city.keeper.post("/v1/assessments", hidden).await;
    assert_eq!(refused.faults(), [row("/depot_id", "reference")]);
    let path = format!("/v1/assessments/{}", city.assessment);
    let page = city.keeper.get("/v1/assessments?state=stating").await;
    assert_eq!(page.expect(200)["items"].as_array().unwrap().len(), 2);
    let stranger = server.person(&["keeper"], &city.relief.ground.county).await;
    stranger.get(&path).await.refused(404, "not-found");
    // After the others: the server does not read what it refuses, so the connection ends with it.
    let mut large = PNG.to_vec();
    large.resize(11 * 1024 * 1024, 0);
    let large = city.attach("image/png", of, large).await;
    let large = large.refused(413, "body-too-large");
    assert_eq!(large["limit_bytes"], 10 * 1024 * 1024);
    let said = large["detail"].as_str().unwrap();
    assert!(said.contains("10 MiB"), "{said}");
});
