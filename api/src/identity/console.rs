//! What the operator's console may do without a login: for the demonstration, and where nobody is left
//! who could.
//!
//! **Invariant.** Only the server's own commands reach this; no address leads here.

use domain::kernel::{Id, Text, kinds};

use crate::{
    app::App,
    problem::Problem,
    uow::{self, Request},
};

use super::{
    commands::{EndSession, OpenSession, Proof, Removal, RemoveSecondFactor},
    password, queries,
};

const OPERATOR: &str = "console";

/// The hash of a password to keep.
pub(crate) async fn hash_password(app: &App, password: String) -> Result<String, Problem> {
    password::hash(app, password).await
}

/// Whether this is the password of this hash.
pub(crate) async fn is_password(
    app: &App,
    password: String,
    hash: String,
) -> Result<bool, Problem> {
    password::verify(app, password, Some(hash)).await
}

/// Opens a session of an account and answers with its token.
pub(crate) async fn open_session(
    app: &App,
    account: Id<kinds::Account>,
) -> Result<(Id<kinds::Session>, String), Problem> {
    let opened = OpenSession {
        account,
        lifetime: app.config.session_lifetime(),
        policy: app.config.policy(),
        proof: Proof::Console,
        network: None,
        fresh: None,
    };
    let done = uow::execute(app, &Request::operator(OPERATOR), opened).await?;
    Ok((done.output.id, done.output.token))
}

/// Takes the second factor of an account away, whose holder has lost it.
pub(crate) async fn reset_second_factor(
    app: &App,
    login: &str,
    reason: Text<1000>,
) -> Result<(), Problem> {
    let credential = queries::credential_by_login(app.db.read(), login).await?;
    let reset = RemoveSecondFactor {
        account: credential.ok_or_else(Problem::not_found)?.account,
        removal: Removal::Reset { reason },
    };
    uow::execute(app, &Request::operator(OPERATOR), reset).await?;
    Ok(())
}

/// Ends a session.
pub(crate) async fn end_session(app: &App, session: Id<kinds::Session>) -> Result<(), Problem> {
    let ended = EndSession { session };
    uow::execute(app, &Request::operator(OPERATOR), ended).await?;
    Ok(())
}
