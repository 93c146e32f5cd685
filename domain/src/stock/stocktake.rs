//! Stocktakes: what is there, set against the book as it stood.
//!
//! **Invariant.** A count is compared with the book of its own moment and with no other: goods that
//! moved before it or after it are no difference. What nobody counted is not zero. A difference is
//! believed when a second round found it again and all who counted agree; past the limit it waits
//! for somebody who did not count. A stocktake ends exactly once: settled or abandoned.
//!
//! Counters are compared by what they found more or less than the book, not by the figures they
//! wrote down: an issue between two counts of one shelf makes the figures differ and the
//! differences not.

mod limit;
mod settlement;
mod tally;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use serde::{Deserialize, Serialize};

use crate::kernel::named;

pub use limit::{Limit, LineDifference};
pub use settlement::difference_lines;
pub use tally::{Agreement, Tally, Verdict, agree, verdict};

/// The round in which everything is counted.
pub const FIRST_ROUND: u8 = 1;
/// After so many rounds something else is wrong than the counting.
pub const ROUNDS_MAX: u8 = 9;
/// The most lines of one stocktake. A larger depot is counted zone by zone.
pub const SHEET_LINES_MAX: usize = 10_000;

named! {
    /// What a stocktake covers.
    pub enum Extent {
        /// Everything in the depot.
        Whole = "whole",
        /// Some of its zones.
        Zones = "zones",
        /// Some branches of the catalogue.
        Categories = "categories",
        /// Some items.
        Items = "items",
    }
}

named! {
    /// The names of the states.
    pub enum StocktakeStateName {
        /// 初盘中
        Counting = "counting",
        /// 复盘中
        Recounting = "recounting",
        /// 已盘完
        Counted = "counted",
        /// 待审批
        AwaitingApproval = "awaiting_approval",
        /// 已结案
        Settled = "settled",
        /// 已作废
        Abandoned = "abandoned",
    }
}

named! {
    /// What can be asked of a stocktake.
    pub enum StocktakeAction {
        /// Write down what is there.
        Count = "count",
        /// End a round of counting.
        CloseRound = "close_round",
        /// Send the differences back to be counted again.
        Recount = "recount",
        /// Agree to differences past the limit; they become movements.
        Approve = "approve",
        /// Turn differences within the limit into movements.
        Settle = "settle",
        /// Give it up; the book stays as it is.
        Abandon = "abandon",
    }
}

/// Who did something when.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The principal, as the journal names it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Where a stocktake stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StocktakeState {
    /// Everything is counted for the first time.
    Counting,
    /// What did not agree is counted again.
    Recounting {
        /// The second round or a later one.
        round: u8,
    },
    /// Counted; what differs is within the limit.
    Counted {
        /// The last round.
        round: u8,
    },
    /// Counted; what differs is past the limit.
    AwaitingApproval {
        /// The last round.
        round: u8,
    },
    /// The book says what was counted.
    Settled {
        /// The last round.
        round: u8,
        /// Who settled it.
        settled: Signature,
        /// Whether the limit asked for an approval, which the signature then is.
        approved: bool,
    },
    /// Given up; the book was left alone.
    Abandoned {
        /// The round it had come to.
        round: u8,
        /// Who gave it up.
        abandoned: Signature,
        /// Why.
        reason: String,
    },
}

/// Why a stocktake refuses what is asked of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StocktakeError {
    /// Its state does not allow it.
    #[error("a stocktake that is {state} does not {action}")]
    WrongState {
        /// What it is.
        state: StocktakeStateName,
        /// What was asked.
        action: StocktakeAction,
    },
    /// Lines of the round that nobody counted.
    #[error("{} line(s) were not counted", lines.len())]
    Uncounted {
        /// Which, by their place among those given.
        lines: Vec<usize>,
    },
    /// There is nothing to count again.
    #[error("no line differs from the book")]
    NothingDiffers,
    /// It went round often enough.
    #[error("a stocktake has at most {ROUNDS_MAX} rounds")]
    TooManyRounds,
    /// Whoever counted does not approve.
    #[error("whoever counted does not approve the differences")]
    ApproverCounted,
}

/// What came of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundResult {
    /// Where the stocktake stands now.
    pub state: StocktakeState,
    /// What became of each line of the round, in the order given.
    pub verdicts: Vec<Verdict>,
}

impl StocktakeState {
    /// Its name on the wire and in tables.
    #[must_use]
    pub const fn name(&self) -> StocktakeStateName {
        match self {
            Self::Counting => StocktakeStateName::Counting,
            Self::Recounting { .. } => StocktakeStateName::Recounting,
            Self::Counted { .. } => StocktakeStateName::Counted,
            Self::AwaitingApproval { .. } => StocktakeStateName::AwaitingApproval,
            Self::Settled { .. } => StocktakeStateName::Settled,
            Self::Abandoned { .. } => StocktakeStateName::Abandoned,
        }
    }

    /// The round that runs, or the last one.
    #[must_use]
    pub const fn round(&self) -> u8 {
        match self {
            Self::Counting => FIRST_ROUND,
            Self::Recounting { round }
            | Self::Counted { round }
            | Self::AwaitingApproval { round }
            | Self::Settled { round, .. }
            | Self::Abandoned { round, .. } => *round,
        }
    }

    /// Whether somebody may still count. As long as this is so, a blind sheet shows no figures.
    #[must_use]
    pub const fn is_counting(&self) -> bool {
        matches!(self, Self::Counting | Self::Recounting { .. })
    }

    /// Whether nothing more happens to it.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        matches!(self, Self::Settled { .. } | Self::Abandoned { .. })
    }

    /// The round that a count belongs to.
    ///
    /// # Errors
    /// [`StocktakeError::WrongState`] when nothing is counted any more.
    pub fn counting(&self) -> Result<u8, StocktakeError> {
        if self.is_counting() {
            Ok(self.round())
        } else {
            Err(self.refuses(StocktakeAction::Count))
        }
    }

    /// Ends the round. `lines` are the tallies of each line that the round counts; `past_limit`
    /// judges all that differs, once it is known: differences of this round by the place of their
    /// line, which it adds to those of earlier rounds.
    ///
    /// # Errors
    /// [`StocktakeError`] for lines that nobody counted, for the last round without agreement, and
    /// outside of counting.
    pub fn close_round(
        &self,
        lines: &[Vec<Tally>],
        past_limit: impl FnOnce(&[Verdict]) -> bool,
    ) -> Result<RoundResult, StocktakeError> {
        if !self.is_counting() {
            return Err(self.refuses(StocktakeAction::CloseRound));
        }
        let round = self.round();
        let verdicts: Vec<_> = lines.iter().map(|line| verdict(round, line)).collect();
        let uncounted: Vec<_> = verdicts
            .iter()
            .enumerate()
            .filter(|(_, verdict)| **verdict == Verdict::Uncounted)
            .map(|(line, _)| line)
            .collect();
        if !uncounted.is_empty() {
            return Err(StocktakeError::Uncounted { lines: uncounted });
        }
        let state = if verdicts.contains(&Verdict::Recount) {
            Self::Recounting {
                round: next(round)?,
            }
        } else if past_limit(&verdicts) {
            Self::AwaitingApproval { round }
        } else {
            Self::Counted { round }
        };
        Ok(RoundResult { state, verdicts })
    }

    /// Sends what differs back to be counted again.
    ///
    /// # Errors
    /// [`StocktakeError`] when it is not counted yet, has ended, or nothing differs.
    pub fn recount(&self, differing: usize) -> Result<Self, StocktakeError> {
        let (Self::Counted { round } | Self::AwaitingApproval { round }) = self else {
            return Err(self.refuses(StocktakeAction::Recount));
        };
        if differing == 0 {
            return Err(StocktakeError::NothingDiffers);
        }
        Ok(Self::Recounting {
            round: next(*round)?,
        })
    }

    /// Settles what is within the limit.
    ///
    /// # Errors
    /// [`StocktakeError::WrongState`] when it is not counted, waits for an approval, or has ended.
    pub fn settle(&self, settled: Signature) -> Result<Self, StocktakeError> {
        let Self::Counted { round } = *self else {
            return Err(self.refuses(StocktakeAction::Settle));
        };
        Ok(Self::Settled {
            round,
            settled,
            approved: false,
        })
    }

    /// Agrees to what is past the limit, and settles it. Whoever counted in any round does not
    /// judge their own count.
    ///
    /// # Errors
    /// [`StocktakeError`] when nothing waits for an approval, and for one who counted.
    pub fn approve(
        &self,
        approved: Signature,
        counters: &BTreeSet<String>,
    ) -> Result<Self, StocktakeError> {
        let Self::AwaitingApproval { round } = *self else {
            return Err(self.refuses(StocktakeAction::Approve));
        };
        if counters.contains(&approved.by) {
            return Err(StocktakeError::ApproverCounted);
        }
        Ok(Self::Settled {
            round,
            settled: approved,
            approved: true,
        })
    }

    /// Gives it up.
    ///
    /// # Errors
    /// [`StocktakeError::WrongState`] when it has ended.
    pub fn abandon(&self, abandoned: Signature, reason: String) -> Result<Self, StocktakeError> {
        if self.is_ended() {
            return Err(self.refuses(StocktakeAction::Abandon));
        }
        Ok(Self::Abandoned {
            round: self.round(),
            abandoned,
            reason,
        })
    }

    fn refuses(&self, action: StocktakeAction) -> StocktakeError {
        StocktakeError::WrongState {
            state: self.name(),
            action,
        }
    }
}

fn next(round: u8) -> Result<u8, StocktakeError> {
    if round < ROUNDS_MAX {
        Ok(round + 1)
    } else {
        Err(StocktakeError::TooManyRounds)
    }
}

#[cfg(test)]
mod tests;
