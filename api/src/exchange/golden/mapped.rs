//! Foreign files, read as a mapping says.

use rust_xlsxwriter::{Format as CellFormat, Workbook};

use super::{complaints, day, intake, line, lines, mapping};
use crate::exchange::{intake::Note, mapping::Mapping};

#[test]
fn a_foreign_file_is_read_by_its_mapping() {
    let text = "Warehouse,Item Name,Qty,Units,Date Received,Comments\n\
        \"Laut\u{e9}m\",Blankets,\"1,234\",Piece,03/18/12,some are wet\n";
    let latin = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let mapping = mapping(
        r#"{ "columns": { "Warehouse": "depot", "Item Name": "item", "QTY": "quantity",
                          "Date Received": "expiry", "Units": null, "Comments": null },
             "constants": { "condition": "可用" }, "values": { "item": { "Blankets": "毛毯" } },
             "date_order": "mdy", "encoding": "latin1" }"#,
    );
    let intake = intake(latin, &mapping);
    assert_eq!(complaints(&intake), Vec::<String>::new());
    assert_eq!(lines(&intake), [line("Lautém", "毛毯", 1_234, 2)]);
    let record = &intake.records[0];
    assert_eq!(record.date("expiry"), Some(day("2012-03-18")));
    assert_eq!(record.text("condition"), Some("usable"));
    assert_eq!(record.cell("condition"), None);

    let wrong = self::intake("Warehouse,Item Name,condition\n", &mapping);
    assert_eq!(
        complaints(&wrong),
        [
            "stock! column-missing",
            "stock! constant-and-column",
            "stock! mapped-header-missing",
            "stock! mapped-header-missing",
        ]
    );
}

#[test]
fn merged_blanks_are_filled_only_if_told() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let plain = CellFormat::new();
    for (name, column) in ["depot", "item", "quantity", "expiry"].iter().zip(0..) {
        sheet.write_string(0, column, *name).unwrap();
    }
    sheet.merge_range(1, 0, 3, 0, "宁波", &plain).unwrap();
    sheet.merge_range(1, 3, 2, 3, "2026-07-25", &plain).unwrap();
    for row in 1..5 {
        sheet.write_string(row, 1, "棉被").unwrap();
        sheet.write_number(row, 2, row).unwrap();
    }
    let bytes = workbook.save_to_buffer().unwrap();

    let untold = intake(bytes.clone(), &Mapping::default());
    assert_eq!(
        complaints(&untold),
        [
            "Sheet1!A3 blank-by-merge",
            "Sheet1!D3 blank-by-merge",
            "Sheet1!A4 blank-by-merge",
            "Sheet1!A5 blank",
        ]
    );
    let told = intake(bytes, &mapping(r#"{"fill_down":["depot","expiry"]}"#));
    assert_eq!(complaints(&told), Vec::<String>::new());
    assert_eq!(told.records.len(), 4);
    assert_eq!(lines(&told)[3], line("宁波", "棉被", 4, 5));
    let filled: Vec<_> = told
        .notes
        .iter()
        .filter_map(|note| match note {
            Note::Filled { column, count, .. } => Some((*column, *count)),
            _ => None,
        })
        .collect();
    assert_eq!(filled, [("depot", 3), ("expiry", 3)]);
}
