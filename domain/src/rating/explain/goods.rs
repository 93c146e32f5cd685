//! What there is of the goods on a list, and what a level lacks of them, in words.
//!
//! **Invariant.** An item is called as the catalogue calls it, and a figure of goods has its base
//! unit, wherever the catalogue knows the item.

use super::super::{
    LineFound,
    words::{Words, words},
};

// So many items are told by name; longer lists are read in the answer's own members.
const ITEMS_MAX: usize = 20;

/// What there is of them.
pub(super) fn found(lines: &[LineFound]) -> Words {
    let known: Vec<_> = lines.iter().filter(|line| line.have.is_some()).collect();
    let unknown = lines.iter().filter(|line| line.have.is_none());
    let unknown: Vec<_> = unknown
        .map(|line| (line.item.clone(), line.item.clone()))
        .collect();
    let have: Vec<_> = known
        .iter()
        .map(|line| {
            let have = line.have.unwrap_or(0);
            (
                format!("{} 现有 {}", name(line).zh, counted(have, line)),
                format!("{} of {}", counted(have, line), name(line).en),
            )
        })
        .collect();
    let mut said = words(
        format_args!("清单 {} 种物资", lines.len()),
        format_args!("{} items on the list", lines.len()),
    );
    if !have.is_empty() {
        let have = listed(&have);
        said.zh.push_str(&format!("：{}", have.zh));
        said.en.push_str(&format!(": {}", have.en));
    }
    if !unknown.is_empty() {
        let unknown = listed(&unknown);
        said.zh.push_str(&format!("；目录中没有：{}", unknown.zh));
        said.en
            .push_str(&format!("; not in the catalogue: {}", unknown.en));
    }
    said
}

/// What the level of this rank lacks of them, to stand after what it asks.
pub(super) fn lacking(lines: &[LineFound], rank: usize) -> Words {
    let short: Vec<_> = lines
        .iter()
        .filter_map(|line| {
            let need = (*line.need.get(rank)?)?;
            let have = line.have.filter(|have| *have < need)?;
            Some((
                format!("{} 现有 {have}／需 {}", name(line).zh, counted(need, line)),
                format!("{}: {have} of {}", name(line).en, counted(need, line)),
            ))
        })
        .collect();
    if short.is_empty() {
        return words("", "");
    }
    let short = listed(&short);
    words(
        format_args!("（不足：{}）", short.zh),
        format_args!(" (short of {})", short.en),
    )
}

fn name(line: &LineFound) -> Words {
    let known = line.title.clone();
    known.unwrap_or_else(|| words(&line.item, &line.item))
}

fn counted(figure: i64, line: &LineFound) -> String {
    match &line.base_unit {
        Some(unit) => format!("{figure} {unit}"),
        None => figure.to_string(),
    }
}

fn listed(items: &[(String, String)]) -> Words {
    let told = &items[..items.len().min(ITEMS_MAX)];
    let zh: Vec<_> = told.iter().map(|(zh, _)| zh.as_str()).collect();
    let en: Vec<_> = told.iter().map(|(_, en)| en.as_str()).collect();
    let (more_zh, more_en) = if items.len() > ITEMS_MAX {
        (" 等", " and others")
    } else {
        ("", "")
    };
    words(
        format_args!("{}{more_zh}", zh.join("、")),
        format_args!("{}{more_en}", en.join("; ")),
    )
}
