//! Which passwords are good enough.
//!
//! **Invariant.** The figures are those of the policy. The commonest passwords, those that are
//! guessed soon and those that hold the login name are refused by either profile. All flaws are told
//! at once.

mod common;

use super::{AccountPolicy, Login};

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
    /// It is guessed too soon, being made of known passwords, words, names, dates and walks.
    #[error(
        "the password is guessed too soon: it is made of known passwords, words, names or dates"
    )]
    Guessable,
    /// It was the account's own not long ago.
    #[error("the password is one of the last {remembered} of this account")]
    UsedBefore {
        /// How many are remembered.
        remembered: usize,
    },
    /// It contains the login name.
    #[error("the password contains the login name")]
    ContainsLogin,
}

impl AccountPolicy {
    /// Everything that is wrong with the password; nothing if it is good enough. Characters are
    /// Unicode scalar values: a password may be Chinese. `guesses` says in how many guesses somebody
    /// would find it who knows the lists of breached passwords, the words and the names around the
    /// account.
    #[must_use]
    pub fn flaws(&self, password: &str, login: &Login, guesses: u64) -> Vec<PasswordFlaw> {
        let length = password.chars().count();
        let max = self.password_length_max.value;
        if length > max {
            // The rest is not looked at: it could be megabytes.
            return vec![PasswordFlaw::TooLong { max }];
        }
        let (min, needed) = (
            self.password_length_min.value,
            self.password_classes_min.value,
        );
        let folded = password.to_lowercase();
        let (common, repetitive) = (common::is_common(&folded), common::is_repetitive(&folded));
        let is_guessable = guesses < self.password_guesses_min.value;
        [
            (length < min).then_some(PasswordFlaw::TooShort { min }),
            (classes(password) < needed).then_some(PasswordFlaw::TooFewClasses { needed }),
            common.then_some(PasswordFlaw::TooCommon),
            repetitive.then_some(PasswordFlaw::Repetitive),
            // Said only where nothing plainer was.
            (is_guessable && length >= min && !common && !repetitive)
                .then_some(PasswordFlaw::Guessable),
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
    use crate::identity::PolicyProfile;

    // In so many guesses nobody finds it.
    const MANY: u64 = u64::MAX;

    fn check(policy: &AccountPolicy, password: &str, guesses: u64, expected: &[PasswordFlaw]) {
        let login = "zhangwei".parse().unwrap();
        let flaws = policy.flaws(password, &login, guesses);
        assert_eq!(flaws, expected, "{} {password}", policy.profile);
    }

    #[test]
    fn asvs_asks_for_length_and_nothing_else() {
        use PasswordFlaw::{ContainsLogin, Guessable, Repetitive, TooCommon, TooLong, TooShort};
        let asvs = PolicyProfile::Asvs.policy();
        let long: String = ('a'..='z')
            .cycle()
            .take(128)
            .enumerate()
            .map(|(index, letter)| if index % 3 == 0 { '7' } else { letter })
            .collect();
        for good in [
            "correct horse battery",
            "二零二一年七月台风烟花过境浙江",
            "kdjfhgurybcnvmz",
            &long,
        ] {
            check(asvs, good, MANY, &[]);
            check(asvs, good, 999_999_999, &[Guessable]);
            check(asvs, good, 1_000_000_000, &[]);
        }
        check(asvs, &"长".repeat(129), MANY, &[TooLong { max: 128 }]);
        check(asvs, "kdjfhgurybcnvm", MANY, &[TooShort { min: 15 }]);
        check(asvs, "", 0, &[TooShort { min: 15 }, Repetitive]);
        check(asvs, "xxxxxxxxxxxxxxx", 0, &[Repetitive]);
        check(asvs, "ZhangWei-kdjfhgury", MANY, &[ContainsLogin]);
        check(asvs, "Password123456!", 0, &[TooCommon]);
    }

    #[test]
    fn the_chinese_profile_asks_for_three_classes() {
        use PasswordFlaw::{TooCommon, TooFewClasses, TooShort};
        let cn = PolicyProfile::CnMlps.policy();
        check(cn, "Kdjf7gury2", MANY, &[]);
        check(cn, "kdjf#gury2", MANY, &[]);
        check(cn, "Kdjf7gur2", MANY, &[TooShort { min: 10 }]);
        check(cn, "kdjf7gury2", MANY, &[TooFewClasses { needed: 3 }]);
        let words = "correct horse battery";
        check(cn, words, MANY, &[TooFewClasses { needed: 3 }]);
        check(cn, "P@ssw0rd2026", MANY, &[TooCommon]);
        check(cn, "Admin@123456", MANY, &[TooCommon]);
        check(cn, "Redcross@2026", MANY, &[TooCommon]);
    }
}
