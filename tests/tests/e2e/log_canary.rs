//! Whether the log tells what it must not: secrets and people are sent through the real program at
//! its most talkative, in what succeeds, what is refused and what fails, and looked for.

use std::{fs::File, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tests::{
    Client, Database, Program,
    client::id,
    database::Home,
    people::{enrol, setup_body},
};

const PASSWORD: &str = "Canary horses eat 7 bins";
const GIVEN_PASSWORD: &str = "Canary counts 17 spoons";
const WRONG_PASSWORD: &str = "Canary guesses 11 times";
const NEW_PASSWORD: &str = "Canary sings of 13 boots";
const NAME: &str = "金丝雀 Jinsique";
const PHONE: &str = "139 0000 7731";
/// What is logged on purpose: whoever does not find this finds nothing.
const PLANTED: &str = "planted-canary-4711";

/// A text as a log may hold it.
fn shapes(text: &str) -> Vec<String> {
    vec![
        text.to_owned(),
        text.escape_default().to_string(),
        text.as_bytes().escape_ascii().to_string(),
        json!(text).to_string().trim_matches('"').to_owned(),
        hex::encode(text),
        STANDARD.encode(text).trim_end_matches('=').to_owned(),
        format!("{:?}", text.as_bytes())
            .trim_matches(['[', ']'])
            .to_owned(),
    ]
}

fn told(log: &str, text: &str) -> Option<String> {
    let shapes = shapes(text);
    let line = |line: &&str| shapes.iter().any(|shape| line.contains(shape));
    log.lines().find(line).map(str::to_owned)
}

struct Canary {
    home: Home,
    program: Program,
    client: Client,
    /// What is to be found nowhere, and what it is.
    secrets: Vec<(&'static str, String)>,
}

impl Canary {
    async fn start(database: Database, log: File, format: &str) -> Self {
        let home = Home::migrated(database).await;
        let mut command = home.operate("serve");
        command
            .env("RELIEF_DEPOT_LOG_FILTER", "trace")
            .env("RELIEF_DEPOT_LOG_FORMAT", format)
            .env("RELIEF_DEPOT_WEBHOOK_HOSTS", "127.0.0.1");
        let program = Program::start_logging(&mut command, log);
        let secrets = vec![
            ("the setup code", program.setup_code.clone()),
            ("a password", PASSWORD.to_owned()),
            ("a given password", GIVEN_PASSWORD.to_owned()),
            ("a wrong password", WRONG_PASSWORD.to_owned()),
            ("a new password", NEW_PASSWORD.to_owned()),
            ("a name", "金丝雀".to_owned()),
            ("a name", "Jinsique".to_owned()),
            ("a telephone number", PHONE.to_owned()),
        ];
        Self {
            client: Client::new(program.address),
            home,
            program,
            secrets,
        }
    }

    fn keep(&mut self, what: &'static str, secret: &Value) -> String {
        let secret = secret.as_str().unwrap_or_else(|| panic!("no {what}"));
        self.secrets.push((what, secret.to_owned()));
        secret.to_owned()
    }

    async fn log_in(&mut self, login: &str, password: &str) -> Client {
        let body = json!({ "login": login, "password": password });
        let session = self.client.post("/v1/sessions", body).await.expect(201);
        let token = self.keep("a token", &session["token"]);
        let mut client = self.client.with_token(&token);
        client.account = session["account_id"].as_str().map(str::to_owned);
        if session["owes"] == json!(["second_factor"]) {
            let (_, codes) = enrol(&client, password, api::clock::Clock::default().now()).await;
            for code in codes {
                self.secrets.push(("a recovery code", code));
            }
        }
        client
    }

    // The first account; the code is used wrongly first.
    async fn set_up(&mut self) -> Client {
        let mut wrong = setup_body("AAAA-AAAA-AAAA");
        wrong["account"]["password"] = WRONG_PASSWORD.into();
        let refused = self.client.post("/v1/setup", wrong).await;
        refused.refused(401, "setup-code-wrong");
        let mut body = setup_body(&self.program.setup_code);
        body["account"]["password"] = PASSWORD.into();
        body["account"]["name"] = NAME.into();
        let call = self.client.post("/v1/setup", body);
        call.header("x-request-id", PLANTED).await.expect(201);
        self.log_in("root", PASSWORD).await
    }

    async fn guess(&mut self) {
        let body = json!({ "login": "root", "password": WRONG_PASSWORD });
        let refused = self.client.post("/v1/sessions", body).await;
        refused.refused(401, "login-failed");
        // Cut off in the middle of the secret, of the wrong type, and under a name that is not known.
        let cut = format!("{{\"login\":\"root\",\"password\":\"{WRONG_PASSWORD}");
        let call = self.client.post("/v1/sessions", json!({}));
        let refused = call.body("application/json", cut.into_bytes()).await;
        refused.refused(400, "invalid-json");
        for body in [
            json!({ "login": [NAME], "password": { "x": PASSWORD } }),
            json!({ "login": "root", "password": PASSWORD, PHONE: NAME }),
        ] {
            let refused = self.client.post("/v1/sessions", body).await;
            refused.refused(422, "invalid-request");
        }
        let token = format!("rds_{}", "ab".repeat(32));
        let strange = self.keep("a wrong token", &json!(token));
        let call = self.client.with_token(&strange).get("/v1/me");
        call.await.refused(401, "unauthenticated");
    }

    // A steward, who is made, made twice, and changes the password, the given one first.
    async fn steward(&mut self, admin: &Client) -> Client {
        let me = admin.get("/v1/me").await.expect(200);
        let root = me["organisation_id"].clone();
        let roles = ["data_steward", "keeper", "dispatcher"];
        let grants = roles.map(|role| json!({ "role": role, "organisation_id": root }));
        let body = json!({
            "login": "steward", "name": NAME, "password": GIVEN_PASSWORD, "organisation_id": root,
            "grants": grants,
        });
        let call = admin.post("/v1/accounts", body.clone());
        let account = id(&call.await.expect(201));
        admin
            .post("/v1/accounts", body)
            .await
            .refused(409, "already-exists");
        let mut body = json!({ "login": "steward", "password": GIVEN_PASSWORD });
        let owing = self.client.post("/v1/sessions", body.clone()).await;
        owing.refused(401, "password-given");
        body["new_password"] = PASSWORD.into();
        let session = self.client.post("/v1/sessions", body).await.expect(201);
        self.keep("a token", &session["token"]);
        let steward = self.log_in("steward", PASSWORD).await;
        let path = format!("/v1/accounts/{account}/password");
        let body = |old: &str| json!({ "current": old, "new": NEW_PASSWORD });
        let refused = steward.post(&path, body(WRONG_PASSWORD)).await;
        refused.refused(422, "invalid-request");
        steward.post(&path, body(PASSWORD)).await.expect(200);
        self.log_in("steward", NEW_PASSWORD).await
    }

    // Keys of programs: an API key and what signs the calls of a webhook, whose receiver is away.
    async fn programs(&mut self, admin: &Client, steward: &Client) -> String {
        let me = admin.get("/v1/me").await.expect(200);
        let root = &me["organisation_id"];
        let me = steward.get("/v1/me").await.expect(200);
        let holder = &me["principal"];
        let body = json!({ "name": "接口", "organisation_id": root, "holder_id": holder });
        let made = admin.post("/v1/api-keys", body).await.expect(201);
        let path = format!("/v1/api-keys/{}/rotate-secret", id(&made));
        let drawn = steward.post(&path, json!({})).await.expect(200);
        let secret = self.keep("an API key", &drawn["secret"]);
        let call = self.client.with_token(&secret).get("/v1/me");
        call.await.expect(200);
        let body = json!({
            "organisation_id": root, "name": "平台",
            "url": "http://127.0.0.1:1/hook/canary-in-the-path",
        });
        let made = steward.post("/v1/webhooks", body).await.expect(201);
        self.keep("the secret of a webhook", &made["secret"]);
        let path = "canary-in-the-path".to_owned();
        self.secrets.push(("the path of a webhook", path));
        id(&made)
    }

    // Waits until the receiver of the webhook was tried, and was away.
    async fn was_tried(&self, steward: &Client, webhook: &str) {
        let path = format!("/v1/webhooks/{webhook}");
        for _ in 0..300 {
            let view = steward.get(&path).await.expect(200);
            if !view["failing_since"].is_null() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the webhook was not tried");
    }

    // People in what is booked: in a depot, in a note, in an address that is searched for.
    async fn people(&mut self, steward: &Client) -> Value {
        let me = steward.get("/v1/me").await.expect(200);
        let root = &me["organisation_id"];
        let contact = json!({ "name": NAME, "phone": PHONE });
        let depot = |code: &str, contact: &Value| {
            json!({
                "organisation_id": root, "code": code, "name": "库", "level": "provincial",
                "operation": "own", "profile": { "contacts": [contact] },
            })
        };
        steward
            .post("/v1/depots", depot("D1", &contact))
            .await
            .expect(201);
        let again = steward.post("/v1/depots", depot("D1", &contact)).await;
        again.refused(409, "already-exists");
        let strange = json!({ "name": NAME, "phone": NAME, PHONE: PHONE });
        let refused = steward.post("/v1/depots", depot("D2", &strange)).await;
        refused.refused(422, "invalid-request");
        let found = steward.get("/v1/depots").query("q", NAME).await;
        found.expect(200);
        let refused = steward.get("/v1/depots").query("limit", PHONE).await;
        refused.refused(400, "invalid-parameter");
        let note = format!("请联系 {NAME}，电话 {PHONE}");
        let incident = json!({
            "organisation_id": root, "name": "台风", "hazard": "typhoon", "note": note,
            "occurred_at": "2021-07-25T00:00:00Z",
            "affected_area": [{ "kind": "division", "code": "330203" }],
        });
        let incident = id(&steward.post("/v1/incidents", incident).await.expect(201));
        let site = json!({
            "organisation_id": root, "name": "洞桥镇", "kind": "distribution_point",
            "division_code": "330203", "contacts": [contact],
        });
        let path = format!("/v1/incidents/{incident}/sites");
        steward.post(&path, site).await.expect(201);
        depot("D3", &contact)
    }

    // What the database refuses for a reason that nobody foresaw: it would tell the row.
    async fn fail(&self, steward: &Client, depot: Value) {
        let refuse = if self.home.url.is_empty() {
            "CREATE TRIGGER canary BEFORE INSERT ON depot BEGIN SELECT RAISE(ABORT, 'no'); END"
        } else {
            "ALTER TABLE depot ADD CONSTRAINT canary CHECK (code <> 'D3') NOT VALID"
        };
        let connection = self.home.connect().await;
        sea_orm::ConnectionTrait::execute_unprepared(&connection, refuse)
            .await
            .unwrap();
        let failed = steward.post("/v1/depots", depot).await;
        failed.refused(500, "internal");
    }
}

async fn sing(database: Database, format: &str) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let log = File::create(&path).unwrap();
    let mut canary = Canary::start(database, log, format).await;
    let admin = canary.set_up().await;
    canary.guess().await;
    let steward = canary.steward(&admin).await;
    let webhook = canary.programs(&admin, &steward).await;
    let depot = canary.people(&steward).await;
    canary.fail(&steward, depot).await;
    canary.was_tried(&steward, &webhook).await;
    canary.program.kill();
    let log = std::fs::read_to_string(&path).unwrap();
    canary.home.remove().await;
    assert!(log.contains("TRACE"), "the log is at its most talkative");
    assert!(log.contains("request failed"), "what failed is told");
    assert!(told(&log, PLANTED).is_some(), "what was planted is found");
    let mut leaks = Vec::new();
    for (what, secret) in &canary.secrets {
        leaks.extend(told(&log, secret).map(|line| format!("{what} `{secret}`: {line}")));
    }
    assert!(
        leaks.is_empty(),
        "{} leaks:\n{}",
        leaks.len(),
        leaks.join("\n")
    );
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(test);
}

#[test]
fn the_log_tells_no_secret_and_nobody_on_sqlite() {
    block_on(sing(Database::Sqlite, "text"));
}

#[test]
fn the_log_tells_no_secret_and_nobody_on_postgres() {
    block_on(sing(Database::Postgres, "json"));
}

#[test]
fn a_secret_is_found_in_whatever_shape() {
    for secret in [PASSWORD, NAME, PHONE] {
        for shape in shapes(secret) {
            let log = format!("a line\nand {shape} in the next\n");
            assert!(told(&log, secret).is_some(), "{shape}");
        }
        assert_eq!(told("a line\nand nothing in the next\n", secret), None);
    }
}
