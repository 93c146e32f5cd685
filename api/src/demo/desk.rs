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

/// One person who may ask.
#[derive(Clone)]
pub(super) struct Person {
    service: axum::Router,
    token: String,
}

/// The people that the replay needs.
pub(super) struct Desk {
    pub(super) dispatcher: Person,
    pub(super) approver: Person,
    pub(super) keeper: Person,
}

impl Desk {
    pub(super) fn new(app: &App, tokens: [String; 3]) -> Self {
        let service = http::service(app.clone());
        let [dispatcher, approver, keeper] = tokens.map(|token| Person {
            service: service.clone(),
            token,
        });
        Self {
            dispatcher,
            approver,
            keeper,
        }
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
    pub(super) async fn read(app: &App, items: &[&str]) -> anyhow::Result<Self> {
        let (db, scope) = (app.db.read(), Scope::Everything);
        let organisations = organisations::directory(db, &scope).await?;
        let depots = depots::depots_where(db, &scope, &DepotSelection::default()).await?;
        let items = catalogue::find_items(db, items.iter().copied()).await?;
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
        find(&self.organisations, code)
    }

    pub(super) fn depot(&self, code: &str) -> anyhow::Result<&str> {
        find(&self.depots, code)
    }

    pub(super) fn item(&self, code: &str) -> anyhow::Result<&str> {
        find(&self.items, code)
    }
}

fn find<'a>(known: &'a BTreeMap<String, String>, code: &str) -> anyhow::Result<&'a str> {
    let id = known.get(code).map(String::as_str);
    id.with_context(|| format!("the demonstration has no {code}"))
}
