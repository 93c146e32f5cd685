//! What a gap asks to be done, in words.
//!
//! **Invariant.** Every gap has a sentence in both languages. The words decide nothing.

use super::{
    super::{
        Comparison, RuleSet,
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
            format_args!("在 {} 中再完成 {needed} 项", open.join("、")),
            format_args!("do {needed} more of: {}", open.join(", ")),
        ),
        Lack::Members { open, needed } => words(
            format_args!("在 {} 中再达到 {needed} 项", open.join("、")),
            format_args!("meet {needed} more of: {}", open.join(", ")),
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
        } => {
            let missing = missing.normalize();
            if *may_be_there {
                words(
                    format_args!("还差 {missing} 分，未评定项补齐后或可达到"),
                    format_args!("{missing} missing, which what was not assessed may bring"),
                )
            } else {
                words(
                    format_args!("还差 {missing} 分"),
                    format_args!("{missing} missing"),
                )
            }
        }
    };
    words(
        format_args!("{}：{}。", title.zh, what.zh),
        format_args!("{}: {}.", title.en, what.en),
    )
}

fn goods_words(lines: &[GoodsLacking], needed: usize) -> Words {
    let zh = lines.iter().map(|line| {
        let name = line.title.as_ref().map_or(&line.item, |title| &title.zh);
        format!("{name} 缺 {}", line.need.saturating_sub(line.have))
    });
    let en = lines.iter().map(|line| {
        let name = line.title.as_ref().map_or(&line.item, |title| &title.en);
        format!("{} {name}", line.need.saturating_sub(line.have))
    });
    words(
        format_args!("补齐 {needed} 种：{}", zh.collect::<Vec<_>>().join("、")),
        format_args!("fill {needed} lines: {}", en.collect::<Vec<_>>().join(", ")),
    )
}
