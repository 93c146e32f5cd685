//! What becomes of assessments by the day alone: a notice is over, a grade ends, somebody is reminded.
//!
//! **Invariant.** Each is a command, so that the journal names it and whoever follows the journal is
//! told; two servers that sweep at once do it once. Nobody waits for the sweep: a grade holds on the
//! days of its validity and on no other.

use crate::{
    app::App,
    clock::day_at_depots,
    problem::{Code, Problem},
    uow::{self, Request},
};

use super::{
    commands::{Act, ActOnAssessment},
    queries::{self, Ripe},
};

// A sweep ends in reasonable time; what is left is swept at the next turn.
const AT_ONCE_MAX: u64 = 200;

/// Lets grades come into force whose notice is over, ends those that are past their last day, reminds
/// of what is late or ends soon, and says how many it was.
pub(crate) async fn turn_days(app: &App) -> Result<u64, Problem> {
    let today = day_at_depots(app.clock.now());
    let mut done = 0;
    for (ripe, act) in [
        (Ripe::NoticeOver, Act::Enforce),
        (Ripe::PastValidity, Act::Expire),
        (Ripe::ToBeReminded, Act::Remind),
    ] {
        for assessment in queries::ripe(app.db.read(), ripe, today, AT_ONCE_MAX).await? {
            let act = act.clone();
            let command = ActOnAssessment { assessment, act };
            match uow::execute(app, &Request::operator("calendar"), command).await {
                Ok(_) => done += 1,
                // Somebody else did it meanwhile.
                Err(problem) if problem.code == Code::WrongState => {}
                Err(problem) if problem.code == Code::Busy => return Err(problem),
                Err(problem) => {
                    tracing::error!(%assessment, %problem, "a day was not kept");
                }
            }
        }
    }
    Ok(done)
}
