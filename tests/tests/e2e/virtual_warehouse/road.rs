//! What is on the road, when it is due, and what would not keep until it arrives.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::on_both;

use super::{Stocked, create, day};

on_both!(
    what_is_on_the_road_is_told_by_when_it_is_due,
    async |server| {
        let stocked = Stocked::new(server).await;
        let [_, county, other] = &stocked.depots;
        let quilt = &stocked.items[0];
        let now = server.clock.now();
        let lots = stocked.list("lots", &[("item_id", quilt)]).await;
        let lot = lots.iter().find(|lot| lot["depot_id"] == **other).unwrap();
        let send = async |quantity: i64, due: Option<i64>| -> Value {
            let mut body = json!({
                "depot_id": other, "to_depot_id": county,
                "lines": [{ "lot_id": lot["lot_id"], "quantity": quantity }],
            });
            if let Some(minutes) = due {
                body["expected_at"] = json!(now + TimeDelta::minutes(minutes));
            }
            let sent = stocked.worker.post("/v1/shipments", body).await.expect(201);
            sent["id"].clone()
        };
        // Fifteen have left of which nobody said when they are due.
        send(4, Some(180)).await;
        let called_back = send(2, Some(60)).await;
        send(3, Some(60)).await;
        send(5, Some(10)).await;
        let reason = json!({ "reason": "道路中断" });
        let recall = format!("/v1/shipments/{}/recall", called_back.as_str().unwrap());
        stocked.worker.post(&recall, reason).await.expect(200);
        server
            .clock
            .advance(std::time::Duration::from_secs(20 * 60));

        let due = |minutes: i64| json!(now + TimeDelta::minutes(minutes));
        let at = |entry: &Value| -> chrono::DateTime<chrono::Utc> {
            entry["due_at"].as_str().unwrap().parse().unwrap()
        };
        for (list, query) in [
            ("items", vec![("item_id", quilt.as_str())]),
            (
                "depots",
                vec![("item_id", quilt.as_str()), ("operation", "partner")],
            ),
            (
                "lots",
                vec![("item_id", quilt.as_str()), ("operation", "partner")],
            ),
            (
                "items",
                vec![
                    ("item_id", quilt.as_str()),
                    ("longitude", "121.15"),
                    ("latitude", "30.04"),
                    ("radius_km", "5"),
                ],
            ),
        ] {
            let rows = stocked.list(list, &query).await;
            assert_eq!(rows.len(), 1, "{list}");
            let road = &rows[0]["on_road_due"];
            assert_eq!(rows[0]["figures"]["on_road"], 29, "{list}");
            assert_eq!(
                (&road["overdue"], &road["unknown"], &road["later"]),
                (&json!(5), &json!(17), &json!(0)),
                "{list}"
            );
            let told: Vec<_> = road["due"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| (at(it), it["quantity"].as_i64().unwrap()))
                .collect();
            let expected: Vec<(chrono::DateTime<chrono::Utc>, i64)> = [(60, 3), (180, 4)]
                .map(|(minutes, quantity)| (at(&json!({ "due_at": due(minutes) })), quantity))
                .to_vec();
            assert_eq!(told, expected, "{list}");
        }
        let county_rows = stocked
            .list("depots", &[("item_id", quilt), ("division", "330203")])
            .await;
        assert!(
            county_rows[0]["on_road_due"].is_null(),
            "nothing left the county"
        );

        // From Haishu the 50 of the county come at once, and what is on its way to it once it is there.
        let body = json!({
            "places": [{ "longitude": 121.54, "latitude": 29.86 }], "item_ids": [quilt],
            "from": { "division": "330203" }, "hours": [0, 1, 2, 3],
        });
        let reach = async |body: &Value| {
            let path = "/v1/virtual-warehouse/reach";
            let view = stocked.worker.post(path, body.clone()).await.expect(200);
            let item = view["places"][0]["items"][0].clone();
            let own: Vec<_> = item["hours"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["own"].as_i64().unwrap())
                .collect();
            (own, item["own_total"].as_i64().unwrap())
        };
        // After 20 minutes: 3 in 40 minutes, 4 in 160.
        assert_eq!(reach(&body).await, (vec![50, 53, 53, 57], 57));
        let mut not_coming = body.clone();
        not_coming["with_coming"] = json!(false);
        assert_eq!(reach(&not_coming).await, (vec![50; 4], 50));
        let mut theirs = body.clone();
        theirs["from"]["owner_id"] = json!(stocked.ground.county);
        assert_eq!(
            reach(&theirs).await,
            (vec![50; 4], 50),
            "what comes is the province's"
        );
    }
);

on_both!(
    what_would_not_keep_until_it_arrives_is_told_apart,
    async |server| {
        let mut stocked = Stocked::new(server).await;
        let now = server.clock.now();
        let quilt = stocked.items[0].clone();
        let line = json!({
            "item_id": quilt, "quantity": 6, "source": "purchase", "expires_on": day(now + TimeDelta::hours(8), 0),
        });
        stocked.receive(1, line).await;
        // Two days by road at the least, as far as the straight line goes: Kashgar.
        let far = [
            ("item_id", quilt.as_str()),
            ("longitude", "76"),
            ("latitude", "39.5"),
        ];
        let with = |more: &[(&'static str, &str)]| -> Vec<(String, String)> {
            let all = far.iter().chain(more);
            all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let figures = async |list: &str, query: &[(String, String)]| -> (i64, i64, i64) {
            let query: Vec<_> = query
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let rows = stocked.list(list, &query).await;
            let sum = |figure: &str| {
                rows.iter()
                    .map(|row| row["figures"][figure].as_i64().unwrap())
                    .sum()
            };
            (
                sum("available"),
                sum("expiring_before_arrival"),
                sum("expiring"),
            )
        };
        for list in ["items", "depots", "lots"] {
            // Without a time nobody asks when they arrive.
            assert_eq!(figures(list, &with(&[])).await, (259, 0, 0), "{list}");
            assert_eq!(
                figures(list, &with(&[("max_time_min", "10000")])).await,
                (253, 6, 0),
                "{list}"
            );
            let late = day(now, 200);
            let both = with(&[("max_time_min", "10000"), ("usable_until", &late)]);
            assert_eq!(figures(list, &both).await, (213, 6, 40), "{list}");
        }
        let near = create_site(&stocked).await;
        let query = vec![
            ("item_id".to_owned(), quilt.clone()),
            ("site_id".to_owned(), near),
            ("max_time_min".to_owned(), "200".to_owned()),
        ];
        let (available, on_way, _) = figures("items", &query).await;
        // Unless it is a quarter to midnight, what is near arrives today.
        assert_eq!(available + on_way, 259);
    }
);

async fn create_site(stocked: &Stocked) -> String {
    let incident = json!({
        "organisation_id": stocked.ground.city, "name": "台风", "hazard": "typhoon",
        "occurred_at": "2026-01-01T00:00:00Z",
        "affected_area": [{ "kind": "division", "code": "330203" }],
    });
    let incident = create(&stocked.worker, "/v1/incidents", incident).await;
    let site = json!({
        "organisation_id": stocked.ground.county, "name": "海曙中学", "kind": "settlement",
        "longitude": 121.54, "latitude": 29.87,
    });
    create(
        &stocked.worker,
        &format!("/v1/incidents/{incident}/sites"),
        site,
    )
    .await
}
