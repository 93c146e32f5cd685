//! For how many people and days there is enough.
//!
//! **Invariant.** What a request takes to be lost is counted apart and never as there; nothing of it
//! is written down. A fixed number of statements, for however many areas.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::{
    kernel::{Id, kinds::Depot},
    organisations::DivisionCode,
    virtual_warehouse::{Cover, Holding, Origin},
};
use sea_orm::ConnectionTrait;

use crate::{
    depots,
    incidents::{self, MatchedStandard},
    organisations,
    problem::{Fault, Faults, Problem},
    scope::Scope,
};

use super::{
    super::wire::{
        AskedCoverage, CoverageGapView, CoverageLineView, CoverageView, CoveredAreaView,
        CoveredView, UnmatchedLineView,
    },
    sources::{Sources, sources},
};

/// How far stock reaches for the areas that are asked for.
pub(in crate::virtual_warehouse) async fn coverage(
    db: &impl ConnectionTrait,
    scope: &Scope,
    mut asked: AskedCoverage,
    day: NaiveDate,
) -> Result<CoverageView, Problem> {
    let standard = incidents::matched_standard(db, asked.standard.as_str()).await?;
    let standard = standard.ok_or_else(|| {
        Problem::field(
            "/standard_id",
            "reference",
            "没有这个标准",
            "there is no such standard",
        )
    })?;
    let items = standard
        .lines
        .iter()
        .filter_map(|line| line.item.as_ref().ok());
    let areas = peopled(db, &asked.areas).await?;
    asked.sending.items = items.map(|item| item.id).collect();
    let found = sources(db, scope, &asked.sending, day).await?;
    let mut ground = Ground::new(&asked, areas, &standard, &found, day);
    ground.forget_hidden(db, scope).await?;
    Ok(ground.answer())
}

// Every area with its people. One of which nobody says how many live there is at fault.
async fn peopled(
    db: &impl ConnectionTrait,
    asked: &[(DivisionCode, Option<u64>)],
) -> Result<Vec<(DivisionCode, u64)>, Problem> {
    let unsaid = asked.iter().filter(|(_, people)| people.is_none());
    let unsaid: Vec<_> = unsaid.map(|&(area, _)| area).collect();
    let known = organisations::populations(db, &unsaid).await?;
    let mut faults = Faults::default();
    let areas = asked.iter().enumerate().map(|(number, &(area, people))| {
        let people = people.or_else(|| known.get(&area).copied()).ok_or_else(|| {
            Fault::new(
                "required",
                "没有该区划的人口数，请填写人数",
                "how many people live there is not on record: say how many",
            )
        });
        Some((
            area,
            faults.take(format!("/areas/{number}/people"), people)?,
        ))
    });
    let areas: Vec<_> = areas.collect();
    faults.finish(areas.into_iter().collect())
}

struct Ground<'a> {
    asked: &'a AskedCoverage,
    areas: Vec<(DivisionCode, u64)>,
    standard: &'a MatchedStandard,
    found: &'a Sources,
    lost: BTreeSet<Id<Depot>>,
    day: NaiveDate,
}

fn lies_in(division: Option<DivisionCode>, area: DivisionCode) -> bool {
    division.is_some_and(|division| division.as_str().starts_with(area.prefix()))
}

impl<'a> Ground<'a> {
    fn new(
        asked: &'a AskedCoverage,
        areas: Vec<(DivisionCode, u64)>,
        standard: &'a MatchedStandard,
        found: &'a Sources,
        day: NaiveDate,
    ) -> Self {
        let is_lost = |division: Option<DivisionCode>| {
            let mut lost = asked.lost_divisions.iter();
            lost.any(|area| lies_in(division, *area))
        };
        let depots = found.depots.values();
        let lost = depots
            .filter(|depot| asked.lost_depots.contains(&depot.id) || is_lost(depot.division_code))
            .map(|depot| depot.id)
            .collect();
        Self {
            asked,
            areas,
            standard,
            found,
            lost,
            day,
        }
    }

    // Every depot is a source, since owners have goods in depots that they do not see. Of those that
    // are lost the caller is told of what they see, and of where goods that they see lie.
    async fn forget_hidden(
        &mut self,
        db: &impl ConnectionTrait,
        scope: &Scope,
    ) -> Result<(), Problem> {
        let lost: Vec<_> = self.lost.iter().copied().collect();
        let seen = depots::depots_facts(db, scope, &lost).await?;
        let holdings = &self.found.holdings;
        let holds = |depot: Id<Depot>| {
            let mut origins = holdings.iter().map(|holding| &holding.origin);
            origins.any(|origin| matches!(origin, Origin::Depot(of) if *of == depot))
        };
        self.lost
            .retain(|depot| seen.contains_key(depot) || holds(*depot));
        Ok(())
    }

    fn answer(&self) -> CoverageView {
        let everyone: u64 = self.areas.iter().map(|(_, people)| *people).sum();
        let mut areas = Vec::new();
        let mut gaps = Vec::new();
        for &(area, people) in &self.areas {
            let (covered, of_area) = self.cover(Some(area), people);
            gaps.extend(of_area);
            areas.push(CoveredAreaView {
                division_code: area.to_string(),
                covered,
            });
        }
        gaps.sort_by(|one, other| {
            let key = |gap: &CoverageGapView| (std::cmp::Reverse(gap.gap_permille), gap.item_id);
            (key(one), &one.division_code).cmp(&(key(other), &other.division_code))
        });
        let unmatched = self.standard.lines.iter().filter_map(|line| {
            let reason = line.item.as_ref().err()?;
            Some(UnmatchedLineView {
                item_key: line.line.item_key.clone(),
                title_zh: line.line.title_zh.clone(),
                title_en: line.line.title_en.clone(),
                reason: (*reason).to_owned(),
            })
        });
        CoverageView {
            standard_id: self.standard.standard.id.clone(),
            days: self.asked.days,
            together: self.cover(None, everyone).0,
            areas,
            gaps,
            unmatched: unmatched.collect(),
            lost_depot_ids: self.lost.iter().copied().collect(),
        }
    }

    // How far what lies in an area reaches, or all there is; and what is missing.
    fn cover(
        &self,
        area: Option<DivisionCode>,
        people: u64,
    ) -> (CoveredView, Vec<CoverageGapView>) {
        let days = self.asked.days;
        let (mut lines, mut gaps) = (Vec::new(), Vec::new());
        for line in &self.standard.lines {
            let Ok(item) = &line.item else { continue };
            let mut there = There::default();
            let of_item = |holding: &&Holding| holding.item == item.id;
            for holding in self.found.holdings.iter().filter(of_item) {
                self.count(holding, area, &mut there);
            }
            let cover = Cover::of(there.available, people, days, |people, days| {
                self.standard.wanted(line, people, days)
            });
            let base_unit = item.units.base().as_str().to_owned();
            if let Some(area) = area.filter(|_| cover.gap > 0) {
                gaps.push(CoverageGapView {
                    division_code: area.to_string(),
                    item_id: item.id,
                    item_name: item.name.clone(),
                    base_unit: base_unit.clone(),
                    gap: cover.gap,
                    gap_permille: cover.gap_permille(),
                });
            }
            lines.push(CoverageLineView {
                item_key: line.line.item_key.clone(),
                item_id: item.id,
                item_name: item.name.clone(),
                base_unit,
                wanted: cover.wanted,
                available: there.available,
                lost: there.lost,
                agreement: there.agreement,
                gap: cover.gap,
                people_covered: cover.people,
                days_covered: cover.days,
            });
        }
        let covered = CoveredView {
            people,
            people_covered: lines
                .iter()
                .map(|line| line.people_covered)
                .min()
                .unwrap_or(0),
            days_covered: lines
                .iter()
                .map(|line| line.days_covered)
                .min()
                .unwrap_or(0),
            lines,
        };
        (covered, gaps)
    }

    fn count(&self, holding: &Holding, area: Option<DivisionCode>, there: &mut There) {
        let free = holding.free_on(self.day);
        let inside = |division| area.is_none_or(|area| lies_in(division, area));
        match holding.origin {
            Origin::Depot(id) => {
                let depot = self.found.depots.get(&id);
                if !inside(depot.and_then(|depot| depot.division_code)) {
                    return;
                }
                let side = if self.lost.contains(&id) {
                    &mut there.lost
                } else {
                    &mut there.available
                };
                *side = side.saturating_add(free);
            }
            Origin::Agreement(id) => {
                let mut promises = self.found.promises.iter();
                let promise = promises.find(|promise| promise.agreement == id);
                let division = promise.and_then(|promise| promise.division);
                let lost = &self.asked.lost_divisions;
                let is_lost = lost.iter().any(|area| lies_in(division, *area));
                if inside(division) && !is_lost {
                    there.agreement = there.agreement.saturating_add(free);
                }
            }
        }
    }
}

#[derive(Default)]
struct There {
    available: i64,
    lost: i64,
    agreement: i64,
}
