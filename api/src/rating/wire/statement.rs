//! What people state to a criterion, on the wire.
//!
//! **Invariant.** A statement is of exactly one kind.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::rating::{RuleSet, Statement, StatementKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{figure::Figure, rule_set::codes};
use crate::problem::{Fault, Faults, Problem};

/// What people state to a criterion: a figure, an answer, entries of a checklist that are fulfilled,
/// an assessor's points, days on which something happened, or whether a veto is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatementBody {
    #[schema(max_length = 64, pattern = "^[a-z0-9._-]{1,64}$")]
    pub(crate) criterion: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    figure: Option<Figure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<bool>,
    /// The last day on which the evidence of an answer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Date, max_length = 10)]
    valid_until: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 200, schema_with = codes)]
    ticked: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    points: Option<Figure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1000, schema_with = days)]
    occurrences: Option<Vec<String>>,
    /// Whether a veto is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<bool>,
    /// Why, with points and with a veto.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 2000)]
    reason: Option<String>,
}

fn days() -> utoipa::openapi::schema::Array {
    use utoipa::openapi::{
        KnownFormat, SchemaFormat,
        schema::{ArrayBuilder, ObjectBuilder, Type},
    };
    let day = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .max_length(Some(10));
    ArrayBuilder::new().items(day).max_items(Some(1000)).build()
}

/// Reads a day.
pub(super) fn day(text: &str) -> Result<NaiveDate, Fault> {
    let wrong = |_| {
        Fault::new(
            "format",
            "须为日期，例如 2026-11-03",
            "must be a date such as 2026-11-03",
        )
    };
    text.parse().map_err(wrong)
}

impl StatementBody {
    /// Reads a statement that stands at `at`; the criterion must be one of the rule set that takes
    /// statements of its kind.
    pub(crate) fn parse(
        &self,
        faults: &mut Faults,
        at: &str,
        rule_set: &RuleSet,
        today: NaiveDate,
    ) -> Option<(String, Statement)> {
        let statement = self.read(faults, at)?;
        let Some(criterion) = rule_set.criterion(&self.criterion) else {
            faults.note(
                format!("{at}/criterion"),
                "reference",
                "规则中没有这个指标",
                "the rule set has no such criterion",
            );
            return None;
        };
        if criterion.kind.is_answered_by(&statement) {
            if let Some(flaw) = criterion.flaw(&statement, today) {
                let said = flaw.sentence();
                faults.note(at, flaw.code(), said.zh, said.en);
                return None;
            }
            return Some((self.criterion.clone(), statement));
        }
        let (zh, en) = match criterion.kind.takes() {
            Some(kind) => (
                format!("该指标应填报 {kind}"),
                format!("this criterion takes a statement of the kind `{kind}`"),
            ),
            None => (
                "该指标由系统核算，不接受填报".to_owned(),
                "the service counts this criterion; nothing is stated to it".to_owned(),
            ),
        };
        faults.note(at, "kind", zh, en);
        None
    }

    /// Reads one that was checked before and kept.
    pub(crate) fn read_kept(&self) -> Result<Statement, Problem> {
        let mut faults = Faults::default();
        let statement = self.read(&mut faults, "");
        faults.finish(statement)
    }

    fn read(&self, faults: &mut Faults, at: &str) -> Option<Statement> {
        let mut kinds = Vec::new();
        for (there, kind) in [
            (self.figure.is_some(), StatementKind::Figure),
            (self.answer.is_some(), StatementKind::Answer),
            (self.ticked.is_some(), StatementKind::Ticked),
            (self.points.is_some(), StatementKind::Score),
            (self.occurrences.is_some(), StatementKind::Occurrences),
            (self.open.is_some(), StatementKind::Finding),
        ] {
            if there {
                kinds.push(kind);
            }
        }
        let [kind] = kinds[..] else {
            faults.note(
                at,
                "kind",
                "须恰有一种填报：figure、answer、ticked、points、occurrences、open",
                "exactly one of figure, answer, ticked, points, occurrences and open is stated",
            );
            return None;
        };
        let reason = self.reason.as_deref().map(str::trim).unwrap_or_default();
        let needs_reason = matches!(kind, StatementKind::Score | StatementKind::Finding);
        if needs_reason && reason.is_empty() {
            let at = format!("{at}/reason");
            faults.note(at, "required", "必填", "this field is required");
            return None;
        }
        Some(match kind {
            StatementKind::Figure => Statement::Figure(self.figure?.0),
            StatementKind::Answer => {
                let until = self.valid_until.as_deref().map(day);
                Statement::Answer {
                    yes: self.answer?,
                    valid_until: faults.take_if(format!("{at}/valid_until"), until)?,
                }
            }
            StatementKind::Ticked => {
                let ticked: BTreeSet<_> = self.ticked.iter().flatten().cloned().collect();
                Statement::Ticked(ticked)
            }
            StatementKind::Score => Statement::Score {
                points: self.points?.0,
                reason: reason.to_owned(),
            },
            StatementKind::Occurrences => {
                let days = self.occurrences.as_deref().unwrap_or_default();
                let at = format!("{at}/occurrences");
                Statement::Occurrences(faults.take_each(&at, days, |text| day(text))?)
            }
            StatementKind::Finding => Statement::Finding {
                open: self.open?,
                reason: reason.to_owned(),
            },
        })
    }
}
