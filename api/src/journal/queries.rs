//! Reads of the journal, for auditors and for whoever checks it.
//!
//! **Invariant.** Entries of other subtrees do not exist for the reader, here as in the feed; what
//! is signed may be known to everyone who is logged in.

mod entries;
mod feed;
mod sealed;

pub(super) use entries::entries;
pub(crate) use feed::events_from;
pub(super) use feed::{Follow, events};
pub(crate) use sealed::{
    checkpoint, latest_checkpoint, public_proofs, sealed_before, size, written_since,
};
pub(super) use sealed::{
    compare, consistency, is_sealed, journal_keys, keys, proof, tree, waiting,
};
