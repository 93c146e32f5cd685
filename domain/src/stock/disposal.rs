//! Disposals: goods that nobody can use any more leave, by the word of their owner.
//!
//! **Invariant.** Whoever asks does not approve. A disposal ends exactly once, and what was carried
//! out was approved before, in the same way. Nothing leaves so that is still good. How much leaves
//! is the reservation's to say: never more than was asked for.
//!
//! The owner is asked after a test house or experts have looked at the goods; what is sold is sold
//! at auction, and the outcome is published (RULES 3.16).

use chrono::NaiveDate;

use super::{Condition, Fitness, Restriction, Signature};
use crate::kernel::{Id, Money, Text, kinds, named};

named! {
    /// What becomes of goods.
    pub enum DisposalWay {
        /// 销毁
        Destroyed = "destroyed",
        /// 拆件利用: they are taken apart, and what of them is good is kept.
        PartsReused = "parts_reused",
        /// 公开拍卖
        Auctioned = "auctioned",
        /// 退回厂家
        ReturnedToMaker = "returned_to_maker",
    }
}

named! {
    /// The names of the states.
    pub enum DisposalStateName {
        /// 待审批
        Asked = "asked",
        /// 已批准
        Approved = "approved",
        /// 已处置
        CarriedOut = "carried_out",
        /// 已驳回
        Refused = "refused",
        /// 已撤回
        Withdrawn = "withdrawn",
    }
}

named! {
    /// What can be asked of a disposal.
    pub enum DisposalAction {
        /// Agree to it, for the owner.
        Approve = "approve",
        /// Refuse it, for the owner.
        Refuse = "refuse",
        /// Take it back.
        Withdraw = "withdraw",
        /// Say that it was done.
        CarryOut = "carry_out",
    }
}

named! {
    /// Why goods may be disposed of.
    pub enum DisposalGround {
        /// Nobody may use them any more.
        Condemned = "condemned",
        /// Their last day of use has passed.
        Expired = "expired",
        /// They were recalled, and go back to who made them.
        Recalled = "recalled",
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is left of them.
    Destroyed,
    /// Parts of them are on the shelves.
    PartsReused {
        /// The movement that put them there.
        parts: Id<kinds::Movement>,
    },
    /// They were sold.
    Auctioned {
        /// For how much, all together.
        proceeds: Money,
    },
    /// The maker has them.
    ReturnedToMaker,
}

impl Outcome {
    /// Which way it went.
    #[must_use]
    pub const fn way(&self) -> DisposalWay {
        match self {
            Self::Destroyed => DisposalWay::Destroyed,
            Self::PartsReused { .. } => DisposalWay::PartsReused,
            Self::Auctioned { .. } => DisposalWay::Auctioned,
            Self::ReturnedToMaker => DisposalWay::ReturnedToMaker,
        }
    }
}

/// Where a disposal stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisposalState {
    /// The owner has not said anything yet.
    Asked,
    /// The owner agrees.
    Approved {
        /// Who agreed.
        approved: Signature,
    },
    /// It was done.
    CarriedOut {
        /// Who agreed.
        approved: Signature,
        /// Who says that it was done.
        carried_out: Signature,
        /// What came of it.
        outcome: Outcome,
    },
    /// The owner does not agree.
    Refused {
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

impl DisposalState {
    /// Its name on the wire and in tables.
    #[must_use]
    pub const fn name(&self) -> DisposalStateName {
        match self {
            Self::Asked => DisposalStateName::Asked,
            Self::Approved { .. } => DisposalStateName::Approved,
            Self::CarriedOut { .. } => DisposalStateName::CarriedOut,
            Self::Refused { .. } => DisposalStateName::Refused,
            Self::Withdrawn { .. } => DisposalStateName::Withdrawn,
        }
    }
}

/// Goods of one owner in one depot that are to leave for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposal {
    /// Who asks.
    pub asked_by: String,
    /// What is to become of the goods.
    pub way: DisposalWay,
    /// Where it stands.
    pub state: DisposalState,
}

/// Why a disposal refuses what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DisposalError {
    /// Its state does not allow it.
    #[error("a disposal that is {state} does not allow to {action} it")]
    WrongState {
        /// What it is.
        state: DisposalStateName,
        /// What was asked.
        action: DisposalAction,
    },
    /// Whoever asks does not approve.
    #[error("whoever asks for a disposal does not approve it")]
    AskerApproves,
    /// Something else was done than was approved.
    #[error("the owner agreed that the goods are {approved}, not {done}")]
    OtherWay {
        /// What was approved.
        approved: DisposalWay,
        /// What was done.
        done: DisposalWay,
    },
}

impl Disposal {
    /// Agrees to it.
    ///
    /// # Errors
    /// [`DisposalError`] for one that was decided already, and for whoever asked.
    pub fn approve(&self, approved: Signature) -> Result<DisposalState, DisposalError> {
        match self.state {
            DisposalState::Asked if approved.by == self.asked_by => {
                Err(DisposalError::AskerApproves)
            }
            DisposalState::Asked => Ok(DisposalState::Approved { approved }),
            _ => Err(self.refuses(DisposalAction::Approve)),
        }
    }

    /// Refuses it.
    ///
    /// # Errors
    /// [`DisposalError::WrongState`] for one that was decided already.
    pub fn refuse(
        &self,
        refused: Signature,
        reason: String,
    ) -> Result<DisposalState, DisposalError> {
        match self.state {
            DisposalState::Asked => Ok(DisposalState::Refused { refused, reason }),
            _ => Err(self.refuses(DisposalAction::Refuse)),
        }
    }

    /// Takes it back, before or after the owner agreed.
    ///
    /// # Errors
    /// [`DisposalError::WrongState`] for one that has ended.
    pub fn withdraw(
        &self,
        withdrawn: Signature,
        reason: String,
    ) -> Result<DisposalState, DisposalError> {
        let approved = match &self.state {
            DisposalState::Asked => None,
            DisposalState::Approved { approved } => Some(approved.clone()),
            _ => return Err(self.refuses(DisposalAction::Withdraw)),
        };
        Ok(DisposalState::Withdrawn {
            approved,
            withdrawn,
            reason,
        })
    }

    /// Says what came of it.
    ///
    /// # Errors
    /// [`DisposalError`] for one that is not approved, and for another way than the approved one.
    pub fn carry_out(
        &self,
        carried_out: Signature,
        outcome: Outcome,
    ) -> Result<DisposalState, DisposalError> {
        let DisposalState::Approved { approved } = &self.state else {
            return Err(self.refuses(DisposalAction::CarryOut));
        };
        if outcome.way() != self.way {
            return Err(DisposalError::OtherWay {
                approved: self.way,
                done: outcome.way(),
            });
        }
        Ok(DisposalState::CarriedOut {
            approved: approved.clone(),
            carried_out,
            outcome,
        })
    }

    fn refuses(&self, action: DisposalAction) -> DisposalError {
        DisposalError::WrongState {
            state: self.state.name(),
            action,
        }
    }
}

/// Why goods may be disposed of in this way on `day`; `None` for what is still good.
#[must_use]
pub fn disposable(fitness: &Fitness, way: DisposalWay, day: NaiveDate) -> Option<DisposalGround> {
    if fitness.condition == Condition::Condemned {
        Some(DisposalGround::Condemned)
    } else if fitness.expires_on.is_some_and(|last| last < day) {
        Some(DisposalGround::Expired)
    } else if fitness.recalled && way == DisposalWay::ReturnedToMaker {
        Some(DisposalGround::Recalled)
    } else {
        None
    }
}

/// What goods hand on to their parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heritage {
    /// Who gave them.
    pub donor: Option<Text<200>>,
    /// What they are bound to, and their parts after them.
    pub restriction: Restriction,
}

/// Goods that are bound to different things have no parts in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the goods are bound to different purposes")]
pub struct MixedRestrictions {
    /// The first that differs from the one at the beginning.
    pub lot: usize,
}

/// What parts of these lots take over: the donor, if one gave them all, and what all of them are
/// bound to.
///
/// # Errors
/// [`MixedRestrictions`], since nobody could say of a part what it is bound to.
pub fn heritage<'a>(
    lots: impl IntoIterator<Item = &'a Heritage>,
) -> Result<Heritage, MixedRestrictions> {
    let mut lots = lots.into_iter().enumerate();
    let Some((_, first)) = lots.next() else {
        return Ok(Heritage::default());
    };
    let mut heritage = first.clone();
    for (lot, other) in lots {
        if other.restriction != heritage.restriction {
            return Err(MixedRestrictions { lot });
        }
        if other.donor != heritage.donor {
            heritage.donor = None;
        }
    }
    Ok(heritage)
}

#[cfg(test)]
mod tests;
