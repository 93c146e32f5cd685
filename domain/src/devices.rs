//! Devices that work without a network and tell later what was done.
//!
//! **Invariant.** A device numbers its commands from 1 without a gap, and each number stands for one
//! command for ever. So what is sent again is known, and two devices that believe to be the same one
//! are noticed as soon as both have said something.

use crate::kernel::named;

/// The most commands of one batch.
pub const BATCH_MAX: usize = 5_000;

named! {
    /// What a device may have done without a network, named as the operation that does it.
    pub enum Operation {
        /// 入库
        CreateReceipt = "create_receipt",
        /// 出库
        CreateIssue = "create_issue",
        /// 移库
        CreateZoneTransfer = "create_zone_transfer",
        /// 质量状态变更
        CreateConditionChange = "create_condition_change",
        /// 预占
        CreateReservation = "create_reservation",
        /// 释放预占
        ReleaseReservation = "release_reservation",
        /// 预占出库
        PostReservation = "post_reservation",
        /// 盘点
        CountStocktake = "count_stocktake",
    }
}

/// What an operation changes that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Nothing: it makes something new.
    Nothing,
    /// A reservation.
    Reservation,
    /// A stocktake.
    Stocktake,
}

impl Operation {
    /// What it changes.
    #[must_use]
    pub const fn target(self) -> Target {
        match self {
            Self::CreateReceipt
            | Self::CreateIssue
            | Self::CreateZoneTransfer
            | Self::CreateConditionChange
            | Self::CreateReservation => Target::Nothing,
            Self::ReleaseReservation | Self::PostReservation => Target::Reservation,
            Self::CountStocktake => Target::Stocktake,
        }
    }

    /// The member of its body that says when it happened.
    #[must_use]
    pub const fn moment(self) -> Option<&'static str> {
        match self {
            Self::CreateReceipt
            | Self::CreateIssue
            | Self::CreateZoneTransfer
            | Self::CreateConditionChange
            | Self::PostReservation => Some("occurred_at"),
            Self::CountStocktake => Some("counted_at"),
            Self::CreateReservation | Self::ReleaseReservation => None,
        }
    }
}

named! {
    /// What became of a command of a device.
    pub enum Outcome {
        /// It was done.
        Done = "done",
        /// It was refused.
        Refused = "refused",
        /// It was not tried, because what it depends on was not done.
        NotRun = "not_run",
    }
}

/// How far the server has followed a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain<'a> {
    /// The number that it has not heard yet.
    pub next: i64,
    /// The hash of the command before; nothing before the first.
    pub last: Option<&'a str>,
}

/// A command as a device sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent<'a> {
    /// Its number.
    pub sequence: i64,
    /// The hash of the whole command.
    pub hash: &'a str,
    /// The hash of the one before it, if the device says so.
    pub previous: Option<&'a str>,
}

/// Where a command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is the next one.
    Next,
    /// It was heard before, word for word.
    Heard,
}

/// Why a command is not taken from a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SequenceError {
    /// Something before it was not heard yet.
    #[error("{expected} was not heard yet")]
    Gap {
        /// The number that is expected.
        expected: i64,
    },
    /// Another command has its number, or another one came before it: there are two of the device.
    #[error("another device that calls itself the same has used {sequence}")]
    Cloned {
        /// The number that both used.
        sequence: i64,
    },
}

impl Chain<'_> {
    /// Where a command stands, if the server heard `heard` under its number.
    ///
    /// # Errors
    /// [`SequenceError`].
    pub fn judge(&self, sent: &Sent<'_>, heard: Option<&str>) -> Result<Standing, SequenceError> {
        let sequence = sent.sequence;
        if sequence > self.next {
            return Err(SequenceError::Gap {
                expected: self.next,
            });
        }
        if sequence < self.next {
            return match heard {
                Some(heard) if heard == sent.hash => Ok(Standing::Heard),
                _ => Err(SequenceError::Cloned { sequence }),
            };
        }
        match sent.previous {
            Some(previous) if self.last != Some(previous) => Err(SequenceError::Cloned {
                sequence: sequence.saturating_sub(1).max(1),
            }),
            _ => Ok(Standing::Next),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn where_a_command_stands() {
        let check = |next, sequence, previous, heard, expected| {
            let last = (next > 1).then_some("last");
            let chain = Chain { next, last };
            let sent = Sent {
                sequence,
                hash: "this",
                previous,
            };
            assert_eq!(chain.judge(&sent, heard), expected, "{sent:?} {heard:?}");
        };
        let cloned = |sequence| Err(SequenceError::Cloned { sequence });
        check(1, 1, None, None, Ok(Standing::Next));
        check(1, 1, Some("x"), None, cloned(1));
        check(5, 5, None, None, Ok(Standing::Next));
        check(5, 5, Some("last"), None, Ok(Standing::Next));
        check(5, 5, Some("other"), None, cloned(4));
        check(
            5,
            6,
            Some("last"),
            None,
            Err(SequenceError::Gap { expected: 5 }),
        );
        check(5, 4, Some("x"), Some("this"), Ok(Standing::Heard));
        check(5, 4, None, Some("that"), cloned(4));
        check(5, 4, None, None, cloned(4));
    }

    proptest! {
        // However often and in whatever pieces a device sends what it has, each command is the next
        // one exactly once; a second device with another history is noticed at its first word that
        // differs, and nothing of it is taken.
        #[test]
        fn each_number_is_taken_once(
            pieces in proptest::collection::vec((0..12_usize, 1..12_usize), 0..40),
            fork in proptest::option::of(0..12_usize),
        ) {
            let hash = |number: usize, copy: bool| {
                let differs = copy && fork.is_some_and(|fork| number >= fork);
                format!("{number}{}", if differs { "'" } else { "" })
            };
            let mut heard: Vec<String> = Vec::new();
            for (turn, (from, length)) in pieces.into_iter().enumerate() {
                let copy = turn % 2 == 1;
                for number in from..(from + length).min(12) {
                    let next = i64::try_from(heard.len()).unwrap() + 1;
                    let chain = Chain { next, last: heard.last().map(String::as_str) };
                    let mine = hash(number, copy);
                    let before = (number > 0).then(|| hash(number - 1, copy));
                    let sent = Sent {
                        sequence: i64::try_from(number).unwrap() + 1,
                        hash: &mine,
                        previous: before.as_deref(),
                    };
                    let known = heard.get(number).map(String::as_str);
                    match chain.judge(&sent, known) {
                        Ok(Standing::Next) => {
                            prop_assert_eq!(number, heard.len());
                            prop_assert_eq!(before.as_ref(), heard.last());
                            heard.push(mine);
                        }
                        Ok(Standing::Heard) => prop_assert_eq!(&heard[number], &mine),
                        Err(SequenceError::Gap { expected }) => {
                            prop_assert_eq!(expected, next);
                            break;
                        }
                        Err(SequenceError::Cloned { .. }) => {
                            prop_assert!(fork.is_some());
                            break;
                        }
                    }
                }
            }
        }
    }
}
