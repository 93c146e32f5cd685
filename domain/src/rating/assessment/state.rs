//! Where an assessment stands, and who acts.
//!
//! **Invariant.** A state carries what is true in it and nothing else: only what is in force has a
//! first day, and only what was decided has a decision.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::super::{
    StepKind,
    words::{Words, words},
};
use crate::{
    kernel::{Id, kinds::Organisation, named},
    organisations::Level,
    stock::Signature,
};

named! {
    /// The names of the states.
    pub enum AssessmentStateName {
        /// 自评中
        Stating = "stating",
        /// 审核中
        Underway = "underway",
        /// 公示中
        Announced = "announced",
        /// 有效
        InForce = "in_force",
        /// 已结束
        Ended = "ended",
    }
}

named! {
    /// What can be asked of an assessment.
    pub enum AssessmentAction {
        /// State, and add or take away evidence.
        State = "state",
        /// Hand the statement in.
        Submit = "submit",
        /// Take it back.
        Withdraw = "withdraw",
        /// Say that it was reviewed.
        Review = "review",
        /// Say that somebody was there.
        Visit = "visit",
        /// Give it back to be stated better.
        SendBack = "send_back",
        /// Grant a grade, or none.
        Decide = "decide",
        /// Let it come into force when the notice is over.
        Enforce = "enforce",
        /// Object to it.
        Appeal = "appeal",
        /// Say what becomes of the objection.
        Settle = "settle",
        /// Lower the grade.
        Downgrade = "downgrade",
        /// Take the grade away.
        Revoke = "revoke",
        /// Note that its time is over.
        Expire = "expire",
        /// Say that a step is late, or that a grade ends soon.
        Remind = "remind",
    }
}

impl AssessmentStateName {
    /// What people read.
    #[must_use]
    pub fn title(self) -> Words {
        match self {
            Self::Stating => words("自评中", "being stated"),
            Self::Underway => words("审核中", "under way"),
            Self::Announced => words("公示中", "announced"),
            Self::InForce => words("有效", "in force"),
            Self::Ended => words("已结束", "over"),
        }
    }
}

/// Who acts, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    /// Who, and when.
    pub signature: Signature,
    /// The day in the depot's time zone.
    pub day: NaiveDate,
    /// Whether they act for the society that keeps the depot, or for one below it.
    pub own: bool,
    /// The societies above it for which they may approve, the nearest first.
    pub above: Vec<Superior>,
}

/// A society above the one that keeps the depot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Superior {
    /// Which.
    pub society: Id<Organisation>,
    /// Its level.
    pub level: Level,
}

/// The facts on which a decision was taken, by their hash.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// SHA-256 of the canonical facts, in hexadecimal.
    pub digest: String,
    /// The grade that the rule set makes of them; `None` where no level is reached.
    pub computed: Option<String>,
}

/// A grade that was granted.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The code of the level; `None` where none was granted.
    pub grade: Option<String>,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: Signature,
    /// For which society; `None` in what was decided before that was kept.
    #[serde(default)]
    pub society: Option<Id<Organisation>>,
    /// On which facts.
    pub frozen: Frozen,
}

/// A step that was done.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Which.
    pub step: StepKind,
    /// Who did it.
    pub by: Signature,
}

/// An objection that nobody has settled.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct Appeal {
    /// Who objects.
    pub by: Signature,
    /// Why.
    pub reason: String,
}

/// How an assessment ended.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The depot took it back before anything was decided.
    Withdrawn {
        /// Why.
        reason: String,
    },
    /// Its time was over.
    Expired,
    /// The grade was taken away.
    Revoked {
        /// Why.
        reason: String,
    },
}

/// Where an assessment stands.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum AssessmentState {
    /// The depot states what it has.
    Stating,
    /// It was handed in; these steps are done.
    Underway {
        /// The steps, in order; the first is the self-assessment.
        done: Vec<Done>,
    },
    /// It was decided and the public may object.
    Announced {
        /// What was decided.
        decision: Decision,
        /// The last day of the notice, if it has one.
        until: Option<NaiveDate>,
        /// An objection.
        appeal: Option<Appeal>,
    },
    /// The grade holds.
    InForce {
        /// What was decided.
        decision: Decision,
        /// The first day.
        since: NaiveDate,
        /// The last day, if it has one.
        until: Option<NaiveDate>,
        /// An objection.
        appeal: Option<Appeal>,
    },
    /// It is over.
    Ended {
        /// What had been decided, if anything was.
        decision: Option<Decision>,
        /// How it ended.
        ending: Ending,
        /// Who ended it.
        by: Signature,
    },
}

/// Why something cannot be done with an assessment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssessmentError {
    /// Not where it stands.
    #[error("an assessment that is {state} cannot be asked to {action}")]
    NotNow {
        /// What was asked.
        action: AssessmentAction,
        /// Where it stands.
        state: AssessmentStateName,
    },
    /// Another step comes first.
    #[error("the next step is {}", next.name())]
    OtherStep {
        /// The step that comes next.
        next: StepKind,
    },
    /// Whoever acts is of the rated depot.
    #[error("nobody of the rated depot may {action}")]
    OwnDepot {
        /// What was asked.
        action: AssessmentAction,
    },
    /// Whoever decided does not judge the objection to it.
    #[error("whoever decided does not settle the appeal against it")]
    OwnDecision,
    /// It is for another society to do.
    #[error("this is for a {actor} society to do")]
    OtherActor {
        /// The level of that society.
        actor: Level,
    },
    /// The rule set has no such level.
    #[error("the rule set has no level `{level}`")]
    UnknownLevel {
        /// What was asked for.
        level: String,
    },
    /// The level is not below the one that holds.
    #[error("the level is not below the one that holds")]
    NotLower,
    /// An open veto bars the level.
    #[error("the veto `{criterion}` is open and bars the level")]
    Vetoed {
        /// Which.
        criterion: String,
    },
    /// The notice still runs, or the time to object is over, or the grade is still valid.
    #[error("the day for that is {day}")]
    Day {
        /// The first day on which it can be done, or the last on which it could.
        day: NaiveDate,
    },
    /// An objection is open already, or is not settled yet.
    #[error("an appeal is open")]
    AppealOpen,
    /// Nobody objected.
    #[error("no appeal is open")]
    NoAppeal,
}

impl AssessmentState {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> AssessmentStateName {
        match self {
            Self::Stating => AssessmentStateName::Stating,
            Self::Underway { .. } => AssessmentStateName::Underway,
            Self::Announced { .. } => AssessmentStateName::Announced,
            Self::InForce { .. } => AssessmentStateName::InForce,
            Self::Ended { .. } => AssessmentStateName::Ended,
        }
    }
}
