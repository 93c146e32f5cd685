//! What every depot had of every item at the end of each day, sealed under the journal.
//!
//! **Invariant.** A day is sealed once, by a command like any other, so that its hash stands in the
//! journal and under its signatures. Balances are never copied: they are sums of the ledger up to a
//! place of the journal, and a ledger that was rewritten cannot be proven any more.

pub(crate) mod audit;
mod commands;
mod queries;
mod routes;
mod rows;
mod wire;

use chrono::{Days, NaiveDate, TimeDelta};

use crate::{
    app::App,
    clock::day_at_depots,
    problem::{Code, Problem},
    uow::{self, Request},
};

use commands::SealDay;
pub(crate) use routes::router;

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}

// What was committed late is sealed by then, mostly; what is not belongs to the next day.
const AFTER_MIDNIGHT: TimeDelta = TimeDelta::minutes(1);
// A server that was down for longer catches up at its next turns.
const AT_ONCE_MAX: u64 = 31;

/// Seals the days that have ended, oldest first, and says how many.
pub(crate) async fn seal_days(app: &App) -> Result<u64, Problem> {
    let mut sealed = 0;
    while sealed < AT_ONCE_MAX {
        let Some(command) = next(app).await? else {
            break;
        };
        match uow::execute(app, &Request::operator("days"), command).await {
            Ok(_) => sealed += 1,
            // Another server was faster.
            Err(problem) if problem.code == Code::WrongState => break,
            Err(problem) => return Err(problem),
        }
    }
    Ok(sealed)
}

// The first day that has ended and is not sealed: on from the last, and the first of all is the day
// before the first on which the server looks.
async fn next(app: &App) -> Result<Option<SealDay>, Problem> {
    let snapshot = app.db.snapshot().await?;
    let last = queries::last(&snapshot).await?;
    let now = app.clock.now();
    let today = day_at_depots(now.checked_sub_signed(AFTER_MIDNIGHT).unwrap_or(now));
    let day: Option<NaiveDate> = match &last {
        Some(last) => {
            let day: NaiveDate = last.day.parse().map_err(Problem::internal)?;
            day.checked_add_days(Days::new(1))
        }
        None => today.checked_sub_days(Days::new(1)),
    };
    let command = match day.filter(|day| *day < today) {
        Some(day) => queries::to_seal(&snapshot, day, last.as_ref())
            .await?
            .map(SealDay),
        None => None,
    };
    snapshot.rollback().await?;
    Ok(command)
}
