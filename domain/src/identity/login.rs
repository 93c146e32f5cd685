//! The name by which a person logs in.
//!
//! **Invariant.** 3 to 64 lower-case ASCII letters, digits, `.`, `_`, `-` and `@`, first a letter or
//! digit. So no two names look alike, and no name depends on how a letter is folded.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// A login name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Login(String);

/// Why a text is not a login name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// Too short or too long.
    #[error(
        "a login name has {} to {} characters",
        Login::LENGTH_MIN,
        Login::LENGTH_MAX
    )]
    Length,
    /// A character that is not allowed, or not in this place.
    #[error("a login name has Latin letters, digits and . _ - @ and starts with a letter or digit")]
    Character,
}

impl Login {
    /// The fewest characters.
    pub const LENGTH_MIN: usize = 3;
    /// The most characters.
    pub const LENGTH_MAX: usize = 64;

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads a name; capital letters and blanks round it are forgiven.
impl FromStr for Login {
    type Err = LoginError;

    fn from_str(text: &str) -> Result<Self, LoginError> {
        let text = text.trim();
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || "._-@".contains(character);
        if !text.chars().all(allowed) {
            Err(LoginError::Character)
        } else if !(Self::LENGTH_MIN..=Self::LENGTH_MAX).contains(&text.len()) {
            Err(LoginError::Length)
        } else if !text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            Err(LoginError::Character)
        } else {
            Ok(Self(text.to_ascii_lowercase()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_and_lookalikes_refused() {
        for (text, expected) in [
            ("zhang.wei", Ok("zhang.wei")),
            (" Zhang-Wei_2@hz ", Ok("zhang-wei_2@hz")),
            ("007", Ok("007")),
            ("ab", Err(LoginError::Length)),
            ("", Err(LoginError::Length)),
            (".ab", Err(LoginError::Character)),
            ("zhang wei", Err(LoginError::Character)),
            ("张伟张伟", Err(LoginError::Character)),
            ("аdmin", Err(LoginError::Character)),
            ("ad\0min", Err(LoginError::Character)),
        ] {
            let login = text.parse::<Login>();
            assert_eq!(
                login.as_ref().map(Login::as_str).map_err(|&it| it),
                expected,
                "{text}"
            );
        }
        assert!("a".repeat(64).parse::<Login>().is_ok());
        assert_eq!("a".repeat(65).parse::<Login>(), Err(LoginError::Length));
    }
}
