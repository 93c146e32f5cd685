//! Who may give a role to whom.
//!
//! **Invariant.** Only the security administrator gives roles, never to themselves, and no account
//! comes to hold two roles that must be kept apart. Over which organisations a grant reaches is the
//! business of whoever asks: a role reaches down the subtree, never up or sideways.

use super::{Capability, Role};

/// Why a role may not be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Who gives it may not manage accounts.
    #[error("only a security administrator gives roles")]
    NotAllowed,
    /// Nobody gives a role to themselves.
    #[error("nobody gives a role to themselves")]
    ToOneself,
    /// The account has it over this organisation already.
    #[error("the account is {role} already")]
    Held {
        /// The role.
        role: Role,
    },
    /// The two roles are kept apart.
    #[error("an account that is {held} may not become {role} as well")]
    Clash {
        /// The role that it holds, over any organisation.
        held: Role,
        /// The role that was to be given.
        role: Role,
    },
}

/// Checks that an account with `granter_roles` may give `role` to an account with `grantee_roles`,
/// both as they reach the organisation in question; `to_oneself` says whether the two are one.
///
/// # Errors
/// [`GrantError`] says which rule stands against it.
pub fn check_grant(
    granter_roles: &[Role],
    to_oneself: bool,
    grantee_roles: &[Role],
    role: Role,
) -> Result<(), GrantError> {
    if !granter_roles
        .iter()
        .any(|granter| granter.may(Capability::ManageAccounts))
    {
        Err(GrantError::NotAllowed)
    } else if to_oneself {
        Err(GrantError::ToOneself)
    } else if grantee_roles.contains(&role) {
        Err(GrantError::Held { role })
    } else if let Some(&held) = grantee_roles.iter().find(|held| held.clashes_with(role)) {
        Err(GrantError::Clash { held, role })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_security_administrator_gives_roles() {
        for &granter in Role::ALL {
            for &role in Role::ALL {
                let answer = check_grant(&[granter], false, &[], role);
                if granter == Role::SecurityAdmin {
                    assert_eq!(answer, Ok(()), "{granter} {role}");
                    let to_oneself = check_grant(&[granter], true, &[granter], role);
                    assert_eq!(to_oneself, Err(GrantError::ToOneself));
                } else {
                    assert_eq!(answer, Err(GrantError::NotAllowed), "{granter} {role}");
                }
            }
        }
        assert_eq!(
            check_grant(&[], false, &[], Role::Keeper),
            Err(GrantError::NotAllowed)
        );
    }

    #[test]
    fn roles_that_are_kept_apart_do_not_meet() {
        use Role::{Approver, Auditor, Dispatcher, Keeper, SecurityAdmin, SystemAdmin};
        let check = |held: &[Role], role, expected| {
            let answer = check_grant(&[SecurityAdmin], false, held, role);
            assert_eq!(answer, expected, "{held:?} {role}");
        };
        let clash = |held, role| Err(GrantError::Clash { held, role });
        check(&[Keeper, Dispatcher], Approver, Ok(()));
        check(&[Keeper], Keeper, Err(GrantError::Held { role: Keeper }));
        check(&[Keeper], Auditor, clash(Keeper, Auditor));
        check(&[Auditor], Dispatcher, clash(Auditor, Dispatcher));
        check(
            &[SystemAdmin],
            SecurityAdmin,
            clash(SystemAdmin, SecurityAdmin),
        );
        check(&[Dispatcher], SystemAdmin, clash(Dispatcher, SystemAdmin));
    }
}
