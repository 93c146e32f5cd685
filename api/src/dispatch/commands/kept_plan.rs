//! A plan, as commands answer with it and as it is recorded.
//!
//! **Invariant.** What a plan was computed to is written once, into its row, and never changes. What is
//! recorded of a command on it is the rest, with a digest of that text: a plan of thousands of needs has
//! many megabytes. `audit::plans` holds each text against its digest.

use domain::journal::CryptoSuite;
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    dispatch::{
        queries,
        wire::{PlanDocument, PlanHead},
    },
    problem::Problem,
    uow::{Digest, Outcome},
};

/// A plan that a command has written or changed.
#[derive(Debug)]
pub(in crate::dispatch) struct KeptPlan {
    pub(super) recorded: RecordedPlan,
    /// What it was computed to, as it is kept.
    pub(super) text: String,
}

/// What is recorded of it.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::dispatch) struct RecordedPlan {
    #[serde(flatten)]
    pub(super) head: PlanHead,
    /// Of the text that its content is kept as.
    pub(in crate::dispatch) content: Digest,
}

impl KeptPlan {
    pub(in crate::dispatch) fn into_document(self) -> Result<PlanDocument, Problem> {
        PlanDocument::new(self.recorded.head, self.text)
    }
}

impl Outcome for KeptPlan {
    fn recorded(&self) -> Result<Value, Problem> {
        serde_json::to_value(&self.recorded).map_err(Problem::internal)
    }

    async fn recalled(recorded: &str, db: &DatabaseTransaction) -> Result<Self, Problem> {
        let head: PlanHead = serde_json::from_str(recorded).map_err(Problem::internal)?;
        let text = queries::plan_text(db, head.id).await?;
        // Releases before this one remembered the content itself.
        let recorded = serde_json::from_str(recorded).unwrap_or_else(|_| RecordedPlan {
            head,
            content: Digest::of(CryptoSuite::Std, &text),
        });
        Ok(Self { recorded, text })
    }
}
