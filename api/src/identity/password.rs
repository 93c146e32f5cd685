//! Passwords, hashed with Argon2id off the async threads.
//!
//! **Invariant.** At most a few hashes are made at once, so that a flood of logins cannot starve
//! the server. Checking a password takes as long for a login name that does not exist.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use crate::{app::App, ids, problem::Problem};

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
