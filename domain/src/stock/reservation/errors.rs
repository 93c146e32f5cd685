//! Why a reservation is none, or does not end.
//!
//! **Invariant.** An error carries what was asked and what there was, and no text of its own.

use chrono::{DateTime, Utc};

use super::End;
use crate::stock::{BalanceKey, LINES_MAX};

/// Why something is not a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReservationError {
    /// It holds nothing.
    #[error("a reservation has at least one line")]
    NoLines,
    /// More lines than a movement could post.
    #[error("a reservation has at most {LINES_MAX} lines")]
    TooManyLines,
    /// Two lines hold from one balance.
    #[error("line {line} holds from a balance that an earlier line holds from")]
    Repeated {
        /// Which line, from 0.
        line: usize,
    },
    /// The deadline is not in the future.
    #[error("the deadline {deadline} has passed")]
    DeadlinePassed {
        /// The deadline.
        deadline: DateTime<Utc>,
    },
    /// It is said to be short of nothing, or of more than it holds.
    #[error("what a reservation is short of is not what it can be short of")]
    NotShort,
}

/// Why a reservation does not end this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndError {
    /// It has ended before.
    #[error("the reservation was {end} already")]
    Ended {
        /// How it ended.
        end: End,
    },
    /// It is too late to post it.
    #[error("the reservation ran out at {deadline}")]
    DeadlinePassed {
        /// The deadline.
        deadline: DateTime<Utc>,
    },
    /// It is too early to let it expire.
    #[error("the reservation holds until {deadline}")]
    NotYet {
        /// The deadline.
        deadline: DateTime<Utc>,
    },
    /// The movement also does something that takes nothing out of the depot.
    #[error(
        "line {line} does not take goods from a zone to a recipient, onto the road or to the loss"
    )]
    NotOutward {
        /// Which line of the movement, from 0.
        line: usize,
    },
    /// The movement takes from a balance that the reservation does not hold from.
    #[error("the reservation holds nothing of what the movement takes")]
    NotReserved {
        /// The balance.
        key: BalanceKey,
    },
    /// The movement takes more than the reservation holds.
    #[error("{requested} are to be posted, {reserved} were reserved")]
    MoreThanReserved {
        /// The balance.
        key: BalanceKey,
        /// How much the reservation holds.
        reserved: i64,
        /// How much the movement takes.
        requested: i64,
    },
}
