//! The limits of a file, and the walk through a zip container that enforces them before the
//! workbook reader sees it.
//!
//! **Invariant.** A file that admits in its directory to break a limit is refused before anything is
//! inflated; one that claims to keep them is not believed: sizes are counted from the bytes that
//! really come out of the inflater. After [`check`] has passed, the workbook reader can be made
//! to hold no single piece of markup over [`MARKUP_BYTES_MAX`] and to reserve memory for no list
//! that the file does not contain: calamine 0.38 reserves what `uniqueCount` says, copies a font
//! name into every cell style and buffers a whole comment. (TRUST #35–#37.)

mod markup;

use std::io::{Cursor, Read};

use zip::ZipArchive;

use self::markup::{Markup, Part};
use super::refusal::{Poison, Refusal};

/// The largest file, in bytes.
pub(crate) const FILE_BYTES_MAX: u64 = 64 << 20;
/// The last row that is read, and the number of rows over all sheets: all townships of the country,
/// or all shelves of a province. A file is one transaction, and on SQLite everybody else who would
/// write waits for it.
pub(crate) const ROWS_MAX: u32 = 50_000;
/// The number of columns that are read.
pub(crate) const COLUMNS_MAX: u32 = 256;
/// The longest text of a cell, in characters: what a spreadsheet can hold.
pub(crate) const CELL_CHARS_MAX: usize = 32_767;
/// The most entries of a zip container.
pub(crate) const ENTRIES_MAX: usize = 1_000;
/// The most bytes that all entries may inflate to.
pub(crate) const INFLATED_BYTES_MAX: u64 = 512 << 20;
/// The most times its compressed size that an entry, or the container, may inflate to.
pub(crate) const RATIO_MAX: u64 = 200;
/// The most sheets of a workbook.
pub(crate) const SHEETS_MAX: usize = 32;

// Small parts may be very repetitive without harm: the ratio counts only past this size.
const RATIO_COUNTS_FROM: u64 = 1 << 20;
// Pictures and other parts that are not XML do not shrink, so a large one is no picture.
const OPAQUE_BYTES_MAX: u64 = 32 << 20;
const STYLES_BYTES_MAX: u64 = 16 << 20;
const STRINGS_BYTES_MAX: u64 = 128 << 20;
// A text of 32,767 characters, each written as a numeric reference, fits.
const MARKUP_BYTES_MAX: usize = 512 << 10;
// A central directory header begins with this. Data may hold it by chance, hence the allowance.
const CENTRAL_HEADER: &[u8; 4] = b"PK\x01\x02";
const CENTRAL_HEADER_ALLOWANCE: usize = 4;

/// Walks through a zip container and counts what really comes out.
///
/// # Errors
/// [`Refusal`] when it is damaged, holds no workbook or breaks a limit.
pub(crate) fn check(bytes: &[u8]) -> Result<(), Refusal> {
    // The archive reader keeps a record per header, so even their number is counted first.
    let headers = bytes
        .windows(CENTRAL_HEADER.len())
        .filter(|window| window == CENTRAL_HEADER)
        .count();
    if headers > ENTRIES_MAX * CENTRAL_HEADER_ALLOWANCE {
        return Err(Poison::Entries.into());
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(Refusal::damaged)?;
    if archive.len() > ENTRIES_MAX {
        return Err(Poison::Entries.into());
    }
    let mut budget = Budget::new(bytes.len());
    let mut declared = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(Refusal::damaged)?;
        let name = entry.name().map_err(Refusal::damaged)?;
        declared = declared.saturating_add(entry.size());
        let sizes = (entry.compressed_size(), entry.size());
        budget.admit(&name, Part::of(&name), sizes, declared)?;
    }
    let mut is_workbook = false;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(Refusal::damaged)?;
        let name = entry.name().map_err(Refusal::damaged)?.into_owned();
        is_workbook |= name.eq_ignore_ascii_case("[Content_Types].xml");
        budget.walk(&name, entry.compressed_size(), &mut entry)?;
    }
    if is_workbook {
        Ok(())
    } else {
        Err(Refusal::NoWorkbook)
    }
}

struct Budget {
    total_max: u64,
    spent: u64,
    buffer: Vec<u8>,
}

impl Budget {
    fn new(file_bytes: usize) -> Self {
        // Entries may overlap in the container, so the ratio holds for the whole as well.
        let by_ratio = (file_bytes as u64).saturating_mul(RATIO_MAX);
        Self {
            total_max: INFLATED_BYTES_MAX.min(by_ratio.max(RATIO_COUNTS_FROM)),
            spent: 0,
            buffer: vec![0; 64 << 10],
        }
    }

    // Whether a part may have come to so many bytes, and all parts so far to so many together.
    fn admit(
        &self,
        name: &str,
        kind: Part,
        (compressed, inflated): (u64, u64),
        spent: u64,
    ) -> Result<(), Refusal> {
        let part = || name.to_owned();
        let ratio_max = compressed.saturating_mul(RATIO_MAX);
        if inflated > ratio_max.max(RATIO_COUNTS_FROM) {
            return Err(Poison::Ratio { part: part() }.into());
        }
        if inflated > kind.bytes_max() || spent > self.total_max {
            return Err(Poison::Inflated { part: part() }.into());
        }
        Ok(())
    }

    fn walk(&mut self, name: &str, compressed: u64, entry: &mut impl Read) -> Result<(), Refusal> {
        let kind = Part::of(name);
        let mut markup = Markup::new(kind);
        let mut inflated = 0;
        loop {
            let count = entry.read(&mut self.buffer).map_err(Refusal::damaged)?;
            if count == 0 {
                return Ok(());
            }
            inflated += count as u64;
            self.spent += count as u64;
            self.admit(name, kind, (compressed, inflated), self.spent)?;
            markup.feed(&self.buffer[..count], name)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn container(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn poison(bytes: &[u8]) -> Poison {
        match check(bytes) {
            Err(Refusal::Poison { poison }) => poison,
            other => panic!("{other:?}"),
        }
    }

    const TYPES: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");

    // Changes the size that the directory declares of the first part.
    fn claim(container: &mut [u8], bytes: u32) {
        let central = container
            .windows(4)
            .position(|window| window == CENTRAL_HEADER)
            .unwrap();
        container[central + 24..central + 28].copy_from_slice(&bytes.to_le_bytes());
    }

    #[test]
    fn a_bomb_is_stopped_by_what_it_admits_and_by_what_comes_out_of_it() {
        let part = "xl/worksheets/sheet1.xml".to_owned();
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let deflate = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1));
        writer.start_file(part.as_str(), deflate).unwrap();
        let zeros = vec![b'0'; 1 << 20];
        for _ in 0..600 {
            writer.write_all(&zeros).unwrap();
        }
        let mut bomb = writer.finish().unwrap().into_inner();
        assert!(bomb.len() < 8 << 20, "{} bytes", bomb.len());
        assert!(
            matches!(
                poison(&bomb),
                Poison::Ratio { .. } | Poison::Inflated { .. }
            ),
            "what it declares is enough: its text is not even looked at"
        );
        // One that lies is looked at: a run of 512 KiB of text is enough to refuse it.
        claim(&mut bomb, 1_000_000);
        assert_eq!(poison(&bomb), Poison::Markup { part: part.clone() });

        let rows = container(&[(&part, &b"<row></row>".repeat(200_000))]);
        assert_eq!(poison(&rows), Poison::Ratio { part });

        // A header that claims less does not help it.
        let mut lying = rows;
        claim(&mut lying, 100);
        assert!(matches!(check(&lying), Err(Refusal::Damaged { .. })));
    }

    #[test]
    fn parts_count_together() {
        let mut budget = Budget::new(usize::try_from(FILE_BYTES_MAX).unwrap());
        let part = |number: u32| format!("xl/media/image{number}.png");
        let mut walk = |number| {
            let mut pixels = std::io::repeat(b' ').take(OPAQUE_BYTES_MAX);
            budget.walk(&part(number), OPAQUE_BYTES_MAX, &mut pixels)
        };
        for number in 0..16 {
            walk(number).unwrap();
        }
        assert!(matches!(
            walk(16),
            Err(Refusal::Poison { poison: Poison::Inflated { part: found } }) if found == part(16)
        ));
    }

    #[test]
    fn too_many_entries_are_not_even_listed() {
        let names: Vec<String> = (0..4_500).map(|number| format!("{number}")).collect();
        for count in [1_001, 4_500] {
            let parts: Vec<(&str, &[u8])> = names[..count]
                .iter()
                .map(|name| (name.as_str(), &b""[..]))
                .collect();
            assert_eq!(poison(&container(&parts)), Poison::Entries, "{count}");
        }
    }

    #[test]
    fn a_container_without_a_workbook_is_not_one() {
        assert!(check(&container(&[TYPES])).is_ok());
        assert!(matches!(
            check(&container(&[("mimetype", b"application/ods")])),
            Err(Refusal::NoWorkbook)
        ));
    }

    #[test]
    fn every_cut_is_noticed() {
        let whole = container(&[TYPES, ("xl/workbook.xml", b"<workbook></workbook>")]);
        for length in 4..whole.len() {
            assert!(
                matches!(check(&whole[..length]), Err(Refusal::Damaged { .. })),
                "cut to {length}"
            );
        }
    }

    #[test]
    fn a_flipped_bit_in_a_part_is_noticed() {
        let mut bytes = container(&[TYPES, ("xl/a.xml", &b"<a>text</a>".repeat(50))]);
        let middle = bytes.len() / 3;
        bytes[middle] ^= 1;
        assert!(check(&bytes).is_err());
    }

    #[test]
    fn a_large_part_that_is_not_xml_is_refused() {
        // Incompressible enough for the ratio, too large for a picture.
        let mut noise = Vec::with_capacity(33 << 20);
        let mut state = 1_u32;
        while noise.len() < 33 << 20 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.extend_from_slice(&state.to_le_bytes());
        }
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        writer.start_file("xl/media/image1.png", stored).unwrap();
        writer.write_all(&noise).unwrap();
        assert_eq!(
            poison(&writer.finish().unwrap().into_inner()),
            Poison::Inflated {
                part: "xl/media/image1.png".to_owned()
            }
        );
    }
}
