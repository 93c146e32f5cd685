//! A document or a picture that is the whole body of a request.
//!
//! **Invariant.** It is of one of a few types, and its first bytes bear that out. One that says itself
//! that it is too long, or is of another type, is refused before any of it is read.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::HeaderMap,
};
use domain::identity::Capability;
use sha2::{Digest, Sha256};

use crate::{
    app::App,
    identity::Caller,
    problem::{Code, Problem},
};

use super::write::{Head, Writer, media_type, whole};

/// The longest attachment.
pub(crate) const ATTACHMENT_BYTES_MAX: usize = 10 * 1024 * 1024;

const PDF: &str = "application/pdf";
const JPEG: &str = "image/jpeg";
const PNG: &str = "image/png";

/// The types, and how a file of each begins.
const TYPES: [(&str, &[u8]); 3] = [
    (PDF, b"%PDF-"),
    (JPEG, &[0xff, 0xd8, 0xff]),
    (PNG, &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a]),
];

/// A writing request whose body is a document or a picture.
pub(crate) struct Attachment {
    pub(crate) writer: Writer,
    pub(crate) media_type: &'static str,
    pub(crate) content: Vec<u8>,
    /// SHA-256 of the content, in hex.
    pub(crate) sha256: String,
}

impl FromRequest<App> for Attachment {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        // Before the first byte: who may not show anything may not fill the memory either.
        if caller.require_anywhere(Capability::DecideRating).is_err() {
            caller.require_anywhere(Capability::StateRating)?;
        }
        let (media_type, begins) = declared(&parts.headers)?;
        let bytes = whole(&parts, body, app, ATTACHMENT_BYTES_MAX as u64)
            .await
            .map_err(one_file)?;
        if !bytes.starts_with(begins) {
            return Err(unsupported());
        }
        let head = Head::read(&mut parts, app, caller).await?;
        let digest = Sha256::digest(&bytes);
        Ok(Self {
            writer: head.writer(&parts, &digest),
            media_type,
            content: bytes.to_vec(),
            sha256: hex::encode(digest),
        })
    }
}

// A file is no list that could be sent in parts.
fn one_file(problem: Problem) -> Problem {
    let most = ATTACHMENT_BYTES_MAX / (1024 * 1024);
    match problem.code {
        Code::BodyTooLarge => problem.detail(
            format!("每个文件不得超过 {most} MiB：请压缩图片或拆分文件"),
            format!("a file has at most {most} MiB: make the picture smaller, or split the file"),
        ),
        _ => problem,
    }
}

fn declared(headers: &HeaderMap) -> Result<(&'static str, &'static [u8]), Problem> {
    let given = media_type(headers);
    let mut known = TYPES.into_iter();
    known
        .find(|(name, _)| *name == given)
        .ok_or_else(unsupported)
}

fn unsupported() -> Problem {
    let known = format!("{PDF}, {JPEG}, {PNG}");
    Problem::new(Code::UnsupportedMediaType).detail(
        format!("请把文件本身作为请求体发送，类型须为其中之一且与内容相符：{known}"),
        format!("send the file itself as the body; it must be what it says, one of: {known}"),
    )
}
