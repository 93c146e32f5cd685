//! Who may do what, and how they prove who they are.
//!
//! **Invariant.** What a role may do is one table. The three administrators are kept apart (等保
//! GB/T 22239 level 3, TRUST §4.3): none of them may touch stock, none may hold two of their roles,
//! and nobody gives a role to themselves.

mod grant;
mod id_token;
mod lockout;
mod login;
mod network;
mod password;
mod policy;
mod role;
mod totp;

pub use grant::{GrantError, check_grant};
pub use id_token::{Expected, IdClaims, IdTokenFault};
pub use lockout::LockoutRule;
pub use login::{Login, LoginError};
pub use network::NetworkRule;
pub use password::PasswordFlaw;
pub use policy::{AccountPolicy, Figure, PolicyProfile, Sourced};
pub use role::{Capability, Role};
pub use totp::Totp;
