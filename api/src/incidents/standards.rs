//! The standards of relief that are shipped, and how their units meet the catalogue's.
//!
//! **Invariant.** The figures are the files under `api/data/standards`, each with its source; code
//! adds none. A unit is converted exactly or not at all.

use domain::{
    catalogue::Units,
    incidents::{Rate, Standard, StandardLine},
    kernel::Quantity,
};
use serde::Deserialize;

use crate::problem::Problem;

const FILES: [&str; 3] = [
    include_str!("../../data/standards/cn-redcross-family-box.json"),
    include_str!("../../data/standards/sphere-2018.json"),
    include_str!("../../data/standards/sphere-2018-survival.json"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    title_zh: String,
    title_en: String,
    note_zh: String,
    note_en: String,
    household_size: Option<Fraction>,
    lines: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    item_key: String,
    title_zh: String,
    title_en: String,
    unit: String,
    basis: String,
    rate: Fraction,
    source: String,
    confidence: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fraction {
    numerator: u32,
    denominator: u32,
}

/// Every standard, by id.
pub(super) fn all() -> Result<Vec<Standard>, Problem> {
    FILES.into_iter().map(read).collect()
}

/// The standard of this id, if there is one.
pub(super) fn standard(id: &str) -> Result<Option<Standard>, Problem> {
    Ok(all()?.into_iter().find(|standard| standard.id == id))
}

fn read(file: &str) -> Result<Standard, Problem> {
    let file: File = serde_json::from_str(file).map_err(Problem::internal)?;
    Ok(Standard {
        id: file.id,
        title_zh: file.title_zh,
        title_en: file.title_en,
        note_zh: file.note_zh,
        note_en: file.note_en,
        household_size: file.household_size.map(rate).transpose()?,
        lines: file
            .lines
            .into_iter()
            .map(|line| {
                Ok(StandardLine {
                    item_key: line.item_key,
                    title_zh: line.title_zh,
                    title_en: line.title_en,
                    unit: line.unit,
                    basis: line.basis.parse().map_err(Problem::internal)?,
                    rate: rate(line.rate)?,
                    source: line.source,
                    confidence: line.confidence.parse().map_err(Problem::internal)?,
                })
            })
            .collect::<Result<_, Problem>>()?,
    })
}

fn rate(fraction: Fraction) -> Result<Rate, Problem> {
    Rate::new(fraction.numerator, fraction.denominator).map_err(Problem::internal)
}

// How many thousandths of the standard's unit a unit of the catalogue is: 1 L = 1000 mL.
const LITRES: [(&str, i64); 6] = [
    ("L", 1_000),
    ("l", 1_000),
    ("升", 1_000),
    ("mL", 1),
    ("ml", 1),
    ("毫升", 1),
];
const GRAMS: [(&str, i64); 5] = [
    ("g", 1_000),
    ("克", 1_000),
    ("kg", 1_000_000),
    ("千克", 1_000_000),
    ("公斤", 1_000_000),
];

/// How many base units of an item are `asked` units of a standard, rounded up to whole ones; `None`
/// where the item is not counted so. Goods in pieces or sets are counted one by one. A litre of
/// water is so many bottles only where the item has a unit of volume: the volume of a bottle on a
/// shelf is not what it holds.
pub(super) fn in_base_units(asked: Quantity, unit: &str, units: &Units) -> Option<Quantity> {
    let base = units.base().as_str();
    let measure = |table: &[(&str, i64)]| {
        table
            .iter()
            .find(|(name, _)| *name == base)
            .map(|&(_, thousandths)| thousandths)
    };
    let is_measured = measure(&LITRES).is_some() || measure(&GRAMS).is_some();
    let thousandths = match unit {
        "piece" | "set" if !is_measured => return Some(asked),
        "L" => measure(&LITRES)?,
        "g" => measure(&GRAMS)?,
        _ => return None,
    };
    let wanted = asked.get().checked_mul(1_000)?;
    let whole = wanted / thousandths + i64::from(wanted % thousandths != 0);
    Quantity::new(whole).ok()
}

#[cfg(test)]
mod tests {
    use domain::kernel::Text;

    use super::*;

    #[test]
    fn the_shipped_files_are_standards_in_the_order_of_their_ids() {
        let ids: Vec<_> = all()
            .unwrap()
            .into_iter()
            .map(|standard| standard.id)
            .collect();
        let expected = [
            "cn-redcross-family-box",
            "sphere-2018",
            "sphere-2018-survival",
        ];
        assert_eq!(ids, expected);
        assert!(standard("sphere-2018").unwrap().is_some());
        assert!(standard("nothing").unwrap().is_none());
    }

    #[test]
    fn units_meet_exactly_or_not_at_all() {
        for (asked, unit, base, expected) in [
            (7, "piece", "个", Some(7)),
            (7, "set", "套", Some(7)),
            (7, "L", "升", Some(7)),
            (7, "L", "mL", Some(7_000)),
            (1_500, "g", "千克", Some(2)),
            (1_000, "g", "kg", Some(1)),
            (7, "L", "瓶", None),
            (7, "piece", "升", None),
            (7, "tin", "个", None),
        ] {
            let units = Units::new(Text::new(base).unwrap(), Vec::new()).unwrap();
            let asked = Quantity::new(asked).unwrap();
            let found = in_base_units(asked, unit, &units).map(Quantity::get);
            assert_eq!(found, expected, "{unit} {base}");
        }
    }
}
