//! Writes that are no command's and leave no entry.
//!
//! **Invariant.** Only what follows from entries that are there already is written here, their places
//! in the sealed journal and who was told of them, and what is noted at the door of callers whom
//! nobody knows yet. They stand in the writer's line like any command, and are one transaction.

use futures_util::{FutureExt, future::BoxFuture};
use sea_orm::DatabaseTransaction;

use crate::{
    app::App,
    problem::{Code, Problem},
    storage::Worked,
};

/// Runs the writes of `work` and keeps them where it says so; answers what it said.
pub(crate) async fn without_entry<W>(app: &App, work: W) -> Result<bool, Problem>
where
    W: for<'a> FnOnce(&'a DatabaseTransaction) -> BoxFuture<'a, Result<bool, Problem>>
        + Send
        + 'static,
{
    if app.db.disk().is_failed() {
        return Err(Problem::new(Code::Busy));
    }
    match app.db.turns() {
        Some(turns) => {
            let done = turns.take(None, move |savepoint, _| {
                async move {
                    let outcome = work(savepoint).await;
                    let keep = matches!(outcome, Ok(true));
                    Worked { outcome, keep }
                }
                .boxed()
            });
            done.await.unwrap_or_else(|lost| Err(lost.into()))
        }
        None => {
            let transaction = app.db.begin().await?;
            let keep = work(&transaction).await?;
            if keep {
                transaction.commit().await?;
            } else {
                transaction.rollback().await?;
            }
            Ok(keep)
        }
    }
}
