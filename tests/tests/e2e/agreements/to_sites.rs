//! What suppliers bring straight to a site answers its needs.

use serde_json::{Value, json};
use tests::{Disaster, client::id, on_both};

use super::{Agreed, agreed};
use crate::orders::progress;

impl Agreed {
    /// Calls quilts off for the site of a disaster.
    async fn call_off_to(&self, disaster: &Disaster, quantity: i64) -> String {
        let path = format!("/v1/agreements/{}/call-offs", self.agreement);
        let body = json!({
            "site_id": disaster.site,
            "lines": [{ "item_id": self.relief.item, "quantity": quantity }],
        });
        id(&self.relief.worker.post(&path, body).await.expect(201))
    }

    async fn deliver(&self, call_off: &str, quantity: i64) -> Value {
        let body = json!({
            "received_by": "李四",
            "lines": [{ "item_id": self.relief.item, "quantity": quantity }],
        });
        self.act(call_off, "deliver", body).await
    }

    async fn of_suppliers(&self, need: &str) -> (Option<i64>, Option<i64>) {
        let progress = progress(&self.relief, need).await;
        (
            progress["brought"].as_i64(),
            progress["called_off"].as_i64(),
        )
    }
}

fn planned(plan: &Value) -> i64 {
    let lines = plan["allocations"].as_array().unwrap().iter();
    lines.map(|line| line["quantity"].as_i64().unwrap()).sum()
}

on_both!(
    what_a_supplier_brings_is_not_planned_for_again,
    async |server| {
        let agreed = agreed(server).await;
        let relief = &agreed.relief;
        let disaster = relief.disaster().await;
        let need = relief.need(&disaster, 100).await;
        let seen_before = relief.plan(&disaster).await;
        assert_eq!(planned(&seen_before), 100);
        assert_eq!(agreed.of_suppliers(&need).await, (Some(0), Some(0)));

        let call_off = agreed.call_off_to(&disaster, 60).await;
        assert_eq!(agreed.of_suppliers(&need).await, (Some(0), Some(60)));
        assert_eq!(planned(&relief.plan(&disaster).await), 40);
        // What was planned before does not fit any more.
        let path = format!("/v1/plans/{}/confirm", id(&seen_before));
        let stale = relief.worker.act(&path).await.refused(409, "plan-stale");
        let change = &stale["changes"][0];
        assert_eq!(
            (&change["what"], &change["planned"], &change["missing"]),
            (&json!("need"), &json!(100), &json!(40))
        );

        agreed.deliver(&call_off, 25).await;
        assert_eq!(agreed.of_suppliers(&need).await, (Some(25), Some(35)));
        assert_eq!(planned(&relief.plan(&disaster).await), 40);
        // The rest does not come: the need is open for it again.
        agreed
            .act(&call_off, "cancel", json!({ "reason": "停工" }))
            .await;
        assert_eq!(agreed.of_suppliers(&need).await, (Some(25), Some(0)));
        let plan = relief.plan(&disaster).await;
        assert_eq!(planned(&plan), 75);
        relief.confirm(&plan).await;
        assert!(
            relief.plan(&disaster).await["allocations"]
                .as_array()
                .unwrap()
                .is_empty()
        );
        server.prove().await;
    }
);

on_both!(
    the_most_urgent_need_of_a_site_has_it_first,
    async |server| {
        let agreed = agreed(server).await;
        let relief = &agreed.relief;
        let disaster = relief.disaster().await;
        let path = format!("/v1/incidents/{}/needs", disaster.incident);
        let line = |quantity: i64, priority: i64| json!({ "site_id": disaster.site, "item_id": relief.item, "quantity": quantity, "priority": priority });
        let body = json!({ "lines": [line(50, 3), line(30, 1), line(20, 2)] });
        let made = relief.worker.post(&path, body).await.expect(201);
        let needs: Vec<_> = made["needs"].as_array().unwrap().iter().map(id).collect();
        let call_off = agreed.call_off_to(&disaster, 70).await;
        agreed.deliver(&call_off, 40).await;
        // Asked one by one, and all together, it is the same.
        let mut one_by_one = Vec::new();
        for need in &needs {
            one_by_one.push(agreed.of_suppliers(need).await);
        }
        let expected = [
            (Some(0), Some(20)),
            (Some(30), Some(0)),
            (Some(10), Some(10)),
        ];
        assert_eq!(one_by_one, expected);
        let page = relief.worker.get(&path).await.expect(200);
        for row in page["items"].as_array().unwrap() {
            let number = needs
                .iter()
                .position(|need| *need == id(&row["need"]))
                .unwrap();
            let progress = &row["progress"];
            let told = (
                progress["brought"].as_i64(),
                progress["called_off"].as_i64(),
            );
            assert_eq!(told, expected[number]);
        }
        // What another site is brought answers nothing here.
        let other = json!({
            "organisation_id": relief.ground.city, "name": "龙观乡", "kind": "distribution_point",
            "division_code": "330203",
        });
        let sites = format!("/v1/incidents/{}/sites", disaster.incident);
        let other = Disaster {
            incident: disaster.incident.clone(),
            site: id(&relief.worker.post(&sites, other).await.expect(201)),
        };
        agreed.call_off_to(&other, 100).await;
        assert_eq!(agreed.of_suppliers(&needs[0]).await, expected[0]);
        // A need that is taken back frees what was brought for those that are left.
        let reason = json!({ "reason": "转移" });
        let withdraw = format!("/v1/needs/{}/withdraw", needs[1]);
        relief.worker.post(&withdraw, reason).await.expect(200);
        assert_eq!(agreed.of_suppliers(&needs[2]).await, (Some(20), Some(0)));
        assert_eq!(agreed.of_suppliers(&needs[0]).await, (Some(20), Some(30)));
        server.prove().await;
    }
);
