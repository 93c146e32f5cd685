//! CSV in: text with a delimiter, in the encodings that Chinese offices and foreign partners use.
//!
//! **Invariant.** The text is decoded without replacing a single byte, every row keeps the number
//! that a spreadsheet would show for it, and the guard that our own export puts before formulas
//! (see [`super::out::csv_out`]) is taken off again.

pub(crate) mod decode;

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::Encoding;

use super::{
    guard,
    out::csv_out,
    refusal::Refusal,
    sheet::{Cell, CellRef, DateSystem, Merged, Piece, Row, Sheet},
};

const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Reads `bytes` as one sheet called `name`.
///
/// # Errors
/// [`Refusal`] for an unclear encoding, an open quotation mark, what exceeds the limits, and
/// whatever `take` answers.
pub(crate) fn read(
    bytes: &[u8],
    name: &str,
    encoding: Option<&'static Encoding>,
    take: &mut dyn FnMut(Piece) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let text = decode::decode(bytes, encoding)?;
    let (delimiter, skipped_lines, body) = delimiter(&text);
    take(Piece::Sheet(Sheet {
        name: name.into(),
        dates: DateSystem::From1900,
        merged: Merged::default(),
    }))?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(body.as_bytes());
    let mut record = ByteRecord::new();
    let mut number = skipped_lines;
    // The end of the last record, to count the blank lines that the reader passes over.
    let mut at = 0;
    while reader.read_byte_record(&mut record).map_err(broken)? {
        let end = usize::try_from(reader.position().byte()).unwrap_or(body.len());
        let raw = body.get(at..end).unwrap_or_default();
        let content = raw.trim_start_matches(['\r', '\n']);
        number += line_ends(&raw[..raw.len() - content.len()]) + 1;
        if is_open(&record, content, end == body.len()) {
            return Err(Refusal::QuoteOpen {
                line: line_of(&text, body, at),
            });
        }
        // The reader leaves the second half of a CRLF to the next record.
        at = end + usize::from(body[..end].ends_with('\r') && body[end..].starts_with('\n'));
        if let Some(row) = row(&record, number, name)? {
            take(Piece::Row(row))?;
        }
    }
    Ok(())
}

fn row(record: &ByteRecord, number: u32, sheet: &str) -> Result<Option<Row>, Refusal> {
    let mut cells = Vec::with_capacity(record.len());
    for (column, field) in record.iter().enumerate() {
        let cell_ref = CellRef {
            row: number,
            column: u32::try_from(column).unwrap_or(u32::MAX),
        };
        let text = String::from_utf8_lossy(field);
        if text.chars().count() > guard::CELL_CHARS_MAX {
            return Err(Refusal::CellTooLong {
                sheet: sheet.to_owned(),
                cell: cell_ref,
            });
        }
        let cell = Cell::text(csv_out::unguarded(&text));
        let is_outside = number > guard::ROWS_MAX || cell_ref.column >= guard::COLUMNS_MAX;
        if is_outside && cell != Cell::Empty {
            return Err(Refusal::OutOfBounds {
                sheet: sheet.to_owned(),
                cell: cell_ref,
            });
        }
        cells.push(cell);
    }
    let has_content = cells.iter().any(|cell| *cell != Cell::Empty);
    Ok(has_content.then_some(Row { number, cells }))
}

// The reader takes everything after a stray quotation mark as one field. A record with an odd
// number of them is such a one if it runs over lines or to the end of the file.
fn is_open(record: &ByteRecord, content: &str, is_last: bool) -> bool {
    let quotes = content.bytes().filter(|byte| *byte == b'"').count();
    let runs_on = record
        .iter()
        .any(|field| field.contains(&b'\n') || field.contains(&b'\r'));
    let ends_open = is_last && !content.ends_with(['\n', '\r']);
    quotes % 2 == 1 && (runs_on || ends_open)
}

fn line_of(text: &str, body: &str, at: usize) -> u64 {
    let offset = text.len() - body.len() + at;
    let before = &text[..offset];
    let blank = text[offset..].len() - text[offset..].trim_start_matches(['\r', '\n']).len();
    1 + u64::from(line_ends(before)) + u64::from(line_ends(&text[offset..offset + blank]))
}

// CRLF is one end of line.
fn line_ends(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let count = bytes
        .iter()
        .enumerate()
        .filter(|(at, byte)| {
            **byte == b'\n' || (**byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        })
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

// The delimiter, how many lines say nothing else, and the text after those.
fn delimiter(text: &str) -> (u8, u32, &str) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    // Excel writes and obeys this line.
    if let Some(named) = first.trim_end_matches('\r').strip_prefix("sep=")
        && let [delimiter] = named.as_bytes()
    {
        return (*delimiter, 1, rest);
    }
    (DELIMITERS[sniffed(text)], 0, text)
}

// The delimiter of the first record that has one: the header, or a title with as many cells.
fn sniffed(text: &str) -> usize {
    let mut counts = [0_usize; DELIMITERS.len()];
    let (mut is_quoted, mut is_field_start) = (false, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if is_quoted {
            // A doubled quotation mark stands for one.
            is_quoted = byte != b'"' || bytes.next_if_eq(&b'"').is_some();
            continue;
        }
        let delimiter = DELIMITERS.iter().position(|one| *one == byte);
        let is_line_end = matches!(byte, b'\n' | b'\r');
        if is_line_end && counts.iter().any(|count| *count > 0) {
            break;
        }
        if let Some(index) = delimiter {
            counts[index] += 1;
        }
        is_quoted = is_field_start && byte == b'"';
        is_field_start = is_line_end || delimiter.is_some();
    }
    let mut best = 0;
    for candidate in 1..DELIMITERS.len() {
        if counts[candidate] > counts[best] {
            best = candidate;
        }
    }
    best
}

fn broken(error: csv::Error) -> Refusal {
    Refusal::damaged(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<(u32, Vec<String>)>, Refusal> {
        let mut rows = Vec::new();
        read(text.as_bytes(), "t.csv", None, &mut |piece| {
            if let Piece::Row(row) = piece {
                let cells = row.cells.iter().map(|cell| match cell {
                    Cell::Text(text) => text.clone(),
                    _ => String::new(),
                });
                rows.push((row.number, cells.collect()));
            }
            Ok(())
        })?;
        Ok(rows)
    }

    fn numbered(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
        (
            number,
            cells.iter().map(|cell| (*cell).to_owned()).collect(),
        )
    }

    #[test]
    fn rows_keep_the_numbers_of_a_spreadsheet() {
        let text = "\r\na,b\r\n\r\n\r\n\"x\r\ny\",2\r\n,\r\nlast,3";
        assert_eq!(
            rows(text).unwrap(),
            [
                numbered(2, &["a", "b"]),
                numbered(5, &["x\r\ny", "2"]),
                numbered(7, &["last", "3"]),
            ]
        );
    }

    #[test]
    fn the_delimiter_is_found_over_the_header() {
        for (text, cells) in [
            ("a,b;c,d\n", &["a", "b;c", "d"][..]),
            ("a;b,c;d\n", &["a", "b,c", "d"]),
            ("a\tb, c\td\n", &["a", "b, c", "d"]),
            ("\"a,b,\"\"c\";d\n", &["a,b,\"c", "d"]),
            ("\"a\tb\n\t\t\",c\n", &["a\tb\n\t\t", "c"]),
            ("alone\n", &["alone"]),
        ] {
            assert_eq!(rows(text).unwrap(), [numbered(1, cells)], "{text}");
        }
        assert_eq!(
            rows("sep=|\na|b,c\n").unwrap(),
            [numbered(2, &["a", "b,c"])]
        );
    }

    #[test]
    fn an_open_quotation_mark_is_refused_with_its_line() {
        for (text, line) in [
            ("a,b\n1,\"2\n3,4\n", 2),
            ("a,b\n\n1,\"2", 3),
            ("\"a\nb\nc", 1),
        ] {
            match rows(text) {
                Err(Refusal::QuoteOpen { line: found }) => assert_eq!(found, line, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert_eq!(
            rows("pipe 5\" wide,\"he said \"\"no\"\"\"\nz,1\n").unwrap(),
            [
                numbered(1, &["pipe 5\" wide", "he said \"no\""]),
                numbered(2, &["z", "1"])
            ]
        );
    }

    #[test]
    fn limits_name_the_cell() {
        let wide = format!("{}x\n", ",".repeat(256));
        assert!(matches!(
            rows(&wide),
            Err(Refusal::OutOfBounds { cell, .. }) if cell.to_string() == "IW1"
        ));
        assert_eq!(rows(&format!("a{}\n", ",".repeat(400))).unwrap().len(), 1);
        let tall = format!("{}x\n", "\n".repeat(200_000));
        assert!(matches!(
            rows(&tall),
            Err(Refusal::OutOfBounds { cell, .. }) if cell.to_string() == "A200001"
        ));
        let long = format!("a\nb,{}\n", "长".repeat(32_768));
        assert!(matches!(
            rows(&long),
            Err(Refusal::CellTooLong { cell, .. }) if cell.to_string() == "B2"
        ));
    }
}
