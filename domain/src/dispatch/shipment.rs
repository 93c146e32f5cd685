//! Goods on the road together, from their departure to their end.
//!
//! **Invariant.** Where a shipment stands follows from two facts: whether anything of it is still on
//! the road, and whether it was recalled. Goods that were recalled are still on the road: nobody
//! signs for them at their destination any more, and nobody promises them again before the depot
//! that sent them has them back.
//!
//! ```text
//! on_road ─ arrived
//!    └ recalled ─ returned
//! ```
//!
//! A hand-over that is reversed takes the shipment back along its arrow.

use chrono::{DateTime, Utc};

use super::hand_over::{Ending, HandOverError, HandOverOutcome, HandOvers, ReceivedLine, Way};
use crate::kernel::{Id, kinds, named};

named! {
    /// Where a shipment stands.
    pub enum ShipmentState {
        /// 在途
        OnRoad = "on_road",
        /// 已召回，在途
        Recalled = "recalled",
        /// 已签收
        Arrived = "arrived",
        /// 已退回
        Returned = "returned",
    }
}

/// The word that called goods back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recall {
    /// When, by the server.
    pub at: DateTime<Utc>,
    /// On whose behalf.
    pub by: Id<kinds::Organisation>,
    /// Why.
    pub reason: String,
}

/// Goods on the road together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    /// What became of them.
    pub goods: HandOvers,
    /// Who called them back, if somebody did.
    pub recall: Option<Recall>,
}

/// Why a shipment does not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShipmentError {
    /// There is no such arrow.
    #[error("the shipment is {state}")]
    NotFrom {
        /// Where it stands.
        state: ShipmentState,
    },
    /// What was signed for does not fit what is on the road.
    #[error(transparent)]
    HandOver(#[from] HandOverError),
}

impl Shipment {
    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> ShipmentState {
        match (&self.recall, self.goods.is_complete()) {
            (None, false) => ShipmentState::OnRoad,
            (Some(_), false) => ShipmentState::Recalled,
            (None, true) => ShipmentState::Arrived,
            (Some(_), true) => ShipmentState::Returned,
        }
    }

    /// Takes a drop in: out while it is on the road, back once it was recalled.
    ///
    /// # Errors
    /// [`ShipmentError`] from any other state, and for what is not on the road.
    pub fn sign(
        &self,
        way: Way,
        received: &[ReceivedLine],
        ending: Ending,
    ) -> Result<(Self, Vec<ReceivedLine>), ShipmentError> {
        self.wants(match way {
            Way::Out => ShipmentState::OnRoad,
            Way::Back => ShipmentState::Recalled,
        })?;
        let HandOverOutcome { posted, so_far } = self.goods.sign(way, received, ending)?;
        Ok((self.with(so_far), posted))
    }

    /// Calls back what is still on the road.
    ///
    /// # Errors
    /// [`ShipmentError::NotFrom`] where it is not on the road, or was recalled already.
    pub fn recall(&self, recall: Recall) -> Result<Self, ShipmentError> {
        self.wants(ShipmentState::OnRoad)?;
        Ok(Self {
            goods: self.goods.clone(),
            recall: Some(recall),
        })
    }

    /// Undoes a drop: its goods are on the road again, on their way back if they were recalled.
    ///
    /// # Errors
    /// [`ShipmentError::HandOver`] for what no drop can have posted.
    pub fn undo(&self, way: Way, posted: &[ReceivedLine]) -> Result<Self, ShipmentError> {
        Ok(self.with(self.goods.undo(way, posted)?))
    }

    fn wants(&self, state: ShipmentState) -> Result<(), ShipmentError> {
        match self.state() {
            found if found == state => Ok(()),
            state => Err(ShipmentError::NotFrom { state }),
        }
    }

    fn with(&self, goods: HandOvers) -> Self {
        Self {
            goods,
            recall: self.recall.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        dispatch::hand_over::{LineKey, LineOutcome},
        stock::Condition,
    };

    fn line(good: i64) -> ReceivedLine {
        ReceivedLine {
            key: LineKey {
                lot: Id::from_uuid(Uuid::from_u128(1)),
                condition: Condition::Usable,
            },
            good,
            damaged: 0,
            short: 0,
        }
    }

    fn recall() -> Recall {
        Recall {
            at: DateTime::UNIX_EPOCH,
            by: Id::from_uuid(Uuid::from_u128(7)),
            reason: "道路中断".to_owned(),
        }
    }

    fn ask(shipment: &Shipment, action: &str) -> Result<Shipment, ShipmentError> {
        let sign = |way, good, ending| {
            let (next, _) = shipment.sign(way, &[line(good)], ending)?;
            Ok(next)
        };
        match action {
            "drop" => sign(Way::Out, 4, Ending::MoreToCome),
            "last" => sign(Way::Out, 4, Ending::Last),
            "back" => sign(Way::Back, 4, Ending::MoreToCome),
            "home" => sign(Way::Back, 4, Ending::Last),
            "recall" => shipment.recall(recall()),
            "undo" => shipment.undo(Way::Out, &[line(4)]),
            "undo_back" => shipment.undo(Way::Back, &[line(4)]),
            other => panic!("{other}"),
        }
    }

    fn walk(way: &str) -> Shipment {
        let sent = LineOutcome {
            sent: 10,
            ..LineOutcome::default()
        };
        let shipment = Shipment {
            goods: [(line(0).key, sent)].into_iter().collect(),
            recall: None,
        };
        way.split_whitespace().fold(shipment, |shipment, action| {
            ask(&shipment, action).unwrap_or_else(|error| panic!("{way}: {error}"))
        })
    }

    /// Ways, and what may be asked at their end.
    const TABLE: &[(&str, &str)] = &[
        ("", "drop>on_road last>arrived recall>recalled"),
        (
            "drop",
            "drop>on_road last>arrived recall>recalled undo>on_road",
        ),
        ("last", "undo>on_road"),
        ("drop last", "undo>on_road"),
        (
            "drop last undo",
            "drop>arrived last>arrived recall>recalled undo>on_road",
        ),
        ("recall", "back>recalled home>returned"),
        ("drop recall", "back>recalled home>returned undo>recalled"),
        (
            "recall back",
            "back>recalled home>returned undo_back>recalled",
        ),
        ("recall home", "undo_back>recalled"),
        ("drop recall home", "undo>recalled undo_back>recalled"),
        (
            "drop recall home undo",
            "back>returned home>returned undo_back>recalled",
        ),
    ];

    #[test]
    fn the_whole_matrix_of_states_and_actions() {
        for (way, expected) in TABLE {
            let shipment = walk(way);
            let actions = [
                "drop",
                "last",
                "back",
                "home",
                "recall",
                "undo",
                "undo_back",
            ];
            let mut arrows = Vec::new();
            for action in actions {
                match ask(&shipment, action) {
                    Ok(next) => arrows.push(format!("{action}>{}", next.state())),
                    Err(ShipmentError::NotFrom { state }) => {
                        assert_eq!(state, shipment.state(), "{way}: {action}");
                    }
                    // Nothing of the kind was signed for.
                    Err(ShipmentError::HandOver(error)) => {
                        assert!(
                            matches!(error, HandOverError::NeverSigned { .. }),
                            "{error}"
                        );
                    }
                }
            }
            assert_eq!(arrows.join(" "), *expected, "after `{way}`");
        }
        for state in ShipmentState::ALL {
            let reached = TABLE.iter().any(|(way, _)| walk(way).state() == *state);
            assert!(reached, "{state} is not in the table");
        }
    }

    #[test]
    fn who_called_it_back_and_why_stays_with_it() {
        for way in [
            "recall",
            "recall back",
            "recall home",
            "recall home undo_back",
        ] {
            assert_eq!(walk(way).recall, Some(recall()), "{way}");
        }
    }
}
