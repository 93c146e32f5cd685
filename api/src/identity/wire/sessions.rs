//! Sessions on the wire.
//!
//! **Invariant.** A password and a code come in and never go out; a token goes out once.

use chrono::{DateTime, Utc};
use domain::kernel::{Id, kinds};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A login.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::identity) struct CreateSessionBody {
    #[schema(min_length = 1, max_length = 64)]
    pub(in crate::identity) login: String,
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    pub(in crate::identity) password: String,
    /// What the telephone shows, or a recovery code; needed where the account has a second factor.
    #[schema(min_length = 6, max_length = 64, format = Password)]
    pub(in crate::identity) code: Option<String>,
    /// A password to take from now on; needed where the present one is too old, or was given by an
    /// administrator.
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    pub(in crate::identity) new_password: Option<String>,
}

/// A fresh session.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(in crate::identity) struct SessionView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::identity) id: Id<kinds::Session>,
    /// Send it as `Authorization: Bearer …`. It is shown once.
    #[schema(max_length = 128)]
    pub(in crate::identity) token: String,
    pub(in crate::identity) expires_at: DateTime<Utc>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::identity) account_id: Id<kinds::Account>,
    /// What has to be done before anything else is answered: `second_factor` to enrol one.
    #[schema(max_items = 8)]
    pub(in crate::identity) owes: Vec<String>,
}

/// A session that is open, without its token.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::identity) struct OpenSessionView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::identity) id: Id<kinds::Session>,
    /// When it was opened by a login.
    pub(in crate::identity) opened_at: DateTime<Utc>,
    /// When it was used last, to the minute.
    pub(in crate::identity) used_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub(in crate::identity) expires_at: DateTime<Utc>,
    /// Whether a second factor was shown.
    pub(in crate::identity) second_factor: bool,
    /// The network that it was opened from: an IPv4 address, or a /64 of IPv6; null where that is not
    /// known.
    #[schema(max_length = 64)]
    pub(in crate::identity) network: Option<String>,
    /// Whether it is the one that asks.
    pub(in crate::identity) current: bool,
}

/// A session that ended.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(in crate::identity) struct SessionEndedView {
    pub(in crate::identity) revoked_at: DateTime<Utc>,
}

/// Sessions of an account that ended together.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(in crate::identity) struct SessionsEndedView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::identity) account_id: Id<kinds::Account>,
    pub(in crate::identity) ended_at: DateTime<Utc>,
    /// How many, with those that had run out by themselves.
    pub(in crate::identity) ended: u64,
}
