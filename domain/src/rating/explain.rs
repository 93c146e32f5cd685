//! Why a criterion stands as it stands, in words.
//!
//! **Invariant.** Every finding has a sentence in both languages; it says what was found, what each
//! level asks and, where nothing was assessed, why not. The words decide nothing.

mod goods;

use rust_decimal::Decimal;

use super::{
    AtLevel, Comparison, Criterion, Earned, Finding, Found, Judged, Kind, Measure, Missing,
    RuleSet, Unit,
    evaluate::part,
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
        let mut asked = asked(rule_set, criterion, rank);
        if let Found::Goods(lines) = &finding.found {
            let lacking = goods::lacking(lines, rank);
            asked.zh.push_str(&lacking.zh);
            asked.en.push_str(&lacking.en);
        }
        let judged = judged.title();
        zh.push(format!("{}{}：{}", level.title.zh, asked.zh, judged.zh));
        en.push(format!("{}{}: {}", level.title.en, asked.en, judged.en));
    }
    if let Some(earned) = finding.earned {
        let said = points_words(criterion, earned);
        zh.push(said.zh);
        en.push(said.en);
    }
    words(
        format_args!("{}：{}。", criterion.title.zh, zh.join("；")),
        format_args!("{}: {}.", criterion.title.en, en.join("; ")),
    )
}

// What it earns or costs of its own points, and what that is in the total where it has a weight.
fn points_words(criterion: &Criterion, earned: Earned) -> Words {
    let range = |low: Decimal, high: Decimal| match (low.normalize(), high.normalize()) {
        (low, high) if low == high => low.to_string(),
        (low, high) => format!("{low}–{high}"),
    };
    if let Kind::Deduction { cap, .. } = &criterion.kind {
        let (off, cap) = (range(-earned.high, -earned.low), cap.normalize());
        return words(
            format_args!("扣 {off} 分，至多扣 {cap} 分"),
            format_args!("{off} points off, at most {cap}"),
        );
    }
    let (own, most) = (range(earned.low, earned.high), earned.most.normalize());
    let mut said = words(
        format_args!("得分 {own}，满分 {most}"),
        format_args!("{own} of {most} points"),
    );
    if let Some(weight) = criterion.weight {
        let share = |points| part(weight, points, earned.most);
        let (of_all, weight) = (
            range(share(earned.low), share(earned.high)),
            weight.normalize(),
        );
        said.zh
            .push_str(&format!("，按权重计入总分 {of_all}（满分 {weight}）"));
        said.en
            .push_str(&format!(", which are {of_all} of {weight} in the total"));
    }
    said
}

// What the figures of a criterion count.
#[derive(Debug, Clone)]
enum Scale {
    Unit(Unit),
    Things(Words),
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
        Scale::Things(things) => things,
        Scale::Points => words("分", "points"),
    };
    let en = if figure == Decimal::ONE {
        one_of(&symbol.en)
    } else {
        &symbol.en
    };
    words(
        format!("{figure} {}", symbol.zh).trim_end(),
        format!("{figure} {en}").trim_end(),
    )
}

// One of them, in English.
fn one_of(things: &str) -> &str {
    match things {
        "people" => "person",
        "entries" => "entry",
        _ => things.strip_suffix('s').unwrap_or(things),
    }
}

fn scale_of(criterion: &Criterion) -> Scale {
    if let Some(things) = criterion.kind.measure().and_then(Measure::counted) {
        return Scale::Things(things);
    }
    Scale::Unit(match &criterion.kind {
        Kind::Numeric { unit, .. } | Kind::Banded { unit, .. } => *unit,
        Kind::People { of_population, .. } if *of_population => Unit::Percent,
        Kind::People { .. } => Unit::People,
        Kind::Assessor { .. } => return Scale::Points,
        Kind::Checklist { .. } => return Scale::Things(words("项", "entries")),
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
        Found::Goods(lines) => goods::found(lines),
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
            figure(value, Comparison::AtLeast, scale_of(criterion))
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
