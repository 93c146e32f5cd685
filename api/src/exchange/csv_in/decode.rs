//! Bytes to text, exactly or not at all.
//!
//! **Invariant.** No byte is replaced. A byte order mark decides; then the encoding that the
//! mapping names; then UTF-8 if every byte is; then GB18030, but only if the result looks like
//! Chinese, because any Latin-1 text would pass as rare Chinese characters ("Lautém" as "Laut閙").

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8};

use super::super::refusal::Refusal;

/// The text of a CSV file.
///
/// # Errors
/// [`Refusal::EncodingUnclear`] or [`Refusal::NotInEncoding`], with the line.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    named: Option<&'static Encoding>,
) -> Result<Cow<'a, str>, Refusal> {
    if let Some((encoding, mark_length)) = Encoding::for_bom(bytes) {
        return exactly(&bytes[mark_length..], encoding);
    }
    if let Some(encoding) = named {
        return exactly(bytes, encoding);
    }
    let broken_at = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(error) => error.valid_up_to(),
    };
    if looks_chinese(bytes) {
        return exactly(bytes, GB18030);
    }
    Err(Refusal::EncodingUnclear {
        line: line_at(bytes, broken_at),
    })
}

fn exactly<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Result<Cow<'a, str>, Refusal> {
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok(text);
    }
    Err(Refusal::NotInEncoding {
        encoding: encoding.name(),
        line: broken_line(bytes, encoding),
    })
}

// Lines are counted in the decoded text, because the bytes of a line end differ by encoding.
fn broken_line(bytes: &[u8], encoding: &'static Encoding) -> u64 {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(64 << 10);
    let mut line = 1;
    let mut rest = bytes;
    loop {
        text.clear();
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        line += text.bytes().filter(|byte| *byte == b'\n').count() as u64;
        match result {
            DecoderResult::OutputFull => rest = &rest[read..],
            DecoderResult::InputEmpty | DecoderResult::Malformed(..) => return line,
        }
    }
}

fn line_at(bytes: &[u8], offset: usize) -> u64 {
    1 + bytes[..offset]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count() as u64
}

// In the two-byte codes of GB2312, A1–A9 are signs, B0–D7 the 3,755 common characters by sound,
// D8–F7 the rare ones. Latin-1 letters with accents sit at E0–FF and are followed by ASCII
// letters, which GB2312 never has as a second byte.
fn looks_chinese(bytes: &[u8]) -> bool {
    let (mut common, mut rare, mut foreign) = (0_usize, 0_usize, 0_usize);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] < 0x80 {
            at += 1;
            continue;
        }
        match (bytes[at], bytes.get(at + 1).copied().unwrap_or(0)) {
            (0xa1..=0xa9, 0xa1..=0xfe) => {}
            (0xb0..=0xd7, 0xa1..=0xfe) => common += 1,
            (0xd8..=0xf7, 0xa1..=0xfe) => rare += 1,
            _ => foreign += 1,
        }
        at += 2;
    }
    let total = common + rare + foreign;
    common >= 2 && common * 10 >= total * 7 && foreign * 10 <= total
}

/// The encoding that a mapping file names, by any of its usual names.
pub(crate) fn named(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.trim().as_bytes()).or(match label.trim() {
        "utf8-bom" | "utf-8-sig" => Some(UTF_8),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use encoding_rs::{GBK, WINDOWS_1252};

    use super::*;

    const TEXT: &str = "物资,数量\r\n棉被,１００\r\n鄞州区 婺城区,1\r\n";

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(to_bytes).collect()
    }

    #[test]
    fn chinese_text_is_read_in_every_usual_encoding() {
        for bytes in [
            TEXT.as_bytes().to_vec(),
            ["\u{feff}", TEXT].concat().into_bytes(),
            utf16(TEXT, u16::to_le_bytes),
            utf16(TEXT, u16::to_be_bytes),
            GBK.encode(TEXT).0.into_owned(),
        ] {
            assert_eq!(decode(&bytes, None).unwrap(), TEXT, "{bytes:?}");
        }
    }

    #[test]
    fn latin_1_is_never_taken_for_chinese() {
        let latin = |text: &str| WINDOWS_1252.encode(text).0.into_owned();
        for (text, line) in [
            ("L1,Name\nDili,a\nLautém,b\n", 3),
            ("ação,região\nsão,coração\n", 1),
            ("Größe\nÄÖÜ\n", 1),
        ] {
            match decode(&latin(text), None) {
                Err(Refusal::EncodingUnclear { line: found }) => assert_eq!(found, line),
                other => panic!("{text}: {other:?}"),
            }
            assert_eq!(decode(&latin(text), named("latin1")).unwrap(), text);
        }
    }

    #[test]
    fn broken_bytes_are_named_by_line_and_never_replaced() {
        let mut bytes = GBK.encode(TEXT).0.into_owned();
        let at = bytes.len() - 4;
        bytes[at] = 0xff;
        for label in [None, named("gbk")] {
            match decode(&bytes, label) {
                Err(Refusal::NotInEncoding { line, .. }) => assert_eq!(line, 3),
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(
            decode(b"\xef\xbb\xbfa\n\xff\n", None),
            Err(Refusal::NotInEncoding {
                encoding: "UTF-8",
                line: 2
            })
        ));
        assert!(matches!(
            decode(b"\xff\xfea\0\n\0\x00\xd8", None),
            Err(Refusal::NotInEncoding {
                encoding: "UTF-16LE",
                line: 2
            })
        ));
    }
}
