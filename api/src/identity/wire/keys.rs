//! API keys on the wire.
//!
//! **Invariant.** A secret goes out once, to who draws it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::kernel::{Id, kinds};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{Whole, versioned},
    identity::commands::RotateKeySecret,
};

use super::{GrantBody, GrantView};

versioned!(ApiKeyView);

/// A new API key for a system.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::identity) struct CreateApiKeyBody {
    #[schema(min_length = 1, max_length = 200)]
    pub(in crate::identity) name: String,
    /// The organisation that the system belongs to.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(in crate::identity) organisation_id: Id<kinds::Organisation>,
    /// The account of the person who draws its secrets and gives them to the system: not who makes
    /// the key.
    #[schema(value_type = String, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::identity) holder_id: Id<kinds::Account>,
    #[schema(max_items = 50)]
    #[serde(default)]
    pub(in crate::identity) grants: Vec<GrantBody>,
    /// When it stops working by itself, in the future; never if absent.
    pub(in crate::identity) expires_at: Option<DateTime<Utc>>,
}

/// An API key.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ApiKeyView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::ApiKey>,
    #[schema(max_length = 200)]
    pub(crate) name: String,
    #[schema(value_type = String, max_length = 30)]
    pub(crate) organisation_id: Id<kinds::Organisation>,
    /// Whose account draws its secrets; absent for keys of before anybody had to.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) holder_id: Option<Id<kinds::Account>>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// When its secret was drawn last; until it is, nobody can use the key.
    pub(crate) secret_drawn_at: Option<DateTime<Utc>>,
    /// When its secret stops working, unless a new one is drawn before.
    pub(crate) secret_expires_at: Option<DateTime<Utc>>,
    /// Until when the secret before works as well.
    pub(crate) earlier_until: Option<DateTime<Utc>>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    #[schema(max_items = 200)]
    pub(crate) grants: Vec<GrantView>,
    /// Shown once, in the answer to who draws it; a repeat of that request shows null.
    #[schema(max_length = 128)]
    pub(crate) secret: Option<String>,
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

/// A new secret for a key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::identity) struct RotateKeySecretBody {
    /// How many hours the secret before works as well, so that the system need not stand still; 0
    /// if absent.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 168)]
    overlap_h: Option<Whole>,
}

impl RotateKeySecretBody {
    pub(in crate::identity) fn of(
        &self,
        id: Id<kinds::ApiKey>,
        lasts: TimeDelta,
    ) -> RotateKeySecret {
        let hours = self.overlap_h.map_or(0, |hours| hours.0);
        RotateKeySecret {
            id,
            overlap: TimeDelta::hours(hours),
            lasts,
        }
    }
}
