//! An identity provider of the tests' own, which lies as it is told.
//!
//! **Invariant.** It keeps the standard's own rules about codes (once, and only with the verifier of
//! its challenge), so that what it lets through by itself is not taken for ours.

use std::{
    collections::BTreeMap,
    net::TcpListener as StdListener,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use reqwest::Url;
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

pub(crate) const CLIENT: &str = "depot";
pub(crate) const SECRET: &str = "a secret with + and %";
pub(crate) const BACK: &str = "http://127.0.0.1/back";

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    /// As it should be.
    Well,
    /// By a key of somebody else under the name of its own.
    ByAnother,
    /// By nothing, and saying so.
    ByNothing,
    /// By the public key as a secret.
    ByThePublicKey,
}

/// What it does wrongly.
#[derive(Debug, Clone)]
pub(crate) struct Manners {
    pub(crate) signed: Signed,
    /// Members that the token has instead of the right ones; null takes one away.
    pub(crate) claims: Value,
    /// How long it thinks before it gives a token.
    pub(crate) thinks: Duration,
    /// What its document says instead.
    pub(crate) document: Value,
    /// Says what it answers to a code, in the place of a token.
    pub(crate) answers: Option<(u16, String)>,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            signed: Signed::Well,
            claims: json!({}),
            thinks: Duration::ZERO,
            document: json!({}),
            answers: None,
        }
    }
}

struct Grant {
    subject: String,
    nonce: String,
    challenge: String,
}

struct Inner {
    url: String,
    key: EcdsaKeyPair,
    key_name: String,
    manners: Manners,
    grants: BTreeMap<String, Grant>,
    codes: usize,
    tokens: usize,
}

/// The provider.
pub(crate) struct Faulty {
    inner: Arc<Mutex<Inner>>,
    task: JoinHandle<()>,
}

fn pair() -> EcdsaKeyPair {
    let (by, chance) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let pair = EcdsaKeyPair::generate_pkcs8(by, &chance).expect("a key can be made");
    EcdsaKeyPair::from_pkcs8(by, pair.as_ref(), &chance).expect("the key is one")
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Faulty {
    pub(crate) fn start(listener: StdListener) -> Self {
        listener.set_nonblocking(true).expect("it can be asked");
        let listener = TcpListener::from_std(listener).expect("it can be served");
        let address = listener.local_addr().expect("the listener has an address");
        let inner = Arc::new(Mutex::new(Inner {
            url: format!("http://{address}"),
            key: pair(),
            key_name: "first".to_owned(),
            manners: Manners::default(),
            grants: BTreeMap::new(),
            codes: 0,
            tokens: 0,
        }));
        let shared = Arc::clone(&inner);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { inner, task }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn url(&self) -> String {
        self.inner().url.clone()
    }

    /// Behaves so from now on.
    pub(crate) fn behave(&self, manners: Manners) {
        self.inner().manners = manners;
    }

    /// Signs by a new key from now on, and publishes no other.
    pub(crate) fn change_keys(&self, name: &str) {
        let mut inner = self.inner();
        inner.key = pair();
        inner.key_name = name.to_owned();
    }

    /// How many codes it was asked to change into tokens.
    pub(crate) fn tokens(&self) -> usize {
        self.inner().tokens
    }

    /// Is gone.
    pub(crate) fn stop(&self) {
        self.task.abort();
    }

    /// Lets `subject` in, who came to this address; answers the code and the state that they go back
    /// with.
    pub(crate) fn let_in(&self, address: &str, subject: &str) -> (String, String) {
        let address = Url::parse(address).expect("it is an address");
        let asked: BTreeMap<_, _> = address.query_pairs().into_owned().collect();
        assert_eq!(address.path(), "/auth");
        for (name, value) in [
            ("response_type", "code"),
            ("scope", "openid"),
            ("client_id", CLIENT),
            ("redirect_uri", BACK),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(asked[name], value, "{address}");
        }
        let mut inner = self.inner();
        inner.codes += 1;
        let code = format!("code-{}-{subject}", inner.codes);
        let grant = Grant {
            subject: subject.to_owned(),
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
        };
        inner.grants.insert(code.clone(), grant);
        (code, asked["state"].clone())
    }
}

async fn serve(mut stream: TcpStream, inner: Arc<Mutex<Inner>>) -> Option<()> {
    let mut request = Vec::new();
    let (head, length) = loop {
        let mut part = [0; 4_096];
        let read = stream.read(&mut part).await.ok().filter(|&it| it > 0)?;
        request.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            break (head.to_owned(), header(head, "content-length"));
        }
    };
    let length: usize = length.and_then(|it| it.parse().ok()).unwrap_or(0);
    while request.len() < head.len() + 4 + length {
        let mut part = [0; 4_096];
        let read = stream.read(&mut part).await.ok().filter(|&it| it > 0)?;
        request.extend_from_slice(&part[..read]);
    }
    let body = String::from_utf8_lossy(&request[head.len() + 4..]).into_owned();
    let thinks = {
        let inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.manners.thinks
    };
    if head.starts_with("POST") {
        tokio::time::sleep(thinks).await;
    }
    let (status, answer) = {
        let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.answer(&head, &body)
    };
    let length = answer.len();
    let answer = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
    );
    stream.write_all(answer.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (this, value) = line.split_once(": ")?;
        this.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

impl Inner {
    fn answer(&mut self, head: &str, body: &str) -> (u16, String) {
        let path = head.split(' ').nth(1).unwrap_or_default();
        match path {
            "/.well-known/openid-configuration" => (200, self.document().to_string()),
            "/keys" => (200, json!({ "keys": [self.public_key()] }).to_string()),
            "/token" => {
                self.tokens += 1;
                let refused = |why: &str| (400, json!({ "error": why }).to_string());
                if let Some(answer) = &self.manners.answers {
                    return answer.clone();
                }
                match self.token(head, body) {
                    Ok(token) => (200, json!({ "id_token": token }).to_string()),
                    Err(why) => refused(why),
                }
            }
            _ => (404, "{}".to_owned()),
        }
    }

    fn document(&self) -> Value {
        let url = &self.url;
        let mut document = json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/auth"),
            "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/keys"),
        });
        overlay(&mut document, &self.manners.document);
        document
    }

    fn public_key(&self) -> Value {
        let point = self.key.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "kid": self.key_name,
            "x": encode(&point[1..33]), "y": encode(&point[33..]),
        })
    }

    fn token(&mut self, head: &str, body: &str) -> Result<String, &'static str> {
        let form = Url::parse(&format!("http://form/?{body}")).expect("it is a form");
        let form: BTreeMap<_, _> = form.query_pairs().into_owned().collect();
        // RFC 6749, 2.3.1: the parts are encoded as a form before they are put together.
        let known = format!("{CLIENT}:a+secret+with+%2B+and+%25");
        let known = format!("Basic {}", STANDARD.encode(known));
        if header(head, "authorization") != Some(known) {
            return Err("invalid_client");
        }
        let grant = self.grants.remove(&form["code"]).ok_or("invalid_grant")?;
        let challenge = encode(Sha256::digest(form["code_verifier"].as_bytes()));
        let is_meant = form["redirect_uri"] == BACK && form["grant_type"] == "authorization_code";
        if challenge != grant.challenge || !is_meant {
            return Err("invalid_grant");
        }
        let now = api::clock::Clock::default().now().timestamp();
        let mut claims = json!({
            "iss": self.url, "sub": grant.subject, "aud": CLIENT, "nonce": grant.nonce,
            "iat": now, "exp": now + 300,
        });
        overlay(&mut claims, &self.manners.claims);
        Ok(self.sign(&claims))
    }

    fn sign(&self, claims: &Value) -> String {
        let algorithm = match self.manners.signed {
            Signed::Well | Signed::ByAnother => "ES256",
            Signed::ByNothing => "none",
            Signed::ByThePublicKey => "HS256",
        };
        let header = json!({ "alg": algorithm, "kid": self.key_name, "typ": "JWT" });
        let message = format!(
            "{}.{}",
            encode(header.to_string()),
            encode(claims.to_string())
        );
        let by = |key: &EcdsaKeyPair| {
            let signed = key.sign(&SystemRandom::new(), message.as_bytes());
            signed.expect("it can be signed").as_ref().to_vec()
        };
        let signature = match self.manners.signed {
            Signed::Well => by(&self.key),
            Signed::ByAnother => by(&pair()),
            Signed::ByNothing => Vec::new(),
            Signed::ByThePublicKey => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, self.key.public_key().as_ref());
                hmac::sign(&secret, message.as_bytes()).as_ref().to_vec()
            }
        };
        format!("{message}.{}", encode(signature))
    }
}

fn overlay(onto: &mut Value, with: &Value) {
    let members = onto.as_object_mut().expect("it has members");
    for (name, value) in with.as_object().into_iter().flatten() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
}
