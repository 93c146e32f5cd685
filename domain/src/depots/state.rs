//! The state of a depot and what it allows.

use crate::kernel::named;

named! {
    /// Whether a depot works.
    pub enum DepotState {
        /// Takes goods in and gives them out.
        Operating = "operating",
        /// Full: gives out, takes nothing in.
        Saturated = "saturated",
        /// Cut off or out of order: nothing moves, what is reserved stays reserved.
        Paused = "paused",
        /// Given up, for ever.
        Closed = "closed",
    }
}

/// Why a depot does not change its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// It is in that state already.
    #[error("the depot is {state} already")]
    Same {
        /// The state it is in.
        state: DepotState,
    },
    /// A closed depot stays closed.
    #[error("a closed depot stays closed")]
    Closed,
    /// Stock or reservations are left.
    #[error("only an empty depot closes")]
    NotEmpty,
}

impl DepotState {
    /// Whether receipts, returns and arrivals may be posted.
    #[must_use]
    pub fn accepts_receipts(self) -> bool {
        match self {
            Self::Operating => true,
            Self::Saturated | Self::Paused | Self::Closed => false,
        }
    }

    /// Whether issues and departures may be posted.
    #[must_use]
    pub fn accepts_issues(self) -> bool {
        match self {
            Self::Operating | Self::Saturated => true,
            Self::Paused | Self::Closed => false,
        }
    }

    /// Whether a plan may count on its stock.
    #[must_use]
    pub fn may_be_planned_from(self) -> bool {
        // A plan that could not be carried out at once would be a false promise.
        self.accepts_issues()
    }

    /// The state after a change to `to`. `is_empty` says that nothing is on hand, reserved, or on
    /// the road from this depot.
    ///
    /// # Errors
    /// [`TransitionError`] with the one reason.
    pub fn change(self, to: Self, is_empty: bool) -> Result<Self, TransitionError> {
        match (self, to) {
            (from, to) if from == to => Err(TransitionError::Same { state: to }),
            (Self::Closed, _) => Err(TransitionError::Closed),
            (_, Self::Closed) if !is_empty => Err(TransitionError::NotEmpty),
            (_, to) => Ok(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_state_allows() {
        let check = |state: DepotState, receipts, issues, plans| {
            assert_eq!(state.accepts_receipts(), receipts, "{state}");
            assert_eq!(state.accepts_issues(), issues, "{state}");
            assert_eq!(state.may_be_planned_from(), plans, "{state}");
        };
        check(DepotState::Operating, true, true, true);
        check(DepotState::Saturated, false, true, true);
        check(DepotState::Paused, false, false, false);
        check(DepotState::Closed, false, false, false);
    }

    #[test]
    fn every_change_of_state() {
        // One row per state it is in, one letter per state asked for, in the order of `ALL`:
        // y allowed, s the same already, e only when empty, c closed for ever.
        for (&from, row) in DepotState::ALL.iter().zip(["syye", "ysye", "yyse", "cccs"]) {
            for (&to, cell) in DepotState::ALL.iter().zip(row.chars()) {
                let (full, empty) = (from.change(to, false), from.change(to, true));
                let expected = match cell {
                    'y' => (Ok(to), Ok(to)),
                    's' => {
                        let same = Err(TransitionError::Same { state: to });
                        (same, same)
                    }
                    'e' => (Err(TransitionError::NotEmpty), Ok(to)),
                    _ => (Err(TransitionError::Closed), Err(TransitionError::Closed)),
                };
                assert_eq!((full, empty), expected, "{from} to {to}");
            }
        }
    }
}
