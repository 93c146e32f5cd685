//! Codes that a telephone shows: time-based one-time passwords, RFC 6238.
//!
//! **Invariant.** A code is taken once: only those of later steps than the last one that was taken
//! count (RFC 6238 5.2, ASVS 5.0.0 6.5.1). The clocks of the two may differ by one step and no more.

use std::fmt;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use super::Login;

/// The secret that a server and a telephone share.
#[derive(Clone, PartialEq, Eq)]
pub struct Totp([u8; Totp::SECRET_BYTES]);

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Totp(…)")
    }
}

impl Totp {
    /// The length of a secret: that of the hash, as RFC 4226 4 (R6) recommends.
    pub const SECRET_BYTES: usize = 20;
    /// How long a step lasts (RFC 6238 5.2 recommends 30 seconds).
    pub const STEP_S: i64 = 30;
    /// The digits of a code; every authenticator shows six.
    pub const DIGITS: u32 = 6;
    /// How many steps before and after the present one count. RFC 6238 5.2 recommends one for the
    /// way; the one after is for telephones that run fast, which without a network nothing sets
    /// right.
    pub const STEPS_OFF: i64 = 1;

    /// Over these random bytes.
    #[must_use]
    pub const fn new(secret: [u8; Self::SECRET_BYTES]) -> Self {
        Self(secret)
    }

    /// The secret's bytes, to be kept sealed.
    #[must_use]
    pub const fn secret(&self) -> &[u8; Self::SECRET_BYTES] {
        &self.0
    }

    /// The secret as a person types it where nothing can be scanned: Base32 (RFC 4648).
    #[must_use]
    pub fn base32(&self) -> String {
        base32(&self.0)
    }

    /// What an authenticator reads off a square code: the `otpauth` address that they all know.
    #[must_use]
    pub fn uri(&self, issuer: &str, login: &Login) -> String {
        let issuer: String = issuer.bytes().map(escaped).collect();
        let login: String = login.as_str().bytes().map(escaped).collect();
        format!(
            "otpauth://totp/{issuer}:{login}?secret={}&issuer={issuer}&algorithm=SHA1&digits={}&period={}",
            self.base32(),
            Self::DIGITS,
            Self::STEP_S
        )
    }

    /// The step that a moment lies in.
    #[must_use]
    pub const fn step(now: DateTime<Utc>) -> i64 {
        now.timestamp().div_euclid(Self::STEP_S)
    }

    /// The code of a step.
    #[must_use]
    pub fn code(&self, step: i64) -> String {
        let width = usize::try_from(Self::DIGITS).unwrap_or_default();
        format!("{:0width$}", truncated(&self.0, step, Self::DIGITS))
    }

    /// The step whose code this is, if it counts now and none of it or of a later one was taken.
    #[must_use]
    pub fn check(&self, code: &str, now: DateTime<Utc>, last_taken: Option<i64>) -> Option<i64> {
        let present = Self::step(now);
        (present - Self::STEPS_OFF..=present + Self::STEPS_OFF)
            .filter(|&step| last_taken.is_none_or(|last| step > last))
            .rfind(|&step| self.code(step) == code)
    }
}

// RFC 4226 5.3: four bytes of the hash, at the place that its last half byte names.
fn truncated(secret: &[u8], step: i64, digits: u32) -> u32 {
    // A key of any length makes an HMAC.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else {
        return 0;
    };
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 0xF);
    let four = [hash[at] & 0x7F, hash[at + 1], hash[at + 2], hash[at + 3]];
    u32::from_be_bytes(four) % 10_u32.pow(digits)
}

fn escaped(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

// RFC 4648 6, without padding, which authenticators do not take.
fn base32(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    (0..bytes.len() * 8)
        .step_by(5)
        .map(|at| (at..at + 5).fold(0_u8, |sign, at| sign << 1 | bit(at)))
        .map(|sign| char::from(SIGNS[usize::from(sign)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    const SEED: &[u8; 20] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_4226_and_rfc_6238() {
        // RFC 4226, appendix D.
        for (count, code) in [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ]
        .into_iter()
        .enumerate()
        {
            let step = i64::try_from(count).unwrap();
            assert_eq!(Totp::new(*SEED).code(step), code, "{count}");
        }
        // RFC 6238, appendix B, the rows of SHA1.
        for (second, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let now = DateTime::from_timestamp(second, 0).unwrap();
            assert_eq!(truncated(SEED, Totp::step(now), 8), code, "{second}");
        }
    }

    #[test]
    fn secrets_are_spelled_by_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text, "{bytes}");
        }
    }

    #[test]
    fn an_authenticator_is_told_all_it_needs() {
        let login = "zhang.wei@hz".parse().unwrap();
        assert_eq!(
            Totp::new(*SEED).uri("Relief Depot", &login),
            "otpauth://totp/Relief%20Depot:zhang.wei%40hz?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Relief%20Depot&algorithm=SHA1&digits=6&period=30"
        );
    }

    proptest! {
        #[test]
        fn a_code_counts_once_and_for_one_step_around(
            secret: [u8; 20],
            second in 0_i64..4_000_000_000,
            off in -4_i64..=4,
        ) {
            let totp = Totp::new(secret);
            let now = DateTime::from_timestamp(second, 0).unwrap();
            let step = Totp::step(now) + off;
            let code = totp.code(step);
            let near: Vec<_> = (-1..=1).map(|near| totp.code(Totp::step(now) + near)).collect();
            let taken = totp.check(&code, now, None);
            // Two steps may have the same code, once in a million times.
            prop_assert_eq!(taken.is_some(), near.contains(&code));
            if let Some(taken) = taken {
                prop_assert!((taken - Totp::step(now)).abs() <= 1);
                for later in 0..90 {
                    let again = totp.check(&code, now + TimeDelta::seconds(later), Some(taken));
                    prop_assert!(again.is_none_or(|again| again > taken && totp.code(again) == code));
                }
            }
        }
    }
}
