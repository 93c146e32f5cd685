//! What the settings make of the rules for accounts.
//!
//! **Invariant.** A setting is never laxer than the rule book that it names.

use std::time::Duration;

use chrono::TimeDelta;
use domain::identity::AccountPolicy;

use super::Config;

impl Config {
    /// The rules for accounts.
    pub(crate) fn policy(&self) -> &'static AccountPolicy {
        self.account_policy.0.policy()
    }

    /// How long a secret of an API key works.
    pub(crate) fn key_secret_lasts(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.api_key_secret_days))
    }

    /// How long a session lasts at most.
    pub(crate) fn session_lifetime(&self) -> TimeDelta {
        shorter(
            self.policy().session_lifetime_s.value,
            self.session_lifetime,
        )
    }

    /// How long a session lasts without being used.
    pub(crate) fn session_idle(&self) -> TimeDelta {
        shorter(self.policy().session_idle_s.value, self.session_idle)
    }
}

// A setting shortens what the policy says and never lengthens it.
fn shorter(policy_s: u32, set: Duration) -> TimeDelta {
    let policy = TimeDelta::seconds(i64::from(policy_s));
    match TimeDelta::from_std(set) {
        Ok(set) if set > TimeDelta::zero() => policy.min(set),
        _ => policy,
    }
}
