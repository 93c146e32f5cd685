//! Shapes of identity on the wire.
//!
//! **Invariant.** A password comes in and never goes out; what keys are secret by is in `keys`.

mod identities;
mod keys;
mod policy;
mod second_factor;
mod sessions;

pub(crate) use identities::IdentityView;
pub(super) use identities::{FinishProviderLoginBody, LinkIdentityBody, ProviderLoginView};
pub(crate) use keys::ApiKeyView;
pub(super) use keys::{CreateApiKeyBody, RotateKeySecretBody};
pub(super) use policy::AccountPolicyView;
pub(super) use second_factor::{
    ConfirmSecondFactorBody, EnrolSecondFactorBody, RecoveryCodesView, RemoveSecondFactorBody,
    SecondFactorRemovedView, SecondFactorView,
};
pub(super) use sessions::{
    CreateSessionBody, OpenSessionView, SessionEndedView, SessionView, SessionsEndedView,
};

use chrono::{DateTime, Utc};
use domain::{
    identity::{Login, Role},
    kernel::{Id, Text, kinds},
    organisations::{Body, DivisionCode},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::versioned,
    problem::{Fault, Faults, Problem},
};

use super::setup;

/// The first account and the root of the tree.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CompleteSetupBody {
    /// The code that the server printed at its first start.
    #[schema(min_length = 1, max_length = 32, examples("ABCD-EFGH-JKLM"))]
    pub(super) code: String,
    pub(super) organisation: RootBody,
    pub(super) account: FirstAccountBody,
}

/// The highest organisation of this installation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RootBody {
    /// A short code, unique in the tree.
    #[schema(min_length = 1, max_length = 32)]
    code: String,
    #[schema(min_length = 1, max_length = 200, examples("浙江省红十字会"))]
    pub(super) name: String,
    /// Its level.
    #[schema(
        max_length = 16,
        pattern = "^(national|provincial|municipal|county|township)$"
    )]
    level: String,
    /// The division it works in.
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division_code: Option<String>,
}

impl RootBody {
    pub(super) fn parse(self, faults: &mut Faults) -> Option<setup::Root> {
        let code = faults.take("/organisation/code", Text::new(&self.code));
        let name = faults.take("/organisation/name", Text::new(&self.name));
        let body = faults.take("/organisation/level", self.level.parse::<Body>());
        let division = match self.division_code {
            Some(code) => faults
                .take("/organisation/division_code", code.parse::<DivisionCode>())
                .map(Some),
            None => Some(None),
        };
        Some(setup::Root {
            code: code?,
            name: name?,
            body: body?,
            division: division?,
        })
    }
}

/// The holder of the first account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstAccountBody {
    /// What the person types to log in.
    #[schema(min_length = 1, max_length = 64)]
    pub(super) login: String,
    /// The person's name.
    #[schema(min_length = 1, max_length = 200)]
    pub(super) name: String,
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    pub(super) password: String,
}

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateAccountBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(super) id: Option<Id<kinds::Account>>,
    /// What the person types to log in.
    #[schema(min_length = 1, max_length = 64)]
    pub(super) login: String,
    /// The person's name.
    #[schema(min_length = 1, max_length = 200)]
    pub(super) name: String,
    /// A password to begin with, which the person changes at the first login; needed unless `subject`
    /// says how the person comes.
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    pub(super) password: Option<String>,
    /// What the identity provider calls the person: `sub` of its tokens, to the letter. Without a
    /// password nothing else opens the account.
    #[schema(min_length = 1, max_length = 255)]
    pub(super) subject: Option<String>,
    /// The organisation that the person belongs to.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(super) organisation_id: Id<kinds::Organisation>,
    /// The roles that the person starts with.
    #[schema(max_items = 50)]
    #[serde(default)]
    pub(super) grants: Vec<GrantBody>,
}

/// A role over an organisation's subtree.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantBody {
    #[schema(
        max_length = 32,
        pattern = "^(keeper|dispatcher|approver|auditor|data_steward|system_admin|security_admin|audit_admin)$"
    )]
    pub(super) role: String,
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(super) organisation_id: Id<kinds::Organisation>,
}

/// Reads a list of grants.
pub(super) fn grants(
    faults: &mut Faults,
    bodies: &[GrantBody],
) -> Vec<(Role, Id<kinds::Organisation>)> {
    bodies
        .iter()
        .enumerate()
        .filter_map(|(index, grant)| {
            let role = faults.take(format!("/grants/{index}/role"), grant.role.parse::<Role>());
            role.map(|role| (role, grant.organisation_id))
        })
        .collect()
}

/// A change of an account; absent members stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateAccountBody {
    #[schema(min_length = 1, max_length = 200)]
    pub(super) name: Option<String>,
    /// `disabled` ends all sessions at once.
    #[schema(max_length = 16, pattern = "^(active|disabled)$")]
    pub(super) state: Option<String>,
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangePasswordBody {
    /// The present password; needed unless a security administrator resets another's.
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    pub(super) current: Option<String>,
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    pub(super) new: String,
}

/// An account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct AccountView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Account>,
    #[schema(max_length = 64)]
    pub(crate) login: String,
    #[schema(max_length = 200)]
    pub(crate) name: String,
    #[schema(value_type = String, max_length = 30)]
    pub(crate) organisation_id: Id<kinds::Organisation>,
    /// `active` or `disabled`.
    #[schema(max_length = 16)]
    pub(crate) state: String,
    /// Whether a password opens it; otherwise only the identity provider does.
    // Answers that were remembered before are of accounts that have one.
    #[serde(default = "yes")]
    pub(crate) has_password: bool,
    /// Since when a login takes a code as well; null where there is no second factor.
    pub(crate) second_factor_since: Option<DateTime<Utc>>,
    #[schema(max_items = 200)]
    pub(crate) grants: Vec<GrantView>,
    /// What identity providers call the person, who may log in by them.
    #[schema(max_items = 200)]
    pub(crate) identities: Vec<IdentityView>,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

const fn yes() -> bool {
    true
}

versioned!(AccountView);

/// A role that is held.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct GrantView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Grant>,
    #[schema(max_length = 32)]
    pub(crate) role: String,
    #[schema(value_type = String, max_length = 30)]
    pub(crate) organisation_id: Id<kinds::Organisation>,
}

/// Who is asking.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MeView {
    /// The account's or key's id.
    #[schema(max_length = 40)]
    pub(super) principal: String,
    #[schema(value_type = Option<String>, max_length = 30)]
    pub(super) organisation_id: Option<Id<kinds::Organisation>>,
    #[schema(max_items = 200)]
    pub(super) grants: Vec<HeldView>,
    /// What has to be done before anything else is answered: `second_factor` to enrol one.
    #[schema(max_items = 8)]
    pub(super) owes: Vec<String>,
}

/// A role and what it lets do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HeldView {
    #[schema(max_length = 32)]
    pub(super) role: String,
    #[schema(value_type = String, max_length = 30)]
    pub(super) organisation_id: Id<kinds::Organisation>,
    #[schema(max_items = 64)]
    pub(super) capabilities: Vec<String>,
}

/// Reads a login name.
pub(super) fn login(faults: &mut Faults, pointer: &str, text: &str) -> Option<Login> {
    let login = text.parse::<Login>().map_err(|error| {
        Fault::new(
            "format",
            "登录名须为 3 到 64 个字母、数字或 . _ - @ 字符，以字母或数字开头",
            error.to_string(),
        )
    });
    faults.take(pointer, login)
}

/// Ends the collection of faults when nothing but their absence matters.
pub(super) fn clean(faults: Faults) -> Result<(), Problem> {
    faults.finish(Some(()))
}
