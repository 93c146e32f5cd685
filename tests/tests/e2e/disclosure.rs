//! What became of goods is told to everybody, in figures that balance.

mod balance;
mod corrections;
mod duty;
mod refusals;
mod tampering;
mod trace;

use serde_json::{Value, json};
use tests::{Client, Disaster, Relief, Server, client::id, on_both};

const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A province at work on an incident, with somebody who publishes.
pub(crate) struct Scene {
    pub(crate) relief: Relief,
    pub(crate) disaster: Disaster,
    /// An approver who prepared nothing.
    pub(crate) publisher: Client,
    pub(crate) anybody: Client,
}

pub(crate) async fn scene(server: &Server) -> Scene {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    Scene {
        publisher: server.person(&["approver"], &relief.ground.province).await,
        anybody: server.anonymous(),
        relief,
        disaster,
    }
}

impl Scene {
    /// A receipt of quilts that somebody gave for the incident.
    pub(crate) async fn gift(&self, quantity: i64, donor: &str, number: &str) -> Value {
        let body = json!({
            "depot_id": self.relief.depot, "paper_number": number,
            "lines": [{
                "item_id": self.relief.item, "quantity": quantity, "source": "donation",
                "donor": donor, "unit_value": "45.7",
                "restriction": { "kind": "incident", "incident_id": self.disaster.incident },
            }],
        });
        self.relief
            .worker
            .post("/v1/receipts", body)
            .await
            .expect(201)
    }

    pub(crate) async fn issue(&self, lot: &str, quantity: i64, division: &str) -> String {
        let body = json!({
            "depot_id": self.relief.depot, "lines": [{ "lot_id": lot, "quantity": quantity }],
            "purpose": { "incident_id": self.disaster.incident, "division_code": division },
        });
        id(&self
            .relief
            .worker
            .post("/v1/issues", body)
            .await
            .expect(201))
    }

    /// What a statement about the incident would say.
    pub(crate) async fn draft(&self) -> Value {
        let path = format!(
            "/v1/statement-drafts?organisation_id={}&incident_id={}",
            self.relief.ground.province, self.disaster.incident
        );
        self.relief.worker.get(&path).await.expect(200)
    }

    pub(crate) fn body(&self) -> Value {
        json!({
            "title": "台风<救灾>物资公示", "organisation_id": self.relief.ground.province,
            "incident_id": self.disaster.incident,
        })
    }

    pub(crate) async fn prepare(&self, body: Value) -> String {
        id(&self
            .relief
            .worker
            .post("/v1/statements", body)
            .await
            .expect(201))
    }

    pub(crate) async fn publish(&self, statement: &str) -> Value {
        let path = format!("/v1/statements/{statement}/publish");
        self.publisher.act(&path).await.expect(200)
    }

    pub(crate) async fn published(&self, statement: &str) -> Value {
        let path = format!("/v1/public/statements/{statement}");
        self.anybody.get(&path).await.expect(200)
    }
}

pub(crate) fn lot_of(receipt: &Value) -> String {
    receipt["movement"]["lines"][0]["lot_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub(crate) fn line<'a>(content: &'a Value, lot: &str) -> &'a Value {
    let lines = content["lines"].as_array().unwrap();
    lines.iter().find(|line| line["lot_id"] == lot).unwrap()
}

/// Whether what there is to account for is accounted for.
pub(crate) fn balances(figures: &Value) -> bool {
    let sum = |names: &[&str]| -> i64 {
        names
            .iter()
            .map(|name| figures[*name].as_i64().unwrap())
            .sum()
    };
    sum(&[
        "opening_on_hand",
        "opening_on_road",
        "opening_on_loan",
        "received",
        "drawn",
        "returned",
    ]) == sum(&[
        "on_hand",
        "on_road",
        "on_loan",
        "issued",
        "written_off",
        "count_difference",
        "converted",
    ])
}

on_both!(
    a_gift_is_accounted_for_down_to_the_township,
    async |server| {
        let scene = scene(server).await;
        let Scene {
            relief, anybody, ..
        } = &scene;
        let gift = lot_of(&scene.gift(100, "宁波纺织厂", "SL-1").await);
        scene.issue(&gift, 30, "330203104").await;
        scene.issue(&gift, 10, "330203").await;
        // The province's own quilts help, too.
        scene.issue(&relief.lot, 25, "330203104").await;
        server.seal().await;

        let draft = scene.draft().await;
        let given = line(&draft, &gift);
        let figures = &given["figures"];
        assert!(balances(figures), "{figures}");
        for (name, value) in [
            ("received", 100),
            ("on_hand", 60),
            ("issued", 40),
            ("drawn", 0),
        ] {
            assert_eq!(figures[name], value, "{name}");
        }
        assert_eq!(given["donor_class"], "unregistered");
        assert_eq!(given["donor_name"], Value::Null);
        assert_eq!(given["received_value"], "4570");
        let own = &line(&draft, &relief.lot)["figures"];
        assert!(balances(own), "{own}");
        assert_eq!((&own["drawn"], &own["issued"]), (&json!(25), &json!(25)));
        assert_eq!(own["received"], 0);
        let places: Vec<_> = draft["places"].as_array().unwrap().iter().collect();
        let told = |lot: &str, code: &str| {
            let mut here = places
                .iter()
                .filter(|at| at["lot_id"] == lot && at["division_code"] == code);
            here.next().map(|at| at["quantity"].as_i64().unwrap())
        };
        assert_eq!(told(&gift, "330203104"), Some(30));
        assert_eq!(told(&gift, "330203"), Some(10));
        assert_eq!(told(&relief.lot, "330203104"), Some(25));
        assert_eq!(places[0]["incident_name"], "台风");
        let totals = &draft["totals"][0]["figures"];
        assert!(balances(totals) && totals["issued"] == 65, "{totals}");

        // The same as a file, for those who may have one.
        let query = format!("organisation_id={}", relief.ground.province);
        let path = format!("/v1/statement-drafts/lines?{query}");
        let file = relief
            .worker
            .get(&path)
            .header("accept", CSV)
            .language("zh")
            .await;
        assert_eq!(file.status, 200, "{}", file.text);
        assert!(
            file.text.contains("期初在库") && file.text.contains("棉被"),
            "{}",
            file.text
        );
        let path = format!("/v1/statement-drafts/places?{query}&limit=1");
        let page = relief.worker.get(&path).await.expect(200);
        assert!(page["next_cursor"].is_string(), "{page}");
        let cursor = page["next_cursor"].as_str().unwrap();
        let next = relief
            .worker
            .get(&path)
            .query("cursor", cursor)
            .await
            .expect(200);
        assert_ne!(next["items"][0], page["items"][0]);

        // Nobody outside reads what is prepared, and who prepared it does not publish it.
        let statement = scene.prepare(scene.body()).await;
        let public = format!("/v1/public/statements/{statement}");
        anybody.get(&public).await.refused(404, "not-found");
        let shown = relief
            .worker
            .get(&format!("/v1/statements/{statement}"))
            .await
            .expect(200);
        assert_eq!(shown["statement"]["state"], "prepared");
        let publish = format!("/v1/statements/{statement}/publish");
        relief.worker.act(&publish).await.refused(403, "forbidden");
        scene.publish(&statement).await;
        scene
            .publisher
            .act(&publish)
            .await
            .refused(409, "wrong-state");

        let found = scene.published(&statement).await;
        assert_eq!(found["content"]["lines"], draft["lines"]);
        let canonical = serde_jcs(&found["content"]);
        assert_eq!(found["statement"]["digest"], sha256(&canonical));
        let listed = anybody.get("/v1/public/statements").await.expect(200);
        assert_eq!(listed["items"][0]["id"], *statement);
        for (list, accept) in [("lines", CSV), ("places", XLSX)] {
            let file = anybody
                .get(&format!("{public}/{list}"))
                .header("accept", accept)
                .await;
            assert_eq!(file.status, 200, "{}", file.text);
            assert!(file.header("content-disposition").starts_with("attachment"));
        }
        let page = anybody
            .get(&format!("{public}/lines?limit=1"))
            .await
            .expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
        pages_have_no_script(&scene, &statement).await;
    }
);

async fn pages_have_no_script(scene: &Scene, statement: &str) {
    let page = scene.anybody.get(&format!("/statements/{statement}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.header("content-type").starts_with("text/html"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(
        page.text.contains("台风&lt;救灾&gt;物资公示"),
        "{}",
        page.text
    );
    assert!(
        !page.text.contains("<救灾>") && !page.text.contains("<script"),
        "{}",
        page.text
    );
    let index = scene.anybody.get("/statements").await;
    assert!(
        index.text.contains(&format!("/statements/{statement}")),
        "{}",
        index.text
    );
}

// RFC 8785 of what has neither fractions nor control characters: members in order, nothing between.
fn serde_jcs(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|one, other| one.0.cmp(other.0));
            let members = sorted
                .into_iter()
                .map(|(name, value)| format!("{}:{}", json!(name), serde_jcs(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(serde_jcs).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

fn sha256(text: &str) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
