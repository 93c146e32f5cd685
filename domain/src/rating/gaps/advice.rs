//! What a gap asks to be done, in words.
//!
//! **Invariant.** Every gap has a sentence in both languages. The words decide nothing.

use rust_decimal::Decimal;

use super::{
    super::{
        Comparison, Criterion, Kind, RuleSet,
        explain::measured,
        words::{Words, words},
    },
    Gap, GoodsLacking, Lack,
};

/// What a gap asks to be done, in words.
#[must_use]
pub fn advise(rule_set: &RuleSet, gap: &Gap) -> Words {
    let criterion = gap.criterion.as_ref().and_then(|id| rule_set.criterion(id));
    let title = criterion.map_or_else(
        || words("总分", "points"),
        |criterion| criterion.title.clone(),
    );
    let what = match &gap.lack {
        Lack::Figure {
            have,
            need,
            comparison,
        } => {
            let have = measured(*have, criterion);
            let need = measured(*need, criterion);
            match comparison {
                Comparison::AtLeast => words(
                    format_args!("现为 {}，需不低于 {}", have.zh, need.zh),
                    format_args!("{} now, at least {} needed", have.en, need.en),
                ),
                Comparison::AtMost => words(
                    format_args!("现为 {}，需不高于 {}", have.zh, need.zh),
                    format_args!("{} now, at most {} allowed", have.en, need.en),
                ),
            }
        }
        Lack::Goods {
            lines,
            lines_needed,
        } => goods_words(lines, *lines_needed),
        Lack::Answer => words("须先做到", "must be so"),
        Lack::Entries { open, needed } => words(
            format_args!("在 {} 中再完成 {needed} 项", entries(criterion, open).zh),
            format_args!("do {needed} more of: {}", entries(criterion, open).en),
        ),
        Lack::Members { open, needed } => words(
            format_args!("在 {} 中再达到 {needed} 项", criteria(rule_set, open).zh),
            format_args!("meet {needed} more of: {}", criteria(rule_set, open).en),
        ),
        Lack::Statement(_) => words("须填报并附佐证", "state it, with evidence"),
        Lack::Measure => words("须先有数据", "must be on record first"),
        Lack::Threshold => words(
            "标准未知，无法弥补",
            "the threshold is not known, so nothing closes this",
        ),
        Lack::Veto => words("须先消除否决项", "the veto must be closed"),
        Lack::Points {
            missing,
            may_be_there,
            from,
        } => points_words(rule_set, *missing, *may_be_there, from),
    };
    words(
        format_args!("{}：{}。", title.zh, what.zh),
        format_args!("{}: {}.", title.en, what.en),
    )
}

// So many names are told; a list of all would not be read.
const NAMES_MAX: usize = 5;

fn points_words(
    rule_set: &RuleSet,
    missing: Decimal,
    may_be_there: bool,
    from: &[String],
) -> Words {
    let missing = measured(missing, None);
    let mut said = words(
        format_args!("还差 {}", missing.zh),
        format_args!("{} missing", missing.en),
    );
    if may_be_there {
        said.zh.push_str("，未评定项补齐后或可达到");
        said.en.push_str(", which what was not assessed may bring");
    }
    if !from.is_empty() {
        let told = criteria(rule_set, &from[..from.len().min(NAMES_MAX)]);
        let more = from.len() > NAMES_MAX;
        let (zh, en) = if more {
            (" 等", " and others")
        } else {
            ("", "")
        };
        said.zh.push_str(&format!("；尚可得分：{}{zh}", told.zh));
        said.en
            .push_str(&format!("; points are left in: {}{en}", told.en));
    }
    said
}

// What people call criteria.
fn criteria(rule_set: &RuleSet, ids: &[String]) -> Words {
    joined(ids, |id| rule_set.criterion(id).map(|known| &known.title))
}

// What people call entries of a checklist.
fn entries(criterion: Option<&Criterion>, ids: &[String]) -> Words {
    let known = match criterion.map(|criterion| &criterion.kind) {
        Some(Kind::Checklist { entries, .. }) => entries.as_slice(),
        _ => &[],
    };
    joined(ids, |id| {
        let entry = known.iter().find(|entry| entry.id == id)?;
        Some(&entry.title)
    })
}

fn joined<'a>(ids: &[String], title: impl Fn(&str) -> Option<&'a Words>) -> Words {
    let zh = ids
        .iter()
        .map(|id| title(id).map_or(id.as_str(), |title| title.zh.as_str()));
    let en = ids
        .iter()
        .map(|id| title(id).map_or(id.as_str(), |title| title.en.as_str()));
    words(
        zh.collect::<Vec<_>>().join("、"),
        en.collect::<Vec<_>>().join(", "),
    )
}

fn goods_words(lines: &[GoodsLacking], needed: usize) -> Words {
    let zh = lines.iter().map(|line| {
        let name = line.title.as_ref().map_or(&line.item, |title| &title.zh);
        let unit = line.base_unit.as_deref().unwrap_or_default();
        let missing = line.need.saturating_sub(line.have);
        format!("{name} 缺 {missing} {unit}").trim_end().to_owned()
    });
    let en = lines.iter().map(|line| {
        let name = line.title.as_ref().map_or(&line.item, |title| &title.en);
        let unit = line.base_unit.as_deref().unwrap_or_default();
        let missing = line.need.saturating_sub(line.have);
        format!("{name}, {missing} {unit} more").replace("  ", " ")
    });
    words(
        format_args!("补齐 {needed} 种：{}", zh.collect::<Vec<_>>().join("、")),
        format_args!(
            "fill {needed} {} of: {}",
            if needed == 1 { "line" } else { "lines" },
            en.collect::<Vec<_>>().join("; ")
        ),
    )
}
