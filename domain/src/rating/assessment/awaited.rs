//! What an assessment waits for, whose that is, and by when.
//!
//! **Invariant.** Every state that is not the end waits for one thing at most. A day is a last day: what
//! is done on it is done in time. Nothing here does anything: people act, or the server does when a
//! notice or a grade is over.

use chrono::{Days, Months, NaiveDate};

use super::{super::StepKind, Assessment, AssessmentState};
use crate::{
    kernel::named,
    organisations::Level,
    rating::{Step, Workflow},
};

/// How long before its last day a grade is to be renewed, where its rule set does not say: as long as
/// a course of review, visit, decision and notice may well take (deduced, no rule is known).
const REMIND_MONTHS: u32 = 3;

named! {
    /// What is to be done next.
    pub enum Awaited {
        /// The depot hands its statement in.
        Submit = "submit",
        /// It is read.
        Review = "review",
        /// Somebody goes there.
        Visit = "visit",
        /// A level is granted, or none.
        Decide = "decide",
        /// The notice ends and the grade comes into force: the server does it where there is no
        /// objection.
        Enforce = "enforce",
        /// An objection is settled.
        Settle = "settle",
        /// The depot is assessed anew, before the grade ends.
        Renew = "renew",
    }
}

impl Awaited {
    const fn of(step: StepKind) -> Self {
        match step {
            StepKind::SelfAssessment => Self::Submit,
            StepKind::Review => Self::Review,
            StepKind::SiteVisit => Self::Visit,
            StepKind::Decision => Self::Decide,
            StepKind::Publication => Self::Enforce,
        }
    }

    const fn step(self) -> Option<StepKind> {
        Some(match self {
            Self::Submit => StepKind::SelfAssessment,
            Self::Review => StepKind::Review,
            Self::Visit => StepKind::SiteVisit,
            Self::Decide | Self::Settle => StepKind::Decision,
            Self::Enforce => StepKind::Publication,
            Self::Renew => return None,
        })
    }

    fn rule(self, workflow: &Workflow) -> Option<&Step> {
        let step = self.step()?;
        workflow.steps.iter().find(|known| known.kind == step)
    }

    /// The level of the society whose it is; `None` where it is the depot's own, or of any society
    /// above it.
    #[must_use]
    pub fn actor(self, workflow: &Workflow) -> Option<Level> {
        match self {
            Self::Submit => None,
            _ => self.rule(workflow)?.actor,
        }
    }
}

/// By when, and when to say so again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Deadline {
    /// The last day on which it is in time; `None` where nothing says so.
    pub due_on: Option<NaiveDate>,
    /// The day on which a reminder is due: some time before a grade ends, and the day after a step
    /// was to be done.
    pub remind_on: Option<NaiveDate>,
}

impl Assessment {
    /// What is to be done next; `None` at the end, and for a grade that never ends.
    #[must_use]
    pub fn awaits(&self, workflow: &Workflow) -> Option<Awaited> {
        match self.state() {
            AssessmentState::Stating => Some(Awaited::Submit),
            AssessmentState::Underway { .. } => self.next_step(workflow).map(Awaited::of),
            AssessmentState::Announced {
                appeal: Some(_), ..
            }
            | AssessmentState::InForce {
                appeal: Some(_), ..
            } => Some(Awaited::Settle),
            AssessmentState::Announced { .. } => Some(Awaited::Enforce),
            AssessmentState::InForce { until, .. } => until.map(|_| Awaited::Renew),
            AssessmentState::Ended { .. } => None,
        }
    }

    /// By when that is to be done which it waits for since the day `since`.
    #[must_use]
    pub fn deadline(&self, workflow: &Workflow, since: NaiveDate) -> Deadline {
        let Some(awaited) = self.awaits(workflow) else {
            return Deadline::default();
        };
        match (awaited, self.state()) {
            (Awaited::Renew, AssessmentState::InForce { until, .. }) => {
                let months = workflow.remind_months.unwrap_or(REMIND_MONTHS);
                Deadline {
                    due_on: *until,
                    remind_on: until.and_then(|last| last.checked_sub_months(Months::new(months))),
                }
            }
            // The server does it on that day, so that nobody needs to be reminded.
            (Awaited::Enforce, AssessmentState::Announced { until, .. }) => Deadline {
                due_on: until.and_then(|last| last.succ_opt()),
                remind_on: None,
            },
            (Awaited::Settle, _) => Deadline::default(),
            _ => {
                let days = awaited.rule(workflow).and_then(|step| step.days);
                let due_on = days.and_then(|days| since.checked_add_days(Days::new(days.into())));
                Deadline {
                    due_on,
                    remind_on: due_on.and_then(|day| day.succ_opt()),
                }
            }
        }
    }
}
