//! What was called off, and what came of it.
//!
//! **Invariant.** `0 ≤ delivered ≤ quantity` for every item. A call-off is delivered exactly when all
//! of it has come. One that ended claims of the agreement only what has come.

use std::collections::BTreeMap;

use crate::{
    kernel::{Id, Quantity, kinds::Item, named},
    stock::Signature,
};

named! {
    /// Where a call-off stands.
    pub enum CallOffStateName {
        /// 已要货: the supplier was called and owes the rest.
        Called = "called",
        /// 已交齐: all of it has come.
        Delivered = "delivered",
        /// 部分交货后终止: some came, and the rest was given up.
        Ended = "ended",
        /// 已取消: given up before anything came.
        Cancelled = "cancelled",
    }
}

/// What suppliers bring of one item straight to one site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Direct {
    /// Signed for.
    pub brought: i64,
    /// Called off, and not there yet.
    pub called_off: i64,
}

named! {
    /// What is done to a call-off.
    pub enum CallOffAction {
        /// Goods come.
        Deliver = "deliver",
        /// What has not come is given up.
        Cancel = "cancel",
        /// What was booked as come had not.
        UndoDelivery = "undo_delivery",
    }
}

/// Where a call-off stands, and who ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallOffState {
    /// The supplier owes the rest.
    Called,
    /// All of it has come.
    Delivered {
        /// Who took the last of it, and when.
        last: Signature,
    },
    /// Some came, and the rest was given up.
    Ended {
        /// Who gave it up, and when.
        ended: Signature,
        /// Why.
        reason: String,
    },
    /// Given up before anything came.
    Cancelled {
        /// Who gave it up, and when.
        cancelled: Signature,
        /// Why.
        reason: String,
    },
}

impl CallOffState {
    /// Its name on the wire and in tables.
    #[must_use]
    pub const fn name(&self) -> CallOffStateName {
        match self {
            Self::Called => CallOffStateName::Called,
            Self::Delivered { .. } => CallOffStateName::Delivered,
            Self::Ended { .. } => CallOffStateName::Ended,
            Self::Cancelled { .. } => CallOffStateName::Cancelled,
        }
    }
}

/// An item of a call-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Called {
    /// How much was called off.
    pub quantity: Quantity,
    /// How much of it has come.
    pub delivered: i64,
}

/// A call-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallOff {
    /// What was called off.
    pub lines: BTreeMap<Id<Item>, Called>,
    /// Where it stands.
    pub state: CallOffState,
}

/// Why something cannot be done to a call-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallOffError {
    /// Not in this state.
    #[error("a call-off that is {} cannot be changed by {}", state.name(), action.name())]
    WrongState {
        /// Where it stands.
        state: CallOffStateName,
        /// What was asked for.
        action: CallOffAction,
    },
    /// The item was not called off.
    #[error("the item was not called off")]
    NotCalled {
        /// Which line brought it.
        line: usize,
    },
    /// Less of it is to come.
    #[error("{left} of it is to come")]
    TooMuch {
        /// Which line brought it.
        line: usize,
        /// How much is to come, before this line.
        left: i64,
    },
}

impl CallOff {
    /// What it takes of the agreement: all that was called off while the rest is owed, else what
    /// has come.
    #[must_use]
    pub fn claims(&self) -> BTreeMap<Id<Item>, i64> {
        let is_owed = matches!(self.state, CallOffState::Called);
        let claim = |called: &Called| {
            if is_owed {
                called.quantity.get()
            } else {
                called.delivered
            }
        };
        let lines = self.lines.iter();
        lines.map(|(item, called)| (*item, claim(called))).collect()
    }

    /// Goods come. An item may stand in several lines, as several lots.
    ///
    /// # Errors
    /// [`CallOffError`] with the first reason.
    pub fn deliver(
        &self,
        came: &[(Id<Item>, Quantity)],
        by: Signature,
    ) -> Result<Self, CallOffError> {
        self.is_open_for(CallOffAction::Deliver)?;
        let mut next = self.clone();
        for (line, (item, quantity)) in came.iter().enumerate() {
            let called = next.lines.get_mut(item);
            let called = called.ok_or(CallOffError::NotCalled { line })?;
            let left = called.quantity.get() - called.delivered;
            if left < quantity.get() {
                return Err(CallOffError::TooMuch { line, left });
            }
            called.delivered += quantity.get();
        }
        let is_whole = |called: &Called| called.delivered == called.quantity.get();
        if next.lines.values().all(is_whole) {
            next.state = CallOffState::Delivered { last: by };
        }
        Ok(next)
    }

    /// Gives up what has not come.
    ///
    /// # Errors
    /// [`CallOffError::WrongState`] when nothing is owed.
    pub fn cancel(&self, by: Signature, reason: String) -> Result<Self, CallOffError> {
        self.is_open_for(CallOffAction::Cancel)?;
        let nothing_came = self.lines.values().all(|called| called.delivered == 0);
        let state = if nothing_came {
            CallOffState::Cancelled {
                cancelled: by,
                reason,
            }
        } else {
            CallOffState::Ended { ended: by, reason }
        };
        Ok(Self {
            lines: self.lines.clone(),
            state,
        })
    }

    /// Takes back that goods came, because they had not. Then the supplier owes them again.
    ///
    /// # Errors
    /// [`CallOffError::WrongState`] once the rest was given up: the agreement may have promised it
    /// to others since.
    pub fn undo_delivery(&self, lines: &BTreeMap<Id<Item>, i64>) -> Result<Self, CallOffError> {
        if !matches!(
            self.state,
            CallOffState::Called | CallOffState::Delivered { .. }
        ) {
            return Err(self.wrong(CallOffAction::UndoDelivery));
        }
        let mut next = self.clone();
        for (line, (item, quantity)) in lines.iter().enumerate() {
            let called = next.lines.get_mut(item);
            let called = called.ok_or(CallOffError::NotCalled { line })?;
            if called.delivered < *quantity {
                let left = called.delivered;
                return Err(CallOffError::TooMuch { line, left });
            }
            called.delivered -= quantity;
        }
        next.state = CallOffState::Called;
        Ok(next)
    }

    fn is_open_for(&self, action: CallOffAction) -> Result<(), CallOffError> {
        match self.state {
            CallOffState::Called => Ok(()),
            _ => Err(self.wrong(action)),
        }
    }

    fn wrong(&self, action: CallOffAction) -> CallOffError {
        let state = self.state.name();
        CallOffError::WrongState { state, action }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn item(number: u128) -> Id<Item> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn by() -> Signature {
        Signature {
            by: "keeper".to_owned(),
            at: DateTime::UNIX_EPOCH,
        }
    }

    fn call_off() -> CallOff {
        let called = |quantity| Called {
            quantity: Quantity::new(quantity).unwrap(),
            delivered: 0,
        };
        CallOff {
            lines: BTreeMap::from([(item(1), called(10)), (item(2), called(5))]),
            state: CallOffState::Called,
        }
    }

    fn came(lines: &[(u128, i64)]) -> Vec<(Id<Item>, Quantity)> {
        let lines = lines.iter();
        lines
            .map(|(number, quantity)| (item(*number), Quantity::new(*quantity).unwrap()))
            .collect()
    }

    #[test]
    fn goods_come_in_parts_until_all_is_there() {
        let some = call_off().deliver(&came(&[(1, 4), (1, 6)]), by()).unwrap();
        assert_eq!(some.state.name(), CallOffStateName::Called);
        assert_eq!(some.claims()[&item(1)], 10);
        let refused = some.deliver(&came(&[(2, 5), (1, 1)]), by());
        assert_eq!(refused, Err(CallOffError::TooMuch { line: 1, left: 0 }));
        let refused = some.deliver(&came(&[(3, 1)]), by());
        assert_eq!(refused, Err(CallOffError::NotCalled { line: 0 }));
        let whole = some.deliver(&came(&[(2, 5)]), by()).unwrap();
        assert_eq!(whole.state.name(), CallOffStateName::Delivered);
        let state = CallOffStateName::Delivered;
        for (action, answer) in [
            (
                CallOffAction::Deliver,
                whole.deliver(&came(&[(1, 1)]), by()),
            ),
            (CallOffAction::Cancel, whole.cancel(by(), String::new())),
        ] {
            assert_eq!(answer, Err(CallOffError::WrongState { state, action }));
        }
        let undone = BTreeMap::from([(item(2), 5)]);
        assert_eq!(whole.undo_delivery(&undone), Ok(some));
    }

    #[test]
    fn what_was_given_up_claims_nothing_any_more() {
        let cancelled = call_off().cancel(by(), "停产".to_owned()).unwrap();
        assert_eq!(cancelled.state.name(), CallOffStateName::Cancelled);
        assert!(cancelled.claims().values().all(|claim| *claim == 0));
        let some = call_off().deliver(&came(&[(1, 4)]), by()).unwrap();
        let ended = some.cancel(by(), "停产".to_owned()).unwrap();
        assert_eq!(ended.state.name(), CallOffStateName::Ended);
        assert_eq!(ended.claims(), BTreeMap::from([(item(1), 4), (item(2), 0)]));
        let (state, action) = (CallOffStateName::Ended, CallOffAction::UndoDelivery);
        let refused = ended.undo_delivery(&BTreeMap::from([(item(1), 4)]));
        assert_eq!(refused, Err(CallOffError::WrongState { state, action }));
        let refused = some.undo_delivery(&BTreeMap::from([(item(1), 5)]));
        assert_eq!(refused, Err(CallOffError::TooMuch { line: 0, left: 4 }));
    }

    proptest! {
        #[test]
        fn never_more_comes_than_was_called_off(
            steps in proptest::collection::vec((0_u8..8, 1_u128..4, 1_i64..8), 0..30),
        ) {
            let mut call_off = call_off();
            for (step, number, quantity) in steps {
                let next = match step {
                    0 => call_off.cancel(by(), String::new()),
                    1 | 2 => call_off.undo_delivery(&BTreeMap::from([(item(number), quantity)])),
                    _ => call_off.deliver(&came(&[(number, quantity)]), by()),
                };
                call_off = next.unwrap_or(call_off);
                let mut whole = true;
                let claims = call_off.claims();
                for (item, called) in &call_off.lines {
                    let (most, there) = (called.quantity.get(), called.delivered);
                    prop_assert!((0..=most).contains(&there));
                    prop_assert!((there..=most).contains(&claims[item]));
                    whole &= there == most;
                }
                let is_delivered = matches!(call_off.state, CallOffState::Delivered { .. });
                prop_assert_eq!(is_delivered, whole);
            }
        }
    }
}
