//! Shapes of the journal on the wire.
//!
//! **Invariant.** An entry is shown as it was written.

mod entry;
mod proof;

pub(super) use entry::{EraseBody, ErasureView, EventsQuery, JournalEntryView, JournalFilter};
pub(crate) use entry::{EventView, EventsView};
pub(crate) use proof::{CheckpointView, EntryProofView, PublicProofView};
pub(super) use proof::{
    CompareCheckpointBody, ComparisonView, ConsistencyProofView, ConsistencyQuery, JournalKeysView,
    ProofQuery,
};
