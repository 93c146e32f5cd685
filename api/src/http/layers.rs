//! What happens to every request on its way in and out.
//!
//! **Invariant.** Every request has an id and a trace, a log line and a place in the metrics; no
//! panic leaves the process or shows its text; every answer carries the security headers.

use std::time::Instant;

use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use tracing::{Instrument, field};

use crate::{app::App, ids, problem::Problem, storage::Reach};

use super::{files, render, trace::Trace};

/// The id of a request, as the caller gave it or as we made it.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REQUEST_ID_LENGTH_MAX: usize = 128;

/// Puts the layers round the router, the outermost last.
pub(super) fn wrap(router: Router<App>, app: App) -> Router {
    router
        .layer(middleware::from_fn(within_reach))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            files::lists_as_files,
        ))
        .layer(middleware::from_fn(not_modified))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            render::problems,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        // A caught panic still has to become a problem document, so the renderer stands on both sides.
        .layer(middleware::from_fn_with_state(
            app.clone(),
            render::problems,
        ))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(weaken))
        .layer(middleware::from_fn(security))
        .layer(middleware::from_fn(observe))
        .with_state(app)
}

// A file asks the handler for page after page, and each is a request.
async fn within_reach(request: Request, next: Next) -> Response {
    Reach::of_request(next.run(request)).await
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Problem::internal(anyhow::anyhow!("a handler panicked: {text}")).into_response()
}

async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = request_id(&request);
    let trace = Trace::of(request.headers());
    let operation = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    request
        .extensions_mut()
        .insert(RequestId(request_id.clone()));
    let span = tracing::info_span!(
        "request",
        request.id = %request_id,
        trace.id = %trace.id,
        span.id = %trace.span,
        parent.id = trace.parent,
        // Known once the handler has asked who is there.
        principal = field::Empty,
        http.method = %method,
        http.route = %operation,
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    let elapsed = started.elapsed();
    span.in_scope(|| {
        tracing::info!(
            http.status = status.as_u16(),
            elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            "answered"
        );
    });
    let labels = [
        ("method", label(&method).to_owned()),
        ("route", operation),
        ("status", status.as_u16().to_string()),
    ];
    metrics::histogram!("relief_depot_http_request_seconds", &labels).record(elapsed.as_secs_f64());
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, value);
    }
    trace.answer(headers);
    response
}

// A stranger may call any method: each would become a series of its own.
fn label(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::OPTIONS => method.as_str(),
        _ => "other",
    }
}

fn request_id(request: &Request) -> String {
    request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|text| {
            !text.is_empty()
                && text.len() <= REQUEST_ID_LENGTH_MAX
                && text.bytes().all(|byte| byte.is_ascii_graphic())
        })
        .map_or_else(|| hex::encode(ids::random::<16>()), str::to_owned)
}

async fn security(request: Request, next: Next) -> Response {
    let docs = request.uri().path().starts_with("/docs");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let policy = if docs {
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    } else {
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    };
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.append(
        header::VARY,
        HeaderValue::from_static("accept, accept-language, authorization"),
    );
    response
}

// A strong tag promises the same bytes, and a compressed answer has others.
async fn weaken(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if headers.contains_key(header::CONTENT_ENCODING)
        && let Some(tag) = headers.get(header::ETAG)
        && !tag.as_bytes().starts_with(b"W/")
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
    {
        headers.insert(header::ETAG, weak);
    }
    response
}

// A reader who holds the current version is told so instead of being sent it again.
async fn not_modified(request: Request, next: Next) -> Response {
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let held = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    let (Some(held), Some(current)) = (held, response.headers().get(header::ETAG)) else {
        return response;
    };
    let matches = held.to_str().is_ok_and(|held| {
        held.trim() == "*"
            || held
                .split(',')
                .any(|tag| tag.trim().trim_start_matches("W/").as_bytes() == current.as_bytes())
    });
    if !(reading && matches && response.status() == StatusCode::OK) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    Response::from_parts(parts, Body::empty())
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;
    use crate::{clock::Clock, config::Config};

    const SECRET: &str = "canary-in-a-panic";

    fn panics_with(text: bool) -> &'static str {
        if text {
            panic!("{SECRET} in a text");
        }
        std::panic::panic_any(SECRET);
    }

    fn router() -> Router<App> {
        Router::new()
            .route("/text", get(async || panics_with(true)))
            .route("/word", get(async || panics_with(false)))
            .route(
                "/later",
                get(async || {
                    tokio::task::yield_now().await;
                    panics_with(true)
                }),
            )
            .route("/number", get(async || -> () { std::panic::panic_any(7) }))
            .route("/fine", get(async || "fine"))
    }

    #[tokio::test]
    async fn a_handler_that_panics_is_a_fault_of_ours_and_the_next_request_is_answered() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().display().to_string();
        let set = [("RELIEF_DEPOT_DATA_DIRECTORY".to_owned(), place)];
        let app = App::open(Config::load(None, set).unwrap(), Clock::default());
        let app = app.await.unwrap();
        let server = wrap(router(), app.clone());
        let ask = async |path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let answer = server.clone().oneshot(request).await.unwrap();
            let (head, body) = answer.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            (head, String::from_utf8(bytes.to_vec()).unwrap())
        };
        for path in ["/text", "/word", "/later", "/number"] {
            let (head, body) = ask(path).await;
            assert_eq!(head.status, StatusCode::INTERNAL_SERVER_ERROR, "{body}");
            assert_eq!(
                head.headers[header::CONTENT_TYPE],
                "application/problem+json"
            );
            assert!(body.contains("\"code\":\"internal\""), "{body}");
            assert!(!body.contains(SECRET) && !body.contains("panic"), "{body}");
            assert!(head.headers.contains_key(REQUEST_ID), "{head:?}");
            assert_eq!(head.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
            let (head, body) = ask("/fine").await;
            assert_eq!((head.status, body.as_str()), (StatusCode::OK, "fine"));
        }
        app.db.close().await.unwrap();
    }
}
