//! What lies on the shelves of a depot while a paper picks from it.
//!
//! **Invariant.** What one line takes is not there for the next.

use std::collections::BTreeMap;

use domain::{
    kernel::{Id, Quantity, kinds},
    stock::{Account, BalanceKey, Candidate, Hold, PassedOver},
};
use serde_json::{Value, json};

use crate::{
    problem::{Code, Problem},
    stock::ledger,
};

// How many shelves a refusal names.
const PASSED_OVER_SHOWN: usize = 20;

// What lies on the shelves and is not yet spoken for by an earlier line.
pub(super) struct Shelves {
    pub(super) by_item: BTreeMap<Id<kinds::Item>, Vec<Candidate>>,
}

impl Shelves {
    pub(super) fn take(&mut self, hold: &Hold, depot: Id<kinds::Depot>) {
        let taken = hold.key(depot);
        for candidate in self.by_item.values_mut().flatten() {
            if key(candidate, depot) == taken {
                candidate.available -= hold.quantity.get();
            }
        }
    }
}

fn key(candidate: &Candidate, depot: Id<kinds::Depot>) -> BalanceKey {
    BalanceKey {
        account: Account::Zone {
            depot,
            zone: candidate.zone,
        },
        lot: candidate.lot,
        condition: candidate.fitness.condition,
    }
}

pub(super) fn short(
    depot: Id<kinds::Depot>,
    item: Id<kinds::Item>,
    quantity: Quantity,
    missing: i64,
    passed_over: &[PassedOver],
) -> Problem {
    let (wanted, available) = (quantity.get(), quantity.get() - missing);
    let withheld: Vec<Value> = passed_over
        .iter()
        .take(PASSED_OVER_SHOWN)
        .map(|passed| {
            json!({
                "lot_id": passed.goods.lot.to_string(),
                "zone_id": passed.goods.zone.to_string(),
                "condition": passed.goods.condition.name(),
                "quantity": passed.goods.quantity.get(),
                "reason": ledger::reason(passed.reason),
            })
        })
        .collect();
    Problem::new(Code::InsufficientStock)
        .with("available", available)
        .with("requested", wanted)
        .with("item_id", item.to_string())
        .with("depot_id", depot.to_string())
        .with("withheld", withheld)
        .detail(
            format!("可用 {available}，所需 {wanted}"),
            format!("{wanted} are wanted, {available} are available"),
        )
}
