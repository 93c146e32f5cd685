//! A rule set: one edition of the criteria by which depots are rated.
//!
//! **Invariant.** A [`RuleSet`] was checked: every reference in it leads somewhere and none in a
//! circle, units fit, thresholds do not fall as levels rise, weights make up the whole. What was not
//! checked is [`Parts`], and nothing judges by it.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    check::{self, Mistake},
    criterion::{AtLevel, Criterion, Kind, Provenance},
    words::{Words, words},
};
use crate::{kernel::named, organisations::Level};

named! {
    /// Whether depots are rated by it.
    pub enum Standing {
        /// Being written.
        Draft = "draft",
        /// Depots are rated by it.
        InForce = "in_force",
        /// Depots are not rated by it any more.
        Withdrawn = "withdrawn",
    }
}

named! {
    /// Which end of the list of levels is the best.
    pub enum Best {
        /// The first: 一级 before 二级.
        First = "first",
        /// The last.
        Last = "last",
    }
}

named! {
    /// What a gate means that nobody could judge.
    pub enum Unassessed {
        /// The level is not decided.
        Hold = "hold",
        /// The level is decided by the other gates, and the answer says what was passed over.
        Skip = "skip",
    }
}

named! {
    /// A step of an assessment.
    pub enum StepKind {
        /// The depot states what it has.
        SelfAssessment = "self_assessment",
        /// Somebody above reads it.
        Review = "review",
        /// Somebody above comes and looks.
        SiteVisit = "site_visit",
        /// Somebody above decides.
        Decision = "decision",
        /// The public may object.
        Publication = "publication",
    }
}

/// What people call the society of a level that does a step.
#[must_use]
pub fn actor_title(level: Level) -> Words {
    match level {
        Level::National => words("总会", "the national society"),
        Level::Provincial => words("省级红十字会", "the provincial society"),
        Level::Municipal => words("市级红十字会", "the municipal society"),
        Level::County => words("县级红十字会", "the county society"),
        Level::Township => words("乡级红十字会", "the township society"),
    }
}

impl StepKind {
    /// What people read.
    #[must_use]
    pub fn title(self) -> Words {
        match self {
            Self::SelfAssessment => words("自评", "self-assessment"),
            Self::Review => words("审核", "review"),
            Self::SiteVisit => words("现场查看", "site visit"),
            Self::Decision => words("决定", "decision"),
            Self::Publication => words("公示", "publication"),
        }
    }
}

/// Something with a code and a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its code.
    pub id: String,
    /// Its name.
    pub title: Words,
}

/// All-of for each level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gates {
    /// What a gate means that nobody could judge.
    pub unassessed: Unassessed,
    /// Criteria that must have been judged, or a level that asks them is not decided.
    pub must_assess: Vec<String>,
}

/// How points and gates make a level. At least one of the two is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregation {
    /// All gates of a level are met.
    pub gates: Option<Gates>,
    /// The points reach the level's cut-off.
    pub cutoffs: Vec<AtLevel<Decimal>>,
}

/// A step of the assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub kind: StepKind,
    /// The level of the society that does it; the depot's own where there is none.
    pub actor: Option<Level>,
    /// Within how many days.
    pub days: Option<u32>,
}

/// The course of an assessment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workflow {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// For how many months a grade stands; for ever where there is none.
    pub validity_months: Option<u32>,
    /// How many months before its last day a grade is to be renewed; three where there is none.
    pub remind_months: Option<u32>,
    /// For how many days an appeal may be lodged; as long as the grade stands where there is none.
    pub appeal_days: Option<u32>,
}

/// A rule set as it was written down, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Its id: lower-case letters, digits, `-` and `.`.
    pub id: String,
    /// Which edition, from 1.
    pub edition: u32,
    /// Its name.
    pub title: Words,
    /// What every answer by it must say.
    pub label: Option<Words>,
    /// Who issued it.
    pub issuer: Words,
    /// The number of the document.
    pub document_number: Option<String>,
    /// The first day on which it holds.
    pub valid_from: NaiveDate,
    /// The last day, if it is known.
    pub valid_to: Option<NaiveDate>,
    /// Whether depots are rated by it.
    pub standing: Standing,
    /// Where it was read.
    pub provenance: Provenance,
    /// The levels.
    pub levels: Vec<Named>,
    /// Which end of them is the best.
    pub best: Best,
    /// Ways to apply it, of which one is chosen; the first unless another is asked for.
    pub profiles: Vec<Named>,
    /// The dimensions.
    pub dimensions: Vec<Named>,
    /// The criteria.
    pub criteria: Vec<Criterion>,
    /// How they make a level.
    pub aggregation: Aggregation,
    /// The course of an assessment.
    pub workflow: Workflow,
}

/// A rule set that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    parts: Parts,
    // The positions of the levels in the list, the lowest level first.
    ranks: Vec<usize>,
    // The positions of the criteria, each after those that it is made of.
    order: Vec<usize>,
}

impl RuleSet {
    /// Checks everything and names every mistake.
    ///
    /// # Errors
    /// Every [`Mistake`], in the order of the file.
    pub fn new(parts: Parts) -> Result<Self, Vec<Mistake>> {
        let order = check::check(&parts)?;
        let mut ranks: Vec<_> = (0..parts.levels.len()).collect();
        if parts.best == Best::First {
            ranks.reverse();
        }
        Ok(Self {
            parts,
            ranks,
            order,
        })
    }

    /// What it consists of.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// `id/edition`, by which it is called.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.parts.id, self.parts.edition)
    }

    /// The levels, the lowest first.
    #[must_use]
    pub fn levels(&self) -> Vec<&Named> {
        self.ranks
            .iter()
            .filter_map(|&position| self.parts.levels.get(position))
            .collect()
    }

    /// The code of the level that stands there; `None` where none is reached or there is none.
    #[must_use]
    pub fn code_of(&self, rank: Option<usize>) -> Option<String> {
        let levels = self.levels();
        rank.and_then(|rank| levels.get(rank))
            .map(|level| level.id.clone())
    }

    /// What people call a level.
    #[must_use]
    pub fn title_of(&self, level: &str) -> Option<&Words> {
        let mut levels = self.parts().levels.iter();
        levels
            .find(|known| known.id == level)
            .map(|known| &known.title)
    }

    /// Where a level stands, from 0 for the lowest.
    #[must_use]
    pub fn rank(&self, level: &str) -> Option<usize> {
        self.levels().iter().position(|known| known.id == level)
    }

    /// The profile that is meant: the first where none is asked for.
    ///
    /// # Errors
    /// [`UnknownProfile`] where there is none of that name.
    pub fn profile(&self, asked: Option<&str>) -> Result<Option<&Named>, UnknownProfile> {
        match asked {
            None => Ok(self.parts.profiles.first()),
            Some(asked) => self
                .parts
                .profiles
                .iter()
                .find(|profile| profile.id == asked)
                .map(Some)
                .ok_or(UnknownProfile),
        }
    }

    /// The criteria that stand in a profile, each after those that it is made of.
    pub(super) fn criteria<'a>(
        &'a self,
        profile: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Criterion> {
        self.order
            .iter()
            .filter_map(|&position| self.parts.criteria.get(position))
            .filter(move |criterion| stands_in(criterion, profile))
    }

    /// The criterion of this code.
    #[must_use]
    pub fn criterion(&self, id: &str) -> Option<&Criterion> {
        self.parts.criteria.iter().find(|known| known.id == id)
    }

    /// Where what a criterion asks at a level was read.
    #[must_use]
    pub fn provenance_at<'a>(&self, criterion: &'a Criterion, rank: usize) -> &'a Provenance {
        let own = match &criterion.kind {
            Kind::Numeric { thresholds, .. }
            | Kind::People { thresholds, .. }
            | Kind::Assessor { thresholds } => self
                .asked(rank, thresholds)
                .and_then(|at| at.provenance.as_ref()),
            Kind::Checklist { thresholds, .. } => self
                .asked(rank, thresholds)
                .and_then(|at| at.provenance.as_ref()),
            _ => None,
        };
        own.unwrap_or(&criterion.provenance)
    }

    /// What a level asks: its own threshold, or that of the next level below that has one.
    pub(super) fn asked<'a, V>(
        &self,
        rank: usize,
        thresholds: &'a [AtLevel<V>],
    ) -> Option<&'a AtLevel<V>> {
        thresholds
            .iter()
            .filter_map(|threshold| Some((self.rank(&threshold.level)?, threshold)))
            .filter(|(of, _)| *of <= rank)
            .max_by_key(|(of, _)| *of)
            .map(|(_, threshold)| threshold)
    }

    /// Whether the veto `criterion` bars the level of this rank while it is open.
    #[must_use]
    pub fn bars(&self, criterion: &str, rank: usize) -> bool {
        let Some(Kind::Veto { highest_level }) = self.criterion(criterion).map(|it| &it.kind)
        else {
            return false;
        };
        let highest = highest_level.as_ref().and_then(|level| self.rank(level));
        highest.is_none_or(|highest| rank > highest)
    }
}

impl Workflow {
    /// The first step that none of the societies above a depot, of these levels, may do.
    #[must_use]
    pub fn step_of_nobody(&self, above: &[Level]) -> Option<(StepKind, Level)> {
        let by_others = |step: &&Step| step.kind != StepKind::SelfAssessment;
        let named = self.steps.iter().filter(by_others);
        named
            .filter_map(|step| Some((step.kind, step.actor?)))
            .find(|(_, actor)| !above.contains(actor))
    }
}

pub(super) fn stands_in(criterion: &Criterion, profile: Option<&str>) -> bool {
    criterion.profiles.is_empty()
        || profile.is_some_and(|profile| criterion.profiles.iter().any(|known| known == profile))
}

/// The rule set has no such profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rule set has no such profile")]
pub struct UnknownProfile;
