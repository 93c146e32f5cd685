//! The course of an assessment: stated, reviewed, visited, decided, announced, in force, ended.
//!
//! **Invariant.** Steps come in the order of the rule set's workflow and each is done by whom it
//! names. Nobody of the rated depot decides, revises or settles. A decision names the facts that it
//! was taken on, and they are never taken again. What has ended stays so.

mod awaited;
mod decided;
mod state;

use chrono::{Days, Months, NaiveDate};

pub use awaited::{Awaited, Deadline};
pub use state::{
    Appeal, AssessmentAction, AssessmentError, AssessmentState, AssessmentStateName, Decision,
    Done, Ending, Frozen, Hand, Superior,
};

use super::{RuleSet, StepKind, Workflow};
use crate::kernel::{Id, kinds::Organisation};

/// An assessment of one depot by one rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    state: AssessmentState,
}

type Next = Result<Assessment, AssessmentError>;

impl Assessment {
    /// A new one: the depot may state what it has.
    #[must_use]
    pub const fn open() -> Self {
        Self {
            state: AssessmentState::Stating,
        }
    }

    /// One that was kept.
    #[must_use]
    pub const fn at(state: AssessmentState) -> Self {
        Self { state }
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> &AssessmentState {
        &self.state
    }

    const fn not_now(&self, action: AssessmentAction) -> AssessmentError {
        AssessmentError::NotNow {
            action,
            state: self.state.name(),
        }
    }

    /// Whether statements and evidence may change.
    ///
    /// # Errors
    /// [`AssessmentError::NotNow`] once it was handed in.
    pub fn may_state(&self) -> Result<(), AssessmentError> {
        match self.state {
            AssessmentState::Stating => Ok(()),
            _ => Err(self.not_now(AssessmentAction::State)),
        }
    }

    /// Reminds of what is awaited, if its day has come: nothing else changes.
    ///
    /// # Errors
    /// [`AssessmentError`] when nothing is awaited, the day has not come, or it was said already.
    pub fn remind(self, remind_on: Option<NaiveDate>, hand: &Hand) -> Next {
        match remind_on {
            Some(day) if day <= hand.day => Ok(self),
            Some(day) => Err(AssessmentError::Day { day }),
            None => Err(self.not_now(AssessmentAction::Remind)),
        }
    }

    /// Hands the statement in.
    ///
    /// # Errors
    /// [`AssessmentError`] when it was handed in already.
    pub fn submit(self, hand: Hand) -> Next {
        self.may_state()
            .map_err(|_| self.not_now(AssessmentAction::Submit))?;
        let done = vec![Done {
            step: StepKind::SelfAssessment,
            by: hand.signature,
        }];
        Ok(Self::at(AssessmentState::Underway { done }))
    }

    /// Takes it back.
    ///
    /// # Errors
    /// [`AssessmentError`] once it is decided.
    pub fn withdraw(self, hand: Hand, reason: String) -> Next {
        match self.state {
            AssessmentState::Stating | AssessmentState::Underway { .. } => {
                Ok(Self::at(AssessmentState::Ended {
                    decision: None,
                    ending: Ending::Withdrawn { reason },
                    by: hand.signature,
                }))
            }
            _ => Err(self.not_now(AssessmentAction::Withdraw)),
        }
    }

    /// The step that comes next, while it is under way.
    #[must_use]
    pub fn next_step(&self, workflow: &Workflow) -> Option<StepKind> {
        let AssessmentState::Underway { done } = &self.state else {
            return None;
        };
        let last = done.last().map(|done| done.step);
        let steps = workflow.steps.iter().map(|step| step.kind);
        let mut rest = steps.filter(|kind| last.is_none_or(|last| *kind > last));
        // A rule set that says nothing of steps is decided at once.
        Some(rest.next().unwrap_or(StepKind::Decision))
    }

    fn underway(
        self,
        workflow: &Workflow,
        hand: &Hand,
        step: StepKind,
        action: AssessmentAction,
    ) -> Result<Vec<Done>, AssessmentError> {
        let Some(next) = self.next_step(workflow) else {
            return Err(self.not_now(action));
        };
        if next != step {
            return Err(AssessmentError::OtherStep { next });
        }
        allowed(workflow, hand, step, action)?;
        match self.state {
            AssessmentState::Underway { done } => Ok(done),
            _ => Err(self.not_now(action)),
        }
    }

    /// Says that it was reviewed, or that somebody was there.
    ///
    /// # Errors
    /// [`AssessmentError`] when another step or another society is asked.
    pub fn step(self, workflow: &Workflow, hand: Hand, step: StepKind) -> Next {
        let action = match step {
            StepKind::SiteVisit => AssessmentAction::Visit,
            _ => AssessmentAction::Review,
        };
        if !matches!(step, StepKind::Review | StepKind::SiteVisit) {
            return Err(self.not_now(action));
        }
        let mut done = self.underway(workflow, &hand, step, action)?;
        done.push(Done {
            step,
            by: hand.signature,
        });
        Ok(Self::at(AssessmentState::Underway { done }))
    }

    /// Gives it back to be stated better.
    ///
    /// # Errors
    /// [`AssessmentError`] when it is not under way, or for those of the depot.
    pub fn send_back(self, hand: &Hand) -> Next {
        let action = AssessmentAction::SendBack;
        match self.state {
            AssessmentState::Underway { .. } if hand.own || hand.above.is_empty() => {
                Err(AssessmentError::OwnDepot { action })
            }
            AssessmentState::Underway { .. } => Ok(Self::open()),
            _ => Err(self.not_now(action)),
        }
    }

    /// Grants a grade, or none. `vetoes` are those that are open by the facts.
    ///
    /// # Errors
    /// [`AssessmentError`] when another step comes first, for those of the depot, for a level that
    /// is none, and for one that an open veto bars.
    pub fn decide(
        self,
        rule_set: &RuleSet,
        hand: Hand,
        grade: Option<String>,
        reason: String,
        vetoes: &[String],
        frozen: Frozen,
    ) -> Next {
        let workflow = &rule_set.parts().workflow;
        let action = AssessmentAction::Decide;
        self.underway(workflow, &hand, StepKind::Decision, action)?;
        let society = allowed(workflow, &hand, StepKind::Decision, action)?;
        if let Some(grade) = &grade {
            let rank = known(rule_set, grade)?;
            let bars = |veto: &&String| rule_set.bars(veto, rank);
            if let Some(criterion) = vetoes.iter().find(bars).cloned() {
                return Err(AssessmentError::Vetoed { criterion });
            }
        }
        let decision = Decision {
            grade,
            reason,
            by: hand.signature,
            society: Some(society),
            frozen,
        };
        let notice = workflow
            .steps
            .iter()
            .find(|step| step.kind == StepKind::Publication);
        Ok(Self::at(match notice {
            Some(step) => AssessmentState::Announced {
                decision,
                until: step
                    .days
                    .and_then(|days| hand.day.checked_add_days(Days::new(days.into()))),
                appeal: None,
            },
            None => in_force(workflow, decision, hand.day),
        }))
    }

    /// The grade that holds on `day`; the outer `None` where none does.
    #[must_use]
    pub fn grade_on(&self, day: NaiveDate) -> Option<Option<&str>> {
        match &self.state {
            AssessmentState::InForce {
                decision,
                since,
                until,
                ..
            } if *since <= day && until.is_none_or(|last| day <= last) => {
                Some(decision.grade.as_deref())
            }
            _ => None,
        }
    }
}

fn in_force(workflow: &Workflow, decision: Decision, day: NaiveDate) -> AssessmentState {
    AssessmentState::InForce {
        decision,
        since: day,
        until: workflow
            .validity_months
            .and_then(|months| months_after(day, months)),
        appeal: None,
    }
}

// Where a level stands that somebody asks for.
fn known(rule_set: &RuleSet, level: &str) -> Result<usize, AssessmentError> {
    let rank = rule_set.rank(level);
    rank.ok_or_else(|| AssessmentError::UnknownLevel {
        level: level.to_owned(),
    })
}

// The last day of so many months that begin on `day`.
fn months_after(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    day.checked_add_months(Months::new(months))?.pred_opt()
}

// For which society whoever acts may do the step: the one that the rule set names, or the nearest above
// the depot where it names none. What is decided is never for the depot's own society.
fn allowed(
    workflow: &Workflow,
    hand: &Hand,
    step: StepKind,
    action: AssessmentAction,
) -> Result<Id<Organisation>, AssessmentError> {
    let (false, Some(nearest)) = (hand.own, hand.above.first()) else {
        return Err(AssessmentError::OwnDepot { action });
    };
    let named = workflow.steps.iter().find(|known| known.kind == step);
    let Some(actor) = named.and_then(|step| step.actor) else {
        return Ok(nearest.society);
    };
    let mut above = hand.above.iter();
    let meant = above.find(|superior| superior.level == actor);
    meant
        .map(|superior| superior.society)
        .ok_or(AssessmentError::OtherActor { actor })
}

#[cfg(test)]
mod tests;
