//! Who may run a command.
//!
//! **Invariant.** A command does not compile without saying who may run it, and nothing that it did is
//! kept where that was not asked of the caller and granted. Where it must be held, and what else it
//! takes, the command itself asks.

use std::sync::{Mutex, PoisonError};

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
};
use uuid::Uuid;

use crate::{identity::Caller, organisations, problem::Problem, scope::Scope};

use super::Uow;

/// What a caller must have shown before a command is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Permission {
    /// That they hold one of these over what the command is about.
    Holds(&'static [Capability]),
    /// That what the command is about is their own, or as [`Permission::Holds`].
    OwnOr(&'static [Capability]),
    /// Nothing, for this reason.
    Unasked(#[expect(dead_code, reason = "for whoever reads the command")] &'static str),
}

/// What a caller was asked in one run of a command and had.
#[derive(Debug, Default)]
pub(super) struct Granted(Mutex<Shown>);

#[derive(Debug, Default)]
struct Shown {
    held: Vec<Capability>,
    own: bool,
    operator: bool,
}

impl Granted {
    pub(super) fn holds(&self, capability: Capability) {
        self.note(|shown| shown.held.push(capability));
    }

    pub(super) fn own(&self) {
        self.note(|shown| shown.own = true);
    }

    pub(super) fn operator(&self) {
        self.note(|shown| shown.operator = true);
    }

    fn note(&self, what: impl FnOnce(&mut Shown)) {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Refuses a command that was done without what it says that it takes, which is a fault of ours.
    pub(super) fn suffices(
        &self,
        command: &str,
        permission: Permission,
        caller: &Caller,
    ) -> Result<(), Problem> {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |one: &[Capability]| {
            shown.operator || one.iter().any(|capability| shown.held.contains(capability))
        };
        let suffices = match permission {
            Permission::Holds(one) => holds(one),
            Permission::OwnOr(one) => shown.own || holds(one),
            Permission::Unasked(_) => true,
        };
        if suffices {
            return Ok(());
        }
        let (who, had) = (caller.principal(), &shown.held);
        Err(Problem::internal(anyhow::anyhow!(
            "{command} takes {permission:?} and was run by {who} having shown {had:?}"
        )))
    }
}

/// Asking; what is granted is noted.
impl Uow<'_> {
    /// Refuses unless the caller holds `capability` over `organisation`.
    pub(crate) async fn require(
        &self,
        capability: Capability,
        organisation: Uuid,
    ) -> Result<(), Problem> {
        self.require_one(&[(capability, organisation)])
            .await
            .map(drop)
    }

    /// Refuses unless the caller holds one of these capabilities over the organisation beside it; says
    /// the place of the first that they hold. The last is what a refusal names.
    pub(crate) async fn require_one(&self, any: &[(Capability, Uuid)]) -> Result<usize, Problem> {
        let mut refusal = Problem::not_found();
        for (place, &(capability, organisation)) in any.iter().enumerate() {
            if self.holds(capability, organisation).await? {
                return Ok(place);
            }
            refusal = Problem::forbidden(capability);
        }
        Err(refusal)
    }

    /// Whether the caller holds `capability` over `organisation`.
    pub(crate) async fn holds(
        &self,
        capability: Capability,
        organisation: Uuid,
    ) -> Result<bool, Problem> {
        let reach = self.caller.reach(capability);
        let holds = reach.contains(self.transaction, organisation).await?;
        if holds {
            self.granted.holds(capability);
        }
        Ok(holds)
    }

    /// As [`Uow::require`], in an organisation that stands under none: what is set there is
    /// everyone's below.
    pub(crate) async fn require_root(&self, capability: Capability) -> Result<(), Problem> {
        let roots = organisations::roots(self.transaction).await?;
        if roots.is_empty() {
            return Err(Problem::forbidden(capability));
        }
        let over_any: Vec<_> = roots.into_iter().map(|root| (capability, root)).collect();
        self.require_one(&over_any).await.map(drop)
    }

    /// Refuses unless the caller holds `capability` somewhere.
    pub(crate) fn require_anywhere(&self, capability: Capability) -> Result<(), Problem> {
        self.caller.require_anywhere(capability)?;
        self.granted.holds(capability);
        Ok(())
    }

    /// Refuses everyone but the operator.
    pub(crate) fn require_operator(&self) -> Result<(), Problem> {
        self.caller.require_operator()?;
        self.granted.operator();
        Ok(())
    }

    /// Where the caller holds `capability`, for a command that reads only there what it changes.
    pub(crate) fn reach(&self, capability: Capability) -> Scope {
        if self.caller.require_anywhere(capability).is_ok() {
            self.granted.holds(capability);
        }
        self.caller.reach(capability)
    }

    /// The caller's own account, for a command that reads only what is that account's; whoever has
    /// none is told that there is nothing.
    pub(crate) fn own(&self) -> Result<Id<kinds::Account>, Problem> {
        let account = self.caller.account().ok_or_else(Problem::not_found)?;
        self.granted.own();
        Ok(account)
    }

    /// Whether the account is the caller's own.
    pub(crate) fn is_own(&self, account: Id<kinds::Account>) -> bool {
        let is_own = self.caller.account() == Some(account);
        if is_own {
            self.granted.own();
        }
        is_own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_but_what_was_asked_for_and_granted() {
        use Capability::{PostStock, Ship, View};
        let holds = Permission::Holds(&[PostStock, Ship]);
        let own_or = Permission::OwnOr(&[PostStock]);
        let unasked = Permission::Unasked("nobody is there");
        let nothing = |_: &Granted| {};
        let (ship, view) = (|it: &Granted| it.holds(Ship), |it: &Granted| it.holds(View));
        let (own, operator) = (Granted::own, Granted::operator);
        type Show = fn(&Granted);
        let table: [(Permission, Show, bool); 10] = [
            (holds, nothing, false),
            (holds, view, false),
            (holds, own, false),
            (holds, ship, true),
            (holds, operator, true),
            (own_or, nothing, false),
            (own_or, ship, false),
            (own_or, own, true),
            (own_or, operator, true),
            (unasked, nothing, true),
        ];
        for (row, (permission, show, expected)) in table.into_iter().enumerate() {
            let granted = Granted::default();
            show(&granted);
            let caller = Caller::operator("test");
            let suffices = granted.suffices("a.do", permission, &caller).is_ok();
            assert_eq!(suffices, expected, "row {row}: {permission:?}");
        }
    }
}
