//! Checkpoints, measured against a tree that is built anew.
//!
//! **Invariant.** A checkpoint holds if a known key signed it, for this journal, at its size, over
//! the root that the leaves have.

use std::collections::BTreeMap;

use domain::journal::{Checkpoint, Hash, Note, VerifyingKey};
use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter, QueryOrder};

use crate::{
    journal::{queries, rows::checkpoint},
    problem::Problem,
    scope::reference,
    verify::Finding,
};

use super::I8;

pub(super) struct Signed {
    origin: String,
    keys: Vec<VerifyingKey>,
    // Those of the stretch that is walked, by size.
    ahead: BTreeMap<u64, String>,
    last: u64,
}

impl Signed {
    pub(super) async fn read(
        snapshot: &DatabaseTransaction,
        origin: &str,
        findings: &mut Vec<Finding>,
    ) -> Result<Self, Problem> {
        let mut keys = Vec::new();
        for text in queries::keys(snapshot).await? {
            match text.parse() {
                Ok(key) => keys.push(key),
                Err(error) => {
                    findings.push(Finding::new(I8, format!("the key {text}: {error}")));
                }
            }
        }
        Ok(Self {
            origin: origin.to_owned(),
            keys,
            ahead: BTreeMap::new(),
            last: 0,
        })
    }

    /// Reads the checkpoints of the sizes from `begin` to before `end`.
    pub(super) async fn look_ahead(
        &mut self,
        snapshot: &DatabaseTransaction,
        begin: i64,
        end: i64,
    ) -> Result<(), Problem> {
        let rows = reference::<checkpoint::Entity>()
            .filter(checkpoint::Column::Size.gte(begin))
            .filter(checkpoint::Column::Size.lt(end))
            .order_by_asc(checkpoint::Column::Size)
            .all(snapshot)
            .await?;
        self.ahead = rows
            .into_iter()
            .filter_map(|row| Some((u64::try_from(row.size).ok()?, row.note)))
            .collect();
        Ok(())
    }

    /// What is wrong with the checkpoint of this size, if there is one.
    pub(super) fn check(
        &mut self,
        size: u64,
        root: impl FnOnce() -> Option<Hash>,
    ) -> Option<Finding> {
        let note = self.ahead.remove(&size)?;
        self.last = size;
        let fault = |what: &str| {
            Some(Finding::new(
                I8,
                format!("the checkpoint of {size} entries {what}"),
            ))
        };
        let Ok(note) = Note::parse(&note) else {
            return fault("is no signed note");
        };
        let Ok(signed) = Checkpoint::parse(note.text()) else {
            return fault("is no checkpoint");
        };
        if note.check(&self.keys).is_err() {
            return fault("is not signed by a known key");
        }
        if signed.origin != self.origin {
            return fault("is another journal's");
        }
        if signed.size != size {
            return fault("was signed at another size");
        }
        if root() != Some(signed.root) {
            return fault("was signed over another root");
        }
        None
    }

    /// The largest size that was checked.
    pub(super) fn last(&self) -> u64 {
        self.last
    }
}
