//! What stands in the journal in the place of a person.
//!
//! **Invariant.** A commitment names the hash that it was made by. So it stays checkable whatever
//! suite the journal has: journals by SM3 committed by SHA-256 until they had their own.

use domain::journal::CryptoSuite;
use serde_json::{Value, json};

use crate::ids;

// The members of a commitment: the hash over salt and value, and that of the salt.
const fn members(suite: CryptoSuite) -> (&'static str, &'static str) {
    match suite {
        CryptoSuite::Std => ("salted_sha256", "salt_sha256"),
        CryptoSuite::Gm => ("salted_sm3", "salt_sm3"),
    }
}

fn digest(suite: CryptoSuite, parts: &[&[u8]]) -> String {
    hex::encode(suite.hash(parts).as_bytes())
}

/// Commits to `value`; answers with the salt, too, which lies elsewhere.
pub(super) fn commit(suite: CryptoSuite, value: &Value) -> (Value, String) {
    let salt = hex::encode(ids::random::<16>());
    let (salted, of_salt) = members(suite);
    let text = value.to_string();
    let commitment = json!({
        salted: digest(suite, &[salt.as_bytes(), text.as_bytes()]),
        // By the hash of the salt one knows a salt that was changed; nobody can guess 128 random
        // bits.
        of_salt: digest(suite, &[salt.as_bytes()]),
    });
    (commitment, salt)
}

/// Whether this is a commitment, and by this salt.
pub(super) fn is_by(salt: &str, commitment: &Value) -> bool {
    CryptoSuite::ALL.iter().any(|&suite| {
        let (salted, of_salt) = members(suite);
        let expected = digest(suite, &[salt.as_bytes()]);
        commitment[salted].is_string()
            && match &commitment[of_salt] {
                Value::String(told) => *told == expected,
                // Those of the first releases do not say of which salt they are.
                Value::Null => suite == CryptoSuite::Std,
                _ => false,
            }
    })
}

/// Whether this commitment is to `value`, by this salt.
pub(super) fn opens(salt: &str, commitment: &Value, value: &Value) -> bool {
    let text = value.to_string();
    CryptoSuite::ALL.iter().any(|&suite| {
        let expected = digest(suite, &[salt.as_bytes(), text.as_bytes()]);
        commitment[members(suite).0] == Value::String(expected)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_is_by_its_salt_and_by_the_hash_that_it_names() {
        for (suite, salted, of_salt) in [
            (CryptoSuite::Std, "salted_sha256", "salt_sha256"),
            (CryptoSuite::Gm, "salted_sm3", "salt_sm3"),
        ] {
            let value = json!({ "name": "张三" });
            let (commitment, salt) = commit(suite, &value);
            let text = format!("{salt}{value}");
            let opened = hex::encode(suite.hash(&[text.as_bytes()]).as_bytes());
            assert_eq!(commitment[salted], json!(opened));
            assert_eq!(commitment.as_object().unwrap().len(), 2);
            assert!(is_by(&salt, &commitment), "{commitment}");
            assert!(opens(&salt, &commitment, &value), "{commitment}");
            assert!(!opens(&salt, &commitment, &json!({ "name": "张四" })));
            assert!(!opens("another", &commitment, &value));
            assert!(!is_by("another", &commitment), "{commitment}");
            let mut other = commitment.clone();
            other[of_salt] = json!(3);
            assert!(!is_by(&salt, &other), "{other}");
        }
    }

    #[test]
    fn what_the_first_releases_wrote_is_a_commitment_and_nothing_else_is() {
        assert!(is_by("any", &json!({ "salted_sha256": "00" })));
        for other in [
            json!({ "salted_sm3": "00" }),
            json!({ "salt_sm3": "00" }),
            json!({}),
            json!("张三"),
            Value::Null,
        ] {
            assert!(!is_by("any", &other), "{other}");
        }
    }
}
