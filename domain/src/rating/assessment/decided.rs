//! What can be done once an assessment is decided: notice, force, appeal, and its end.
//!
//! **Invariant.** As in [`super`]. A grade is only lowered here; to raise it takes an assessment.

use chrono::Days;

use super::{
    super::{RuleSet, StepKind, Workflow},
    Appeal, Assessment, AssessmentAction, AssessmentError, AssessmentState, Done, Ending, Hand,
    Next, allowed, in_force, known,
};

impl Assessment {
    /// Lets it come into force when the notice is over.
    ///
    /// # Errors
    /// [`AssessmentError`] while the notice runs or an appeal is open.
    pub fn enforce(self, workflow: &Workflow, hand: &Hand) -> Next {
        match self.state {
            AssessmentState::Announced {
                appeal: Some(_), ..
            } => Err(AssessmentError::AppealOpen),
            AssessmentState::Announced {
                until: Some(last), ..
            } if hand.day <= last => Err(AssessmentError::Day {
                day: last.succ_opt().unwrap_or(last),
            }),
            AssessmentState::Announced { decision, .. } => {
                allowed(
                    workflow,
                    hand,
                    StepKind::Publication,
                    AssessmentAction::Enforce,
                )?;
                Ok(Self::at(in_force(workflow, decision, hand.day)))
            }
            _ => Err(self.not_now(AssessmentAction::Enforce)),
        }
    }

    /// Objects to what was decided.
    ///
    /// # Errors
    /// [`AssessmentError`] when nothing is decided, it is too late, or somebody objects already.
    pub fn appeal(mut self, workflow: &Workflow, hand: Hand, reason: String) -> Next {
        let not_now = self.not_now(AssessmentAction::Appeal);
        let (appeal, since) = match &mut self.state {
            AssessmentState::Announced { appeal, .. } => (appeal, None),
            AssessmentState::InForce { appeal, since, .. } => (appeal, Some(*since)),
            _ => return Err(not_now),
        };
        if appeal.is_some() {
            return Err(AssessmentError::AppealOpen);
        }
        let last = since
            .zip(workflow.appeal_days)
            .and_then(|(since, days)| since.checked_add_days(Days::new(days.into())));
        if let Some(day) = last
            && hand.day > day
        {
            return Err(AssessmentError::Day { day });
        }
        *appeal = Some(Appeal {
            by: hand.signature,
            reason,
        });
        Ok(self)
    }

    /// Says what becomes of the objection: it is right, and the depot is decided on anew, or not.
    ///
    /// # Errors
    /// [`AssessmentError`] when nobody objected, for those of the depot, and for whoever decided.
    pub fn settle(mut self, workflow: &Workflow, hand: &Hand, upheld: bool) -> Next {
        let action = AssessmentAction::Settle;
        let not_now = self.not_now(action);
        let (AssessmentState::Announced {
            appeal, decision, ..
        }
        | AssessmentState::InForce {
            appeal, decision, ..
        }) = &mut self.state
        else {
            return Err(not_now);
        };
        if appeal.take().is_none() {
            return Err(AssessmentError::NoAppeal);
        }
        allowed(workflow, hand, StepKind::Decision, action)?;
        if decision.by.by == hand.signature.by {
            return Err(AssessmentError::OwnDecision);
        }
        if !upheld {
            return Ok(self);
        }
        let before = workflow.steps.iter().map(|step| step.kind);
        let last = before.filter(|kind| *kind < StepKind::Decision).max();
        let done = vec![Done {
            step: last.unwrap_or(StepKind::SelfAssessment),
            by: decision.by.clone(),
        }];
        Ok(Self::at(AssessmentState::Underway { done }))
    }

    /// Lowers the grade to `to`, which may be none.
    ///
    /// # Errors
    /// [`AssessmentError`] when no grade holds, for those of the depot, and for what is not lower.
    pub fn downgrade(
        mut self,
        rule_set: &RuleSet,
        hand: Hand,
        to: Option<String>,
        reason: String,
    ) -> Next {
        let action = AssessmentAction::Downgrade;
        let not_now = self.not_now(action);
        let AssessmentState::InForce { decision, .. } = &mut self.state else {
            return Err(not_now);
        };
        let workflow = &rule_set.parts().workflow;
        let society = allowed(workflow, &hand, StepKind::Decision, action)?;
        let rank = |grade: &Option<String>| match grade {
            None => Ok(None),
            Some(grade) => known(rule_set, grade).map(Some),
        };
        if rank(&to)? >= rank(&decision.grade)? {
            return Err(AssessmentError::NotLower);
        }
        decision.grade = to;
        decision.reason = reason;
        decision.by = hand.signature;
        decision.society = Some(society);
        Ok(self)
    }

    /// Takes the grade away.
    ///
    /// # Errors
    /// [`AssessmentError`] when nothing is decided, or for those of the depot.
    pub fn revoke(self, workflow: &Workflow, hand: Hand, reason: String) -> Next {
        let action = AssessmentAction::Revoke;
        match self.state {
            AssessmentState::Announced { decision, .. }
            | AssessmentState::InForce { decision, .. } => {
                allowed(workflow, &hand, StepKind::Decision, action)?;
                Ok(Self::at(AssessmentState::Ended {
                    decision: Some(decision),
                    ending: Ending::Revoked { reason },
                    by: hand.signature,
                }))
            }
            _ => Err(self.not_now(action)),
        }
    }

    /// Notes that its time is over.
    ///
    /// # Errors
    /// [`AssessmentError`] while it is valid.
    pub fn expire(self, hand: Hand) -> Next {
        match self.state {
            AssessmentState::InForce {
                until: Some(last), ..
            } if hand.day <= last => Err(AssessmentError::Day {
                day: last.succ_opt().unwrap_or(last),
            }),
            AssessmentState::InForce {
                decision,
                until: Some(_),
                ..
            } => Ok(Self::at(AssessmentState::Ended {
                decision: Some(decision),
                ending: Ending::Expired,
                by: hand.signature,
            })),
            _ => Err(self.not_now(AssessmentAction::Expire)),
        }
    }
}
