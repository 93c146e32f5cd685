//! One attempt of a command: on SQLite in its turn, on PostgreSQL side by side.
//!
//! **Invariant.** What a command changed, its journal entry and its idempotency record are kept
//! together or not at all.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use tracing::Instrument;

use crate::{
    app::App,
    ids, journal,
    problem::{Code, Problem},
    storage::{Lost, Turns, Worked},
};

use super::{Command, Done, Granted, Outcome, Request, Uow, idempotency, note};

/// A request with its command, shared with whoever runs it.
pub(super) struct Asked<C> {
    pub(super) app: App,
    pub(super) request: Request,
    pub(super) command: C,
}

impl<C: Command + 'static> Asked<C> {
    pub(super) async fn attempt_once(self: &Arc<Self>) -> Result<Done<C::Output>, Problem> {
        let disk = self.app.db.disk();
        if disk.is_failed() {
            let refused = anyhow::anyhow!("the disk failed; nothing is written any more");
            return Err(Problem {
                cause: Some(refused),
                ..Problem::new(Code::Busy)
            });
        }
        let outcome = match self.app.db.turns() {
            Some(turns) => self.in_turn(turns).await,
            None => self.side_by_side().await,
        };
        match &outcome {
            Ok(done) if done.is_kept() => disk.note_space(true),
            Ok(_) => {}
            Err(problem) => note(&self.app, problem),
        }
        outcome
    }

    async fn in_turn(self: &Arc<Self>, turns: &Turns) -> Result<Done<C::Output>, Problem> {
        let asked = Arc::clone(self);
        let span = tracing::Span::current();
        let take = self.request.key.as_ref().map(|key| {
            let now = self.app.clock.now();
            idempotency::take(DbBackend::Sqlite, &self.request.caller, key, now)
        });
        let done = turns.take(take, move |savepoint, taken| {
            async move {
                let outcome = asked.run(savepoint, taken).await;
                let keep = outcome.as_ref().is_ok_and(Done::is_kept);
                Worked { outcome, keep }
            }
            .instrument(span)
            .boxed()
        });
        done.await.unwrap_or_else(|lost| Err(lost.into()))
    }

    async fn side_by_side(&self) -> Result<Done<C::Output>, Problem> {
        let transaction = self.app.db.begin().await?;
        let taken = match &self.request.key {
            None => true,
            Some(key) => {
                let (caller, now) = (&self.request.caller, self.app.clock.now());
                let take = idempotency::take(DbBackend::Postgres, caller, key, now);
                !transaction.query_all_raw(take).await?.is_empty()
            }
        };
        // A dropped transaction rolls back, so a refusal leaves nothing.
        let done = self.run(&transaction, taken).await?;
        if done.is_kept() {
            transaction.commit().await?;
        } else {
            transaction.rollback().await?;
        }
        Ok(done)
    }

    // What is done in the transaction; whether it is kept is for the caller to see to. `taken` says
    // whether the key of the request was free.
    async fn run(
        &self,
        transaction: &DatabaseTransaction,
        taken: bool,
    ) -> Result<Done<C::Output>, Problem> {
        let (app, request) = (&self.app, &self.request);
        let now = app.clock.now();
        if let Some(key) = request.key.as_ref().filter(|_| !taken) {
            return Ok(Done {
                output: idempotency::answer(transaction, &request.caller, key).await?,
                replayed: true,
                dry_run: false,
            });
        }
        let mut uow = Uow {
            transaction,
            engine: app.db.engine(),
            suite: app.config.crypto_suite,
            caller: &request.caller,
            now,
            entry: ids::fresh(now),
            subject: None,
            granted: Granted::default(),
            last: Mutex::default(),
            rows: Mutex::default(),
        };
        let output = self.command.run(&mut uow).await?;
        uow.granted
            .suffices(C::NAME, C::PERMISSION, &request.caller)?;
        let mut last = uow.left();
        let rows = uow.written().committed(app.config.crypto_suite);
        let (entry, subject) = (uow.entry, uow.subject.take());
        let record = journal::Record {
            id: entry,
            command: C::NAME,
            personal: C::PERSONAL,
            secret: C::SECRET,
            subject,
            request,
            recorded_at: now,
            suite: app.config.crypto_suite,
        };
        let body = output.recorded()?;
        journal::append(&mut last.writes, &record, &body, rows)?;
        if let Some(key) = &request.key {
            let remembered = journal::without_secrets(&body, C::SECRET);
            idempotency::remember(&mut last.writes, &request.caller, key, entry, &remembered);
        }
        last.run(&uow, transaction, app.db.engine()).await?;
        Ok(Done {
            output,
            replayed: false,
            dry_run: request.dry_run,
        })
    }
}

impl From<Lost> for Problem {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Busy => Self::new(Code::Busy),
            Lost::Undone => Self {
                transient: true,
                ..Self::new(Code::Busy)
            },
            Lost::Refused(error) => error.into(),
            Lost::Panicked => Self::internal(anyhow::anyhow!("the command panicked")),
        }
    }
}
