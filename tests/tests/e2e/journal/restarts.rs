//! The feed of the real program, which is killed again and again while somebody follows it.

use serde_json::{Value, json};
use tests::{Client, Database, Program, Server, raw::Wire};

use super::{Scene, scene};

const ROUNDS: u32 = 4;
const RECEIPTS_A_ROUND: i64 = 6;

/// What a follower has been told, and where they go on.
#[derive(Default)]
struct Follower {
    told: Vec<(u64, String)>,
    next: u64,
}

impl Follower {
    fn learn(&mut self, event: &Value) {
        let position = event["position"].as_u64().expect("an event has a position");
        let entry = event["entry"]["id"]
            .as_str()
            .expect("an event has an entry");
        self.told.push((position, entry.to_owned()));
    }

    /// Asks once, as whoever polls; whether the journal has more for the time being.
    async fn ask(&mut self, client: &Client, wait_s: u32) -> bool {
        let path = format!("/v1/events?from={}&limit=4&wait_s={wait_s}", self.next);
        let page = client.get(&path).await.expect(200);
        for event in page["items"].as_array().expect("events") {
            self.learn(event);
        }
        self.next = page["next"].as_u64().expect("a place to go on from");
        self.next < page["sealed"].as_u64().expect("a size")
    }

    /// Follows the stream until it is cut off with the program behind it.
    async fn stream(&mut self, client: &Client, mut wire: Wire) {
        let last = match self.next {
            0 => String::new(),
            next => format!("Last-Event-ID: {}\r\n", next - 1),
        };
        let request = format!(
            "GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\
             Authorization: Bearer {}\r\n{last}\r\n",
            client.token()
        );
        wire.send(request.as_bytes()).await;
        let text = wire.rest().await;
        for block in text.split("id: ").skip(1) {
            // What was cut in the middle was not told; a client of streams throws it away.
            let Some((whole, _)) = block.split_once("\n\n") else {
                continue;
            };
            let data = whole.lines().filter_map(|line| line.strip_prefix("data: "));
            let data: String = data.collect();
            // A chunk may end within an event, and then stands between its lines.
            let Ok(event) = serde_json::from_str(&data) else {
                continue;
            };
            self.learn(&event);
        }
        if let Some((last, _)) = self.told.last() {
            self.next = last + 1;
        }
    }
}

async fn follow(database: Database) {
    let server = Server::start(database, &[]).await;
    let Scene {
        relief, auditor, ..
    } = scene(&server).await;
    let home = server.leave().await;
    let (mut polling, mut streaming) = (Follower::default(), Follower::default());
    let mut receipts = 0;
    for round in 0..ROUNDS {
        let program = Program::start(&mut home.operate("serve"));
        let client = |known: &Client| Client::new(program.address).with_token(known.token());
        let (auditor, worker) = (client(&auditor), client(&relief.worker));
        let wire = Wire::open(program.address).await;
        let stream = streaming.stream(&auditor, wire);
        let work = async {
            for _ in 0..RECEIPTS_A_ROUND {
                worker
                    .receive(&relief.depot, &relief.item, 1, json!({}))
                    .await;
                receipts += 1;
                polling.ask(&auditor, 0).await;
            }
            if round % 2 == 0 {
                polling.ask(&auditor, 5).await;
            }
            // What is not sealed yet waits for the next one.
            program.kill();
        };
        tokio::join!(stream, work);
    }
    let program = Program::start(&mut home.operate("serve"));
    let auditor = Client::new(program.address).with_token(auditor.token());
    let waiting = async || {
        let connection = home.connect().await;
        let sql = "SELECT COUNT(*) FROM journal_waiting";
        let count = super::persons::count(&connection, sql).await;
        sea_orm::DatabaseConnection::close(connection)
            .await
            .unwrap();
        count
    };
    while waiting().await > 0 {
        polling.ask(&auditor, 1).await;
    }
    while polling.ask(&auditor, 0).await {}
    while streaming.ask(&auditor, 0).await {}
    let mut whole = Follower::default();
    while whole.ask(&auditor, 0).await {}
    let mut seen = polling.told.clone();
    seen.dedup();
    assert_eq!(seen.len(), polling.told.len(), "twice: {:?}", polling.told);
    assert_eq!(polling.told, whole.told, "by polling");
    assert_eq!(streaming.told, whole.told, "by streaming");
    let received = auditor.get("/v1/journal-entries?command=stock.receive&limit=200");
    let received = received.await.expect(200);
    // One of them stocked the depot.
    let received = received["items"].as_array().unwrap().len();
    assert_eq!(received, receipts + 1, "every receipt that was confirmed");
    program.kill();
    home.remove().await;
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(test);
}

#[test]
fn a_follower_goes_on_after_each_kill_on_sqlite() {
    block_on(follow(Database::Sqlite));
}

#[test]
fn a_follower_goes_on_after_each_kill_on_postgres() {
    block_on(follow(Database::Postgres));
}
