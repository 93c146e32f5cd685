//! The code that is printed on a donor's receipt.
//!
//! **Invariant.** Eighty random bits in sixteen characters that nobody mistakes for each other; however
//! it is typed, it is read as it was printed.

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS: usize = 16;

/// A code, as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptCode(String);

/// Why something is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has 16 letters and digits, as printed on the receipt")]
pub struct NoReceiptCode;

impl ReceiptCode {
    /// A code of random bytes.
    #[must_use]
    pub fn new(random: [u8; 10]) -> Self {
        let mut bits = random
            .iter()
            .fold(0_u128, |bits, &byte| (bits << 8) | u128::from(byte));
        let mut letters = Vec::with_capacity(CHARACTERS);
        for _ in 0..CHARACTERS {
            let index = usize::try_from(bits & 31).unwrap_or(0);
            letters.push(char::from(ALPHABET[index]));
            bits >>= 5;
        }
        Self(letters.into_iter().rev().collect())
    }

    /// Reads what somebody typed: small letters, dashes and spaces do not matter, and letters that look
    /// like digits are those digits.
    ///
    /// # Errors
    /// [`NoReceiptCode`].
    pub fn parse(typed: &str) -> Result<Self, NoReceiptCode> {
        let mut code = String::with_capacity(CHARACTERS);
        for character in typed.chars().filter(|c| !matches!(c, '-' | ' ')) {
            let letter = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if !letter.is_ascii() || !ALPHABET.contains(&(letter as u8)) {
                return Err(NoReceiptCode);
            }
            code.push(letter);
        }
        if code.len() == CHARACTERS {
            Ok(Self(code))
        } else {
            Err(NoReceiptCode)
        }
    }

    /// The sixteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is printed: four groups of four.
    #[must_use]
    pub fn printed(&self) -> String {
        let groups: Vec<_> = self
            .0
            .as_bytes()
            .chunks(4)
            .map(String::from_utf8_lossy)
            .collect();
        groups.join("-")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = ReceiptCode::new([0, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf]);
        assert_eq!(code.printed(), "0123-4567-89AB-CDEF");
        for typed in [
            "0123-4567-89AB-CDEF",
            "o123 4567 89ab cdef",
            "Oi23456789abcdef",
        ] {
            assert_eq!(ReceiptCode::parse(typed), Ok(code.clone()), "{typed}");
        }
        for typed in [
            "",
            "0123-4567-89AB-CDE",
            "0123-4567-89AB-CDEFG",
            "0123-4567-89AB-CDEU",
            "捐123456789ABCDEF",
        ] {
            assert_eq!(ReceiptCode::parse(typed), Err(NoReceiptCode), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(random: [u8; 10], other: [u8; 10]) {
            let code = ReceiptCode::new(random);
            prop_assert_eq!(ReceiptCode::parse(&code.printed()), Ok(code.clone()));
            prop_assert_eq!(code == ReceiptCode::new(other), random == other);
        }
    }
}
