//! The rules for accounts, as anybody may ask for them.
//!
//! **Invariant.** What is shown is what is done: a limit that the operator shortened is shown short.

use chrono::TimeDelta;
use domain::identity::Totp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::Config;

/// The rules that bind accounts here.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::identity) struct AccountPolicyView {
    /// `asvs` or `cn-mlps`.
    #[schema(max_length = 16)]
    profile: String,
    /// The fewest characters of a password.
    #[schema(minimum = 1)]
    password_length_min: u64,
    /// The most characters of a password.
    #[schema(minimum = 1)]
    password_length_max: u64,
    /// How many a password needs of: capital letters, small letters, digits, others.
    #[schema(minimum = 0, maximum = 4)]
    password_classes_min: u64,
    /// A password that would be found in fewer guesses is refused: known ones, words, names, dates.
    #[schema(minimum = 0)]
    password_guesses_min: u64,
    /// After how many days a password must be changed; null for never.
    password_days_max: Option<u32>,
    /// How many of the last passwords may not be taken again.
    #[schema(minimum = 0)]
    passwords_remembered: u64,
    /// How many wrong passwords or codes in a row cost nothing.
    #[schema(minimum = 0)]
    failures_free: u32,
    /// How many seconds the next one locks; each further one twice as long.
    #[schema(minimum = 0)]
    lock_first_s: u32,
    /// How many seconds the longest lock lasts.
    #[schema(minimum = 0)]
    lock_longest_s: u32,
    /// How many seconds a session lasts without being used.
    #[schema(minimum = 1)]
    session_idle_s: i64,
    /// How many seconds a session lasts at most.
    #[schema(minimum = 1)]
    session_lifetime_s: i64,
    /// Accounts with one of these roles must have a second factor.
    #[schema(max_items = 16)]
    second_factor_of: Vec<String>,
    /// How many digits a code of a second factor has.
    #[schema(minimum = 6)]
    code_digits: u32,
    /// How many seconds a code is shown.
    #[schema(minimum = 1)]
    code_step_s: i64,
    /// The identity provider that one may log in by; null where there is none.
    #[schema(max_length = 1000)]
    login_provider: Option<String>,
    /// Where each figure is from.
    #[schema(max_items = 32)]
    sources: Vec<FigureSourceView>,
}

/// Where a figure is from.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::identity) struct FigureSourceView {
    /// The member above that holds it.
    #[schema(max_length = 32)]
    figure: String,
    /// The clause, or what else it was taken from.
    #[schema(max_length = 200)]
    source: String,
    /// V read in the text of the source, S read in what reports it, I deduced or ours.
    #[schema(max_length = 1)]
    confidence: String,
}

impl AccountPolicyView {
    pub(in crate::identity) fn of(config: &Config) -> Self {
        let policy = config.policy();
        let (idle, lifetime) = (config.session_idle(), config.session_lifetime());
        let is_shorter = |limit: TimeDelta, policy_s: u32| limit.num_seconds() < policy_s.into();
        let set = [
            (
                "session_idle_s",
                is_shorter(idle, policy.session_idle_s.value),
            ),
            (
                "session_lifetime_s",
                is_shorter(lifetime, policy.session_lifetime_s.value),
            ),
        ];
        let sources = policy.figures().into_iter().map(|figure| {
            let of_the_operator = set.contains(&(figure.name, true));
            FigureSourceView {
                figure: figure.name.to_owned(),
                source: if of_the_operator {
                    format!("the operator's setting, below {}", figure.text)
                } else {
                    figure.source.to_owned()
                },
                confidence: figure.confidence.name().to_owned(),
            }
        });
        let roles = policy.second_factor_of.value.iter();
        Self {
            profile: policy.profile.name().to_owned(),
            password_length_min: count(policy.password_length_min.value),
            password_length_max: count(policy.password_length_max.value),
            password_classes_min: count(policy.password_classes_min.value),
            password_guesses_min: policy.password_guesses_min.value,
            password_days_max: policy.password_days_max.value,
            passwords_remembered: count(policy.passwords_remembered.value),
            failures_free: policy.failures_free.value,
            lock_first_s: policy.lock_first_s.value,
            lock_longest_s: policy.lock_longest_s.value,
            session_idle_s: idle.num_seconds(),
            session_lifetime_s: lifetime.num_seconds(),
            second_factor_of: roles.map(|role| role.name().to_owned()).collect(),
            code_digits: Totp::DIGITS,
            code_step_s: Totp::STEP_S,
            login_provider: config.oidc.as_ref().map(|oidc| oidc.issuer.clone()),
            sources: sources.collect(),
        }
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
