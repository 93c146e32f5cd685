//! Proving who one is: by password, and by a second factor where there is one.
//!
//! **Invariant.** A login answers the same for every wrong input, and as slowly. Wrong passwords and
//! wrong codes are counted together, by account and by network, and while either is locked neither is
//! looked at. An account without a password is no other than none. What a login lacks it may be sent again with: nothing is kept between two tries.

use chrono::TimeDelta;
use domain::kernel::{Id, kinds};

use crate::{
    app::App,
    http::Network,
    problem::{Code, Problem},
    secrets::Secrets,
    uow::{self, Request},
};

use super::{
    Caller,
    commands::{Fresh, NoteFailedLogin, OpenSession, Proof, check_not_locked, is_wrong_code},
    networks, password,
    queries::{self, Credential},
    wire::{CreateSessionBody, SessionView},
};

const OPERATOR: &str = "login";
/// A login so long ago still shows who is there.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// Opens a session for whoever proves to be the account.
pub(super) async fn log_in(
    app: &App,
    network: Option<Network>,
    body: CreateSessionBody,
) -> Result<SessionView, Problem> {
    networks::check(app, network).await?;
    let credential = queries::credential_by_login(app.db.latest(), &body.login).await?;
    // Where there is no password there is nothing to guess, and so nothing to count or to lock.
    let credential = credential.filter(|known| known.password_hash.is_some());
    let proved = prove(app, credential, &body.password).await?;
    // Others of the network may have guessed meanwhile: of many that came together none is told.
    networks::check(app, network).await?;
    let hash = proved
        .as_ref()
        .and_then(|known| known.password_hash.clone());
    let Some((known, hash)) = proved.zip(hash) else {
        networks::note_failure(app, network).await?;
        return Err(Problem::new(Code::LoginFailed));
    };
    let fresh = match body.new_password {
        Some(new) => {
            differs(&body.password, &new, "/new_password")?;
            Some(renewed(app, known.account, new, "/new_password").await?)
        }
        None => None,
    };
    let policy = app.config.policy();
    if fresh.is_none() {
        check_may_stay(app, &known)?;
    }
    let command = OpenSession {
        account: known.account,
        lifetime: app.config.session_lifetime(),
        policy,
        proof: Proof::Password {
            hash,
            code: with_secrets(app, body.code)?,
        },
        network,
        fresh,
    };
    open(app, network, command).await
}

/// A code, with what it takes to look at it.
pub(super) fn with_secrets(
    app: &App,
    code: Option<String>,
) -> Result<Option<(String, Secrets)>, Problem> {
    let Some(code) = code else {
        return Ok(None);
    };
    let secrets = Secrets::open(&app.config).map_err(Problem::internal)?;
    Ok(Some((code, secrets)))
}

/// Opens a session; a wrong code is counted.
pub(super) async fn open(
    app: &App,
    network: Option<Network>,
    command: OpenSession,
) -> Result<SessionView, Problem> {
    let account = command.account;
    let opened = uow::execute(app, &Request::operator(OPERATOR), command).await;
    if opened.as_ref().err().is_some_and(is_wrong_code) {
        networks::note_failure(app, network).await?;
    }
    Ok(counted(app, account, opened).await?.output)
}

// A password that is too old, or that somebody else chose, opens nothing but its own change.
fn check_may_stay(app: &App, known: &Credential) -> Result<(), Problem> {
    let policy = app.config.policy();
    if known.password_given {
        return Err(Problem::new(Code::PasswordGiven));
    }
    if policy.is_too_old(known.password_set_at, app.clock.now()) {
        let days = policy.password_days_max.value;
        return Err(Problem::new(Code::PasswordExpired).with("days_max", days));
    }
    Ok(())
}

/// Refuses a new password that is the present one.
pub(super) fn differs(current: &str, new: &str, pointer: &str) -> Result<(), Problem> {
    if current != new {
        return Ok(());
    }
    Err(Problem::field(
        pointer,
        "password",
        "新密码与现在的相同",
        "the new password is the present one",
    ))
}

/// A password that the account may take next, as it is kept.
pub(super) async fn renewed(
    app: &App,
    account: Id<kinds::Account>,
    password: String,
    pointer: &str,
) -> Result<Fresh, Problem> {
    if let Err(fault) = password::allowed_next(app, account, &password).await? {
        let (zh, en) = (fault.message.zh, fault.message.en);
        return Err(Problem::field(pointer, fault.code, zh, en));
    }
    Ok(Fresh {
        hash: password::hash(app, password).await?,
        given: false,
        remembered: app.config.policy().passwords_remembered.value,
    })
}

/// Refuses unless whoever asks has just shown who they are: by the password of their account at
/// `/password`, or where it has none by a login of the last minutes.
pub(super) async fn prove_again(
    app: &App,
    caller: &Caller,
    account: Id<kinds::Account>,
    password: Option<String>,
) -> Result<(), Problem> {
    if has_password(app, account).await? {
        let required = || Problem::field("/password", "required", "必填", "this field is required");
        let password = password.ok_or_else(required)?;
        return prove_own(app, account, password, "/password").await;
    }
    let opened_at = match caller.session() {
        Some(session) => queries::opened_at(app.db.latest(), session).await?,
        None => None,
    };
    let fresh_since = app.clock.now() - FRESH;
    match opened_at {
        Some(opened_at) if opened_at >= fresh_since => Ok(()),
        _ => Err(Problem::new(Code::LoginTooOld).with("fresh_s", FRESH.num_seconds())),
    }
}

/// Whether a password opens the account.
pub(super) async fn has_password(app: &App, account: Id<kinds::Account>) -> Result<bool, Problem> {
    let credential = queries::credential(app.db.latest(), account).await?;
    Ok(credential.is_some_and(|known| known.password_hash.is_some()))
}

/// Refuses unless the password at `pointer` is the account's own.
pub(super) async fn prove_own(
    app: &App,
    account: Id<kinds::Account>,
    password: String,
    pointer: &str,
) -> Result<(), Problem> {
    let credential = queries::credential(app.db.latest(), account).await?;
    if prove(app, credential, &password).await?.is_none() {
        return Err(Problem::field(
            pointer,
            "wrong",
            "现密码不对",
            "the present password is wrong",
        ));
    }
    Ok(())
}

/// What came of looking at a code; a wrong one is counted.
pub(super) async fn counted<T>(
    app: &App,
    account: Id<kinds::Account>,
    outcome: Result<T, Problem>,
) -> Result<T, Problem> {
    if outcome.as_ref().err().is_some_and(is_wrong_code) {
        note_failure(app, account).await?;
    }
    outcome
}

// The account, if the password is its own. A wrong one is counted, and while the account is locked
// none is looked at.
async fn prove(
    app: &App,
    credential: Option<Credential>,
    password: &str,
) -> Result<Option<Credential>, Problem> {
    if let Some(known) = &credential {
        check_not_locked(known.locked_until, app.clock.now())?;
    }
    let hash = credential
        .as_ref()
        .and_then(|known| known.password_hash.clone());
    if password::verify(app, password.to_owned(), hash).await? {
        return Ok(credential);
    }
    if let Some(known) = credential {
        note_failure(app, known.account).await?;
    }
    Ok(None)
}

async fn note_failure(app: &App, account: Id<kinds::Account>) -> Result<(), Problem> {
    let rule = app.config.policy().lockout();
    let wrong = NoteFailedLogin { account, rule };
    uow::execute(app, &Request::operator(OPERATOR), wrong).await?;
    Ok(())
}
