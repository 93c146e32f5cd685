//! A file to import that is the whole body of a request.
//!
//! **Invariant.** Nothing is taken from a caller who may import nowhere. The file goes to the disk as it arrives, so memory does not grow with it; past the
//! limit it is refused, at once where its length was declared. On the disk it has no name:
//! whatever ends the server, nothing is left behind. Its digest stands for it in the request's hash.

use std::{
    fs::File,
    io::{self, Seek},
    path::Path,
    time::Duration,
};

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Request},
    http::HeaderMap,
};
use domain::identity::Capability;
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use crate::{
    app::App,
    identity::Caller,
    problem::{Code, Problem},
};

use super::{
    digest,
    write::{Head, Writer, check_declared, cut_off, media_type, too_large},
};

/// The types under which a file may come. Its content decides what it is: browsers name the type by
/// the file's ending, and some of them call a CSV file an old Excel one.
pub(crate) const FILE_TYPES: &[&str] = &[
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
    "application/vnd.ms-excel",
];

const SPOOL: &str = "spool";
// A whole file may take so many times what one piece of it may.
const TIMEOUTS_MAX: u32 = 10;

/// A writing request whose body is a file, which stands at its beginning.
pub(crate) struct Upload(pub(crate) Writer, pub(crate) File);

impl FromRequest<App> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        // Before the first byte: who may not import may not fill the disk either.
        caller.require_anywhere(Capability::ImportData)?;
        check_type(&parts.headers)?;
        let limit = app.config.file_bytes_max;
        check_declared(&parts.headers, limit)?;
        let head = Head::read(&mut parts, app, caller).await?;
        let piece_timeout = app.config.body_timeout;
        let directory = app.config.data_directory.join(SPOOL);
        let receiving = receive(body, &directory, limit, piece_timeout);
        let (file, found) = tokio::time::timeout(piece_timeout * TIMEOUTS_MAX, receiving)
            .await
            .map_err(|_| Problem::new(Code::Timeout))??;
        digest::check_hashed(&parts.headers, found)?;
        Ok(Self(head.writer(&parts, &found), file))
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    if FILE_TYPES.contains(&media_type(headers).as_str()) {
        return Ok(());
    }
    let known = FILE_TYPES.join(", ");
    Err(Problem::new(Code::UnsupportedMediaType).detail(
        format!("请把文件本身作为请求体发送，Content-Type 为其中之一：{known}"),
        format!("send the file itself as the body, with one of these types: {known}"),
    ))
}

async fn receive(
    mut body: Body,
    directory: &Path,
    limit: u64,
    piece_timeout: Duration,
) -> Result<(File, [u8; 32]), Problem> {
    let file = spool_file(directory).map_err(Problem::internal)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut hash = Sha256::new();
    let mut bytes = 0_u64;
    loop {
        let frame = tokio::time::timeout(piece_timeout, body.frame())
            .await
            .map_err(|_| Problem::new(Code::Timeout))?;
        let Some(frame) = frame else { break };
        let Ok(piece) = frame.map_err(|_| cut_off())?.into_data() else {
            continue;
        };
        bytes += piece.len() as u64;
        if bytes > limit {
            return Err(too_large(limit));
        }
        hash.update(&piece);
        file.write_all(&piece).await.map_err(Problem::internal)?;
    }
    file.flush().await.map_err(Problem::internal)?;
    let mut file = file.into_std().await;
    file.rewind().map_err(Problem::internal)?;
    Ok((file, hash.finalize().into()))
}

fn spool_file(directory: &Path) -> io::Result<File> {
    std::fs::create_dir_all(directory)?;
    tempfile::tempfile_in(directory)
}
