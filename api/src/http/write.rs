//! A request that wants to change something.
//!
//! **Invariant.** A handler that writes gets its body only through here: the caller is known, the
//! body arrived whole and matches the contract, a POST carries an `Idempotency-Key`, a change
//! carries the version it is based on. The hash kept with the key covers the whole request but for
//! passwords.

use std::time::Duration;

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

use super::{digest, layers::RequestId, strict};

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

    /// How the request asked for its command to be run, for work that is more than a command.
    pub(crate) fn request(&self) -> &uow::Request {
        &self.request
    }

    /// Whether the request only asks what would be.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.request.dry_run
    }

    /// The same caller's request for work that goes on after the answer: its key stands for the
    /// order of that work, not for the work.
    pub(crate) fn afterwards(&self) -> uow::Request {
        uow::Request {
            key: None,
            ..self.request.clone()
        }
    }

    /// Runs the command as this request asks.
    pub(crate) async fn run<C: Command + 'static>(
        &self,
        command: C,
    ) -> Result<Done<C::Output>, Problem> {
        uow::execute(&self.app, &self.request, command).await
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Write<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let bytes = whole(&parts, body, app, app.config.body_bytes_max).await?;
        let value = json(&parts.headers, &bytes)?;
        let head = Head::read(&mut parts, app, caller).await?;
        let kept = app
            .contract
            .without_passwords(&parts.method, &head.route, &value);
        let canonical = serde_jcs::to_vec(&kept).map_err(Problem::internal)?;
        let body = app.contract.body(&parts.method, &head.route, value)?;
        Ok(Self(head.writer(&parts, &canonical), body))
    }
}

/// What a writing request says before its body.
pub(super) struct Head {
    app: App,
    caller: Caller,
    route: String,
    key: Option<String>,
    dry_run: bool,
    based_on: Option<i64>,
}

impl Head {
    pub(super) async fn read(
        parts: &mut Parts,
        app: &App,
        caller: Caller,
    ) -> Result<Self, Problem> {
        let route = route(parts, app).await?;
        Ok(Self {
            app: app.clone(),
            caller,
            key: key(parts)?,
            dry_run: dry_run(app, parts, &route)?,
            based_on: based_on(parts)?,
            route,
        })
    }

    /// The writer of the request, whose key stands for it together with `body`: the body's
    /// canonical form, or the digest of a file.
    pub(super) fn writer(self, parts: &Parts, body: &[u8]) -> Writer {
        let request_id = parts
            .extensions
            .get::<RequestId>()
            .map(|RequestId(id)| id.clone())
            .unwrap_or_default();
        let request_hash = request_hash(parts, &self.route, body);
        let key = self.key.map(|text| Key { text, request_hash });
        Writer {
            app: self.app,
            request: uow::Request {
                caller: self.caller,
                key,
                dry_run: self.dry_run,
                request_id,
            },
            based_on: self.based_on,
        }
    }
}

/// A JSON body of a request that nobody has to be known for, such as a login.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let bytes = whole(&parts, body, app, app.config.body_bytes_max).await?;
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

/// Refuses a body that says itself that it is longer than `limit` bytes, before any of it is read.
pub(super) fn check_declared(headers: &HeaderMap, limit: u64) -> Result<(), Problem> {
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<u64>().ok());
    if declared.is_some_and(|bytes| bytes > limit) {
        return Err(too_large(limit));
    }
    Ok(())
}

pub(super) fn too_large(limit: u64) -> Problem {
    Problem::new(Code::BodyTooLarge).with("limit_bytes", limit)
}

/// The type that a body says it is of, in small letters and without parameters; empty if it says none.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase())
        .unwrap_or_default()
}

/// A body that ended before its end.
pub(super) fn cut_off() -> Problem {
    Problem::new(Code::InvalidJson).detail("请求体在途中被截断", "the body was cut off on the way")
}

// Reads the whole body or says why not: too large, too slow, or cut off.
pub(super) async fn whole(
    parts: &Parts,
    body: axum::body::Body,
    app: &App,
    limit: u64,
) -> Result<Bytes, Problem> {
    if let Err(refused) = check_declared(&parts.headers, limit) {
        // Who asks first waits for the answer and sends nothing.
        if !parts.headers.contains_key(header::EXPECT) {
            hear_out(body, limit, app.config.body_timeout);
        }
        return Err(refused);
    }
    let limited = Limited::new(body, usize::try_from(limit).unwrap_or(usize::MAX));
    let collected = tokio::time::timeout(app.config.body_timeout, limited.collect())
        .await
        .map_err(|_| Problem::new(Code::Timeout))?;
    match collected {
        Ok(collected) => {
            let bytes = collected.to_bytes();
            digest::check(&parts.headers, &bytes)?;
            Ok(bytes)
        }
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Err(_) => Err(cut_off()),
    }
}

// Reads on for a while and throws away, beside the answer: a connection that is closed over bytes that
// nobody read is reset, and whoever was still sending sees that instead of why.
fn hear_out(body: axum::body::Body, limit: u64, wait: Duration) {
    const TIMES: u64 = 4;
    let bytes = usize::try_from(limit.saturating_mul(TIMES)).unwrap_or(usize::MAX);
    let mut rest = Limited::new(body, bytes);
    tokio::spawn(tokio::time::timeout(wait, async move {
        while let Some(Ok(_)) = rest.frame().await {}
    }));
}

fn json(headers: &HeaderMap, bytes: &Bytes) -> Result<Value, Problem> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let media_type = media_type(headers);
    if !["application/json", "application/merge-patch+json"].contains(&media_type.as_str()) {
        return Err(Problem::new(Code::UnsupportedMediaType));
    }
    strict::read(bytes).map_err(|error| {
        let place = format!("{}:{}", error.line(), error.column());
        Problem::new(Code::InvalidJson).with("at", place)
    })
}

fn dry_run(app: &App, parts: &Parts, route: &str) -> Result<bool, Problem> {
    let query = parts.uri.query().unwrap_or("");
    let parameters: Value = app.contract.query(&parts.method, route, query)?;
    Ok(parameters["dry_run"] == true)
}

fn key(parts: &Parts) -> Result<Option<String>, Problem> {
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
    if fits {
        Ok(Some(text.to_owned()))
    } else {
        Err(missing())
    }
}

fn request_hash(parts: &Parts, route: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    let query = parts.uri.query().unwrap_or("");
    // The route is hashed beside the path so that a renamed mount cannot make two requests one.
    for part in [parts.method.as_str(), route, parts.uri.path(), query] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(body);
    hex::encode(hash.finalize())
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
            // A tag names the version of the thing, whatever bytes carried it: a caller who read it
            // compressed holds the weak form.
            let tag = tag.trim();
            tag.strip_prefix("W/")
                .unwrap_or(tag)
                .strip_prefix("\"v")?
                .strip_suffix('"')?
                .parse()
                .ok()
        })
        .map(Some)
        .ok_or_else(|| {
            Problem::new(Code::PreconditionFailed).detail(
                "If-Match 不是版本标签。请原样使用读取该对象时得到的 ETag，例如 \"v3\"。",
                "If-Match is no tag of a version. Send the ETag that came with the object as it is, like \"v3\".",
            )
        })
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
    fn operations_without_a_key_are_public_ones_or_write_nothing() {
        let writes_nothing = [
            "solve_plan",
            "compute_reach",
            "compute_coverage",
            "compare_checkpoint",
        ];
        for id in describe::UNKEYED {
            assert!(
                describe::PUBLIC.contains(id) || writes_nothing.contains(id),
                "{id}"
            );
        }
    }
}
