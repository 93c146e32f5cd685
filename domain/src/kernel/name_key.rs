//! The form in which names are compared when people search.
//!
//! **Invariant.** A key has letters and digits only, none of them upper-case and none full-width,
//! and making a key of a key changes nothing. Two names that differ in spacing, punctuation,
//! letter case or width have one key.

use std::fmt;

/// A name made comparable. May be empty, when the name had no letter and no digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameKey(String);

impl NameKey {
    /// Makes the key of a name, an alias or a search term.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(
            name.chars()
                .map(half_width)
                .flat_map(char::to_lowercase)
                .filter(|character| character.is_alphanumeric())
                .collect(),
        )
    }

    /// The key as tables keep it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to search for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for NameKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// Chinese input methods type ASCII in a full-width form, U+FF01 to U+FF5E, 0xFEE0 further up.
fn half_width(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character)
        }
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spacing_punctuation_case_and_width_do_not_count() {
        for (name, key) in [
            ("棉帐篷（12m）", "棉帐篷12m"),
            ("棉 帐篷(12M)", "棉帐篷12m"),
            ("ＫＮ９５　口罩", "kn95口罩"),
            ("kn-95·口罩", "kn95口罩"),
            ("Family Tent, 16", "familytent16"),
            ("？！", ""),
        ] {
            assert_eq!(NameKey::of(name).as_str(), key, "{name}");
        }
        assert!(NameKey::of(" — ").is_empty());
        // The mistake of January 2020: these two must never be one.
        assert_ne!(NameKey::of("N95"), NameKey::of("KN95"));
    }

    proptest! {
        #[test]
        fn the_key_of_a_key_is_itself(name in "\\PC{0,40}") {
            let key = NameKey::of(&name);
            prop_assert_eq!(NameKey::of(key.as_str()), key);
        }
    }
}
