//! Codes of receipts that somebody tried.
//!
//! **Invariant.** Every wrong one is counted, where the codes are kept.

use domain::kernel::{Id, kinds};

use crate::{
    app::App,
    problem::Problem,
    stock::NoteTraceCode,
    uow::{self, Request},
};

/// Notes of receipts that a code was tried on them.
pub(in crate::disclosure) async fn note_trace_code(
    app: &App,
    receipts: Vec<Id<kinds::Movement>>,
    was_right: bool,
) -> Result<(), Problem> {
    for movement in receipts {
        let tried = NoteTraceCode {
            movement,
            was_right,
        };
        uow::execute(app, &Request::operator("trace"), tried).await?;
    }
    Ok(())
}
