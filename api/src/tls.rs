//! Encrypted connections to others: routing servers and those who are told what happens.
//!
//! **Invariant.** All of them use one library's cryptography, and trust whom the system trusts. Where
//! the system names nobody, nobody is trusted, and the server runs all the same.

use reqwest::{Client, ClientBuilder};

/// Chooses the cryptography of this process. Whoever makes a client calls it first; all but the first
/// call do nothing.
pub fn prepare() {
    // Refused where it was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Makes the client that `settings` describes.
pub(crate) fn client(settings: impl Fn() -> ClientBuilder) -> reqwest::Result<Client> {
    prepare();
    settings().build().or_else(|error| {
        let client = settings().tls_certs_only([]).build()?;
        tracing::warn!(
            %error,
            "the system names no certificate authorities: nobody can be called by https"
        );
        Ok(client)
    })
}
