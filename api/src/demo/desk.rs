//! The people of the demonstration at their desks: requests to the server itself, without a
//! network between.
//!
//! **Invariant.** A request passes all that a request from outside passes: who asks, what they may,
//! the contract, the unit of work.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use axum::{
    body::Body,
    http::{Request, header},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::{
    app::App,
    catalogue,
    depots::{self, DepotSelection},
    http, ids, organisations,
    scope::Scope,
};

use super::accounts::{APPROVER, DISPATCHER, KEEPER, STEWARD, receiver_of};

/// One person who may ask.
#[derive(Clone)]
pub(super) struct Person {
    service: axum::Router,
    token: String,
}

/// The people that the making needs.
pub(super) struct Desk {
    pub(super) dispatcher: Person,
    pub(super) approver: Person,
    pub(super) keeper: Person,
    pub(super) steward: Person,
    // By login.
    everyone: BTreeMap<String, Person>,
}

impl Desk {
    pub(super) fn new(app: &App, tokens: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let service = http::service(app.clone());
        let people = tokens.iter().map(|(login, token)| {
            let (service, token) = (service.clone(), token.clone());
            (login.clone(), Person { service, token })
        });
        let everyone: BTreeMap<_, _> = people.collect();
        Ok(Self {
            dispatcher: find(&everyone, DISPATCHER)?.clone(),
            approver: find(&everyone, APPROVER)?.clone(),
            keeper: find(&everyone, KEEPER)?.clone(),
            steward: find(&everyone, STEWARD)?.clone(),
            everyone,
        })
    }

    /// Who signs for an organisation.
    pub(super) fn receiver(&self, organisation: &str) -> anyhow::Result<&Person> {
        find(&self.everyone, &receiver_of(organisation))
    }
}

impl Person {
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = Request::get(path).body(Body::empty())?;
        self.ask(request).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let request = Request::post(path)
            .header("idempotency-key", hex::encode(ids::random::<16>()))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))?;
        self.ask(request).await
    }

    /// Asks for an action that takes no body.
    pub(super) async fn act(&self, path: &str) -> anyhow::Result<Value> {
        let request = Request::post(path)
            .header("idempotency-key", hex::encode(ids::random::<16>()))
            .body(Body::empty())?;
        self.ask(request).await
    }

    async fn ask(&self, mut request: Request<Body>) -> anyhow::Result<Value> {
        let asked = format!("{} {}", request.method(), request.uri());
        let token = format!("Bearer {}", self.token).parse()?;
        request.headers_mut().insert(header::AUTHORIZATION, token);
        let answer = self.service.clone().oneshot(request).await?;
        let status = answer.status();
        let bytes = answer.into_body().collect().await?.to_bytes();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if !status.is_success() {
            bail!("{asked}: {status}: {body}");
        }
        Ok(body)
    }
}

/// Ids of things by the codes that the files use.
pub(super) struct Names {
    organisations: BTreeMap<String, String>,
    depots: BTreeMap<String, String>,
    items: BTreeMap<String, String>,
}

impl Names {
    pub(super) async fn read(app: &App, items: &[String]) -> anyhow::Result<Self> {
        let (db, scope) = (app.db.read(), Scope::Everything);
        let organisations = organisations::directory(db, &scope).await?;
        let depots = depots::depots_where(db, &scope, &DepotSelection::default()).await?;
        let items = catalogue::find_items(db, items.iter().map(String::as_str)).await?;
        Ok(Self {
            organisations: organisations
                .into_iter()
                .map(|known| (known.code, known.id.to_string()))
                .collect(),
            depots: depots
                .into_iter()
                .map(|depot| (depot.code, depot.id.to_string()))
                .collect(),
            items: items
                .into_iter()
                .filter_map(|(code, ids)| Some((code, ids.first()?.to_string())))
                .collect(),
        })
    }

    pub(super) fn organisation(&self, code: &str) -> anyhow::Result<&str> {
        find(&self.organisations, code).map(String::as_str)
    }

    pub(super) fn depot(&self, code: &str) -> anyhow::Result<&str> {
        find(&self.depots, code).map(String::as_str)
    }

    pub(super) fn item(&self, code: &str) -> anyhow::Result<&str> {
        find(&self.items, code).map(String::as_str)
    }
}

fn find<'a, T>(known: &'a BTreeMap<String, T>, name: &str) -> anyhow::Result<&'a T> {
    let found = known.get(name);
    found.with_context(|| format!("the demonstration has no {name}"))
}
