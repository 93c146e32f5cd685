//! Groups, deductions and vetoes.
//!
//! **Invariant.** As in [`super`]: a part that was not assessed makes nothing met and nothing missed.

use std::collections::BTreeMap;

use chrono::Days;
use rust_decimal::Decimal;

use super::{super::Statement, Finding, Found, Judge, Judged, Missing};

impl Judge<'_> {
    pub(super) fn group(
        &self,
        of: &[String],
        at_least: u32,
        done: &BTreeMap<&str, Finding>,
    ) -> Finding {
        let members: Vec<_> = of
            .iter()
            .map(|id| {
                // What does not stand in this profile, or does not concern this depot, is unknown.
                let unknown = || vec![Judged::NotAssessed; self.levels()];
                let at = done
                    .get(id.as_str())
                    .map_or_else(unknown, |found| found.at.clone());
                (id.clone(), at)
            })
            .collect();
        let needed = at_least as usize;
        let at = (0..self.levels())
            .map(|rank| {
                let count =
                    |judged: Judged| members.iter().filter(|(_, at)| at[rank] == judged).count();
                let silent = count(Judged::NotAsked);
                let met = count(Judged::Met) + count(Judged::Waived) + silent;
                if silent == members.len() {
                    Judged::NotAsked
                } else if met >= needed {
                    Judged::Met
                } else if met + count(Judged::NotAssessed) < needed {
                    Judged::NotMet
                } else {
                    Judged::NotAssessed
                }
            })
            .collect();
        self.finding(at, None, Found::Group(members))
    }

    pub(super) fn deduction(
        &self,
        each: Decimal,
        cap: Decimal,
        window_days: Option<u32>,
    ) -> Finding {
        let days = match self.stated() {
            Some(Statement::Occurrences(days)) => days,
            Some(_) => return self.missing(Missing::OtherStatement),
            None => return self.missing(Missing::NotStated),
        };
        let today = self.facts.day;
        let from = window_days.and_then(|days| today.checked_sub_days(Days::new(days.into())));
        let times = days
            .iter()
            .filter(|&&day| day <= today && from.is_none_or(|from| from < day))
            .count();
        let off = each
            .checked_mul(times.into())
            .map_or(cap, |off| off.min(cap));
        let at = self.everywhere(Judged::NotAsked);
        self.finding(at, Some(-off), Found::Occurred { times })
    }

    pub(super) fn veto(&self) -> Finding {
        match self.stated() {
            Some(Statement::Finding { open, reason }) => self.finding(
                self.everywhere(Judged::NotAsked),
                None,
                Found::Veto {
                    open: *open,
                    reason: reason.clone(),
                },
            ),
            Some(_) => self.missing(Missing::OtherStatement),
            None => self.missing(Missing::NotStated),
        }
    }
}
