//! What arrived of what was sent.
//!
//! **Invariant.** For every line, what was sent is what was received usable, plus what was received
//! damaged, plus what is short, plus what came back, plus what is still on the road. Several drops
//! are normal; what nobody names stays on the road until somebody says that nothing more comes, and
//! nobody can sign for more than is on the road. A drop that is undone leaves everything as if it
//! had never been.

use std::collections::BTreeMap;

use crate::{
    kernel::{Id, kinds, named},
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

named! {
    /// Who took the goods off the road.
    pub enum Way {
        /// The receiver, where they were sent.
        Out = "out",
        /// The depot that sent them, after it called them back.
        Back = "back",
    }
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

impl ReceivedLine {
    /// What an order counts of it: what serves, and what is lost. What came back damaged lies in the
    /// depot, so it is not lost.
    #[must_use]
    pub const fn counted(&self, way: Way) -> Counted {
        match way {
            Way::Out => Counted {
                kept: self.good,
                lost: self.damaged + self.short,
            },
            Way::Back => Counted {
                kept: self.good + self.damaged,
                lost: self.short,
            },
        }
    }
}

/// What an order counts of goods that left the road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Received, or back in the depot.
    pub kept: i64,
    /// Lost to whom they were for.
    pub lost: i64,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineOutcome {
    /// Sent.
    pub sent: i64,
    /// Received as it was sent.
    pub good: i64,
    /// Received damaged.
    pub damaged: i64,
    /// Short: a transit loss.
    pub short: i64,
    /// Back in the depot that sent it, damaged or not.
    pub returned: i64,
}

impl LineOutcome {
    /// Still on the road.
    #[must_use]
    pub const fn remaining(&self) -> i64 {
        self.sent - self.good - self.damaged - self.short - self.returned
    }

    fn add(&mut self, way: Way, line: &ReceivedLine, sign: i64) {
        match way {
            Way::Out => {
                self.good += sign * line.good;
                self.damaged += sign * line.damaged;
            }
            Way::Back => self.returned += sign * (line.good + line.damaged),
        }
        self.short += sign * line.short;
    }

    const fn holds(&self) -> bool {
        self.good >= 0 && self.damaged >= 0 && self.short >= 0 && self.returned >= 0
    }
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
    /// A drop of nothing.
    #[error("nothing was signed for")]
    Nothing,
    /// What is to be undone was never signed for.
    #[error("so much of {} was never signed for", key.lot)]
    NeverSigned {
        /// What is to be undone.
        key: LineKey,
    },
}

/// Of two outcomes of the same goods the later one counts.
impl FromIterator<(LineKey, LineOutcome)> for HandOvers {
    fn from_iter<T: IntoIterator<Item = (LineKey, LineOutcome)>>(lines: T) -> Self {
        Self {
            lines: lines.into_iter().collect(),
        }
    }
}

impl HandOvers {
    /// What became of each line, ordered by lot and condition.
    pub fn lines(&self) -> impl Iterator<Item = (LineKey, LineOutcome)> {
        self.lines.iter().map(|(&key, &outcome)| (key, outcome))
    }

    /// What became of the goods of a line.
    #[must_use]
    pub fn of(&self, key: LineKey) -> Option<LineOutcome> {
        self.lines.get(&key).copied()
    }

    /// Whether nothing is on the road any more.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.lines.values().all(|line| line.remaining() == 0)
    }

    /// Takes a drop in.
    ///
    /// # Errors
    /// [`HandOverError`] for goods that were not sent, more than is on the road, figures below
    /// zero, a line listed twice, and a drop of nothing.
    pub fn sign(
        &self,
        way: Way,
        received: &[ReceivedLine],
        ending: Ending,
    ) -> Result<HandOverOutcome, HandOverError> {
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
                line.short = outcome.remaining() - line.good - line.damaged;
            }
        }
        posted.retain(|_, line| (line.good, line.damaged, line.short) != (0, 0, 0));
        if posted.is_empty() {
            return Err(HandOverError::Nothing);
        }
        let mut so_far = self.clone();
        for line in posted.values() {
            if let Some(outcome) = so_far.lines.get_mut(&line.key) {
                outcome.add(way, line, 1);
            }
        }
        Ok(HandOverOutcome {
            posted: posted.into_values().collect(),
            so_far,
        })
    }

    /// Puts what an earlier drop posted back on the road.
    ///
    /// # Errors
    /// [`HandOverError::NotSent`] and [`HandOverError::NeverSigned`] for what no drop can have
    /// posted.
    pub fn undo(&self, way: Way, posted: &[ReceivedLine]) -> Result<Self, HandOverError> {
        let mut before = self.clone();
        for line in posted {
            let key = line.key;
            let outcome = before
                .lines
                .get_mut(&key)
                .ok_or(HandOverError::NotSent { key })?;
            outcome.add(way, line, -1);
            if !outcome.holds() {
                return Err(HandOverError::NeverSigned { key });
            }
        }
        Ok(before)
    }

    fn check(&self, line: &ReceivedLine) -> Result<(), HandOverError> {
        let key = line.key;
        let figures = [line.good, line.damaged, line.short];
        let outcome = self.lines.get(&key).ok_or(HandOverError::NotSent { key })?;
        if figures.iter().any(|&figure| figure < 0) {
            return Err(HandOverError::Negative { key });
        }
        let stated: i128 = figures.iter().copied().map(i128::from).sum();
        if stated > i128::from(outcome.remaining()) {
            return Err(HandOverError::MoreThanSent {
                key,
                stated,
                remaining: outcome.remaining(),
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

    fn shipment(sent: &[(u128, i64)]) -> HandOvers {
        let line = |&(lot, sent)| {
            let outcome = LineOutcome {
                sent,
                ..LineOutcome::default()
            };
            (key(lot), outcome)
        };
        sent.iter().map(line).collect()
    }

    fn received(lot: u128, good: i64, damaged: i64, short: i64) -> ReceivedLine {
        ReceivedLine {
            key: key(lot),
            good,
            damaged,
            short,
        }
    }

    /// `lot:good/damaged/short/returned/remaining` of every line.
    fn text(hand_overs: &HandOvers) -> String {
        let lines = hand_overs.lines().map(|(key, it)| {
            let lot = key.lot.uuid().as_u128();
            let remaining = it.remaining();
            format!(
                "{lot}:{}/{}/{}/{}/{remaining}",
                it.good, it.damaged, it.short, it.returned
            )
        });
        lines.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn drops_add_up_and_the_last_one_tells_the_shortage() {
        let shipment = shipment(&[(1, 120), (2, 50)]);
        assert_eq!(text(&shipment), "1:0/0/0/0/120 2:0/0/0/0/50");

        let first = shipment
            .sign(
                Way::Out,
                &[received(1, 60, 5, 1), received(2, 0, 0, 0)],
                Ending::MoreToCome,
            )
            .unwrap();
        assert_eq!(text(&first.so_far), "1:60/5/1/0/54 2:0/0/0/0/50");
        assert_eq!(first.posted, [received(1, 60, 5, 1)]);
        assert!(!first.so_far.is_complete());

        let last = first
            .so_far
            .sign(Way::Out, &[received(1, 50, 0, 0)], Ending::Last)
            .unwrap();
        assert_eq!(text(&last.so_far), "1:110/5/5/0/0 2:0/0/50/0/0");
        assert_eq!(last.posted, [received(1, 50, 0, 4), received(2, 0, 0, 50)]);
        assert!(last.so_far.is_complete());
        // What was signed for last is undone first, or the other way round: the rest stays.
        let undone = last.so_far.undo(Way::Out, &last.posted).unwrap();
        assert_eq!(undone, first.so_far);
        let undone = last.so_far.undo(Way::Out, &first.posted).unwrap();
        assert_eq!(text(&undone), "1:50/0/4/0/66 2:0/0/50/0/0");
        assert_eq!(
            undone.undo(Way::Out, &first.posted),
            Err(HandOverError::NeverSigned { key: key(1) })
        );
    }

    #[test]
    fn what_comes_back_is_returned_and_not_received() {
        let shipment = shipment(&[(1, 40)]);
        let first = [received(1, 15, 0, 0)];
        let out = shipment.sign(Way::Out, &first, Ending::MoreToCome).unwrap();
        let back = out
            .so_far
            .sign(Way::Back, &[received(1, 20, 2, 0)], Ending::Last)
            .unwrap();
        assert_eq!(text(&back.so_far), "1:15/0/3/22/0");
        assert_eq!(back.posted, [received(1, 20, 2, 3)]);
        assert_eq!(
            back.posted[0].counted(Way::Back),
            Counted { kept: 22, lost: 3 }
        );
        assert_eq!(
            back.posted[0].counted(Way::Out),
            Counted { kept: 20, lost: 5 }
        );
        assert_eq!(
            back.so_far.undo(Way::Back, &back.posted),
            Ok(out.so_far.clone())
        );
        assert_eq!(
            out.so_far.undo(Way::Back, &first),
            Err(HandOverError::NeverSigned { key: key(1) })
        );
    }

    #[test]
    fn a_partial_drop_of_everything_completes_the_shipment() {
        let shipment = shipment(&[(1, 7)]);
        let all = shipment
            .sign(Way::Out, &[received(1, 7, 0, 0)], Ending::MoreToCome)
            .unwrap();
        assert!(all.so_far.is_complete());
        // Nothing arrived at all: the last drop may be empty.
        let none = shipment.sign(Way::Out, &[], Ending::Last).unwrap();
        assert_eq!(text(&none.so_far), "1:0/0/7/0/0");
    }

    #[test]
    fn nobody_signs_for_what_was_not_sent() {
        let shipment = shipment(&[(1, 10)]);
        let quarantined = LineKey {
            condition: Condition::Quarantined,
            ..key(1)
        };
        let check = |lines: &[ReceivedLine], why| {
            for ending in [Ending::MoreToCome, Ending::Last] {
                for &way in Way::ALL {
                    assert_eq!(shipment.sign(way, lines, ending), Err(why));
                }
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
        for nothing in [&[][..], &[received(1, 0, 0, 0)]] {
            assert_eq!(
                shipment.sign(Way::Out, nothing, Ending::MoreToCome),
                Err(HandOverError::Nothing)
            );
        }
    }

    proptest! {
        #[test]
        fn sent_is_received_damaged_short_returned_and_remaining(
            sent in prop::collection::btree_map(1_u128..4, 1_i64..200, 1..4),
            drops in prop::collection::vec(
                (
                    prop::collection::vec((1_u128..5, -1_i64..40, 0_i64..10, 0_i64..10), 0..4),
                    any::<bool>(),
                    any::<bool>(),
                    any::<bool>(),
                ),
                0..6,
            ),
        ) {
            let lines: Vec<_> = sent.iter().map(|(&lot, &units)| (lot, units)).collect();
            let fresh = shipment(&lines);
            let mut now = fresh.clone();
            let mut posted = Vec::new();
            for (lines, last, is_back, is_undone) in drops {
                let lines: Vec<ReceivedLine> = lines
                    .into_iter()
                    .map(|(lot, good, damaged, short)| received(lot, good, damaged, short))
                    .collect();
                let ending = if last { Ending::Last } else { Ending::MoreToCome };
                let way = if is_back { Way::Back } else { Way::Out };
                if let Ok(outcome) = now.sign(way, &lines, ending) {
                    prop_assert!(!last || outcome.so_far.is_complete());
                    if is_undone {
                        prop_assert_eq!(outcome.so_far.undo(way, &outcome.posted), Ok(now.clone()));
                    } else {
                        posted.push((way, outcome.posted));
                        now = outcome.so_far;
                    }
                }
            }
            for (key, line) in now.lines() {
                let all = posted.iter().flat_map(|(_, lines)| lines).filter(|line| line.key == key);
                let taken: i64 = all.map(|line| line.good + line.damaged + line.short).sum();
                prop_assert_eq!(taken + line.remaining(), line.sent);
                prop_assert!(line.remaining() >= 0 && line.holds());
            }
            // In whatever order the drops are undone, nothing of them is left.
            for (way, lines) in &posted {
                now = now.undo(*way, lines).unwrap();
            }
            prop_assert_eq!(now, fresh);
        }
    }
}
