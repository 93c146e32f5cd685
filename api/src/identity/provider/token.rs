//! Identity tokens, as they come (RFC 7515, compact).
//!
//! **Invariant.** Claims are read of a token whose signature was verified, and the settings say by
//! what: the token's own word picks among them, and none of them takes a secret or nothing for a
//! key.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use domain::identity::IdClaims;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::config::Algorithm;

use super::keys::{Keys, Verdict};

/// Why a token is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenFault {
    /// It cannot be read.
    #[error("malformed")]
    Malformed,
    /// It is signed by what the settings do not name, or not at all.
    #[error("algorithm")]
    Algorithm,
    /// It is signed by a key that the provider does not publish.
    #[error("unknown-key")]
    UnknownKey,
    /// Its signature is not that of the key.
    #[error("signature")]
    Signature,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// What a reader must understand; we understand nothing beyond the standard.
    crit: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nonce: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
    acr: Option<String>,
}

/// What a token claims, if it is the provider's.
pub(super) fn read(
    token: &str,
    keys: &Keys,
    algorithms: &[Algorithm],
) -> Result<IdClaims, TokenFault> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        return Err(TokenFault::Malformed);
    };
    let Header { alg, kid, crit } = part(header)?;
    let algorithm = algorithms.iter().find(|it| it.name() == alg);
    let algorithm = *algorithm.ok_or(TokenFault::Algorithm)?;
    if crit.is_some() {
        return Err(TokenFault::Malformed);
    }
    let signature = decode(signature).ok_or(TokenFault::Malformed)?;
    let message = &token[..header.len() + 1 + claims.len()];
    match keys.verify(algorithm, kid.as_deref(), message.as_bytes(), &signature) {
        Verdict::Signed => part::<Claims>(claims)?.read(),
        Verdict::Forged => Err(TokenFault::Signature),
        Verdict::NoKey => Err(TokenFault::UnknownKey),
    }
}

impl Claims {
    fn read(self) -> Result<IdClaims, TokenFault> {
        let moment = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(TokenFault::Malformed);
        Ok(IdClaims {
            issuer: self.iss,
            subject: self.sub,
            audience: match self.aud {
                Audience::One(one) => vec![one],
                Audience::Many(many) => many,
            },
            authorised_party: self.azp,
            expires_at: moment(self.exp)?,
            issued_at: moment(self.iat)?,
            nonce: self.nonce,
            methods: self.amr,
            assurance: self.acr,
        })
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Result<T, TokenFault> {
    let bytes = decode(text).ok_or(TokenFault::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenFault::Malformed)
}

/// The bytes of a part of a token.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A part of a token, or another text of signs that go into an address.
pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests;
