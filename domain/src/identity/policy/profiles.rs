//! The figures of the two profiles.
//!
//! **Invariant.** The national standard names no numbers for passwords, locks and idle sessions; what
//! stands here for them is what assessments of weak passwords (弱口令) commonly ask, or ours.

use super::{AccountPolicy, PolicyProfile, Role, Sourced};
use crate::kernel::Confidence::{self, Inferred, SecondHand, Verbatim};

const CLAUSE_A: &str = "GB/T 22239-2019 8.1.4.1 a names no figure; 弱口令 checks, TRUST F10";
const CLAUSE_B: &str = "GB/T 22239-2019 8.1.4.1 b names no figure; ours";
const CLAUSE_D: &str = "GB/T 22239-2019 8.1.4.1 d: two factors of users";
const GUESSES: &str = "ASVS 5.0.0 6.2.4 and 6.2.12 ask for lists; the bound over zxcvbn's is ours";
const RATE: &str = "ASVS 5.0.0 6.3.1 asks for a limit; ours";
const LIMITS: &str = "ASVS 5.0.0 7.1.1 asks for limits; ours, a shift at a depot";

const fn from<T>(value: T, source: &'static str, confidence: Confidence) -> Sourced<T>
where
    T: Copy,
{
    Sourced {
        value,
        source,
        confidence,
    }
}

pub(super) const ASVS: AccountPolicy = AccountPolicy {
    profile: PolicyProfile::Asvs,
    password_length_min: from(15, "ASVS 5.0.0 6.2.1: at least 8, better 15", Verbatim),
    password_length_max: from(128, "ASVS 5.0.0 6.2.9: at least 64; ours", Inferred),
    password_classes_min: from(0, "ASVS 5.0.0 6.2.5: no rules of composition", Verbatim),
    password_guesses_min: from(1_000_000_000, GUESSES, Inferred),
    password_days_max: from(None, "ASVS 5.0.0 6.2.10: no forced change", Verbatim),
    passwords_remembered: from(
        0,
        "ASVS 5.0.0 6.2.10: no forced change, nothing to remember",
        Inferred,
    ),
    failures_free: from(4, RATE, Inferred),
    lock_first_s: from(60, RATE, Inferred),
    lock_longest_s: from(1_800, RATE, Inferred),
    session_idle_s: from(7_200, LIMITS, Inferred),
    session_lifetime_s: from(43_200, LIMITS, Inferred),
    second_factor_of: from(
        &[Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin],
        "ASVS 5.0.0 6.3.3 asks it of everybody; ours: depot staff may go without",
        Inferred,
    ),
};

pub(super) const CN_MLPS: AccountPolicy = AccountPolicy {
    profile: PolicyProfile::CnMlps,
    password_length_min: from(10, CLAUSE_A, SecondHand),
    password_length_max: from(128, "no source names one; ours", Inferred),
    password_classes_min: from(3, CLAUSE_A, SecondHand),
    password_guesses_min: from(1_000_000_000, GUESSES, Inferred),
    password_days_max: from(Some(90), CLAUSE_A, SecondHand),
    passwords_remembered: from(5, CLAUSE_A, SecondHand),
    failures_free: from(4, CLAUSE_B, Inferred),
    lock_first_s: from(1_800, CLAUSE_B, Inferred),
    lock_longest_s: from(1_800, CLAUSE_B, Inferred),
    session_idle_s: from(1_800, CLAUSE_B, Inferred),
    session_lifetime_s: from(43_200, CLAUSE_B, Inferred),
    second_factor_of: from(Role::ALL, CLAUSE_D, SecondHand),
};
