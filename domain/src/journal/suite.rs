//! Which hash and which signature: the international ones or those of the Chinese standards.
//!
//! **Invariant.** A tree has one suite for its whole life. Both suites make hashes of 32 bytes.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};
use sm3::Sm3;

use crate::kernel::named;

named! {
    /// A hash and a signature that belong together.
    ///
    /// `Gm` is SM3 (GB/T 32905) and SM2 (GB/T 32918) in software, which is no certified product.
    pub enum CryptoSuite {
        /// SHA-256, Ed25519
        Std = "std",
        /// SM3, SM2
        Gm = "gm",
    }
}

/// The hash of a leaf, of a subtree or of a whole tree. Its text is Base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// How many bytes it has.
    pub const LEN: usize = 32;

    /// Takes these bytes for a hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads its text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let read = Base64::decode(text, &mut bytes).ok()?;
        (read.len() == Self::LEN).then_some(Self(bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl CryptoSuite {
    /// The hash of parts, one after the other.
    #[must_use]
    pub fn hash(self, parts: &[&[u8]]) -> Hash {
        match self {
            Self::Std => {
                let mut hasher = Sha256::new();
                parts.iter().for_each(|part| hasher.update(part));
                Hash(hasher.finalize().into())
            }
            Self::Gm => {
                let mut hasher = Sm3::new();
                parts.iter().for_each(|part| hasher.update(part));
                Hash(hasher.finalize().into())
            }
        }
    }

    /// The hash of a tree without leaves.
    #[must_use]
    pub fn empty(self) -> Hash {
        self.hash(&[])
    }

    /// The hash of a leaf. The byte in front keeps leaves and nodes apart, so that nobody can pass
    /// a node off as an entry.
    #[must_use]
    pub fn leaf(self, content: &[u8]) -> Hash {
        self.hash(&[&[0], content])
    }

    /// The hash of two subtrees side by side.
    #[must_use]
    pub fn node(self, left: &Hash, right: &Hash) -> Hash {
        self.hash(&[&[1], &left.0, &right.0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(suite: CryptoSuite, text: &str, expected: &str) {
        let hash = suite.hash(&[text.as_bytes()]);
        assert_eq!(hex::encode(hash.as_bytes()), expected, "{text}");
        assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
    }

    #[test]
    fn hashes_are_those_of_the_standards() {
        // FIPS 180-4, and GB/T 32905-2016 appendix A.
        check(
            CryptoSuite::Std,
            "abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        );
        check(
            CryptoSuite::Gm,
            "abc",
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        );
        check(
            CryptoSuite::Gm,
            &"abcd".repeat(16),
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
        );
    }

    #[test]
    fn what_is_no_hash_is_not_read() {
        for text in ["", "AAAA", "not base64", &"A".repeat(48)] {
            assert_eq!(Hash::parse(text), None, "{text}");
        }
    }
}
