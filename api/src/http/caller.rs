//! Who is asking, read from the `Authorization` header.
//!
//! **Invariant.** The token is looked up on every request, so a revoked credential stops working
//! at once. Tokens travel in the header only, never in an address.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use crate::{
    app::App,
    identity::{self, Caller},
    problem::{Code, Problem},
};

/// Marks a request that the operator makes at the console, inside the process. Nothing that comes
/// over the wire can carry it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operator(pub(crate) &'static str);

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(Operator(name)) = parts.extensions.get() {
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
        // For the log line of the request.
        tracing::Span::current().record("principal", caller.principal());
        Ok(caller)
    }
}
