//! One depot's order to send, from its draft to its end.
//!
//! **Invariant.** An order moves only along the arrows of [`Order`]'s methods, and only on the word
//! of a party that may say so: the owner of the goods approves, the keeper ships, the receiver
//! signs. Goods leave without a written approval only on an oral order, which owes a paper by a
//! deadline and cannot be closed without it.
//!
//! Once a first part has left, an order can be recalled and no longer cancelled; it is delivered
//! when nothing more will follow and nothing is on the road. A hand-over that is reversed puts a
//! delivered order back on the road; what is closed stays as it is.
//!
//! ```text
//!                                            ┌ parts ┐
//! draft ─ submitted ─ approved ─ picking ─ dispatched ─ delivered ─ closed
//!   │         └ rejected  │ ↑        │           └ recalled
//!   └──────── oral ───────┼─┘        │
//!   └ cancelled ──────────┴──────────┘
//! ```

mod account;
mod paper;
mod parties;
mod state;

#[cfg(test)]
mod tests;

pub use account::{LineAccount, put_back, take_in};
pub use paper::{Paper, PaperDeadline, PaperDeadlineError};
pub use parties::{Parties, Party, Stamp};
pub use state::{Approval, OrderAction, OrderState, StateName};

use chrono::{DateTime, Utc};

/// One depot's order to send goods of one owner to one receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Whose word counts for what.
    pub parties: Parties,
    /// Where it stands.
    pub state: OrderState,
}

/// Why an order does not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// There is no such arrow.
    #[error("an order that is {from} cannot be asked to {action}")]
    NotFrom {
        /// Where the order stands.
        from: StateName,
        /// What was asked.
        action: OrderAction,
    },
    /// Somebody else's word is needed.
    #[error("only the {} may ask to {action}", Party::list(parties))]
    NotYours {
        /// What was asked.
        action: OrderAction,
        /// Whose word counts.
        parties: &'static [Party],
    },
    /// The oral order has no paper yet.
    #[error("the oral order must be put on paper first; it is due by {due}")]
    NotPapered {
        /// By when.
        due: DateTime<Utc>,
    },
    /// There is a paper already, or none is owed.
    #[error("the order owes no paper")]
    NoPaperOwed,
}

impl Order {
    /// A new draft.
    #[must_use]
    pub fn draft(parties: Parties) -> Self {
        Self {
            parties,
            state: OrderState::Draft,
        }
    }

    /// Draft → submitted: the requester asks the owner.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state and for any other party.
    pub fn submit(&self, stamp: Stamp) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::Submit, stamp, |state| match state {
            OrderState::Draft => Some(OrderState::Submitted { submitted: stamp }),
            _ => None,
        })
    }

    /// Submitted → approved: the owner agrees in writing.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state and for any other party.
    pub fn approve(&self, stamp: Stamp) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::Approve, stamp, |state| match state {
            OrderState::Submitted { .. } => Some(OrderState::Approved {
                approval: Approval::Written { approved: stamp },
            }),
            _ => None,
        })
    }

    /// Submitted → approved by who asked for the goods, who says why nobody else could: the exception
    /// to the rule that two people do it.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state and for any other party.
    pub fn approve_alone(
        &self,
        stamp: Stamp,
        because: &str,
    ) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::ApproveAlone, stamp, |state| match state {
            OrderState::Submitted { .. } => Some(OrderState::Approved {
                approval: Approval::Alone {
                    approved: stamp,
                    because: because.to_owned(),
                },
            }),
            _ => None,
        })
    }

    /// Draft or submitted → approved on somebody's spoken word, with a paper owed (RULES §3
    /// \[G11\]). `given_by` is who spoke.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state and for any other party.
    pub fn order_orally(
        &self,
        stamp: Stamp,
        given_by: &str,
        deadline: PaperDeadline,
    ) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::OrderOrally, stamp, |state| match state {
            OrderState::Draft | OrderState::Submitted { .. } => Some(OrderState::Approved {
                approval: Approval::Oral {
                    given_by: given_by.to_owned(),
                    recorded: stamp,
                    paper: Paper::owed(stamp.at, deadline),
                },
            }),
            _ => None,
        })
    }

    /// Submitted → rejected: the owner declines and says why.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state and for any other party.
    pub fn reject(&self, stamp: Stamp, reason: &str) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::Reject, stamp, |state| match state {
            OrderState::Submitted { .. } => Some(OrderState::Rejected {
                rejected: stamp,
                reason: reason.to_owned(),
            }),
            _ => None,
        })
    }

    /// Approved → picking: the keeper begins.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state and for any other party.
    pub fn start_picking(&self, stamp: Stamp) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::StartPicking, stamp, |state| match state {
            OrderState::Approved { approval } => Some(OrderState::Picking {
                approval: approval.clone(),
                started: stamp,
            }),
            _ => None,
        })
    }

    /// Picking → dispatched: goods are on the road, all that will leave or a first part; then a
    /// further part may follow, as often as it takes.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state, once nothing more was to follow, and for any other
    /// party.
    pub fn dispatch(
        &self,
        stamp: Stamp,
        more_to_follow: bool,
    ) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::Dispatch, stamp, |state| match state {
            OrderState::Picking { approval, .. } => Some(OrderState::Dispatched {
                approval: approval.clone(),
                dispatched: stamp,
                more_to_follow,
            }),
            OrderState::Dispatched {
                approval,
                dispatched,
                more_to_follow: true,
            } => Some(OrderState::Dispatched {
                approval: approval.clone(),
                dispatched: *dispatched,
                more_to_follow,
            }),
            _ => None,
        })
    }

    /// Dispatched, with nothing more to follow → delivered: the last hand-over is signed.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state and for any other party.
    pub fn deliver(&self, stamp: Stamp) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::Deliver, stamp, |state| match state {
            OrderState::Dispatched {
                approval,
                more_to_follow: false,
                ..
            } => Some(OrderState::Delivered {
                approval: approval.clone(),
                delivered: stamp,
            }),
            _ => None,
        })
    }

    /// A hand-over is undone. Delivered → dispatched; an order on the road, or recalled, stays where
    /// it stands.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state and for any other party.
    pub fn reverse_hand_over(&self, stamp: Stamp) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::ReverseHandOver, stamp, |state| match state {
            OrderState::Delivered { approval, .. } => Some(OrderState::Dispatched {
                approval: approval.clone(),
                dispatched: stamp,
                more_to_follow: false,
            }),
            OrderState::Dispatched { .. } | OrderState::Recalled { .. } => Some(state.clone()),
            _ => None,
        })
    }

    /// Goods of a recalled order are back; it stays where it stands.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state and for any other party.
    pub fn receive_back(&self, stamp: Stamp) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::ReceiveBack, stamp, |state| match state {
            OrderState::Recalled { .. } => Some(state.clone()),
            _ => None,
        })
    }

    /// Delivered → closed: the papers are complete.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state, for any other party, and
    /// [`TransitionError::NotPapered`] for an oral order without its paper.
    pub fn close(&self, stamp: Stamp) -> Result<OrderState, TransitionError> {
        let closed = self.step(OrderAction::Close, stamp, |state| match state {
            OrderState::Delivered { approval, .. } => Some(OrderState::Closed {
                approval: approval.clone(),
                closed: stamp,
            }),
            _ => None,
        })?;
        match closed.paper() {
            Some(paper) if paper.papered_at.is_none() => {
                Err(TransitionError::NotPapered { due: paper.due })
            }
            _ => Ok(closed),
        }
    }

    /// Draft, submitted, approved or picking → cancelled: the goods never left.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state and for any other party.
    pub fn cancel(&self, stamp: Stamp, reason: &str) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::Cancel, stamp, |state| {
            let approval = match state {
                OrderState::Draft | OrderState::Submitted { .. } => None,
                OrderState::Approved { approval } | OrderState::Picking { approval, .. } => {
                    Some(approval.clone())
                }
                _ => return None,
            };
            Some(OrderState::Cancelled {
                approval,
                cancelled: stamp,
                reason: reason.to_owned(),
            })
        })
    }

    /// A draft, submitted or approved order sends less; it stays where it stands, because whoever
    /// agreed to more agreed to this.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state and for any other party.
    pub fn reduce(&self, stamp: Stamp) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::Reduce, stamp, |state| {
            state.name().may_be_replanned().then(|| state.clone())
        })
    }

    /// Dispatched → recalled: the goods on the road are to come back and what was to follow stays.
    /// What was handed over already stays handed over.
    ///
    /// # Errors
    /// [`TransitionError`] from any other state and for any other party.
    pub fn recall(&self, stamp: Stamp, reason: &str) -> Result<OrderState, TransitionError> {
        self.step(OrderAction::Recall, stamp, |state| match state {
            OrderState::Dispatched { approval, .. } => Some(OrderState::Recalled {
                approval: approval.clone(),
                recalled: stamp,
                reason: reason.to_owned(),
            }),
            _ => None,
        })
    }

    /// Puts an oral order on paper; it stays where it stands. An oral order that was cancelled or
    /// recalled still owes its paper.
    ///
    /// # Errors
    /// [`TransitionError::NoPaperOwed`] for a written approval or a second paper,
    /// [`TransitionError::NotFrom`] before there is an approval, and for any other party.
    pub fn put_on_paper(&self, stamp: Stamp) -> Result<OrderState, TransitionError> {
        let mut state = self.step(OrderAction::PutOnPaper, stamp, |state| {
            state.approval().map(|_| state.clone())
        })?;
        match state.paper_mut() {
            Some(paper) if paper.papered_at.is_none() => {
                paper.papered_at = Some(stamp.at);
                Ok(state)
            }
            _ => Err(TransitionError::NoPaperOwed),
        }
    }

    fn step(
        &self,
        action: OrderAction,
        stamp: Stamp,
        arrow: impl FnOnce(&OrderState) -> Option<OrderState>,
    ) -> Result<OrderState, TransitionError> {
        // Where the order stands is told first: it says more to somebody who may see the order.
        let next = arrow(&self.state).ok_or(TransitionError::NotFrom {
            from: self.state.name(),
            action,
        })?;
        let parties = action.parties();
        if parties
            .iter()
            .any(|&party| self.parties.organisation(party) == stamp.organisation)
        {
            Ok(next)
        } else {
            Err(TransitionError::NotYours { action, parties })
        }
    }
}
