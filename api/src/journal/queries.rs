//! Reads of the journal, for auditors and for whoever checks it.
//!
//! **Invariant.** Entries of other subtrees do not exist for the reader, here as in the feed; what
//! is signed may be known to everyone who is logged in.

mod entries;
mod feed;
mod positions;
mod sealed;

pub(super) use entries::entries;
pub(crate) use feed::events_from;
pub(super) use feed::{Follow, events};
pub(crate) use positions::{
    bodies, count_of, extent_before, sealed_before, sealed_between, written_since,
};
pub(crate) use sealed::{checkpoint, entry_proof, latest_checkpoint, public_proofs, size, suite};
pub(super) use sealed::{
    compare, consistency, is_sealed, journal_keys, keys, proof, tree, waiting,
};
