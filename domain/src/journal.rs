//! The proof over the journal: a Merkle tree, what is signed of it, and how both are checked.
//!
//! **Invariant.** Whoever holds a signed checkpoint can check by pure arithmetic that an entry is
//! in the journal and that a later journal begins with the earlier one. Keys are arguments; nothing
//! here draws one, and signing draws nothing either (RFC 8032, RFC 6979).
//!
//! Trees and proofs are those of RFC 6962 §2.1, notes and checkpoints those of the C2SP
//! specifications `signed-note` and `tlog-checkpoint`.

mod checkpoint;
mod mark;
mod note;
mod proof;
mod suite;
mod tiles;
mod tree;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use mark::{Book, Mark, MarkError};
pub use note::{KeyError, Note, NoteError, SigningKey, VerifyingKey};
pub use proof::{
    Consistency, Inclusion, consistency, consistency_holds, inclusion, inclusion_holds,
};
pub use suite::{CryptoSuite, Hash};
pub use tiles::{TILE_HASHES, TileId, Tiles};
pub use tree::{Node, root, subtrees};
