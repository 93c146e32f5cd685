//! What kind of file this is, by its content; its name is only a name.
//!
//! **Invariant.** A file is read into memory once, within the size limit, and hashed there, so
//! what is checked, what is parsed and what is hashed are the same bytes.

use std::{fs::File, io::Read};

use encoding_rs::Encoding;
use sha2::{Digest, Sha256};

use super::{csv_in, guard, refusal::Refusal, sheet::Piece, xlsx_in};

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Text with a delimiter.
    Csv,
    /// An Office Open XML workbook.
    Xlsx,
}

/// A file that may be read: within the limits and of a known format.
#[derive(Debug)]
pub(crate) struct Source {
    /// The name that its author gave it.
    pub(crate) name: String,
    /// What it is.
    pub(crate) format: Format,
    /// The SHA-256 of its bytes.
    pub(crate) sha256: [u8; 32],
    bytes: Vec<u8>,
}

const ZIP: &[u8] = b"PK";
// The compound file of old .xls workbooks, and of .xlsx ones with a password.
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const UTF16_BOMS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

impl Source {
    /// Reads an open file, standing at its beginning, that its author called `name`. Blocks: call it
    /// off the async threads.
    ///
    /// # Errors
    /// [`Refusal`] for what cannot be read safely.
    pub(crate) fn of(file: File, name: &str) -> Result<Self, Refusal> {
        let mut bytes = Vec::new();
        file.take(guard::FILE_BYTES_MAX + 1)
            .read_to_end(&mut bytes)?;
        Self::from_bytes(bytes, name)
    }

    /// The same from bytes already in memory.
    ///
    /// # Errors
    /// [`Refusal`] for what cannot be read safely.
    pub(crate) fn from_bytes(bytes: Vec<u8>, name: &str) -> Result<Self, Refusal> {
        if bytes.len() as u64 > guard::FILE_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let format = recognise(&bytes)?;
        if format == Format::Xlsx {
            guard::check(&bytes)?;
        }
        Ok(Self {
            name: name.to_owned(),
            format,
            sha256: Sha256::digest(&bytes).into(),
            bytes,
        })
    }

    /// Hands on every sheet and row. `encoding` is what the mapping file says of a CSV file.
    ///
    /// # Errors
    /// [`Refusal`] for what cannot be read, and whatever `take` answers.
    pub(crate) fn read(
        &self,
        encoding: Option<&'static Encoding>,
        take: &mut dyn FnMut(Piece) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        match self.format {
            Format::Csv => csv_in::read(&self.bytes, &self.name, encoding, take),
            Format::Xlsx => xlsx_in::read(&self.bytes, take),
        }
    }
}

fn recognise(bytes: &[u8]) -> Result<Format, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::NoBytes);
    }
    if bytes.starts_with(ZIP) && bytes.get(2).is_some_and(|third| *third < b' ') {
        return Ok(Format::Xlsx);
    }
    if bytes.starts_with(COMPOUND_FILE) {
        return Err(Refusal::OldOrEncrypted);
    }
    if UTF16_BOMS.iter().any(|bom| bytes.starts_with(bom)) {
        return Ok(Format::Csv);
    }
    // Text has no control characters but tab and the ends of lines, in every encoding read here.
    let is_control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    if bytes.iter().any(is_control) {
        return Err(Refusal::NotATable);
    }
    Ok(Format::Csv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_not_the_name() {
        let refusal = |bytes: &[u8]| {
            Source::from_bytes(bytes.to_vec(), "stock.xlsx")
                .unwrap_err()
                .code()
        };
        assert_eq!(refusal(b""), "file-empty");
        assert_eq!(refusal(b"%PDF-1.7\n\x00\x01"), "file-not-a-table");
        assert_eq!(refusal(b"\x89PNG\r\n\x1a\n"), "file-not-a-table");
        assert_eq!(
            refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1......"),
            "file-old-or-encrypted"
        );
        assert_eq!(refusal(b"PK\x03\x04 and no more"), "file-damaged");

        let source = Source::from_bytes(b"item,quantity\n".to_vec(), "stock.xlsx").unwrap();
        assert_eq!(source.format, Format::Csv);
        // The digest of these bytes by another tool.
        assert_eq!(
            source.sha256,
            <[u8; 32]>::from(Sha256::digest(b"item,quantity\n"))
        );
        let pk = Source::from_bytes("PK队,1\n".into(), "a.csv").unwrap();
        assert_eq!(pk.format, Format::Csv, "text may begin with PK");
    }

    #[test]
    fn a_file_over_the_limit_is_not_read_to_its_end() {
        let spool = tempfile::NamedTempFile::new().unwrap();
        // Sparse: 2 GB on paper, nothing on the disk.
        spool.as_file().set_len(2 << 30).unwrap();
        assert_eq!(
            Source::of(spool.reopen().unwrap(), "big.csv")
                .unwrap_err()
                .code(),
            "file-too-large"
        );
    }
}
