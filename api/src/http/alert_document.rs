//! An alert that is the whole body of a request.
//!
//! **Invariant.** It is no longer than any alert, of a type that says it is one, and not read before it is
//! known that its sender's caller may take alerts in somewhere.

use axum::extract::{FromRequest, FromRequestParts, Request};
use domain::{alerts::DOCUMENT_BYTES_MAX, identity::Capability};
use sha2::{Digest, Sha256};

use crate::{
    app::App,
    identity::Caller,
    problem::{Code, Problem},
};

use super::write::{Head, Writer, media_type, whole};

/// The type of a CAP document.
pub(crate) const CAP_XML: &str = "application/cap+xml";
const XML: &str = "application/xml";

/// A writing request whose body is an alert.
pub(crate) struct AlertBody {
    pub(crate) writer: Writer,
    pub(crate) content: Vec<u8>,
    /// SHA-256 of the content, in hex.
    pub(crate) sha256: String,
}

impl FromRequest<App> for AlertBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        caller.require_anywhere(Capability::DeclareIncident)?;
        if ![CAP_XML, XML].contains(&media_type(&parts.headers).as_str()) {
            return Err(Problem::new(Code::UnsupportedMediaType).detail(
                format!("请把 CAP 1.2 预警作为请求体发送，类型为 {CAP_XML} 或 {XML}"),
                format!("send the CAP 1.2 alert as the body, as {CAP_XML} or {XML}"),
            ));
        }
        let limit = app.config.body_bytes_max.min(DOCUMENT_BYTES_MAX as u64);
        let content = whole(&parts, body, app, limit).await?;
        let head = Head::read(&mut parts, app, caller).await?;
        let digest = Sha256::digest(&content);
        Ok(Self {
            writer: head.writer(&parts, &digest),
            content: content.to_vec(),
            sha256: hex::encode(digest),
        })
    }
}
