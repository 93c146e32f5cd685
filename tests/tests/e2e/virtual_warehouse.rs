//! The virtual warehouse: what all depots hold together, where, and since when.

mod aid;
mod indices;
mod kept_apart;
mod levels;
mod near;
mod promised;
mod reach;
mod road;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tests::{Client, Ground, Server, client::id, on_both};

const FIGURES: [&str; 11] = [
    "on_hand",
    "reserved",
    "available",
    "at_shut_depots",
    "restricted",
    "expiring",
    "expired",
    "recalled",
    "not_usable",
    "other_conditions",
    "on_road",
];

/// Three depots with goods of two items, and a keeper and dispatcher of the province.
struct Stocked {
    ground: Ground,
    worker: Client,
    items: [String; 2],
    categories: [String; 2],
    depots: [String; 3],
    /// What was there after each movement, by the moment at which it was recorded.
    past: Vec<(String, Value)>,
}

/// The days until some of the goods expire.
const SOON: i64 = 120;

/// The day so many days from now.
fn day(now: DateTime<Utc>, days: i64) -> String {
    (now + TimeDelta::days(days)).format("%F").to_string()
}

async fn create(who: &Client, path: &str, body: Value) -> String {
    id(&who.post(path, body).await.expect(201))
}

async fn depot(steward: &Client, organisation: &str, facts: Value, at: [f64; 2]) -> String {
    let mut body = facts;
    body["organisation_id"] = json!(organisation);
    body["name"] = body["code"].clone();
    body["place"] = json!({ "longitude": at[0], "latitude": at[1] });
    create(steward, "/v1/depots", body).await
}

impl Stocked {
    async fn new(server: &Server) -> Self {
        let ground = server.ground().await;
        let steward = &ground.steward;
        let roles = ["keeper", "dispatcher"];
        let worker = server.person(&roles, &ground.province).await;
        let keeps = |code: &str, name: &str| json!({ "organisation_id": ground.province, "code": code, "name": name });
        let living = create(steward, "/v1/categories", keeps("L", "生活类")).await;
        let mut bedding = keeps("L1", "寝具");
        bedding["parent_id"] = json!(living);
        let bedding = create(steward, "/v1/categories", bedding).await;
        let item = |category: &str, name: &str, unit: &str| {
            json!({
                "organisation_id": ground.province, "category_id": category, "name": name, "base_unit": unit,
            })
        };
        let quilt = create(steward, "/v1/items", item(&bedding, "棉被", "床")).await;
        let tent = create(steward, "/v1/items", item(&living, "帐篷", "顶")).await;
        let facts = |code: &str, level: &str, operation: &str, division: &str| json!({ "code": code, "level": level, "operation": operation, "division_code": division });
        let city = facts("NB", "municipal", "own", "330200");
        let city = depot(steward, &ground.city, city, [121.55, 29.87]).await;
        let county = facts("HS", "county", "own", "330203");
        let county = depot(steward, &ground.county, county, [121.54, 29.86]).await;
        let other = facts("YY", "county", "partner", "330281");
        let other = depot(steward, &ground.other_county, other, [121.15, 30.04]).await;
        let mut stocked = Self {
            ground,
            worker,
            items: [quilt, tent],
            categories: [living, bedding],
            depots: [city, county, other],
            past: Vec::new(),
        };
        stocked.fill(server.clock.now()).await;
        stocked
    }

    async fn fill(&mut self, now: DateTime<Utc>) {
        let [quilt, tent] = self.items.clone();
        let line = |item: &str, quantity: i64, more: Value| {
            let mut line = json!({ "item_id": item, "quantity": quantity, "source": "purchase" });
            let (line_members, more) = (
                line.as_object_mut().expect("the answer has it"),
                more.as_object().expect("the answer has it"),
            );
            line_members.extend(more.clone());
            line
        };
        let soon = day(now, SOON);
        let county_org = self.ground.county.clone();
        let province = self.ground.province.clone();
        self.receive(0, line(&quilt, 100, json!({}))).await;
        let bound = json!({ "restriction": { "kind": "division", "division_code": "330203" } });
        self.receive(0, line(&quilt, 30, bound)).await;
        self.receive(0, line(&quilt, 20, json!({ "expires_on": "2020-01-01" })))
            .await;
        self.receive(0, line(&quilt, 40, json!({ "expires_on": soon })))
            .await;
        self.receive(0, line(&quilt, 5, json!({ "condition": "quarantined" })))
            .await;
        self.receive(0, line(&quilt, 8, json!({ "owner_id": county_org })))
            .await;
        self.receive(1, line(&quilt, 50, json!({}))).await;
        self.receive(1, line(&tent, 10, json!({}))).await;
        self.receive(2, line(&quilt, 70, json!({ "owner_id": province })))
            .await;
        let hold = json!({
            "depot_id": self.depots[1], "deadline_at": now + TimeDelta::days(1),
            "lines": [{ "item_id": tent, "quantity": 4 }],
        });
        let held = self.worker.post("/v1/reservations", hold).await.expect(201);
        self.remember(&held["created_at"]).await;
        let lots = self.list("lots", &[("item_id", &quilt)]).await;
        let lot = lots
            .iter()
            .find(|lot| lot["depot_id"] == *self.depots[2])
            .expect("the answer has it");
        let sent = json!({
            "depot_id": self.depots[2], "to_depot_id": self.depots[1],
            "lines": [{ "lot_id": lot["lot_id"], "quantity": 15 }],
        });
        let sent = self.worker.post("/v1/shipments", sent).await.expect(201);
        let movement = sent["movement_id"].as_str().expect("the answer has it");
        let movement = self.worker.get(&format!("/v1/movements/{movement}")).await;
        self.remember(&movement.expect(200)["recorded_at"]).await;
    }

    async fn receive(&mut self, depot: usize, line: Value) {
        let body = json!({ "depot_id": self.depots[depot], "lines": [line] });
        let done = self.worker.post("/v1/receipts", body).await.expect(201);
        self.remember(&done["movement"]["recorded_at"]).await;
    }

    async fn remember(&mut self, moment: &Value) {
        let moment = moment.as_str().expect("the answer has it").to_owned();
        let now = self.list("lots", &[]).await;
        self.past.push((moment, json!(now)));
    }

    async fn list(&self, list: &str, query: &[(&str, &str)]) -> Vec<Value> {
        list_as(&self.worker, list, query).await
    }
}

async fn list_as(who: &Client, list: &str, query: &[(&str, &str)]) -> Vec<Value> {
    let mut call = who.get(&format!("/v1/virtual-warehouse/{list}"));
    for (name, value) in query {
        call = call.query(name, value);
    }
    let page = call.query("limit", 200).await.expect(200);
    assert!(page["next_cursor"].is_null());
    page["items"].as_array().expect("the answer has it").clone()
}

/// The figures of each item, added up over the rows of a list.
fn totals(rows: &[Value]) -> BTreeMap<String, Vec<i64>> {
    let mut totals: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    for row in rows {
        let item = row["item_id"]
            .as_str()
            .expect("the answer has it")
            .to_owned();
        let total = totals.entry(item).or_insert_with(|| vec![0; FIGURES.len()]);
        for (sum, figure) in total.iter_mut().zip(FIGURES) {
            *sum += row["figures"][figure].as_i64().expect("the answer has it");
        }
    }
    totals
}

on_both!(
    figures_are_kept_apart_and_every_list_has_one_total,
    async |server| {
        let stocked = Stocked::new(server).await;
        let [city, county, other] = &stocked.depots;
        let [quilt, tent] = &stocked.items;
        let check = async |query: &[(&str, &str)], quilts: [i64; 11], tents: [i64; 11]| {
            let items = totals(&stocked.list("items", query).await);
            let empty = vec![0; FIGURES.len()];
            assert_eq!(
                items.get(quilt).unwrap_or(&empty),
                &quilts,
                "quilts {query:?}"
            );
            assert_eq!(items.get(tent).unwrap_or(&empty), &tents, "tents {query:?}");
            assert_eq!(
                items,
                totals(&stocked.list("depots", query).await),
                "{query:?}"
            );
            assert_eq!(
                items,
                totals(&stocked.list("lots", query).await),
                "{query:?}"
            );
        };
        let now = server.clock.now();
        let (last, after) = (day(now, SOON), day(now, SOON + 1));
        //    on hand, reserved, available, shut, restricted, expiring, expired, recalled, not usable, other, road
        let tents = [10, 4, 6, 0, 0, 0, 0, 0, 0, 0, 0];
        let none = [0; 11];
        check(&[], [303, 0, 253, 0, 30, 0, 20, 0, 0, 5, 15], tents).await;
        check(&[("item_id", tent)], none, tents).await;
        check(
            &[("category_id", &stocked.categories[0])],
            [303, 0, 253, 0, 30, 0, 20, 0, 0, 5, 15],
            tents,
        )
        .await;
        check(
            &[("category_id", &stocked.categories[1])],
            [303, 0, 253, 0, 30, 0, 20, 0, 0, 5, 15],
            none,
        )
        .await;
        check(
            &[("category_id", "category_00000000000000000000000000")],
            none,
            none,
        )
        .await;
        let at_city = [198, 0, 148, 0, 30, 0, 20, 0, 0, 5, 0];
        check(&[("level", "municipal")], at_city, none).await;
        check(
            &[("operation", "partner")],
            [55, 0, 55, 0, 0, 0, 0, 0, 0, 0, 15],
            none,
        )
        .await;
        check(
            &[("division", "330203")],
            [50, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0],
            tents,
        )
        .await;
        check(
            &[("organisation_id", &stocked.ground.county)],
            [50, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0],
            tents,
        )
        .await;
        check(
            &[("organisation_id", &stocked.ground.city)],
            [303, 0, 253, 0, 30, 0, 20, 0, 0, 5, 15],
            tents,
        )
        .await;
        check(&[("state", "paused")], none, none).await;
        check(
            &[("owner_id", &stocked.ground.county), ("level", "municipal")],
            [8, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0],
            none,
        )
        .await;
        check(
            &[("condition", "quarantined"), ("level", "municipal")],
            [5, 0, 0, 0, 0, 0, 0, 0, 5, 198, 0],
            none,
        )
        .await;
        check(
            &[("usable_until", &after), ("level", "municipal")],
            [198, 0, 108, 0, 30, 40, 20, 0, 0, 5, 0],
            none,
        )
        .await;
        check(
            &[("usable_until", &last), ("level", "municipal")],
            at_city,
            none,
        )
        .await;
        check(
            &[("purpose_division", "330203001"), ("level", "municipal")],
            [198, 0, 178, 0, 0, 0, 20, 0, 0, 5, 0],
            none,
        )
        .await;
        check(
            &[("purpose_programme", "博爱送万家"), ("level", "municipal")],
            at_city,
            none,
        )
        .await;
        let depots = stocked.list("depots", &[("item_id", quilt)]).await;
        let mut ids: Vec<_> = depots
            .iter()
            .map(|row| row["depot_id"].as_str().unwrap())
            .collect();
        ids.sort_unstable();
        let mut expected = [city.as_str(), county, other];
        expected.sort_unstable();
        assert_eq!(ids, expected);
        assert!(depots.iter().all(|row| row["distance_km"].is_null()));
        assert_eq!(depots[0]["item_name"], "棉被");
        assert_eq!(depots[0]["base_unit"], "床");
    }
);

on_both!(the_past_is_what_was_answered_then, async |server| {
    let stocked = Stocked::new(server).await;
    for (moment, lots) in &stocked.past {
        let then = stocked.list("lots", &[("as_of", moment)]).await;
        assert_eq!(json!(then), *lots, "{moment}");
        let items = totals(&stocked.list("items", &[("as_of", moment)]).await);
        assert_eq!(items, totals(lots.as_array().unwrap()), "{moment}");
        let tent = &stocked.items[1];
        let tents = stocked
            .list("depots", &[("as_of", moment), ("item_id", tent)])
            .await;
        assert_eq!(totals(&tents).get(tent), items.get(tent), "{moment}");
    }
    let before = stocked
        .list("items", &[("as_of", "2020-01-01T00:00:00Z")])
        .await;
    assert!(before.is_empty());
});

on_both!(
    owners_see_their_goods_wherever_they_are_kept,
    async |server| {
        let stocked = Stocked::new(server).await;
        let [city, county, _] = &stocked.depots;
        let keeper = server.person(&["keeper"], &stocked.ground.county).await;
        let rows = list_as(&keeper, "depots", &[("item_id", &stocked.items[0])]).await;
        let mut seen: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row["depot_id"].as_str().unwrap(),
                    row["figures"]["on_hand"].as_i64().unwrap(),
                )
            })
            .collect();
        seen.sort_unstable();
        let mut expected = [(city.as_str(), 8), (county.as_str(), 50)];
        expected.sort_unstable();
        assert_eq!(seen, expected);
        assert!(
            list_as(&stocked.ground.admin, "items", &[])
                .await
                .is_empty()
        );
    }
);
