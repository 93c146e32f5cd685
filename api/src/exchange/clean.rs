//! How a foreign cell becomes text, a number or a date.
//!
//! **Invariant.** One stated rule per form; what no rule covers is a [`Fault`], never a guess.
//! - Blanks at the ends go, no-break and ideographic ones too; those inside become plain spaces.
//! - Full-width digits and letters become half-width; Chinese punctuation in text stays.
//! - Commas divide thousands or are refused. A point is a decimal point; `1.000`, which some write
//!   for a thousand, is refused.
//! - Numbers of a workbook count with the 15 digits that a spreadsheet shows.

pub(crate) mod day;

use rust_decimal::Decimal;

use super::{
    fault::Fault,
    sheet::{Cell, DateSystem, is_blank},
    xlsx_in,
};

/// The largest whole number that is read, up or down: a spreadsheet keeps no more digits.
pub(crate) const WHOLE_MAX: i64 = 999_999_999_999_999;

// Past this a spreadsheet has rounded, so a code stored as a number is no longer the code.
const EXACT_MAX: f64 = 1e15;

/// Text by the rules above.
pub(crate) fn tidy(text: &str) -> String {
    text.trim_matches(is_blank)
        .chars()
        .map(|character| match character {
            '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' => {
                half_width(character)
            }
            '\u{a0}' | '\u{3000}' => ' ',
            other => other,
        })
        .collect()
}

/// The same where punctuation is part of a figure: in numbers, dates and headers.
pub(crate) fn tidy_figure(text: &str) -> String {
    text.trim_matches(is_blank)
        .chars()
        .map(|character| match character {
            '\u{ff01}'..='\u{ff5e}' => half_width(character),
            '\u{a0}' | '\u{3000}' => ' ',
            '。' => '.',
            '−' | '–' | '—' => '-',
            other => other,
        })
        .collect()
}

fn half_width(character: char) -> char {
    char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character)
}

/// The text of a cell, at most `limit` characters.
///
/// # Errors
/// [`Fault`] for error values, control characters, too long texts and codes that lost digits.
pub(crate) fn text(cell: &Cell, dates: DateSystem, limit: usize) -> Result<String, Fault> {
    let text = match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => tidy(text),
        Cell::Number(number) if number.abs() >= EXACT_MAX => return Err(Fault::DigitsLost),
        Cell::Number(number) => shown(*number).map_or_else(|| number.to_string(), plain),
        Cell::DayNumber(number) => day::from_number(*number, dates)?.to_string(),
        Cell::Error(given) => return Err(error_value(given)),
    };
    let is_control =
        |character: char| character.is_control() && !matches!(character, '\t' | '\n' | '\r');
    if text.chars().any(is_control) {
        return Err(Fault::ControlCharacter);
    }
    if text.chars().count() > limit {
        return Err(Fault::TooLong { limit });
    }
    Ok(text)
}

/// A whole number: `12`, `1,000`, `1000.0`, `１０００`.
///
/// # Errors
/// [`Fault`] for anything else, fractions among it.
pub(crate) fn whole(cell: &Cell) -> Result<i64, Fault> {
    let number = decimal(cell)?;
    let given = plain(number);
    if !number.fract().is_zero() {
        return Err(Fault::NotWhole { given });
    }
    if let Cell::Text(text) = cell
        && has_three_zeros_after_a_point(text)
    {
        return Err(Fault::PointUnclear { given: tidy(text) });
    }
    i64::try_from(number)
        .ok()
        .filter(|whole| whole.abs() <= WHOLE_MAX)
        .ok_or(Fault::TooManyDigits { given })
}

/// An exact decimal: `45.7`, `1,234.50`, `-8.5`.
///
/// # Errors
/// [`Fault`] for anything else.
pub(crate) fn decimal(cell: &Cell) -> Result<Decimal, Fault> {
    match cell {
        Cell::Empty => Err(Fault::Blank),
        Cell::Error(given) => Err(error_value(given)),
        Cell::Number(number) => shown(*number).ok_or_else(|| Fault::TooManyDigits {
            given: number.to_string(),
        }),
        Cell::DayNumber(number) => Err(Fault::NotANumber {
            given: format!("date {number}"),
        }),
        Cell::Text(text) => decimal_of_text(text),
    }
}

fn decimal_of_text(text: &str) -> Result<Decimal, Fault> {
    let given = tidy_figure(text);
    let not_a_number = || Fault::NotANumber {
        given: given.clone(),
    };
    let unsigned = given.strip_prefix(['+', '-']).unwrap_or(&given);
    let (integer, fraction) = match unsigned.split_once('.') {
        Some((_, "")) => return Err(not_a_number()),
        Some((integer, fraction)) => (integer, fraction),
        None => (unsigned, ""),
    };
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = integer.split(',');
    let first = groups.next().unwrap_or_default();
    if first.is_empty() || !is_digits(&integer.replace(',', "")) || !is_digits(fraction) {
        return Err(not_a_number());
    }
    let is_grouped = integer.contains(',');
    if is_grouped && (first.len() > 3 || groups.any(|group| group.len() != 3)) {
        return Err(Fault::Grouping { given });
    }
    let number = Decimal::from_str_exact(&given.replace([',', '+'], ""))
        .map_err(|_| Fault::TooManyDigits { given })?;
    Ok(number.normalize())
}

/// Yes or no, as people write it.
///
/// # Errors
/// [`Fault::NotAChoice`] for anything else.
pub(crate) fn flag(cell: &Cell, dates: DateSystem) -> Result<bool, Fault> {
    const ALLOWED: &str = "是, 否, yes, no";
    let given = text(cell, dates, ALLOWED.len())?;
    match given.to_lowercase().as_str() {
        "是" | "有" | "yes" | "y" | "true" | "t" | "1" | "√" | "✓" | "✔" => Ok(true),
        "否" | "无" | "no" | "n" | "false" | "f" | "0" | "×" | "✗" => Ok(false),
        _ => Err(Fault::NotAChoice {
            given,
            allowed: ALLOWED.to_owned(),
        }),
    }
}

fn has_three_zeros_after_a_point(text: &str) -> bool {
    tidy_figure(text).ends_with(".000")
}

// A binary number as a spreadsheet shows it: 15 significant digits.
fn shown(number: f64) -> Option<Decimal> {
    Decimal::from_scientific(&format!("{number:.14e}"))
        .ok()
        .map(|decimal| decimal.normalize())
}

fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

pub(super) fn error_value(given: &str) -> Fault {
    if given == xlsx_in::NO_RESULT {
        return Fault::NotCalculated;
    }
    Fault::ErrorValue {
        given: given.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Cell {
        Cell::text(text)
    }

    #[test]
    fn whole_numbers_are_read_as_people_write_them() {
        for (cell, number) in [
            (of("12"), 12),
            (of(" 1,000 "), 1_000),
            (of("1，000"), 1_000),
            (of("12,345,678"), 12_345_678),
            (of("1000.0"), 1_000),
            (of("1000.00"), 1_000),
            (of("１０００"), 1_000),
            (of("\u{a0}－５\u{3000}"), -5),
            (of("+7"), 7),
            (of("007"), 7),
            (Cell::Number(2000.0), 2_000),
            (Cell::Number(0.1 * 30.0), 3),
            (of("999999999999999"), WHOLE_MAX),
        ] {
            assert_eq!(whole(&cell), Ok(number), "{cell:?}");
        }
    }

    #[test]
    fn what_is_no_whole_number_says_why() {
        for (cell, code) in [
            (of("1.5"), "not-whole"),
            (Cell::Number(1.5), "not-whole"),
            (of("1,00"), "grouping"),
            (of("1000,000"), "grouping"),
            (of("1,0000"), "grouping"),
            (of("1.000"), "point-unclear"),
            (of("1 000"), "not-a-number"),
            (of("1e3"), "not-a-number"),
            (of("12箱"), "not-a-number"),
            (of("一百"), "not-a-number"),
            (of(",5"), "not-a-number"),
            (of("5."), "not-a-number"),
            (of("--5"), "not-a-number"),
            (of("NaN"), "not-a-number"),
            (of("1000000000000000"), "too-many-digits"),
            (of("99999999999999999999999999999999"), "too-many-digits"),
            (Cell::Number(f64::INFINITY), "too-many-digits"),
            (Cell::DayNumber(44_402.0), "not-a-number"),
            (Cell::Error("#REF!".to_owned()), "error-value"),
            (Cell::Error(xlsx_in::NO_RESULT.to_owned()), "not-calculated"),
            (Cell::Empty, "blank"),
        ] {
            assert_eq!(whole(&cell).unwrap_err().code(), code, "{cell:?}");
        }
    }

    #[test]
    fn decimals_are_exact() {
        for (cell, expected) in [
            (of("45.7"), "45.7"),
            (of("1,234.50"), "1234.5"),
            (of("-8.5603"), "-8.5603"),
            (of("４５．７"), "45.7"),
            (Cell::Number(45.7), "45.7"),
            (Cell::Number(0.1 + 0.2), "0.3"),
            (Cell::Number(120.123_456_789), "120.123456789"),
            (Cell::Number(1e-7), "0.0000001"),
        ] {
            assert_eq!(decimal(&cell).unwrap().to_string(), expected, "{cell:?}");
        }
    }

    #[test]
    fn text_is_tidied_and_no_more() {
        for (given, expected) in [
            ("\u{feff} 棉被\u{a0}\u{3000}", "棉被"),
            ("Ａ１２（大）", "A12（大）"),
            ("a\u{3000}b", "a b"),
            ("12㎡ 帐篷", "12㎡ 帐篷"),
            ("two\nlines", "two\nlines"),
        ] {
            assert_eq!(
                text(&of(given), DateSystem::From1900, 100).as_deref(),
                Ok(expected)
            );
        }
        let number = |number| text(&Cell::Number(number), DateSystem::From1900, 100);
        assert_eq!(number(330_203.0).as_deref(), Ok("330203"));
        assert_eq!(number(6_901_234_567_892.0).as_deref(), Ok("6901234567892"));
        assert_eq!(number(123_456_789_012_345_678.0), Err(Fault::DigitsLost));
        let code = |given, limit| {
            text(&of(given), DateSystem::From1900, limit)
                .unwrap_err()
                .code()
        };
        assert_eq!(code("a\u{7}b", 10), "control-character");
        assert_eq!(code("棉被被", 2), "too-long");
    }

    #[test]
    fn flags_are_read_in_both_languages() {
        let read = |given| flag(&of(given), DateSystem::From1900);
        for yes in ["是", "Yes", "TRUE", "１", "√"] {
            assert_eq!(read(yes), Ok(true), "{yes}");
        }
        for no in ["否", "no", "F", "0", "无"] {
            assert_eq!(read(no), Ok(false), "{no}");
        }
        assert_eq!(read("maybe").unwrap_err().code(), "not-a-choice");
        assert_eq!(flag(&Cell::Number(1.0), DateSystem::From1900), Ok(true));
    }
}
