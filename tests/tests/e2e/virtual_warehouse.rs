//! The virtual warehouse: what all depots hold together, where, and since when.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{Client, Ground, Server, client::id, on_both};

const FIGURES: [&str; 10] = [
    "on_hand",
    "reserved",
    "available",
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
        stocked.fill().await;
        stocked
    }

    async fn fill(&mut self) {
        let [quilt, tent] = self.items.clone();
        let line = |item: &str, quantity: i64, more: Value| {
            let mut line = json!({ "item_id": item, "quantity": quantity, "source": "purchase" });
            let (line_members, more) = (line.as_object_mut().unwrap(), more.as_object().unwrap());
            line_members.extend(more.clone());
            line
        };
        let soon = "2027-03-31";
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
            "depot_id": self.depots[1], "deadline_at": "2099-01-01T00:00:00Z",
            "lines": [{ "item_id": tent, "quantity": 4 }],
        });
        let held = self.worker.post("/v1/reservations", hold).await.expect(201);
        self.remember(&held["created_at"]).await;
        let lots = self.list("lots", &[("item_id", &quilt)]).await;
        let lot = lots
            .iter()
            .find(|lot| lot["depot_id"] == *self.depots[2])
            .unwrap();
        let sent = json!({
            "depot_id": self.depots[2], "to_depot_id": self.depots[1],
            "lines": [{ "lot_id": lot["lot_id"], "quantity": 15 }],
        });
        let sent = self.worker.post("/v1/shipments", sent).await.expect(201);
        let movement = sent["movement_id"].as_str().unwrap();
        let movement = self.worker.get(&format!("/v1/movements/{movement}")).await;
        self.remember(&movement.expect(200)["recorded_at"]).await;
    }

    async fn receive(&mut self, depot: usize, line: Value) {
        let body = json!({ "depot_id": self.depots[depot], "lines": [line] });
        let done = self.worker.post("/v1/receipts", body).await.expect(201);
        self.remember(&done["movement"]["recorded_at"]).await;
    }

    async fn remember(&mut self, moment: &Value) {
        let moment = moment.as_str().unwrap().to_owned();
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
    page["items"].as_array().unwrap().clone()
}

/// The figures of each item, added up over the rows of a list.
fn totals(rows: &[Value]) -> BTreeMap<String, Vec<i64>> {
    let mut totals: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    for row in rows {
        let item = row["item_id"].as_str().unwrap().to_owned();
        let total = totals.entry(item).or_insert_with(|| vec![0; FIGURES.len()]);
        for (sum, figure) in total.iter_mut().zip(FIGURES) {
            *sum += row["figures"][figure].as_i64().unwrap();
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
        let check = async |query: &[(&str, &str)], quilts: [i64; 10], tents: [i64; 10]| {
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
        //    on hand, reserved, available, restricted, expiring, expired, recalled, not usable, other, road
        let tents = [10, 4, 6, 0, 0, 0, 0, 0, 0, 0];
        let none = [0; 10];
        check(&[], [303, 0, 253, 30, 0, 20, 0, 0, 5, 15], tents).await;
        check(&[("item_id", tent)], none, tents).await;
        check(
            &[("category_id", &stocked.categories[0])],
            [303, 0, 253, 30, 0, 20, 0, 0, 5, 15],
            tents,
        )
        .await;
        check(
            &[("category_id", &stocked.categories[1])],
            [303, 0, 253, 30, 0, 20, 0, 0, 5, 15],
            none,
        )
        .await;
        check(
            &[("category_id", "category_00000000000000000000000000")],
            none,
            none,
        )
        .await;
        let at_city = [198, 0, 148, 30, 0, 20, 0, 0, 5, 0];
        check(&[("level", "municipal")], at_city, none).await;
        check(
            &[("operation", "partner")],
            [55, 0, 55, 0, 0, 0, 0, 0, 0, 15],
            none,
        )
        .await;
        check(
            &[("division", "330203")],
            [50, 0, 50, 0, 0, 0, 0, 0, 0, 0],
            tents,
        )
        .await;
        check(
            &[("organisation_id", &stocked.ground.county)],
            [50, 0, 50, 0, 0, 0, 0, 0, 0, 0],
            tents,
        )
        .await;
        check(
            &[("organisation_id", &stocked.ground.city)],
            [303, 0, 253, 30, 0, 20, 0, 0, 5, 15],
            tents,
        )
        .await;
        check(&[("state", "paused")], none, none).await;
        check(
            &[("owner_id", &stocked.ground.county), ("level", "municipal")],
            [8, 0, 8, 0, 0, 0, 0, 0, 0, 0],
            none,
        )
        .await;
        check(
            &[("condition", "quarantined"), ("level", "municipal")],
            [5, 0, 0, 0, 0, 0, 0, 5, 198, 0],
            none,
        )
        .await;
        check(
            &[("usable_until", "2027-04-01"), ("level", "municipal")],
            [198, 0, 108, 30, 40, 20, 0, 0, 5, 0],
            none,
        )
        .await;
        check(
            &[("usable_until", "2027-03-31"), ("level", "municipal")],
            at_city,
            none,
        )
        .await;
        check(
            &[("purpose_division", "330203001"), ("level", "municipal")],
            [198, 0, 178, 0, 0, 20, 0, 0, 5, 0],
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

on_both!(the_nearest_depots_come_first, async |server| {
    let stocked = Stocked::new(server).await;
    let [city, county, other] = &stocked.depots;
    let order = async |query: &[(&str, &str)]| -> Vec<(String, f64)> {
        let query = [&[("item_id", stocked.items[0].as_str())], query].concat();
        let rows = stocked.list("depots", &query).await;
        rows.iter()
            .map(|row| {
                let depot = row["depot_id"].as_str().unwrap().to_owned();
                (depot, row["distance_km"].as_f64().unwrap())
            })
            .collect()
    };
    let names = |found: &[(String, f64)]| -> Vec<String> {
        found.iter().map(|(depot, _)| depot.clone()).collect()
    };
    let at_county = [("longitude", "121.54"), ("latitude", "29.86")];
    let found = order(&at_county).await;
    assert_eq!(names(&found), [county.as_str(), city, other]);
    assert!(
        found[0].1 < 0.001 && (1.0..2.0).contains(&found[1].1),
        "{found:?}"
    );
    assert!((40.0..45.0).contains(&found[2].1), "{found:?}");
    let within = [at_county.as_slice(), &[("radius_km", "1.5")]].concat();
    assert_eq!(names(&order(&within).await), [county.as_str(), city]);
    let nowhere = [("longitude", "0"), ("latitude", "0"), ("radius_km", "10")];
    assert!(order(&nowhere).await.is_empty());
    assert!(stocked.list("items", &nowhere).await.is_empty());

    // An incident that names a division: a depot inside is at no distance.
    let incident = json!({
        "organisation_id": stocked.ground.city, "name": "台风", "hazard": "typhoon",
        "occurred_at": "2026-01-01T00:00:00Z",
        "affected_area": [
            { "kind": "division", "code": "330281" },
            { "kind": "circle", "longitude": 121.55, "latitude": 29.87, "radius_km": 0.5 },
            { "kind": "polygon", "geometry": { "type": "Polygon", "coordinates":
                [[[121.0, 29.0], [121.1, 29.0], [121.1, 29.1], [121.0, 29.0]]] } },
        ],
    });
    let incident = create(&stocked.worker, "/v1/incidents", incident).await;
    let found = order(&[("incident_id", &incident)]).await;
    assert_eq!(found[2].0, *county);
    assert!(
        found[0].1 < 0.001 && found[1].1 < 0.001 && found[2].1 > 0.5,
        "{found:?}"
    );
    let within = [("incident_id", incident.as_str()), ("radius_km", "0.1")];
    let mut inside = names(&order(&within).await);
    inside.sort_unstable();
    let mut expected = [city.clone(), other.clone()];
    expected.sort_unstable();
    assert_eq!(inside, expected);

    let site = json!({
        "organisation_id": stocked.ground.other_county, "name": "余姚中学", "kind": "settlement",
        "longitude": 121.16, "latitude": 30.05,
    });
    let sites = format!("/v1/incidents/{incident}/sites");
    let site = create(&stocked.worker, &sites, site).await;
    let found = order(&[("site_id", &site)]).await;
    assert_eq!(found[0].0, *other);

    // A page of one row each is the same list.
    let mut walked = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut call = stocked.worker.get("/v1/virtual-warehouse/lots");
        call = call.query("longitude", "121.54").query("latitude", "29.86");
        if let Some(cursor) = &cursor {
            call = call.query("cursor", cursor);
        }
        let page = call.query("limit", 1).await.expect(200);
        walked.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(walked, stocked.list("lots", &at_county).await);
});

on_both!(
    a_question_that_makes_no_sense_is_refused_by_name,
    async |server| {
        let ground = server.ground().await;
        let worker = server.person(&["keeper"], &ground.county).await;
        let unknown = "incident_00000000000000000000000000";
        for (query, fault) in [
            ("longitude=120", ("latitude", "required")),
            ("latitude=30", ("longitude", "required")),
            ("radius_km=5", ("radius_km", "not-applicable")),
            ("longitude=30&latitude=91", ("latitude", "out-of-range")),
            ("as_of=2999-01-01T00:00:00Z", ("as_of", "out-of-range")),
            ("division=000000", ("division", "format")),
            ("purpose_division=000000", ("purpose_division", "format")),
            ("level=galactic", ("level", "format")),
            ("usable_until=2027-02-30", ("usable_until", "format")),
            (
                &format!("incident_id={unknown}"),
                ("incident_id", "reference"),
            ),
            (
                "site_id=site_00000000000000000000000000",
                ("site_id", "reference"),
            ),
            (
                &format!("longitude=120&latitude=30&incident_id={unknown}"),
                ("incident_id", "not-applicable"),
            ),
        ] {
            for list in ["items", "depots", "lots"] {
                let answer = worker
                    .get(&format!("/v1/virtual-warehouse/{list}?{query}"))
                    .await;
                answer.refused(400, "invalid-parameter");
                let (name, code) = fault;
                assert_eq!(
                    answer.faults(),
                    [(name.to_owned(), code.to_owned())],
                    "{query}"
                );
            }
        }
    }
);

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
