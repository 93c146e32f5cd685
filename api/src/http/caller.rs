//! Who is asking, read from the `Authorization` header.
//!
//! **Invariant.** The token is looked up on every request, so a revoked credential stops working
//! at once. Tokens travel in the header only, never in an address. A session that owes a second factor
//! opens what it takes to enrol one, and a new route is closed to it unless it is listed.

use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::{Method, header, request::Parts},
};

use crate::{
    app::App,
    identity::{self, Caller},
    problem::{Code, Problem},
    storage::Reach,
};

/// Marks a request that the operator makes at the console, inside the process. Nothing that comes
/// over the wire can carry it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operator(pub(crate) &'static str);

// What an account may do that must have a second factor and has none yet.
const OPEN_TO_DEBTORS: &[(Method, &str)] = &[
    (Method::GET, "/v1/me"),
    (Method::POST, "/v1/sessions/{session_id}/end"),
    (Method::POST, "/v1/accounts/{account_id}/second-factor"),
    (
        Method::POST,
        "/v1/accounts/{account_id}/second-factor/confirm",
    ),
];

fn is_open_to_debtors(parts: &Parts) -> bool {
    let route = parts.extensions.get::<MatchedPath>();
    route.is_some_and(|route| {
        let mut open = OPEN_TO_DEBTORS.iter();
        open.any(|(method, path)| *method == parts.method && *path == route.as_str())
    })
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(Operator(name)) = parts.extensions.get() {
            Reach::is(None);
            return Ok(Self::operator(name));
        }
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| Problem::new(Code::Unauthenticated))?;
        let caller = identity::authenticate(app, token).await?;
        if caller.owes_second_factor() && !is_open_to_debtors(parts) {
            return Err(Problem::new(Code::SecondFactorRequired));
        }
        Reach::is(caller.reaches());
        // For the log line of the request.
        tracing::Span::current().record("principal", caller.principal());
        Ok(caller)
    }
}
