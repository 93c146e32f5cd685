//! What nobody may do with an assessment, whatever role they have.

use serde_json::{Value, json};
use tests::{client::id, on_both};

use super::{
    assessments::{PNG, city},
    rule_sets::document,
};

on_both!(
    an_open_veto_is_neither_waived_nor_passed_over,
    async |server| {
        let city = city(server).await;
        city.to_the_decision().await;
        let decide = async |grade: Value, waived: &[&str]| {
            let waivers: Vec<_> = waived
                .iter()
                .map(|criterion| json!({ "criterion": criterion, "reason": "求情" }))
                .collect();
            let body = json!({ "grade": grade, "reason": "同意", "waivers": waivers });
            city.act(&city.above, "decide", body).await
        };
        let found = json!({ "statements": [
        { "criterion": "leaking", "open": true, "reason": "屋面漏水" },
    ] });
        let found = city.act(&city.above, "state", found).await.expect(200);
        // What the depot stated stands beside what was found.
        assert_eq!(found["statements"].as_array().map(Vec::len), Some(6));
        let row = |at: &str, code: &str| vec![(at.to_owned(), code.to_owned())];
        let waived = decide(json!("star2"), &["leaking"]).await;
        waived.refused(422, "invalid-request");
        assert_eq!(waived.faults(), row("/waivers/0/criterion", "veto"));
        let above = decide(json!("star3"), &[]).await;
        above.refused(422, "invalid-request");
        assert_eq!(above.faults(), row("/grade", "vetoed"));
        let misused = json!({ "statements": [
        { "criterion": "misuse", "open": true, "reason": "挪用" },
    ] });
        city.act(&city.above, "state", misused).await.expect(200);
        let barred = decide(json!("star1"), &[]).await;
        assert_eq!(barred.faults(), row("/grade", "vetoed"));
        let none = decide(Value::Null, &[]).await.expect(200);
        assert_eq!(
            (&none["state"], &none["grade"]),
            (&json!("announced"), &Value::Null)
        );
    }
);

on_both!(what_a_depot_stated_is_its_own, async |server| {
    let city = city(server).await;
    let wrong = json!({ "statements": [
        { "criterion": "order", "ticked": ["zones", "smoky"] },
        { "criterion": "late-reports", "occurrences": ["2099-01-01"] },
        { "criterion": "fund", "figure": "-1" },
    ] });
    let wrong = city.act(&city.keeper, "state", wrong).await;
    wrong.refused(422, "invalid-request");
    let row = |at: usize, code: &str| (format!("/statements/{at}"), code.to_owned());
    let expected = [
        row(0, "reference"),
        row(1, "future"),
        row(2, "out-of-range"),
    ];
    assert_eq!(wrong.faults(), expected);
    city.act(&city.keeper, "submit", json!({}))
        .await
        .expect(200);
    let other = json!({ "statements": [
        { "criterion": "order", "ticked": [] },
        { "criterion": "visit", "points": 1_000, "reason": "好" },
    ] });
    let other = city.act(&city.above, "state", other).await;
    other.refused(422, "invalid-request");
    assert_eq!(other.faults(), [row(0, "kind"), row(1, "out-of-range")]);
});

on_both!(evidence_is_named_by_what_it_is, async |server| {
    let city = city(server).await;
    for name in [
        "evil.exe",
        "a.pdf",
        "a",
        "..%2Fa.png",
        "a%5Cb.png",
        "a%0A.png",
    ] {
        let query = format!("criterion=order&file_name={name}");
        let refused = city.attach("image/png", &query, PNG.to_vec()).await;
        refused.refused(422, "invalid-query");
    }
    let query = "criterion=order&file_name=%E5%BA%93%E5%AE%B9.PNG";
    let attached = city.attach("image/png", query, PNG.to_vec()).await;
    let attached = attached.expect(200);
    let file = format!(
        "/v1/assessments/{}/files/{}",
        city.assessment,
        id(&attached["files"][0])
    );
    let file = city.keeper.get(&file).await;
    assert_eq!((file.status, &file.bytes[..]), (200, PNG));
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"evidence.PNG\"; filename*=UTF-8''%E5%BA%93%E5%AE%B9.PNG"
    );
});

on_both!(
    a_step_that_nobody_could_do_is_told_at_once,
    async |server| {
        let city = city(server).await;
        let mut document = document();
        document["id"] = json!("of-the-city");
        document["workflow"]["steps"] = json!([
            { "kind": "review", "actor": "municipal" }, { "kind": "decision" },
        ]);
        let province = &city.relief.ground.province;
        let body = json!({ "organisation_id": province, "document": document });
        city.relief
            .worker
            .post("/v1/rule-sets", body)
            .await
            .expect(201);
        // The depot is the city's own, and nobody of a depot reviews it.
        let body = json!({ "depot_id": city.relief.city_depot, "rule_set": "of-the-city/1" });
        let refused = city.keeper.post("/v1/assessments", body).await;
        refused.refused(422, "invalid-request");
        assert_eq!(
            refused.faults(),
            [("/rule_set".to_owned(), "no-actor".to_owned())]
        );
    }
);

on_both!(
    a_notice_tells_that_nobody_computed_the_grade,
    async |server| {
        let city = city(server).await;
        city.to_the_decision().await;
        let decision = json!({ "grade": "star5", "reason": "领导要求" });
        city.act(&city.above, "decide", decision).await.expect(200);
        let page = server.anonymous().get("/v1/public/rating-notices").await;
        let page = page.expect(200);
        let notice = &page["items"][0];
        assert_eq!(
            (&notice["grade"], &notice["computed_grade"]),
            (&json!("star5"), &json!("star3"))
        );
        assert_eq!(notice["as_computed"], false);
    }
);

on_both!(
    who_comes_too_late_or_asks_for_no_level_is_told_so,
    async |server| {
        let city = city(server).await;
        city.to_the_decision().await;
        let none = json!({ "statements": [] });
        let late = city.act(&city.keeper, "state", none).await;
        let late = late.refused(409, "wrong-state");
        assert_eq!(
            (&late["state"], &late["action"]),
            (&json!("underway"), &json!("state"))
        );
        let said = late["detail"].as_str().unwrap();
        assert!(said.contains("handed in already"), "{said}");
        let decision = json!({ "grade": "star9", "reason": "同意" });
        let refused = city.act(&city.above, "decide", decision).await;
        let refused = refused.refused(422, "invalid-request");
        assert_eq!(refused["errors"][0]["pointer"], "/grade");
        let said = refused["errors"][0]["message"].as_str().unwrap();
        assert!(
            said.contains("star9") && said.contains("star5 (five stars)"),
            "{said}"
        );
    }
);
