//! The keys by which a provider signs (RFC 7517).
//!
//! **Invariant.** A key that we cannot use is passed over, not an error: providers publish more than
//! one client needs. What is used fits the algorithm that it is used for.

use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;

use crate::config::Algorithm;

use super::token::decode;

/// A list of keys as it is published.
#[derive(Debug, Deserialize)]
pub(super) struct Published {
    keys: Vec<Jwk>,
}

#[derive(Debug, Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    r#use: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The ones of them that we can use.
#[derive(Debug)]
pub(super) struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    name: Option<String>,
    /// The only algorithm that it may be used for, if it says so.
    only_for: Option<String>,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Published {
    pub(super) fn usable(self) -> Keys {
        Keys(self.keys.into_iter().filter_map(Jwk::usable).collect())
    }
}

impl Jwk {
    fn usable(self) -> Option<Key> {
        if self.r#use.as_deref().is_some_and(|it| it != "sig") {
            return None;
        }
        let bytes = |text: Option<String>| decode(&text?);
        // SEC 1, 2.3.3: both coordinates, uncompressed.
        let point = |width: usize, x: Option<String>, y: Option<String>| {
            let (x, y) = (bytes(x)?, bytes(y)?);
            let fits = x.len() == width && y.len() == width;
            fits.then(|| [&[4], &x[..], &y[..]].concat())
        };
        let form = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => Form::Rsa {
                modulus: bytes(self.n)?,
                exponent: bytes(self.e)?,
            },
            ("EC", Some("P-256")) => Form::P256(point(32, self.x, self.y)?),
            ("EC", Some("P-384")) => Form::P384(point(48, self.x, self.y)?),
            ("OKP", Some("Ed25519")) => Form::Ed25519(bytes(self.x)?),
            _ => return None,
        };
        Some(Key {
            name: self.kid,
            only_for: self.alg,
            form,
        })
    }
}

/// Whether a message was signed by one of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Signed,
    Forged,
    /// No key of that name fits the algorithm.
    NoKey,
}

impl Keys {
    /// Whether the key called `name`, or any where none is called, signed the message.
    pub(super) fn verify(
        &self,
        algorithm: Algorithm,
        name: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Verdict {
        let fitting = self.0.iter().filter(|key| {
            let is_named = name.is_none() || key.name.as_deref() == name;
            let only_for = key.only_for.as_deref();
            is_named && only_for.is_none_or(|only| only == algorithm.name())
        });
        let mut verdict = Verdict::NoKey;
        for key in fitting {
            match key.form.verifies(algorithm, message, signature) {
                Some(true) => return Verdict::Signed,
                Some(false) => verdict = Verdict::Forged,
                None => {}
            }
        }
        verdict
    }
}

impl Form {
    // Nothing where the key is not of a kind that the algorithm takes.
    fn verifies(&self, algorithm: Algorithm, message: &[u8], signed: &[u8]) -> Option<bool> {
        use Algorithm::{EdDsa, Es256, Es384, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        if let Self::Rsa { modulus, exponent } = self {
            let by = match algorithm {
                Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
                Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
                Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
                Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
                Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
                Es256 | Es384 | EdDsa => return None,
            };
            let (n, e) = (modulus, exponent);
            let key = RsaPublicKeyComponents { n, e };
            return Some(key.verify(by, message, signed).is_ok());
        }
        let (by, point): (&'static dyn VerificationAlgorithm, _) = match (self, algorithm) {
            (Self::P256(point), Es256) => (&signature::ECDSA_P256_SHA256_FIXED, point),
            (Self::P384(point), Es384) => (&signature::ECDSA_P384_SHA384_FIXED, point),
            (Self::Ed25519(point), EdDsa) => (&signature::ED25519, point),
            _ => return None,
        };
        let key = UnparsedPublicKey::new(by, point);
        Some(key.verify(message, signed).is_ok())
    }
}
