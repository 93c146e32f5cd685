//! How a receiver knows that an event is ours (Standard Webhooks 1.0, `v1`).
//!
//! **Invariant.** The signature covers the id, the moment and every byte of the body. While a secret
//! is being changed both sign, so that no receiver has to change at the same moment.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ids;

/// Secrets begin so, that a scanner for leaked secrets can find them.
pub(super) const PREFIX: &str = "whsec_";

/// A new secret of 256 random bits.
pub(super) fn fresh_secret() -> String {
    format!("{PREFIX}{}", STANDARD.encode(ids::random::<32>()))
}

/// The header `webhook-signature`: one signature for each secret.
pub(super) fn sign<'a>(
    secrets: impl IntoIterator<Item = &'a str>,
    id: &str,
    timestamp: i64,
    body: &[u8],
) -> anyhow::Result<String> {
    let mut signatures = Vec::new();
    for secret in secrets {
        let key = STANDARD.decode(secret.strip_prefix(PREFIX).unwrap_or(secret))?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key)?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        signatures.push(format!("v1,{signature}"));
    }
    Ok(signatures.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the specification's own libraries.
    #[test]
    fn the_known_answer_of_the_specification() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let body = br#"{"test": 2432232314}"#;
        let signed = sign([secret], id, 1_614_265_330, body).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let both = sign([secret, &fresh_secret()], id, 1_614_265_330, body).unwrap();
        assert!(both.starts_with(&format!("{signed} v1,")), "{both}");
    }
}
