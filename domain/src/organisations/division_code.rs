//! Codes of administrative divisions: GB/T 2260 and GB/T 10114 (RULES §5).
//!
//! **Invariant.** A code has 6, 9 or 12 digits and names at least a province.
//! Its *prefix* is the code without the zeros that only fill it up; one code covers another when
//! its prefix begins the other's. Two texts can thus name one division (`330102`,
//! `330102000000`): they cover each other, although they are not equal.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// A division's code of 6 (county and up), 9 (township) or 12 (village) digits, as it was written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DivisionCode {
    // ASCII digits; the unused end is NUL, which sorts a code right before those it begins.
    digits: [u8; 12],
    length: u8,
}

/// How far down a code reaches. The highest is the least in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DivisionLevel {
    /// 省、自治区、直辖市: `330000`.
    Province,
    /// 市、州、盟: `330100`.
    City,
    /// 县、区、市: `330102`.
    County,
    /// 乡、镇、街道: `330102001`.
    Township,
    /// 村、社区: `330102001001`.
    Village,
}

/// Why a text is not a division code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DivisionCodeError {
    /// Not 6, 9 or 12 characters.
    #[error("a division code has 6, 9 or 12 digits")]
    Length,
    /// Something that is not an ASCII digit.
    #[error("a division code has digits only")]
    NotADigit,
    /// The first two digits are zero, so that the code names no province.
    #[error("a division code begins with the two digits of a province")]
    NoProvince,
}

impl DivisionCode {
    /// The code as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII digits are ever stored, so the bytes are always text.
        std::str::from_utf8(&self.digits[..usize::from(self.length)]).unwrap_or_default()
    }

    /// The code without filling zeros: 2, 4, 6, 9 or 12 digits.
    /// Every code that this one covers begins with it, which is what a look-up by prefix needs.
    #[must_use]
    pub fn prefix(&self) -> &str {
        without_fill(self.as_str())
    }

    /// How far down it reaches, filling zeros aside.
    #[must_use]
    pub fn level(&self) -> DivisionLevel {
        match self.prefix().len() {
            ..=2 => DivisionLevel::Province,
            3..=4 => DivisionLevel::City,
            5..=6 => DivisionLevel::County,
            7..=9 => DivisionLevel::Township,
            _ => DivisionLevel::Village,
        }
    }

    /// The prefix of the division right above; `None` for a province.
    #[must_use]
    pub fn parent_prefix(&self) -> Option<&str> {
        let kept = match self.level() {
            DivisionLevel::Province => return None,
            DivisionLevel::City => 2,
            DivisionLevel::County => 4,
            DivisionLevel::Township => 6,
            DivisionLevel::Village => 9,
        };
        Some(without_fill(&self.prefix()[..kept]))
    }

    /// The code of the division right above, in its usual length; `None` for a province.
    ///
    /// A township of a city without counties (Dongguan's `441900003`) stands under that city.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.parent_prefix()
            .and_then(|prefix| format!("{prefix:0<6}").parse().ok())
    }

    /// Whether `other` is this division or lies inside it, as the codes say.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.prefix().starts_with(self.prefix())
    }
}

fn without_fill(mut digits: &str) -> &str {
    for (longer, shorter) in [(12, 9), (9, 6), (6, 4), (4, 2)] {
        if digits.len() == longer && digits[shorter..].bytes().all(|digit| digit == b'0') {
            digits = &digits[..shorter];
        }
    }
    digits
}

impl FromStr for DivisionCode {
    type Err = DivisionCodeError;

    fn from_str(text: &str) -> Result<Self, DivisionCodeError> {
        let length = match text.len() {
            6 => 6,
            9 => 9,
            12 => 12,
            _ => return Err(DivisionCodeError::Length),
        };
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(DivisionCodeError::NotADigit);
        }
        if text.starts_with("00") {
            return Err(DivisionCodeError::NoProvince);
        }
        let mut digits = [0; 12];
        digits[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { digits, length })
    }
}

impl fmt::Debug for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for DivisionCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_a_code_is_refused() {
        for (text, why) in [
            ("", DivisionCodeError::Length),
            ("33010", DivisionCodeError::Length),
            ("3301020", DivisionCodeError::Length),
            ("3301020010010", DivisionCodeError::Length),
            ("33O102", DivisionCodeError::NotADigit),
            ("33 102", DivisionCodeError::NotADigit),
            ("杭州", DivisionCodeError::NotADigit),
            ("000000", DivisionCodeError::NoProvince),
            ("000000000000", DivisionCodeError::NoProvince),
            ("003301", DivisionCodeError::NoProvince),
        ] {
            assert_eq!(text.parse::<DivisionCode>(), Err(why), "{text}");
        }
    }

    #[test]
    fn filling_zeros_do_not_count() {
        let check = |text: &str, prefix: &str, level: DivisionLevel, parent: Option<&str>| {
            assert_eq!(code(text).to_string(), text);
            assert_eq!(code(text).prefix(), prefix, "{text}");
            assert_eq!(code(text).level(), level, "{text}");
            assert_eq!(code(text).parent(), parent.map(code), "{text}");
        };
        check("330000", "33", DivisionLevel::Province, None);
        check("330000000000", "33", DivisionLevel::Province, None);
        check("330100", "3301", DivisionLevel::City, Some("330000"));
        check("330102", "330102", DivisionLevel::County, Some("330100"));
        check("330110", "330110", DivisionLevel::County, Some("330100"));
        check(
            "330102000000",
            "330102",
            DivisionLevel::County,
            Some("330100"),
        );
        check(
            "330102001",
            "330102001",
            DivisionLevel::Township,
            Some("330102"),
        );
        check(
            "330102100000",
            "330102100",
            DivisionLevel::Township,
            Some("330102"),
        );
        check(
            "330102001010",
            "330102001010",
            DivisionLevel::Village,
            Some("330102001"),
        );
        // A county right under its province (Xiantao has `429004`, whose `90` is a real digit
        // pair), a township right under its city, a village right under its county.
        check("429004", "429004", DivisionLevel::County, Some("429000"));
        check(
            "441900003",
            "441900003",
            DivisionLevel::Township,
            Some("441900"),
        );
        check(
            "330102000007",
            "330102000007",
            DivisionLevel::Village,
            Some("330102"),
        );
    }

    #[test]
    fn a_code_covers_what_lies_inside() {
        let check = |outer: &str, inner: &str, expected: bool| {
            assert_eq!(
                code(outer).covers(&code(inner)),
                expected,
                "{outer} {inner}"
            );
        };
        check("330000", "330102", true);
        check("330000", "330102001", true);
        check("330102000000", "330102", true);
        check("330102", "330102000000", true);
        check("330102000000", "330102001001", true);
        check("330100", "330200", false);
        check("330102", "330100", false);
        check("330102", "330103001", false);
        check("441900", "441900003", true);
    }

    fn codes() -> impl Strategy<Value = DivisionCode> {
        // Few digits, so that codes that cover each other turn up often.
        ("[13][03]", "[01]{4}", "([01]{3}){0,2}")
            .prop_map(|(province, county, rest)| code(&format!("{province}{county}{rest}")))
    }

    proptest! {
        #[test]
        fn covering_is_an_order_on_divisions(a in codes(), b in codes(), c in codes()) {
            prop_assert!(a.covers(&a));
            prop_assert!(!(a.covers(&b) && b.covers(&c)) || a.covers(&c));
            prop_assert_eq!(a.covers(&b) && b.covers(&a), a.prefix() == b.prefix());
        }

        #[test]
        fn a_parent_is_higher_and_covers_its_child(child in codes()) {
            match child.parent() {
                None => prop_assert_eq!(child.level(), DivisionLevel::Province),
                Some(parent) => {
                    prop_assert!(parent.covers(&child) && !child.covers(&parent));
                    prop_assert!(parent.level() < child.level());
                    prop_assert_eq!(Some(parent.prefix()), child.parent_prefix());
                }
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,14}") {
            if let Ok(read) = text.parse::<DivisionCode>() {
                prop_assert_eq!(read.as_str(), text);
            }
        }
    }
}
