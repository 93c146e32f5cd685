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
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use serde_json::Value;
use tests::{Client, Dice, Server};
use tokio::task::JoinSet;

use super::{
    asked::{Asked, figures, is_done},
    history::{Effect, Figures, Sight},
};

/// How long a keeper waits before calling again when there was no answer.
const PAUSE: Duration = Duration::from_millis(10);

/// A request and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) asked: Asked,
    pub(crate) outcome: Outcome,
    began: Instant,
    ended: Instant,
}

#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// Answered as done, with this.
    Done(Value),
    /// Answered as refused.
    Refused,
    /// Looked at the shelf, and saw this.
    Saw(Figures),
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
    /// Looks at the shelf, each of which fitted what was told (see [`Sight::fits`]).
    pub(crate) seen: usize,
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

    pub(crate) fn shelf(&self) -> String {
        format!("/v1/virtual-warehouse/items?item_id={}", self.item)
    }
}

impl std::fmt::Display for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} done, {} refused, {} unknown at first of which {} had been done, {} looks; 0 lost, \
             0 doubled",
            self.done, self.refused, self.unknown, self.found_done, self.seen
        )
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
        let before = (self.on_hand, self.reserved);
        let mut effects = Vec::new();
        let mut sights = Vec::new();
        for told in told.into_iter().flatten() {
            if let Outcome::Saw(figures) = told.outcome {
                let (began, ended) = (told.began, told.ended);
                sights.push(Sight {
                    began,
                    ended,
                    figures,
                });
            } else if let Some(effect) = self.settle(&client, told).await {
                effects.push(effect);
            }
        }
        for sight in sights {
            assert!(
                sight.fits(before, &effects),
                "{sight:?} cannot be, after {before:?} and {effects:#?}"
            );
            self.seen += 1;
        }
        self.compare(&client, place).await;
    }

    /// Asks again under the same key: what was done must have been done once, and what is unknown
    /// becomes known. Answers what it did.
    async fn settle(&mut self, client: &Client, told: Told) -> Option<Effect> {
        let asked = &told.asked;
        let (body, ended) = match told.outcome {
            Outcome::Saw(_) => return None,
            Outcome::Refused => {
                self.refused += 1;
                return None;
            }
            Outcome::Done(body) => (body, Some(told.ended)),
            Outcome::Unknown if asked.is_look() => return None,
            Outcome::Unknown => {
                self.unknown += 1;
                let answer = asked.send(client).await.expect("the server answers");
                if !is_done(&answer) {
                    self.refused += 1;
                    return None;
                }
                self.found_done += usize::from(answer.header("idempotency-replayed") == "true");
                (answer.json(), None)
            }
        };
        let again = asked.send(client).await.expect("the server answers");
        let replayed = again.header("idempotency-replayed");
        assert_eq!(replayed, "true", "LOST: {asked:?}");
        assert_eq!(again.json(), body, "another answer to {asked:?}");
        self.enter(asked, &body);
        Some(Effect {
            began: told.began,
            ended,
            figures: asked.effect,
        })
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
        let page = client.get(&place.shelf()).await;
        let found = figures(&page);
        assert_eq!(found, (self.on_hand, self.reserved), "{}", page.text);
    }
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
            let began = Instant::now();
            let outcome = match asked.send(&self.client).await {
                Some(answer) if asked.is_look() => Outcome::Saw(figures(&answer)),
                Some(answer) if is_done(&answer) => Outcome::Done(answer.json()),
                Some(_) => Outcome::Refused,
                None => Outcome::Unknown,
            };
            let is_cut = matches!(outcome, Outcome::Unknown);
            told.push(Told {
                asked,
                outcome,
                began,
                ended: Instant::now(),
            });
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
