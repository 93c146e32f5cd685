//! All pages of a list, one after the other.
//!
//! **Invariant.** Every page is a request of its own to the list's handler, so that everything it
//! checks is checked again: a credential that was revoked meanwhile ends the file. What the list
//! itself reads is one state of the database, whatever is written between two pages.

use std::str::FromStr;

use anyhow::{Context, bail};
use axum::{
    body::Body,
    extract::Request,
    http::{Method, StatusCode, Uri, request::Parts},
    middleware::Next,
    response::Response,
};
use http_body_util::BodyExt;
use serde_json::Value;

use crate::storage::Held;

// The most that a page may hold.
const PAGE_ITEMS: u64 = 200;

/// The pages that were not asked for yet.
pub(super) struct Pages {
    parts: Parts,
    next: Next,
    held: Held,
    cursor: Option<String>,
}

/// Why there is no page.
pub(super) enum Refused {
    /// The handler refused the request.
    Answered(Box<Response>),
    /// Its answer cannot be read.
    Broken(anyhow::Error),
}

impl Pages {
    pub(super) fn new(mut parts: Parts, next: Next, held: Held) -> Self {
        parts.method = Method::GET;
        Self {
            parts,
            next,
            held,
            cursor: None,
        }
    }

    /// No page is asked for any more: the next file may be written.
    pub(super) async fn end(self) {
        self.held.give_back().await;
    }

    /// Whether a page was announced that was not asked for yet.
    pub(super) fn more(&self) -> bool {
        self.cursor.is_some()
    }

    /// The next page, or the first.
    pub(super) async fn next(&mut self) -> Result<Value, Refused> {
        let request = self.request().map_err(Refused::Broken)?;
        let answer = self.held.read(self.next.clone().run(request)).await;
        let answer = answer.map_err(Refused::Broken)?;
        if answer.status() != StatusCode::OK {
            return Err(Refused::Answered(Box::new(answer)));
        }
        let page = read(answer).await.map_err(Refused::Broken)?;
        self.cursor = page["next_cursor"].as_str().map(str::to_owned);
        Ok(page)
    }

    /// The next page of a file that has begun, where it is too late to refuse.
    pub(super) async fn go_on(&mut self) -> anyhow::Result<Value> {
        match self.next().await {
            Ok(page) => Ok(page),
            Err(Refused::Broken(error)) => Err(error),
            Err(Refused::Answered(answer)) => {
                bail!("a page in the middle was refused with {}", answer.status())
            }
        }
    }

    fn request(&self) -> anyhow::Result<Request> {
        let path = self.parts.uri.path();
        let mut query = self.parts.uri.query().unwrap_or("").to_owned();
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&format!("limit={PAGE_ITEMS}"));
        if let Some(cursor) = &self.cursor {
            query.push_str(&format!("&cursor={cursor}"));
        }
        let mut parts = self.parts.clone();
        parts.uri = Uri::from_str(&format!("{path}?{query}")).context("the address of a page")?;
        Ok(Request::from_parts(parts, Body::empty()))
    }
}

async fn read(answer: Response) -> anyhow::Result<Value> {
    let bytes = answer
        .into_body()
        .collect()
        .await
        .context("a page broke off")?
        .to_bytes();
    serde_json::from_slice(&bytes).context("a page is not JSON")
}
