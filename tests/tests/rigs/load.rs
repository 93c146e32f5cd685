//! Keepers who work on one depot at once, and the book of what they were told.
//!
//! **Invariant.** The book knows of every request whether it was done, refused, or unknown because
//! the connection broke; nothing else is believed. From it follows, without looking at the server,
//! what must be in the depot.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{Answer, Client, Dice, Server};
use tokio::task::JoinSet;

/// How long a keeper waits for an answer, and before calling again when there was none.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(10);

/// What a keeper asks for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) key: String,
    path: String,
    body: Value,
    /// What it adds to what is on hand and to what is reserved, if it is done.
    effect: (i64, i64),
}

/// A request and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) asked: Asked,
    pub(crate) outcome: Outcome,
}

#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// Answered as done, with this.
    Done(Value),
    /// Answered as refused.
    Refused,
    /// The connection broke before the answer.
    Unknown,
}

/// Where keepers work.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) token: String,
    pub(crate) depot: String,
    pub(crate) item: String,
    /// Until when they promise goods, far enough that none runs out meanwhile.
    pub(crate) deadline: String,
}

/// What keepers do when they hear nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// They end: whoever answers is gone.
    Good,
    /// They call again, until they are called off.
    Bad,
}

/// Keepers at work.
#[derive(Debug)]
pub(crate) struct Working {
    keepers: JoinSet<Vec<Told>>,
    enough: Arc<AtomicBool>,
    told: Arc<AtomicUsize>,
}

impl Working {
    /// How many requests all of them have sent and heard of, or given up.
    pub(crate) fn told(&self) -> usize {
        self.told.load(Ordering::Relaxed)
    }

    /// What each was told until nobody answered any more.
    pub(crate) async fn until_cut(self) -> Vec<Vec<Told>> {
        self.keepers.join_all().await
    }

    /// What each was told until now.
    pub(crate) async fn call_off(self) -> Vec<Vec<Told>> {
        self.enough.store(true, Ordering::Relaxed);
        self.keepers.join_all().await
    }
}

/// What was told so far.
#[derive(Debug, Default)]
pub(crate) struct Book {
    on_hand: i64,
    reserved: i64,
    pub(crate) done: usize,
    pub(crate) refused: usize,
    pub(crate) unknown: usize,
    /// Unknown at first, and found done when asked again.
    pub(crate) found_done: usize,
    /// Reservations that nobody has ended.
    open: Arc<Mutex<Vec<(String, i64)>>>,
}

impl Place {
    /// The depot of a server that was just set up, with 200 of one item.
    pub(crate) async fn on(server: &Server) -> Self {
        let relief = server.relief().await;
        Self {
            token: relief.worker.token().to_owned(),
            depot: relief.depot.clone(),
            item: relief.item.clone(),
            deadline: (server.clock.now() + TimeDelta::days(60)).to_rfc3339(),
        }
    }
}

impl Book {
    pub(crate) fn of(on_hand: i64) -> Self {
        Self {
            on_hand,
            ..Self::default()
        }
    }

    /// Lets so many keepers work at one place.
    pub(crate) fn work(
        &self,
        address: SocketAddr,
        place: &Place,
        keepers: u64,
        line: Line,
        dice: &mut Dice,
    ) -> Working {
        let enough = Arc::new(AtomicBool::new(false));
        let told = Arc::new(AtomicUsize::new(0));
        let mut working = JoinSet::new();
        for _ in 0..keepers {
            let keeper = Keeper {
                client: Client::new(address).with_token(&place.token),
                place: place.clone(),
                dice: Dice::new(u64::from(dice.below(u32::MAX))),
                open: Arc::clone(&self.open),
                line,
                enough: Arc::clone(&enough),
                told: Arc::clone(&told),
            };
            working.spawn(keeper.work());
        }
        Working {
            keepers: working,
            enough,
            told,
        }
    }

    /// Asks a server that is well again, and compares: see [`Book::settle`].
    pub(crate) async fn prove(&mut self, address: SocketAddr, place: &Place, told: Vec<Vec<Told>>) {
        let client = Client::new(address).with_token(&place.token);
        self.settle(&client, told.into_iter().flatten().collect())
            .await;
        self.compare(&client, place).await;
    }

    /// Asks again, under the same keys, after all that was told: what was done must have been done
    /// once, and what is unknown becomes known.
    async fn settle(&mut self, client: &Client, told: Vec<Told>) {
        for Told { asked, outcome } in told {
            match outcome {
                Outcome::Refused => self.refused += 1,
                Outcome::Done(body) => {
                    let again = asked.send(client).await.expect("the server answers");
                    assert_eq!(
                        again.header("idempotency-replayed"),
                        "true",
                        "LOST: {asked:?}"
                    );
                    assert_eq!(again.json(), body, "another answer to {asked:?}");
                    self.enter(&asked, &body);
                }
                Outcome::Unknown => {
                    self.unknown += 1;
                    let answer = asked.send(client).await.expect("the server answers");
                    if !is_done(&answer) {
                        self.refused += 1;
                        continue;
                    }
                    self.found_done += usize::from(answer.header("idempotency-replayed") == "true");
                    let again = asked.send(client).await.expect("the server answers");
                    assert_eq!(
                        again.header("idempotency-replayed"),
                        "true",
                        "LOST: {asked:?}"
                    );
                    assert_eq!(again.json(), answer.json(), "another answer to {asked:?}");
                    self.enter(&asked, &answer.json());
                }
            }
        }
    }

    fn enter(&mut self, asked: &Asked, answer: &Value) {
        self.done += 1;
        self.on_hand += asked.effect.0;
        self.reserved += asked.effect.1;
        if asked.path == "/v1/reservations" {
            let id = answer["id"].as_str().expect("a reservation has an id");
            let held = (id.to_owned(), asked.effect.1);
            self.open.lock().expect("nobody panicked").push(held);
        }
    }

    /// Compares with what the server says is there.
    async fn compare(&self, client: &Client, place: &Place) {
        let path = format!("/v1/virtual-warehouse/items?item_id={}", place.item);
        let page = client.get(&path).await.expect(200);
        // Of what there is nothing there is no line.
        let figures = page["items"].get(0).map(|line| &line["figures"]);
        let figure = |name: &str| figures.map_or(Some(0), |figures| figures[name].as_i64());
        let found = (figure("on_hand"), figure("reserved"));
        assert_eq!(found, (Some(self.on_hand), Some(self.reserved)), "{page}");
    }
}

impl Asked {
    fn draw(dice: &mut Dice, place: &Place, open: &Mutex<Vec<(String, i64)>>) -> Self {
        let key = format!(
            "{:08x}{:08x}{:08x}",
            dice.below(u32::MAX),
            dice.below(u32::MAX),
            dice.below(u32::MAX)
        );
        // More goes than comes, so that the shelf is often empty and much is refused.
        let (comes, goes) = (dice.upto(30), dice.upto(60));
        let lines = json!([{ "item_id": place.item, "quantity": goes }]);
        let (path, body, effect) = match dice.below(10) {
            0..4 => {
                let line =
                    json!({ "item_id": place.item, "quantity": comes, "source": "purchase" });
                let body = json!({ "depot_id": place.depot, "lines": [line] });
                ("/v1/receipts".to_owned(), body, (comes, 0))
            }
            4..7 => {
                let body = json!({ "depot_id": place.depot, "lines": lines });
                ("/v1/issues".to_owned(), body, (-goes, 0))
            }
            7 => {
                let body = json!({
                    "depot_id": place.depot, "lines": lines, "deadline_at": place.deadline,
                });
                ("/v1/reservations".to_owned(), body, (0, goes))
            }
            _ => {
                let Some((id, held)) = open.lock().expect("nobody panicked").pop() else {
                    return Self::draw(dice, place, open);
                };
                if dice.one_in(2) {
                    (
                        format!("/v1/reservations/{id}/release"),
                        json!({}),
                        (0, -held),
                    )
                } else {
                    (
                        format!("/v1/reservations/{id}/post"),
                        json!({}),
                        (-held, -held),
                    )
                }
            }
        };
        Self {
            key,
            path,
            body,
            effect,
        }
    }

    async fn send(&self, client: &Client) -> Option<Answer> {
        let body = self.body.to_string().into_bytes();
        let digest = STANDARD.encode(Sha256::digest(&body));
        let call = client
            .act(&self.path)
            .body("application/json", body)
            .header("content-digest", &format!("sha-256=:{digest}:"))
            .key(&self.key);
        let answer = tokio::time::timeout(PATIENCE, call.send())
            .await
            .ok()?
            .ok()?;
        assert!(
            answer.status < 500 || [503, 507].contains(&answer.status),
            "{self:?}: {}",
            answer.text
        );
        // The server may not know either.
        (answer.status != 503).then_some(answer)
    }
}

fn is_done(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

struct Keeper {
    client: Client,
    place: Place,
    dice: Dice,
    open: Arc<Mutex<Vec<(String, i64)>>>,
    line: Line,
    enough: Arc<AtomicBool>,
    told: Arc<AtomicUsize>,
}

impl Keeper {
    async fn work(mut self) -> Vec<Told> {
        let mut told = Vec::new();
        while !self.enough.load(Ordering::Relaxed) {
            let asked = Asked::draw(&mut self.dice, &self.place, &self.open);
            let outcome = match asked.send(&self.client).await {
                Some(answer) if is_done(&answer) => Outcome::Done(answer.json()),
                Some(_) => Outcome::Refused,
                None => Outcome::Unknown,
            };
            let is_cut = matches!(outcome, Outcome::Unknown);
            told.push(Told { asked, outcome });
            self.told.fetch_add(1, Ordering::Relaxed);
            if is_cut && self.line == Line::Good {
                break;
            }
            if is_cut {
                tokio::time::sleep(PAUSE).await;
            }
        }
        told
    }
}
