//! What counters found on one line.
//!
//! **Invariant.** Tallies of two people are set side by side, never added up and never written one
//! over the other.

use super::FIRST_ROUND;

/// What one counter found on one line in one round; of a corrected count, the last word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Base units that were there.
    pub counted: i64,
    /// Base units that the book had there at the moment of the count.
    pub book: i64,
}

impl Tally {
    /// What was found more than the book has, or less.
    #[must_use]
    pub fn difference(self) -> i64 {
        self.counted - self.book
    }
}

/// What the counters of one line say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Nobody counted.
    Nobody,
    /// All found the same difference; this is the last of their tallies.
    All(Tally),
    /// They found different differences.
    None,
}

/// Sets the tallies of one line in one round side by side, the earliest first.
#[must_use]
pub fn agree(tallies: &[Tally]) -> Agreement {
    let Some(last) = tallies.last() else {
        return Agreement::Nobody;
    };
    if tallies
        .iter()
        .all(|tally| tally.difference() == last.difference())
    {
        Agreement::All(*last)
    } else {
        Agreement::None
    }
}

/// What becomes of a line at the end of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody counted it.
    Uncounted,
    /// The next round counts it.
    Recount,
    /// This is what is there; it may differ from the book.
    Found(Tally),
}

/// Judges a line: a first count that finds the book right is believed, any other is counted again;
/// a recount is believed when all who counted agree.
#[must_use]
pub fn verdict(round: u8, tallies: &[Tally]) -> Verdict {
    match agree(tallies) {
        Agreement::Nobody => Verdict::Uncounted,
        Agreement::None => Verdict::Recount,
        Agreement::All(tally) if round == FIRST_ROUND && tally.difference() != 0 => {
            Verdict::Recount
        }
        Agreement::All(tally) => Verdict::Found(tally),
    }
}
