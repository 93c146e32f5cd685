//! R8: dispatchers confirm overlapping plans at random, some of them the same plan at the same moment.
//!
//! **Invariant.** A plan is confirmed once, whoever asks how often. No need is answered by more than it is,
//! and what is reserved is what standing orders are to send, to the unit. What is short is shared between the
//! organisations that want it (`shares`). Whoever is refused is told why: nobody meets a dead end. How long anybody waited is printed and not judged: a machine of CI is no
//! measure.
//!
//! `RIG_SEED=… RIG_CONFIRM_S=…` run another one.

mod expected;
mod shares;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{
    Answer, Call, Client, Database, Dice, Disaster, Relief, Server, client::id, dice::setting,
};
use tokio::task::JoinSet;

use super::rig;
use expected::expected;
use shares::Shares;

const DISPATCHERS: u64 = 32;
/// Needs that are open at once: a plan is for all of an incident's.
const NEEDS_MAX: usize = 40;
/// How long somebody waits who was told to come again.
const PAUSE: Duration = Duration::from_millis(50);
/// Plans that are remembered: the older they are, the staler.
const PLANS_MAX: usize = 24;

#[test]
fn dispatchers_at_once_promise_nothing_twice_on_sqlite() {
    at_once(Database::Sqlite);
}

#[test]
fn dispatchers_at_once_promise_nothing_twice_on_postgres() {
    at_once(Database::Postgres);
}

fn at_once(database: Database) {
    let seconds = setting("RIG_CONFIRM_S", 8_u64);
    rig(&format!("RIG_CONFIRM_S={seconds}"), |dice| {
        run(database, Duration::from_secs(seconds), dice)
    });
}

async fn run(database: Database, long: Duration, mut dice: Dice) {
    let server = Server::start(database, &[]).await;
    let scene = Arc::new(Scene::on(&server, long).await);
    let mut working = JoinSet::new();
    for _ in 0..DISPATCHERS {
        let dispatcher = Dispatcher {
            client: Client::new(server.address).with_token(scene.relief.worker.token()),
            scene: Arc::clone(&scene),
            dice: Dice::new(u64::from(dice.below(u32::MAX))),
        };
        working.spawn(dispatcher.work());
    }
    working.join_all().await;
    scene.prove().await;
    server.prove().await;
    let tally = &scene.tally;
    let compared = Tally::of(&scene.shares.compared);
    eprintln!("{long:?} on {database:?}: {tally}; {compared} shares of what was short compared");
    assert!(compared > 0, "nothing was short");
    assert!(
        Tally::of(&tally.confirmed) > 5 && Tally::of(&tally.stale) + Tally::of(&tally.done) > 5,
        "the rig did too little: {tally}"
    );
    server.remove().await;
}

/// Incidents that share depots, and what was made of them.
struct Scene {
    relief: Relief,
    disasters: Vec<Disaster>,
    shares: Shares,
    items: Vec<String>,
    until: Instant,
    plans: Mutex<Vec<String>>,
    needs: Mutex<Vec<String>>,
    orders: Mutex<Vec<String>>,
    confirmed: Mutex<BTreeSet<String>>,
    tally: Tally,
}

#[derive(Debug, Default)]
struct Tally {
    plans: AtomicUsize,
    confirmed: AtomicUsize,
    /// Refused, because something had changed.
    stale: AtomicUsize,
    /// Refused, because somebody had confirmed it.
    done: AtomicUsize,
    /// Told to come again, because the database was busy.
    busy: AtomicUsize,
    /// Confirmed by two people at the same moment.
    doubled: AtomicUsize,
    waits_ms: Mutex<Vec<u128>>,
}

impl Tally {
    fn of(count: &AtomicUsize) -> usize {
        count.load(Ordering::Relaxed)
    }

    fn one(count: &AtomicUsize) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut waits = self.waits_ms.lock().expect("nobody panicked").clone();
        waits.sort_unstable();
        let part = |hundredth: usize| {
            let last = waits.len().saturating_sub(1);
            waits.get(last * hundredth / 100).copied().unwrap_or(0)
        };
        write!(
            f,
            "{} plans, {} confirmed, {} times stale, {} times done already, {} times two people at \
             once, {} times asked again later; a confirmation took {} ms in the middle, 99 of 100 {} ms, the longest {} ms",
            Self::of(&self.plans),
            Self::of(&self.confirmed),
            Self::of(&self.stale),
            Self::of(&self.done),
            Self::of(&self.doubled),
            Self::of(&self.busy),
            part(50),
            part(99),
            part(100),
        )
    }
}

impl Scene {
    async fn on(server: &Server, long: Duration) -> Self {
        let relief = server.relief().await;
        let category = relief.worker.get("/v1/categories").await.expect(200);
        let mut items = vec![relief.item.clone()];
        for name in ["帐篷", "折叠床", "毛巾被"] {
            let body = json!({
                "category_id": category["items"][0]["id"], "name": name, "base_unit": "件",
                "organisation_id": relief.ground.province,
            });
            items.push(id(&relief.worker.post("/v1/items", body).await.expect(201)));
        }
        for depot in [&relief.depot, &relief.city_depot] {
            for item in &items {
                for quantity in [100, 50] {
                    relief
                        .worker
                        .receive(depot, item, quantity, json!({}))
                        .await;
                }
            }
        }
        let mut disasters = Vec::new();
        for _ in 0..4 {
            disasters.push(relief.disaster().await);
        }
        Self {
            shares: Shares::of(&relief, &disasters).await,
            relief,
            disasters,
            items,
            until: Instant::now() + long,
            plans: Mutex::default(),
            needs: Mutex::default(),
            orders: Mutex::default(),
            confirmed: Mutex::default(),
            tally: Tally::default(),
        }
    }

    async fn all(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut call = self.relief.worker.get(path).query("limit", 200);
            if let Some(cursor) = &cursor {
                call = call.query("cursor", cursor);
            }
            let page = call.await.expect(200);
            rows.extend(page["items"].as_array().expect("a page has items").clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return rows,
            }
        }
    }

    /// Compares what is promised with what is needed and with what is held.
    async fn prove(&self) {
        let number = |value: &Value| value.as_i64().expect("a number");
        let mut to_leave = 0;
        for disaster in &self.disasters {
            let incident = &disaster.incident;
            for row in self.all(&format!("/v1/incidents/{incident}/needs")).await {
                let (need, progress) = (&row["need"], &row["progress"]);
                let answered = number(&progress["ordered"]) - number(&progress["lost"]);
                if need["state"] == "open" {
                    assert!(
                        answered <= number(&need["quantity"]),
                        "PROMISED TWICE: {row}"
                    );
                }
            }
            let orders = format!("/v1/dispatch-orders?incident_id={incident}");
            for order in self.all(&orders).await {
                let standing = ["draft", "submitted", "approved"];
                let state = order["state"].as_str().expect("an order has a state");
                if standing.contains(&state) {
                    let lines = order["lines"]
                        .as_array()
                        .expect("an order has lines")
                        .iter();
                    let left = |line: &Value| {
                        number(&line["quantity"])
                            - number(&line["given_up"])
                            - number(&line["sent"])
                    };
                    to_leave += lines.map(left).sum::<i64>();
                }
            }
        }
        let mut reserved = 0;
        for depot in [&self.relief.depot, &self.relief.city_depot] {
            reserved += self.relief.worker.on_hand(depot).await.1;
        }
        assert_eq!(
            reserved, to_leave,
            "what is reserved is what orders are to send"
        );
    }
}

struct Dispatcher {
    client: Client,
    scene: Arc<Scene>,
    dice: Dice,
}

impl Dispatcher {
    async fn work(mut self) {
        while Instant::now() < self.scene.until {
            match self.dice.below(12) {
                0 | 1 => self.need().await,
                2..=4 => self.plan().await,
                5..=9 => self.confirm().await,
                10 => self.order("cancel", json!({ "reason": "改由他库" })).await,
                _ => {
                    self.order("submit", json!({})).await;
                    self.order("approve", json!({})).await;
                }
            }
        }
    }

    // What the server could not take on for the moment is sent again under the same key, as it asks.
    async fn sent(&self, call: Call) -> Answer {
        loop {
            let answer = call.clone().await;
            if answer.status != 503 {
                return answer;
            }
            answer.refused(503, "busy");
            Tally::one(&self.scene.tally.busy);
            tokio::time::sleep(PAUSE).await;
        }
    }

    // One of a list that others add to.
    fn one_of(&mut self, list: impl Fn(&Scene) -> &Mutex<Vec<String>>) -> Option<String> {
        let list = list(&self.scene).lock().expect("nobody panicked").clone();
        self.dice.of(&list)
    }

    // States a need, or takes one back where there are many.
    async fn need(&mut self) {
        let many = self.scene.needs.lock().expect("nobody panicked").len() >= NEEDS_MAX;
        if many {
            let Some(need) = self.one_of(|scene| &scene.needs) else {
                return;
            };
            let body = json!({ "reason": "已转移" });
            let path = format!("/v1/needs/{need}/withdraw");
            expected(&self.sent(self.client.post(&path, body)).await, 200);
            let mut needs = self.scene.needs.lock().expect("nobody panicked");
            needs.retain(|it| *it != need);
            return;
        }
        let scene = Arc::clone(&self.scene);
        let (Some(disaster), Some(item)) =
            (self.dice.of(&scene.disasters), self.dice.of(&scene.items))
        else {
            return;
        };
        let site = self.dice.of(&scene.shares.sites_of(&disaster));
        let body = json!({ "lines": [{
            "site_id": site, "item_id": item, "quantity": self.dice.upto(120),
            "priority": self.dice.upto(2),
        }] });
        let path = format!("/v1/incidents/{}/needs", disaster.incident);
        let made = self.sent(self.client.post(&path, body)).await.expect(201);
        let mut needs = self.scene.needs.lock().expect("nobody panicked");
        needs.push(id(&made["needs"][0]));
    }

    async fn plan(&mut self) {
        let scene = Arc::clone(&self.scene);
        let Some(disaster) = self.dice.of(&scene.disasters) else {
            return;
        };
        let path = format!("/v1/incidents/{}/plans", disaster.incident);
        let body = json!({ "replan": self.dice.one_in(2) });
        let made = self.sent(self.client.post(&path, body)).await.expect(201);
        Tally::one(&scene.tally.plans);
        scene.shares.check(&self.client, &made).await;
        let mut plans = scene.plans.lock().expect("nobody panicked");
        plans.push(id(&made));
        if plans.len() > PLANS_MAX {
            plans.remove(0);
        }
    }

    // Every second time somebody else confirms the same plan at the same moment.
    async fn confirm(&mut self) {
        let Some(plan) = self.one_of(|scene| &scene.plans) else {
            return;
        };
        if self.dice.one_in(2) {
            Tally::one(&self.scene.tally.doubled);
            tokio::join!(self.confirm_one(&plan), self.confirm_one(&plan));
        } else {
            self.confirm_one(&plan).await;
        }
    }

    async fn confirm_one(&self, plan: &str) {
        let tally = &self.scene.tally;
        let began = Instant::now();
        let path = format!("/v1/plans/{plan}/confirm");
        let answer = self.sent(self.client.act(&path)).await;
        let waited = began.elapsed().as_millis();
        tally.waits_ms.lock().expect("nobody panicked").push(waited);
        expected(&answer, 200);
        if answer.status == 200 {
            let shares = &self.scene.shares;
            shares.check_orders(&self.client, &answer.json()).await;
            let mut confirmed = self.scene.confirmed.lock().expect("nobody panicked");
            assert!(confirmed.insert(plan.to_owned()), "CONFIRMED TWICE: {plan}");
            Tally::one(&tally.confirmed);
            let orders = answer.json()["order_ids"].clone();
            let orders = orders.as_array().into_iter().flatten();
            let mut known = self.scene.orders.lock().expect("nobody panicked");
            known.extend(orders.filter_map(|order| order.as_str().map(str::to_owned)));
            return;
        }
        match answer.json()["code"].as_str() {
            Some("plan-stale") => {
                let changes = answer.json()["changes"].clone();
                let told = changes
                    .as_array()
                    .is_some_and(|changes| !changes.is_empty());
                assert!(told, "a stale plan says what changed: {}", answer.text);
                Tally::one(&tally.stale);
            }
            Some("wrong-state") => Tally::one(&tally.done),
            _ => panic!("{}", answer.text),
        }
    }

    async fn order(&mut self, action: &str, body: Value) {
        if let Some(order) = self.one_of(|scene| &scene.orders) {
            let path = format!("/v1/dispatch-orders/{order}/{action}");
            // Whoever asks for goods does not agree to it.
            let person = match action {
                "approve" => &self.scene.relief.approver,
                _ => &self.client,
            };
            expected(&self.sent(person.post(&path, body)).await, 200);
        }
    }
}
