//! How far it is from depots to sites.
//!
//! **Invariant.** Every leg names the source of its figures, and a pair that no source can join is
//! said to be unreachable. There is one source so far, the great circle, which is always there.

mod queries;
mod routes;
mod wire;

pub(crate) use queries::matrix;
pub(crate) use routes::router;
