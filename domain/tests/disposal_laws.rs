//! The laws of disposals and of goods that come back, for any history of them: a disposal ends at
//! most once and only after somebody else's word, what it takes is never more than was asked for,
//! and nothing comes back better than it was found.

#![allow(
    clippy::unwrap_used,
    reason = "what a test makes up itself is known to be right"
)]

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Quantity},
    stock::{
        Account, Condition, Demand, Disposal, DisposalState, DisposalWay, EndError, Found, Hold,
        Kind, Line, Movement, Outcome, Outside, RecoveryClass, Reservation, ReservationState,
        Signature, entered_as, recovery,
    },
};
use proptest::prelude::*;
use uuid::Uuid;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn by(who: usize) -> Signature {
    Signature {
        by: format!("person {who}"),
        at: at(1),
    }
}

fn ended(state: &DisposalState) -> bool {
    matches!(
        state,
        DisposalState::CarriedOut { .. }
            | DisposalState::Refused { .. }
            | DisposalState::Withdrawn { .. }
    )
}

proptest! {
    #[test]
    fn a_disposal_ends_once_and_by_two_people(
        acts in prop::collection::vec((0_usize..4, 0_usize..3), 1..12),
    ) {
        let mut disposal = Disposal {
            asked_by: by(0).by,
            way: DisposalWay::Destroyed,
            state: DisposalState::Asked,
        };
        for (act, who) in acts {
            let next = match act {
                0 => disposal.approve(by(who)),
                1 => disposal.refuse(by(who), String::new()),
                2 => disposal.withdraw(by(who), String::new()),
                _ => disposal.carry_out(by(who), Outcome::Destroyed),
            };
            let Ok(next) = next else { continue };
            prop_assert!(!ended(&disposal.state), "{:?} became {next:?}", disposal.state);
            if let DisposalState::Approved { approved } | DisposalState::CarriedOut { approved, .. } =
                &next
            {
                prop_assert_ne!(&approved.by, &disposal.asked_by);
            }
            disposal.state = next;
        }
    }

    #[test]
    fn no_more_leaves_than_was_asked_for(asked in 1_i64..50, taken in 1_i64..50) {
        let (depot, zone, lot) = (Id::from_uuid(Uuid::from_u128(1)), Id::from_uuid(Uuid::from_u128(2)), Id::from_uuid(Uuid::from_u128(3)));
        let condition = Condition::Condemned;
        let hold = Hold { zone, lot, condition, quantity: Quantity::new(asked).unwrap() };
        let id = Id::from_uuid(Uuid::from_u128(4));
        let held = Reservation::hold(id, depot, vec![hold], at(0), at(9)).unwrap();
        let line = Line {
            lot,
            condition,
            quantity: Quantity::new(taken).unwrap(),
            from: Account::Zone { depot, zone },
            to: Account::Outside { depot, side: Outside::Loss },
        };
        let movement =
            Movement::new(Id::from_uuid(Uuid::from_u128(5)), depot, Kind::Disposal, vec![line]);
        match held.post(at(1), &movement.unwrap()) {
            Ok(posted) => {
                prop_assert!(taken <= asked);
                let ReservationState::Posted { taken: said, .. } = posted.state() else {
                    return Err(TestCaseError::fail("it was posted"));
                };
                prop_assert_eq!(said, &vec![taken]);
            }
            Err(error) => {
                prop_assert!(taken > asked);
                let is_more = matches!(error, EndError::MoreThanReserved { .. });
                prop_assert!(is_more, "{error:?}");
            }
        }
    }

    #[test]
    fn nothing_comes_back_better_than_it_was_found(
        class in 0_usize..RecoveryClass::ALL.len(), condition in 0_usize..4,
        used_months in 0_u16..60, cleaned: bool,
    ) {
        // From good to bad.
        let worth = |condition| match condition {
            Condition::Usable => 0,
            Condition::Quarantined => 1,
            Condition::NeedsRepair => 2,
            Condition::Condemned => 3,
        };
        let condition = Condition::ALL[condition];
        let class = RecoveryClass::ALL[class];
        let found = Found { class, condition, used_months, cleaned };
        let (demand, _) = recovery(&found);
        prop_assert!(worth(entered_as(condition, demand)) >= worth(condition));
        // Longer use never asks for less.
        let rank = |demand| match demand {
            Demand::Keep => 0,
            Demand::Repair => 1,
            Demand::Dispose => 2,
        };
        let longer = Found { used_months: used_months + 1, ..found };
        prop_assert!(rank(recovery(&longer).0) >= rank(demand));
    }
}
