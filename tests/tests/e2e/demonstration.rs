//! The demonstration against what was published: Typhoon In-Fa, July 2021.
//!
//! **Invariant.** The figures of the notice are read back from the ledger over HTTP.

mod notice;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{Client, Database, Server, client::id, on_both};

use self::notice::{ALLOTTED, POINTS};

/// The accounts of the demonstration's file: login and password.
struct People<'a> {
    server: &'a Server,
    passwords: BTreeMap<String, String>,
}

impl<'a> People<'a> {
    /// Makes the demonstration by the program, as an operator does.
    fn of_demonstration(server: &'a Server) -> Self {
        let made = server.operate("demo").output().expect("the program runs");
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{said}");
        let file = server.home().directory.path().join("demo-accounts.txt");
        let text = std::fs::read_to_string(file).expect("the accounts are written down");
        let lines = text.lines().skip(1).map(|line| {
            let mut cells = line.split('\t').map(str::to_owned);
            let cells = cells.next().zip(cells.next());
            cells.expect("a login and a password")
        });
        Self {
            server,
            passwords: lines.collect(),
        }
    }

    async fn log_in(&self, login: &str) -> Client {
        let body = json!({ "login": login, "password": self.passwords[login] });
        let anonymous = self.server.anonymous();
        let session = anonymous.post("/v1/sessions", body).await.expect(201);
        let mut client = anonymous.with_token(session["token"].as_str().expect("a token"));
        client.account = session["account_id"].as_str().map(str::to_owned);
        if session["owes"] == json!(["second_factor"]) {
            let now = self.server.clock.now();
            tests::people::enrol(&client, &self.passwords[login], now).await;
        }
        client
    }
}

// Everything that a list holds, page by page.
async fn all(client: &Client, path: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut call = client.get(path).query("limit", 200);
        if let Some(cursor) = &cursor {
            call = call.query("cursor", cursor);
        }
        let page = call.await.expect(200);
        found.extend(page["items"].as_array().expect("a page").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return found,
        }
    }
}

// What the rows of a list have in `member`, by id.
async fn by_id(client: &Client, path: &str, member: &str) -> BTreeMap<String, String> {
    let rows = all(client, path).await;
    let named = rows.iter().map(|row| (id(row), text(row, member)));
    named.collect()
}

fn text(value: &Value, member: &str) -> String {
    let text = value[member].as_str();
    text.unwrap_or_else(|| panic!("no {member} in {value}"))
        .to_owned()
}

fn number(value: &Value, member: &str) -> i64 {
    let number = value[member].as_i64();
    number.unwrap_or_else(|| panic!("no {member} in {value}"))
}

// An amount of yuan in ten-thousandths.
fn ten_thousandths(amount: &str) -> i64 {
    let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
    format!("{whole}{part:0<4}").parse().expect("an amount")
}

/// The signed shipments of the demonstration, each with its signature.
async fn signed_shipments(auditor: &Client) -> Vec<Value> {
    let mut shipments = Vec::new();
    for shipment in all(auditor, "/v1/shipments").await {
        assert_eq!(shipment["state"], "arrived", "{shipment}");
        let path = format!("/v1/shipments/{}", id(&shipment));
        let shipment = auditor.get(&path).await.expect(200);
        let signed = shipment["hand_overs"].as_array().expect("signatures");
        assert_eq!(signed.len(), 1, "{shipment}");
        shipments.push(shipment);
    }
    shipments
}

// How many pieces of each batch were signed for.
fn signed(shipment: &Value, batches: &BTreeMap<String, &'static str>) -> Vec<(&'static str, i64)> {
    let lines = shipment["hand_overs"][0]["lines"].as_array();
    let lines = lines.expect("lines").iter().map(|line| {
        assert_eq!((&line["damaged"], &line["short"]), (&json!(0), &json!(0)));
        let batch = batches.get(&text(line, "lot_id"));
        (*batch.expect("a published batch"), number(line, "received"))
    });
    lines.collect()
}

// Every lot has the published owner, value and pieces, and as many went out as are followed to a
// township. Answers the batches by the ids of their lots.
async fn lots_add_up(auditor: &Client) -> BTreeMap<String, &'static str> {
    let organisations = by_id(auditor, "/v1/organisations", "code").await;
    let mut batches = BTreeMap::new();
    for published in ALLOTTED {
        let path = format!("/v1/lots?batch={}", published.batch);
        let lots = all(auditor, &path).await;
        let [lot] = &lots[..] else {
            panic!("{}: {lots:?}", published.batch);
        };
        assert_eq!(lot["item_name"], published.item);
        assert_eq!(organisations[&text(lot, "owner_id")], published.owner);
        let unit_value = ten_thousandths(&text(lot, "unit_value"));
        assert_eq!(unit_value, published.unit_value_e4, "{lot}");
        let path = format!("/v1/lots/{}/history", id(lot));
        let history = auditor.get(&path).await.expect(200);
        let totals = &history["totals"];
        assert_eq!(totals["complete"], true);
        let allotted = number(totals, "received");
        assert_eq!(allotted, published.pieces, "{}", published.batch);
        assert_eq!(allotted * unit_value, published.yuan * 10_000);
        assert_eq!(number(totals, "issued"), published.issued);
        assert_eq!(number(totals, "on_hand"), allotted - published.issued);
        let rest = ["on_road", "written_off", "missing"].map(|member| number(totals, member));
        assert_eq!(rest, [0, 0, 0], "{}", published.batch);
        batches.insert(id(lot), published.batch);
    }
    batches
}

// All of it was signed for at the depot that the notice names.
async fn depots_signed(
    auditor: &Client,
    shipments: &[Value],
    batches: &BTreeMap<String, &'static str>,
) {
    let depots = by_id(auditor, "/v1/depots", "code").await;
    let mut arrived = BTreeMap::new();
    for shipment in shipments {
        if let Some(depot) = shipment["to_depot_id"].as_str() {
            for (batch, pieces) in signed(shipment, batches) {
                *arrived.entry((batch, depots[depot].as_str())).or_default() += pieces;
            }
        }
    }
    let published = ALLOTTED.map(|allotted| ((allotted.batch, allotted.depot), allotted.pieces));
    assert_eq!(arrived, BTreeMap::from(published));
}

// Every point got and signed for what the notice says.
async fn points_signed(
    auditor: &Client,
    shipments: &[Value],
    batches: &BTreeMap<String, &'static str>,
) {
    let incidents = all(auditor, "/v1/incidents").await;
    let path = format!("/v1/incidents/{}/sites", id(&incidents[0]));
    let sites = all(auditor, &path).await;
    for site in &sites {
        assert_eq!(site["place_origin"], "division", "{site}");
    }
    let points: BTreeMap<_, _> = sites
        .iter()
        .map(|site| (id(site), text(site, "name")))
        .collect();
    let mut got: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
    for shipment in shipments {
        let Some(site) = shipment["site_id"].as_str() else {
            continue;
        };
        let point = points[site].as_str();
        let by = text(&shipment["hand_overs"][0], "received_by");
        assert!(by.contains(point), "{point}: {by}");
        for (batch, pieces) in signed(shipment, batches) {
            *got.entry(point).or_default().entry(batch).or_default() += pieces;
        }
    }
    let order = [
        "IN-FA-2021-1",
        "IN-FA-2021-2",
        "IN-FA-2021-3",
        "IN-FA-2021-4",
    ];
    let published = POINTS.map(|(point, pieces)| {
        let pieces = order.into_iter().zip(pieces);
        (point, pieces.filter(|(_, pieces)| *pieces > 0).collect())
    });
    assert_eq!(got, BTreeMap::from(published));
}

// The journal names an account of the receiving organisation for each signature.
async fn receivers_signed_themselves(auditor: &Client, security: &Client, shipments: &[Value]) {
    let accounts = by_id(security, "/v1/accounts", "organisation_id").await;
    for shipment in shipments {
        let entries = auditor
            .get("/v1/journal-entries")
            .query("subject", id(shipment))
            .query("command", "dispatch.sign_hand_over")
            .await
            .expect(200);
        let principal = text(&entries["items"][0], "principal");
        assert_eq!(
            accounts[&principal],
            text(shipment, "receiver_id"),
            "{entries}"
        );
    }
}

// What is not published says that it is demonstration data.
async fn all_is_marked(auditor: &Client) {
    for organisation in all(auditor, "/v1/organisations").await {
        let name = text(&organisation, "name");
        assert!(name.ends_with("（演示数据）"), "{name}");
    }
    for (path, member) in [
        ("/v1/depots", "remark"),
        ("/v1/lots", "remark"),
        ("/v1/incidents", "note"),
        ("/v1/dispatch-orders", "note"),
        ("/v1/agreements", "note"),
    ] {
        for row in all(auditor, path).await {
            assert!(text(&row, member).starts_with("演示数据"), "{row}");
        }
    }
}

// The standards find their goods in the catalogue; what it does not count so is answered as it is.
async fn needs_can_be_computed(dispatcher: &Client) {
    let incidents = all(dispatcher, "/v1/incidents").await;
    let path = format!("/v1/incidents/{}", id(&incidents[0]));
    let sites = all(dispatcher, &format!("{path}/sites")).await;
    let standards = dispatcher.get("/v1/need-standards").await.expect(200);
    let mut unmatched = BTreeMap::new();
    for standard in standards["items"].as_array().expect("standards") {
        let body = json!({
            "site_id": id(&sites[0]), "standard_id": standard["id"],
            "people": 1_000, "households": 300, "days": 7,
        });
        let computed = dispatcher
            .post(&format!("{path}/computed-needs"), body)
            .await
            .expect(201);
        for line in computed["unmatched"].as_array().expect("a list") {
            unmatched.insert(text(line, "item_key"), text(line, "reason"));
        }
    }
    let expected = ["covered-area", "food", "toilet"];
    let expected = expected.map(|key| (key.to_owned(), "no-item".to_owned()));
    assert_eq!(unmatched, BTreeMap::from(expected));
}

// What everything weighs and how much room it takes is known, so that one lorry is not enough.
async fn vehicles_bind(dispatcher: &Client) {
    for item in all(dispatcher, "/v1/items").await {
        assert!(
            number(&item, "weight_g") > 0 && number(&item, "volume_ml") > 0,
            "{item}"
        );
    }
    let incidents = all(dispatcher, "/v1/incidents").await;
    let path = format!("/v1/incidents/{}/plans", id(&incidents[0]));
    let lorry = json!({ "count": 1, "volume_m3": 30, "payload_kg": 8_000 });
    let body = json!({ "policy": { "vehicles": [lorry] } });
    let plan = dispatcher.post(&path, body).await.expect(201);
    assert_eq!(plan["unmeasured_item_ids"], json!([]));
    let reasons = plan["shortfalls"]
        .as_array()
        .expect("a plan lists shortfalls");
    let bound = reasons
        .iter()
        .any(|it| it.to_string().contains("\"vehicles\""));
    assert!(bound, "{reasons:?}");
}

async fn kits_hold(auditor: &Client) {
    let kits = all(auditor, "/v1/items?kind=kit").await;
    let mut held = BTreeMap::new();
    for kit in &kits {
        let path = format!("/v1/items/{}/kit-versions", id(kit));
        let versions = all(auditor, &path).await;
        let contents = versions[0]["contents"].as_array().expect("contents");
        held.insert(text(kit, "name"), contents.len());
    }
    let expected = [("家庭包".to_owned(), 8), ("住所搭建包".to_owned(), 2)];
    assert_eq!(held, BTreeMap::from(expected));
}

// A newcomer sees what suppliers promise, and that one of them promises nothing any more.
async fn suppliers_promise(auditor: &Client) {
    let agreements = all(auditor, "/v1/agreements").await;
    let mut standings: Vec<_> = agreements.iter().map(|row| text(row, "standing")).collect();
    standings.sort();
    assert_eq!(standings, ["expired", "in_force"]);
    let promised = all(auditor, "/v1/virtual-warehouse/agreement-stock").await;
    let sum: i64 = promised.iter().map(|row| number(row, "promised")).sum();
    assert_eq!((promised.len(), sum), (3, 23_000));
}

on_both!(in_fa_comes_out_of_the_ledger_as_published, async |server| {
    let people = People::of_demonstration(server);
    let auditor = people.log_in("auditor").await;
    let batches = lots_add_up(&auditor).await;
    let shipments = signed_shipments(&auditor).await;
    depots_signed(&auditor, &shipments, &batches).await;
    points_signed(&auditor, &shipments, &batches).await;
    let security = people.log_in("security").await;
    receivers_signed_themselves(&auditor, &security, &shipments).await;
    all_is_marked(&auditor).await;
    kits_hold(&auditor).await;
    suppliers_promise(&auditor).await;
    let dispatcher = people.log_in("dispatcher").await;
    needs_can_be_computed(&dispatcher).await;
    vehicles_bind(&dispatcher).await;
    // A township sees its own shipment and nobody else's.
    let township = people.log_in("receiver-330203104").await;
    let own = all(&township, "/v1/shipments").await;
    assert_eq!(own.len(), 1, "{own:?}");
    server.prove().await;
    let again = server.operate("demo").output().expect("the program runs");
    assert!(
        !again.status.success(),
        "it is made on an empty database only"
    );
});

on_both!(half_a_demonstration_is_refused, async |server| {
    let begun = "INSERT INTO demonstration (id, begun_at) VALUES (1, '2026-11-26T08:00:00+00:00')";
    server.execute(begun).await;
    let refused = server.operate("demo").output().expect("the program runs");
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr);
    for part in ["2026-11-26 08:00 UTC", "never completed", "delete"] {
        let part = match (part, server.database()) {
            ("delete", Database::Postgres) => "drop the database",
            _ => part,
        };
        assert!(said.contains(part), "{part}: {said}");
    }
    let made = server.number("SELECT COUNT(*) FROM organisation").await;
    assert_eq!(made, 0);
});
