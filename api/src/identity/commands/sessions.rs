//! Sessions: opened, ended, and refused after too many wrong passwords and codes.
//!
//! **Invariant.** Every wrong password or code is counted, however many come together, and while an
//! account is locked even the right ones open no session. An account with a second factor is opened
//! by both.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    identity::{AccountPolicy, Capability, LockoutRule},
    kernel::{Id, kinds},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel,
    QueryFilter, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    app::App,
    http::Network,
    ids,
    problem::{Code, Problem},
    scope::{Scope, reference, to_change},
    secrets::Secrets,
    uow::{Command, Permission, Uow},
};

use crate::identity::{
    caller::{SESSION_PREFIX, token_hash},
    queries,
    rows::{account, provider_login, session},
    wire::{SessionEndedView, SessionView, SessionsEndedView},
};

use super::{
    accounts::{Fresh, managed_account, renew},
    second_factor::spend,
};

/// What whoever opens a session has shown.
#[derive(Debug)]
pub(in crate::identity) enum Proof {
    /// The password of this hash, and a code if one came, with what it takes to look at it.
    Password {
        hash: String,
        code: Option<(String, Secrets)>,
    },
    /// A word of the identity provider, which is used up: how many factors it says were shown, and
    /// a code if one came.
    Provider {
        login: String,
        identity: Uuid,
        factors: i64,
        code: Option<(String, Secrets)>,
    },
    /// That it is the operator's console.
    Console,
}

/// Opens a session for an account whose password was right.
#[derive(Debug)]
pub(in crate::identity) struct OpenSession {
    pub(in crate::identity) account: Id<kinds::Account>,
    pub(in crate::identity) lifetime: TimeDelta,
    pub(in crate::identity) policy: &'static AccountPolicy,
    pub(in crate::identity) proof: Proof,
    /// Where it is opened from.
    pub(in crate::identity) network: Option<Network>,
    /// A password to take from now on.
    pub(in crate::identity) fresh: Option<Fresh>,
}

impl Command for OpenSession {
    type Output = SessionView;
    const NAME: &'static str = "identity.open_session";
    const PERMISSION: Permission =
        Permission::Unasked("the password or the provider's word is the permission");
    const SECRET: &'static [&'static str] = &["token"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<SessionView, Problem> {
        let row = to_change::<account::Entity>(&Scope::Everything)
            .filter(account::Column::Id.eq(self.account.uuid()))
            .filter(account::Column::State.eq("active"))
            .one(uow.db())
            .await?
            .ok_or_else(|| Problem::new(Code::LoginFailed))?;
        // Wrong guesses that came together with this right one may have locked it meanwhile.
        check_not_locked(row.locked_until, uow.now())?;
        let factors = self.factors(uow, &row).await?;
        let mut change = row.clone().into_active_model();
        if let Some(step) = factors.step {
            change.totp_last_step = Set(Some(step));
        }
        if let Some(fresh) = &self.fresh {
            renew(uow, &row, &mut change, fresh).await?;
        }
        change.failed_attempts = Set(0);
        change.locked_until = Set(None);
        change.update(uow.db()).await?;
        let roles = queries::roles(uow.db(), self.account).await?;
        let roles = roles.iter().map(|(role, _)| *role);
        let owes = factors.count < 2 && self.policy.demands_second_factor(roles);
        let id: Id<kinds::Session> = uow.id();
        let token = format!("{SESSION_PREFIX}{}", hex::encode(ids::random::<32>()));
        let expires_at = uow.now() + self.lifetime;
        session::ActiveModel {
            id: Set(id.uuid()),
            account_id: Set(self.account.uuid()),
            token_hash: Set(token_hash(&token)),
            created_at: Set(uow.now()),
            expires_at: Set(expires_at),
            used_at: Set(uow.now()),
            revoked_at: Set(None),
            factors: Set(factors.count),
            network: Set(self.network.map(|network| network.to_string())),
        }
        .insert(uow.db())
        .await?;
        uow.subject(id, None);
        Ok(SessionView {
            id,
            token,
            expires_at,
            account_id: self.account,
            owes: owed(owes),
        })
    }
}

// How many factors were shown, and the step whose code was one of them.
struct Factors {
    count: i64,
    step: Option<i64>,
}

impl OpenSession {
    async fn factors(&self, uow: &Uow<'_>, row: &account::Model) -> Result<Factors, Problem> {
        let (shown, code) = match &self.proof {
            // Whoever has the console has the database.
            Proof::Console => (2, None),
            // A password that was changed since it was looked at opens nothing any more.
            Proof::Password { hash, .. } if row.password() != Some(hash) => {
                return Err(Problem::new(Code::LoginFailed));
            }
            Proof::Password { code, .. } => (1, code.as_ref()),
            Proof::Provider {
                login,
                identity,
                factors,
                code,
            } => {
                use_up(uow, login, *identity).await?;
                (*factors, code.as_ref())
            }
        };
        // A code where none is asked for is not looked at.
        if shown > 1 || row.totp_confirmed_at.is_none() {
            let (count, step) = (shown, None);
            return Ok(Factors { count, step });
        }
        let missing = || Problem::new(Code::SecondFactorMissing);
        let (code, secrets) = code.ok_or_else(missing)?;
        let step = spend(uow, row, secrets, code).await?;
        Ok(Factors { count: 2, step })
    }
}

// A login by the provider opens one session, and none once its identity was parted from the account.
async fn use_up(uow: &Uow<'_>, login: &str, identity: Uuid) -> Result<(), Problem> {
    // Its row stays until it would be over anyway, so that nothing goes on from it again.
    let used = provider_login::Entity::update_many()
        .col_expr(
            provider_login::Column::IdentityId,
            Expr::value(None::<Uuid>),
        )
        .filter(provider_login::Column::LoginHash.eq(login))
        .filter(provider_login::Column::IdentityId.eq(identity))
        .exec(uow.db())
        .await?;
    match used.rows_affected {
        1 => Ok(()),
        _ => Err(Problem::new(Code::ProviderLoginInvalid)),
    }
}

/// What a session owes, as the API names it.
pub(in crate::identity) fn owed(second_factor: bool) -> Vec<String> {
    let owed = second_factor.then(|| "second_factor".to_owned());
    owed.into_iter().collect()
}

/// Counts a wrong password or code; after several, the account is locked for a while.
#[derive(Debug)]
pub(in crate::identity) struct NoteFailedLogin {
    pub(in crate::identity) account: Id<kinds::Account>,
    pub(in crate::identity) rule: LockoutRule,
}

impl Command for NoteFailedLogin {
    type Output = ();
    const NAME: &'static str = "identity.note_failed_login";
    const PERMISSION: Permission = Permission::Unasked("nobody has logged in yet");

    async fn run(&self, uow: &mut Uow<'_>) -> Result<(), Problem> {
        let Some(row) = to_change::<account::Entity>(&Scope::Everything)
            .filter(account::Column::Id.eq(self.account.uuid()))
            .one(uow.db())
            .await?
        else {
            return Ok(());
        };
        let failed = row.failed_attempts + 1;
        let until = self
            .rule
            .locked_until(u32::try_from(failed).unwrap_or(u32::MAX), uow.now());
        let mut change = row.into_active_model();
        change.failed_attempts = Set(failed);
        change.locked_until = Set(until);
        change.update(uow.db()).await?;
        uow.subject(self.account, None);
        Ok(())
    }
}

/// Refuses while an account rests after wrong passwords.
pub(in crate::identity) fn check_not_locked(
    locked_until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    match locked_until {
        Some(until) if until > now => {
            let wait_s = (until - now).num_seconds().max(1);
            Err(Problem::new(Code::TooManyAttempts).with("retry_after_s", wait_s))
        }
        _ => Ok(()),
    }
}

/// Ends a session: one's own, or that of an account one manages.
#[derive(Debug)]
pub(in crate::identity) struct EndSession {
    pub(in crate::identity) session: Id<kinds::Session>,
}

impl Command for EndSession {
    type Output = SessionEndedView;
    const NAME: &'static str = "identity.end_session";
    const PERMISSION: Permission = Permission::OwnOr(&[Capability::ManageAccounts]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<SessionEndedView, Problem> {
        let row = reference::<session::Entity>()
            .filter(session::Column::Id.eq(self.session.uuid()))
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        let organisation = of_holder(uow, Id::from_uuid(row.account_id)).await?;
        let revoked_at = row.revoked_at.unwrap_or(uow.now());
        let mut change = row.into_active_model();
        change.revoked_at = Set(Some(revoked_at));
        change.update(uow.db()).await?;
        uow.subject(self.session, organisation);
        Ok(SessionEndedView { revoked_at })
    }
}

/// Ends all sessions of an account one manages, or all of one's own but the one that asks.
#[derive(Debug)]
pub(in crate::identity) struct EndSessions {
    pub(in crate::identity) account: Id<kinds::Account>,
}

impl Command for EndSessions {
    type Output = SessionsEndedView;
    const NAME: &'static str = "identity.end_sessions";
    const PERMISSION: Permission = Permission::OwnOr(&[Capability::ManageAccounts]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<SessionsEndedView, Problem> {
        let organisation = of_holder(uow, self.account).await?;
        // That of another account is none of these.
        let kept = uow.caller().session();
        let ended = end_sessions_but(uow, self.account, kept).await?;
        uow.subject(self.account, organisation);
        Ok(SessionsEndedView {
            account_id: self.account,
            ended_at: uow.now(),
            ended,
        })
    }
}

// Whose sessions the caller may end: its own, and those of accounts that it manages. Answers with the
// organisation of the account.
async fn of_holder(uow: &Uow<'_>, holder: Id<kinds::Account>) -> Result<Option<Uuid>, Problem> {
    if uow.is_own(holder) {
        return Ok(uow.caller().organisation());
    }
    let row = managed_account(uow, holder).await?;
    Ok(Some(row.organisation_id))
}

/// Ends all sessions of an account.
pub(super) async fn end_sessions(
    uow: &Uow<'_>,
    account: Id<kinds::Account>,
) -> Result<(), Problem> {
    end_sessions_but(uow, account, None).await?;
    Ok(())
}

/// Ends all sessions of an account but this one; answers how many these were.
pub(super) async fn end_sessions_but(
    uow: &Uow<'_>,
    account: Id<kinds::Account>,
    kept: Option<Uuid>,
) -> Result<u64, Problem> {
    let others = kept.map(|kept| session::Column::Id.ne(kept));
    let ended = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(uow.now()))
        .filter(session::Column::AccountId.eq(account.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .filter(Condition::all().add_option(others))
        .exec(uow.db())
        .await?;
    Ok(ended.rows_affected)
}

/// Forgets sessions that ended a while ago. Run by the server's jobs.
pub(crate) async fn sweep_sessions(app: &App) -> Result<u64, Problem> {
    const KEPT_DAYS: i64 = 30;
    let before = app.clock.now() - TimeDelta::days(KEPT_DAYS);
    let swept = session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lt(before))
        .exec(app.db.writer())
        .await?;
    Ok(swept.rows_affected)
}
