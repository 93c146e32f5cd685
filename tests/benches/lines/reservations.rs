//! 50 lines over 20 depots: reserved, each depot's by a paper of its own, and released.
//!
//! **Invariant.** One client after the other and all depots at once do the same work; a round
//! leaves nothing reserved.

use std::time::Duration;

use domain::kernel::kinds;
use serde_json::{Value, json};
use tests::{
    Client, Relief, Server,
    client::id,
    dice::setting,
    measure::{Spread, timed, timed_async},
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    LINES,
    copy::{Copy, NOW, fresh},
    copy_of, depot, line_of, place, receive, said, uuid,
};

const DEPOTS: usize = 20;

struct Shelf {
    depot: String,
    lots: Vec<String>,
}

pub(crate) async fn measure(server: &Server, relief: &Relief) {
    let rounds = setting("LINES_ROUNDS", 5);
    let mut shelves = Vec::new();
    for number in 0..DEPOTS {
        let depot = depot(relief, number).await;
        // 50 over 20: every other depot has three.
        let lots = LINES * (number + 1) / DEPOTS - LINES * number / DEPOTS;
        let lots = receive(&relief.worker, &depot, &relief.item, lots).await;
        shelves.push(Shelf { depot, lots });
    }
    let deadline = (server.clock.now() + Duration::from_secs(24 * 3_600)).to_rfc3339();
    let bodies: Vec<_> = shelves
        .iter()
        .map(|shelf| {
            let lots = shelf.lots.iter();
            let lines: Vec<_> = lots
                .map(|lot| json!({ "lot_id": lot, "quantity": 1 }))
                .collect();
            json!({ "depot_id": shelf.depot, "deadline_at": deadline, "lines": lines })
        })
        .collect();
    let worker = &relief.worker;
    let (mut alone, mut at_once) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        alone.push(timed_async(one_by_one(worker, &bodies)).await.0);
        at_once.push(timed_async(together(worker, &bodies)).await.0);
    }
    let copy = copy_of(server);
    let (reserved, released) = (
        said(&copy, "stock.reserve"),
        said(&copy, "stock.release_reservation"),
    );
    let places: Vec<_> = shelves
        .iter()
        .map(|shelf| {
            let lots = shelf.lots.iter().map(|lot| uuid::<kinds::Lot>(lot));
            (place(&copy, &shelf.depot), lots.collect::<Vec<_>>())
        })
        .collect();
    let account = worker.account();
    let bare = (0..rounds).map(|_| {
        timed(|| {
            let mut held = Vec::new();
            for (place, lots) in &places {
                let id = fresh();
                copy.together(|| reserve(&copy, account, (id, *place), lots, &reserved));
                held.push((id, *place, lots));
            }
            for (id, place, lots) in held {
                copy.together(|| release(&copy, account, (id, place), lots, &released));
            }
        })
        .0
    });
    let bare = Spread::of(bare.collect());
    println!("{LINES} lines over {DEPOTS} depots reserved and released, ms a round:");
    println!("  bare rusqlite, one transaction each: {bare}");
    for (who, times) in [("1 client", alone), ("20 clients", at_once)] {
        let times = Spread::of(times);
        let ratio = bare.over(&times);
        println!("  {who}: {times}; {ratio:.2} of the bare pace");
    }
}

/// One reservation of all lines of one depot, taken up and posted.
pub(crate) async fn posted(server: &Server, relief: &Relief, lots: &[String]) {
    let rounds: usize = setting("LINES_ROUNDS", 5);
    let deadline = (server.clock.now() + Duration::from_secs(24 * 3_600)).to_rfc3339();
    let lines: Vec<_> = lots
        .iter()
        .map(|lot| json!({ "lot_id": lot, "quantity": 1 }))
        .collect();
    let body = json!({ "depot_id": relief.depot, "deadline_at": deadline, "lines": lines });
    let worker = &relief.worker;
    let mut ours = Vec::new();
    for _ in 0..rounds * 10 {
        let made = worker.post("/v1/reservations", body.clone()).await;
        let path = format!("/v1/reservations/{}/post", id(&made.expect(201)));
        let (time, answer) = timed_async(async { worker.post(&path, json!({})).await }).await;
        answer.expect(200);
        ours.push(time);
    }
    let copy = copy_of(server);
    let (reserved, said) = (
        said(&copy, "stock.reserve"),
        said(&copy, "stock.post_reservation"),
    );
    let place = place(&copy, &relief.depot);
    let lots: Vec<_> = lots.iter().map(|lot| uuid::<kinds::Lot>(lot)).collect();
    let account = worker.account();
    let bare = (0..rounds * 10).map(|_| {
        let id = fresh();
        copy.together(|| reserve(&copy, account, (id, place), &lots, &reserved));
        timed(|| copy.together(|| post(&copy, account, (id, place), &lots, &said))).0
    });
    let (ours, bare) = (Spread::of(ours), Spread::of(bare.collect()));
    println!(
        "a reservation of {} lines posted: {ours} ms; bare rusqlite {bare} ms; {:.2} of the bare pace",
        lots.len(),
        bare.over(&ours)
    );
}

async fn one_by_one(worker: &Client, bodies: &[Value]) {
    let mut held = Vec::new();
    for body in bodies {
        held.push(id(&worker
            .post("/v1/reservations", body.clone())
            .await
            .expect(201)));
    }
    for id in held {
        let path = format!("/v1/reservations/{id}/release");
        worker.post(&path, json!({})).await.expect(200);
    }
}

// All depots at once; nothing is released before all is reserved.
async fn together(worker: &Client, bodies: &[Value]) {
    let mut calls = JoinSet::new();
    for body in bodies {
        let (worker, body) = (worker.clone(), body.clone());
        calls.spawn(async move { id(&worker.post("/v1/reservations", body).await.expect(201)) });
    }
    let held = calls.join_all().await;
    let mut calls = JoinSet::new();
    for id in held {
        let worker = worker.clone();
        calls.spawn(async move {
            let path = format!("/v1/reservations/{id}/release");
            worker.post(&path, json!({})).await.expect(200);
        });
    }
    calls.join_all().await;
}

type Held = (Uuid, (Uuid, Uuid));

fn reserve(copy: &Copy, account: &str, (id, (depot, zone)): Held, lots: &[Uuid], said: &str) {
    copy.command(account, "stock.reserve", said, |_| {
        copy.one(
            "INSERT INTO reservation (depot_id, id, state, deadline_at, version, created_at) \
             VALUES (?1, ?2, 'held', ?3, 1, ?3)",
            &[&depot, &id, &NOW],
        );
        for (line, lot) in (0_i64..).zip(lots) {
            copy.one(
                "INSERT INTO reservation_line (depot_id, reservation_id, line, zone_id, lot_id, \
                 condition, quantity, posted) VALUES (?1, ?2, ?3, ?4, ?5, 'usable', 1, 0)",
                &[&depot, &id, &line, &zone, lot],
            );
            copy.one(
                "UPDATE balance SET reserved = reserved + 1 WHERE depot_id = ?1 \
                 AND account_kind = 'zone' AND account_id = ?2 AND lot_id = ?3 \
                 AND condition = 'usable' AND reserved + 1 <= on_hand",
                &[&depot, &zone, lot],
            );
        }
    });
}

fn release(copy: &Copy, account: &str, (id, (depot, zone)): Held, lots: &[Uuid], said: &str) {
    copy.command(account, "stock.release_reservation", said, |_| {
        copy.one(
            "UPDATE reservation SET state = 'released', ended_at = ?3, version = version + 1 \
             WHERE depot_id = ?1 AND id = ?2 AND state = 'held'",
            &[&depot, &id, &NOW],
        );
        for lot in lots {
            copy.one(
                "UPDATE balance SET reserved = reserved - 1 WHERE depot_id = ?1 \
                 AND account_kind = 'zone' AND account_id = ?2 AND lot_id = ?3 \
                 AND condition = 'usable' AND reserved >= 1",
                &[&depot, &zone, lot],
            );
        }
    });
}

fn post(copy: &Copy, account: &str, (id, (depot, zone)): Held, lots: &[Uuid], said: &str) {
    let movement = fresh();
    copy.command(account, "stock.post_reservation", said, |entry| {
        copy.one(
            "INSERT INTO movement (depot_id, id, kind, occurred_at, recorded_at, journal_id, \
             reservation_id) VALUES (?1, ?2, 'issue', ?3, ?3, ?4, ?5)",
            &[&depot, &movement, &NOW, &entry, &id],
        );
        for (line, lot) in (0_i64..).zip(lots) {
            line_of(copy, (depot, zone), movement, line, lot);
            copy.one(
                "UPDATE balance SET on_hand = on_hand - 1, reserved = reserved - 1 \
                 WHERE depot_id = ?1 AND account_kind = 'zone' AND account_id = ?2 \
                 AND lot_id = ?3 AND condition = 'usable' AND reserved >= 1",
                &[&depot, &zone, lot],
            );
            copy.one(
                "UPDATE reservation_line SET posted = 1 WHERE depot_id = ?1 \
                 AND reservation_id = ?2 AND line = ?3",
                &[&depot, &id, &line],
            );
        }
        copy.one(
            "UPDATE reservation SET state = 'posted', ended_at = ?3, movement_id = ?4, \
             version = version + 1 WHERE depot_id = ?1 AND id = ?2 AND state = 'held'",
            &[&depot, &id, &NOW, &movement],
        );
    });
}
