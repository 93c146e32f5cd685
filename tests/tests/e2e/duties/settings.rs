//! Who answers, in what time, and by which calendar.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, on_both};

use super::duties;

async fn put(client: &Client, path: &str, etag: &str, body: Value) -> Answer {
    client
        .call(Method::PUT, path)
        .if_match(etag)
        .json(body)
        .await
}

on_both!(somebody_answers, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let holders = format!("/v1/depots/{}/duty-holders", relief.depot);
    let all = format!("{holders}/all");
    let unnamed = worker.get(&all).await;
    assert_eq!(unnamed.expect(200)["person"], Value::Null);
    let etag = unnamed.etag();
    assert_eq!(etag, "\"v0\"");
    let named = put(worker, &all, &etag, json!({ "person": "王芳" })).await;
    assert_eq!(named.expect(200)["version"], 1);
    put(worker, &all, &etag, json!({ "person": "赵六" }))
        .await
        .refused(412, "precondition-failed");
    let restack = format!("{holders}/restack");
    put(worker, &restack, "\"v0\"", json!({ "person": "李四" }))
        .await
        .expect(200);
    put(worker, &format!("{holders}/gardening"), "\"v0\"", json!({}))
        .await
        .refused(404, "not-found");

    let here = format!("depot_id={}", relief.depot);
    let of = async |person: &str| {
        let listed = duties(worker, &format!("{here}&answerable={person}")).await;
        for duty in &listed {
            assert_eq!(duty["answerable"], person);
        }
        listed.len()
    };
    assert_eq!((of("王芳").await, of("李四").await), (4, 1));
    // Nobody is named for restacking any more, so who is named for all answers.
    put(worker, &restack, "\"v1\"", json!({})).await.expect(200);
    assert_eq!((of("王芳").await, of("李四").await), (5, 0));
    let list = worker
        .get(&format!("/v1/duty-holders?{here}"))
        .await
        .expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let keeper = server.person(&["keeper"], &relief.ground.province).await;
    put(&keeper, &all, "\"v1\"", json!({ "person": "自己" }))
        .await
        .refused(403, "forbidden");
});

on_both!(periods_are_data, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let list = worker.get("/v1/duty-periods").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 8);
    let path = "/v1/duty-periods/restack";
    let shipped = worker.get(path).await;
    let view = shipped.expect(200);
    assert_eq!(
        (&view["period_amount"], &view["built_in"]),
        (&json!(12), &json!(true))
    );
    let longer = json!({ "period_amount": 24, "source": "本省规定第五条", "confidence": "V" });
    let set = put(worker, path, &shipped.etag(), longer.clone())
        .await
        .expect(200);
    assert_eq!(
        (&set["period_amount"], &set["built_in"]),
        (&json!(24), &json!(false))
    );
    put(worker, path, "\"v0\"", longer.clone())
        .await
        .refused(412, "precondition-failed");
    let query = format!("depot_id={}&kind=restack", relief.depot);
    let duty = duties(worker, &query).await.remove(0);
    assert_eq!(
        (&duty["period_amount"], &duty["source"]),
        (&json!(24), &json!("本省规定第五条"))
    );
    let never = json!({ "period_amount": 121, "source": "x", "confidence": "V" });
    let refused = put(worker, path, "\"v1\"", never).await;
    assert_eq!(refused.faults()[0].0, "/period_amount");
    put(
        worker,
        "/v1/duty-periods/oral_order",
        "\"v0\"",
        longer.clone(),
    )
    .await
    .refused(404, "not-found");
    // It is everyone's: a steward of a part does not set it.
    let steward = server.person(&["data_steward"], &relief.ground.city).await;
    put(&steward, path, "\"v1\"", longer)
        .await
        .refused(403, "forbidden");
});

on_both!(holidays_are_data, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let list = worker.get("/v1/work-calendars").await.expect(200);
    let years: Vec<_> = list["items"].as_array().unwrap().iter().collect();
    assert_eq!(
        (&years[0]["year"], &years[1]["year"]),
        (&json!(2025), &json!(2026))
    );
    assert!(
        years[1]["source"]
            .as_str()
            .unwrap()
            .contains("国办发明电〔2025〕7号")
    );
    let path = "/v1/work-calendars/2027";
    worker.get(path).await.refused(404, "not-found");
    worker
        .get("/v1/work-calendars/2999")
        .await
        .refused(404, "not-found");
    let rest = |first: &str, last: &str| json!([{ "name": "元旦", "first": first, "last": last }]);
    for (rest, work, at) in [
        (rest("2027-01-01", "2026-12-31"), json!([]), "/rest/0"),
        (rest("2026-12-31", "2027-01-01"), json!([]), "/rest"),
        (
            rest("2027-01-01", "2027-01-03"),
            json!(["2027-01-04"]),
            "/work",
        ),
        (
            rest("2027-01-01", "2027-01-03"),
            json!(["2027-02-30"]),
            "/work/0",
        ),
    ] {
        let body = json!({ "source": "通知", "rest": rest, "work": work });
        let refused = put(worker, path, "\"v0\"", body).await;
        assert_eq!(refused.faults()[0].0, at, "{:?}", refused.faults());
    }
    let body = json!({
        "source": "国务院办公厅通知（虚构，仅供测试）", "work": ["2027-01-09"],
        "rest": rest("2027-01-01", "2027-01-03"),
    });
    let set = put(worker, path, "\"v0\"", body.clone()).await.expect(200);
    assert_eq!(
        (&set["built_in"], &set["version"]),
        (&json!(false), &json!(1))
    );
    assert_eq!(
        worker.get(path).await.expect(200)["work"],
        json!(["2027-01-09"])
    );
    let list = worker.get("/v1/work-calendars?limit=2").await.expect(200);
    let cursor = list["next_cursor"].as_str().unwrap();
    let rest = worker
        .get(&format!("/v1/work-calendars?limit=2&cursor={cursor}"))
        .await;
    assert_eq!(rest.expect(200)["items"][0]["year"], 2027);
    let steward = server.person(&["data_steward"], &relief.ground.city).await;
    put(&steward, path, "\"v1\"", body)
        .await
        .refused(403, "forbidden");
});
