//! What a command leaves to the end: written in one trip with its entry.
//!
//! **Invariant.** Nothing that is left is read again by the command. A change that does not suffice
//! refuses the command, whose transaction is then broken off with all that went along.
//!
//! A balance that changes at the end is also locked no longer than its commit takes.

use std::fmt;

use futures_util::future::BoxFuture;
use sea_orm::{DatabaseTransaction, sea_query::UpdateStatement};

use super::{Together, Uow};
use crate::{problem::Problem, storage::Engine};

type Short = Box<dyn for<'a> FnOnce(&'a Uow<'a>) -> BoxFuture<'a, Problem> + Send>;

/// A change of one row that is guarded in its statement.
pub(crate) struct Guarded {
    /// Gives the row back where it was changed.
    pub(crate) change: UpdateStatement,
    /// Says why it was not.
    pub(crate) short: Short,
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").finish_non_exhaustive()
    }
}

/// What was left.
#[derive(Debug, Default)]
pub(super) struct Last {
    pub(super) guarded: Option<Guarded>,
    pub(super) writes: Together,
}

impl Last {
    /// Does it.
    pub(super) async fn run(
        self,
        uow: &Uow<'_>,
        transaction: &DatabaseTransaction,
        engine: Engine,
    ) -> Result<(), Problem> {
        let Some(Guarded { change, short }) = self.guarded else {
            return self.writes.run(transaction, engine).await;
        };
        if self.writes.run_behind(change, transaction, engine).await? {
            Ok(())
        } else {
            Err(short(uow).await)
        }
    }
}
