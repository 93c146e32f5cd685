//! Identities on the wire, and logins by them.
//!
//! **Invariant.** A handle comes back only to be used up.

use chrono::{DateTime, Utc};
use domain::kernel::{Id, kinds};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A login by the identity provider that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::identity) struct ProviderLoginView {
    /// Keep it where the person's browser keeps secrets, until the person is back.
    #[schema(max_length = 512)]
    pub(in crate::identity) handle: String,
    /// Where the person goes to show who they are.
    #[schema(max_length = 4096)]
    pub(in crate::identity) authorization_url: String,
    /// Until when the person has to be back.
    pub(in crate::identity) expires_at: DateTime<Utc>,
}

/// What a person came back with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::identity) struct FinishProviderLoginBody {
    /// The handle that the login began with.
    #[schema(min_length = 1, max_length = 512, format = Password)]
    pub(in crate::identity) handle: String,
    /// `code` of the address that the provider sent the person back to; absent where the login lacked
    /// nothing but a code of the second factor.
    #[schema(min_length = 1, max_length = 4096, format = Password)]
    pub(in crate::identity) authorization_code: Option<String>,
    /// `state` of that address.
    #[schema(min_length = 1, max_length = 512)]
    pub(in crate::identity) state: Option<String>,
    /// `iss` of that address, where it has one.
    #[schema(min_length = 1, max_length = 1000)]
    pub(in crate::identity) issuer: Option<String>,
    /// What the telephone shows, or a recovery code; needed where the account has a second factor.
    #[schema(min_length = 6, max_length = 64, format = Password)]
    pub(in crate::identity) code: Option<String>,
}

/// What the identity provider calls a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::identity) struct LinkIdentityBody {
    /// `sub` of its tokens, to the letter.
    #[schema(min_length = 1, max_length = 255)]
    pub(in crate::identity) subject: String,
}

/// What an identity provider calls the holder of an account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct IdentityView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Identity>,
    /// The provider.
    #[schema(max_length = 1000)]
    pub(crate) issuer: String,
    #[schema(max_length = 255)]
    pub(crate) subject: String,
    pub(crate) linked_at: DateTime<Utc>,
}
