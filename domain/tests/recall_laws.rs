//! The laws of recalls, for any history of them: a lot is recalled exactly while one of its recalls
//! is in force, and goods that are condemned stay so along any way through the table of conditions.

#![allow(
    clippy::unwrap_used,
    reason = "what a test makes up itself is known to be right"
)]

use chrono::{DateTime, Utc};
use domain::stock::{Condition, ConditionStep, LotRecallState, Signature, recalled_since};
use proptest::prelude::*;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn lifted(second: i64) -> LotRecallState {
    let by = Signature {
        by: "approver".to_owned(),
        at: at(second),
    };
    LotRecallState::InForce.lift(by, "误报".to_owned()).unwrap()
}

proptest! {
    #[test]
    fn a_lot_is_recalled_exactly_while_a_recall_is_in_force(
        recalls in prop::collection::vec((0_i64..50, prop::option::of(0_i64..50)), 0..6),
    ) {
        let states: Vec<_> = recalls
            .iter()
            .map(|&(since, after)| {
                let state = after.map_or(LotRecallState::InForce, |more| lifted(since + more));
                (at(since), state)
            })
            .collect();
        let since = recalled_since(states.iter().map(|(since, state)| (*since, state)));
        // Long after all of it, only what was never lifted holds back.
        let now = at(1_000);
        let held = states.iter().any(|(since, state)| state.held_back(*since, now));
        prop_assert_eq!(since.is_some(), held);
        if let Some(since) = since {
            prop_assert!(states.iter().any(|(from, state)| state.held_back(*from, since)));
        }
        for (since, state) in &states {
            prop_assert!(!state.held_back(*since, *since - chrono::TimeDelta::seconds(1)));
        }
    }

    #[test]
    fn no_way_leads_out_of_condemnation_or_past_a_test(
        ways in prop::collection::vec(0_usize..19, 1..12), start in 0_usize..4,
    ) {
        let all: Vec<_> = ConditionStep::all().collect();
        let mut condition = Condition::ALL[start];
        let mut was_condemned = condition == Condition::Condemned;
        for way in ways {
            let step = all[way];
            if step.from() != condition {
                continue;
            }
            prop_assert!(step.reason().permits(step.from(), step.to()));
            if step.to() == Condition::Usable && condition == Condition::Quarantined {
                prop_assert!(step.reason().asks_for_a_report());
            }
            condition = step.to();
            prop_assert!(!was_condemned);
            was_condemned |= condition == Condition::Condemned;
        }
    }
}
