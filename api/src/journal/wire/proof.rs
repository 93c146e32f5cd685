//! What was signed, and proofs under it.
//!
//! **Invariant.** Hashes are Base64, as in a checkpoint; a checkpoint is shown as it was signed, to
//! the last byte.

use chrono::{DateTime, Utc};
use domain::journal::{Checkpoint, Note};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{journal::rows::checkpoint, problem::Problem};

/// What was signed of the journal.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CheckpointView {
    /// The name of the journal.
    #[schema(max_length = 100)]
    pub(in crate::journal) origin: String,
    /// How many entries it had.
    #[schema(minimum = 0)]
    pub(in crate::journal) size: i64,
    /// The root of their tree, Base64.
    #[schema(max_length = 44)]
    pub(in crate::journal) root: String,
    /// When it was signed.
    pub(in crate::journal) signed_at: Option<DateTime<Utc>>,
    /// All of it as it was signed (C2SP signed note); what a witness keeps.
    #[schema(max_length = 4096)]
    pub(in crate::journal) note: String,
}

impl CheckpointView {
    /// How many entries it had.
    pub(crate) fn size(&self) -> i64 {
        self.size
    }

    /// All of it as it was signed.
    pub(crate) fn note(&self) -> &str {
        &self.note
    }

    pub(in crate::journal) fn of(row: checkpoint::Model) -> Result<Self, Problem> {
        let note = Note::parse(&row.note).map_err(Problem::internal)?;
        let signed = Checkpoint::parse(note.text()).map_err(Problem::internal)?;
        let time = signed
            .more
            .iter()
            .find_map(|line| line.strip_prefix("time "));
        Ok(Self {
            origin: signed.origin,
            size: i64::try_from(signed.size).map_err(Problem::internal)?,
            root: signed.root.to_string(),
            signed_at: time.and_then(|time| time.parse().ok()),
            note: row.note,
        })
    }
}

/// Who signs.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::journal) struct JournalKeysView {
    /// The name of the journal.
    #[schema(max_length = 100)]
    pub(in crate::journal) origin: String,
    /// `std` (SHA-256, Ed25519) or `gm` (SM3, SM2).
    #[schema(max_length = 8)]
    pub(in crate::journal) suite: String,
    /// Public keys, `name+id+base64`. Compare them with those that the operator printed: whoever
    /// answers with a forged journal answers with a forged key.
    #[schema(max_items = 100)]
    pub(in crate::journal) keys: Vec<String>,
}

/// Shows that an entry is in the journal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryProofView {
    /// Where it stands.
    #[schema(minimum = 0)]
    pub(in crate::journal) position: i64,
    /// The size of the tree that the proof leads to.
    #[schema(minimum = 1)]
    pub(in crate::journal) size: i64,
    /// What is hashed: the entry as canonical JSON.
    #[schema(max_length = 10000000)]
    pub(in crate::journal) leaf: String,
    /// Its hash, Base64.
    #[schema(max_length = 44)]
    pub(in crate::journal) leaf_hash: String,
    /// The proof of RFC 6962 §2.1.1, from the leaf up.
    #[schema(max_items = 64)]
    pub(in crate::journal) hashes: Vec<String>,
    pub(in crate::journal) checkpoint: CheckpointView,
}

/// Shows that an entry is in the journal, to somebody who may not know all that entries tell.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicProofView {
    /// Where it stands.
    #[schema(minimum = 0)]
    pub(in crate::journal) position: i64,
    /// What is hashed: the entry as canonical JSON. Absent where somebody wrote a text into it, which
    /// could name a person; then an auditor can show it.
    #[schema(max_length = 10000000)]
    pub(in crate::journal) leaf: Option<String>,
    /// Its hash, Base64.
    #[schema(max_length = 44)]
    pub(in crate::journal) leaf_hash: String,
    /// The proof of RFC 6962 §2.1.1, from the leaf up.
    #[schema(max_items = 64)]
    pub(in crate::journal) hashes: Vec<String>,
}

impl PublicProofView {
    /// Where the entry stands.
    pub(crate) fn position(&self) -> i64 {
        self.position
    }
}

/// Shows that the journal of a checkpoint begins with an earlier one.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::journal) struct ConsistencyProofView {
    /// The size of the earlier one.
    #[schema(minimum = 0)]
    pub(in crate::journal) from: i64,
    /// Its root, Base64. A witness takes the one that it remembers instead.
    #[schema(max_length = 44)]
    pub(in crate::journal) from_root: String,
    /// The size of the later one.
    #[schema(minimum = 0)]
    pub(in crate::journal) size: i64,
    /// The proof of RFC 6962 §2.1.2.
    #[schema(max_items = 64)]
    pub(in crate::journal) hashes: Vec<String>,
    pub(in crate::journal) checkpoint: CheckpointView,
}

/// A checkpoint that somebody kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct CompareCheckpointBody {
    /// The `note` of a checkpoint, to the last byte.
    #[schema(min_length = 1, max_length = 8192)]
    pub(in crate::journal) checkpoint: String,
}

/// The journal begins with the one that was remembered, and this shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::journal) struct ComparisonView {
    /// The size that was remembered.
    #[schema(minimum = 0)]
    pub(in crate::journal) size: i64,
    /// The proof of RFC 6962 §2.1.2 that the newest checkpoint begins with it.
    #[schema(max_items = 64)]
    pub(in crate::journal) hashes: Vec<String>,
    /// The newest checkpoint; keep it instead.
    pub(in crate::journal) checkpoint: CheckpointView,
}

/// Under which checkpoint.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::journal) struct ProofQuery {
    /// The size of a checkpoint; the newest, if absent.
    #[param(minimum = 1, maximum = 9007199254740991_i64)]
    pub(in crate::journal) size: Option<i64>,
}

/// Between which sizes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::journal) struct ConsistencyQuery {
    /// The earlier size.
    #[param(minimum = 0, maximum = 9007199254740991_i64)]
    pub(in crate::journal) from: i64,
    /// The size of a checkpoint; the newest, if absent.
    #[param(minimum = 1, maximum = 9007199254740991_i64)]
    pub(in crate::journal) to: Option<i64>,
}
