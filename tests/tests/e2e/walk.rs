//! A random walk over HTTP: each answer is the naive model's, and in the end so is every balance.
//!
//! `WALK_SEED=… WALK_STEPS=…` walk another walk; a failure prints the seed and the step.
#![allow(
    clippy::print_stderr,
    reason = "whoever reads a failure needs the seed"
)]

use std::{collections::BTreeMap, time::Duration};

use domain::{
    kernel::{Id, kinds},
    stock::{Condition, Kind},
};
use serde_json::{Value, json};
use tests::{
    Answer as Told, Client, Database, Server, client,
    dice::setting,
    walk::{
        self, Answer, Command, DEPOTS, Key, Leg, Naive, PaperWalk, Posting, Refusal, Spot, Step,
        ZONES,
    },
};

const SETTINGS: tests::Settings = &[];
// A second of the walk is ten minutes of the server, so that no deadline is met by chance.
const SECOND: i64 = 600;
const STEPS_BETWEEN_COMPARISONS: usize = 100;

#[test]
fn the_papers_answer_as_the_naive_model_does_on_sqlite() {
    tests::run(Database::Sqlite, SETTINGS, async |server| {
        walk_through(server, 1_500).await
    });
}

#[test]
fn the_papers_answer_as_the_naive_model_does_on_postgres() {
    tests::run(Database::Postgres, SETTINGS, async |server| {
        walk_through(server, 600).await
    });
}

async fn walk_through(server: &Server, steps: usize) {
    let seed = setting("WALK_SEED", 20_210_725_u64);
    let steps = setting("WALK_STEPS", steps);
    let is_other = ["WALK_SEED", "WALK_STEPS"].map(std::env::var_os) != [None, None];
    eprintln!("WALK_SEED={seed} WALK_STEPS={steps}");
    let ground = Paths::lay(server).await;
    let mut naive = Naive::default();
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    let mut before = 0;
    for (position, step) in PaperWalk::new(seed).take(steps).enumerate() {
        let place = || format!("WALK_SEED={seed} step {position}: {step:?}");
        let passed = u64::try_from(step.at - before).unwrap_or(0);
        before = step.at;
        server
            .clock
            .advance(Duration::from_secs(passed * SECOND.unsigned_abs()));
        if naive.sweep(step.at) {
            server.run_expiry().await;
        }
        let told = ground.tell(&step).await;
        let expected = Word::expected(&step, naive.answer(&step));
        assert_eq!(ground.word(&told), expected, "{}: {}", place(), told.text);
        *tally.entry(expected.name()).or_default() += 1;
        if position % STEPS_BETWEEN_COMPARISONS == 0 || position + 1 == steps {
            assert_eq!(ground.balances().await, naive.balances(), "{}", place());
        }
    }
    server.prove().await;
    eprintln!("{tally:#?}");
    for name in [
        "done",
        "insufficient-stock",
        "already-exists",
        "not-found",
        "reversed",
        "reversal",
        "posted",
        "released",
        "expired",
        "lent",
        "closed",
        "invalid-request",
    ] {
        let times = tally.get(name).copied().unwrap_or(0);
        // A walk that never meets a refusal proves nothing. Another than the usual may miss one.
        assert!(is_other || times > 0, "{name} never came of it: {tally:#?}");
    }
}

/// What an answer says, as far as the model knows it.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    Done,
    /// A code, or the state that stood in the way.
    Refused(String),
    /// Where, and what is left there.
    Insufficient(Key, i64),
}

impl Word {
    fn expected(step: &Step, answer: Answer) -> Self {
        let refused = |code: &str| Self::Refused(code.to_owned());
        let Answer::Refused(refusal) = answer else {
            return Self::Done;
        };
        match refusal {
            Refusal::Insufficient(key, available, _) => Self::Insufficient(key, available),
            Refusal::MoreThanReserved(key, held, _) => Self::Insufficient(key, held),
            Refusal::NotReserved(key) => Self::Insufficient(key, 0),
            Refusal::Repeated => refused("already-exists"),
            Refusal::UnknownMovement | Refusal::UnknownReservation | Refusal::UnknownLoan => {
                refused("not-found")
            }
            Refusal::OfLoan => refused("lent"),
            Refusal::LoanClosed => refused("closed"),
            // The only field of a walk that a rule refuses.
            Refusal::MoreThanOwed(_) => refused("invalid-request"),
            Refusal::OfReversal => refused("reversal"),
            Refusal::AlreadyReversed => refused("reversed"),
            Refusal::Ended(end) => refused(end.name()),
            Refusal::DeadlinePassed => refused("expired"),
            other => panic!("{step:?} has a paper, and the model says {other:?}"),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Done => "done".to_owned(),
            Self::Refused(name) => name.clone(),
            Self::Insufficient(..) => "insufficient-stock".to_owned(),
        }
    }
}

/// The depots of the walk, and somebody who may do everything in them.
struct Paths {
    worker: Client,
    item: String,
    depots: Vec<String>,
    /// By the numbers of the walk.
    zones: Vec<String>,
    began: chrono::DateTime<chrono::Utc>,
}

impl Paths {
    async fn lay(server: &Server) -> Self {
        let relief = server.relief().await;
        // A key, since a session would not last through the years of the walk.
        let roles = ["keeper", "dispatcher", "approver", "data_steward"];
        let grants =
            roles.map(|role| json!({ "role": role, "organisation_id": relief.ground.province }));
        let key = json!({
            "name": "walker", "organisation_id": relief.ground.province, "grants": grants,
        });
        let (_, worker) = server.api_key(&relief.ground.admin, key).await;
        let (mut depots, mut zones) = (Vec::new(), Vec::new());
        for number in 0..DEPOTS {
            let body = json!({
                "code": format!("W{number}"), "name": format!("第{number}库"), "level": "municipal",
                "operation": "own", "organisation_id": relief.ground.city,
            });
            let depot = client::id(&worker.post("/v1/depots", body).await.expect(201));
            let path = format!("/v1/depots/{depot}/zones");
            let main = worker.get(&path).await.expect(200);
            zones.push(client::id(&main["items"][0]));
            for zone in 1..ZONES {
                let body = json!({ "code": format!("Z{zone}"), "name": "库区" });
                zones.push(client::id(&worker.post(&path, body).await.expect(201)));
            }
            depots.push(depot);
        }
        Self {
            worker,
            item: relief.item,
            depots,
            zones,
            began: server.clock.now(),
        }
    }

    async fn tell(&self, step: &Step) -> Told {
        let id = walk::id::<kinds::Reservation>;
        let (path, body) = match &step.command {
            Command::Post(posting) => self.paper(posting),
            Command::Reverse { movement, of } => (
                format!("/v1/movements/{}/reverse", walk::id::<kinds::Movement>(*of)),
                json!({ "id": walk::id::<kinds::Movement>(*movement).to_string() }),
            ),
            Command::Reserve {
                reservation,
                depot,
                holds,
                deadline,
            } => {
                let deadline = self.began + chrono::TimeDelta::seconds(deadline * SECOND);
                let lines = holds.iter().map(|((from, lot, condition), quantity)| {
                    self.line(*from, *lot, *condition, *quantity)
                });
                let body = json!({
                    "id": id(*reservation).to_string(), "depot_id": self.depots[*depot as usize],
                    "deadline_at": deadline.to_rfc3339(), "lines": lines.collect::<Vec<_>>(),
                });
                ("/v1/reservations".to_owned(), body)
            }
            Command::PostReserved {
                reservation,
                posting,
            } => {
                let body = json!({
                    "id": walk::id::<kinds::Movement>(posting.movement).to_string(),
                    "lines": self.lines(&posting.legs),
                });
                (format!("/v1/reservations/{}/post", id(*reservation)), body)
            }
            Command::Release { reservation } => (
                format!("/v1/reservations/{}/release", id(*reservation)),
                json!({}),
            ),
            Command::Lend { loan, posting } => self.loan(*loan, posting, step.at),
            Command::GiveBack { loan, posting } => {
                let line = |leg: &Leg| self.line(leg.to, leg.lot, leg.condition, leg.quantity);
                let body = json!({
                    "id": walk::id::<kinds::Movement>(posting.movement).to_string(),
                    "lines": posting.legs.iter().map(line).collect::<Vec<_>>(),
                });
                let loan = walk::id::<kinds::Loan>(*loan);
                (format!("/v1/loans/{loan}/give-back"), body)
            }
            Command::Expire { .. } => panic!("nobody asks for an expiry: {step:?}"),
        };
        self.worker.post(&path, body).await
    }

    fn loan(&self, loan: u32, posting: &Posting, at: i64) -> (String, Value) {
        let today = self.began + chrono::TimeDelta::seconds(at * SECOND);
        let due_on = api::clock::day_at_depots(today) + chrono::Days::new(30);
        let line = |leg: &Leg| {
            json!({
                "lot_id": walk::id::<kinds::Lot>(leg.lot).to_string(),
                "zone_id": self.zone(leg.from), "quantity": leg.quantity,
            })
        };
        let body = json!({
            "id": walk::id::<kinds::Movement>(posting.movement).to_string(),
            "loan_id": walk::id::<kinds::Loan>(loan).to_string(),
            "depot_id": self.depots[posting.depot as usize], "borrower_name": "邻省红十字会",
            "due_on": due_on.to_string(), "lines": posting.legs.iter().map(line).collect::<Vec<_>>(),
        });
        ("/v1/loans".to_owned(), body)
    }

    fn paper(&self, posting: &Posting) -> (String, Value) {
        let legs = &posting.legs;
        let (path, lines) = match posting.kind {
            Kind::Receipt => {
                let line = |leg: &Leg| {
                    json!({
                        "lot_id": walk::id::<kinds::Lot>(leg.lot).to_string(), "item_id": self.item,
                        "quantity": leg.quantity, "source": "purchase",
                        "zone_id": self.zone(leg.to), "condition": leg.condition.name(),
                    })
                };
                ("/v1/receipts", legs.iter().map(line).collect())
            }
            Kind::Issue => ("/v1/issues", self.lines(legs)),
            Kind::Transfer => {
                let line = |leg: &Leg| {
                    json!({
                        "lot_id": walk::id::<kinds::Lot>(leg.lot).to_string(),
                        "from_zone_id": self.zone(leg.from), "to_zone_id": self.zone(leg.to),
                        "quantity": leg.quantity, "condition": leg.condition.name(),
                    })
                };
                ("/v1/zone-transfers", legs.iter().map(line).collect())
            }
            Kind::ConditionChange => {
                let line = json!({
                    "lot_id": walk::id::<kinds::Lot>(legs[0].lot).to_string(),
                    "zone_id": self.zone(legs[0].from), "quantity": legs[0].quantity,
                    "from": legs[0].condition.name(), "to": legs[1].condition.name(),
                });
                ("/v1/condition-changes", vec![line])
            }
            kind => panic!("{kind:?} has no paper of its own"),
        };
        let mut body = json!({
            "id": walk::id::<kinds::Movement>(posting.movement).to_string(),
            "depot_id": self.depots[posting.depot as usize], "lines": lines,
        });
        match posting.kind {
            Kind::Issue => body["override"] = json!({ "reason": "walk" }),
            Kind::ConditionChange => {
                let passed = legs[1].condition == Condition::Usable;
                body["reason"] = json!(if passed { "test_passed" } else { "suspect" });
                body["found_by"] = json!("walk");
                body["paper_number"] = json!("JY-1");
            }
            _ => {}
        }
        (path.to_owned(), body)
    }

    fn lines(&self, legs: &[Leg]) -> Vec<Value> {
        let line = |leg: &Leg| self.line(leg.from, leg.lot, leg.condition, leg.quantity);
        legs.iter().map(line).collect()
    }

    fn line(&self, from: Spot, lot: u32, condition: Condition, quantity: i64) -> Value {
        json!({
            "lot_id": walk::id::<kinds::Lot>(lot).to_string(), "zone_id": self.zone(from),
            "condition": condition.name(), "quantity": quantity,
        })
    }

    fn zone(&self, spot: Spot) -> &str {
        let Spot::Zone(_, zone) = spot else {
            panic!("{spot:?} is no zone");
        };
        &self.zones[zone as usize]
    }

    fn word(&self, told: &Told) -> Word {
        if told.status < 300 {
            return Word::Done;
        }
        let problem = told.json();
        let text = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
        match text("code").as_str() {
            "wrong-state" => Word::Refused(text("state")),
            "insufficient-stock" => {
                let available = problem["available"].as_i64().unwrap_or(-1);
                Word::Insufficient(self.key(&problem), available)
            }
            code => Word::Refused(code.to_owned()),
        }
    }

    fn key(&self, row: &Value) -> Key {
        let text = |member: &str| row[member].as_str().unwrap_or_default();
        let zone = self.zones.iter().position(|zone| zone == text("zone_id"));
        let zone = zone.and_then(|zone| u32::try_from(zone).ok());
        let zone = zone.unwrap_or_else(|| panic!("not in a zone of the walk: {row}"));
        let lot: Id<kinds::Lot> = text("lot_id").parse().unwrap_or_else(|_| panic!("{row}"));
        let condition = text("condition")
            .parse()
            .unwrap_or_else(|_| panic!("{row}"));
        (Spot::Zone(zone / ZONES, zone), walk::number(lot), condition)
    }

    async fn balances(&self) -> BTreeMap<Key, (i64, i64)> {
        let mut balances = BTreeMap::new();
        for depot in &self.depots {
            let path = format!("/v1/balances?depot_id={depot}&limit=200");
            let mut page = self.worker.get(&path).await.expect(200);
            loop {
                let rows = page["items"].as_array().cloned().unwrap_or_default();
                for row in &rows {
                    let amount = |member: &str| row[member].as_i64().unwrap_or(-1);
                    balances.insert(self.key(row), (amount("on_hand"), amount("reserved")));
                }
                let Some(cursor) = page["next_cursor"].as_str() else {
                    break;
                };
                page = self
                    .worker
                    .get(&path)
                    .query("cursor", cursor)
                    .await
                    .expect(200);
            }
        }
        balances
    }
}
