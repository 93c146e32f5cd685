//! The identity provider that the operator named, and what is believed of it (OpenID Connect Core 1.0,
//! code flow with PKCE).
//!
//! **Invariant.** Nobody but the operator says who is called: the addresses are those of the settings
//! and of what stands under them, by https unless they are of this machine, and no redirect is
//! followed. What it says is believed once its token is signed by a key of its own, by an algorithm
//! of the settings, and meant for us and this login.

mod addresses;
mod keys;
mod token;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, ensure};
use bytes::BytesMut;
use chrono::{DateTime, TimeDelta, Utc};
use domain::identity::{Expected, IdClaims};
use reqwest::{Client, RequestBuilder, Url, redirect};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::Semaphore;

use crate::{config::Oidc, problem::Code, problem::Problem, tls};

use addresses::Addresses;
use keys::Keys;
use token::TokenFault;

// What it publishes is looked at anew after this.
const KEPT: TimeDelta = TimeDelta::hours(1);
const ANSWER_BYTES_MAX: usize = 256 * 1_024;
const CALLS_AT_ONCE: usize = 8;

/// The provider of the settings, if there is one. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Provider(Option<Arc<Named>>);

/// A provider, and what is known of it.
pub(super) struct Named {
    settings: Oidc,
    secret: Option<String>,
    http: Client,
    places: Semaphore,
    known: Mutex<Option<Arc<Known>>>,
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Named")
            .field("issuer", &self.settings.issuer)
            .finish_non_exhaustive()
    }
}

// What it publishes of itself.
struct Known {
    addresses: Addresses,
    keys: Keys,
    read_at: DateTime<Utc>,
}

/// What a login sends along, and has to find again.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// What the provider sent a person back with.
#[derive(Debug)]
pub(super) struct Returned {
    pub(super) code: String,
    /// Who sent them (RFC 9207).
    pub(super) issuer: Option<String>,
}

impl Provider {
    /// Reads the secret of the settings; calls nobody.
    pub(crate) fn new(settings: Option<&Oidc>) -> anyhow::Result<Self> {
        let Some(settings) = settings else {
            return Ok(Self(None));
        };
        let secret = settings.client_secret_file.as_deref();
        let secret = secret.map(|path| {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let secret = text.trim().to_owned();
            ensure!(!secret.is_empty(), "{} holds no secret", path.display());
            Ok(secret)
        });
        let wait: Duration = settings.wait;
        let http = tls::client(|| {
            Client::builder()
                .redirect(redirect::Policy::none())
                .no_proxy()
                .timeout(wait)
                .user_agent("relief-depot")
        })?;
        Ok(Self(Some(Arc::new(Named {
            settings: settings.clone(),
            secret: secret.transpose()?,
            http,
            places: Semaphore::new(CALLS_AT_ONCE),
            known: Mutex::default(),
        }))))
    }

    /// The provider; refuses where none is set.
    pub(super) fn named(&self) -> Result<&Named, Problem> {
        let named = self.0.as_deref();
        named.ok_or_else(|| Problem::new(Code::NoLoginProvider))
    }
}

impl Named {
    /// The name that its tokens bear.
    pub(super) fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Where a person goes to show who they are.
    pub(super) async fn door(
        &self,
        ticket: &Ticket,
        now: DateTime<Utc>,
    ) -> Result<String, Problem> {
        let known = self.known(now).await?;
        let (client, back) = (&self.settings.client_id, &self.settings.redirect_url);
        Ok(known.addresses.door(client, back, ticket))
    }

    /// What the provider says of a person that it sent back.
    pub(super) async fn redeem(
        &self,
        returned: &Returned,
        ticket: &Ticket,
        now: DateTime<Utc>,
    ) -> Result<IdClaims, Problem> {
        let known = self.known(now).await?;
        let sender = returned.issuer.as_deref();
        if sender.is_some_and(|sender| sender != self.issuer())
            || (sender.is_none() && known.addresses.names_itself)
        {
            return Err(refused("issuer"));
        }
        let token = self.exchange(&known.addresses, returned, ticket).await?;
        let algorithms = &self.settings.algorithms;
        let claims = match token::read(&token, &known.keys, algorithms) {
            // Its keys may have changed since.
            Err(TokenFault::UnknownKey) => {
                let known = self.read(now).await?;
                token::read(&token, &known.keys, algorithms)
            }
            claims => claims,
        };
        let claims = claims.map_err(|fault| refused(&fault.to_string()))?;
        let expected = Expected {
            issuer: self.issuer(),
            client: &self.settings.client_id,
            nonce: &ticket.nonce,
            now,
        };
        let checked = claims.check(&expected);
        checked.map_err(|fault| refused(&fault.to_string()))?;
        Ok(claims)
    }

    /// Whether it says that it had a second factor shown.
    pub(super) fn had_second_factor_shown(&self, claims: &IdClaims) -> bool {
        claims.shows_second_factor(&self.settings.second_factor)
    }

    async fn known(&self, now: DateTime<Utc>) -> Result<Arc<Known>, Problem> {
        let known = self.kept().clone();
        match known.filter(|known| (now - known.read_at).abs() < KEPT) {
            Some(known) => Ok(known),
            None => self.read(now).await,
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Arc<Known>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // Reads anew what it publishes.
    async fn read(&self, now: DateTime<Utc>) -> Result<Arc<Known>, Problem> {
        let document = addresses::of(self.issuer()).map_err(|error| unreachable(&error))?;
        let document: addresses::Document = self.get(document).await?;
        let addresses = document.check(self.issuer());
        let addresses = addresses.map_err(|error| unreachable(&error))?;
        let keys: keys::Published = self.get(addresses.keys.clone()).await?;
        let known = Arc::new(Known {
            addresses,
            keys: keys.usable(),
            read_at: now,
        });
        *self.kept() = Some(Arc::clone(&known));
        Ok(known)
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, Problem> {
        let (status, body) = self.call(self.http.get(url)).await?;
        if !status.is_success() {
            return Err(unreachable(&anyhow::anyhow!("it answers {status}")));
        }
        serde_json::from_slice(&body).map_err(|error| unreachable(&error.into()))
    }

    // The identity token for the code that a person came back with.
    async fn exchange(
        &self,
        addresses: &Addresses,
        returned: &Returned,
        ticket: &Ticket,
    ) -> Result<String, Problem> {
        #[derive(Deserialize)]
        struct Given {
            id_token: Option<String>,
        }
        #[derive(Deserialize)]
        struct Refusal {
            error: String,
        }
        let mut request = self.http.post(addresses.token.clone());
        // RFC 6749, 2.3.1: both parts are encoded first.
        if let (Some(secret), true) = (&self.secret, addresses.takes_basic) {
            let client = encoded(&self.settings.client_id);
            request = request.basic_auth(client, Some(encoded(secret)));
        }
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(self.form(addresses, returned, ticket));
        let (status, body) = self.call(request).await?;
        if status.is_client_error()
            && let Ok(Refusal { error }) = serde_json::from_slice(&body)
        {
            let is_word = |sign: char| sign.is_ascii_lowercase() || sign == '_';
            let is_known = error.len() <= 64 && error.chars().all(is_word);
            return Err(refused(if is_known { &error } else { "refused" }));
        }
        if !status.is_success() {
            return Err(unreachable(&anyhow::anyhow!("it answers {status}")));
        }
        let given: Result<Given, _> = serde_json::from_slice(&body);
        let given = given.map_err(|error| unreachable(&error.into()))?;
        given.id_token.ok_or_else(|| refused("no-token"))
    }

    fn form(&self, addresses: &Addresses, returned: &Returned, ticket: &Ticket) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", &returned.code)
            .append_pair("redirect_uri", &self.settings.redirect_url)
            .append_pair("code_verifier", &ticket.verifier);
        match &self.secret {
            Some(_) if addresses.takes_basic => {}
            Some(secret) => {
                form.append_pair("client_id", &self.settings.client_id)
                    .append_pair("client_secret", secret);
            }
            None => {
                form.append_pair("client_id", &self.settings.client_id);
            }
        }
        form.finish()
    }

    async fn call(
        &self,
        request: RequestBuilder,
    ) -> Result<(reqwest::StatusCode, BytesMut), Problem> {
        let place = tokio::time::timeout(self.settings.wait, self.places.acquire()).await;
        let _place = place
            .map_err(|_| Problem::new(Code::Busy))?
            .map_err(Problem::internal)?;
        answer(request).await.map_err(|error| unreachable(&error))
    }
}

async fn answer(request: RequestBuilder) -> anyhow::Result<(reqwest::StatusCode, BytesMut)> {
    // The address of a token may stand in an error; it is no secret, but nothing of it is needed.
    let mut response = request.send().await.map_err(reqwest::Error::without_url)?;
    let mut body = BytesMut::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(reqwest::Error::without_url)?
    {
        let fits = body.len() + chunk.len() <= ANSWER_BYTES_MAX;
        ensure!(fits, "its answer is longer than {ANSWER_BYTES_MAX} bytes");
        body.extend_from_slice(&chunk);
    }
    Ok((response.status(), body))
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

// The operator has to see why; whoever logs in does not.
fn unreachable(error: &anyhow::Error) -> Problem {
    tracing::warn!(
        error = format!("{error:#}"),
        "the identity provider cannot be reached"
    );
    Problem::new(Code::ProviderUnreachable)
}

fn refused(reason: &str) -> Problem {
    tracing::warn!(reason, "the identity provider's word was not taken");
    Problem::new(Code::ProviderLoginRefused).with("reason", reason)
}
