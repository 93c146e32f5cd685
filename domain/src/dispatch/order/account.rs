//! What became of each piece of an order.
//!
//! **Invariant.** Of every line, what is still to leave, on the road, recalled, received, lost,
//! returned and given up make up what was ordered, and none of them is below zero. Where several
//! lines have the same goods, the first is filled first and emptied last.

use crate::dispatch::hand_over::{Counted, Way};

/// What became of one line of an order, in base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineAccount {
    /// Ordered.
    pub quantity: i64,
    /// On the road or beyond.
    pub sent: i64,
    /// Signed for as it was sent.
    pub received: i64,
    /// Damaged or short on arrival, or short when it came back.
    pub lost: i64,
    /// Called back and still on the road.
    pub recalled: i64,
    /// Called back and in the depot again.
    pub returned: i64,
    /// Will not be sent.
    pub given_up: i64,
}

impl LineAccount {
    /// On its way to where it is wanted: what was recalled is not.
    #[must_use]
    pub const fn on_the_road(&self) -> i64 {
        self.sent - self.received - self.lost - self.recalled - self.returned
    }

    /// In the depot still, and to be sent.
    #[must_use]
    pub const fn to_leave(&self) -> i64 {
        self.quantity - self.sent - self.given_up
    }

    /// What is wanted under the order and did come or may still come, lost or not.
    #[must_use]
    pub const fn ordered(&self) -> i64 {
        self.quantity - self.given_up - self.recalled - self.returned
    }

    // What left the road by `way`, and what is kept of that.
    fn take(&mut self, way: Way, taken: Counted) {
        self.lost += taken.lost;
        match way {
            Way::Out => self.received += taken.kept,
            Way::Back => {
                self.returned += taken.kept;
                self.recalled -= taken.kept + taken.lost;
            }
        }
    }

    const fn kept(&self, way: Way) -> i64 {
        match way {
            Way::Out => self.received,
            Way::Back => self.returned,
        }
    }

    const fn open(&self, way: Way) -> i64 {
        match way {
            Way::Out => self.on_the_road(),
            Way::Back => self.recalled,
        }
    }
}

/// Notes on the lines of the same goods, in their order, what left the road. Gives what found no
/// place: nothing, if no more is taken than is on the road.
pub fn take_in<'a>(
    lines: impl IntoIterator<Item = &'a mut LineAccount>,
    way: Way,
    mut left: Counted,
) -> Counted {
    for line in lines {
        let kept = line.open(way).min(left.kept);
        let lost = (line.open(way) - kept).min(left.lost);
        line.take(way, Counted { kept, lost });
        left.kept -= kept;
        left.lost -= lost;
    }
    left
}

/// Takes back what [`take_in`] noted, from the last line on. What was recalled meanwhile is on its
/// way back. Gives what was not found: nothing, if no more is put back than was taken in.
pub fn put_back<'a>(
    lines: impl IntoIterator<Item = &'a mut LineAccount, IntoIter: DoubleEndedIterator>,
    way: Way,
    is_recalled: bool,
    mut left: Counted,
) -> Counted {
    for line in lines.into_iter().rev() {
        let kept = line.kept(way).min(left.kept);
        let lost = line.lost.min(left.lost);
        line.take(
            way,
            Counted {
                kept: -kept,
                lost: -lost,
            },
        );
        if is_recalled && way == Way::Out {
            line.recalled += kept + lost;
        }
        left.kept -= kept;
        left.lost -= lost;
    }
    left
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sent(quantities: &[i64]) -> Vec<LineAccount> {
        let line = |&quantity| LineAccount {
            quantity,
            sent: quantity,
            ..LineAccount::default()
        };
        quantities.iter().map(line).collect()
    }

    /// `received/lost/recalled/returned/on the road` of every line.
    fn text(lines: &[LineAccount]) -> String {
        let lines = lines.iter().map(|it| {
            let road = it.on_the_road();
            format!(
                "{}/{}/{}/{}/{road}",
                it.received, it.lost, it.recalled, it.returned
            )
        });
        lines.collect::<Vec<_>>().join(" ")
    }

    const fn counted(kept: i64, lost: i64) -> Counted {
        Counted { kept, lost }
    }

    const NOTHING: Counted = counted(0, 0);

    #[test]
    fn the_first_line_is_filled_first_and_emptied_last() {
        let mut lines = sent(&[10, 10]);
        assert_eq!(take_in(&mut lines, Way::Out, counted(8, 3)), NOTHING);
        assert_eq!(text(&lines), "8/2/0/0/0 0/1/0/0/9");
        assert_eq!(take_in(&mut lines, Way::Out, counted(6, 0)), NOTHING);
        assert_eq!(text(&lines), "8/2/0/0/0 6/1/0/0/3");
        assert_eq!(
            put_back(&mut lines, Way::Out, false, counted(8, 3)),
            NOTHING
        );
        assert_eq!(text(&lines), "6/0/0/0/4 0/0/0/0/10");
        assert_eq!(
            put_back(&mut lines, Way::Out, false, counted(7, 1)),
            counted(1, 1)
        );
    }

    #[test]
    fn what_was_recalled_is_not_on_its_way_and_not_ordered_any_more() {
        let mut lines = sent(&[10, 10]);
        take_in(&mut lines, Way::Out, counted(4, 0));
        for line in &mut lines {
            line.recalled = line.on_the_road();
        }
        assert_eq!(text(&lines), "4/0/6/0/0 0/0/10/0/0");
        assert_eq!(lines.iter().map(LineAccount::ordered).sum::<i64>(), 4);
        assert_eq!(take_in(&mut lines, Way::Out, counted(1, 0)), counted(1, 0));
        assert_eq!(take_in(&mut lines, Way::Back, counted(11, 2)), NOTHING);
        assert_eq!(text(&lines), "4/0/0/6/0 0/2/3/5/0");
        // What never came back was wanted all the same: it is ordered and lost.
        assert_eq!(lines.iter().map(LineAccount::ordered).sum::<i64>(), 6);
        // A drop that is undone after a recall is on its way back.
        assert_eq!(put_back(&mut lines, Way::Out, true, counted(4, 0)), NOTHING);
        assert_eq!(text(&lines), "0/0/4/6/0 0/2/3/5/0");
        assert_eq!(
            put_back(&mut lines, Way::Back, true, counted(11, 2)),
            NOTHING
        );
        assert_eq!(text(&lines), "0/0/10/0/0 0/0/10/0/0");
    }

    proptest! {
        #[test]
        fn no_piece_is_lost_or_made(
            quantities in prop::collection::vec(1_i64..20, 1..4),
            steps in prop::collection::vec((0_i64..15, 0_i64..5, any::<bool>(), any::<bool>()), 0..8),
        ) {
            let mut lines = sent(&quantities);
            let mut recalled = false;
            for (kept, lost, is_undone, recalls) in steps {
                if recalls && !recalled {
                    recalled = true;
                    for line in &mut lines {
                        line.recalled = line.on_the_road();
                    }
                }
                let way = if recalled { Way::Back } else { Way::Out };
                let left = if is_undone {
                    put_back(&mut lines, way, recalled, counted(kept, lost))
                } else {
                    take_in(&mut lines, way, counted(kept, lost))
                };
                prop_assert!(left.kept >= 0 && left.lost >= 0);
                for line in &lines {
                    let parts = [line.received, line.lost, line.recalled, line.returned];
                    prop_assert!(parts.iter().all(|&part| part >= 0), "{:?}", line);
                    prop_assert!(line.on_the_road() >= 0, "{:?}", line);
                }
            }
        }
    }
}
