//! A caller of the API, as a careful program would be one.
//!
//! **Invariant.** Every request that goes through here is noted for the coverage of the contract,
//! unless the test says that it proves nothing about the operation.

use std::{
    future::{Future, IntoFuture},
    net::SocketAddr,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Method, Url, header::HeaderMap};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::coverage;

/// One who calls, with or without a token. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    /// The account's id, if it is one's.
    pub account: Option<String>,
    /// The account's login name, if it is one's.
    pub login: Option<String>,
}

impl Client {
    /// A caller without a token, who reads English.
    ///
    /// # Panics
    /// When no HTTP client can be made.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        api::tls::prepare();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("an HTTP client can be made");
        Self {
            http,
            base: format!("http://{address}"),
            token: None,
            account: None,
            login: None,
        }
    }

    /// The same caller with this token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// The token, if the caller has one.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// The account's id.
    ///
    /// # Panics
    /// When the caller is no account.
    #[must_use]
    pub fn account(&self) -> &str {
        self.account.as_deref().expect("the caller is an account")
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// Writes, under a fresh Idempotency-Key.
    pub fn post(&self, path: &str, body: Value) -> Call {
        self.call(Method::POST, path).key(&fresh_key()).json(body)
    }

    /// Writes an action that takes no body, under a fresh Idempotency-Key.
    pub fn act(&self, path: &str) -> Call {
        self.call(Method::POST, path).key(&fresh_key())
    }

    /// Changes the version that `etag` names.
    pub fn patch(&self, path: &str, etag: &str, body: Value) -> Call {
        self.call(Method::PATCH, path).if_match(etag).json(body)
    }

    /// Any request; nothing is added but the token and `Accept-Language: en`.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let call = Call {
            http: self.http.clone(),
            method,
            address: format!("{}{path}", self.base),
            headers: Vec::new(),
            query: Vec::new(),
            body: None,
            noted: true,
        };
        let call = call.header("accept-language", "en");
        match &self.token {
            Some(token) => call.header("authorization", &format!("Bearer {token}")),
            None => call,
        }
    }
}

/// What the `Content-Digest` of a body says.
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// An Idempotency-Key that no other request of this run has.
#[must_use]
pub fn fresh_key() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("key-{}-{count}", std::process::id())
}

/// A request in the making; `.await` sends it.
#[derive(Debug, Clone)]
#[must_use = "a call does nothing until it is awaited"]
pub struct Call {
    http: reqwest::Client,
    method: Method,
    address: String,
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    noted: bool,
}

impl Call {
    /// Puts a header in the place of any of the same name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes a header away.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    /// Sends it under this Idempotency-Key.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Bases the change on this ETag.
    pub fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    /// Asks for this language.
    pub fn language(self, language: &str) -> Self {
        self.header("accept-language", language)
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Asks only what would be.
    pub fn dry_run(self) -> Self {
        self.query("dry_run", true)
    }

    /// Sends it without a note: whoever tries everything would leave nothing untried.
    pub fn unnoted(mut self) -> Self {
        self.noted = false;
        self
    }

    /// Sends this JSON.
    #[allow(clippy::needless_pass_by_value, reason = "a body is written in place")]
    pub fn json(self, body: Value) -> Self {
        self.body("application/json", body.to_string().into_bytes())
    }

    /// Sends these bytes.
    pub fn body(self, kind: &str, bytes: Vec<u8>) -> Self {
        let mut call = self.header("content-type", kind);
        call.body = Some(bytes);
        call
    }

    /// Sends it and gives back an error of the connection, should there be one.
    ///
    /// # Errors
    /// When the connection fails before the answer is whole.
    pub async fn send(self) -> Result<Answer, reqwest::Error> {
        let mut url = Url::parse(&self.address).expect("the address is one");
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let path = url.path().to_owned();
        let mut request = self.http.request(self.method.clone(), url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?.to_vec();
        let answer = Answer {
            request: format!("{} {path}", self.method),
            status,
            headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        };
        if self.noted {
            coverage::note(self.method.as_str(), &path, answer.status, &answer.text);
        }
        let method = self.method.as_str();
        for name in coverage::promised_headers(method, &path, answer.status) {
            assert!(
                answer.headers.contains_key(&name),
                "{}: {} without the {name} that the contract promises",
                answer.request,
                answer.status
            );
        }
        Ok(answer)
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = format!("{} {}", self.method, self.address);
            self.send()
                .await
                .unwrap_or_else(|error| panic!("{request}: {error:?}"))
        })
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The method and path that were asked, for messages.
    pub request: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub text: String,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON, if the status is this one.
    ///
    /// # Panics
    /// When the status is another, with what came instead.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text);
        if self.text.is_empty() {
            return Value::Null;
        }
        self.json()
    }

    /// The problem document, if the answer is one with this code.
    ///
    /// # Panics
    /// When it is not, with what came instead.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(problem["code"], code, "{}: {}", self.request, self.text);
        assert_eq!(problem["status"], status, "{}", self.text);
        assert_eq!(
            problem["type"],
            format!("/problems/{code}"),
            "{}",
            self.text
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        let unnamed = coverage::unnamed_members(&problem);
        assert!(unnamed.is_empty(), "{unnamed:?} in {}", self.text);
        problem
    }

    /// The faults of a refused body or query as `(pointer, code)`, sorted.
    ///
    /// # Panics
    /// When the answer is not such a refusal.
    #[track_caller]
    #[must_use]
    pub fn faults(&self) -> Vec<(String, String)> {
        let problem = self.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut faults: Vec<_> = problem["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("{}: no errors in {}", self.request, self.text))
            .iter()
            .map(|fault| (text(&fault["pointer"]), text(&fault["code"])))
            .collect();
        faults.sort_unstable();
        faults
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.request, self.text))
    }

    /// A header, or an empty text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The ETag, to base a change on.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    #[must_use]
    pub fn etag(&self) -> String {
        let etag = self.header("etag");
        assert!(!etag.is_empty(), "{}: no ETag: {}", self.request, self.text);
        etag.to_owned()
    }
}

/// The id of what was made or read.
///
/// # Panics
/// When it has none.
#[track_caller]
#[must_use]
pub fn id(view: &Value) -> String {
    view["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no id in {view}"))
        .to_owned()
}

/// A cursor whose sort key says something else, as whoever takes one apart could make it.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn tampered(cursor: &str) -> String {
    let digits = cursor.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).expect("a cursor is text");
        u8::from_str_radix(pair, 16).expect("a cursor is hexadecimal")
    });
    let mut parts: Value =
        serde_json::from_slice(&digits.collect::<Vec<_>>()).expect("a cursor holds JSON");
    parts["key"] = "elsewhere".into();
    let bytes = parts.to_string().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
