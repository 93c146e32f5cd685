//! Logging in by the identity provider.
//!
//! **Invariant.** A login is begun without a row: what it has to find again is sealed into the handle
//! that its client keeps, so that strangers fill no table, and what the provider sends back to one
//! browser is of no use in another. It is used once, on whichever server, before the provider is
//! asked. What it lacks then, a code, it may be sent again with for as long as it lasts.

use chrono::{DateTime, TimeDelta, Utc};
use domain::identity::IdClaims;
use futures_util::FutureExt as _;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryTrait,
    sea_query::{Expr, OnConflict},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    app::App,
    http::Network,
    ids,
    problem::{Code, Problem},
    scope::reference,
    secrets::Secrets,
    uow::without_entry,
};

use super::{
    caller::token_hash,
    commands::{OpenSession, Proof},
    login, networks,
    provider::{Returned, Ticket},
    queries,
    rows::provider_login::{ActiveModel, Column, Entity, Model},
    wire::{FinishProviderLoginBody, ProviderLoginView, SessionView},
};

const LASTS: TimeDelta = TimeDelta::minutes(10);
const SEED_BYTES: usize = 32;
// Handles belong to nobody yet.
const NOBODY: Uuid = Uuid::nil();

/// A login that is under way.
struct Pending {
    seed: [u8; SEED_BYTES],
    expires_at: DateTime<Utc>,
}

/// Begins a login: answers where to go, and what to come back with.
pub(super) async fn begin(app: &App) -> Result<ProviderLoginView, Problem> {
    let provider = app.provider.named()?;
    let now = app.clock.now();
    let pending = Pending {
        seed: ids::random(),
        expires_at: now + LASTS,
    };
    let authorization_url = provider.door(&pending.ticket(), now).await?;
    let secrets = Secrets::open(&app.config).map_err(Problem::internal)?;
    Ok(ProviderLoginView {
        handle: pending.seal(&secrets).map_err(Problem::internal)?,
        authorization_url,
        expires_at: pending.expires_at,
    })
}

/// Ends a login: opens a session for the account that the provider's word stands for.
pub(super) async fn finish(
    app: &App,
    network: Option<Network>,
    body: FinishProviderLoginBody,
) -> Result<SessionView, Problem> {
    app.provider.named()?;
    networks::check(app, network).await?;
    let secrets = Secrets::open(&app.config).map_err(Problem::internal)?;
    let invalid = || Problem::new(Code::ProviderLoginInvalid);
    let pending = Pending::unseal(&secrets, &body.handle).ok_or_else(invalid)?;
    if pending.expires_at <= app.clock.now() {
        return Err(invalid());
    }
    let shown = match body.authorization_code {
        Some(code) => {
            // Hashes are compared, so that the time it takes tells nothing of the state.
            let state = body.state.unwrap_or_default();
            if token_hash(&state) != token_hash(&pending.ticket().state) {
                return Err(invalid());
            }
            let issuer = body.issuer;
            let shown = ask(app, &pending, Returned { code, issuer }).await;
            if shown.as_ref().is_err_and(Problem::is_refusal) {
                networks::note_failure(app, network).await?;
            }
            shown?
        }
        None => known(app, &pending).await?.ok_or_else(invalid)?,
    };
    let identity = shown.identity_id.ok_or_else(invalid)?;
    let account = queries::account_of(app.db.latest(), identity).await?;
    let command = OpenSession {
        account: account.ok_or_else(invalid)?,
        lifetime: app.config.session_lifetime(),
        policy: app.config.policy(),
        proof: Proof::Provider {
            login: shown.login_hash,
            identity,
            factors: shown.factors,
            code: login::with_secrets(app, body.code)?,
        },
        network,
        fresh: None,
    };
    login::open(app, network, command).await
}

// Asks the provider, and notes whom it meant.
async fn ask(app: &App, pending: &Pending, returned: Returned) -> Result<Model, Problem> {
    let provider = app.provider.named()?;
    claim(app, pending).await?;
    let ticket = pending.ticket();
    let claims = provider.redeem(&returned, &ticket, app.clock.now()).await?;
    let factors = if provider.had_second_factor_shown(&claims) {
        2
    } else {
        1
    };
    let IdClaims {
        issuer, subject, ..
    } = claims;
    let identity = queries::linked(app.db.latest(), &issuer, &subject).await?;
    let Some(identity) = identity else {
        let unknown = Problem::new(Code::IdentityNotLinked);
        return Err(unknown.with("issuer", issuer).with("subject", subject));
    };
    let login_hash = pending.hash();
    let noted = Entity::update_many()
        .col_expr(Column::IdentityId, Expr::value(identity))
        .col_expr(Column::Factors, Expr::value(factors))
        .filter(Column::LoginHash.eq(login_hash.clone()));
    without_entry(app, move |transaction| {
        async move {
            noted.exec(transaction).await?;
            Ok(true)
        }
        .boxed()
    })
    .await?;
    Ok(Model {
        login_hash,
        identity_id: Some(identity),
        factors,
        expires_at: pending.expires_at,
    })
}

// Of several that come back together one goes on.
async fn claim(app: &App, pending: &Pending) -> Result<(), Problem> {
    let claim = ActiveModel {
        login_hash: Set(pending.hash()),
        identity_id: Set(None),
        factors: Set(1),
        expires_at: Set(pending.expires_at),
    };
    let mut insert = Entity::insert(claim).into_query();
    insert.on_conflict(
        OnConflict::column(Column::LoginHash)
            .do_nothing()
            .to_owned(),
    );
    let is_first = without_entry(app, move |transaction| {
        async move { Ok(transaction.execute(&insert).await?.rows_affected() == 1) }.boxed()
    });
    match is_first.await? {
        true => Ok(()),
        false => Err(Problem::new(Code::ProviderLoginInvalid)),
    }
}

async fn known(app: &App, pending: &Pending) -> Result<Option<Model>, Problem> {
    let known = reference::<Entity>()
        .filter(Column::LoginHash.eq(pending.hash()))
        .one(app.db.latest())
        .await?;
    Ok(known)
}

/// Forgets logins that are over. Run by the server's jobs.
pub(crate) async fn sweep_provider_logins(app: &App) -> Result<u64, Problem> {
    let swept = Entity::delete_many()
        .filter(Column::ExpiresAt.lt(app.clock.now()))
        .exec(app.db.writer())
        .await?;
    Ok(swept.rows_affected)
}

impl Pending {
    // What is sent along follows from the seed, each by a way of its own.
    fn ticket(&self) -> Ticket {
        Ticket {
            state: self.derived("state"),
            nonce: self.derived("nonce"),
            verifier: self.derived("verifier"),
        }
    }

    fn derived(&self, what: &str) -> String {
        let hash = Sha256::new()
            .chain_update(b"relief-depot login ")
            .chain_update(what)
            .chain_update([0])
            .chain_update(self.seed);
        hex::encode(hash.finalize())
    }

    fn hash(&self) -> String {
        self.derived("row")
    }

    fn seal(&self, secrets: &Secrets) -> anyhow::Result<String> {
        let end = self.expires_at.timestamp().to_be_bytes();
        secrets.seal(NOBODY, &[&self.seed[..], &end].concat())
    }

    fn unseal(secrets: &Secrets, handle: &str) -> Option<Self> {
        let opened = secrets.unseal(NOBODY, handle).ok()?;
        let (seed, end) = opened.split_first_chunk()?;
        let end = i64::from_be_bytes(end.try_into().ok()?);
        Some(Self {
            seed: *seed,
            expires_at: DateTime::from_timestamp(end, 0)?,
        })
    }
}
