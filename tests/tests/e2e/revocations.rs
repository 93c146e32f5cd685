//! What is taken from somebody is gone on every server.
//!
//! **Invariant.** Two servers stand on one database. What one takes away the other refuses at its next
//! request; a stream of events that was open goes silent within a minute.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Client, Ground, Server, client::id, on_both, raw::Wire};

/// What is promised for whatever is open.
const MINUTE: Duration = Duration::from_secs(60);

/// The same credential, shown to another server.
fn at(server: &Server, client: &Client) -> Client {
    server.anonymous().with_token(client.token())
}

fn account(person: &Client, action: &str) -> String {
    format!("/v1/accounts/{}{action}", person.account())
}

async fn disable(ground: &Ground, person: &Client) {
    let path = account(person, "");
    let etag = ground.admin.get(&path).await.etag();
    let state = json!({ "state": "disabled" });
    ground.admin.patch(&path, &etag, state).await.expect(200);
}

async fn take_roles(ground: &Ground, person: &Client) {
    let view = ground.admin.get(&account(person, "")).await.expect(200);
    for grant in view["grants"].as_array().unwrap() {
        let path = account(person, &format!("/grants/{}/revoke", id(grant)));
        ground.admin.act(&path).await.expect(200);
    }
}

async fn key(server: &Server, ground: &Ground, role: &str, organisation: &str) -> Value {
    let grants = json!([{ "role": role, "organisation_id": organisation }]);
    let body = json!({ "name": "秤", "organisation_id": organisation, "grants": grants });
    server.api_key(&ground.admin, body).await.0
}

fn township(ground: &Ground, code: &str) -> Value {
    json!({ "code": code, "name": "乡镇", "level": "township", "parent_id": ground.county })
}

on_both!(
    what_one_server_takes_away_the_other_refuses,
    async |server| {
        let ground = server.ground().await;
        let other = server.beside().await;
        let (admin, county) = (&ground.admin, &ground.county);
        let steward = async || server.person(&["data_steward"], county).await;
        let let_in = async |client: &Client, code: &str| {
            client.get("/v1/me").await.expect(200);
            let body = township(&ground, code);
            client.post("/v1/organisations", body).await.expect(201);
        };
        let turned_away = async |client: &Client, code: &str| {
            let body = township(&ground, code);
            let refused = client.post("/v1/organisations", body).await;
            refused.refused(401, "unauthenticated");
            client.get("/v1/me").await.refused(401, "unauthenticated");
        };

        let disabled = steward().await;
        let elsewhere = at(&other, &disabled);
        let_in(&elsewhere, "T1").await;
        disable(&ground, &disabled).await;
        turned_away(&elsewhere, "T2").await;

        let demoted = steward().await;
        let elsewhere = at(&other, &demoted);
        let_in(&elsewhere, "T3").await;
        take_roles(&ground, &demoted).await;
        let refused = elsewhere
            .post("/v1/organisations", township(&ground, "T4"))
            .await;
        refused.refused(403, "forbidden");
        assert_eq!(
            elsewhere.get("/v1/me").await.expect(200)["grants"],
            json!([])
        );

        let program = key(server, &ground, "data_steward", county).await;
        let secret = program["secret"].as_str().unwrap();
        let elsewhere = other.anonymous().with_token(secret);
        let_in(&elsewhere, "T5").await;
        let revoke = format!("/v1/api-keys/{}/revoke", id(&program));
        admin.act(&revoke).await.expect(200);
        turned_away(&elsewhere, "T6").await;

        // Ended by its holder, by who manages the account, and by a password that is given anew.
        for (number, end) in ["own", "all", "password"].into_iter().enumerate() {
            let person = steward().await;
            let elsewhere = at(&other, &person);
            let_in(&elsewhere, &format!("T7{number}")).await;
            let done = match end {
                "own" => {
                    let open = person.get(&account(&person, "/sessions")).await.expect(200);
                    let current = open["items"].as_array().unwrap().iter();
                    let current = current.into_iter().find(|open| open["current"] == true);
                    let path = format!("/v1/sessions/{}/end", id(current.unwrap()));
                    person.act(&path).await
                }
                "all" => admin.act(&account(&person, "/sessions/end")).await,
                _ => {
                    let given = json!({ "new": tests::people::GIVEN });
                    admin.post(&account(&person, "/password"), given).await
                }
            };
            done.expect(200);
            turned_away(&elsewhere, &format!("T8{number}")).await;
        }
        other.stop().await;
    }
);

struct Stream {
    wire: Wire,
    text: String,
}

impl Stream {
    async fn open(server: &Server, client: &Client) -> Self {
        let mut wire = Wire::open(server.address).await;
        let request = format!(
            "GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\
             Authorization: Bearer {}\r\n\r\n",
            client.token()
        );
        wire.send(request.as_bytes()).await;
        let mut stream = Self {
            wire,
            text: String::new(),
        };
        while !stream.text.contains("\nevent: ") {
            stream.read().await;
        }
        assert!(
            stream.text.starts_with("HTTP/1.1 200"),
            "it is let in at first: {}",
            stream.text
        );
        stream
    }

    // Whether there was more.
    async fn read(&mut self) -> bool {
        let more = self.wire.some().await;
        self.text += &more;
        !more.is_empty()
    }

    /// Reads until the server lets go, and says how long that took.
    async fn end(mut self, since: Instant) -> Duration {
        while self.read().await {
            assert!(since.elapsed() < MINUTE, "it goes on: {}", self.text);
        }
        since.elapsed()
    }
}

on_both!(an_open_stream_goes_silent_within_a_minute, async |server| {
    let ground = server.ground().await;
    let other = server.beside().await;
    server.seal().await;
    let auditor = async || server.person(&["auditor"], &ground.province).await;
    let (disabled, demoted) = (auditor().await, auditor().await);
    let program = key(server, &ground, "auditor", &ground.province).await;
    let secret = program["secret"].as_str().unwrap();
    let program_there = other.anonymous().with_token(secret);
    let (disabled_there, demoted_there) = (at(&other, &disabled), at(&other, &demoted));

    // A stream looks up anew who reads it when it is opened again, 50 seconds later at most: so
    // they are opened first, and what is taken is taken at once.
    let streams = [
        Stream::open(&other, &disabled_there).await,
        Stream::open(&other, &demoted_there).await,
        Stream::open(&other, &program_there).await,
    ];
    let since = Instant::now();
    disable(&ground, &disabled).await;
    take_roles(&ground, &demoted).await;
    let revoke = format!("/v1/api-keys/{}/revoke", id(&program));
    ground.admin.act(&revoke).await.expect(200);
    let [one, two, three] = streams;
    let took = tokio::join!(one.end(since), two.end(since), three.end(since));
    println!("open streams ended after {took:?}");

    // And nobody comes back.
    let events = "/v1/events";
    let refused = disabled_there.get(events).await;
    refused.refused(401, "unauthenticated");
    let refused = program_there.get(events).await;
    refused.refused(401, "unauthenticated");
    let refused = demoted_there.get(events).await;
    refused.refused(403, "forbidden");
    other.stop().await;
});
