//! Second factors on the wire.
//!
//! **Invariant.** A secret and recovery codes go out once and never come back.

use chrono::{DateTime, Utc};
use domain::kernel::{Id, kinds};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks for a second factor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::identity) struct EnrolSecondFactorBody {
    /// One's password. An account that has none is asked for a login of the last ten minutes instead.
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    pub(in crate::identity) password: Option<String>,
}

/// Shows that the telephone has the secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::identity) struct ConfirmSecondFactorBody {
    /// What the telephone shows.
    #[schema(min_length = 6, max_length = 64, format = Password)]
    pub(in crate::identity) code: String,
}

/// Takes a second factor away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::identity) struct RemoveSecondFactorBody {
    /// One's password; needed for one's own, unless the account has none: then a login of the last ten
    /// minutes is.
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    pub(in crate::identity) password: Option<String>,
    /// What the telephone shows, or a recovery code; needed for one's own.
    #[schema(min_length = 6, max_length = 64, format = Password)]
    pub(in crate::identity) code: Option<String>,
    /// Why a security administrator takes away another's; needed for that.
    #[schema(min_length = 1, max_length = 1000)]
    pub(in crate::identity) reason: Option<String>,
}

/// A second factor that does not count yet.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(in crate::identity) struct SecondFactorView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::identity) account_id: Id<kinds::Account>,
    /// The secret in Base32, to be typed where nothing can be scanned. Shown once; a repeat of the
    /// request shows null.
    #[schema(max_length = 64)]
    pub(in crate::identity) secret: Option<String>,
    /// The same as the `otpauth` address that authenticators read off a square code. Shown once.
    #[schema(max_length = 512)]
    pub(in crate::identity) uri: Option<String>,
}

/// A second factor that counts from now on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(in crate::identity) struct RecoveryCodesView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::identity) account_id: Id<kinds::Account>,
    /// Since when a login takes a code as well.
    pub(in crate::identity) confirmed_at: DateTime<Utc>,
    /// Codes for when the telephone is lost, each good once. Shown once; a repeat of the request
    /// shows null.
    #[schema(max_items = 16)]
    pub(in crate::identity) recovery_codes: Option<Vec<String>>,
}

/// A second factor that was taken away.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(in crate::identity) struct SecondFactorRemovedView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::identity) account_id: Id<kinds::Account>,
    pub(in crate::identity) removed_at: DateTime<Utc>,
    /// Why, if it was another's.
    #[schema(max_length = 1000)]
    pub(in crate::identity) reason: Option<String>,
}
