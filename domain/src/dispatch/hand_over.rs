//! What arrived of what was sent.
//!
//! **Invariant.** For every line, what was sent is what was received usable, plus what was received
//! damaged, plus what is short, plus what is still on the road. Several drops are normal; only the
//! last one turns what is still on the road into a shortage, and nobody can sign for more than was
//! sent.

use std::collections::BTreeMap;

use crate::{
    kernel::{Id, Quantity, kinds},
    stock::Condition,
};

/// What a line is known by: a lot in a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineKey {
    /// Which lot.
    pub lot: Id<kinds::Lot>,
    /// In which condition it was sent.
    pub condition: Condition,
}

/// What was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentLine {
    /// Which goods.
    pub key: LineKey,
    /// How much.
    pub quantity: Quantity,
}

/// What somebody signs for at one drop, in base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceivedLine {
    /// Which goods.
    pub key: LineKey,
    /// Received as it was sent; 0 or more.
    pub good: i64,
    /// Received damaged; 0 or more.
    pub damaged: i64,
    /// Found missing; 0 or more.
    pub short: i64,
}

/// Whether more is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The rest stays on the road.
    MoreToCome,
    /// The rest is short.
    Last,
}

/// What became of a line so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineOutcome {
    /// Sent.
    pub sent: i64,
    /// Received as it was sent.
    pub good: i64,
    /// Received damaged.
    pub damaged: i64,
    /// Short: a transit loss.
    pub short: i64,
    /// Still on the road.
    pub remaining: i64,
}

/// What became of a shipment so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOvers {
    lines: BTreeMap<LineKey, LineOutcome>,
}

/// What a drop adds: these figures are what the ledger posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOverOutcome {
    /// For each line that the drop touches, what was signed for, with the rest of a last drop as
    /// short. Ordered by lot and condition.
    pub posted: Vec<ReceivedLine>,
    /// What became of the shipment, this drop included.
    pub so_far: HandOvers,
}

/// Why nobody can sign for this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandOverError {
    /// The shipment does not carry it.
    #[error("the shipment carries no {} goods of {}", key.condition, key.lot)]
    NotSent {
        /// What was signed for.
        key: LineKey,
    },
    /// More than is on the road.
    #[error("{stated} were signed for, {remaining} are on the road, of {}", key.lot)]
    MoreThanSent {
        /// What was signed for.
        key: LineKey,
        /// How much was signed for, good, damaged and short together.
        stated: i128,
        /// How much was still on the road.
        remaining: i64,
    },
    /// A figure is below zero.
    #[error("a received quantity must not be negative, of {}", key.lot)]
    Negative {
        /// What was signed for.
        key: LineKey,
    },
    /// The line is there twice.
    #[error("{} is listed twice", key.lot)]
    Twice {
        /// What was signed for.
        key: LineKey,
    },
    /// All of it was signed for already.
    #[error("everything of this shipment was signed for already")]
    Complete,
    /// A partial drop of nothing.
    #[error("nothing was signed for")]
    Nothing,
}

impl HandOvers {
    /// A shipment that just left. Lines of the same goods are one line; their sum stays below
    /// `i64::MAX` for nine million lines of the largest quantity.
    #[must_use]
    pub fn of(sent: &[SentLine]) -> Self {
        let mut lines: BTreeMap<LineKey, LineOutcome> = BTreeMap::new();
        for line in sent {
            let outcome = lines.entry(line.key).or_insert(LineOutcome {
                sent: 0,
                good: 0,
                damaged: 0,
                short: 0,
                remaining: 0,
            });
            outcome.sent = outcome.sent.saturating_add(line.quantity.get());
            outcome.remaining = outcome.sent;
        }
        Self { lines }
    }

    /// What became of each line, ordered by lot and condition.
    pub fn lines(&self) -> impl Iterator<Item = (LineKey, LineOutcome)> {
        self.lines.iter().map(|(&key, &outcome)| (key, outcome))
    }

    /// Whether nothing is on the road any more.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.lines.values().all(|line| line.remaining == 0)
    }

    /// Takes a drop in.
    ///
    /// # Errors
    /// [`HandOverError`] for goods that were not sent, more than is on the road, figures below
    /// zero, a line listed twice, an empty partial drop, and anything after the last.
    pub fn sign(
        &self,
        received: &[ReceivedLine],
        ending: Ending,
    ) -> Result<HandOverOutcome, HandOverError> {
        if self.is_complete() {
            return Err(HandOverError::Complete);
        }
        let mut posted: BTreeMap<LineKey, ReceivedLine> = BTreeMap::new();
        for line in received {
            self.check(line)?;
            if posted.insert(line.key, *line).is_some() {
                return Err(HandOverError::Twice { key: line.key });
            }
        }
        if ending == Ending::Last {
            for (&key, outcome) in &self.lines {
                let line = posted.entry(key).or_insert(ReceivedLine {
                    key,
                    good: 0,
                    damaged: 0,
                    short: 0,
                });
                line.short = outcome.remaining - line.good - line.damaged;
            }
        }
        posted.retain(|_, line| (line.good, line.damaged, line.short) != (0, 0, 0));
        if posted.is_empty() {
            return Err(HandOverError::Nothing);
        }
        let mut so_far = self.clone();
        for line in posted.values() {
            if let Some(outcome) = so_far.lines.get_mut(&line.key) {
                outcome.good += line.good;
                outcome.damaged += line.damaged;
                outcome.short += line.short;
                outcome.remaining -= line.good + line.damaged + line.short;
            }
        }
        Ok(HandOverOutcome {
            posted: posted.into_values().collect(),
            so_far,
        })
    }

    fn check(&self, line: &ReceivedLine) -> Result<(), HandOverError> {
        let key = line.key;
        let figures = [line.good, line.damaged, line.short];
        let outcome = self.lines.get(&key).ok_or(HandOverError::NotSent { key })?;
        if figures.iter().any(|&figure| figure < 0) {
            return Err(HandOverError::Negative { key });
        }
        let stated: i128 = figures.iter().copied().map(i128::from).sum();
        if stated > i128::from(outcome.remaining) {
            return Err(HandOverError::MoreThanSent {
                key,
                stated,
                remaining: outcome.remaining,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn key(lot: u128) -> LineKey {
        LineKey {
            lot: Id::from_uuid(Uuid::from_u128(lot)),
            condition: Condition::Usable,
        }
    }

    fn sent(lot: u128, units: i64) -> SentLine {
        SentLine {
            key: key(lot),
            quantity: Quantity::new(units).unwrap(),
        }
    }

    fn received(lot: u128, good: i64, damaged: i64, short: i64) -> ReceivedLine {
        ReceivedLine {
            key: key(lot),
            good,
            damaged,
            short,
        }
    }

    /// `lot:good/damaged/short/remaining` of every line.
    fn text(hand_overs: &HandOvers) -> String {
        let lines = hand_overs.lines().map(|(key, it)| {
            let lot = key.lot.uuid().as_u128();
            format!(
                "{lot}:{}/{}/{}/{}",
                it.good, it.damaged, it.short, it.remaining
            )
        });
        lines.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn drops_add_up_and_the_last_one_tells_the_shortage() {
        let shipment = HandOvers::of(&[sent(1, 100), sent(2, 50), sent(1, 20)]);
        assert_eq!(text(&shipment), "1:0/0/0/120 2:0/0/0/50");

        let first = shipment
            .sign(
                &[received(1, 60, 5, 1), received(2, 0, 0, 0)],
                Ending::MoreToCome,
            )
            .unwrap();
        assert_eq!(text(&first.so_far), "1:60/5/1/54 2:0/0/0/50");
        assert_eq!(first.posted, [received(1, 60, 5, 1)]);
        assert!(!first.so_far.is_complete());

        let last = first
            .so_far
            .sign(&[received(1, 50, 0, 0)], Ending::Last)
            .unwrap();
        assert_eq!(text(&last.so_far), "1:110/5/5/0 2:0/0/50/0");
        assert_eq!(last.posted, [received(1, 50, 0, 4), received(2, 0, 0, 50)]);
        assert!(last.so_far.is_complete());
        assert_eq!(
            last.so_far
                .sign(&[received(1, 1, 0, 0)], Ending::MoreToCome),
            Err(HandOverError::Complete)
        );
    }

    #[test]
    fn a_partial_drop_of_everything_completes_the_shipment() {
        let shipment = HandOvers::of(&[sent(1, 7)]);
        let all = shipment
            .sign(&[received(1, 7, 0, 0)], Ending::MoreToCome)
            .unwrap();
        assert!(all.so_far.is_complete());
        // Nothing arrived at all: the last drop may be empty.
        let none = shipment.sign(&[], Ending::Last).unwrap();
        assert_eq!(text(&none.so_far), "1:0/0/7/0");
    }

    #[test]
    fn nobody_signs_for_what_was_not_sent() {
        let shipment = HandOvers::of(&[sent(1, 10)]);
        let quarantined = LineKey {
            condition: Condition::Quarantined,
            ..key(1)
        };
        let check = |lines: &[ReceivedLine], why| {
            for ending in [Ending::MoreToCome, Ending::Last] {
                assert_eq!(shipment.sign(lines, ending), Err(why));
            }
        };
        let more = |stated| HandOverError::MoreThanSent {
            key: key(1),
            stated,
            remaining: 10,
        };
        check(&[received(1, 11, 0, 0)], more(11));
        check(&[received(1, 9, 1, 1)], more(11));
        check(
            &[received(1, i64::MAX, i64::MAX, i64::MAX)],
            more(3 * i128::from(i64::MAX)),
        );
        check(
            &[received(1, 11, -1, 0)],
            HandOverError::Negative { key: key(1) },
        );
        check(
            &[received(2, 1, 0, 0)],
            HandOverError::NotSent { key: key(2) },
        );
        check(
            &[ReceivedLine {
                key: quarantined,
                ..received(1, 1, 0, 0)
            }],
            HandOverError::NotSent { key: quarantined },
        );
        check(
            &[received(1, 1, 0, 0), received(1, 1, 0, 0)],
            HandOverError::Twice { key: key(1) },
        );
        assert_eq!(
            shipment.sign(&[], Ending::MoreToCome),
            Err(HandOverError::Nothing)
        );
        assert_eq!(
            shipment.sign(&[received(1, 0, 0, 0)], Ending::MoreToCome),
            Err(HandOverError::Nothing)
        );
    }

    proptest! {
        #[test]
        fn sent_is_received_damaged_short_and_remaining(
            sent_units in prop::collection::vec((1_u128..4, 1_i64..100), 1..5),
            drops in prop::collection::vec(
                (prop::collection::vec((1_u128..5, -1_i64..40, 0_i64..10, 0_i64..10), 0..4), any::<bool>()),
                0..6,
            ),
        ) {
            let lines: Vec<SentLine> = sent_units.iter().map(|&(lot, units)| sent(lot, units)).collect();
            let mut shipment = HandOvers::of(&lines);
            let mut posted: BTreeMap<LineKey, i64> = BTreeMap::new();
            for (lines, last) in drops {
                let lines: Vec<ReceivedLine> = lines
                    .into_iter()
                    .map(|(lot, good, damaged, short)| received(lot, good, damaged, short))
                    .collect();
                let ending = if last { Ending::Last } else { Ending::MoreToCome };
                if let Ok(outcome) = shipment.sign(&lines, ending) {
                    for line in &outcome.posted {
                        *posted.entry(line.key).or_default() += line.good + line.damaged + line.short;
                    }
                    prop_assert!(!last || outcome.so_far.is_complete());
                    shipment = outcome.so_far;
                }
            }
            for (key, line) in shipment.lines() {
                let all: i64 = sent_units
                    .iter()
                    .filter(|&&(lot, _)| self::key(lot) == key)
                    .map(|&(_, units)| units)
                    .sum();
                prop_assert_eq!(line.sent, all);
                prop_assert_eq!(line.good + line.damaged + line.short + line.remaining, all);
                prop_assert_eq!(posted.get(&key).copied().unwrap_or(0) + line.remaining, all);
                prop_assert!(line.remaining >= 0 && line.short >= 0);
            }
        }
    }
}
