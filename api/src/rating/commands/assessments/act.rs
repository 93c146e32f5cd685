//! What is done with an assessment that was opened.
//!
//! **Invariant.** As in [`super`]: `domain` says what may be done, by whom and when.

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    rating::{
        Assessment, AssessmentAction, AssessmentError, AssessmentState, Frozen, Hand, Kind,
        StepKind, evaluate,
    },
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::{
    problem::{Faults, Problem},
    uow::{Command, Permission, Uow},
};

use super::{
    super::{
        queries,
        rows::act,
        wire::{AssessmentView, WaiverBody, by_criterion, freeze, granted},
    },
    Held,
};

/// What is done.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Hand the statement in.
    Submit,
    /// Take it back.
    Withdraw(Text<500>),
    /// It was read.
    Review,
    /// Somebody was there.
    Visit,
    /// It is to be stated better.
    SendBack(Text<500>),
    /// A level is granted, or none.
    Decide {
        grade: Option<String>,
        reason: Text<500>,
        waivers: Vec<WaiverBody>,
    },
    /// The notice is over.
    Enforce,
    /// Somebody objects.
    Appeal(Text<500>),
    /// What becomes of the objection.
    Settle { upheld: bool, reason: Text<500> },
    /// The grade is lowered.
    Downgrade {
        grade: Option<String>,
        reason: Text<500>,
    },
    /// The grade is taken away.
    Revoke(Text<500>),
    /// Its time is over.
    Expire,
    /// What it waits for is late, or the grade ends soon: the server says so, once.
    Remind,
}

impl Act {
    fn action(&self) -> AssessmentAction {
        match self {
            Self::Submit => AssessmentAction::Submit,
            Self::Withdraw(_) => AssessmentAction::Withdraw,
            Self::Review => AssessmentAction::Review,
            Self::Visit => AssessmentAction::Visit,
            Self::SendBack(_) => AssessmentAction::SendBack,
            Self::Decide { .. } => AssessmentAction::Decide,
            Self::Enforce => AssessmentAction::Enforce,
            Self::Appeal(_) => AssessmentAction::Appeal,
            Self::Settle { .. } => AssessmentAction::Settle,
            Self::Downgrade { .. } => AssessmentAction::Downgrade,
            Self::Revoke(_) => AssessmentAction::Revoke,
            Self::Expire => AssessmentAction::Expire,
            Self::Remind => AssessmentAction::Remind,
        }
    }

    fn reason(&self) -> Option<&Text<500>> {
        match self {
            Self::Withdraw(reason)
            | Self::SendBack(reason)
            | Self::Decide { reason, .. }
            | Self::Appeal(reason)
            | Self::Settle { reason, .. }
            | Self::Downgrade { reason, .. }
            | Self::Revoke(reason) => Some(reason),
            Self::Submit
            | Self::Review
            | Self::Visit
            | Self::Enforce
            | Self::Expire
            | Self::Remind => None,
        }
    }

    // For the depot, or for those above it.
    fn is_of_the_depot(&self) -> bool {
        matches!(self, Self::Submit | Self::Withdraw(_) | Self::Appeal(_))
    }
}

/// Does it.
#[derive(Debug, Clone)]
pub(crate) struct ActOnAssessment {
    pub(crate) assessment: Id<kinds::Assessment>,
    pub(crate) act: Act,
}

impl Command for ActOnAssessment {
    type Output = AssessmentView;
    const NAME: &'static str = "rating.act_on_assessment";
    const PERMISSION: Permission =
        Permission::Holds(&[Capability::StateRating, Capability::DecideRating]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AssessmentView, Problem> {
        let held = Held::lock(uow, self.assessment).await?;
        if self.act.is_of_the_depot() {
            held.by_keeper(uow).await?;
        } else {
            uow.require(Capability::DecideRating, held.custodian())
                .await?;
        }
        let hand = held.hand(uow).await?;
        if let Act::Decide {
            grade,
            reason,
            waivers,
        } = &self.act
        {
            return decide(uow, held, hand, &self.act, (grade.clone(), reason, waivers)).await;
        }
        let next = self.next(&held, hand);
        let next = next.map_err(|error| held.refused(&error))?;
        let granted = matches!(self.act, Act::Downgrade { .. });
        let grade = next.grade_on(uow.today()).flatten().map(str::to_owned);
        note(uow, &held, &self.act, &next).await?;
        let is_said = matches!(self.act, Act::Remind);
        held.save(uow, &next, |row| {
            if granted {
                row.grade = Set(grade);
            }
            if is_said {
                row.remind_on = Set(None);
            }
        })
        .await
    }
}

impl ActOnAssessment {
    fn next(&self, held: &Held, hand: Hand) -> Result<Assessment, AssessmentError> {
        let workflow = &held.rule_set.parts().workflow;
        let it = held.assessment.clone();
        match &self.act {
            Act::Submit => it.submit(hand),
            Act::Withdraw(reason) => it.withdraw(hand, reason.to_string()),
            Act::Review => it.step(workflow, hand, StepKind::Review),
            Act::Visit => it.step(workflow, hand, StepKind::SiteVisit),
            Act::SendBack(_) => it.send_back(&hand),
            Act::Enforce => it.enforce(workflow, &hand),
            Act::Appeal(reason) => it.appeal(workflow, hand, reason.to_string()),
            Act::Settle { upheld, .. } => it.settle(workflow, &hand, *upheld),
            Act::Downgrade { grade, reason } => {
                it.downgrade(&held.rule_set, hand, grade.clone(), reason.to_string())
            }
            Act::Revoke(reason) => it.revoke(workflow, hand, reason.to_string()),
            Act::Expire => it.expire(hand),
            Act::Remind => it.remind(held.remind_on(), &hand),
            // It takes facts, which only the transaction has.
            Act::Decide { .. } => Ok(it),
        }
    }
}

// Writes down what is done, beside what becomes of the assessment by it.
async fn note(uow: &Uow<'_>, held: &Held, act: &Act, next: &Assessment) -> Result<(), Problem> {
    // What has ended grants nothing any more.
    let grade = match next.state() {
        AssessmentState::Ended { .. } => None,
        _ => granted(next).map(str::to_owned),
    };
    act::ActiveModel {
        depot_id: Set(held.row.depot_id),
        assessment_id: Set(held.row.id),
        version: Set(held.row.version + 1),
        act: Set(act.action().name().to_owned()),
        state: Set(next.state().name().name().to_owned()),
        grade: Set(grade),
        reason: Set(act.reason().map(Text::to_string)),
        done_at: Set(uow.now()),
        done_by: Set(uow.caller().principal()),
    }
    .insert(uow.db())
    .await?;
    Ok(())
}

// The facts of this moment are frozen, with what was stated and what is waived.
async fn decide(
    uow: &mut Uow<'_>,
    held: Held,
    hand: Hand,
    act: &Act,
    (grade, reason, waivers): (Option<String>, &Text<500>, &[WaiverBody]),
) -> Result<AssessmentView, Problem> {
    let mut faults = Faults::default();
    for (position, waiver) in waivers.iter().enumerate() {
        let at = format!("/waivers/{position}/criterion");
        match held.rule_set.criterion(&waiver.criterion) {
            None => faults.note(
                at,
                "reference",
                "规则中没有这个指标",
                "the rule set has no such criterion",
            ),
            Some(criterion) if matches!(criterion.kind, Kind::Veto { .. }) => {
                faults.note(at, "veto", "否决项不得豁免", "a veto is never waived")
            }
            Some(_) => {}
        }
    }
    faults.finish(Some(()))?;
    let mut facts = queries::facts_of(uow.db(), &held.row, &held.rule_set, uow.now()).await?;
    facts.waived = by_criterion(waivers.to_vec());
    let evaluation = evaluate(&held.rule_set, held.row.profile.as_deref(), &facts);
    let evaluation = evaluation.map_err(Problem::internal)?;
    let computed = held.rule_set.code_of(evaluation.grade);
    let (text, digest) = freeze(&facts, held.row.statements()?, waivers.to_vec())?;
    let frozen = Frozen {
        digest: digest.clone(),
        computed,
    };
    let decided = held.assessment.clone().decide(
        &held.rule_set,
        hand,
        grade.clone(),
        reason.to_string(),
        &evaluation.vetoes,
        frozen,
    );
    let next = decided.map_err(|error| held.refused(&error))?;
    let waived = serde_json::to_string(waivers).map_err(Problem::internal)?;
    note(uow, &held, act, &next).await?;
    held.save(uow, &next, |row| {
        row.facts = Set(Some(text));
        row.facts_digest = Set(Some(digest));
        row.waived = Set(waived);
        row.grade = Set(grade);
    })
    .await
}
