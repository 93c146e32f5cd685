//! A short text that a person typed: a name, a batch number, a telephone number.
//!
//! **Invariant.** A `Text` has no white space at its ends, is never empty, has at most `MAX`
//! characters (not bytes: Chinese names would otherwise be cut to a third) and no control
//! character except, in paragraphs, the line feed.

use std::fmt;

/// A trimmed text of 1 to `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

/// Why something is not a text of at most `MAX` characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing is left after trimming.
    #[error("a text must not be blank")]
    Blank,
    /// More characters than allowed.
    #[error("a text has at most {max} characters")]
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// A control character, which no keyboard types and some printers obey.
    #[error("a text must not contain control characters")]
    Control,
}

impl<const MAX: usize> Text<MAX> {
    /// Reads one line: trims it and checks it.
    ///
    /// # Errors
    /// [`TextError`] for what is blank, too long or holds control characters.
    pub fn new(text: &str) -> Result<Self, TextError> {
        Self::checked(text, |_| false)
    }

    /// Reads a text that may run over several lines: as [`Text::new`], but line feeds may stay.
    ///
    /// # Errors
    /// [`TextError`] for what is blank, too long or holds other control characters.
    pub fn paragraphs(text: &str) -> Result<Self, TextError> {
        Self::checked(text, |character| character == '\n')
    }

    fn checked(text: &str, allowed: fn(char) -> bool) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Blank);
        }
        // One character past the limit is enough to know; a huge text is not counted to its end.
        if text.chars().nth(MAX).is_some() {
            return Err(TextError::TooLong { max: MAX });
        }
        if text.chars().any(|c| c.is_control() && !allowed(c)) {
            return Err(TextError::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_trimmed_and_characters_are_counted() {
        assert_eq!(
            Text::<3>::new("\u{3000}救灾箱 ").unwrap().as_str(),
            "救灾箱"
        );
        for (text, why) in [
            ("", TextError::Blank),
            (" \t\u{3000}", TextError::Blank),
            ("abcd", TextError::TooLong { max: 3 }),
            ("a\0b", TextError::Control),
            ("a\nb", TextError::Control),
        ] {
            assert_eq!(Text::<3>::new(text), Err(why), "{text:?}");
        }
        assert!(Text::<3>::paragraphs("a\nb").is_ok());
        assert_eq!(Text::<3>::paragraphs("a\tb"), Err(TextError::Control));
    }
}
