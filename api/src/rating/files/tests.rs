use super::*;

const SMALL: &str = r#"
id = "small"
edition = 1
valid_from = 2026-01-01
status = "draft"
best_level = "last"
title = { zh = "小", en = "Small" }
issuer = { zh = "无", en = "Nobody" }
provenance = { source = "made up", confidence = "I" }

[[levels]]
id = "low"
title = { zh = "低", en = "Low" }

[[levels]]
id = "high"
title = { zh = "高", en = "High" }

[[dimensions]]
id = "all"
title = { zh = "全", en = "All" }

[[criteria]]
id = "area"
dimension = "all"
title = { zh = "面积", en = "Area" }
provenance = { source = "made up", confidence = "I" }

[criteria.numeric]
measure = "storage_area"
unit = "m2"
comparison = "at_least"
levels = [
    { level = "low", value = 100 },
    { level = "high", value = 1028.5 },
]

[aggregation.gates]
unassessed = "hold"
"#;

// Line and pointer of every mistake of the small file, changed.
fn mistakes(from: &str, to: &str) -> Vec<(usize, usize, String)> {
    assert!(SMALL.contains(from), "{from}");
    let mistakes = read(&SMALL.replace(from, to)).err().unwrap_or_default();
    mistakes
        .into_iter()
        .map(|mistake| {
            assert!(!mistake.message.zh.is_empty());
            (mistake.line, mistake.column, mistake.pointer)
        })
        .collect()
}

#[test]
fn a_file_is_read_and_written_as_it_was() {
    let (document, rule_set) = read(SMALL).unwrap();
    assert_eq!(rule_set.name(), "small/1");
    let json = serde_json::to_value(&document).unwrap();
    let levels = &json["criteria"][0]["numeric"]["levels"];
    assert_eq!(levels[0]["value"], 100);
    assert_eq!(levels[1]["value"], "1028.5");
    let again: RuleSetDocument = serde_json::from_value(json).unwrap();
    assert_eq!(again, document);
    assert_eq!(again.check().unwrap(), rule_set);
}

#[test]
fn every_mistake_has_its_line_and_column() {
    let row = |line, column, pointer: &str| (line, column, pointer.to_owned());
    // No TOML.
    assert_eq!(mistakes("edition = 1", "edition = ")[0].0, 3);
    // Against the schema, all at once.
    let found = mistakes("edition = 1\n", "edition = 0\ncolour = \"red\"\n");
    assert_eq!(found, [row(3, 11, "/edition"), row(4, 10, "/colour")]);
    // What is missing is told where it would be.
    let found = mistakes("unit = \"m2\"\n", "");
    assert_eq!(found, [row(29, 11, "/criteria/0/numeric/unit")]);
    // Against the rules.
    let found = mistakes("value = 100 ", "value = 2000 ");
    assert_eq!(found, [row(35, 31, "/criteria/0/numeric/levels/1/value")]);
    let found = mistakes("unit = \"m2\"", "unit = \"m\"");
    assert_eq!(found, [row(31, 8, "/criteria/0/numeric/unit")]);
    let found = mistakes("measure = \"storage_area\"", "measure = \"smell\"");
    assert_eq!(found, [row(30, 11, "/criteria/0/numeric/measure")]);
    let found = mistakes("[criteria.numeric]", "[criteria.veto]\n[criteria.numeric]");
    assert_eq!(found[0].2, "/criteria/0");
    let found = mistakes("dimension = \"all\"", "dimension = \"none\"");
    assert_eq!(found, [row(25, 13, "/criteria/0/dimension")]);
}

#[test]
fn the_published_schema_is_that_of_the_code() {
    let published = include_str!("../../../../docs/rule-set.schema.json");
    let published: Value = serde_json::from_str(published).unwrap();
    assert_eq!(
        published,
        schema().unwrap(),
        "run `relief-depot rules schema > docs/rule-set.schema.json`"
    );
}
