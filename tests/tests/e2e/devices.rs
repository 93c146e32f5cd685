//! What devices did without a network is done once, however it arrives.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{Answer, Client, Relief, Server, client::id, on_both};

use crate::late_facts::{ago, zone};

mod arrivals;
mod cloned;
mod refusals;

/// A device that remembers what it sent.
struct Device {
    id: String,
    sent: Vec<Value>,
}

/// The hash of a command, as the API's document says it.
fn hash(command: &Value) -> String {
    let canonical = serde_jcs::to_vec(command).expect("a command is JSON");
    hex::encode(Sha256::digest(canonical))
}

impl Device {
    async fn register(who: &Client, organisation: &str) -> Self {
        let body = json!({ "organisation_id": organisation, "name": "手持 1 号" });
        let made = who.post("/v1/devices", body).await.expect(201);
        Self {
            id: id(&made),
            sent: Vec::new(),
        }
    }

    /// Writes the next command down.
    fn gather(&mut self, operation: &str, occurred_at: &str, more: Value) -> i64 {
        let sequence = i64::try_from(self.sent.len()).unwrap() + 1;
        let mut command = json!({
            "sequence": sequence, "operation": operation, "occurred_at": occurred_at,
        });
        if let Some(before) = self.sent.last() {
            command["previous"] = json!(hash(before));
        }
        if let (Some(command), Value::Object(more)) = (command.as_object_mut(), more) {
            command.extend(more);
        }
        self.sent.push(command);
        sequence
    }

    fn path(&self) -> String {
        format!("/v1/devices/{}/batches", self.id)
    }

    async fn send(&self, who: &Client, commands: &[Value]) -> Answer {
        who.post(&self.path(), json!({ "commands": commands }))
            .await
    }

    async fn show(&self, who: &Client) -> Value {
        let path = format!("/v1/devices/{}", self.id);
        who.get(&path).await.expect(200)
    }
}

fn outcomes(answer: &Value) -> Vec<&str> {
    let commands = answer["commands"]
        .as_array()
        .expect("an answer per command");
    let outcome = |told: &Value| told["outcome"].as_str().map(str::to_owned);
    assert!(commands.iter().all(|told| outcome(told).is_some()));
    commands
        .iter()
        .filter_map(|told| told["outcome"].as_str())
        .collect()
}

fn issue(relief: &Relief, zone: &str, quantity: i64) -> Value {
    json!({ "body": {
        "depot_id": relief.depot,
        "lines": [{ "lot_id": relief.lot, "zone_id": zone, "quantity": quantity }],
    } })
}

async fn ready(server: &Server) -> (Relief, Device, String) {
    let relief = server.relief().await;
    let device = Device::register(&relief.worker, &relief.ground.province).await;
    let zone = zone(&relief).await;
    (relief, device, zone)
}

on_both!(
    a_keeper_s_day_without_a_network_is_told_later,
    async |server| {
        let (relief, mut device, zone) = ready(server).await;
        let worker = &relief.worker;
        let path = format!("/v1/depots/{}/zones", relief.depot);
        let second = json!({ "code": "B", "name": "二号库" });
        let second = id(&worker.post(&path, second).await.expect(201));
        let at = ago(server, 90);
        let lot = "lot_01h455vb4pex5vsknk084sn02q";
        let held = "reservation_01h455vb4pex5vsknk084sn02q";
        let other = "reservation_01h455vb4pex5vsknk084sn02r";
        let line =
            json!({ "lot_id": lot, "item_id": relief.item, "quantity": 40, "source": "purchase" });
        let body = json!({ "depot_id": relief.depot, "lines": [line] });
        device.gather("create_receipt", &at, json!({ "body": body }));
        device.gather("create_issue", &at, issue(&relief, &zone, 20));
        let line =
            json!({ "lot_id": lot, "from_zone_id": zone, "to_zone_id": second, "quantity": 30 });
        let body = json!({ "depot_id": relief.depot, "lines": [line] });
        device.gather("create_zone_transfer", &at, json!({ "body": body }));
        let line = json!({
            "lot_id": lot, "zone_id": second, "from": "usable", "to": "quarantined", "quantity": 5,
        });
        let body = json!({
            "depot_id": relief.depot, "reason": "suspect", "found_by": "张三", "lines": [line],
        });
        device.gather("create_condition_change", &at, json!({ "body": body }));
        let deadline = (server.clock.now() + chrono::TimeDelta::hours(2)).to_rfc3339();
        for held in [held, other] {
            let body = json!({
                "id": held, "depot_id": relief.depot, "deadline_at": deadline,
                "lines": [{ "lot_id": lot, "zone_id": zone, "quantity": 5 }],
            });
            device.gather("create_reservation", &at, json!({ "body": body }));
        }
        device.gather(
            "post_reservation",
            &at,
            json!({ "target": held, "body": {} }),
        );
        device.gather(
            "release_reservation",
            &at,
            json!({ "target": other, "body": {} }),
        );
        // More is gone than there is: it is gone all the same.
        let mut late = issue(&relief, &zone, 200);
        late["body"]["late_fact"] = json!(true);
        device.gather("create_issue", &at, late);

        let told = device.send(worker, &device.sent).await.expect(200);
        assert_eq!(outcomes(&told), ["done"; 9], "{told}");
        assert_eq!(told["next_sequence"], 10);
        let issued = told["commands"][1]["result_id"].as_str().unwrap();
        let issued = worker
            .get(&format!("/v1/movements/{issued}"))
            .await
            .expect(200);
        assert_eq!(issued["kind"], "issue");
        let occurred: chrono::DateTime<chrono::Utc> =
            issued["occurred_at"].as_str().unwrap().parse().unwrap();
        assert_eq!(
            occurred,
            at.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
        );
        // 40 came, 5 were posted; of the 200 all are gone.
        assert_eq!(worker.on_hand(&relief.depot).await, (35, 0));
        let facts = worker.get("/v1/late-facts").await.expect(200);
        assert_eq!(facts["items"][0]["found"][0]["quantity"], 20);
        server.prove().await;

        // Sent again, whole or in part, it changes nothing.
        let before = server.row_counts().await;
        let again = device.send(worker, &device.sent).await.expect(200);
        assert_eq!(outcomes(&again), ["replayed"; 9]);
        assert_eq!(
            again["commands"][1]["result_id"],
            told["commands"][1]["result_id"]
        );
        let part = device.send(worker, &device.sent[3..6]).await.expect(200);
        assert_eq!(outcomes(&part), ["replayed"; 3]);
        assert_eq!(server.row_counts().await, before);
        let shown = device.show(worker).await;
        assert_eq!(shown["next_sequence"], 10);
        assert_eq!(shown["last_hash"], hash(&device.sent[8]).as_str());
        assert!(shown["cloned_at"].is_null());
        // Somebody else may bring the device home.
        let keeper = server.person(&["keeper"], &relief.ground.province).await;
        let again = device.send(&keeper, &device.sent).await.expect(200);
        assert_eq!(outcomes(&again), ["replayed"; 9]);
    }
);

on_both!(a_count_is_told_with_its_moment, async |server| {
    let (relief, mut device, zone) = ready(server).await;
    let worker = &relief.worker;
    let body = json!({ "depot_id": relief.depot });
    let opened = worker.post("/v1/stocktakes", body).await.expect(201);
    let stocktake = id(&opened);
    server.clock.advance(std::time::Duration::from_secs(600));
    let at = ago(server, 5);
    let lines = json!([{ "zone_id": zone, "lot_id": relief.lot, "quantity": 198 }]);
    let more = json!({ "target": stocktake, "body": { "lines": lines } });
    device.gather("count_stocktake", &at, more);
    let told = device.send(worker, &device.sent).await.expect(200);
    assert_eq!(outcomes(&told), ["done"], "{told}");
    let counts = format!("/v1/stocktakes/{stocktake}/counts");
    let counts = worker.get(&counts).await.expect(200);
    let counted = counts["items"][0]["counted_at"].as_str().unwrap();
    let counted: chrono::DateTime<chrono::Utc> = counted.parse().unwrap();
    assert_eq!(
        counted,
        at.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
    );
});

on_both!(
    one_that_is_refused_does_not_keep_the_others,
    async |server| {
        let (relief, mut device, zone) = ready(server).await;
        let worker = &relief.worker;
        let at = ago(server, 10);
        device.gather("create_issue", &at, issue(&relief, &zone, 500));
        device.gather("create_issue", &at, issue(&relief, &zone, 20));
        let mut after = issue(&relief, &zone, 1);
        after["depends_on"] = json!(1);
        let third = device.gather("create_issue", &at, after);
        let mut after = issue(&relief, &zone, 1);
        after["depends_on"] = json!(third);
        device.gather("create_issue", &at, after);
        let mut after = issue(&relief, &zone, 1);
        after["depends_on"] = json!(2);
        device.gather("create_issue", &at, after);
        // Neither of these is what its operation takes.
        device.gather(
            "create_issue",
            &at,
            json!({ "body": { "lines": [], "colour": 1 } }),
        );
        let ahead = (server.clock.now() + chrono::TimeDelta::hours(1)).to_rfc3339();
        device.gather("create_issue", &ahead, issue(&relief, &zone, 1));
        let told = device.send(worker, &device.sent).await.expect(200);
        let wanted = [
            "refused", "done", "not_run", "not_run", "done", "refused", "refused",
        ];
        assert_eq!(outcomes(&told), wanted, "{told}");
        assert_eq!(told["next_sequence"], 8);
        let of = |number: usize| &told["commands"][number];
        assert_eq!(of(0)["problem"]["code"], "insufficient-stock");
        assert_eq!(of(0)["problem"]["available"], 200);
        assert_eq!(of(2)["reason"], "dependency");
        let faults = of(5)["problem"]["errors"].as_array().unwrap();
        let mut pointers: Vec<_> = faults
            .iter()
            .map(|it| it["pointer"].as_str().unwrap())
            .collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/colour", "/depot_id", "/lines"]);
        assert_eq!(of(6)["problem"]["errors"][0]["pointer"], "/occurred_at");
        assert_eq!(worker.on_hand(&relief.depot).await, (179, 0));
        // What became of each stays so, also after there is enough.
        worker
            .receive(&relief.depot, &relief.item, 900, json!({}))
            .await;
        let again = device.send(worker, &device.sent).await.expect(200);
        let wanted = [
            "refused", "replayed", "not_run", "not_run", "replayed", "refused", "refused",
        ];
        assert_eq!(outcomes(&again), wanted);
        assert_eq!(again["commands"][0], *of(0));
        server.prove().await;
    }
);
