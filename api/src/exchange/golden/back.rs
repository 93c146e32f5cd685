//! What we write, we read.

use domain::kernel::Language;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{SPECS, cells, complaints, day, intake};
use crate::exchange::{
    clean,
    mapping::Mapping,
    open::Format,
    out::{Finished, Table},
    sheet::Cell,
    template,
    value::Value,
};

#[test]
fn a_template_filled_in_is_read_back() {
    for language in [Language::Zh, Language::En] {
        let bytes = template::write("库存", SPECS, language).unwrap();
        let empty = intake(bytes.clone(), &Mapping::default());
        assert_eq!(complaints(&empty), Vec::<String>::new());
        assert!(
            empty.records.is_empty() && empty.notes.is_empty(),
            "{:?}",
            empty.notes
        );
        let rows = cells(bytes).unwrap();
        assert_eq!(
            rows.len(),
            1 + 1 + SPECS.len(),
            "a header, a header and a line per column"
        );
        let item = &rows[3].1;
        let expected = match language {
            Language::Zh => ["物资", "是", "文本，最多 60 字", "棉被"],
            Language::En => ["Item", "yes", "text, at most 60 characters", "棉被"],
        };
        assert_eq!(item[..4], expected.map(Cell::text));
    }
}

fn export(format: Format, header: &[&str], rows: &[Vec<Option<Value>>]) -> Vec<u8> {
    let spool = tempfile::tempdir().unwrap();
    let mut table = Table::begin(format, "导出", spool.path()).unwrap();
    assert!(!table.content_type().is_empty());
    table.header(header).unwrap();
    let mut bytes = Vec::new();
    for row in rows {
        table.row(row).unwrap();
        while let Some(chunk) = table.ready() {
            bytes.extend_from_slice(&chunk);
        }
    }
    match table.finish().unwrap() {
        Finished::Rest(rest) => bytes.extend_from_slice(&rest),
        Finished::File(file) => bytes = std::fs::read(file.path()).unwrap(),
    }
    bytes
}

#[test]
fn what_a_spreadsheet_would_round_is_written_as_text() {
    let instant = "2021-07-25T04:30:00.123456Z".parse().unwrap();
    let long: Decimal = "1234567890.1234567890".parse().unwrap();
    let row = [
        Some(Value::Whole(i64::MAX)),
        Some(Value::Decimal(long)),
        Some(Value::Instant(instant)),
        Some(Value::Date(day("1899-12-31"))),
    ];
    let texts = [
        "9223372036854775807",
        "1234567890.1234567890",
        "2021-07-25T04:30:00.123456Z",
        "1899-12-31",
    ];
    for format in [Format::Csv, Format::Xlsx] {
        let rows = cells(export(format, &["a", "b", "c", "d"], &[row.to_vec()])).unwrap();
        assert_eq!(rows[1].1, texts.map(Cell::text), "{format:?}");
    }
}

fn hostile_text() -> impl Strategy<Value = String> {
    let inner = prop_oneof![
        Just("=1+1".to_owned()),
        Just("'=1".to_owned()),
        Just("''@x".to_owned()),
        Just("-5".to_owned()),
        Just("'-5".to_owned()),
        Just("＝cmd|' /C calc'!A0".to_owned()),
        Just("_x0041_".to_owned()),
        Just("a\"b,c;d\te\nf".to_owned()),
        Just("<&>]]>".to_owned()),
        Just("two\r\nlines\rthree".to_owned()),
        Just("007".to_owned()),
        Just("1e5".to_owned()),
        Just("TRUE".to_owned()),
        Just("#REF!".to_owned()),
        Just("棉被（大）㎡ \u{1f600}".to_owned()),
        "[ -~]{1,20}",
        "[=+@'\"\\-，。\u{4e00}-\u{4e20}]{1,8}",
    ];
    // Blanks at the ends are not part of a text, by rule.
    inner.prop_filter_map("blank", |text| {
        let text = text.trim().to_owned();
        (!text.is_empty()).then_some(text)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_exported_is_imported_the_same(
        rows in prop::collection::vec(
            (
                hostile_text(),
                hostile_text(),
                -clean::WHOLE_MAX..=clean::WHOLE_MAX,
                prop::option::of((-9_999_999_999_999_i64..9_999_999_999_999, 0_u32..8)),
                prop::option::of(1_i32..2_900_000),
                prop::option::of(any::<bool>()),
            ),
            1..12,
        )
    ) {
        let header = ["仓库", "物资", "数量", "单价", "有效期至", "捐赠"];
        let rows: Vec<Vec<Option<Value>>> = rows
            .into_iter()
            .map(|(depot, item, quantity, value, expiry, donated)| {
                let day = |days| day("1900-03-01") + chrono::Days::new(u64::try_from(days).unwrap());
                vec![
                    Some(Value::Text(depot)),
                    Some(Value::Text(item)),
                    Some(Value::Whole(quantity)),
                    value.map(|(mantissa, scale)| {
                        Value::Decimal(Decimal::new(mantissa, scale).normalize())
                    }),
                    expiry.map(|days| Value::Date(day(days))),
                    donated.map(Value::Flag),
                ]
            })
            .collect();
        for format in [Format::Csv, Format::Xlsx] {
            let intake = intake(export(format, &header, &rows), &Mapping::default());
            prop_assert_eq!(complaints(&intake), Vec::<String>::new());
            prop_assert_eq!(intake.records.len(), rows.len());
            for (record, row) in intake.records.iter().zip(&rows) {
                for (spec, value) in SPECS.iter().zip(row) {
                    prop_assert_eq!(record.value(spec.key), value.as_ref(), "{:?}", format);
                }
            }
        }
    }

    #[test]
    fn raw_cells_survive_with_blanks_and_ends_of_lines(text in "[ \t\r\n='@+\"a-]{1,10}") {
        let row = vec![Some(Value::Text("x".to_owned())), Some(Value::Text(text.clone()))];
        let rows = cells(export(Format::Csv, &["a", "b"], &[row])).unwrap();
        let found = rows[1].1.get(1).cloned().unwrap_or(Cell::Empty);
        prop_assert_eq!(found, Cell::text(text));
    }
}
