//! Where an order can stand, and what can be asked of it.
//!
//! **Invariant.** A state carries what was decided on the way to it: goods that are on the road
//! have an approval, and a rejection has a reason.

use super::{Paper, Party, Stamp};
use crate::kernel::named;

named! {
    /// The names of the states.
    pub enum StateName {
        /// 草稿
        Draft = "draft",
        /// 已提交
        Submitted = "submitted",
        /// 已批准
        Approved = "approved",
        /// 拣货中
        Picking = "picking",
        /// 已发运
        Dispatched = "dispatched",
        /// 已送达
        Delivered = "delivered",
        /// 已办结
        Closed = "closed",
        /// 已驳回
        Rejected = "rejected",
        /// 已取消
        Cancelled = "cancelled",
        /// 已召回
        Recalled = "recalled",
    }
}

named! {
    /// What can be asked of an order.
    pub enum OrderAction {
        /// Ask the owner.
        Submit = "submit",
        /// Agree in writing.
        Approve = "approve",
        /// Agree to what one has asked for oneself, and say why nobody else does.
        ApproveAlone = "approve_alone",
        /// Let it run on a spoken word.
        OrderOrally = "order_orally",
        /// Put a spoken word on paper.
        PutOnPaper = "put_on_paper",
        /// Decline.
        Reject = "reject",
        /// Begin to pick.
        StartPicking = "start_picking",
        /// Send the goods off.
        Dispatch = "dispatch",
        /// Sign for the last of them.
        Deliver = "deliver",
        /// Undo a signature.
        ReverseHandOver = "reverse_hand_over",
        /// Complete the papers.
        Close = "close",
        /// Stop it before the goods leave.
        Cancel = "cancel",
        /// Let it send less than it was to.
        Reduce = "reduce",
        /// Call the goods back.
        Recall = "recall",
        /// Take in what came back.
        ReceiveBack = "receive_back",
    }
}

impl StateName {
    /// Whether a new plan may change the order: nobody has laid a hand on its goods yet.
    #[must_use]
    pub const fn may_be_replanned(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::Approved)
    }
}

impl OrderAction {
    /// Whether it is the word of whoever asks for the goods, and not of whom they are asked of.
    #[must_use]
    pub const fn asks(self) -> bool {
        matches!(self, Self::Submit | Self::OrderOrally)
    }

    /// Whether a second person must say it, who has not asked for the goods.
    #[must_use]
    pub const fn wants_another(self) -> bool {
        matches!(self, Self::Approve | Self::PutOnPaper)
    }

    /// Whose word counts.
    #[must_use]
    pub const fn parties(self) -> &'static [Party] {
        match self {
            Self::Submit => &[Party::Requester],
            Self::Approve | Self::ApproveAlone | Self::Reject | Self::PutOnPaper => &[Party::Owner],
            // The owner's word is written down by whoever took the call.
            Self::OrderOrally => &[Party::Owner, Party::Requester],
            Self::StartPicking | Self::Dispatch | Self::ReceiveBack => &[Party::Keeper],
            // A driver brings the signed waybill back where the receiver has no account.
            Self::Deliver | Self::ReverseHandOver => &[Party::Receiver, Party::Keeper],
            Self::Close | Self::Cancel | Self::Reduce | Self::Recall => {
                &[Party::Owner, Party::Requester]
            }
        }
    }
}

/// On what word the goods may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// The owner agreed in writing.
    Written {
        /// When, and on whose behalf.
        approved: Stamp,
    },
    /// For the owner agreed who had asked for the goods: there was nobody else.
    Alone {
        /// When, and on whose behalf.
        approved: Stamp,
        /// Why there was nobody else.
        because: String,
    },
    /// Somebody gave the word on the telephone.
    Oral {
        /// Who spoke.
        given_by: String,
        /// When it was recorded, and by which side.
        recorded: Stamp,
        /// The paper it owes.
        paper: Paper,
    },
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderState {
    /// Being written.
    Draft,
    /// Waiting for the owner.
    Submitted {
        /// When, and on whose behalf.
        submitted: Stamp,
    },
    /// May be picked.
    Approved {
        /// On what word.
        approval: Approval,
    },
    /// Being picked.
    Picking {
        /// On what word.
        approval: Approval,
        /// Since when.
        started: Stamp,
    },
    /// On the road, all of it or a first part.
    Dispatched {
        /// On what word.
        approval: Approval,
        /// Since when.
        dispatched: Stamp,
        /// Whether a part is still in the depot and will follow.
        more_to_follow: bool,
    },
    /// All of it was handed over or is accounted for.
    Delivered {
        /// On what word.
        approval: Approval,
        /// Since when.
        delivered: Stamp,
    },
    /// Done, with all its papers.
    Closed {
        /// On what word.
        approval: Approval,
        /// When.
        closed: Stamp,
    },
    /// The owner declined.
    Rejected {
        /// When, and on whose behalf.
        rejected: Stamp,
        /// Why.
        reason: String,
    },
    /// Stopped before the goods left.
    Cancelled {
        /// On what word it would have run, if there was one.
        approval: Option<Approval>,
        /// When, and on whose behalf.
        cancelled: Stamp,
        /// Why.
        reason: String,
    },
    /// Called back from the road.
    Recalled {
        /// On what word it ran.
        approval: Approval,
        /// When, and on whose behalf.
        recalled: Stamp,
        /// Why.
        reason: String,
    },
}

impl OrderState {
    /// Its name on the wire and in tables.
    #[must_use]
    pub const fn name(&self) -> StateName {
        match self {
            Self::Draft => StateName::Draft,
            Self::Submitted { .. } => StateName::Submitted,
            Self::Approved { .. } => StateName::Approved,
            Self::Picking { .. } => StateName::Picking,
            Self::Dispatched { .. } => StateName::Dispatched,
            Self::Delivered { .. } => StateName::Delivered,
            Self::Closed { .. } => StateName::Closed,
            Self::Rejected { .. } => StateName::Rejected,
            Self::Cancelled { .. } => StateName::Cancelled,
            Self::Recalled { .. } => StateName::Recalled,
        }
    }

    /// Whether nothing more will be sent or received under it.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        match self {
            Self::Closed { .. }
            | Self::Rejected { .. }
            | Self::Cancelled { .. }
            | Self::Recalled { .. } => true,
            Self::Draft
            | Self::Submitted { .. }
            | Self::Approved { .. }
            | Self::Picking { .. }
            | Self::Dispatched { .. }
            | Self::Delivered { .. } => false,
        }
    }

    /// Whether all that will leave has left, and the last signature delivers it.
    #[must_use]
    pub const fn awaits_last_signature(&self) -> bool {
        matches!(
            self,
            Self::Dispatched {
                more_to_follow: false,
                ..
            }
        )
    }

    /// Why it was stopped, if it was.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Rejected { reason, .. }
            | Self::Cancelled { reason, .. }
            | Self::Recalled { reason, .. } => Some(reason),
            Self::Draft
            | Self::Submitted { .. }
            | Self::Approved { .. }
            | Self::Picking { .. }
            | Self::Dispatched { .. }
            | Self::Delivered { .. }
            | Self::Closed { .. } => None,
        }
    }

    /// On what word the goods may leave or left, if there was one.
    #[must_use]
    pub const fn approval(&self) -> Option<&Approval> {
        match self {
            Self::Draft | Self::Submitted { .. } | Self::Rejected { .. } => None,
            Self::Approved { approval }
            | Self::Picking { approval, .. }
            | Self::Dispatched { approval, .. }
            | Self::Delivered { approval, .. }
            | Self::Closed { approval, .. }
            | Self::Recalled { approval, .. } => Some(approval),
            Self::Cancelled { approval, .. } => approval.as_ref(),
        }
    }

    /// The paper of an oral order.
    #[must_use]
    pub const fn paper(&self) -> Option<&Paper> {
        match self.approval() {
            Some(Approval::Oral { paper, .. }) => Some(paper),
            Some(Approval::Written { .. } | Approval::Alone { .. }) | None => None,
        }
    }

    pub(super) const fn paper_mut(&mut self) -> Option<&mut Paper> {
        let approval = match self {
            Self::Draft | Self::Submitted { .. } | Self::Rejected { .. } => return None,
            Self::Approved { approval }
            | Self::Picking { approval, .. }
            | Self::Dispatched { approval, .. }
            | Self::Delivered { approval, .. }
            | Self::Closed { approval, .. }
            | Self::Recalled { approval, .. } => approval,
            Self::Cancelled { approval, .. } => match approval {
                Some(approval) => approval,
                None => return None,
            },
        };
        match approval {
            Approval::Oral { paper, .. } => Some(paper),
            Approval::Written { .. } | Approval::Alone { .. } => None,
        }
    }
}
