//! Codes that people copy by hand.
//!
//! **Invariant.** Each sign is worth five bits and looks like no other; blanks, dashes and small
//! letters are forgiven.

use crate::ids;

const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A fresh code of so many signs, in groups of four.
pub(super) fn fresh<const SIGNS: usize>() -> String {
    let signs: Vec<char> = ids::random::<SIGNS>()
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect();
    let groups: Vec<String> = signs
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}

/// The signs of a code as somebody typed it.
pub(super) fn signs(typed: &str) -> String {
    typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|sign| sign.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = fresh::<24>();
        assert_eq!(code.len(), 29, "{code}");
        let typed = code.replace('-', " ").to_lowercase();
        assert_eq!(signs(&typed), signs(&code));
        assert_eq!(signs(&code).len(), 24);
        assert_ne!(fresh::<24>(), code);
    }
}
