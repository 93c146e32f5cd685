//! Workbooks that no honest writer makes.

use std::time::Instant;

use rust_xlsxwriter::Workbook;

use super::{cells, inline, raw, source};
use crate::exchange::refusal::{Poison, Refusal};

#[test]
fn lies_about_size_cost_nothing() {
    let cell = inline("A1", "x");
    let started = Instant::now();
    // Seventeen billion cells claimed, one there: the claim is not looked at.
    let lie = format!(
        "<dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\">{cell}</row></sheetData>"
    );
    assert_eq!(cells(raw(&lie, None, None)).unwrap().len(), 1);

    let far = |reference: &str| {
        let row = reference.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
        format!(
            "<sheetData><row r=\"{row}\">{}</row></sheetData>",
            inline(reference, "x")
        )
    };
    for reference in ["XFD1", "A1048576", "A50001", "IW1"] {
        match cells(raw(&far(reference), None, None)) {
            Err(Refusal::OutOfBounds { cell, .. }) => assert_eq!(cell.to_string(), reference),
            other => panic!("{reference}: {other:?}"),
        }
    }
    assert_eq!(
        cells(raw(&far("IV50000"), None, None)).unwrap()[0].0,
        50_000
    );
    for reference in ["ZZZZZZZZZZ1", "A99999999999999999999", "A0", "1A"] {
        assert!(
            cells(raw(&far(reference), None, None)).is_err(),
            "{reference}"
        );
    }

    let sheet = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row></sheetData>";
    for count in ["5000000000", "18446744073709551615"] {
        let strings = format!("<sst uniqueCount=\"{count}\"><si><t>x</t></si></sst>");
        assert!(matches!(
            cells(raw(sheet, Some(&strings), None)),
            Err(Refusal::Poison {
                poison: Poison::Count { .. }
            })
        ));
    }
    let many: String = (0..40)
        .map(|number| format!("<sheet name=\"S{number}\" sheetId=\"{number}\" r:id=\"r1\"/>"))
        .collect();
    assert!(matches!(
        cells(raw(sheet, None, Some(&format!("<sheets>{many}</sheets>")))),
        Err(Refusal::Poison {
            poison: Poison::Sheets
        })
    ));
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

#[test]
fn rows_out_of_order_and_endless_texts_are_refused() {
    let backwards = format!(
        "<sheetData><row r=\"5\">{}</row><row r=\"2\">{}</row></sheetData>",
        inline("A5", "x"),
        inline("A2", "y")
    );
    assert!(matches!(
        cells(raw(&backwards, None, None)),
        Err(Refusal::Damaged { .. })
    ));
    let long = format!(
        "<sheetData><row r=\"1\">{}</row></sheetData>",
        inline("B1", &"长".repeat(32_768))
    );
    assert!(matches!(
        cells(raw(&long, None, None)),
        Err(Refusal::CellTooLong { cell, .. }) if cell.to_string() == "B1"
    ));
    let unfinished = "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v>";
    assert!(matches!(
        cells(raw(unfinished, None, None)),
        Err(Refusal::Damaged { .. })
    ));
    let strange =
        "<sheetData><row r=\"1\"><c r=\"A1\" t=\"e\"><v>#SPILL!</v></c></row></sheetData>";
    let refusal = cells(raw(strange, None, None)).unwrap_err();
    assert!(refusal.to_string().contains("SPILL"), "{refusal}");
}

#[test]
fn no_cut_of_a_workbook_gets_through() {
    let mut workbook = Workbook::new();
    workbook
        .add_worksheet()
        .write_string(0, 0, "depot")
        .unwrap();
    let whole = workbook.save_to_buffer().unwrap();
    assert_eq!(cells(whole.clone()).unwrap().len(), 1);
    for length in (4..whole.len()).step_by(97) {
        assert!(source(&whole[..length]).is_err(), "cut to {length}");
    }
}
