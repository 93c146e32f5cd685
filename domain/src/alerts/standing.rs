//! What is in force, and what becomes of what was said before.
//!
//! **Invariant.** Only an `Actual` message of the same sender takes the place of another, whichever
//! comes first to us: the one that was sent last decides, and of two sent at once the one that takes
//! back.

use chrono::{DateTime, Utc};

use crate::kernel::named;

use super::{Alert, AlertName, MessageKind, MessageStatus};

named! {
    /// Where an alert stands at a moment.
    pub enum AlertState {
        /// It counts from later on.
        Coming = "coming",
        /// It counts.
        InForce = "in_force",
        /// Its time has passed.
        Over = "over",
        /// Another has taken its place.
        Updated = "updated",
        /// It was taken back.
        Cancelled = "cancelled",
        /// It warns of nothing: an exercise, a test, a message about messages.
        WithoutEffect = "without_effect",
    }
}

named! {
    /// What a message does to those that it refers to.
    pub enum Succession {
        /// It takes their place.
        Updates = "updated",
        /// It takes them back.
        Cancels = "cancelled",
    }
}

/// What has to be known of an alert to judge it.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Whether it warns of something.
    pub warns: bool,
    /// What took its place.
    pub succeeded: Option<Succession>,
    /// From when it counts.
    pub effective: DateTime<Utc>,
    /// Until when, if it says so.
    pub expires: Option<DateTime<Utc>>,
}

impl Standing {
    /// Where it stands at `now`.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> AlertState {
        match self.succeeded {
            _ if !self.warns => AlertState::WithoutEffect,
            Some(Succession::Cancels) => AlertState::Cancelled,
            Some(Succession::Updates) => AlertState::Updated,
            None if self.expires.is_some_and(|end| end <= now) => AlertState::Over,
            None if now < self.effective => AlertState::Coming,
            None => AlertState::InForce,
        }
    }
}

impl Alert {
    /// What it does to those that it refers to; nothing unless it is meant for everybody.
    #[must_use]
    pub fn succession(&self) -> Option<Succession> {
        match self.kind {
            _ if self.status != MessageStatus::Actual => None,
            MessageKind::Update => Some(Succession::Updates),
            MessageKind::Cancel => Some(Succession::Cancels),
            MessageKind::Alert | MessageKind::Ack | MessageKind::Error => None,
        }
    }
}

impl AlertName {
    /// Whether a message of this name may take the place of `earlier`: only its own sender's, and
    /// only what was sent before, so that no two messages can take each other's.
    #[must_use]
    pub fn follows(&self, earlier: &Self) -> bool {
        self.sender == earlier.sender && earlier.sent < self.sent
    }
}

/// Which of the messages that refer to one decides about it.
pub fn decisive<T>(
    successors: impl IntoIterator<Item = (DateTime<Utc>, Succession, T)>,
) -> Option<(Succession, T)> {
    let rank = |succession| matches!(succession, Succession::Cancels);
    let last = successors
        .into_iter()
        .max_by_key(|&(sent, succession, _)| (sent, rank(succession)))?;
    Some((last.1, last.2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    #[test]
    fn an_alert_counts_in_its_time_until_another_takes_its_place() {
        use AlertState::{Cancelled, Coming, InForce, Over, Updated, WithoutEffect};
        let (updates, cancels) = (Some(Succession::Updates), Some(Succession::Cancels));
        for (warns, succeeded, expires, now, expected) in [
            (true, None, Some(20), 9, Coming),
            (true, None, Some(20), 10, InForce),
            (true, None, Some(20), 19, InForce),
            (true, None, Some(20), 20, Over),
            (true, None, None, 9_999, InForce),
            (true, updates, Some(20), 15, Updated),
            (true, cancels, Some(20), 15, Cancelled),
            (true, cancels, Some(20), 25, Cancelled),
            (false, None, Some(20), 15, WithoutEffect),
            (false, cancels, Some(20), 15, WithoutEffect),
        ] {
            let standing = Standing {
                warns,
                succeeded,
                effective: at(10),
                expires: expires.map(at),
            };
            assert_eq!(standing.state(at(now)), expected, "{standing:?} {now}");
        }
    }

    #[test]
    fn nobody_takes_back_what_another_sent_or_what_came_later() {
        let name = |sender: &str, minute| AlertName {
            sender: sender.to_owned(),
            identifier: "A".to_owned(),
            sent: at(minute),
        };
        for (successor, earlier, expected) in [
            (name("a", 2), name("a", 1), true),
            (name("b", 2), name("a", 1), false),
            (name("a", 1), name("a", 2), false),
            (name("a", 1), name("a", 1), false),
        ] {
            assert_eq!(successor.follows(&earlier), expected, "{successor:?}");
        }
    }

    proptest! {
        #[test]
        fn the_order_in_which_messages_come_decides_nothing(
            mut messages in prop::collection::vec((0_i64..4, any::<bool>()), 0..6),
            turn in 0_usize..6,
        ) {
            let judge = |messages: &[(i64, bool)]| {
                decisive(messages.iter().map(|&(sent, cancels)| {
                    let what = if cancels { Succession::Cancels } else { Succession::Updates };
                    (at(sent), what, (sent, cancels))
                }))
            };
            let before = judge(&messages);
            if !messages.is_empty() {
                let turn = turn % messages.len();
                messages.rotate_left(turn);
            }
            prop_assert_eq!(judge(&messages), before);
            if let Some((_, (sent, cancels))) = before {
                let last = messages.iter().all(|&(other, _)| other <= sent);
                let taken_back = messages.contains(&(sent, true));
                prop_assert!(last && cancels == taken_back);
            } else {
                prop_assert!(messages.is_empty());
            }
        }
    }
}
