//! Grades whose time is over, ended by the server itself.
//!
//! **Invariant.** Each ends by the command that people have for it, so that the journal names it; two
//! servers that sweep at once end it once. Nobody waits for the sweep: a grade holds on the days of
//! its validity and on no other.

use crate::{
    app::App,
    clock::day_at_depots,
    problem::{Code, Problem},
    uow::{self, Request},
};

use super::{
    commands::{Act, ActOnAssessment},
    queries,
};

// A sweep ends in reasonable time; what is left is swept at the next turn.
const AT_ONCE_MAX: u64 = 200;

/// Ends grades that are past their last day and says how many.
pub(crate) async fn expire_grades(app: &App) -> Result<u64, Problem> {
    let today = day_at_depots(app.clock.now());
    let past = queries::past_validity(app.db.read(), today, AT_ONCE_MAX).await?;
    let mut ended = 0;
    for assessment in past {
        let act = Act::Expire;
        let command = ActOnAssessment { assessment, act };
        match uow::execute(app, &Request::operator("expiry"), command).await {
            Ok(_) => ended += 1,
            // Somebody else ended it meanwhile.
            Err(problem) if problem.code == Code::WrongState => {}
            Err(problem) if problem.code == Code::Busy => return Err(problem),
            Err(problem) => tracing::error!(%assessment, %problem, "a grade did not expire"),
        }
    }
    Ok(ended)
}
