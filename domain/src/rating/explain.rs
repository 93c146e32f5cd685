//! Why a criterion stands as it stands, in words.
//!
//! **Invariant.** Every finding has a sentence in both languages; it says what was found, what each
//! level asks and, where nothing was assessed, why not. The words decide nothing.

use rust_decimal::Decimal;

use super::{
    AtLevel, Comparison, Criterion, Finding, Found, Judged, Kind, Missing, RuleSet, Unit,
    words::{Words, words},
};

impl Judged {
    /// What people read.
    #[must_use]
    pub fn title(self) -> Words {
        match self {
            Self::NotAsked => words("不作要求", "not asked"),
            Self::Met => words("达到", "met"),
            Self::NotMet => words("未达到", "not met"),
            Self::NotAssessed => words("未评定", "not assessed"),
            Self::Waived => words("免评", "waived"),
        }
    }
}

/// What was found of a criterion, what the levels ask, and how it stands.
#[must_use]
pub fn explain(rule_set: &RuleSet, finding: &Finding) -> Words {
    let Some(criterion) = rule_set.criterion(&finding.criterion) else {
        return words(&finding.criterion, &finding.criterion);
    };
    let found = found(criterion, &finding.found);
    let mut zh = vec![found.zh];
    let mut en = vec![found.en];
    for (rank, level) in rule_set.levels().iter().enumerate().rev() {
        let judged = finding.at.get(rank).copied().unwrap_or(Judged::NotAsked);
        if judged == Judged::NotAsked {
            continue;
        }
        let asked = asked(rule_set, criterion, rank);
        let judged = judged.title();
        zh.push(format!("{}{}：{}", level.title.zh, asked.zh, judged.zh));
        en.push(format!("{}{}: {}", level.title.en, asked.en, judged.en));
    }
    if let Some(earned) = finding.earned {
        let range = if earned.low == earned.high {
            earned.low.normalize().to_string()
        } else {
            format!("{}–{}", earned.low.normalize(), earned.high.normalize())
        };
        let most = earned.most.normalize();
        zh.push(format!("得分 {range}，满分 {most}"));
        en.push(format!("{range} of {most} points"));
    }
    words(
        format_args!("{}：{}。", criterion.title.zh, zh.join("；")),
        format_args!("{}: {}.", criterion.title.en, en.join("; ")),
    )
}

// What the figures of a criterion count.
#[derive(Debug, Clone, Copy)]
enum Scale {
    Unit(Unit),
    Points,
}

/// A figure of a criterion with what it counts; of the points of all, where there is none.
pub(super) fn measured(figure: Decimal, criterion: Option<&Criterion>) -> Words {
    on(figure, criterion.map_or(Scale::Points, scale_of))
}

fn on(figure: Decimal, scale: Scale) -> Words {
    let figure = figure.normalize();
    let symbol = match scale {
        Scale::Unit(Unit::YesNo) if figure.is_zero() => return words("否", "no"),
        Scale::Unit(Unit::YesNo) => return words("是", "yes"),
        Scale::Unit(unit) => unit.symbol(),
        Scale::Points => words("分", "points"),
    };
    words(
        format_args!("{figure} {}", symbol.zh),
        format_args!("{figure} {}", symbol.en),
    )
}

fn scale_of(criterion: &Criterion) -> Scale {
    Scale::Unit(match &criterion.kind {
        Kind::Numeric { unit, .. } | Kind::Banded { unit, .. } => *unit,
        Kind::People { of_population, .. } if *of_population => Unit::Percent,
        Kind::People { .. } => Unit::People,
        Kind::Assessor { .. } => return Scale::Points,
        _ => Unit::Count,
    })
}

fn found(criterion: &Criterion, found: &Found) -> Words {
    match found {
        Found::Figure(figure) => {
            let figure = measured(*figure, Some(criterion));
            words(
                format_args!("现为 {}", figure.zh),
                format_args!("now {}", figure.en),
            )
        }
        Found::Answer(true) => words("是", "yes"),
        Found::Answer(false) => words("否", "no"),
        Found::Ticked { open, of } => words(
            format_args!("{of} 项中已做到 {} 项", of - open.len()),
            format_args!("{} of {of} entries fulfilled", of - open.len()),
        ),
        Found::Goods(lines) => {
            let known = lines.iter().filter(|line| line.have.is_some()).count();
            words(
                format_args!("清单 {} 种物资，目录中有 {known} 种", lines.len()),
                format_args!(
                    "{} items on the list, {known} of them in the catalogue",
                    lines.len()
                ),
            )
        }
        Found::People { value, unknown } => {
            let value = measured(*value, Some(criterion));
            match unknown {
                0 => words(
                    format_args!("可保障 {}", value.zh),
                    format_args!("provides for {}", value.en),
                ),
                _ => words(
                    format_args!("至少可保障 {}，另有 {unknown} 种物资目录中没有", value.zh),
                    format_args!(
                        "provides for at least {}; {unknown} items are not in the catalogue",
                        value.en
                    ),
                ),
            }
        }
        Found::Group(members) => words(
            format_args!("由 {} 项指标组成", members.len()),
            format_args!("made of {} criteria", members.len()),
        ),
        Found::Occurred { times } => words(
            format_args!("期内发生 {times} 次"),
            format_args!("happened {times} times in the window"),
        ),
        Found::Veto { open: true, reason } => words(
            format_args!("否决项成立：{reason}"),
            format_args!("the veto is open: {reason}"),
        ),
        Found::Veto { open: false, .. } => words("否决项不成立", "the veto is not open"),
        Found::Score { points, reason } => words(
            format_args!("评分 {}：{reason}", points.normalize()),
            format_args!("{} points given: {reason}", points.normalize()),
        ),
        Found::Waived(reason) => words(
            format_args!("免评：{reason}"),
            format_args!("waived: {reason}"),
        ),
        Found::Nothing(missing) => why(missing),
    }
}

fn why(missing: &Missing) -> Words {
    match missing {
        Missing::NotMeasured(measure) => {
            let title = measure.title();
            words(
                format_args!("系统中没有“{}”的数据", title.zh),
                format_args!("nothing is known of: {}", title.en),
            )
        }
        Missing::NotStated => words("尚无填报", "nobody has stated it"),
        Missing::OtherStatement => words("填报类型不符", "what was stated is of another kind"),
        Missing::Lapsed(day) => words(
            format_args!("佐证已于 {day} 到期"),
            format_args!("the evidence held until {day}"),
        ),
        Missing::TooManyPoints => words("评分超出范围", "the points are out of range"),
        Missing::ItemsUnknown => words(
            "目录中没有清单物资",
            "the catalogue knows none of the items",
        ),
        Missing::PopulationUnknown => words("服务人口未知", "the population is not known"),
    }
}

// What a level asks, to stand after its name.
fn asked(rule_set: &RuleSet, criterion: &Criterion, rank: usize) -> Words {
    match &criterion.kind {
        Kind::Numeric {
            comparison,
            thresholds,
            ..
        } => threshold(
            rule_set.asked(rank, thresholds),
            *comparison,
            scale_of(criterion),
        ),
        Kind::People { thresholds, .. } | Kind::Assessor { thresholds } => threshold(
            rule_set.asked(rank, thresholds),
            Comparison::AtLeast,
            scale_of(criterion),
        ),
        Kind::Checklist { thresholds, .. } => {
            let at = rule_set.asked(rank, thresholds);
            let value = at.map(|at| at.value.map(Decimal::from));
            figure(value, Comparison::AtLeast, Scale::Unit(Unit::Count))
        }
        Kind::Stock { share_percent, .. } => words(
            format_args!("要求清单 {share_percent}% 达标"),
            format_args!(" asks {share_percent}% of the list"),
        ),
        Kind::Group { at_least, .. } => words(
            format_args!("要求至少 {at_least} 项"),
            format_args!(" asks at least {at_least} of them"),
        ),
        _ => words("", ""),
    }
}

fn threshold(at: Option<&AtLevel<Decimal>>, comparison: Comparison, scale: Scale) -> Words {
    figure(at.map(|at| at.value), comparison, scale)
}

fn figure(value: Option<Option<Decimal>>, comparison: Comparison, scale: Scale) -> Words {
    let sign = match comparison {
        Comparison::AtLeast => "≥",
        Comparison::AtMost => "≤",
    };
    match value {
        None => words("", ""),
        Some(None) => words("的标准未知", ", whose threshold is not known"),
        Some(Some(value)) => {
            let value = on(value, scale);
            words(
                format_args!("要求 {sign} {}", value.zh),
                format_args!(" asks {sign} {}", value.en),
            )
        }
    }
}
