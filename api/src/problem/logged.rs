//! What of a refusal may stand in the log.
//!
//! **Invariant.** Nothing that the caller wrote.

use std::collections::BTreeSet;

use super::Problem;

impl Problem {
    /// The kinds of its faults. Messages, pointers and details repeat what the caller wrote, which may
    /// be a password or somebody's name.
    pub(crate) fn fault_codes(&self) -> String {
        let codes: BTreeSet<_> = self.faults.iter().map(|fault| fault.code).collect();
        codes.into_iter().collect::<Vec<_>>().join(" ")
    }
}
