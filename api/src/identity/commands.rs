//! Changes of accounts, roles, keys and sessions.
//!
//! **Invariant.** Nobody gives a role over an organisation that the giver's own reach does not
//! cover, and nobody gives one to themselves. Disabling an account ends its sessions.

mod accounts;
mod identities;
mod keys;
mod roles;
mod second_factor;
mod sessions;

pub(crate) use accounts::CreateAccount;
pub(super) use accounts::{ChangePassword, Fresh, NewAccount, UpdateAccount};
pub(super) use identities::{KnownAs, LinkIdentity, UnlinkIdentity};
pub(super) use keys::{CreateApiKey, RevokeApiKey, RotateKeySecret};
pub(super) use roles::{GiveRole, RevokeRole};
pub(super) use second_factor::{
    ConfirmSecondFactor, EnrolSecondFactor, Removal, RemoveSecondFactor, is_wrong_code,
};
pub(crate) use sessions::sweep_sessions;
pub(super) use sessions::{
    EndSession, EndSessions, NoteFailedLogin, OpenSession, Proof, check_not_locked, owed,
};
