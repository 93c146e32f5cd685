//! Which passwords are good enough.
//!
//! **Invariant.** The two rule books that bind us contradict each other (TRUST F10), so each is a
//! named profile and none is mixed: ASVS 5 forbids rules of composition and forced change, the
//! Chinese checks for weak passwords (弱口令) demand both. The commonest passwords, and those that
//! hold the login name, are refused by either. All flaws are told at once.

mod common;

use super::Login;
use crate::kernel::named;

named! {
    /// A rule book for passwords.
    pub enum PasswordProfile {
        /// OWASP ASVS 5: length counts, nothing else is prescribed.
        Asvs = "asvs",
        /// 等保 practice: at least 10 characters of three classes, changed every 90 days.
        CnMlps = "cn-mlps",
    }
}

/// What is wrong with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFlaw {
    /// Too few characters.
    #[error("a password has at least {min} characters")]
    TooShort {
        /// The fewest allowed.
        min: usize,
    },
    /// Too many characters to hash in reasonable time.
    #[error("a password has at most {max} characters")]
    TooLong {
        /// The most allowed.
        max: usize,
    },
    /// Too few of: capital letters, small letters, digits, others.
    #[error("a password has {needed} of: capital letters, small letters, digits, other characters")]
    TooFewClasses {
        /// How many classes are needed.
        needed: usize,
    },
    /// It is one of the commonest, or a plain variant of one.
    #[error("the password is one of the commonest")]
    TooCommon,
    /// At most four different characters.
    #[error("the password repeats the same few characters")]
    Repetitive,
    /// It contains the login name.
    #[error("the password contains the login name")]
    ContainsLogin,
}

impl PasswordProfile {
    /// The most characters, in either profile; ASVS asks for at least 64.
    pub const LENGTH_MAX: usize = 128;

    /// The fewest characters. ASVS 5 demands 8 and recommends 15; we take 12 because there is no
    /// second factor yet.
    #[must_use]
    pub const fn length_min(self) -> usize {
        match self {
            Self::Asvs => 12,
            Self::CnMlps => 10,
        }
    }

    /// How many of the four classes of characters are needed.
    #[must_use]
    pub const fn classes_min(self) -> usize {
        match self {
            Self::Asvs => 0,
            Self::CnMlps => 3,
        }
    }

    /// After how many days a password must be changed, if ever.
    #[must_use]
    pub const fn days_max(self) -> Option<u32> {
        match self {
            Self::Asvs => None,
            Self::CnMlps => Some(90),
        }
    }

    /// How many earlier passwords may not be used again.
    #[must_use]
    pub const fn remembered(self) -> usize {
        match self {
            Self::Asvs => 0,
            Self::CnMlps => 5,
        }
    }

    /// Everything that is wrong with the password; nothing if it is good enough. Characters are
    /// Unicode scalar values: a password may be Chinese.
    #[must_use]
    pub fn flaws(self, password: &str, login: &Login) -> Vec<PasswordFlaw> {
        let length = password.chars().count();
        if length > Self::LENGTH_MAX {
            // The rest is not looked at: it could be megabytes.
            return vec![PasswordFlaw::TooLong {
                max: Self::LENGTH_MAX,
            }];
        }
        let (min, needed) = (self.length_min(), self.classes_min());
        let folded = password.to_lowercase();
        [
            (length < min).then_some(PasswordFlaw::TooShort { min }),
            (classes(password) < needed).then_some(PasswordFlaw::TooFewClasses { needed }),
            common::is_common(&folded).then_some(PasswordFlaw::TooCommon),
            common::is_repetitive(&folded).then_some(PasswordFlaw::Repetitive),
            folded
                .contains(login.as_str())
                .then_some(PasswordFlaw::ContainsLogin),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn classes(password: &str) -> usize {
    let is_other = |character: char| {
        !character.is_uppercase() && !character.is_lowercase() && !character.is_numeric()
    };
    [
        password.chars().any(char::is_uppercase),
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_numeric),
        password.chars().any(is_other),
    ]
    .into_iter()
    .filter(|&there| there)
    .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(profile: PasswordProfile, password: &str, expected: &[PasswordFlaw]) {
        let login = "zhangwei".parse().unwrap();
        assert_eq!(
            profile.flaws(password, &login),
            expected,
            "{profile} {password}"
        );
    }

    #[test]
    fn asvs_asks_for_length_and_nothing_else() {
        use PasswordFlaw::{ContainsLogin, Repetitive, TooCommon, TooLong, TooShort};
        let asvs = PasswordProfile::Asvs;
        let long: String = ('a'..='z')
            .cycle()
            .take(128)
            .enumerate()
            .map(|(index, letter)| if index % 3 == 0 { '7' } else { letter })
            .collect();
        check(asvs, "correct horse battery", &[]);
        check(asvs, "二零二一年七月台风烟花过境", &[]);
        check(asvs, "kdjfhgurybcn", &[]);
        check(asvs, &long, &[]);
        check(asvs, &"长".repeat(129), &[TooLong { max: 128 }]);
        check(asvs, "kdjfhgurybc", &[TooShort { min: 12 }]);
        check(asvs, "", &[TooShort { min: 12 }, Repetitive]);
        check(asvs, "xxxxxxxxxxxx", &[Repetitive]);
        check(asvs, "ZhangWei-kdjfhgury", &[ContainsLogin]);
        check(asvs, "Password123456!", &[TooCommon]);
    }

    #[test]
    fn the_chinese_profile_asks_for_three_classes() {
        use PasswordFlaw::{TooCommon, TooFewClasses, TooShort};
        let cn = PasswordProfile::CnMlps;
        check(cn, "Kdjf7gury2", &[]);
        check(cn, "kdjf#gury2", &[]);
        check(cn, "Kdjf7gur2", &[TooShort { min: 10 }]);
        check(cn, "kdjf7gury2", &[TooFewClasses { needed: 3 }]);
        check(cn, "correct horse battery", &[TooFewClasses { needed: 3 }]);
        check(cn, "P@ssw0rd2026", &[TooCommon]);
        check(cn, "Admin@123456", &[TooCommon]);
        check(cn, "Redcross@2026", &[TooCommon]);
    }

    #[test]
    fn rotation_belongs_to_one_profile_only() {
        assert_eq!(PasswordProfile::Asvs.days_max(), None);
        assert_eq!(PasswordProfile::CnMlps.days_max(), Some(90));
        assert_eq!(PasswordProfile::CnMlps.remembered(), 5);
    }
}
