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
use tests::{Answer, Client, Dice, Server};
use tokio::task::JoinSet;

use super::{
    asked::{Asked, figures, is_done},
    history::{Effect, Figures, Sight, Verdict, order},
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

/// Who works.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crew {
    pub(crate) keepers: u64,
    pub(crate) line: Line,
    /// Every second request is sent twice at the same moment, as by a hand that trembles.
    pub(crate) twice: bool,
}

impl Crew {
    pub(crate) const fn of(keepers: u64, line: Line) -> Self {
        Self {
            keepers,
            line,
            twice: false,
        }
    }
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
    /// Looks at the shelf, all of which fitted one order with what was told (see [`order`]).
    pub(crate) seen: usize,
    /// Histories of which only each look by itself was held against what was told.
    undecided: usize,
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
            "{} done, {} refused, {} unknown at first of which {} had been done, {} looks ({} times \
             without one order found for all); 0 lost, 0 doubled",
            self.done, self.refused, self.unknown, self.found_done, self.seen, self.undecided
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

    /// Lets them work at one place.
    pub(crate) fn work(
        &self,
        address: SocketAddr,
        place: &Place,
        crew: Crew,
        dice: &mut Dice,
    ) -> Working {
        let enough = Arc::new(AtomicBool::new(false));
        let told = Arc::new(AtomicUsize::new(0));
        let mut working = JoinSet::new();
        for _ in 0..crew.keepers {
            let keeper = Keeper {
                client: Client::new(address).with_token(&place.token),
                place: place.clone(),
                dice: Dice::new(u64::from(dice.below(u32::MAX))),
                open: Arc::clone(&self.open),
                crew,
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
        let verdict = order(before, &effects, &sights);
        assert!(
            !matches!(verdict, Verdict::Impossible { .. }),
            "there is no order after {before:?} of {effects:#?} in which these were seen: {sights:#?}"
        );
        self.undecided += usize::from(verdict == Verdict::Undecided);
        self.seen += sights.len();
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
                let answer = asked.insist(client).await;
                if !is_done(&answer) {
                    self.refused += 1;
                    return None;
                }
                self.found_done += usize::from(answer.header("idempotency-replayed") == "true");
                (answer.json(), None)
            }
        };
        let again = asked.insist(client).await;
        let replayed = again.header("idempotency-replayed");
        assert_eq!(replayed, "true", "LOST: {asked:?}");
        assert_eq!(again.json(), body, "another answer to {asked:?}");
        self.enter(asked, &body);
        Some(Effect {
            began: told.began,
            said_at: said_at(&body),
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
    crew: Crew,
    enough: Arc<AtomicBool>,
    told: Arc<AtomicUsize>,
}

impl Keeper {
    async fn work(mut self) -> Vec<Told> {
        let mut told = Vec::new();
        while !self.enough.load(Ordering::Relaxed) {
            let asked = Asked::draw(&mut self.dice, &self.place, &self.open);
            let began = Instant::now();
            let outcome = if self.crew.twice && self.dice.one_in(2) && !asked.is_look() {
                self.ask_twice(&asked).await
            } else {
                heard(&asked, asked.send(&self.client).await)
            };
            let is_cut = matches!(outcome, Outcome::Unknown);
            told.push(Told {
                asked,
                outcome,
                began,
                ended: Instant::now(),
            });
            self.told.fetch_add(1, Ordering::Relaxed);
            if is_cut && self.crew.line == Line::Good {
                break;
            }
            if is_cut {
                tokio::time::sleep(PAUSE).await;
            }
        }
        told
    }

    // Two of the same at once do one thing: what either is told of it, holds.
    async fn ask_twice(&self, asked: &Asked) -> Outcome {
        let (one, other) = tokio::join!(asked.send(&self.client), asked.send(&self.client));
        match (heard(asked, one), heard(asked, other)) {
            (Outcome::Done(body), Outcome::Done(other)) => {
                assert_eq!(body, other, "DOUBLED: {asked:?}");
                Outcome::Done(body)
            }
            (Outcome::Done(body), _) | (_, Outcome::Done(body)) => Outcome::Done(body),
            (Outcome::Unknown, _) | (_, Outcome::Unknown) => Outcome::Unknown,
            (outcome, _) => outcome,
        }
    }
}

fn heard(asked: &Asked, answer: Option<Answer>) -> Outcome {
    match answer {
        Some(answer) if asked.is_look() => Outcome::Saw(figures(&answer)),
        Some(answer) if is_done(&answer) => Outcome::Done(answer.json()),
        Some(_) => Outcome::Refused,
        None => Outcome::Unknown,
    }
}

// The latest time in an answer that is one of the server's.
fn said_at(body: &Value) -> String {
    let times = ["recorded_at", "created_at", "ended_at"].map(|field| body[field].as_str());
    times
        .into_iter()
        .flatten()
        .max()
        .unwrap_or_default()
        .to_owned()
}
