//! What a new edition changes of a list of goods, and of which stock counts.
//!
//! **Invariant.** As in [`super`]: what differs is told with what it was and what it is.

use rust_decimal::Decimal;

use super::{
    super::{
        Comparison, Counting, Kind,
        criterion::{PeopleLine, StockLine},
        words::{Words, words},
    },
    change::{Changes, Threshold},
    criteria::Placed,
    decimals,
    said::{conditions, days, none, yes},
};

pub(super) fn compare(changes: &mut Changes, old: Placed<'_>, new: Placed<'_>) {
    match (&old.1.kind, &new.1.kind) {
        (
            Kind::Stock {
                lines: a,
                share_percent: m,
                ..
            },
            Kind::Stock {
                lines: b,
                share_percent: n,
                ..
            },
        ) => {
            stock(changes, (old, a), (new, b));
            let share = |share: &u32| words(format_args!("{share}%"), format_args!("{share}%"));
            let part = words("清单须达标的比例", "how much of the list must be covered");
            changes.note(part, share(m), share(n));
        }
        (
            Kind::People {
                lines: a,
                days: m,
                of_population: x,
                ..
            },
            Kind::People {
                lines: b,
                days: n,
                of_population: y,
                ..
            },
        ) => {
            people(changes, a, b);
            changes.note(words("保障天数", "days"), days(*m), days(*n));
            let part = words("按服务人口的百分比", "as a share of the people served");
            changes.note(part, yes(*x), yes(*y));
        }
        _ => {}
    }
    if let (Some(a), Some(b)) = (old.1.kind.counting(), new.1.kind.counting()) {
        counting(changes, a, b);
    }
}

fn units(figure: impl std::fmt::Display) -> Words {
    words(
        format_args!("{figure} 个基本单位"),
        format_args!("{figure} base units"),
    )
}

// The items of both lists, each once.
fn items<'a>(
    old: impl Iterator<Item = &'a str>,
    new: impl Iterator<Item = &'a str>,
) -> Vec<&'a str> {
    let mut items: Vec<&str> = old.collect();
    for item in new {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    items
}

fn stock(
    changes: &mut Changes,
    (old, a): (Placed<'_>, &[StockLine]),
    (new, b): (Placed<'_>, &[StockLine]),
) {
    let all = items(
        a.iter().map(|line| line.item.as_str()),
        b.iter().map(|line| line.item.as_str()),
    );
    for item in all {
        let find = |lines: &[StockLine]| lines.iter().find(|line| line.item == item).cloned();
        let (was, is) = (find(a), find(b));
        let minima = |line: &Option<StockLine>| {
            let minima = line.as_ref().map(|line| decimals(&line.minima));
            minima.unwrap_or_default()
        };
        let what = Threshold {
            part: words("最低储备", "minimum of"),
            item: Some(item.to_owned()),
            comparison: Some(Comparison::AtLeast),
        };
        let say = |figure: Decimal| units(figure.normalize());
        changes.thresholds(
            &what,
            (old.0, &minima(&was), &say),
            (new.0, &minima(&is), &say),
        );
        let maximum = |line: Option<StockLine>| {
            let maximum = line.and_then(|line| line.maximum);
            maximum.map_or_else(none, units)
        };
        let part = words(
            format_args!("{item} 的上限"),
            format_args!("maximum of {item}"),
        );
        changes.note(part, maximum(was), maximum(is));
    }
}

fn people(changes: &mut Changes, a: &[PeopleLine], b: &[PeopleLine]) {
    let all = items(
        a.iter().map(|line| line.item.as_str()),
        b.iter().map(|line| line.item.as_str()),
    );
    for item in all {
        let said = |lines: &[PeopleLine]| {
            let line = lines.iter().find(|line| line.item == item);
            line.map_or_else(none, |PeopleLine { people, days, .. }| {
                words(
                    format_args!("每个基本单位保障 {people} 人 {days} 天"),
                    format_args!("a base unit for {people} people and {days} days"),
                )
            })
        };
        changes.note(words(item, item), said(a), said(b));
    }
}

fn counting(changes: &mut Changes, a: &Counting, b: &Counting) {
    for (zh, en, was, is) in [
        (
            "计入代储物资",
            "goods held for others count",
            a.held_for_others,
            b.held_for_others,
        ),
        (
            "计入已预占物资",
            "promised goods count",
            a.reserved,
            b.reserved,
        ),
        (
            "计入定向捐赠物资",
            "restricted goods count",
            a.restricted,
            b.restricted,
        ),
        (
            "计入协议储备",
            "goods under agreements count",
            a.agreement,
            b.agreement,
        ),
    ] {
        changes.note(words(zh, en), yes(was), yes(is));
    }
    changes.note(
        words("计入的物资状态", "conditions that count"),
        conditions(&a.conditions),
        conditions(&b.conditions),
    );
    let least = |least: Option<u32>| least.map_or_else(none, days);
    changes.note(
        words("至少剩余有效期", "days of use that must be left"),
        least(a.least_days_left),
        least(b.least_days_left),
    );
}
