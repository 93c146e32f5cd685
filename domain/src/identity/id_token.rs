//! Whether what an identity provider says of a person is meant for us, and for this login.
//!
//! **Invariant.** Nothing is believed of a token whose issuer, audience, nonce or time is not the
//! expected one (OpenID Connect Core 1.0, 3.1.3.7). That its signature is the issuer's is somebody
//! else's to find out, and comes first.

use chrono::{DateTime, TimeDelta, Utc};

/// What a token claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdClaims {
    /// Who says it.
    pub issuer: String,
    /// Of whom, by the issuer's own name for them.
    pub subject: String,
    /// To whom.
    pub audience: Vec<String>,
    /// Who asked for it, where that is said.
    pub authorised_party: Option<String>,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
    /// When it was said.
    pub issued_at: DateTime<Utc>,
    /// What we sent along.
    pub nonce: Option<String>,
    /// How the person proved who they are.
    pub methods: Vec<String>,
    /// How sure the issuer is of it.
    pub assurance: Option<String>,
}

/// What it must claim.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The issuer of the settings.
    pub issuer: &'a str,
    /// Our name at the issuer.
    pub client: &'a str,
    /// What was sent along with this login.
    pub nonce: &'a str,
    /// The time.
    pub now: DateTime<Utc>,
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenFault {
    /// Another issuer.
    #[error("issuer")]
    Issuer,
    /// It is meant for somebody else, or was asked for by somebody else.
    #[error("audience")]
    Audience,
    /// It belongs to another login.
    #[error("nonce")]
    Nonce,
    /// It is over.
    #[error("expired")]
    Expired,
    /// It was said in the future.
    #[error("issued-in-the-future")]
    Future,
    /// The issuer's name for the person is none.
    #[error("subject")]
    Subject,
}

impl IdClaims {
    /// The longest name of a person (OpenID Connect Core 1.0, 2: `sub`).
    pub const SUBJECT_LENGTH_MAX: usize = 255;
    /// How far the clocks of the two may be apart, in seconds.
    pub const CLOCKS_APART_S: i64 = 60;

    /// Whether a text can be an issuer's name for a person.
    #[must_use]
    pub fn is_subject(text: &str) -> bool {
        let is_sign = |sign: char| sign.is_ascii_graphic() || sign == ' ';
        (1..=Self::SUBJECT_LENGTH_MAX).contains(&text.len()) && text.chars().all(is_sign)
    }

    /// Refuses what is not meant for us and this login.
    ///
    /// # Errors
    /// The first thing that is not as expected.
    pub fn check(&self, expected: &Expected<'_>) -> Result<(), IdTokenFault> {
        let apart = TimeDelta::seconds(Self::CLOCKS_APART_S);
        let is_other = |party: &String| party != expected.client;
        if self.issuer != expected.issuer {
            Err(IdTokenFault::Issuer)
        } else if !self.audience.iter().any(|one| one == expected.client)
            || self.authorised_party.as_ref().is_some_and(is_other)
            // Whoever else it is meant for could hand it on to us.
            || (self.audience.len() > 1 && self.authorised_party.is_none())
        {
            Err(IdTokenFault::Audience)
        } else if self.nonce.as_deref() != Some(expected.nonce) {
            Err(IdTokenFault::Nonce)
        } else if expected.now - self.expires_at >= apart {
            Err(IdTokenFault::Expired)
        } else if self.issued_at - expected.now > apart {
            Err(IdTokenFault::Future)
        } else if Self::is_subject(&self.subject) {
            Ok(())
        } else {
            Err(IdTokenFault::Subject)
        }
    }

    /// Whether the issuer had a second factor shown, by one of the words that are taken for that.
    #[must_use]
    pub fn shows_second_factor(&self, words: &[String]) -> bool {
        let said = self.methods.iter().chain(&self.assurance);
        said.into_iter().any(|word| words.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected<'static> {
        Expected {
            issuer: "https://id.example",
            client: "depot",
            nonce: "n1",
            now: DateTime::UNIX_EPOCH + TimeDelta::days(1),
        }
    }

    fn good() -> IdClaims {
        let now = expected().now;
        IdClaims {
            issuer: "https://id.example".to_owned(),
            subject: "u-17".to_owned(),
            audience: vec!["depot".to_owned()],
            authorised_party: None,
            expires_at: now + TimeDelta::minutes(5),
            issued_at: now,
            nonce: Some("n1".to_owned()),
            methods: Vec::new(),
            assurance: None,
        }
    }

    fn check(change: impl FnOnce(&mut IdClaims)) -> Result<(), IdTokenFault> {
        let mut claims = good();
        change(&mut claims);
        claims.check(&expected())
    }

    #[test]
    fn what_is_not_meant_for_us_and_this_login_is_refused() {
        use IdTokenFault::{Audience, Expired, Future, Issuer, Nonce, Subject};
        let now = expected().now;
        let both = || vec!["depot".to_owned(), "other".to_owned()];
        let party = |name: &str| Some(name.to_owned());
        assert_eq!(check(|_| {}), Ok(()));
        for issuer in [
            "",
            "https://id.example/",
            "https://ID.example",
            "http://id.example",
        ] {
            assert_eq!(check(|it| it.issuer = issuer.to_owned()), Err(Issuer));
        }
        assert_eq!(check(|it| it.audience = Vec::new()), Err(Audience));
        assert_eq!(
            check(|it| it.audience = vec!["depots".to_owned()]),
            Err(Audience)
        );
        assert_eq!(check(|it| it.audience = both()), Err(Audience));
        assert_eq!(
            check(|it| it.authorised_party = party("other")),
            Err(Audience)
        );
        let shared = |it: &mut IdClaims| {
            it.audience = both();
            it.authorised_party = party("depot");
        };
        assert_eq!(check(shared), Ok(()));
        for nonce in [None, Some(String::new()), party("n2")] {
            assert_eq!(check(|it| it.nonce = nonce), Err(Nonce));
        }
        for (past_s, expected) in [(0, Ok(())), (59, Ok(())), (60, Err(Expired))] {
            let over = now - TimeDelta::seconds(past_s);
            assert_eq!(check(|it| it.expires_at = over), expected, "{past_s}");
        }
        for (ahead_s, expected) in [(60, Ok(())), (61, Err(Future))] {
            let said = now + TimeDelta::seconds(ahead_s);
            assert_eq!(check(|it| it.issued_at = said), expected, "{ahead_s}");
        }
        for subject in ["", "张三", "a\nb", &"x".repeat(256)] {
            assert_eq!(check(|it| it.subject = subject.to_owned()), Err(Subject));
        }
        assert_eq!(check(|it| it.subject = "x".repeat(255)), Ok(()));
    }

    #[test]
    fn a_second_factor_counts_by_the_words_that_are_named() {
        let words = ["mfa".to_owned(), "urn:gold".to_owned()];
        let shows = |methods: &[&str], assurance: Option<&str>, words: &[String]| {
            let mut claims = good();
            claims.methods = methods.iter().map(|&it| it.to_owned()).collect();
            claims.assurance = assurance.map(str::to_owned);
            claims.shows_second_factor(words)
        };
        assert!(shows(&["pwd", "mfa"], None, &words));
        assert!(shows(&[], Some("urn:gold"), &words));
        assert!(!shows(&["pwd"], Some("urn:silver"), &words));
        assert!(!shows(&[], None, &words));
        // Where none is named, ours is demanded whatever the issuer says.
        assert!(!shows(&["mfa"], Some("urn:gold"), &[]));
    }
}
