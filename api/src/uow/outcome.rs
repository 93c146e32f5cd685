//! What a command gives back, and what is recorded of it.
//!
//! **Invariant.** A repeat of the same request gets the answer that the first one got. The journal and
//! the memory of requests record the same. Where a command keeps a large part of its answer in a row
//! that never changes, they record a digest in its place, so that it is written once and what it was
//! stays provable.

use std::future::Future;

use domain::journal::CryptoSuite;
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::problem::Problem;

/// What a command gives back.
pub(crate) trait Outcome: Sized + Send {
    /// What is recorded of it.
    fn recorded(&self) -> Result<Value, Problem>;

    /// It again, from what was recorded.
    fn recalled(
        recorded: &str,
        db: &DatabaseTransaction,
    ) -> impl Future<Output = Result<Self, Problem>> + Send;
}

/// Most is recorded whole.
impl<T: Serialize + DeserializeOwned + Send> Outcome for T {
    fn recorded(&self) -> Result<Value, Problem> {
        serde_json::to_value(self).map_err(Problem::internal)
    }

    async fn recalled(recorded: &str, _: &DatabaseTransaction) -> Result<Self, Problem> {
        serde_json::from_str(recorded).map_err(Problem::internal)
    }
}

/// What is recorded in the place of a text that is kept elsewhere. It names the hash that it was made
/// by, so that it stays checkable whatever suite the journal has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Digest {
    #[serde(rename = "sha256")]
    Sha256(String),
    #[serde(rename = "sm3")]
    Sm3(String),
}

impl Digest {
    pub(crate) fn of(suite: CryptoSuite, text: &str) -> Self {
        let hash = hex::encode(suite.hash(&[text.as_bytes()]).as_bytes());
        match suite {
            CryptoSuite::Std => Self::Sha256(hash),
            CryptoSuite::Gm => Self::Sm3(hash),
        }
    }

    /// The suite that made it.
    pub(crate) fn suite(&self) -> CryptoSuite {
        match self {
            Self::Sha256(_) => CryptoSuite::Std,
            Self::Sm3(_) => CryptoSuite::Gm,
        }
    }

    /// Whether it was made of this text.
    pub(crate) fn is_of(&self, text: &str) -> bool {
        *self == Self::of(self.suite(), text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_digest_names_its_hash_and_is_of_one_text() {
        for (suite, name) in [(CryptoSuite::Std, "sha256"), (CryptoSuite::Gm, "sm3")] {
            let digest = Digest::of(suite, "计划");
            let expected = hex::encode(suite.hash(&["计划".as_bytes()]).as_bytes());
            assert_eq!(json!(digest), json!({ name: expected }));
            let read: Digest = serde_json::from_value(json!(digest)).unwrap();
            assert!(read.is_of("计划") && !read.is_of("计划 "), "{read:?}");
        }
    }
}
