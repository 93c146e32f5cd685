//! Tokens that the library `jose` signed by keys that were thrown away, one by each algorithm.

use serde_json::Value;

use super::*;
use crate::identity::provider::keys::Published;

const ALL: [&str; 9] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
];

fn signed() -> Value {
    serde_json::from_str(include_str!("signed.json")).unwrap()
}

fn keys() -> Keys {
    let published: Published = serde_json::from_value(signed()).unwrap();
    published.usable()
}

fn algorithms(names: &[&str]) -> Vec<Algorithm> {
    let set = [("RELIEF_DEPOT_OIDC_ALGORITHMS".to_owned(), names.join(","))];
    let whole = [
        ("RELIEF_DEPOT_OIDC_ISSUER", "https://id.example"),
        ("RELIEF_DEPOT_OIDC_CLIENT_ID", "depot"),
        ("RELIEF_DEPOT_OIDC_REDIRECT_URL", "https://depot.example"),
    ];
    let whole = whole.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = crate::config::Config::load(None, set.into_iter().chain(whole)).unwrap();
    config.oidc.unwrap().algorithms
}

fn token(algorithm: &str) -> String {
    signed()["tokens"][algorithm].as_str().unwrap().to_owned()
}

fn unsigned(header: &str) -> String {
    let claims = r#"{"iss":"https://id.example","sub":"u","aud":"depot","exp":1,"iat":1}"#;
    format!(
        "{}.{}.",
        encode(header.as_bytes()),
        encode(claims.as_bytes())
    )
}

#[test]
fn each_algorithm_of_the_settings_is_verified_and_no_other() {
    for one in ALL {
        let claims = read(&token(one), &keys(), &algorithms(&[one])).expect(one);
        assert_eq!(claims.subject, "u-17");
        assert_eq!(claims.audience, ["depot"]);
        assert_eq!(claims.methods, ["pwd"]);
        let others: Vec<_> = ALL.into_iter().filter(|it| *it != one).collect();
        let refused = read(&token(one), &keys(), &algorithms(&others));
        assert_eq!(refused, Err(TokenFault::Algorithm), "{one}");
    }
}

#[test]
fn what_is_not_signed_by_the_provider_is_refused() {
    let all = algorithms(&ALL);
    let check = |token: &str, expected| {
        assert_eq!(read(token, &keys(), &all), Err(expected), "{token}");
    };
    // By the public key as a secret, and by nothing.
    check(&token("HS256"), TokenFault::Algorithm);
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"None"}"#, r#"{"alg":""}"#] {
        check(&unsigned(header), TokenFault::Algorithm);
    }
    check(
        &unsigned(r#"{"alg":"RS256","kid":"rsa"}"#),
        TokenFault::Signature,
    );
    check(
        &unsigned(r#"{"alg":"RS256","kid":"other"}"#),
        TokenFault::UnknownKey,
    );
    // The key is there, and it is of another kind.
    check(
        &unsigned(r#"{"alg":"ES256","kid":"rsa"}"#),
        TokenFault::UnknownKey,
    );
    check(
        &unsigned(r#"{"alg":"RS256","kid":"rsa","crit":["exp"]}"#),
        TokenFault::Malformed,
    );
    for text in ["", "a.b", "a.b.c.d", "..", "e30.e30.e30", "{}.{}.{}"] {
        check(text, TokenFault::Malformed);
    }
}

#[test]
fn nothing_of_a_token_can_be_changed() {
    let all = algorithms(&ALL);
    for one in ["RS256", "PS256", "ES256", "EdDSA"] {
        let whole = token(one);
        for at in 0..whole.len() {
            let mut altered = whole.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            // The last signs of a part may hold bits that mean nothing, and are refused then.
            assert!(read(&altered, &keys(), &all).is_err(), "{one} {at}");
        }
    }
}

#[test]
fn keys_that_cannot_be_used_are_passed_over() {
    let mut published = signed();
    let list = published["keys"].as_array_mut().unwrap();
    for key in list.iter_mut() {
        key["use"] = "enc".into();
    }
    list.push(serde_json::json!({ "kty": "oct", "k": "AAAA" }));
    list.push(serde_json::json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }));
    list.push(serde_json::json!({ "kty": "RSA" }));
    let published: Published = serde_json::from_value(published).unwrap();
    let all = algorithms(&ALL);
    let refused = read(&token("RS256"), &published.usable(), &all);
    assert_eq!(refused, Err(TokenFault::UnknownKey));
    // A key that names its algorithm is used for no other.
    let mut only = signed();
    only["keys"][0]["alg"] = "RS512".into();
    let only: Published = serde_json::from_value(only).unwrap();
    let only = only.usable();
    assert_eq!(
        read(&token("RS256"), &only, &all),
        Err(TokenFault::UnknownKey)
    );
    assert!(read(&token("RS512"), &only, &all).is_ok());
}
