//! The two rule books for accounts, and every figure that the server takes from them.
//!
//! **Invariant.** They contradict each other (TRUST F10), so each is a named profile and none is
//! mixed: ASVS 5 forbids rules of composition and forced change, 等保 and the checks for weak
//! passwords (弱口令) demand both. No figure stands without the source that it was taken from and
//! how far that can be trusted; where a standard names none, the figure is ours and says so.

mod profiles;

use chrono::{DateTime, TimeDelta, Utc};

use super::{LockoutRule, Role};
use crate::kernel::{Confidence, named};

named! {
    /// A rule book for accounts.
    pub enum PolicyProfile {
        /// OWASP ASVS 5: length counts, nothing else is prescribed.
        Asvs = "asvs",
        /// 等保 (GB/T 22239-2019, level 3): composed, changed, and a second factor of everybody.
        CnMlps = "cn-mlps",
    }
}

impl PolicyProfile {
    /// Its figures.
    #[must_use]
    pub const fn policy(self) -> &'static AccountPolicy {
        match self {
            Self::Asvs => &profiles::ASVS,
            Self::CnMlps => &profiles::CN_MLPS,
        }
    }
}

/// A figure and where it is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The figure.
    pub value: T,
    /// The clause, or what else it was taken from.
    pub source: &'static str,
    /// How far it can be trusted.
    pub confidence: Confidence,
}

/// What a profile demands of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountPolicy {
    /// Whose figures these are.
    pub profile: PolicyProfile,
    /// The fewest characters of a password.
    pub password_length_min: Sourced<usize>,
    /// The most characters of a password.
    pub password_length_max: Sourced<usize>,
    /// How many are needed of: capital letters, small letters, digits, others.
    pub password_classes_min: Sourced<usize>,
    /// A password that would be found in fewer guesses is refused.
    pub password_guesses_min: Sourced<u64>,
    /// After how many days a password must be changed, if ever.
    pub password_days_max: Sourced<Option<u32>>,
    /// How many of the last passwords, the present one included, may not be taken again.
    pub passwords_remembered: Sourced<usize>,
    /// How many wrong passwords or codes in a row cost nothing.
    pub failures_free: Sourced<u32>,
    /// How long the next one locks; each further one twice as long.
    pub lock_first_s: Sourced<u32>,
    /// No lock is longer.
    pub lock_longest_s: Sourced<u32>,
    /// How long a session lasts without being used.
    pub session_idle_s: Sourced<u32>,
    /// How long a session lasts at most.
    pub session_lifetime_s: Sourced<u32>,
    /// Accounts with one of these roles must have a second factor.
    pub second_factor_of: Sourced<&'static [Role]>,
}

/// One figure of a policy, for whoever shows them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Its name, as the API has it.
    pub name: &'static str,
    /// It as a text: a number, names apart by blanks, or `none`.
    pub text: String,
    /// Where it is from.
    pub source: &'static str,
    /// How far that can be trusted.
    pub confidence: Confidence,
}

impl AccountPolicy {
    /// What follows from wrong passwords and codes.
    #[must_use]
    pub const fn lockout(&self) -> LockoutRule {
        LockoutRule {
            free_failures: self.failures_free.value,
            first_lock_s: self.lock_first_s.value,
            longest_lock_s: self.lock_longest_s.value,
        }
    }

    /// Whether a password that was set then has to be changed now.
    #[must_use]
    pub fn is_too_old(&self, set_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.password_days_max
            .value
            .is_some_and(|days| now - set_at > TimeDelta::days(i64::from(days)))
    }

    /// Whether an account with these roles must have a second factor.
    #[must_use]
    pub fn demands_second_factor(&self, mut roles: impl Iterator<Item = Role>) -> bool {
        roles.any(|role| self.second_factor_of.value.contains(&role))
    }

    /// Every figure, in the order in which they stand above.
    #[must_use]
    pub fn figures(&self) -> Vec<Figure> {
        fn figure<T>(name: &'static str, of: &Sourced<T>, text: String) -> Figure {
            Figure {
                name,
                text,
                source: of.source,
                confidence: of.confidence,
            }
        }
        macro_rules! numbers {
            ($($name:ident)*) => { [$(figure(stringify!($name), &self.$name, self.$name.value.to_string()),)*] };
        }
        let days = self.password_days_max.value;
        let days = days.map_or_else(|| "none".to_owned(), |days| days.to_string());
        let roles = self.second_factor_of.value.iter().map(|role| role.name());
        let roles: Vec<_> = roles.collect();
        let mut figures = Vec::from(numbers! {
            password_length_min password_length_max password_classes_min password_guesses_min
        });
        figures.push(figure("password_days_max", &self.password_days_max, days));
        figures.extend(numbers! {
            passwords_remembered failures_free lock_first_s lock_longest_s session_idle_s
            session_lifetime_s
        });
        figures.push(figure(
            "second_factor_of",
            &self.second_factor_of,
            roles.join(" "),
        ));
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profiles_contradict_each_other_where_their_books_do() {
        let (asvs, cn) = (PolicyProfile::Asvs.policy(), PolicyProfile::CnMlps.policy());
        // ASVS 5.0.0 6.2.5 and 6.2.10 against GB/T 22239-2019 8.1.4.1 a.
        assert_eq!(asvs.password_classes_min.value, 0);
        assert_eq!(asvs.password_days_max.value, None);
        assert_eq!(asvs.passwords_remembered.value, 0);
        assert_eq!(cn.password_classes_min.value, 3);
        assert_eq!(cn.password_days_max.value, Some(90));
        assert_eq!(cn.passwords_remembered.value, 5);
        for &profile in PolicyProfile::ALL {
            let policy = profile.policy();
            assert_eq!(policy.profile, profile);
            // ASVS 5.0.0 6.2.1 and 6.2.9, which bind nobody to less under the other.
            assert!(policy.password_length_min.value >= 8, "{profile}");
            assert!(policy.password_length_max.value >= 64, "{profile}");
            assert!(policy.session_idle_s.value <= policy.session_lifetime_s.value);
            assert!(policy.lock_first_s.value <= policy.lock_longest_s.value);
        }
    }

    #[test]
    fn a_second_factor_is_demanded_of_whom_the_profile_names() {
        let asvs = PolicyProfile::Asvs.policy();
        let cn = PolicyProfile::CnMlps.policy();
        for &role in Role::ALL {
            let asked = asvs.demands_second_factor([role].into_iter());
            assert_eq!(asked, role.is_administrator(), "{role}");
            assert!(cn.demands_second_factor([role].into_iter()), "{role}");
        }
        for policy in [asvs, cn] {
            assert!(!policy.demands_second_factor([].into_iter()));
        }
        let mixed = [Role::Keeper, Role::SystemAdmin];
        assert!(asvs.demands_second_factor(mixed.into_iter()));
    }

    #[test]
    fn a_password_grows_too_old_where_it_must_be_changed() {
        let set = DateTime::UNIX_EPOCH;
        for (profile, days, too_old) in [
            (PolicyProfile::Asvs, 40_000, false),
            (PolicyProfile::CnMlps, 89, false),
            (PolicyProfile::CnMlps, 90, false),
            (PolicyProfile::CnMlps, 91, true),
        ] {
            let now = set + TimeDelta::days(days);
            let policy = profile.policy();
            assert_eq!(policy.is_too_old(set, now), too_old, "{profile} {days}");
            // A clock that was set back forces nobody.
            assert!(!policy.is_too_old(now, set));
        }
    }

    #[test]
    fn the_page_for_operators_names_every_figure_as_it_is() {
        let page = include_str!("../../../docs/IDENTITY.md");
        let of = |profile: PolicyProfile| profile.policy().figures();
        for (asvs, cn) in of(PolicyProfile::Asvs)
            .into_iter()
            .zip(of(PolicyProfile::CnMlps))
        {
            assert_eq!(asvs.name, cn.name);
            let row = format!("| `{}` | {} | {} |", asvs.name, asvs.text, cn.text);
            assert!(page.contains(&row), "{row}");
            for figure in [asvs, cn] {
                let source = format!("{} ({})", figure.source, figure.confidence);
                assert!(page.contains(&source), "{}: {source}", figure.name);
            }
        }
    }
}
