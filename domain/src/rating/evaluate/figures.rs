//! Figures, answers and points.
//!
//! **Invariant.** As in [`super`]: nothing fails, and what is not known is not assessed.

use rust_decimal::Decimal;

use super::{
    super::{AtLevel, Band, Comparison, Entry, Statement, Subject},
    Finding, Found, Judge, Judged, Missing, part,
};

impl Judge<'_> {
    // The figure that the subject names, or why there is none.
    fn figure(&self, subject: Subject) -> Result<Decimal, Missing> {
        match subject {
            Subject::Measure(measure) => self
                .facts
                .readings
                .get(&measure)
                .copied()
                .ok_or(Missing::NotMeasured(measure)),
            Subject::Stated => match self.stated() {
                Some(Statement::Figure(figure)) => Ok(*figure),
                Some(_) => Err(Missing::OtherStatement),
                None => Err(Missing::NotStated),
            },
        }
    }

    pub(super) fn against(
        &self,
        found: Decimal,
        comparison: Comparison,
        thresholds: &[AtLevel<Decimal>],
    ) -> Vec<Judged> {
        (0..self.levels())
            .map(|rank| match self.rule_set.asked(rank, thresholds) {
                None => Judged::NotAsked,
                Some(AtLevel { value: None, .. }) => Judged::NotAssessed,
                Some(AtLevel {
                    value: Some(asked), ..
                }) => {
                    let met = match comparison {
                        Comparison::AtLeast => found >= *asked,
                        Comparison::AtMost => found <= *asked,
                    };
                    if met { Judged::Met } else { Judged::NotMet }
                }
            })
            .collect()
    }

    pub(super) fn numeric(
        &self,
        subject: Subject,
        comparison: Comparison,
        thresholds: &[AtLevel<Decimal>],
    ) -> Finding {
        match self.figure(subject) {
            Err(why) => self.missing(why),
            Ok(found) => {
                let at = self.against(found, comparison, thresholds);
                self.finding(at, None, Found::Figure(found))
            }
        }
    }

    pub(super) fn banded(&self, subject: Subject, bands: &[Band]) -> Finding {
        match self.figure(subject) {
            Err(why) => self.missing(why),
            Ok(found) => {
                let band = bands
                    .iter()
                    .rfind(|band| band.from.is_none_or(|from| from <= found));
                let points = band.map(|band| band.points);
                let at = self.everywhere(Judged::NotAsked);
                self.finding(at, points, Found::Figure(found))
            }
        }
    }

    pub(super) fn yes_no(&self, subject: Subject) -> Finding {
        let yes = match (subject, self.stated()) {
            (Subject::Measure(_), _) => self.figure(subject).map(|figure| !figure.is_zero()),
            (Subject::Stated, Some(Statement::Answer { yes, valid_until })) => match valid_until {
                Some(last) if *last < self.facts.day => Err(Missing::Lapsed(*last)),
                _ => Ok(*yes),
            },
            (Subject::Stated, Some(_)) => Err(Missing::OtherStatement),
            (Subject::Stated, None) => Err(Missing::NotStated),
        };
        match yes {
            Err(why) => self.missing(why),
            Ok(yes) => {
                let judged = if yes { Judged::Met } else { Judged::NotMet };
                let points = self.criterion.points.filter(|_| yes);
                self.finding(self.everywhere(judged), points, Found::Answer(yes))
            }
        }
    }

    pub(super) fn checklist(&self, entries: &[Entry], thresholds: &[AtLevel<u32>]) -> Finding {
        let ticked = match self.stated() {
            Some(Statement::Ticked(ticked)) => ticked,
            Some(_) => return self.missing(Missing::OtherStatement),
            None => return self.missing(Missing::NotStated),
        };
        let open: Vec<_> = entries
            .iter()
            .filter(|entry| !ticked.contains(&entry.id))
            .map(|entry| entry.id.clone())
            .collect();
        let done = entries.len() - open.len();
        let at = (0..self.levels())
            .map(|rank| match self.rule_set.asked(rank, thresholds) {
                None => Judged::NotAsked,
                Some(AtLevel { value: None, .. }) => Judged::NotAssessed,
                Some(AtLevel {
                    value: Some(asked), ..
                }) if done >= *asked as usize => Judged::Met,
                Some(_) => Judged::NotMet,
            })
            .collect();
        let points = self
            .criterion
            .points
            .map(|points| part(points, done.into(), entries.len().into()));
        let of = entries.len();
        self.finding(at, points, Found::Ticked { open, of })
    }

    pub(super) fn score(&self, thresholds: &[AtLevel<Decimal>]) -> Finding {
        let (points, reason) = match self.stated() {
            Some(Statement::Score { points, reason }) => (*points, reason.clone()),
            Some(_) => return self.missing(Missing::OtherStatement),
            None => return self.missing(Missing::NotStated),
        };
        let most = self.criterion.points.unwrap_or_default();
        if points < Decimal::ZERO || most < points {
            return self.missing(Missing::TooManyPoints);
        }
        let at = self.against(points, Comparison::AtLeast, thresholds);
        self.finding(at, Some(points), Found::Score { points, reason })
    }
}
