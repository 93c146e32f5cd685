//! Plans made anew at once, whose orders hold the same goods in opposite orders.

use std::future::IntoFuture as _;

use serde_json::{Value, json};
use tests::{Disaster, Relief, client::id, heard::Heard, on_both};

const ROUNDS: usize = 8;

// An order for each of the items, made one after the other; answers their needs.
async fn ordered(relief: &Relief, disaster: &Disaster, items: &[&String]) -> Vec<String> {
    let worker = &relief.worker;
    let incident = format!("/v1/incidents/{}", disaster.incident);
    let mut needs = Vec::new();
    for item in items {
        let body = json!({ "lines": [{
            "site_id": disaster.site, "item_id": item, "quantity": 5, "priority": 1,
        }] });
        let made = worker.post(&format!("{incident}/needs"), body).await;
        let need = id(&made.expect(201)["needs"][0]);
        let body = json!({ "need_ids": [need] });
        let plan = worker.post(&format!("{incident}/plans"), body).await;
        assert_eq!(relief.confirm(&plan.expect(201)).await.len(), 1);
        needs.push(need);
    }
    needs
}

// A plan that drops all orders, since their needs were taken back.
async fn dropping(relief: &Relief, disaster: &Disaster, needs: &[String]) -> Value {
    for need in needs {
        let path = format!("/v1/needs/{need}/withdraw");
        let body = json!({ "reason": "已转移" });
        relief.worker.post(&path, body).await.expect(200);
    }
    let path = format!("/v1/incidents/{}/plans", disaster.incident);
    let body = json!({ "replan": true });
    let plan = relief.worker.post(&path, body).await.expect(201);
    assert_eq!(plan["changes"].as_array().map(Vec::len), Some(needs.len()));
    plan
}

on_both!(
    plans_made_anew_at_once_do_not_wait_for_each_other,
    async |server| {
        let heard = Heard::listen(&["api::uow"]);
        let relief = server.relief().await;
        let shown = relief.worker.get(&format!("/v1/items/{}", relief.item));
        let body = json!({
            "category_id": shown.await.expect(200)["category_id"], "name": "帐篷", "base_unit": "顶",
            "organisation_id": relief.ground.province,
        });
        let tent = id(&relief.worker.post("/v1/items", body).await.expect(201));
        relief
            .worker
            .receive(&relief.depot, &tent, 100, json!({}))
            .await;
        let (one, other) = (relief.disaster().await, relief.disaster().await);
        for _ in 0..ROUNDS {
            let forth = ordered(&relief, &one, &[&relief.item, &tent]).await;
            let back = ordered(&relief, &other, &[&tent, &relief.item]).await;
            let plans = [
                dropping(&relief, &one, &forth).await,
                dropping(&relief, &other, &back).await,
            ];
            let confirm = |plan: &Value| {
                let path = format!("/v1/plans/{}/confirm", id(plan));
                relief.worker.act(&path).into_future()
            };
            let (first, second) = tokio::join!(confirm(&plans[0]), confirm(&plans[1]));
            assert_eq!((first.status, second.status), (200, 200));
        }
        // The database breaks one of two off that wait for each other, and it is run again.
        let again: Vec<_> = heard.take();
        let again: Vec<_> = again
            .iter()
            .filter(|said| said.of("attempt").is_some())
            .collect();
        assert!(again.is_empty(), "{again:?}");
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (300, 0));
        server.prove().await;
    }
);
