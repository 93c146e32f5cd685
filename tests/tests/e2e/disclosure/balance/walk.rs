//! A random walk of real commands about goods, of which some are refused.
//!
//! **Invariant.** What is drawn follows from the dice alone, and what was done from the server's answers.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Dice, Server, client::id};

use crate::disclosure::{Scene, lot_of};

/// What is done at least once on the way.
pub(super) const COMMANDS: [&str; 13] = [
    "receive",
    "issue",
    "send",
    "sign",
    "reverse",
    "return",
    "lend",
    "give_back",
    "late",
    "condemn",
    "ask_disposal",
    "approve_disposal",
    "dispose",
];

/// The walk so far.
pub(super) struct Walk<'a> {
    scene: &'a Scene,
    pub(super) dice: Dice,
    /// Quilts and tents.
    pub(super) items: Vec<String>,
    lots: Vec<String>,
    movements: Vec<String>,
    // Each with the lot that it carries.
    shipments: Vec<(String, String)>,
    loans: Vec<(String, String)>,
    // Asked for, and not approved yet; approved, and not carried out yet.
    asked: Vec<String>,
    approved: Vec<String>,
    zone: String,
    pub(super) done: BTreeMap<&'static str, usize>,
}

impl<'a> Walk<'a> {
    pub(super) async fn new(scene: &'a Scene, dice: Dice) -> Self {
        let relief = &scene.relief;
        let zones = format!("/v1/depots/{}/zones", relief.depot);
        let zones = relief.worker.get(&zones).await.expect(200);
        let quilt = format!("/v1/items/{}", relief.item);
        let quilt = relief.worker.get(&quilt).await.expect(200);
        let tent = json!({
            "category_id": quilt["category_id"], "organisation_id": relief.ground.province,
            "name": "帐篷", "base_unit": "顶",
        });
        let tent = relief.worker.post("/v1/items", tent).await.expect(201);
        Walk {
            scene,
            dice,
            items: vec![relief.item.clone(), id(&tent)],
            lots: vec![relief.lot.clone()],
            movements: Vec::new(),
            shipments: Vec::new(),
            loans: Vec::new(),
            asked: Vec::new(),
            approved: Vec::new(),
            zone: id(&zones["items"][0]),
            done: BTreeMap::new(),
        }
    }

    // A command about goods of this lot, or none where there is nothing to do it to.
    fn drawn(&mut self, server: &Server, lot: &str) -> Option<(&'static str, String, Value)> {
        let depot = &self.scene.relief.depot;
        let incident = &self.scene.disaster.incident;
        let quantity = self.dice.upto(20);
        let one = json!([{ "lot_id": lot, "quantity": quantity }]);
        let which = self.dice.below(14);
        Some(match which {
            0 => {
                let item = self.dice.of(&self.items)?;
                let donor = self.dice.of(&["宁波纺织厂", "王五"])?;
                let restriction = if self.dice.one_in(2) {
                    json!({ "kind": "incident", "incident_id": incident })
                } else {
                    json!({ "kind": "none" })
                };
                let lines = json!([{
                    "item_id": item, "quantity": quantity, "source": "donation",
                    "donor": donor, "unit_value": "45.7", "restriction": restriction,
                }]);
                let body = json!({ "depot_id": depot, "lines": lines });
                ("receive", "/v1/receipts".to_owned(), body)
            }
            1 | 2 => {
                let code = self.dice.of(&["330203", "330203104", "330281"])?;
                let purpose = json!({ "incident_id": incident, "division_code": code });
                let body = json!({ "depot_id": depot, "lines": one, "purpose": purpose });
                ("issue", "/v1/issues".to_owned(), body)
            }
            3 => {
                let to = &self.scene.relief.city_depot;
                let body = json!({ "depot_id": depot, "to_depot_id": to, "lines": one });
                ("send", "/v1/shipments".to_owned(), body)
            }
            4 => {
                let (shipment, lot) = self.dice.of(&self.shipments)?;
                let short = self.dice.below(2);
                let lines = json!([{ "lot_id": lot, "received": 1, "short": short }]);
                let body = json!({ "given_by": "甲", "received_by": "乙", "lines": lines });
                ("sign", format!("/v1/shipments/{shipment}/hand-overs"), body)
            }
            5 => {
                let movement = self.dice.of(&self.movements)?;
                let path = format!("/v1/movements/{movement}/reverse");
                ("reverse", path, json!({}))
            }
            6 => {
                let lines = json!([{
                    "lot_id": lot, "quantity": quantity, "condition": "usable",
                    "used_months": 0, "cleaned": true,
                }]);
                let body = json!({
                    "depot_id": depot, "counterparty": "洞桥镇安置点", "lines": lines,
                });
                ("return", "/v1/returns".to_owned(), body)
            }
            7 => {
                let today = api::clock::day_at_depots(server.clock.now());
                let body = json!({
                    "depot_id": depot, "borrower_name": "邻省红十字会", "lines": one,
                    "due_on": today + chrono::Days::new(30), "reference": "借〔2026〕1号",
                });
                ("lend", "/v1/loans".to_owned(), body)
            }
            8 => {
                let (loan, lot) = self.dice.of(&self.loans)?;
                let lines = json!([{ "lot_id": lot, "quantity": 1, "condition": "usable" }]);
                let path = format!("/v1/loans/{loan}/give-back");
                ("give_back", path, json!({ "lines": lines }))
            }
            9..=12 => return self.scrapped(which, lot, quantity),
            _ => {
                let before = server.clock.now() - TimeDelta::seconds(1);
                let lines = json!([{ "lot_id": lot, "zone_id": self.zone, "quantity": quantity }]);
                let body = json!({
                    "depot_id": depot, "late_fact": true, "lines": lines,
                    "purpose": { "incident_id": incident }, "occurred_at": before.to_rfc3339(),
                });
                ("late", "/v1/issues".to_owned(), body)
            }
        })
    }

    // What becomes of goods that nobody can use any more.
    fn scrapped(
        &mut self,
        which: u32,
        lot: &str,
        quantity: i64,
    ) -> Option<(&'static str, String, Value)> {
        let depot = &self.scene.relief.depot;
        Some(match which {
            9 => {
                let lines = json!([{
                    "lot_id": lot, "zone_id": self.zone, "from": "usable", "to": "condemned",
                    "quantity": quantity,
                }]);
                let body = json!({
                    "depot_id": depot, "reason": "damaged", "found_by": "王检", "lines": lines,
                });
                ("condemn", "/v1/condition-changes".to_owned(), body)
            }
            10 => {
                let body = json!({
                    "depot_id": depot, "way": "destroyed", "reason": "霉变",
                    "assessed_by": "省质检院", "reference": "ZJ-2026-9", "lines": [{ "lot_id": lot, "quantity": quantity }],
                });
                ("ask_disposal", "/v1/disposals".to_owned(), body)
            }
            11 => {
                let disposal = self.dice.of(&self.asked)?;
                let path = format!("/v1/disposals/{disposal}/approve");
                ("approve_disposal", path, json!({}))
            }
            _ => {
                let disposal = self.dice.of(&self.approved)?;
                let path = format!("/v1/disposals/{disposal}/carry-out");
                ("dispose", path, json!({ "way": "destroyed" }))
            }
        })
    }

    pub(super) async fn step(&mut self, server: &Server) {
        let relief = &self.scene.relief;
        let worker = &relief.worker;
        let lot = self
            .dice
            .of(&self.lots)
            .unwrap_or_else(|| relief.lot.clone());
        let Some((name, path, body)) = self.drawn(server, &lot) else {
            return;
        };
        let answer = match name {
            "approve_disposal" => self.scene.publisher.act(&path).await,
            _ => worker.post(&path, body).await,
        };
        if answer.status != 201 && answer.status != 200 {
            assert!(answer.status < 500, "{}", answer.text);
            return;
        }
        let told = answer.json();
        *self.done.entry(name).or_default() += 1;
        match name {
            "receive" => {
                self.lots.push(lot_of(&told));
                self.movements.push(id(&told["movement"]));
            }
            "issue" | "late" => self.movements.push(id(&told)),
            "send" => self.shipments.push((id(&told), lot)),
            "lend" => self.loans.push((id(&told), lot)),
            "ask_disposal" => self.asked.push(id(&told)),
            "approve_disposal" => self.approved.push(id(&told)),
            _ => {}
        }
    }
}
