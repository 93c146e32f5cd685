//! Plans that change orders.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Disaster, Relief, Server, client::id, on_both};

use super::measure;
use crate::{
    orders::{progress, show},
    routing::{draw, lay_roads},
};

async fn replan(relief: &Relief, disaster: &Disaster) -> Value {
    let path = format!("/v1/incidents/{}/plans", disaster.incident);
    let body = json!({ "replan": true });
    relief.worker.post(&path, body).await.expect(201)
}

/// `order:kept/quantity reason` of each line that stood, the orders by their place in `orders`.
fn changes(plan: &Value, orders: &[&String]) -> Vec<String> {
    let changes = plan["changes"].as_array().expect("a plan lists changes");
    let mut said: Vec<String> = (changes.iter())
        .map(|it| {
            let order = orders.iter().position(|order| it["order_id"] == **order);
            let reason = it["reason"].as_str().unwrap_or("");
            let order = order.expect("an order of this test");
            let (kept, quantity) = (&it["kept"], &it["quantity"]);
            format!("{order}:{kept}/{quantity} {reason}")
                .trim()
                .to_owned()
        })
        .collect();
    said.sort();
    said
}

/// A depot of the province's in Yuyao.
async fn yuyao(relief: &Relief) -> String {
    let body = json!({
        "code": "YY", "name": "余姚库", "level": "provincial", "operation": "own",
        "organisation_id": relief.ground.province, "division_code": "330281",
        "place": { "longitude": 121.15, "latitude": 30.04 },
    });
    id(&relief.worker.post("/v1/depots", body).await.expect(201))
}

/// The depot that sends each of a plan's orders, and the orders in the order of `depots`.
async fn by_depot(relief: &Relief, orders: &[String], depots: &[&String]) -> Vec<String> {
    let mut found = vec![String::new(); depots.len()];
    for order in orders {
        let shown = show(&relief.worker, order).await;
        let place = depots.iter().position(|it| shown["depot_id"] == **it);
        found[place.expect("one of the depots")].clone_from(order);
    }
    found
}

async fn pause(relief: &Relief, depot: &str) {
    let body = json!({ "state": "paused", "reason": "库区进水" });
    let path = format!("/v1/depots/{depot}/state");
    relief.worker.post(&path, body).await.expect(200);
}

on_both!(
    a_closed_road_changes_the_orders_that_need_it,
    async |server| {
        lay_roads(server);
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let (city, hangzhou) = (&relief.city_depot, &relief.depot);
        relief
            .worker
            .receive(city, &relief.item, 60, json!({}))
            .await;
        let need = relief.need(&disaster, 100).await;
        let made = relief.confirm(&relief.plan(&disaster).await).await;
        let made = by_depot(&relief, &made, &[city, hangzhou]).await;
        let (near, far) = (&made[0], &made[1]);
        for order in &made {
            relief.act(order, "submit").await;
            relief.act(order, "approve").await;
        }
        assert_eq!(relief.worker.on_hand(hangzhou).await, (200, 40));

        // Goods come to Yuyao, and the way out of the depot in Hangzhou is lost.
        let yuyao = yuyao(&relief).await;
        relief
            .worker
            .receive(&yuyao, &relief.item, 30, json!({}))
            .await;
        let plan = replan(&relief, &disaster).await;
        assert_eq!(
            changes(&plan, &[near, far]),
            ["0:60/60", "1:40/40"],
            "a shorter drive is no reason"
        );
        assert_eq!(measure(&plan, "changed")["value"], 0);
        let circle =
            json!({ "kind": "circle", "longitude": 120.16, "latitude": 30.25, "radius_km": 5 });
        draw(&relief, circle).await;
        let plan = replan(&relief, &disaster).await;
        assert_eq!(
            changes(&plan, &[near, far]),
            ["0:60/60", "1:0/40 unreachable"]
        );
        let missing = measure(&plan, "missing");
        assert_eq!(
            (&missing["keeping"], &missing["value"]),
            (&json!(40), &json!(10))
        );
        assert_eq!(measure(&plan, "changed")["value"], 40);
        let kept: Vec<_> = (plan["allocations"].as_array().expect("allocations").iter())
            .map(|it| {
                (
                    it["depot_id"].clone(),
                    it["quantity"].clone(),
                    it["kept"].clone(),
                )
            })
            .collect();
        assert_eq!(kept.len(), 2, "{kept:?}");
        assert!(
            kept.contains(&(json!(city), json!(60), json!(60))),
            "{kept:?}"
        );
        assert!(
            kept.contains(&(json!(yuyao), json!(30), json!(0))),
            "{kept:?}"
        );
        let zh = plan["sentences"]["zh"].to_string();
        assert!(zh.contains("优先级 1 的缺口从 40 变为 10"), "{zh}");
        let number = show(&relief.worker, far).await["number"].clone();
        let number = number.as_str().expect("an order has a number");
        assert!(zh.contains(&format!("调拨单 {number}：")), "{zh}");
        let en = plan["sentences"]["en"].to_string();
        assert!(en.contains("no way there is known"), "{en}");
        // A plan moves nothing.
        assert_eq!(relief.worker.on_hand(hangzhou).await, (200, 40));

        let entries = server.number("SELECT COUNT(*) FROM journal").await;
        let path = format!("/v1/plans/{}/confirm", id(&plan));
        relief.worker.act(&path).dry_run().await.expect(200);
        assert_eq!(show(&relief.worker, far).await["state"], "approved");
        let fresh = relief.confirm(&plan).await;
        assert_eq!(
            server.number("SELECT COUNT(*) FROM journal").await,
            entries + 1
        );
        assert_eq!(fresh.len(), 1, "what is kept is not ordered anew");
        let ordered = show(&relief.worker, &fresh[0]).await;
        assert_eq!(
            (&ordered["depot_id"], &ordered["lines"][0]["quantity"]),
            (&json!(yuyao), &json!(30))
        );
        let dropped = show(&relief.worker, far).await;
        assert_eq!(dropped["state"], "cancelled");
        assert!(
            dropped["reason"]
                .as_str()
                .is_some_and(|it| it.contains(&id(&plan))),
            "{dropped}"
        );
        assert_eq!(show(&relief.worker, near).await["state"], "approved");
        assert_eq!(relief.worker.on_hand(hangzhou).await, (200, 0));
        assert_eq!(relief.worker.on_hand(city).await, (60, 60));
        assert_eq!(relief.worker.on_hand(&yuyao).await, (30, 30));
        assert_eq!(progress(&relief, &need).await["ordered"], 90);
        server.prove().await;
    }
);

/// An approved order of 30 and 20 quilts from the provincial depot, for two needs.
async fn two_lines(relief: &Relief, disaster: &Disaster) -> (String, [String; 2]) {
    let needs = [
        relief.need(disaster, 30).await,
        relief.need(disaster, 20).await,
    ];
    let made = relief.confirm(&relief.plan(disaster).await).await;
    assert_eq!(made.len(), 1);
    relief.act(&made[0], "submit").await;
    relief.act(&made[0], "approve").await;
    (made[0].clone(), needs)
}

async fn withdraw(relief: &Relief, need: &str) {
    let path = format!("/v1/needs/{need}/withdraw");
    let body = json!({ "reason": "已转移" });
    relief.worker.post(&path, body).await.expect(200);
}

on_both!(an_order_is_reduced_where_a_need_is_gone, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let (order, needs) = two_lines(&relief, &disaster).await;
    withdraw(&relief, &needs[1]).await;
    let plan = replan(&relief, &disaster).await;
    assert_eq!(changes(&plan, &[&order]), ["0:0/20 not_wanted", "0:30/30"]);
    assert_eq!(relief.confirm(&plan).await, Vec::<String>::new());
    let shown = show(&relief.worker, &order).await;
    assert_eq!(
        shown["state"], "approved",
        "who agreed to more agreed to this"
    );
    let given_up: Vec<_> = (shown["lines"].as_array().expect("lines").iter())
        .map(|it| (it["quantity"].clone(), it["given_up"].clone()))
        .collect();
    assert!(given_up.contains(&(json!(20), json!(20))), "{given_up:?}");
    assert!(given_up.contains(&(json!(30), json!(0))), "{given_up:?}");
    let last = shown["events"].as_array().and_then(|events| events.last());
    assert_eq!(last.expect("a history")["action"], "reduce");
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 30));

    // What is left of it goes its way.
    relief.act(&order, "start-picking").await;
    let shipment = relief.ship(&order, json!({})).await;
    assert_eq!(shipment["lines"][0]["sent"], 30);
    let again = replan(&relief, &disaster).await;
    assert_eq!(
        (&again["changes"], &again["allocations"]),
        (&json!([]), &json!([]))
    );
    server.prove().await;
});

on_both!(orders_that_moved_meanwhile_are_left_alone, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    relief
        .worker
        .receive(&relief.city_depot, &relief.item, 60, json!({}))
        .await;
    relief.need(&disaster, 50).await;
    let made = relief.confirm(&relief.plan(&disaster).await).await;
    let order = &made[0];
    pause(&relief, &relief.city_depot).await;
    let (one, other) = (
        replan(&relief, &disaster).await,
        replan(&relief, &disaster).await,
    );
    assert_eq!(changes(&one, &[order]), ["0:0/50 paused"]);
    relief.confirm(&one).await;
    // A colleague was first, and the plan is told which order is not as it was.
    let path = format!("/v1/plans/{}/confirm", id(&other));
    let problem = relief.worker.act(&path).await.refused(409, "plan-stale");
    let change = &problem["changes"][0];
    assert_eq!(
        (&change["what"], &change["order_id"]),
        (&json!("order"), &json!(order))
    );
    assert_eq!(
        (&change["state"], &change["planned"]),
        (&json!("cancelled"), &json!(50))
    );
    assert_eq!(relief.worker.on_hand(&relief.city_depot).await, (60, 0));
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 50));

    // What is being picked is no plan's to change, and one that would have is told so.
    let made = relief
        .worker
        .get("/v1/dispatch-orders?state=draft")
        .await
        .expect(200);
    let fresh = id(&made["items"][0]);
    let reopen = json!({ "state": "operating", "reason": "排水完毕" });
    let state = format!("/v1/depots/{}/state", relief.city_depot);
    relief.worker.post(&state, reopen).await.expect(200);
    let plan = replan(&relief, &disaster).await;
    assert_eq!(
        changes(&plan, &[&fresh]),
        ["0:0/50 goes_elsewhere"],
        "the city is asked first"
    );
    relief.pick(&fresh).await;
    let path = format!("/v1/plans/{}/confirm", id(&plan));
    let problem = relief.worker.act(&path).await.refused(409, "plan-stale");
    assert_eq!(problem["changes"][0]["state"], "picking");
    assert_eq!(show(&relief.worker, &fresh).await["state"], "picking");
    let plan = replan(&relief, &disaster).await;
    assert_eq!(
        (&plan["changes"], &plan["allocations"]),
        (&json!([]), &json!([]))
    );
    server.prove().await;
});

on_both!(
    what_stays_is_held_although_its_time_ran_out,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let (order, _) = two_lines(&relief, &disaster).await;
        let version = show(&relief.worker, &order).await["version"].clone();
        let plan = replan(&relief, &disaster).await;
        assert_eq!(changes(&plan, &[&order]), ["0:20/20", "0:30/30"]);
        assert_eq!(relief.confirm(&plan).await, Vec::<String>::new());
        assert_eq!(show(&relief.worker, &order).await["version"], version);

        server.clock.advance(Duration::from_secs(8 * 86_400));
        server.run_expiry().await;
        let relief = again(server, &relief).await;
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 0));
        let plan = replan(&relief, &disaster).await;
        assert_eq!(changes(&plan, &[&order]), ["0:20/20", "0:30/30"]);
        relief.confirm(&plan).await;
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 50));

        // Goods that another has by now are not promised twice.
        server.clock.advance(Duration::from_secs(8 * 86_400));
        server.run_expiry().await;
        let relief = again(server, &relief).await;
        let issue = json!({ "depot_id": relief.depot, "lines": [{ "lot_id": relief.lot, "quantity": 170 }] });
        relief.worker.post("/v1/issues", issue).await.expect(201);
        let plan = replan(&relief, &disaster).await;
        assert_eq!(measure(&plan, "missing")["value"], 20);
        assert_eq!(measure(&plan, "missing")["keeping"], 20);
        relief.confirm(&plan).await;
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (30, 30));
        server.prove().await;
    }
);

async fn again(server: &Server, relief: &Relief) -> Relief {
    Relief {
        worker: server.log_in_again(&relief.worker).await,
        ..relief.clone()
    }
}

on_both!(who_may_not_stop_an_order_changes_none, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let (order, needs) = two_lines(&relief, &disaster).await;
    withdraw(&relief, &needs[1]).await;
    // Whoever keeps the depot sees the plan and the orders, and speaks for neither.
    let plan = replan(&relief, &disaster).await;
    let keeper = server.person(&["keeper"], &relief.ground.province).await;
    let path = format!("/v1/plans/{}/confirm", id(&plan));
    keeper.act(&path).await.refused(403, "forbidden");
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 50));
    // Needs that are named are planned anew, and the others' lines stay.
    let body = json!({ "replan": true, "need_ids": [needs[0]] });
    let plans = format!("/v1/incidents/{}/plans", disaster.incident);
    let plan = relief.worker.post(&plans, body).await.expect(201);
    assert_eq!(changes(&plan, &[&order]), ["0:30/30"]);
});
