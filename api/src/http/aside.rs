//! Reading what takes a while to read.
//!
//! **Invariant.** Work for the processor goes on beside the threads that serve everyone.

use crate::problem::Problem;

/// Parses beside them.
pub(crate) async fn aside<T: Send + 'static>(
    parse: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(parse)
        .await
        .map_err(Problem::internal)?
}
