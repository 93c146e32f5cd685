use super::*;

mod follow;

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
    let mistakes = read(SMALL.replace(from, to).as_bytes())
        .err()
        .unwrap_or_default();
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
    let (document, rule_set) = read(SMALL.as_bytes()).unwrap();
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
    // A text without its quotes is told as what it is.
    let message = |file: &[u8]| read(file).unwrap_err()[0].message.clone();
    let bare = SMALL.replace("\"draft\"", "in_force");
    let said = message(bare.as_bytes());
    assert!(
        said.zh.ends_with("文字须加双引号：\"in_force\""),
        "{said:?}"
    );
    assert!(said.en.ends_with("double quotes: \"in_force\""), "{said:?}");
    let said = message(SMALL.replace("edition = 1", "edition = ").as_bytes());
    assert!(!said.en.contains("quotes"), "{said:?}");
    let said = message(SMALL.replace("zh = \"低\"", "zh = 低").as_bytes());
    assert!(said.en.ends_with("double quotes: \"低\""), "{said:?}");
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

// The small file with weights, cut-offs and a list of what must be assessed.
fn weighed() -> String {
    let criterion = |id: &str, more: &str| {
        format!(
            "[[criteria]]\nid = \"{id}\"\ndimension = \"all\"\npoints = 10\n{more}\n\
             title = {{ zh = \"甲\", en = \"A\" }}\n\
             provenance = {{ source = \"made up\", confidence = \"I\" }}\nyes_no = {{}}\n\n"
        )
    };
    let all = criterion("first", "weight = 60") + &criterion("second", "weight = 40");
    SMALL.replace("[aggregation.gates]", &format!("{all}[aggregation]\ncutoffs = [{{ level = \"low\", value = 50 }}]\n[aggregation.gates]\nmust_assess = [\"area\"]"))
}

#[test]
fn a_fault_of_shape_hides_no_other_and_makes_none() {
    let check = |changes: &[(&str, &str)], expected: &[&str]| {
        let mut text = weighed();
        assert!(read(text.as_bytes()).is_ok());
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        let mistakes = read(text.as_bytes()).unwrap_err();
        let mut found: Vec<_> = mistakes.iter().map(|it| it.pointer.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{mistakes:?}");
    };
    let unit = ("unit = \"m2\"", "unit = \"furlong\"");
    let area = "/criteria/0/numeric";
    // A wrong unit, weights, reference and order.
    check(
        &[
            unit,
            ("weight = 40", "weight = 50"),
            ("must_assess = [\"area\"]", "must_assess = [\"nobody\"]"),
            ("value = 100 }", "value = 2000 }"),
        ],
        &[
            "/aggregation/gates/must_assess/0",
            "/criteria",
            &format!("{area}/levels/1/value"),
            &format!("{area}/unit"),
        ],
    );
    // What is known to be of no measure is told with what the rules say of the rest.
    check(
        &[
            ("measure = \"storage_area\"", "measure = \"smell\""),
            ("weight = 40", "weight = 50"),
        ],
        &["/criteria", &format!("{area}/measure")],
    );
    // A weight that is none, or has another name, leaves a sum that nobody can tell.
    check(&[("weight = 40", "weight = true")], &["/criteria/2/weight"]);
    check(&[("weight = 40", "wieght = 40")], &["/criteria/2/wieght"]);
    check(
        &[("weight = 40", "weight = \"x\"")],
        &["/criteria/2/weight"],
    );
    // Levels that cannot be read are asked by nobody in vain.
    let levels = "[[levels]]\nid = \"low\"";
    check(&[(levels, "[[levels]]\nid = \"LOW!\"")], &["/levels/0/id"]);
    check(&[(levels, "[[levels]]")], &["/levels/0/id"]);
    check(
        &[(levels, "[[levels]]"), ("weight = 40", "weight = 41")],
        &["/criteria", "/levels/0/id"],
    );
    // Kinds, days and figures.
    check(
        &[
            ("yes_no = {}", "yes_no = 7"),
            ("weight = 40", "weight = 41"),
        ],
        &["/criteria/1/yes_no"],
    );
    check(
        &[("yes_no = {}", ""), unit],
        &[&format!("{area}/unit"), "/criteria/1"],
    );
    check(
        &[("yes_no = {}", "yes_no = {}\nveto = {}"), unit],
        &[&format!("{area}/unit"), "/criteria/1"],
    );
    check(
        &[
            ("valid_from = 2026-01-01", "valid_from = \"2026-02-30\""),
            ("value = 100 }", "value = -5 }"),
            ("best_level = \"last\"", ""),
        ],
        &[
            "/best_level",
            &format!("{area}/levels/0/value"),
            "/valid_from",
        ],
    );
    check(
        &[("dimension = \"all\"", "dimension = [\"all\"]"), unit],
        &["/criteria/0/dimension", &format!("{area}/unit")],
    );
    check(
        &[("[aggregation.gates]", "[aggregation.gate]")],
        &["/aggregation/gate"],
    );
}

#[test]
fn a_file_of_another_encoding_is_told_so() {
    let (before, after) = SMALL.split_once("小").unwrap();
    let file = [before.as_bytes(), &[0xbf, 0xe2], after.as_bytes()].concat();
    let mistakes = read(&file).unwrap_err();
    assert_eq!(mistakes.len(), 1);
    assert_eq!((mistakes[0].line, mistakes[0].column), (7, 17));
    assert!(mistakes[0].message.zh.contains("UTF-8") && mistakes[0].message.en.contains("UTF-8"));
    // A mark that an editor puts before a UTF-8 file is none.
    assert!(read(format!("\u{feff}{SMALL}").as_bytes()).is_ok());
}

// A file as an editor reads it, to hold it against the schema.
fn as_an_editor_reads(text: &str) -> Value {
    fn value(it: toml::Value) -> Value {
        match it {
            toml::Value::String(text) => json!(text),
            toml::Value::Integer(number) => json!(number),
            toml::Value::Float(number) => json!(number),
            toml::Value::Boolean(truth) => json!(truth),
            toml::Value::Datetime(moment) => json!(moment.to_string()),
            toml::Value::Array(items) => items.into_iter().map(value).collect(),
            toml::Value::Table(table) => {
                let members = table.into_iter().map(|(name, it)| (name, value(it)));
                Value::Object(members.collect())
            }
        }
    }
    value(toml::Value::Table(text.parse().unwrap()))
}

fn published() -> jsonschema::Validator {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&schema().unwrap())
        .unwrap()
}

#[test]
fn the_published_schema_takes_every_file_that_is_read() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let published = published();
    let mut files = 0;
    for folder in ["api/data/rules", "docs/examples", "tests/tests/e2e/rating"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "toml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(read(text.as_bytes()).is_ok(), "{}", path.display());
            let value = as_an_editor_reads(&text);
            let faults: Vec<_> = published
                .iter_errors(&value)
                .map(|it| it.to_string())
                .collect();
            assert!(faults.is_empty(), "{}: {faults:?}", path.display());
            files += 1;
        }
    }
    assert!(files >= 3, "{files}");
    // However a figure or a whole number is written.
    for (from, to, is_read) in [
        ("value = 1028.5", "value = 1_028.5", true),
        ("value = 1028.5", "value = \"1028.5\"", true),
        ("value = 1028.5", "value = +1028.5", true),
        ("value = 1028.5", "value = 1e3", true),
        ("value = 1028.5", "value = 0x400", true),
        ("edition = 1", "edition = 1.0", true),
        ("value = 1028.5", "value = 1028.12345", false),
        ("value = 1028.5", "value = nan", false),
        ("edition = 1", "edition = 1.5", false),
    ] {
        let text = SMALL.replace(from, to);
        assert_eq!(read(text.as_bytes()).is_ok(), is_read, "{to}");
        let is_right = published.is_valid(&as_an_editor_reads(&text));
        assert!(is_right || !is_read, "{to}");
    }
}

#[test]
fn the_published_schema_refuses_what_is_no_rule_set() {
    let published = published();
    assert!(published.is_valid(&as_an_editor_reads(SMALL)));
    for (from, to) in [
        ("edition = 1", "edition = 0"),
        ("edition = 1", "edition = 1.5"),
        ("edition = 1", "edition = 1\ncolour = \"red\""),
        ("valid_from = 2026-01-01", "valid_from = \"soon\""),
        ("status = \"draft\"", "status = \"valid\""),
        ("best_level = \"last\"", ""),
        ("unit = \"m2\"", "unit = \"furlong\""),
        ("value = 1028.5", "value = true"),
        ("value = 1028.5", "value = \"much\""),
        ("value = 1028.5", "value = 1e15"),
        ("id = \"area\"", "id = \"Floor area\""),
        ("confidence = \"I\"", "confidence = \"X\""),
        ("unassessed = \"hold\"", "unassessed = \"guess\""),
    ] {
        assert!(SMALL.contains(from), "{from}");
        let value = as_an_editor_reads(&SMALL.replacen(from, to, 1));
        assert!(!published.is_valid(&value), "{to}");
    }
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
