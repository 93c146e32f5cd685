//! Values of rule sets, in words.
//!
//! **Invariant.** Two values that differ are said differently.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::super::{
    Provenance, Standing, Step, StepKind, Subject, Unit, actor_title,
    words::{Words, words},
};
use crate::{organisations::Level, stock::Condition};

/// There is none.
pub(super) fn none() -> Words {
    words("无", "none")
}

pub(super) fn either(text: &Option<Words>) -> Words {
    text.clone().unwrap_or_else(none)
}

pub(super) fn yes(truth: bool) -> Words {
    if truth {
        words("是", "yes")
    } else {
        words("否", "no")
    }
}

pub(super) fn days(days: u32) -> Words {
    let en = if days == 1 { "day" } else { "days" };
    words(format_args!("{days} 天"), format_args!("{days} {en}"))
}

pub(super) fn months(months: u32) -> Words {
    let en = if months == 1 { "month" } else { "months" };
    words(format_args!("{months} 个月"), format_args!("{months} {en}"))
}

/// One after the other.
pub(super) fn listed(list: impl Iterator<Item = Words>) -> Words {
    let (zh, en): (Vec<_>, Vec<_>) = list.map(|it| (it.zh, it.en)).unzip();
    if zh.is_empty() {
        return none();
    }
    words(zh.join("、"), en.join(", "))
}

/// Codes, by what people call them.
pub(super) fn of_titles<'a>(ids: &[String], title: impl Fn(&str) -> Option<&'a Words>) -> Words {
    listed(ids.iter().map(|id| match title(id) {
        Some(title) => words(
            format_args!("{}（{id}）", title.zh),
            format_args!("{} ({id})", title.en),
        ),
        None => words(id, id),
    }))
}

pub(super) fn period(from: NaiveDate, to: Option<NaiveDate>) -> Words {
    match to {
        Some(to) => words(
            format_args!("{from} 至 {to}"),
            format_args!("{from} to {to}"),
        ),
        None => words(format_args!("{from} 起"), format_args!("{from} and after")),
    }
}

pub(super) fn standing(standing: Standing) -> Words {
    match standing {
        Standing::Draft => words("草案", "draft"),
        Standing::InForce => words("有效", "in force"),
        Standing::Withdrawn => words("已废止", "withdrawn"),
    }
}

pub(super) fn provenance(provenance: &Provenance) -> Words {
    let (source, confidence) = (&provenance.source, provenance.confidence);
    let mut said = words(
        format_args!("{source}（{confidence}）"),
        format_args!("{source} ({confidence})"),
    );
    if let Some(note) = &provenance.note {
        said.zh.push_str(&format!("，{}", note.zh));
        said.en.push_str(&format!(", {}", note.en));
    }
    said
}

pub(super) fn step(step: &Step) -> Words {
    let title = step.kind.title();
    let actor = step.actor.map_or_else(
        || match step.kind {
            StepKind::SelfAssessment => words("本级", "the depot's own society"),
            _ => words("上级", "any society above"),
        },
        actor_title,
    );
    let mut said = words(
        format_args!("{}（{}", title.zh, actor.zh),
        format_args!("{} ({}", title.en, actor.en),
    );
    if let Some(within) = step.days.map(days) {
        said.zh.push_str(&format!("，{}", within.zh));
        said.en.push_str(&format!(", {}", within.en));
    }
    said.zh.push('）');
    said.en.push(')');
    said
}

pub(super) fn subject(subject: Subject) -> Words {
    match subject {
        Subject::Stated => words("由人填报", "what people state"),
        Subject::Measure(measure) => {
            let title = measure.title();
            words(
                format_args!("{}（{measure}）", title.zh),
                format_args!("{} ({measure})", title.en),
            )
        }
    }
}

pub(super) fn unit(unit: Unit) -> Words {
    words(unit.symbol().zh, unit)
}

pub(super) fn levels(levels: &[Level]) -> Words {
    if levels.is_empty() {
        return words("所有库级", "depots of all levels");
    }
    let levels: BTreeSet<_> = levels.iter().copied().collect();
    listed(levels.into_iter().map(|level| {
        let zh = match level {
            Level::National => "总会",
            Level::Provincial => "省级",
            Level::Municipal => "市级",
            Level::County => "县级",
            Level::Township => "乡级",
        };
        words(zh, level)
    }))
}

pub(super) fn conditions(conditions: &BTreeSet<Condition>) -> Words {
    listed(conditions.iter().map(|condition| {
        let zh = match condition {
            Condition::Usable => "可用",
            Condition::Quarantined => "待检",
            Condition::NeedsRepair => "待修",
            Condition::Condemned => "待报废",
        };
        words(zh, condition)
    }))
}
