//! Reservations whose deadline has passed, ended by the server itself.
//!
//! **Invariant.** Each ends by a command of its own, so that the journal names it; two replicas that
//! sweep at once end it once. Nobody waits for the sweep: whoever looks at an overdue reservation
//! sees it as expired before. One that cannot be ended does not keep the others: it is told to the
//! log, and tried again at the next turn.

use crate::{
    app::App,
    problem::{Code, Problem},
    uow::{self, Request},
};

use super::{commands::ExpireReservation, queries};

// A sweep ends in reasonable time; what is left is swept at the next turn.
const AT_ONCE_MAX: u64 = 200;

/// Ends overdue reservations and says how many.
pub(crate) async fn expire_overdue(app: &App) -> Result<u64, Problem> {
    let overdue = queries::overdue(app.db.read(), app.clock.now(), AT_ONCE_MAX).await?;
    let mut ended = 0;
    for id in overdue {
        let request = Request::operator("expiry");
        match uow::execute(app, &request, ExpireReservation { id }).await {
            Ok(_) => ended += 1,
            // Somebody else ended it meanwhile.
            Err(problem) if problem.code == Code::WrongState => {}
            Err(problem) if problem.code == Code::Busy => return Err(problem),
            Err(problem) => {
                tracing::error!(reservation = %id, %problem, "a reservation did not expire")
            }
        }
    }
    Ok(ended)
}
