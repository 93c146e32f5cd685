//! What makes the points, the levels and the course of an assessment right.
//!
//! **Invariant.** As in [`super`]: every mistake, at its place.

use rust_decimal::Decimal;

use crate::organisations::Level;

use super::{
    super::{
        Comparison, Criterion, Kind,
        rule_set::{StepKind, stands_in},
    },
    Check, Fault, POINTS_MAX, Referent, TEXT_MAX,
};

impl<'a> Check<'a> {
    /// Weights make up the whole, where there are any, and points lead somewhere.
    pub(super) fn points(&mut self) {
        let parts = self.parts;
        let earns = |criterion: &Criterion| {
            !matches!(criterion.kind, Kind::Deduction { .. }) && criterion.most_points().is_some()
        };
        let weighed = parts.criteria.iter().any(|known| known.weight.is_some());
        for (position, criterion) in parts.criteria.iter().enumerate() {
            let at = format!("/criteria/{position}");
            match criterion.weight {
                Some(weight) => {
                    self.range(format!("{at}/weight"), weight, 0, 100);
                    if !earns(criterion) {
                        self.tell(format!("{at}/weight"), Fault::WeightWithoutPoints);
                    } else if criterion.most_points().is_some_and(|most| most.is_zero()) {
                        self.tell(at, Fault::PointsMissing);
                    }
                }
                None if weighed && earns(criterion) => self.tell(at, Fault::WeightMissing),
                None => {}
            }
        }
        if weighed {
            for profile in self.profiles() {
                self.weights(profile);
            }
        }
        let first = parts
            .criteria
            .iter()
            .position(|criterion| criterion.most_points().is_some());
        if let Some(first) = first
            && parts.aggregation.cutoffs.is_empty()
        {
            self.tell(format!("/criteria/{first}"), Fault::PointsUnused);
        }
    }

    // They make up the whole for every level of depots that any of them concerns.
    fn weights(&mut self, profile: Option<&'a str>) {
        let sums: Vec<_> = Level::ALL
            .iter()
            .filter_map(|&level| {
                let weights: Vec<_> = self
                    .standing(profile)
                    .filter(|criterion| criterion.concerns(level))
                    .filter_map(|criterion| criterion.weight)
                    .filter_map(within)
                    .collect();
                let sum = weights.iter().copied().sum::<Decimal>();
                (!weights.is_empty()).then_some((level, sum))
            })
            .collect();
        let all_alike = sums.windows(2).all(|pair| pair[0].1 == pair[1].1);
        let told = if all_alike { 1 } else { sums.len() };
        for &(level, sum) in sums.iter().take(told) {
            if sum != Decimal::ONE_HUNDRED {
                let fault = Fault::Weights {
                    sum,
                    profile: profile.map(str::to_owned),
                    depots: (!all_alike).then_some(level),
                };
                self.tell("/criteria", fault);
            }
        }
    }

    fn profiles(&self) -> Vec<Option<&'a str>> {
        let parts = self.parts;
        if parts.profiles.is_empty() {
            return vec![None];
        }
        let ids = parts.profiles.iter().map(|profile| profile.id.as_str());
        ids.map(Some).collect()
    }

    fn standing(&self, profile: Option<&'a str>) -> impl Iterator<Item = &'a Criterion> + use<'a> {
        let criteria = self.parts.criteria.iter();
        criteria.filter(move |known| stands_in(known, profile))
    }

    /// Levels can be reached.
    pub(super) fn aggregation(&mut self) {
        let parts = self.parts;
        let aggregation = &parts.aggregation;
        if aggregation.gates.is_none() && aggregation.cutoffs.is_empty() {
            self.tell("/aggregation", Fault::NothingAggregated);
        }
        if let Some(gates) = &aggregation.gates {
            for (position, id) in gates.must_assess.iter().enumerate() {
                let at = format!("/aggregation/gates/must_assess/{position}");
                self.refers(at, Referent::Criterion, id);
            }
        }
        let at = "/aggregation/cutoffs";
        self.thresholds(at, &aggregation.cutoffs, Comparison::AtLeast);
        self.figures(at, &aggregation.cutoffs, 0, POINTS_MAX);
        let weighed = parts.criteria.iter().any(|known| known.weight.is_some());
        for profile in self.profiles() {
            let all = if weighed {
                Decimal::ONE_HUNDRED
            } else {
                let points = self.standing(profile).filter_map(Criterion::most_points);
                points.filter_map(within).sum()
            };
            for (position, cutoff) in aggregation.cutoffs.iter().enumerate() {
                if cutoff.value.is_some_and(|value| value > all) {
                    let at = format!("{at}/{position}/value");
                    let fault = Fault::CutoffAboveAll { all };
                    let told = self.mistakes.iter().any(|known| known.at == at);
                    if !told {
                        self.tell(at, fault);
                    }
                }
            }
        }
    }

    pub(super) fn workflow(&mut self) {
        let workflow = &self.parts.workflow;
        for (position, pair) in workflow.steps.windows(2).enumerate() {
            if pair[1].kind <= pair[0].kind {
                let at = format!("/workflow/steps/{}", position + 1);
                self.tell(at, Fault::StepOrder);
            }
        }
        let decides = |kind| kind == StepKind::Decision;
        let mut kinds = workflow.steps.iter().map(|step| step.kind);
        if !workflow.steps.is_empty() && !kinds.any(decides) {
            self.tell("/workflow/steps", Fault::NoDecision);
        }
        for (position, step) in workflow.steps.iter().enumerate() {
            if let Some(days) = step.days {
                let at = format!("/workflow/steps/{position}/days");
                self.range(at, days.into(), 1, 3_660);
            }
        }
        if let Some(months) = workflow.validity_months {
            let at = "/workflow/validity_months".to_owned();
            self.range(at, months.into(), 1, 1_200);
        }
        if let Some(months) = workflow.remind_months {
            let at = "/workflow/remind_months".to_owned();
            let most = workflow.validity_months.unwrap_or(1_200);
            self.range(at, months.into(), 1, most.into());
        }
        if let Some(days) = workflow.appeal_days {
            self.range("/workflow/appeal_days".to_owned(), days.into(), 1, 3_660);
        }
        self.length("/workflow/steps", workflow.steps.len(), 0, TEXT_MAX);
    }
}

// Figures beyond their range were told; a sum of them could leave a decimal.
fn within(points: Decimal) -> Option<Decimal> {
    let most = Decimal::from(POINTS_MAX);
    (Decimal::ZERO <= points && points <= most).then_some(points)
}
