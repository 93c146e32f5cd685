//! Asking a routing engine over HTTP.
//!
//! **Invariant.** Nothing is sent anywhere but to the configured address: no redirect is followed
//! and no proxy is used. An answer is waited for so long and read so far, and no further.

use std::time::Duration;

use anyhow::{Context, bail};
use bytes::BytesMut;
use reqwest::{Response, Url, redirect};
use serde::de::DeserializeOwned;

use crate::tls;

/// A block of 50 by 50 pairs takes some 200 kB; this is room enough for drawn routes, too.
const ANSWER_BYTES_MAX: usize = 8 << 20;

/// A connection to one engine.
#[derive(Debug, Clone)]
pub(super) struct Client {
    base: Url,
    http: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
pub(super) enum Answer<T, E> {
    Good(T),
    /// The engine refused, and says why.
    Refused(E),
}

impl Client {
    /// `None` where no address is configured.
    pub(super) fn new(base: &str, timeout: Duration) -> anyhow::Result<Option<Self>> {
        if base.is_empty() {
            return Ok(None);
        }
        let mut base = Url::parse(base).with_context(|| format!("the address {base}"))?;
        // The last part of a path that does not end in a slash would be replaced.
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let http = tls::client(|| {
            reqwest::Client::builder()
                .redirect(redirect::Policy::none())
                .no_proxy()
                .timeout(timeout)
        })?;
        Ok(Some(Self { base, http }))
    }

    pub(super) async fn get<T: DeserializeOwned, E: DeserializeOwned>(
        &self,
        path: &str,
    ) -> anyhow::Result<Answer<T, E>> {
        read(self.http.get(self.base.join(path)?).send().await?).await
    }

    pub(super) async fn post<T: DeserializeOwned, E: DeserializeOwned>(
        &self,
        path: &str,
        body: &serde_json::Value,
    ) -> anyhow::Result<Answer<T, E>> {
        read(
            self.http
                .post(self.base.join(path)?)
                .json(body)
                .send()
                .await?,
        )
        .await
    }
}

async fn read<T: DeserializeOwned, E: DeserializeOwned>(
    mut response: Response,
) -> anyhow::Result<Answer<T, E>> {
    let status = response.status();
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            bail!("the answer is longer than {ANSWER_BYTES_MAX} bytes");
        }
        body.extend_from_slice(&chunk);
    }
    if status.is_success() {
        return Ok(Answer::Good(serde_json::from_slice(&body)?));
    }
    match serde_json::from_slice(&body) {
        Ok(refusal) => Ok(Answer::Refused(refusal)),
        Err(_) => bail!("the answer is {status}"),
    }
}
