//! What differences become in the ledger.
//!
//! **Invariant.** The lines of a difference add up to it: gains come out of the account of count
//! differences, losses go into it.

use crate::{
    kernel::Quantity,
    stock::{Account, BalanceKey, Line, Outside},
};

/// The lines of a movement that bring the book of one balance to what was counted. More than one,
/// where the difference is more than a line can carry; none where there is none.
#[must_use]
pub fn difference_lines(key: &BalanceKey, difference: i64) -> Vec<Line> {
    let outside = Account::Outside {
        depot: key.account.depot(),
        side: Outside::CountDifference,
    };
    let (from, to) = if difference > 0 {
        (outside, key.account)
    } else {
        (key.account, outside)
    };
    let mut left = difference.saturating_abs();
    let mut lines = Vec::new();
    while let Ok(quantity) = Quantity::new(left.min(Quantity::MAX)) {
        left -= quantity.get();
        lines.push(Line {
            lot: key.lot,
            condition: key.condition,
            quantity,
            from,
            to,
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        kernel::Id,
        stock::{Condition, Kind, Movement},
    };

    #[test]
    fn lines_add_up_to_the_difference() {
        let depot = Id::from_uuid(Uuid::from_u128(1));
        let key = BalanceKey {
            account: Account::Zone {
                depot,
                zone: Id::from_uuid(Uuid::from_u128(2)),
            },
            lot: Id::from_uuid(Uuid::from_u128(3)),
            condition: Condition::Usable,
        };
        let check = |difference, count| {
            let lines = difference_lines(&key, difference);
            assert_eq!(lines.len(), count, "{difference}");
            let id = Id::from_uuid(Uuid::from_u128(4));
            let movement = Movement::new(id, depot, Kind::CountDifference, lines).unwrap();
            assert_eq!(movement.deltas().get(&key), Some(&difference));
        };
        assert_eq!(difference_lines(&key, 0), []);
        check(1, 1);
        check(-1, 1);
        check(Quantity::MAX, 1);
        check(-Quantity::MAX - 5, 2);
    }
}
