//! A request that wants to change something.
//!
//! **Invariant.** A handler that writes gets its body only through here: the caller is known, the
//! body arrived whole and matches the contract, a POST carries an `Idempotency-Key`, a change
//! carries the version it is based on. The hash kept with the key covers the whole request.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, MatchedPath, Request},
    http::{HeaderMap, HeaderName, Method, header, request::Parts},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    app::App,
    identity::Caller,
    problem::{Code, Problem},
    uow::{self, Command, Done, Key},
};

use super::layers::RequestId;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const KEY_LENGTH_MAX: usize = 255;

/// A writing request and its body; `()` for those without one.
pub(crate) struct Write<T>(pub(crate) Writer, pub(crate) T);

/// Everything of a writing request but its body.
pub(crate) struct Writer {
    app: App,
    request: uow::Request,
    based_on: Option<i64>,
}

impl Writer {
    /// The version that the caller read before changing it.
    pub(crate) fn based_on(&self) -> Result<i64, Problem> {
        self.based_on
            .ok_or_else(|| Problem::new(Code::PreconditionRequired))
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.request.caller
    }

    /// Runs the command as this request asks.
    pub(crate) async fn run<C: Command>(&self, command: &C) -> Result<Done<C::Output>, Problem> {
        uow::execute(&self.app, &self.request, command).await
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Write<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let bytes = whole(&parts, body, app).await?;
        let value = json(&parts.headers, &bytes)?;
        let route = route(&mut parts, app).await?;
        let query = parts.uri.query().unwrap_or("").to_owned();
        let dry_run = dry_run(app, &parts.method, &route, &query)?;
        let key = key(&parts, &value, &query, &route)?;
        let based_on = based_on(&parts)?;
        let request_id = parts
            .extensions
            .get::<RequestId>()
            .map(|RequestId(id)| id.clone())
            .unwrap_or_default();
        let body = app.contract.body(&parts.method, &route, value)?;
        let writer = Writer {
            app: app.clone(),
            request: uow::Request {
                caller,
                key,
                dry_run,
                request_id,
            },
            based_on,
        };
        Ok(Self(writer, body))
    }
}

/// A JSON body of a request that nobody has to be known for, such as a login.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let bytes = whole(&parts, body, app).await?;
        let value = json(&parts.headers, &bytes)?;
        let route = route(&mut parts, app).await?;
        app.contract.body(&parts.method, &route, value).map(Self)
    }
}

async fn route(parts: &mut Parts, app: &App) -> Result<String, Problem> {
    MatchedPath::from_request_parts(parts, app)
        .await
        .map(|path| path.as_str().to_owned())
        .map_err(|_| Problem::not_found())
}

// Reads the whole body or says why not: too large, too slow, or cut off.
async fn whole(parts: &Parts, body: axum::body::Body, app: &App) -> Result<Bytes, Problem> {
    let limit = usize::try_from(app.config.body_bytes_max).unwrap_or(usize::MAX);
    let declared = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<u64>().ok());
    let too_large =
        || Problem::new(Code::BodyTooLarge).with("limit_bytes", app.config.body_bytes_max);
    if declared.is_some_and(|bytes| bytes > app.config.body_bytes_max) {
        return Err(too_large());
    }
    let collected =
        tokio::time::timeout(app.config.body_timeout, Limited::new(body, limit).collect())
            .await
            .map_err(|_| Problem::new(Code::Timeout))?;
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Problem::new(Code::InvalidJson)
            .detail("请求体在途中被截断", "the body was cut off on the way")),
    }
}

fn json(headers: &HeaderMap, bytes: &Bytes) -> Result<Value, Problem> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .is_some_and(|kind| {
            let kind = kind.trim().to_ascii_lowercase();
            kind == "application/json" || kind == "application/merge-patch+json"
        });
    if !is_json {
        return Err(Problem::new(Code::UnsupportedMediaType));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("{}:{}", error.line(), error.column());
        Problem::new(Code::InvalidJson).with("at", place)
    })
}

fn dry_run(app: &App, method: &Method, route: &str, query: &str) -> Result<bool, Problem> {
    let parameters: Value = app.contract.query(method, route, query)?;
    Ok(parameters["dry_run"] == true)
}

fn key(parts: &Parts, body: &Value, query: &str, route: &str) -> Result<Option<Key>, Problem> {
    let missing = || Problem::new(Code::IdempotencyKeyMissing);
    let Some(text) = parts.headers.get(IDEMPOTENCY_KEY) else {
        return if parts.method == Method::POST {
            Err(missing())
        } else {
            Ok(None)
        };
    };
    let text = text.to_str().map_err(|_| missing())?;
    let fits = !text.is_empty()
        && text.len() <= KEY_LENGTH_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits {
        return Err(missing());
    }
    let mut hash = Sha256::new();
    // The route is hashed beside the path so that a renamed mount cannot make two requests one.
    for part in [parts.method.as_str(), route, parts.uri.path(), query] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let body = serde_jcs::to_vec(body).map_err(Problem::internal)?;
    hash.update(&body);
    Ok(Some(Key {
        text: text.to_owned(),
        request_hash: hex::encode(hash.finalize()),
    }))
}

fn based_on(parts: &Parts) -> Result<Option<i64>, Problem> {
    if !matches!(parts.method, Method::PUT | Method::PATCH | Method::DELETE) {
        return Ok(None);
    }
    let required = || Problem::new(Code::PreconditionRequired);
    let tag = parts.headers.get(header::IF_MATCH).ok_or_else(required)?;
    tag.to_str()
        .ok()
        .and_then(|tag| {
            tag.trim()
                .strip_prefix("\"v")?
                .strip_suffix('"')?
                .parse()
                .ok()
        })
        .map(Some)
        .ok_or_else(|| Problem::new(Code::PreconditionFailed))
}

/// Refuses a change that is based on another version than the current one.
pub(crate) fn unchanged(current: i64, based_on: i64) -> Result<(), Problem> {
    if current == based_on {
        Ok(())
    } else {
        Err(Problem::new(Code::PreconditionFailed).with("current_version", current))
    }
}

// Named here so that the list of exceptions and the extractor stay together in review.
#[cfg(test)]
mod tests {
    use crate::http::describe;

    #[test]
    fn operations_without_a_key_are_public_ones() {
        for id in describe::UNKEYED {
            assert!(describe::PUBLIC.contains(id), "{id}");
        }
    }
}
