//! The digest that a body says it has (RFC 9530).
//!
//! **Invariant.** A body whose digest is said and differs has no effect. Nobody has to say one; what
//! is said by another algorithm than SHA-256 says nothing to us, as the RFC allows.

use axum::http::{HeaderMap, HeaderName};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::problem::{Code, Problem};

pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// Refuses a body that is not the one that was sent.
pub(super) fn check(headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    match said(headers)? {
        Some(said) => compare(said, Sha256::digest(body).into()),
        None => Ok(()),
    }
}

/// As [`check`], for a body that was hashed as it came.
pub(super) fn check_hashed(headers: &HeaderMap, found: [u8; 32]) -> Result<(), Problem> {
    said(headers)?.map_or(Ok(()), |said| compare(said, found))
}

fn compare(said: [u8; 32], found: [u8; 32]) -> Result<(), Problem> {
    if said == found {
        return Ok(());
    }
    Err(Problem::new(Code::ContentDigestMismatch))
}

// A dictionary of structured fields: `sha-256=:…:, sha-512=:…:`, over any number of lines.
fn said(headers: &HeaderMap) -> Result<Option<[u8; 32]>, Problem> {
    let mut said = None;
    for line in headers.get_all(CONTENT_DIGEST) {
        let line = line.to_str().map_err(|_| unreadable())?;
        for member in line.split(',') {
            let (name, value) = member.split_once('=').ok_or_else(unreadable)?;
            if name.trim() == "sha-256" {
                said = Some(bytes(value.trim()).ok_or_else(unreadable)?);
            }
        }
    }
    Ok(said)
}

fn bytes(value: &str) -> Option<[u8; 32]> {
    let encoded = value.strip_prefix(':')?.strip_suffix(':')?;
    STANDARD.decode(encoded).ok()?.try_into().ok()
}

fn unreadable() -> Problem {
    Problem::new(Code::ContentDigestMismatch).detail(
        "Content-Digest 的写法应为 sha-256=:<Base64>:",
        "Content-Digest is to be written as sha-256=:<Base64>:",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    // The examples of RFC 9530, appendix A and B.
    const HELLO: &[u8] = b"{\"hello\": \"world\"}\n";
    const OF_HELLO: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";

    fn checked(said: &[&str], body: &[u8]) -> bool {
        let mut headers = HeaderMap::new();
        for line in said {
            headers.append(CONTENT_DIGEST, line.parse().unwrap());
        }
        let checked = check(&headers, body);
        let hashed = check_hashed(&headers, Sha256::digest(body).into());
        assert_eq!(checked.is_ok(), hashed.is_ok());
        checked.is_ok()
    }

    #[test]
    fn a_body_is_the_one_whose_digest_was_said_or_none() {
        for (said, passes) in [
            (&[][..], true),
            (&[OF_HELLO], true),
            (&["sha-512=:AAAA:", OF_HELLO], true),
            (
                &["unixsum=1, sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"],
                true,
            ),
            (&["sha-512=:AAAA:"], true),
            (
                &["sha-256=:SK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"],
                false,
            ),
            (&["sha-256=:RK/0qy18:"], false),
            (
                &["sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="],
                false,
            ),
            (&["sha-256=:*:"], false),
            (&["sha-256"], false),
        ] {
            assert_eq!(checked(said, HELLO), passes, "{said:?}");
        }
        assert!(!checked(&[OF_HELLO], &HELLO[1..]));
    }
}
