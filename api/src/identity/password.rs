//! Passwords, hashed with Argon2id off the async threads.
//!
//! **Invariant.** At most a few hashes are made at once, so that a flood of logins cannot starve
//! the server. Checking a password takes as long for a login name that does not exist.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::identity::{Login, PasswordFlaw};

use crate::{
    app::App,
    ids,
    problem::{Fault, Problem},
};

// The hash of a password that nobody has: checked against when the login name is unknown.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$7Uu3EM4hWt2GLMnXbYv3nYPDaFKEZrVvFZeuPdt0c2E";

/// The hash to keep.
pub(super) async fn hash(app: &App, password: String) -> Result<String, Problem> {
    let _place = app.hashing.acquire().await.map_err(Problem::internal)?;
    let salt = ids::random::<16>();
    tokio::task::spawn_blocking(move || {
        Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
    })
    .await
    .map_err(Problem::internal)?
    .map_err(|error| Problem::internal(anyhow::anyhow!("{error}")))
}

/// Whether the password belongs to the hash; `None` for an unknown login name takes as long.
pub(super) async fn verify(
    app: &App,
    password: String,
    hash: Option<String>,
) -> Result<bool, Problem> {
    let _place = app.hashing.acquire().await.map_err(Problem::internal)?;
    tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let matches = PasswordHash::new(&hash).is_ok_and(|parsed| {
            Argon2::default()
                .verify_password(password.as_bytes(), &parsed)
                .is_ok()
        });
        known && matches
    })
    .await
    .map_err(Problem::internal)
}

/// Whether the policy of this installation allows the password.
pub(super) fn allowed(app: &App, password: &str, login: &str) -> Result<(), Fault> {
    // A login name that is itself at fault is reported at its own field.
    let Ok(login) = login.parse::<Login>() else {
        return Ok(());
    };
    let flaws = app.config.password_policy.0.flaws(password, &login);
    if flaws.is_empty() {
        return Ok(());
    }
    let zh: Vec<_> = flaws.iter().map(|flaw| in_chinese(*flaw)).collect();
    let en: Vec<_> = flaws.iter().map(ToString::to_string).collect();
    Err(Fault::new("password", zh.join("；"), en.join("; ")))
}

fn in_chinese(flaw: PasswordFlaw) -> String {
    match flaw {
        PasswordFlaw::TooShort { min } => format!("密码至少 {min} 个字符"),
        PasswordFlaw::TooLong { max } => format!("密码最多 {max} 个字符"),
        PasswordFlaw::TooFewClasses { needed } => {
            format!("密码须含大写字母、小写字母、数字、其他字符中的 {needed} 类")
        }
        PasswordFlaw::TooCommon => "这是最常见的密码之一".to_owned(),
        PasswordFlaw::Repetitive => "密码只是少数字符的重复".to_owned(),
        PasswordFlaw::ContainsLogin => "密码中含有登录名".to_owned(),
    }
}
