//! Warnings of others, as CAP 1.2 tells them.
//!
//! **Invariant.** An alert is what its document says and never more: only an `Actual` one acts, it is
//! superseded by its own sender alone, and a scale of one kind (the colour, the severity) is never
//! made out of another. Reading a document opens nothing and expands nothing.

mod alert;
mod cap;
mod geocode;
mod markup;
mod standing;

pub use alert::{
    Alert, AlertArea, AlertName, AlertPart, Certainty, Information, MessageKind, MessageStatus,
    Severity, Urgency,
};
pub use cap::{CapError, CapFault, FaultKind, read};
pub use markup::MarkupError;
pub use standing::{AlertState, Standing, Succession, decisive};

/// The longest document that is read, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;
