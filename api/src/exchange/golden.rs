//! Whole files, made here, through the whole reader and back.

mod back;
mod hostile;
mod mapped;

use std::io::{Cursor, Write};

use chrono::NaiveDate;
use encoding_rs::GBK;
use rust_decimal::Decimal;
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    columns::{Choice, ColumnSpec, Kind},
    fault::COMPLAINTS_MAX,
    intake::{Intake, Note, take_in},
    mapping::Mapping,
    open::Source,
    refusal::Refusal,
    sheet::{Cell, Piece},
};

const CONDITIONS: &[Choice] = &[
    Choice {
        key: "usable",
        zh: "可用",
        en: "Usable",
    },
    Choice {
        key: "condemned",
        zh: "报废",
        en: "Condemned",
    },
];

const SPECS: &[ColumnSpec] = &[
    ColumnSpec::required("depot", &["仓库", "Depot"], Kind::Text(60)).example("宁波市备灾仓库"),
    ColumnSpec::required("item", &["物资", "Item", "品名"], Kind::Text(60)).example("棉被"),
    ColumnSpec::required("quantity", &["数量", "Quantity"], Kind::Whole)
        .example("1000")
        .note("按基本单位", "in base units"),
    ColumnSpec::optional("value", &["单价", "Unit value"], Kind::Decimal),
    ColumnSpec::optional("expiry", &["有效期至", "Expiry date"], Kind::Date),
    ColumnSpec::optional("donated", &["捐赠", "Donated"], Kind::Flag),
    ColumnSpec::optional(
        "condition",
        &["质量状态", "Condition"],
        Kind::Choice(CONDITIONS),
    ),
];

fn source(bytes: impl Into<Vec<u8>>) -> Result<Source, Refusal> {
    Source::from_bytes(bytes.into(), "stock")
}

fn intake(bytes: impl Into<Vec<u8>>, mapping: &Mapping) -> Intake {
    take_in(&source(bytes).unwrap(), SPECS, mapping, &mut |_| {}).unwrap()
}

fn mapping(json: &str) -> Mapping {
    Mapping::parse(json.as_bytes(), SPECS).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

// Depot, item, quantity, row: what most tests look at.
fn lines(intake: &Intake) -> Vec<(String, String, i64, u32)> {
    let line = |record: &super::intake::Record| {
        (
            record.text("depot").unwrap().to_owned(),
            record.text("item").unwrap().to_owned(),
            record.whole("quantity").unwrap(),
            record.row,
        )
    };
    intake.records.iter().map(line).collect()
}

fn line(depot: &str, item: &str, quantity: i64, row: u32) -> (String, String, i64, u32) {
    (depot.to_owned(), item.to_owned(), quantity, row)
}

fn complaints(intake: &Intake) -> Vec<String> {
    let kept = intake.complaints.kept().iter();
    kept.map(|complaint| {
        assert!(!complaint.fault.to_string().is_empty() && !complaint.fault.zh().is_empty());
        let cell = complaint
            .cell
            .map(|cell| cell.to_string())
            .unwrap_or_default();
        format!("{}!{cell} {}", complaint.sheet, complaint.fault.code())
    })
    .collect()
}

#[test]
fn a_workbook_as_offices_make_them() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("库存").unwrap();
    let plain = CellFormat::new();
    let date = CellFormat::new().set_num_format("yyyy/m/d");
    sheet
        .merge_range(0, 0, 0, 5, "2021年救灾物资库存表", &plain)
        .unwrap();
    let header = ["仓　库", "品名", "数量（件）", "单价", "有效期至", "备注"];
    for row in [2, 6] {
        for (name, column) in header.iter().zip(0..) {
            sheet.write_string(row, column, *name).unwrap();
        }
    }
    // Row 4: numbers and a date as a spreadsheet has them. Row 5 stays blank.
    sheet.write_string(3, 0, " 宁波仓库\u{a0}").unwrap();
    sheet.write_string(3, 1, "棉被").unwrap();
    sheet.write_number(3, 2, 1000).unwrap();
    sheet.write_number(3, 3, 45.7).unwrap();
    let expiry = ExcelDateTime::from_ymd(2026, 7, 25).unwrap();
    sheet
        .write_datetime_with_format(3, 4, &expiry, &date)
        .unwrap();
    sheet.write_string(3, 5, "仅供参考").unwrap();
    // Row 6 before the repeated header, row 8 after it: figures as text, a bare day number.
    for (row, expiry) in [(5, "2026年7月25日"), (7, "")] {
        sheet.write_string(row, 0, "宁波仓库").unwrap();
        sheet.write_string(row, 1, "帐篷").unwrap();
        sheet.write_string(row, 2, "２，０００").unwrap();
        sheet.write_string(row, 4, expiry).unwrap();
    }
    sheet.write_number(7, 4, 46_228).unwrap();
    workbook
        .add_worksheet()
        .write_string(0, 0, "nothing of ours")
        .unwrap();
    let hidden = workbook.add_worksheet();
    hidden
        .set_hidden(true)
        .write_string(0, 0, "hidden")
        .unwrap();

    let bytes = workbook.save_to_buffer().unwrap();
    let strict = intake(bytes.clone(), &Mapping::default());
    assert_eq!(complaints(&strict), ["库存!F3 column-unknown"]);
    assert_eq!(strict.records.len(), 3, "the rows are judged all the same");
    let intake = intake(bytes, &mapping(r#"{"ignore_unknown_columns":true}"#));
    assert_eq!(complaints(&intake), Vec::<String>::new());
    assert_eq!(
        lines(&intake),
        [
            line("宁波仓库", "棉被", 1_000, 4),
            line("宁波仓库", "帐篷", 2_000, 6),
            line("宁波仓库", "帐篷", 2_000, 8),
        ]
    );
    assert_eq!(intake.rows, 3);
    for record in &intake.records {
        assert_eq!(record.date("expiry"), Some(day("2026-07-25")));
    }
    let first = &intake.records[0];
    assert_eq!(first.decimal("value"), Some(Decimal::new(457, 1)));
    assert_eq!(first.cell("quantity").unwrap().to_string(), "C4");
    assert_eq!(&**first.sheet(), "库存");
    let notes: Vec<String> = intake
        .notes
        .iter()
        .map(|note| match note {
            Note::ColumnIgnored {
                cell,
                header,
                count,
                ..
            } => format!("{cell} {header} {count}"),
            Note::HeaderRepeated { row, .. } => format!("header {row}"),
            Note::SheetIgnored { sheet } => format!("sheet {sheet}"),
            Note::Filled { column, count, .. } => format!("{column} {count}"),
        })
        .collect();
    assert_eq!(notes, ["header 7", "F3 备注 1", "sheet Sheet2"]);
}

#[test]
fn the_same_list_as_csv_in_every_encoding() {
    let text = "仓库,品名,数量,有效期至,捐赠,质量状态\r\n\
        宁波仓库,棉被,\"1,000\",2026/7/25,是,可用\r\n\
        仓库,品名,数量,有效期至,捐赠,质量状态\r\n\
        \r\n\
        宁波仓库,\"帐篷，12㎡\",１０００．０,46228,否,condemned\r\n";
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let gbk = GBK.encode(text).0.into_owned();
    let bom = ["\u{feff}", text].concat().into_bytes();
    for bytes in [text.into(), bom, utf16, gbk] {
        let intake = intake(bytes, &Mapping::default());
        assert_eq!(complaints(&intake), Vec::<String>::new());
        assert_eq!(
            lines(&intake),
            [
                line("宁波仓库", "棉被", 1_000, 2),
                line("宁波仓库", "帐篷，12㎡", 1_000, 5),
            ]
        );
        let last = &intake.records[1];
        assert_eq!(last.date("expiry"), Some(day("2026-07-25")));
        assert_eq!(last.flag("donated"), Some(false));
        assert_eq!(last.text("condition"), Some("condemned"));
    }
}

#[test]
fn every_error_is_told_at_once_with_its_cell() {
    let text = "Depot;Item;Quantity;Unit value;Expiry date\n\
        A;quilt;1.5;12,3;03/17/12\n\
        ;quilt;1,00;;2021-02-30\n\
        A;;;1e5;never\n\
        A;quilt;-3;;\n";
    let intake = intake(text, &Mapping::default());
    assert_eq!(
        complaints(&intake),
        [
            "stock!C2 not-whole",
            "stock!D2 grouping",
            "stock!E2 date-order",
            "stock!A3 blank",
            "stock!C3 grouping",
            "stock!E3 no-such-day",
            "stock!B4 blank",
            "stock!C4 blank",
            "stock!D4 not-a-number",
            "stock!E4 not-a-date",
        ]
    );
    assert_eq!(lines(&intake), [line("A", "quilt", -3, 5)]);
    assert_eq!(intake.rows, 4);
}

#[test]
fn complaints_are_capped_and_still_counted() {
    let text = format!("depot,item,quantity\n{}", "A,quilt,x\n".repeat(2_500));
    let mut told = Vec::new();
    let source = source(text).unwrap();
    let intake = take_in(&source, SPECS, &Mapping::default(), &mut |rows| {
        told.push(rows)
    })
    .unwrap();
    assert_eq!(intake.complaints.kept().len(), COMPLAINTS_MAX);
    assert_eq!(intake.complaints.total(), 2_500);
    assert_eq!(told, [1_000, 2_000, 2_500]);
}

#[test]
fn a_file_without_our_columns_says_so() {
    let intake = intake("name,size\nx,1\n", &Mapping::default());
    assert_eq!(complaints(&intake), ["stock! no-header"]);
    let intake = self::intake("depot,item,item\nA,quilt,quilt\n", &Mapping::default());
    assert_eq!(
        complaints(&intake),
        ["stock!C1 column-twice", "stock! column-missing"]
    );
    assert!(
        intake.records.is_empty(),
        "no record comes from a wrong header"
    );
    let refusal = |bytes: Vec<u8>, mapping: &Mapping| {
        let source = source(bytes).unwrap();
        let refusal = take_in(&source, SPECS, mapping, &mut |_| {}).unwrap_err();
        refusal.code()
    };
    let hidden = "<sheets><sheet name=\"S\" sheetId=\"1\" state=\"hidden\" r:id=\"r1\"/></sheets>";
    let workbook = raw("<sheetData></sheetData>", None, Some(hidden));
    assert_eq!(
        refusal(workbook.clone(), &Mapping::default()),
        "file-no-sheet"
    );
    let named = mapping(r#"{"sheet":"S"}"#);
    assert_eq!(refusal(workbook, &named), "file-sheet-missing");
    assert_eq!(
        lines(&self::intake("depot,item,quantity\nA,b,1\n", &named)).len(),
        1
    );
}

#[test]
fn formulas_count_as_their_stored_result() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (name, column) in ["depot", "item", "quantity"].iter().zip(0..) {
        sheet.write_string(0, column, *name).unwrap();
    }
    for (row, result) in [(1, "30"), (2, "#REF!")] {
        sheet.write_string(row, 0, "A").unwrap();
        sheet.write_string(row, 1, "quilt").unwrap();
        let formula = Formula::new("=10*3").set_result(result);
        sheet.write_formula(row, 2, formula).unwrap();
    }
    let intake = intake(workbook.save_to_buffer().unwrap(), &Mapping::default());
    assert_eq!(lines(&intake), [line("A", "quilt", 30, 2)]);
    assert_eq!(complaints(&intake), ["Sheet1!C3 error-value"]);

    // Some writers store no result: that is not a blank.
    let sheet = "<sheetData><row r=\"1\"><c r=\"B1\"><f>1+1</f></c></row></sheetData>";
    let expected = vec![Cell::Empty, Cell::Error("=".to_owned())];
    assert_eq!(cells(raw(sheet, None, None)).unwrap(), [(1, expected)]);
}

// A workbook by hand, for what no honest writer makes.
fn raw(sheet_xml: &str, strings_xml: Option<&str>, workbook_xml: Option<&str>) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let workbook =
        workbook_xml.unwrap_or("<sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets>");
    let mut parts = vec![
        (
            "[Content_Types].xml",
            format!("<Types xmlns=\"{PACKAGE}/content-types\"/>"),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"r1\" Type=\"{REL}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"r1\" Type=\"{REL}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{REL}\">{workbook}</workbook>"),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{MAIN}\">{sheet_xml}</worksheet>"),
        ),
    ];
    if let Some(strings) = strings_xml {
        parts.push(("xl/sharedStrings.xml", strings.to_owned()));
    }
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn cells(bytes: Vec<u8>) -> Result<Vec<(u32, Vec<Cell>)>, Refusal> {
    let mut rows = Vec::new();
    source(bytes)?.read(None, &mut |piece| {
        if let Piece::Row(row) = piece {
            rows.push((row.number, row.cells));
        }
        Ok(())
    })?;
    Ok(rows)
}

fn inline(reference: &str, text: &str) -> String {
    format!("<c r=\"{reference}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

#[test]
fn a_workbook_may_count_its_days_from_1904() {
    let sheet = format!(
        "<sheetData><row r=\"1\">{}{}{}{}</row><row r=\"2\">{}{}<c r=\"C2\"><v>7</v></c><c r=\"D2\"><v>42940</v></c></row></sheetData>",
        inline("A1", "depot"),
        inline("B1", "item"),
        inline("C1", "quantity"),
        inline("D1", "expiry"),
        inline("A2", "A"),
        inline("B2", "quilt"),
    );
    let workbook = "<workbookPr date1904=\"1\"/><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets>";
    let intake = intake(raw(&sheet, None, Some(workbook)), &Mapping::default());
    assert_eq!(complaints(&intake), Vec::<String>::new());
    assert_eq!(intake.records[0].date("expiry"), Some(day("2021-07-25")));
}
