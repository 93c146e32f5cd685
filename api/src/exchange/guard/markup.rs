//! A look at XML as it streams past: how long its pieces are and what it promises.
//!
//! **Invariant.** This scanner never holds more than one piece of markup, and it cuts the stream
//! where the XML reader would: what the two could read differently (a comment that begins with
//! `>`, a quote in an end tag, another encoding than UTF-8) is refused.

use super::{MARKUP_BYTES_MAX, OPAQUE_BYTES_MAX, STRINGS_BYTES_MAX, STYLES_BYTES_MAX};
use crate::exchange::refusal::Poison;

// Excel's own limit of cell formats, and its limits (31 and 255 characters) of the texts in them
// when every character is escaped.
const STYLES_MAX: u64 = 65_490;
const STYLE_MARKUP_BYTES_MAX: usize = 2 << 10;
const STRINGS_MAX: u64 = 4_000_000;
const MERGES_MAX: u64 = 100_000;

/// What a part of a workbook is, by the names that calamine looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Strings,
    Styles,
    Xml,
    Opaque,
}

impl Part {
    pub(super) fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
        match file {
            "sharedstrings.xml" => Self::Strings,
            "styles.xml" => Self::Styles,
            _ if file.ends_with(".xml") || file.ends_with(".rels") => Self::Xml,
            _ => Self::Opaque,
        }
    }

    pub(super) fn bytes_max(self) -> u64 {
        match self {
            Self::Strings => STRINGS_BYTES_MAX,
            Self::Styles => STYLES_BYTES_MAX,
            Self::Xml => u64::MAX,
            Self::Opaque => OPAQUE_BYTES_MAX,
        }
    }

    fn markup_bytes_max(self) -> usize {
        match self {
            Self::Styles => STYLE_MARKUP_BYTES_MAX,
            Self::Strings | Self::Xml | Self::Opaque => MARKUP_BYTES_MAX,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    Tag { quote: Option<u8> },
    Comment,
    CData,
    Instruction,
}

/// The scanner of one part.
#[derive(Debug)]
pub(super) struct Markup {
    part: Part,
    state: State,
    // The piece so far, or the last one, without its opening `<`; texts are only measured.
    piece: Vec<u8>,
    text_bytes: usize,
    strings: u64,
    styles: u64,
    merges: u64,
}

impl Markup {
    pub(super) fn new(part: Part) -> Self {
        Self {
            part,
            state: State::Text,
            piece: Vec::new(),
            text_bytes: 0,
            strings: 0,
            styles: 0,
            merges: 0,
        }
    }

    /// Looks at the next bytes of the part called `name`.
    pub(super) fn feed(&mut self, mut bytes: &[u8], name: &str) -> Result<(), Poison> {
        if self.part == Part::Opaque {
            return Ok(());
        }
        let too_long = || Poison::Markup {
            part: name.to_owned(),
        };
        // No XML in UTF-8 has this byte; UTF-16 has it everywhere.
        if bytes.contains(&0) {
            return Err(too_long());
        }
        while !bytes.is_empty() {
            let taken = match self.state {
                State::Text => self.text(bytes),
                State::Tag { quote } => self.tag(bytes, quote, name)?,
                State::Comment => self.special(bytes, b"!--", b"-->").ok_or_else(too_long)?,
                State::CData => self
                    .special(bytes, b"![CDATA[", b"]]>")
                    .ok_or_else(too_long)?,
                State::Instruction => self.special(bytes, b"?", b"?>").ok_or_else(too_long)?,
            };
            bytes = &bytes[taken..];
            if self.piece.len().max(self.text_bytes) > self.part.markup_bytes_max() {
                return Err(too_long());
            }
        }
        Ok(())
    }

    fn text(&mut self, bytes: &[u8]) -> usize {
        match bytes.iter().position(|byte| *byte == b'<') {
            Some(at) => {
                self.text_bytes += at;
                self.piece.clear();
                self.state = State::Tag { quote: None };
                at + 1
            }
            None => {
                self.text_bytes += bytes.len();
                bytes.len()
            }
        }
    }

    fn tag(&mut self, bytes: &[u8], quote: Option<u8>, name: &str) -> Result<usize, Poison> {
        if let Some(state) = self.opening(bytes[0], name)? {
            self.piece.push(bytes[0]);
            self.state = state;
            return Ok(1);
        }
        let stop = match quote {
            Some(quote) => bytes.iter().position(|byte| *byte == quote),
            None => bytes
                .iter()
                .position(|byte| matches!(byte, b'>' | b'"' | b'\'')),
        };
        let Some(at) = stop else {
            self.keep(bytes);
            return Ok(bytes.len());
        };
        self.keep(&bytes[..=at]);
        self.state = match (quote, bytes[at]) {
            (Some(_), _) => State::Tag { quote: None },
            (None, b'>') => {
                self.closed_tag(name)?;
                self.text_bytes = 0;
                State::Text
            }
            (None, quote) if self.piece.first() != Some(&b'/') => State::Tag { quote: Some(quote) },
            // A quote in an end tag is no XML, and readers differ on where such a tag ends.
            (None, _) => {
                return Err(Poison::Markup {
                    part: name.to_owned(),
                });
            }
        };
        Ok(at + 1)
    }

    // The first bytes after `<` say whether this is a tag at all.
    fn opening(&self, next: u8, name: &str) -> Result<Option<State>, Poison> {
        const COMMENT: &[u8] = b"!--";
        const CDATA: &[u8] = b"![CDATA[";
        if self.piece.is_empty() && next == b'?' {
            return Ok(Some(State::Instruction));
        }
        let is_bang = match self.piece.first() {
            None => next == b'!',
            Some(first) => *first == b'!',
        };
        if !is_bang {
            return Ok(None);
        }
        let length = self.piece.len() + 1;
        let begins = |word: &[u8]| {
            length <= word.len() && word.starts_with(&self.piece) && word[length - 1] == next
        };
        if begins(COMMENT) || begins(CDATA) {
            return Ok(Some(match length {
                3 if begins(COMMENT) => State::Comment,
                8 => State::CData,
                _ => State::Tag { quote: None },
            }));
        }
        Err(Poison::Doctype {
            part: name.to_owned(),
        })
    }

    // Byte by byte: these are rare, and their ends may lie across two reads. `None` for what
    // readers may read differently.
    fn special(&mut self, bytes: &[u8], open: &[u8], close: &[u8]) -> Option<usize> {
        let mut taken = 0;
        for byte in bytes {
            taken += 1;
            self.piece.push(*byte);
            if self.piece[open.len()..].ends_with(close) {
                self.state = State::Text;
                break;
            }
        }
        let content = &self.piece[open.len()..];
        // `<!-->` and `<!--->` end a comment for some readers and not for others.
        if open == b"!--" && (content.starts_with(b">") || content.starts_with(b"->")) {
            return None;
        }
        if self.state == State::Text {
            self.text_bytes = 0;
            // A text in the encoding that it declares: only in UTF-8 is `<` always `<`.
            if open == b"?" && declares_another_encoding(content) {
                return None;
            }
        }
        Some(taken)
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.piece.extend_from_slice(bytes);
    }

    fn closed_tag(&mut self, name: &str) -> Result<(), Poison> {
        let end = self
            .piece
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'))
            .unwrap_or(self.piece.len());
        let qualified = &self.piece[..end];
        let local = qualified
            .iter()
            .rposition(|byte| *byte == b':')
            .map_or(qualified, |colon| &qualified[colon + 1..]);
        let (count, limit, what) = match local {
            b"si" => (&mut self.strings, STRINGS_MAX, "strings"),
            b"xf" => (&mut self.styles, STYLES_MAX, "styles"),
            b"mergeCell" => (&mut self.merges, MERGES_MAX, "merged cells"),
            b"sst" => {
                return if promised(&self.piece) > STRINGS_MAX {
                    Err(Poison::Count {
                        part: name.to_owned(),
                        what: "strings",
                    })
                } else {
                    Ok(())
                };
            }
            _ => return Ok(()),
        };
        *count += 1;
        if *count > limit {
            return Err(Poison::Count {
                part: name.to_owned(),
                what,
            });
        }
        Ok(())
    }
}

fn declares_another_encoding(instruction: &[u8]) -> bool {
    let text = String::from_utf8_lossy(instruction).to_ascii_lowercase();
    text.contains("encoding") && !text.contains("utf-8")
}

// The number in `uniqueCount`, which the workbook reader reserves memory for.
fn promised(tag: &[u8]) -> u64 {
    const NAME: &[u8] = b"uniqueCount";
    let number = |after: &[u8]| {
        let digits = after.iter().skip_while(|byte| !byte.is_ascii_digit());
        digits
            .take_while(|byte| byte.is_ascii_digit())
            .fold(0_u64, |number, digit| {
                number
                    .saturating_mul(10)
                    .saturating_add(u64::from(digit - b'0'))
            })
    };
    (0..tag.len())
        .filter_map(|at| tag[at..].strip_prefix(NAME))
        .map(number)
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(name: &str, chunks: &[&[u8]]) -> Result<(), Poison> {
        let mut markup = Markup::new(Part::of(name));
        chunks.iter().try_for_each(|chunk| markup.feed(chunk, name))
    }

    // However the bytes are cut, the answer is the same.
    fn check(name: &str, xml: &[u8]) -> Result<(), Poison> {
        let whole = scan(name, &[xml]);
        let bytes: Vec<&[u8]> = xml.chunks(1).collect();
        assert_eq!(scan(name, &bytes), whole);
        whole
    }

    const SHEET: &str = "xl/worksheets/sheet1.xml";

    #[test]
    fn ordinary_markup_passes() {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- made by hand --><!---->\
            <x:a b='>' c=\"<\u{6c49}>\"/><![CDATA[ <a> ]]]]><c r=\"A1\"><v>1 &lt; 2</v></c>";
        assert_eq!(check(SHEET, xml.as_bytes()), Ok(()));
        assert_eq!(check("xl/media/a.png", b"\x89PNG\0<!DOCTYPE"), Ok(()));
    }

    #[test]
    fn what_readers_could_read_differently_is_refused() {
        let doctype = Err(Poison::Doctype {
            part: SHEET.to_owned(),
        });
        let markup = Err(Poison::Markup {
            part: SHEET.to_owned(),
        });
        for (xml, expected) in [
            (&b"<!DOCTYPE a [<!ENTITY b 'c'>]>"[..], &doctype),
            (b"<!-x>", &doctype),
            (b"<!-->", &markup),
            (b"<!--->", &markup),
            (b"</a \">", &markup),
            (b"<?xml version='1.0' encoding='UTF-16'?>", &markup),
            (b"<\0a\0>\0", &markup),
        ] {
            assert_eq!(&check(SHEET, xml), expected, "{xml:?}");
        }
    }

    #[test]
    fn long_pieces_are_refused_wherever_they_hide() {
        let long = vec![b'a'; MARKUP_BYTES_MAX + 1];
        for (open, close) in [
            ("", ""),
            ("<a b=\"", "\">"),
            ("<", ">"),
            ("<!--", "-->"),
            ("<![CDATA[", "]]>"),
            ("<?", "?>"),
        ] {
            let xml = [open.as_bytes(), &long, close.as_bytes()].concat();
            assert!(
                matches!(scan(SHEET, &[&xml]), Err(Poison::Markup { .. })),
                "{open}"
            );
        }
        let font = format!("<font><name val=\"{}\"/></font>", "a".repeat(3_000));
        assert!(check("xl/styles.xml", font.as_bytes()).is_err());
        assert!(check(SHEET, font.as_bytes()).is_ok());
    }

    #[test]
    fn a_promise_of_too_many_is_refused() {
        let strings = "XL/SharedStrings.xml";
        let sst = |count: u64| {
            format!("<x:sst xmlns=\"2006\" count=\"99999999\" uniqueCount = '{count}'>")
        };
        assert_eq!(check(strings, sst(3_000_000).as_bytes()), Ok(()));
        for count in [4_000_001, u64::MAX] {
            assert_eq!(
                check(strings, sst(count).as_bytes()),
                Err(Poison::Count {
                    part: strings.to_owned(),
                    what: "strings"
                })
            );
        }
        let merges = b"<mergeCell ref=\"A1:A2\"/>".repeat(100_001);
        assert!(matches!(
            scan(SHEET, &[&merges]),
            Err(Poison::Count {
                what: "merged cells",
                ..
            })
        ));
    }
}
