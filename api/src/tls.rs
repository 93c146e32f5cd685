//! Encrypted connections to others: routing servers and those who are told what happens.
//!
//! **Invariant.** All of them use one library's cryptography, and trust whom the system trusts.

/// Chooses the cryptography of this process. Whoever makes a client calls it first; all but the first
/// call do nothing.
pub fn prepare() {
    // Refused where it was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
