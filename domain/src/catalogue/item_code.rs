//! Codes that others give to an item.
//!
//! **Invariant.** A code of a system whose form is known has that form; a mistyped barcode is
//! refused by its check digit and not by luck.

use std::{fmt, str::FromStr};

use crate::kernel::{Text, TextError};

/// A list that gives codes to goods.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CodeSystem {
    /// GB/T 38565-2020: seven digits in four layers (RULES §5).
    Gbt38565,
    /// IFRC and ICRC standard items: 8 to 20 capital letters and digits (RULES §6).
    Ifrc,
    /// The number under a barcode, of 8, 12, 13 or 14 digits.
    Gtin,
    /// Any other list, under the name the society gives it, such as `local`.
    Other(SystemName),
}

/// The name of a code list: 1 to 32 lower-case letters, digits, `_`, `-` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SystemName(String);

/// A code of an item in one system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemCode {
    system: CodeSystem,
    value: Text<64>,
}

/// Why something is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ItemCodeError {
    /// The name of the system is not one.
    #[error("a code system is named by 1 to 32 lower-case letters, digits, `_`, `-` and `.`")]
    System,
    /// Blank, longer than 64 characters, or with control characters.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Not seven digits.
    #[error("a code of GB/T 38565 has seven digits")]
    GbtForm,
    /// The first digit is not 1, 2 or 3, or a lower class is 00.
    #[error("a code of GB/T 38565 is a major class 1 to 3 and three classes 01 to 99")]
    GbtClass,
    /// Not a capital letter followed by 7 to 19 capital letters and digits.
    #[error("an IFRC code has 8 to 20 capital letters and digits and begins with a letter")]
    IfrcForm,
    /// Not 8, 12, 13 or 14 digits.
    #[error("a GTIN has 8, 12, 13 or 14 digits")]
    GtinForm,
    /// A digit was mistyped or two were swapped.
    #[error("the check digit of the GTIN must be {expected}")]
    GtinCheckDigit {
        /// The digit that the others call for.
        expected: u8,
    },
}

impl CodeSystem {
    /// The name in tables and on the wire.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Gbt38565 => "gbt38565",
            Self::Ifrc => "ifrc",
            Self::Gtin => "gtin",
            Self::Other(name) => &name.0,
        }
    }
}

impl fmt::Display for CodeSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CodeSystem {
    type Err = ItemCodeError;

    fn from_str(text: &str) -> Result<Self, ItemCodeError> {
        let known =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.".contains(&byte);
        match text {
            "gbt38565" => Ok(Self::Gbt38565),
            "ifrc" => Ok(Self::Ifrc),
            "gtin" => Ok(Self::Gtin),
            _ if (1..=32).contains(&text.len()) && text.bytes().all(known) => {
                Ok(Self::Other(SystemName(text.to_owned())))
            }
            _ => Err(ItemCodeError::System),
        }
    }
}

impl ItemCode {
    /// Checks a code by the rules of its system.
    ///
    /// # Errors
    /// [`ItemCodeError`] with the one reason.
    pub fn new(system: CodeSystem, value: &str) -> Result<Self, ItemCodeError> {
        let value = Text::new(value)?;
        match system {
            CodeSystem::Gbt38565 => check_gbt38565(value.as_str())?,
            CodeSystem::Ifrc => check_ifrc(value.as_str())?,
            CodeSystem::Gtin => check_gtin(value.as_str())?,
            CodeSystem::Other(_) => {}
        }
        Ok(Self { system, value })
    }

    /// The list it comes from.
    #[must_use]
    pub fn system(&self) -> &CodeSystem {
        &self.system
    }

    /// The code itself.
    #[must_use]
    pub fn value(&self) -> &str {
        self.value.as_str()
    }
}

// One digit for the major class, two each for the middle, small and fine class.
fn check_gbt38565(value: &str) -> Result<(), ItemCodeError> {
    let digits = value.as_bytes();
    if digits.len() != 7 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(ItemCodeError::GbtForm);
    }
    let major = (b'1'..=b'3').contains(&digits[0]);
    if !major || digits[1..].chunks(2).any(|class| class == b"00") {
        return Err(ItemCodeError::GbtClass);
    }
    Ok(())
}

fn check_ifrc(value: &str) -> Result<(), ItemCodeError> {
    let known = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    // The first letter is the group: H housing, K kits, W water, and so on.
    let grouped = value.starts_with(|first: char| first.is_ascii_uppercase());
    if grouped && (8..=20).contains(&value.len()) && value.bytes().all(known) {
        return Ok(());
    }
    Err(ItemCodeError::IfrcForm)
}

fn check_gtin(value: &str) -> Result<(), ItemCodeError> {
    let digits = value.as_bytes();
    if !matches!(digits.len(), 8 | 12 | 13 | 14) || !digits.iter().all(u8::is_ascii_digit) {
        return Err(ItemCodeError::GtinForm);
    }
    let (body, given) = digits.split_at(digits.len() - 1);
    // From the right, the digits before the check digit weigh 3, 1, 3, 1 and so on.
    let sum: u32 = body
        .iter()
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let expected = b'0' + u8::try_from((10 - sum % 10) % 10).unwrap_or_default();
    if given == [expected] {
        return Ok(());
    }
    Err(ItemCodeError::GtinCheckDigit {
        expected: expected - b'0',
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(system: &str, value: &str, expected: Option<ItemCodeError>) {
        let answer = ItemCode::new(system.parse().unwrap(), value);
        assert_eq!(answer.err(), expected, "{system} {value}");
    }

    #[test]
    fn codes_of_the_national_standard_have_seven_digits_in_four_layers() {
        check("gbt38565", "1010101", None);
        check("gbt38565", "3999999", None);
        check("gbt38565", "0010101", Some(ItemCodeError::GbtClass));
        check("gbt38565", "4010101", Some(ItemCodeError::GbtClass));
        check("gbt38565", "1000101", Some(ItemCodeError::GbtClass));
        check("gbt38565", "1010100", Some(ItemCodeError::GbtClass));
        check("gbt38565", "101010", Some(ItemCodeError::GbtForm));
        check("gbt38565", "1010101010101", Some(ItemCodeError::GbtForm));
        check("gbt38565", "101010x", Some(ItemCodeError::GbtForm));
    }

    #[test]
    fn codes_of_the_federation_begin_with_their_group() {
        check("ifrc", "HSHETENTF16C", None);
        check("ifrc", "KRELSHEK02", None);
        check("ifrc", "HSHETENTf16C", Some(ItemCodeError::IfrcForm));
        check("ifrc", "1SHETENTF16C", Some(ItemCodeError::IfrcForm));
        check("ifrc", "HSHETEN", Some(ItemCodeError::IfrcForm));
        check("ifrc", &"H".repeat(21), Some(ItemCodeError::IfrcForm));
    }

    #[test]
    fn barcodes_end_in_a_check_digit() {
        check("gtin", "4006381333931", None);
        check("gtin", "036000291452", None);
        check("gtin", "96385074", None);
        check("gtin", "10614141000415", None);
        check(
            "gtin",
            "4006381333932",
            Some(ItemCodeError::GtinCheckDigit { expected: 1 }),
        );
        check(
            "gtin",
            "400638133393",
            Some(ItemCodeError::GtinCheckDigit { expected: 0 }),
        );
        check("gtin", "40063813339", Some(ItemCodeError::GtinForm));
        check("gtin", "400638133393X", Some(ItemCodeError::GtinForm));
    }

    #[test]
    fn other_systems_are_free_up_to_64_characters() {
        check("local", "帐-12", None);
        check("local", &"x".repeat(64), None);
        check(
            "local",
            &"x".repeat(65),
            Some(TextError::TooLong { max: 64 }.into()),
        );
        check("local", "  ", Some(TextError::Blank.into()));
        for name in ["", "Local", "本地", &"x".repeat(33)] {
            assert_eq!(name.parse::<CodeSystem>(), Err(ItemCodeError::System));
        }
        for name in ["gbt38565", "ifrc", "gtin", "hubei-2020"] {
            assert_eq!(name.parse::<CodeSystem>().unwrap().name(), name);
        }
    }

    proptest! {
        #[test]
        fn a_mistyped_digit_of_a_barcode_is_always_found(
            body in "[0-9]{12}", place in 0..13_usize, shift in 1..10_u8
        ) {
            let with_check_digit = (0..10)
                .map(|digit| format!("{body}{digit}"))
                .filter(|gtin| check_gtin(gtin).is_ok())
                .collect::<Vec<_>>();
            prop_assert_eq!(with_check_digit.len(), 1);
            let mut mistyped = with_check_digit[0].clone().into_bytes();
            mistyped[place] = b'0' + (mistyped[place] - b'0' + shift) % 10;
            prop_assert!(check_gtin(std::str::from_utf8(&mistyped).unwrap()).is_err());
        }
    }
}
