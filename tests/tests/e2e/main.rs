//! The end-to-end tests: one program, one file per context or topic.
//!
//! **Invariant.** Each test has a server and a database of its own and passes on both databases.
//! One program, because each would link the whole server again.

mod pages;
