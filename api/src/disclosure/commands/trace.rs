//! Wrong codes of receipts.
//!
//! **Invariant.** Every one is counted, where the codes are kept.

use domain::kernel::{Id, kinds};

use crate::{
    app::App,
    problem::Problem,
    stock::NoteWrongCode,
    uow::{self, Request},
};

/// Counts a wrong code against receipts.
pub(in crate::disclosure) async fn note_wrong_code(
    app: &App,
    receipts: Vec<Id<kinds::Movement>>,
) -> Result<(), Problem> {
    for movement in receipts {
        let wrong = NoteWrongCode { movement };
        uow::execute(app, &Request::operator("trace"), wrong).await?;
    }
    Ok(())
}
