//! Where a provider is asked what (OpenID Connect Discovery 1.0).
//!
//! **Invariant.** What is published under an issuer's address names that issuer and no other, and
//! every address in it can be used without somebody reading on the way.

use anyhow::{Context, ensure};
use reqwest::Url;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::config::is_safe;

use super::Ticket;

/// What a provider publishes of itself.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// What we use of it.
#[derive(Debug)]
pub(super) struct Addresses {
    authorization: Url,
    pub(super) token: Url,
    pub(super) keys: Url,
    /// Whether a secret goes into the header.
    pub(super) takes_basic: bool,
    /// Whether it says who sends a person back (RFC 9207).
    pub(super) names_itself: bool,
}

/// Where an issuer publishes it.
pub(super) fn of(issuer: &str) -> anyhow::Result<Url> {
    let issuer = issuer.trim_end_matches('/');
    safe(&format!("{issuer}/.well-known/openid-configuration"))
}

fn safe(text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).with_context(|| format!("`{text}` is no address"))?;
    ensure!(is_safe(&url), "`{url}` is not an https address");
    Ok(url)
}

impl Document {
    pub(super) fn check(&self, issuer: &str) -> anyhow::Result<Addresses> {
        ensure!(
            self.issuer == issuer,
            "it calls itself `{}` and not `{issuer}`",
            self.issuer
        );
        // Where nothing is said, the header is the way.
        let basic = self.token_endpoint_auth_methods_supported.as_ref();
        let takes_basic =
            basic.is_none_or(|ways| ways.iter().any(|way| way == "client_secret_basic"));
        Ok(Addresses {
            authorization: safe(&self.authorization_endpoint)?,
            token: safe(&self.token_endpoint)?,
            keys: safe(&self.jwks_uri)?,
            takes_basic,
            names_itself: self.authorization_response_iss_parameter_supported,
        })
    }
}

impl Addresses {
    /// Where a person goes to show who they are, and comes back from with a code that only the
    /// holder of the ticket can redeem.
    pub(super) fn door(&self, client: &str, back: &str, ticket: &Ticket) -> String {
        let challenge = super::token::encode(&Sha256::digest(ticket.verifier.as_bytes()));
        let mut door = self.authorization.clone();
        door.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("scope", "openid")
            .append_pair("client_id", client)
            .append_pair("redirect_uri", back)
            .append_pair("state", &ticket.state)
            .append_pair("nonce", &ticket.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        door.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        let text = r#"{ "issuer": "https://id.example", "authorization_endpoint": "https://id.example/auth?x=1",
            "token_endpoint": "https://id.example/token", "jwks_uri": "https://id.example/keys" }"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_document_names_its_issuer_and_safe_addresses() {
        let addresses = document().check("https://id.example").unwrap();
        assert!(addresses.takes_basic && !addresses.names_itself);
        assert!(document().check("https://id.example/").is_err());
        let mut elsewhere = document();
        elsewhere.token_endpoint = "http://id.example/token".to_owned();
        assert!(elsewhere.check("https://id.example").is_err());
        let mut posting = document();
        posting.token_endpoint_auth_methods_supported = Some(vec!["client_secret_post".to_owned()]);
        assert!(!posting.check("https://id.example").unwrap().takes_basic);
        for (issuer, place) in [
            (
                "https://id.example",
                "https://id.example/.well-known/openid-configuration",
            ),
            (
                "https://id.example/a/",
                "https://id.example/a/.well-known/openid-configuration",
            ),
        ] {
            assert_eq!(of(issuer).unwrap().as_str(), place);
        }
    }

    #[test]
    fn the_door_binds_the_code_to_the_ticket() {
        // RFC 7636, appendix B.
        let ticket = Ticket {
            state: "s t".to_owned(),
            nonce: "n".to_owned(),
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
        };
        let addresses = document().check("https://id.example").unwrap();
        let door = addresses.door("depot", "https://depot.example/in", &ticket);
        for part in [
            "https://id.example/auth?x=1&response_type=code&scope=openid&client_id=depot&",
            "&redirect_uri=https%3A%2F%2Fdepot.example%2Fin&state=s+t&nonce=n&",
            "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
        ] {
            assert!(door.contains(part), "{door}");
        }
    }
}
