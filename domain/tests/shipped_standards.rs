//! The standards that ship as data are what the domain can compute with, and say where each figure
//! comes from.

use domain::incidents::{Population, Rate, Standard, StandardLine};
use serde_json::Value;

const SPHERE: &str = include_str!("../../api/data/standards/sphere-2018.json");
const SURVIVAL: &str = include_str!("../../api/data/standards/sphere-2018-survival.json");
const FAMILY_BOX: &str = include_str!("../../api/data/standards/cn-redcross-family-box.json");

fn text(value: &Value, key: &str) -> String {
    let text = value[key].as_str().unwrap_or_default();
    assert!(!text.is_empty(), "`{key}` is missing in {value}");
    text.to_owned()
}

fn rate(value: &Value) -> Rate {
    let part = |key: &str| {
        value[key]
            .as_u64()
            .and_then(|part| u32::try_from(part).ok())
    };
    let parts = part("numerator").zip(part("denominator"));
    let rate = parts.and_then(|(upper, lower)| Rate::new(upper, lower).ok());
    rate.expect("a rate")
}

fn read(file: &str) -> Standard {
    let value: Value = serde_json::from_str(file).expect("JSON");
    let lines = value["lines"].as_array().expect("lines");
    Standard {
        id: text(&value, "id"),
        title_zh: text(&value, "title_zh"),
        title_en: text(&value, "title_en"),
        note_zh: text(&value, "note_zh"),
        note_en: text(&value, "note_en"),
        household_size: value["household_size"]
            .is_object()
            .then(|| rate(&value["household_size"])),
        lines: lines
            .iter()
            .map(|line| StandardLine {
                item_key: text(line, "item_key"),
                title_zh: text(line, "title_zh"),
                title_en: text(line, "title_en"),
                unit: text(line, "unit"),
                basis: text(line, "basis").parse().expect("a basis"),
                rate: rate(&line["rate"]),
                source: text(line, "source"),
                confidence: text(line, "confidence").parse().expect("a mark"),
            })
            .collect(),
    }
}

fn answers(file: &str, people: u64, days: u32) -> Vec<(String, i64)> {
    let population = Population {
        people,
        households: None,
    };
    read(file)
        .compute(population, days)
        .expect("quantities")
        .into_iter()
        .map(|(line, quantity)| (line.item_key.clone(), quantity.get()))
        .collect()
}

#[test]
fn a_thousand_people_for_a_week_by_sphere() {
    let expected = [
        ("water", 105_000),
        ("food", 14_700),
        ("covered-area", 3_500),
        ("toilet", 50),
        ("blanket", 1_000),
        ("sleeping-mat", 1_000),
        ("cooking-set", 200),
        ("soap", 58_334),
        ("laundry-powder", 46_667),
        ("clothes-set", 1_000),
    ];
    let expected = expected.map(|(key, units)| (key.to_owned(), units));
    assert_eq!(answers(SPHERE, 1_000, 7), expected);
}

#[test]
fn water_to_survive_is_another_standard() {
    let expected = [("water".to_owned(), 21_000)];
    assert_eq!(answers(SURVIVAL, 1_000, 7), expected);
}

#[test]
fn ten_people_for_two_weeks_by_family_boxes() {
    // Four households of up to three, two boxes each.
    let expected = [("family-box".to_owned(), 8)];
    assert_eq!(answers(FAMILY_BOX, 10, 14), expected);
}
