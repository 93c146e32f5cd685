//! The laws of loans, for any history of them: what was lent is what came back, was settled, was
//! forgiven and is owed, nothing of it ever less than before, and a loan ends at most once.

#![allow(
    clippy::unwrap_used,
    reason = "what a test makes up itself is known to be right"
)]

use chrono::DateTime;
use domain::{
    kernel::{Id, Quantity},
    stock::{Loan, LoanLine, LoanState, Signature},
};
use proptest::prelude::*;
use uuid::Uuid;

fn by(who: usize) -> Signature {
    Signature {
        by: format!("person {who}"),
        at: DateTime::from_timestamp(1, 0).unwrap(),
    }
}

proptest! {
    #[test]
    fn a_loan_adds_up_and_ends_once(
        lent in prop::collection::vec(1_i64..50, 1..4),
        acts in prop::collection::vec((0_usize..7, 0_u128..4, 1_i64..30, 0_usize..3), 1..20),
    ) {
        let lot = |number: u128| Id::from_uuid(Uuid::from_u128(number));
        let lines = lent.iter().zip(0_u128..);
        let mut loan = Loan {
            lent_by: by(0).by,
            state: LoanState::Open,
            lines: lines
                .map(|(lent, number)| LoanLine::new(lot(number), Quantity::new(*lent).unwrap()))
                .collect(),
        };
        for (act, number, quantity, who) in acts {
            let goods = [(lot(number), Quantity::new(quantity).unwrap())];
            let next = match act {
                0 => loan.forgive(by(who), String::new()),
                1..4 => loan.settle(&goods, by(who)),
                _ => loan.give_back(&goods, by(who)),
            };
            let Ok(next) = next else { continue };
            prop_assert_eq!(&loan.state, &LoanState::Open);
            for (before, after) in loan.lines.iter().zip(&next.lines) {
                prop_assert!(after.rest() >= 0 && after.rest() <= before.rest());
                prop_assert!(after.given_back >= before.given_back);
                prop_assert!(after.settled >= before.settled);
                let parts = after.given_back + after.settled + after.forgiven + after.rest();
                prop_assert_eq!(parts, before.lent);
            }
            let owed: i64 = next.lines.iter().map(LoanLine::rest).sum();
            prop_assert_eq!(owed == 0, next.state != LoanState::Open);
            if let LoanState::Forgiven { forgiven, .. } = &next.state {
                prop_assert_ne!(&forgiven.by, &next.lent_by);
            }
            loan = next;
        }
    }
}
