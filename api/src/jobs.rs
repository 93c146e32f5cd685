//! Work that the server does by itself: one task for sweeping, one that seals the journal, one
//! that tells other systems.
//!
//! **Invariant.** A job that fails is logged and tried again at its next turn; it never stops the
//! server. Jobs write through the unit of work or delete what nothing refers to; what follows
//! from entries that are there is written beside (`uow/without_entry.rs`).

use std::time::Duration;

use tokio::{sync::watch, task::JoinHandle, time::MissedTickBehavior};

use crate::{
    app::App, exchange, identity, journal, problem::Problem, rating, sealed_days, stock, uow,
    webhooks,
};

const HOURLY: Duration = Duration::from_secs(3_600);
// What ran out is seen as ended at once; this is how soon its goods are free.
const EXPIRY_EVERY: Duration = Duration::from_secs(2);
// How soon after its position an entry is told to others.
const TELL_EVERY: Duration = Duration::from_secs(1);
// How soon after its command an entry has its position.
const SEAL_EVERY: Duration = Duration::from_secs(1);

// What a job that runs when the server is stopped gets; its transaction is undone after that.
const LAST_JOB: Duration = Duration::from_secs(5);

/// The running jobs.
pub struct Jobs {
    stop: watch::Sender<bool>,
    tasks: [JoinHandle<()>; 3],
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jobs").finish_non_exhaustive()
    }
}

impl Jobs {
    /// Lets the running job finish for a while and ends.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let mut ended = futures_util::future::join_all(&mut self.tasks);
        if tokio::time::timeout(LAST_JOB, &mut ended).await.is_err() {
            tracing::warn!("a job did not end in time and is broken off");
            drop(ended);
            self.tasks.iter().for_each(JoinHandle::abort);
        }
    }
}

/// Starts the jobs.
#[must_use]
pub fn start(app: App) -> Jobs {
    let (stop, mut stopped) = watch::channel(false);
    let sealing = tokio::spawn(keep_sealing(app.clone(), stop.subscribe()));
    let telling = tokio::spawn(keep_telling(app.clone(), stop.subscribe()));
    let sweeping = tokio::spawn(async move {
        let mut hour = tokio::time::interval(HOURLY);
        let mut seconds = tokio::time::interval(EXPIRY_EVERY);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                _ = stopped.changed() => return,
                _ = seconds.tick() => {
                    // Without it the samples of every request pile up until somebody reads them.
                    app.metrics.run_upkeep();
                    expiry(&app).await;
                }
                _ = hour.tick() => hourly(&app).await,
            }
        }
    });
    Jobs {
        stop,
        tasks: [sweeping, sealing, telling],
    }
}

// What waits when the server stops is sealed once more, so that a quiet server leaves nothing open.
async fn keep_sealing(app: App, mut stopped: watch::Receiver<bool>) {
    let mut seconds = tokio::time::interval(SEAL_EVERY);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let is_last = tokio::select! {
            _ = stopped.changed() => true,
            _ = seconds.tick() => false,
        };
        seal(&app).await;
        if is_last {
            return;
        }
    }
}

// Only begins: a receiver that is slow is waited for beside.
async fn keep_telling(app: App, mut stopped: watch::Receiver<bool>) {
    let mut seconds = tokio::time::interval(TELL_EVERY);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = seconds.tick() => drop(tell(&app).await),
        }
    }
}

/// Tells other systems what happened, as the server does every second; answers what it began.
pub async fn tell(app: &App) -> Vec<JoinHandle<()>> {
    match webhooks::tell(app).await {
        Ok(begun) => begun,
        Err(problem) => {
            uow::note(app, &problem);
            tracing::warn!(%problem, "what happened could not be told");
            Vec::new()
        }
    }
}

/// Seals what waits, as the server does every second.
pub async fn seal(app: &App) {
    if let Err(problem) = journal::seal(app).await {
        uow::note(app, &problem);
        tracing::warn!(%problem, cause = ?problem.cause, "the journal could not be sealed");
    }
}

/// What is done every few seconds.
pub async fn expiry(app: &App) {
    report(
        app,
        "overdue reservations",
        stock::expire_overdue(app).await,
    );
}

/// What is done every hour.
pub async fn hourly(app: &App) {
    report(app, "idempotency records", uow::sweep(app).await);
    report(app, "ended sessions", identity::sweep_sessions(app).await);
    report(
        app,
        "networks that failed to log in",
        identity::sweep_networks(app).await,
    );
    report(
        app,
        "logins by the identity provider",
        identity::sweep_provider_logins(app).await,
    );
    report(app, "told events", webhooks::sweep(app).await);
    report(
        app,
        "secrets of webhooks that lay in the clear",
        webhooks::seal_what_is_clear(app).await,
    );
    report(app, "abandoned imports", exchange::sweep_imports(app).await);
    report(app, "ended days", sealed_days::seal_days(app).await);
    report(
        app,
        "assessments whose day has come",
        rating::turn_days(app).await,
    );
}

fn report(app: &App, what: &'static str, swept: Result<u64, Problem>) {
    match swept {
        Ok(0) => {}
        Ok(count) => tracing::info!(what, count, "swept"),
        Err(problem) => {
            uow::note(app, &problem);
            tracing::warn!(what, %problem, "a job failed");
        }
    }
}
