//! From a document to a rule set that was checked.
//!
//! **Invariant.** Faults of words and faults of rules are told together, each by JSON Pointer.

mod kinds;
mod mend;

use chrono::NaiveDate;
use domain::{
    organisations::Level,
    rating::{
        Aggregation, AtLevel, Criterion, Gates, Kind, Mistake, Named, Parts, Provenance, RuleSet,
        Step, Words, Workflow,
    },
};
use rust_decimal::Decimal;

use super::{
    criterion::{CriterionDocument, LevelFigure},
    rule_set::{
        RuleGates, RuleName, RuleProvenance, RuleSetDocument, RuleWords, RuleWorkflow, optional,
    },
};
use crate::{
    http::Whole,
    problem::{Bilingual, Fault, Faults, FieldFault, Problem},
};

pub(in crate::rating) use mend::{SCHEMA, every_fault};

impl From<RuleWords> for Words {
    fn from(RuleWords { zh, en }: RuleWords) -> Self {
        Self { zh, en }
    }
}

impl From<RuleName> for Named {
    fn from(RuleName { id, title }: RuleName) -> Self {
        let title = title.into();
        Self { id, title }
    }
}

impl RuleSetDocument {
    /// Checks all of it.
    ///
    /// # Errors
    /// An invalid request with every fault.
    pub(crate) fn check(self) -> Result<RuleSet, Problem> {
        // Written down before it is taken apart: only a faulty one is read once more.
        let whole = self.clone();
        match self.parts(&mut Faults::default()) {
            Some(parts) => RuleSet::new(parts).map_err(|mistakes| {
                let faults = mistakes.into_iter().map(told);
                Problem::invalid(faults.collect())
            }),
            None => {
                let whole = serde_json::to_value(whole).map_err(Problem::internal)?;
                Err(Problem::invalid(every_fault(whole, Vec::new())?))
            }
        }
    }

    fn parts(self, faults: &mut Faults) -> Option<Parts> {
        let edition = number(faults, "/edition", self.edition);
        let valid_from = day(faults, "/valid_from", &self.valid_from);
        let valid_to = match &self.valid_to {
            Some(text) => day(faults, "/valid_to", text).map(Some),
            None => Some(None),
        };
        let standing = faults.take("/status", self.status.parse());
        let best = faults.take("/best_level", self.best_level.parse());
        let provenance = provenance(faults, "/provenance", self.provenance);
        let criteria: Vec<_> = self
            .criteria
            .into_iter()
            .enumerate()
            .map(|(position, document)| criterion(faults, position, document))
            .collect();
        let criteria: Option<Vec<_>> = criteria.into_iter().collect();
        let gates = gates(faults, self.aggregation.gates);
        let at = "/aggregation/cutoffs";
        let cutoffs = levels(faults, at, self.aggregation.cutoffs, Ok);
        let workflow = workflow(faults, self.workflow);
        let names = |list: Vec<RuleName>| list.into_iter().map(Named::from).collect();
        Some(Parts {
            id: self.id,
            edition: edition?,
            title: self.title.into(),
            label: self.label.map(Words::from),
            issuer: self.issuer.into(),
            document_number: self.document_number,
            valid_from: valid_from?,
            valid_to: valid_to?,
            standing: standing?,
            provenance: provenance?,
            levels: names(self.levels),
            best: best?,
            profiles: names(self.profiles),
            dimensions: names(self.dimensions),
            criteria: criteria?,
            aggregation: Aggregation {
                gates: gates?,
                cutoffs: cutoffs?,
            },
            workflow: workflow?,
        })
    }
}

fn told(mistake: Mistake) -> FieldFault {
    let Words { zh, en } = mistake.fault.sentence();
    FieldFault {
        pointer: mistake.at,
        code: mistake.fault.code(),
        message: Bilingual::new(zh, en),
    }
}

fn gates(faults: &mut Faults, gates: Option<RuleGates>) -> Option<Option<Gates>> {
    let Some(gates) = gates else {
        return Some(None);
    };
    let unassessed = gates.unassessed.parse();
    let unassessed = faults.take("/aggregation/gates/unassessed", unassessed)?;
    Some(Some(Gates {
        unassessed,
        must_assess: gates.must_assess,
    }))
}

fn workflow(faults: &mut Faults, workflow: RuleWorkflow) -> Option<Workflow> {
    let steps = workflow.steps.into_iter().enumerate();
    let steps: Vec<_> = steps
        .map(|(position, step)| {
            let at = format!("/workflow/steps/{position}");
            let kind = faults.take(format!("{at}/kind"), step.kind.parse());
            let actor = step.actor.as_deref().map(str::parse);
            let actor = faults.take_if(format!("{at}/actor"), actor);
            let days = maybe(faults, &format!("{at}/days"), step.days);
            Some(Step {
                kind: kind?,
                actor: actor?,
                days: days?,
            })
        })
        .collect();
    let steps: Option<Vec<_>> = steps.into_iter().collect();
    let months = "/workflow/validity_months";
    let validity_months = maybe(faults, months, workflow.validity_months);
    let remind_months = maybe(faults, "/workflow/remind_months", workflow.remind_months);
    let appeal_days = maybe(faults, "/workflow/appeal_days", workflow.appeal_days);
    Some(Workflow {
        steps: steps?,
        validity_months: validity_months?,
        remind_months: remind_months?,
        appeal_days: appeal_days?,
    })
}

fn day(faults: &mut Faults, at: &str, text: &str) -> Option<NaiveDate> {
    let wrong = |_| {
        Fault::new(
            "format",
            "须为日期，例如 2026-11-03",
            "must be a date such as 2026-11-03",
        )
    };
    faults.take(at, text.parse::<NaiveDate>().map_err(wrong))
}

fn number<N: TryFrom<i64>>(faults: &mut Faults, at: &str, number: Whole) -> Option<N> {
    let wrong = |_| Fault::new("out-of-range", "超出范围", "the number is out of range");
    faults.take(at, N::try_from(number.0).map_err(wrong))
}

fn maybe<N: TryFrom<i64>>(
    faults: &mut Faults,
    at: &str,
    whole: Option<Whole>,
) -> Option<Option<N>> {
    match whole {
        Some(whole) => number(faults, at, whole).map(Some),
        None => Some(None),
    }
}

fn provenance(faults: &mut Faults, at: &str, document: RuleProvenance) -> Option<Provenance> {
    let confidence = faults.take(format!("{at}/confidence"), document.confidence.parse());
    Some(Provenance {
        source: document.source,
        confidence: confidence?,
        note: document.note.map(Words::from),
    })
}

fn levels<V>(
    faults: &mut Faults,
    at: &str,
    list: Vec<LevelFigure>,
    read: impl Fn(Decimal) -> Result<V, Fault>,
) -> Option<Vec<AtLevel<V>>> {
    let read: Vec<_> = list
        .into_iter()
        .enumerate()
        .map(|(position, figure)| {
            let at = format!("{at}/{position}");
            let value = figure.value.map(|figure| read(figure.0));
            let value = faults.take_if(format!("{at}/value"), value);
            let provenance = match figure.provenance {
                Some(document) => {
                    provenance(faults, &format!("{at}/provenance"), document).map(Some)
                }
                None => Some(None),
            };
            Some(AtLevel {
                level: figure.level,
                value: value?,
                provenance: provenance?,
            })
        })
        .collect();
    read.into_iter().collect()
}

fn whole<N: TryFrom<Decimal>>(figure: Decimal) -> Result<N, Fault> {
    let wrong = || Fault::new("out-of-range", "须为整数", "must be a whole number");
    if !figure.normalize().scale().eq(&0) {
        return Err(wrong());
    }
    N::try_from(figure).map_err(|_| wrong())
}

fn criterion(
    faults: &mut Faults,
    position: usize,
    mut document: CriterionDocument,
) -> Option<Criterion> {
    let at = format!("/criteria/{position}");
    let kind = kinds::kind(faults, &at, &mut document);
    let source = provenance(faults, &format!("{at}/provenance"), document.provenance);
    let depot_levels = faults.take_each(
        &format!("{at}/depot_levels"),
        &document.depot_levels,
        |name| name.parse::<Level>(),
    );
    let effort = document.effort.as_deref().map(str::parse);
    let effort = faults.take_if(format!("{at}/effort"), effort);
    let kind = kind?;
    let can_bar = !matches!(
        kind,
        Kind::Banded { .. } | Kind::Deduction { .. } | Kind::Veto { .. }
    );
    Some(Criterion {
        id: document.id,
        dimension: document.dimension,
        title: document.title.into(),
        gate: document.gate.unwrap_or(can_bar),
        kind,
        points: optional(document.points),
        weight: optional(document.weight),
        profiles: document.profiles,
        depot_levels: depot_levels?,
        effort: effort?,
        public: document.public,
        provenance: source?,
    })
}
