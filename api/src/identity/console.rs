//! What the operator's console may do without a login, for the demonstration.
//!
//! **Invariant.** Only the server's own commands reach this; no address leads here.

use chrono::TimeDelta;
use domain::kernel::{Id, kinds};

use crate::{
    app::App,
    problem::Problem,
    uow::{self, Request},
};

use super::{
    commands::{EndSession, OpenSession},
    password,
};

const OPERATOR: &str = "console";

/// The hash of a password to keep.
pub(crate) async fn hash_password(app: &App, password: String) -> Result<String, Problem> {
    password::hash(app, password).await
}

/// Opens a session of an account and answers with its token.
pub(crate) async fn open_session(
    app: &App,
    account: Id<kinds::Account>,
) -> Result<(Id<kinds::Session>, String), Problem> {
    let lifetime = TimeDelta::from_std(app.config.session_lifetime).map_err(Problem::internal)?;
    let opened = OpenSession { account, lifetime };
    let done = uow::execute(app, &Request::operator(OPERATOR), opened).await?;
    Ok((done.output.id, done.output.token))
}

/// Ends a session.
pub(crate) async fn end_session(app: &App, session: Id<kinds::Session>) -> Result<(), Problem> {
    let ended = EndSession { session };
    uow::execute(app, &Request::operator(OPERATOR), ended).await?;
    Ok(())
}
