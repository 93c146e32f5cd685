//! Who may do what: accounts, sessions, API keys and the roles they hold.
//!
//! **Invariant.** There is no default account. Tokens and keys are kept as hashes only and are
//! looked up at every use, so that revoking one works at once. A role reaches down its
//! organisation's subtree, never up or sideways.

mod by_provider;
mod caller;
mod codes;
mod commands;
mod console;
mod login;
mod networks;
mod password;
mod provider;
mod queries;
mod routes;
mod rows;
mod setup;
mod wire;

pub(crate) use by_provider::sweep_provider_logins;
pub(crate) use caller::{Caller, Uses, authenticate};
pub(crate) use commands::{CreateAccount, sweep_sessions};
pub(crate) use console::{
    end_session, hash_password, is_password, open_session, reset_second_factor,
};
pub(crate) use networks::sweep_networks;
pub(crate) use provider::Provider;
pub(crate) use routes::router;
pub(crate) use setup::announce;

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}
