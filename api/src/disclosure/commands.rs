//! Changes of the public account.
//!
//! **Invariant.** Nobody publishes what they prepared, and nothing that was published is changed.

mod donors;
mod prepare;
mod publish;
mod trace;

use super::{queries, rows, wire};

pub(super) use donors::{RecordDonor, RecordNaming};
pub(super) use prepare::PrepareStatement;
pub(super) use publish::{PublishStatement, WithdrawStatement};
pub(super) use trace::note_trace_code;
