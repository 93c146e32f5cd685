//! In whatever order devices arrive, over however bad a network, the end is the same.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{Client, Dice, Relief, Server, client::id, dice::setting, on_both, raw::Wire};

use super::{Device, outcomes};
use crate::late_facts::ago;

const DEVICES: u32 = 5;
const COMMANDS: u32 = 40;

/// A depot of two zones with a lot of 2,000 that all devices draw on.
struct Place {
    depot: String,
    zones: [String; 2],
    shared: String,
}

async fn place(relief: &Relief, name: &str) -> Place {
    let worker = &relief.worker;
    let body = json!({
        "code": name, "name": format!("{name} 库"), "level": "provincial", "operation": "own",
        "organisation_id": relief.ground.province,
    });
    let depot = id(&worker.post("/v1/depots", body).await.expect(201));
    let path = format!("/v1/depots/{depot}/zones");
    let main = id(&worker.get(&path).await.expect(200)["items"][0]);
    let zone = json!({ "code": "B", "name": "二号库" });
    let second = id(&worker.post(&path, zone).await.expect(201));
    let batch = json!({ "batch": "shared" });
    let shared = worker.receive(&depot, &relief.item, 2_000, batch).await;
    Place {
        depot,
        zones: [main, second],
        shared,
    }
}

// An id of our own making, of this kind.
fn made(kind: &str, arrival: u32, device: u32, number: u32) -> String {
    let low = (u128::from(arrival) << 64) | (u128::from(device) << 32) | u128::from(number);
    let uuid = uuid::Uuid::from_u128((0x0195_0000_0000_7000_u128 << 64) | (0x8 << 124 >> 64) | low);
    match kind {
        "lot" => domain::kernel::Id::<domain::kernel::kinds::Lot>::from_uuid(uuid).to_string(),
        _ => domain::kernel::Id::<domain::kernel::kinds::Reservation>::from_uuid(uuid).to_string(),
    }
}

/// What one device does in a day: the same in every arrival but for its own ids.
fn day(
    device: &mut Device,
    (arrival, number): (u32, u32),
    relief: &Relief,
    place: &Place,
    [at, deadline]: [&str; 2],
) {
    let mut dice = Dice::new(u64::from(number) + 1);
    let [main, second] = &place.zones;
    let mut held: Option<String> = None;
    for step in 0..COMMANDS {
        let whole = |lines: Value| json!({ "depot_id": place.depot, "lines": lines });
        let of_shared = |quantity: i64| json!({ "lot_id": place.shared, "zone_id": main, "quantity": quantity });
        let (operation, target, body) = match (dice.below(5), held.take()) {
            (0, Some(kept)) => ("release_reservation", Some(kept), json!({})),
            (_, Some(kept)) => ("post_reservation", Some(kept), json!({})),
            (0, None) => {
                let line = json!({
                    "lot_id": made("lot", arrival, number, step), "item_id": relief.item,
                    "quantity": dice.upto(50), "source": "purchase",
                    "batch": format!("{number}-{step}"),
                });
                ("create_receipt", None, whole(json!([line])))
            }
            (1, None) => {
                let line = json!({
                    "lot_id": place.shared, "from_zone_id": main, "to_zone_id": second,
                    "quantity": dice.upto(3),
                });
                ("create_zone_transfer", None, whole(json!([line])))
            }
            (2, None) => {
                let line = json!({
                    "lot_id": place.shared, "zone_id": main, "from": "usable",
                    "to": "quarantined", "quantity": dice.upto(3),
                });
                let mut body = whole(json!([line]));
                body["reason"] = json!("suspect");
                body["found_by"] = json!("张三");
                ("create_condition_change", None, body)
            }
            (3, None) => {
                let kept = made("reservation", arrival, number, step);
                let mut body = whole(json!([of_shared(dice.upto(5))]));
                body["id"] = json!(kept);
                body["deadline_at"] = json!(deadline);
                held = Some(kept);
                ("create_reservation", None, body)
            }
            _ => {
                let mut body = whole(json!([of_shared(dice.upto(4))]));
                body["late_fact"] = json!(dice.one_in(2));
                ("create_issue", None, body)
            }
        };
        let mut more = json!({ "body": body });
        if let Some(target) = target {
            more["target"] = json!(target);
        }
        device.gather(operation, at, more);
    }
}

// Sends a batch on a connection that breaks before the answer is read.
async fn cut_off(server: &Server, who: &Client, path: &str, commands: &[Value], dice: &mut Dice) {
    let body = json!({ "commands": commands }).to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\nidempotency-key: {}\r\ncontent-length: {}\r\n\r\n",
        who.token(),
        tests::client::fresh_key(),
        body.len()
    );
    let mut wire = Wire::open(server.address).await;
    let request = [head.as_bytes(), body.as_bytes()].concat();
    let half = dice.one_in(3);
    let sent = if half {
        request.len() / 2
    } else {
        request.len()
    };
    wire.try_send(&request[..sent]).await;
    // Sometimes it is under way when the connection goes.
    for _ in 0..dice.below(50) {
        tokio::task::yield_now().await;
    }
}

// Brings all devices home, in an order and over a network that the dice throw.
async fn arrive(server: &Server, who: &Client, devices: &[Device], dice: &mut Dice) {
    let mut next = vec![0_usize; devices.len()];
    loop {
        let away: Vec<_> = (0..devices.len())
            .filter(|&it| next[it] < devices[it].sent.len())
            .collect();
        let Some(which) = dice.of(&away) else { return };
        let (device, heard) = (&devices[which], next[which]);
        // It does not know what of the last ones arrived.
        let from = heard.saturating_sub(dice.below(6) as usize);
        let to = (heard + 1 + dice.below(20) as usize).min(device.sent.len());
        let batch = &device.sent[from..to];
        match dice.below(4) {
            0 => cut_off(server, who, &device.path(), batch, dice).await,
            1 => {
                let (one, other) = tokio::join!(device.send(who, batch), device.send(who, batch));
                for answer in [one, other] {
                    next[which] = next[which].max(taken(&answer.expect(200), batch.len()));
                }
            }
            _ => {
                let answer = device.send(who, batch).await.expect(200);
                next[which] = next[which].max(taken(&answer, batch.len()));
            }
        }
    }
}

// Nothing is refused, and each is answered.
fn taken(answer: &Value, sent: usize) -> usize {
    let outcomes = outcomes(answer);
    assert_eq!(outcomes.len(), sent);
    let busy = |told: &Value| told["reason"] == "busy";
    let commands = answer["commands"].as_array().unwrap();
    for (outcome, told) in outcomes.iter().zip(commands) {
        assert!(
            matches!(*outcome, "done" | "replayed") || busy(told),
            "{told}"
        );
    }
    usize::try_from(answer["next_sequence"].as_i64().unwrap() - 1).unwrap()
}

type State = BTreeMap<(String, String, String), (i64, i64)>;

// What lies where, by the names that every arrival has in common.
async fn state(who: &Client, place: &Place) -> State {
    let mut state = State::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/balances?depot_id={}&limit=200{cursor}", place.depot);
        let page = who.get(&path).await.expect(200);
        for row in page["items"].as_array().unwrap() {
            let text = |member: &str| row[member].as_str().unwrap_or_default().to_owned();
            let zone = place.zones.iter().position(|zone| *zone == text("zone_id"));
            let key = (text("batch"), format!("{zone:?}"), text("condition"));
            let amounts = ["on_hand", "reserved"].map(|it| row[it].as_i64().unwrap());
            state.insert(key, amounts.into());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return state,
        }
    }
}

on_both!(every_order_of_arrival_ends_the_same, async |server| {
    let relief = server.relief().await;
    let who = &relief.worker;
    // Twenty take minutes on a machine that has other work.
    let arrivals: u32 = setting("RELIEF_DEPOT_ARRIVALS", 10);
    let at = ago(server, 60);
    let deadline = (server.clock.now() + chrono::TimeDelta::hours(5)).to_rfc3339();
    let mut wanted: Option<State> = None;
    for arrival in 0..arrivals {
        println!("arrival {arrival}");
        let place = place(&relief, &format!("A{arrival}")).await;
        let mut devices = Vec::new();
        for number in 0..DEVICES {
            let mut device = Device::register(who, &relief.ground.province).await;
            let times = [at.as_str(), deadline.as_str()];
            day(&mut device, (arrival, number), &relief, &place, times);
            devices.push(device);
        }
        arrive(server, who, &devices, &mut Dice::new(u64::from(arrival))).await;
        for device in &devices {
            assert_eq!(
                device.show(who).await["next_sequence"],
                i64::from(COMMANDS) + 1
            );
        }
        let state = state(who, &place).await;
        assert_eq!(
            *wanted.get_or_insert_with(|| state.clone()),
            state,
            "arrival {arrival}"
        );
    }
    // Every one of them is there, and is there once.
    let heard = server
        .number("SELECT COUNT(*) FROM device_command WHERE outcome = 'done'")
        .await;
    assert_eq!(heard, i64::from(arrivals * DEVICES * COMMANDS));
    server.prove().await;
});
