//! CSV out: RFC 4180 in UTF-8 with a byte order mark, without which Excel garbles Chinese.
//!
//! **Invariant.** Every text is quoted, and a text that a spreadsheet could run is guarded by a
//! leading `'`. The guard is reversible: a text that itself looks guarded gets one more, and the
//! import takes exactly one off.

use bytes::{Bytes, BytesMut};

use super::super::value::Value;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const CHUNK_BYTES: usize = 64 << 10;
const GUARD: char = '\'';

/// A CSV table that hands out its bytes while it is written.
#[derive(Debug)]
pub(crate) struct CsvTable {
    buffer: BytesMut,
}

impl CsvTable {
    pub(super) fn new() -> Self {
        Self {
            buffer: BytesMut::from(BYTE_ORDER_MARK),
        }
    }

    pub(super) fn header(&mut self, names: &[&str]) {
        self.fields(names, |table, name| table.text(name));
    }

    pub(super) fn row(&mut self, values: &[Option<Value>]) {
        self.fields(values, |table, value| match value {
            None => {}
            Some(Value::Text(text)) => table.text(text),
            Some(Value::Whole(whole)) => table.plain(&whole.to_string()),
            Some(Value::Decimal(decimal)) => table.plain(&decimal.to_string()),
            Some(Value::Date(date)) => table.plain(&date.to_string()),
            Some(Value::Instant(instant)) => table.plain(&super::instant(*instant)),
            Some(Value::Flag(flag)) => table.plain(if *flag { "TRUE" } else { "FALSE" }),
        });
    }

    pub(super) fn ready(&mut self) -> Option<Bytes> {
        (self.buffer.len() >= CHUNK_BYTES).then(|| self.buffer.split().freeze())
    }

    pub(super) fn finish(self) -> Bytes {
        self.buffer.freeze()
    }

    fn fields<T>(&mut self, fields: &[T], write: impl Fn(&mut Self, &T)) {
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                self.plain(",");
            }
            write(self, field);
        }
        self.plain("\r\n");
    }

    fn plain(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
    }

    fn text(&mut self, text: &str) {
        let guard = if needs_guard(text) { "'" } else { "" };
        self.plain("\"");
        self.plain(guard);
        self.plain(&text.replace('"', "\"\""));
        self.plain("\"");
    }
}

/// A text as it was before this module guarded it.
pub(crate) fn unguarded(text: &str) -> &str {
    match text.strip_prefix(GUARD) {
        Some(inner) if needs_guard(inner) => inner,
        _ => text,
    }
}

// Guards already there do not count, so that guarding and taking off are each other's reverse.
fn needs_guard(text: &str) -> bool {
    let bare = text.trim_start_matches(GUARD);
    let is_trigger = |first: char| {
        matches!(
            first,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'
        )
    };
    bare.starts_with(is_trigger) && !is_plain_number(bare)
}

fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (integer, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(integer) && is_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_run_is_guarded_and_numbers_are_not() {
        for (text, guarded) in [
            ("=1+1", true),
            ("+86 571", true),
            ("-cmd|' /C calc'!A0", true),
            ("@SUM(A1)", true),
            ("\t=1", true),
            ("\r=1", true),
            ("＝1", true),
            ("＋1", true),
            ("－1", true),
            ("＠x", true),
            ("'=1", true),
            ("-5", false),
            ("+5.25", false),
            ("-5.", true),
            ("a=1", false),
            ("'quoted'", false),
            ("", false),
        ] {
            let mut table = CsvTable::new();
            table.row(&[Some(Value::Text(text.to_owned()))]);
            let bytes = table.finish();
            let field = std::str::from_utf8(&bytes[3..]).unwrap();
            let expected = format!(
                "\"{}{}\"\r\n",
                if guarded { "'" } else { "" },
                text.replace('"', "\"\"")
            );
            assert_eq!(field, expected);
            let inner = &field[1..field.len() - 3];
            assert_eq!(unguarded(inner), text);
        }
    }

    #[test]
    fn chunks_come_while_rows_are_pushed() {
        let mut table = CsvTable::new();
        table.header(&["物资"]);
        let (mut chunks, mut bytes) = (0, 0);
        for number in 0..20_000 {
            table.row(&[Some(Value::Whole(number)), None]);
            while let Some(chunk) = table.ready() {
                assert!(chunk.len() < 2 * CHUNK_BYTES);
                chunks += 1;
                bytes += chunk.len();
            }
        }
        bytes += table.finish().len();
        assert!(chunks >= 2, "{chunks}");
        let digits: usize = (0..20_000_i32).map(|number| number.to_string().len()).sum();
        assert_eq!(bytes, 3 + "\"物资\"\r\n".len() + digits + 3 * 20_000);
    }
}
