//! Changes of owner (权属变更) and of purpose (用途变更): goods go on as a lot of their own that names
//! the one they were.
//!
//! **Invariant.** Whoever asks does not approve, and whoever receives title has neither asked nor
//! approved for the one who gives it. What goods are bound to changes only with the recorded consent
//! of who gave them (RULES 4.1). A change alters the owner or the purpose and nothing else of the
//! goods. It ends exactly once.

use chrono::NaiveDate;

use super::{LotFacts, Restriction, Signature};
use crate::kernel::{Id, Text, kinds, named};

named! {
    /// What changes.
    pub enum LotChangeKind {
        /// 权属变更: the goods get another owner.
        Owner = "owner",
        /// 用途变更: they are bound to something else.
        Purpose = "purpose",
    }
}

named! {
    /// The names of the states.
    pub enum LotChangeStateName {
        /// 待审批
        Asked = "asked",
        /// 待接收
        Approved = "approved",
        /// 已变更
        Done = "done",
        /// 已驳回
        Refused = "refused",
        /// 已撤回
        Withdrawn = "withdrawn",
    }
}

named! {
    /// What can be asked of a change.
    pub enum LotChangeAction {
        /// Agree to it, for the owner.
        Approve = "approve",
        /// Take title, for the new owner.
        Accept = "accept",
        /// Refuse it, for whichever owner is asked.
        Refuse = "refuse",
        /// Take it back.
        Withdraw = "withdraw",
    }
}

/// What a donor said, and how it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Who consents: the donor, as the lots name them.
    pub given_by: Text<200>,
    /// The number of the paper.
    pub reference: Text<64>,
    /// The day on which it was given.
    pub given_on: NaiveDate,
    /// Who heard it.
    pub heard_by: Text<200>,
    /// The SHA-256 of the paper or the recording.
    pub evidence_sha256: Text<64>,
}

/// What becomes of goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LotChangeTo {
    /// They are somebody else's.
    Owner {
        /// Whose.
        to: Id<kinds::Organisation>,
    },
    /// They may serve something else.
    Purpose {
        /// What they are bound to from then on.
        to: Restriction,
        /// The donor's word.
        consent: Consent,
    },
}

impl LotChangeTo {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> LotChangeKind {
        match self {
            Self::Owner { .. } => LotChangeKind::Owner,
            Self::Purpose { .. } => LotChangeKind::Purpose,
        }
    }

    /// The facts of the lot that goods of a lot with these facts become.
    ///
    /// # Errors
    /// [`UnchangedLot`] where nothing would change, or where another than the donor consents.
    pub fn facts(&self, before: &LotFacts) -> Result<LotFacts, UnchangedLot> {
        let mut after = before.clone();
        match self {
            Self::Owner { to } if before.owner == *to => return Err(UnchangedLot::SameOwner),
            Self::Owner { to } => after.owner = *to,
            Self::Purpose { to, .. } if before.restriction == *to => {
                return Err(UnchangedLot::SamePurpose);
            }
            Self::Purpose { to, consent } => {
                // Of an anonymous gift, and of what a fund bought, somebody speaks who gave it.
                if let Some(donor) = &before.donor
                    && *donor != consent.given_by
                {
                    return Err(UnchangedLot::OtherDonor {
                        donor: donor.clone(),
                    });
                }
                after.restriction = to.clone();
            }
        }
        Ok(after)
    }
}

/// Why goods do not change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnchangedLot {
    /// They are the new owner's already.
    #[error("the goods are the new owner's already")]
    SameOwner,
    /// They are bound to that already.
    #[error("the goods are bound to that already")]
    SamePurpose,
    /// Somebody else gave them.
    #[error("the goods were given by {donor}, who is not the one that consents")]
    OtherDonor {
        /// Who gave them.
        donor: Text<200>,
    },
}

/// Where a change stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LotChangeState {
    /// The owner has not said anything yet.
    Asked,
    /// The owner agrees, and the new one has not said anything yet.
    Approved {
        /// Who agreed.
        approved: Signature,
    },
    /// The goods have changed.
    Done {
        /// Who agreed for the owner.
        approved: Signature,
        /// Who took title; nobody, where only the purpose changed.
        accepted: Option<Signature>,
        /// The movement by which they changed.
        movement: Id<kinds::Movement>,
    },
    /// An owner does not want it.
    Refused {
        /// Who had agreed for the owner, if the new one refused.
        approved: Option<Signature>,
        /// Who refused.
        refused: Signature,
        /// Why.
        reason: String,
    },
    /// Whoever asked does not want it any more.
    Withdrawn {
        /// Who had agreed, if anybody had.
        approved: Option<Signature>,
        /// Who took it back.
        withdrawn: Signature,
        /// Why.
        reason: String,
    },
}

impl LotChangeState {
    /// Its name on the wire and in tables.
    #[must_use]
    pub const fn name(&self) -> LotChangeStateName {
        match self {
            Self::Asked => LotChangeStateName::Asked,
            Self::Approved { .. } => LotChangeStateName::Approved,
            Self::Done { .. } => LotChangeStateName::Done,
            Self::Refused { .. } => LotChangeStateName::Refused,
            Self::Withdrawn { .. } => LotChangeStateName::Withdrawn,
        }
    }
}

/// Goods of one owner in one depot that are to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotChange {
    /// Who asks.
    pub asked_by: String,
    /// What is to change.
    pub kind: LotChangeKind,
    /// Where it stands.
    pub state: LotChangeState,
}

/// Why a change refuses what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LotChangeError {
    /// Its state does not allow it.
    #[error("a change that is {state} does not allow to {action} it")]
    WrongState {
        /// What it is.
        state: LotChangeStateName,
        /// What was asked.
        action: LotChangeAction,
    },
    /// Whoever asks does not approve.
    #[error("whoever asks for a change does not approve it")]
    AskerApproves,
    /// Whoever asks or gives does not receive.
    #[error("whoever asked for a change or approved it does not accept it for the new owner")]
    PartyAccepts,
}

impl LotChange {
    /// Agrees to it, for the owner. A change of purpose is done by that, by `movement`.
    ///
    /// # Errors
    /// [`LotChangeError`] for one that was decided already, and for whoever asked.
    pub fn approve(
        &self,
        approved: Signature,
        movement: Id<kinds::Movement>,
    ) -> Result<LotChangeState, LotChangeError> {
        match (&self.state, self.kind) {
            (LotChangeState::Asked, _) if approved.by == self.asked_by => {
                Err(LotChangeError::AskerApproves)
            }
            (LotChangeState::Asked, LotChangeKind::Owner) => {
                Ok(LotChangeState::Approved { approved })
            }
            (LotChangeState::Asked, LotChangeKind::Purpose) => Ok(LotChangeState::Done {
                approved,
                accepted: None,
                movement,
            }),
            _ => Err(self.refuses(LotChangeAction::Approve)),
        }
    }

    /// Takes title, for the new owner; the goods change by `movement`.
    ///
    /// # Errors
    /// [`LotChangeError`] for one that the owner has not agreed to, and for whoever asked or agreed.
    pub fn accept(
        &self,
        accepted: Signature,
        movement: Id<kinds::Movement>,
    ) -> Result<LotChangeState, LotChangeError> {
        let LotChangeState::Approved { approved } = &self.state else {
            return Err(self.refuses(LotChangeAction::Accept));
        };
        if accepted.by == self.asked_by || accepted.by == approved.by {
            return Err(LotChangeError::PartyAccepts);
        }
        Ok(LotChangeState::Done {
            approved: approved.clone(),
            accepted: Some(accepted),
            movement,
        })
    }

    /// Refuses it: the owner before they agreed, the new one after that.
    ///
    /// # Errors
    /// [`LotChangeError::WrongState`] for one that has ended.
    pub fn refuse(
        &self,
        refused: Signature,
        reason: String,
    ) -> Result<LotChangeState, LotChangeError> {
        let approved = self.agreed(LotChangeAction::Refuse)?;
        Ok(LotChangeState::Refused {
            approved,
            refused,
            reason,
        })
    }

    /// Takes it back.
    ///
    /// # Errors
    /// [`LotChangeError::WrongState`] for one that has ended.
    pub fn withdraw(
        &self,
        withdrawn: Signature,
        reason: String,
    ) -> Result<LotChangeState, LotChangeError> {
        let approved = self.agreed(LotChangeAction::Withdraw)?;
        Ok(LotChangeState::Withdrawn {
            approved,
            withdrawn,
            reason,
        })
    }

    // Who agreed to one that is still open.
    fn agreed(&self, action: LotChangeAction) -> Result<Option<Signature>, LotChangeError> {
        match &self.state {
            LotChangeState::Asked => Ok(None),
            LotChangeState::Approved { approved } => Ok(Some(approved.clone())),
            _ => Err(self.refuses(action)),
        }
    }

    fn refuses(&self, action: LotChangeAction) -> LotChangeError {
        LotChangeError::WrongState {
            state: self.state.name(),
            action,
        }
    }
}

#[cfg(test)]
mod tests;
