//! Whose word goods need before they leave, or are held back.
//!
//! **Invariant.** The word of the custodian is not the word of the owner (代储): goods of an owner
//! for whom the caller does not keep stock anyway go only by somebody who approves orders of that
//! owner, or under a dispatch order, whose own states see to the owner's approval. What was
//! promised under an order is therefore not asked again.

use std::collections::BTreeSet;

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
    stock::Reservation,
};
use uuid::Uuid;

use crate::{
    problem::{Code, Problem},
    scope::Scope,
    uow::Uow,
};

use super::super::queries;

/// Refuses unless the caller has `capability` over each of `owners`, or speaks for it.
pub(super) async fn consent(
    uow: &Uow<'_>,
    capability: Capability,
    owners: impl IntoIterator<Item = Uuid>,
) -> Result<(), Problem> {
    let caller = uow.caller();
    let reach = match (
        caller.reach(capability),
        caller.reach(Capability::ApproveOrder),
    ) {
        (Scope::Subtrees(own), Scope::Subtrees(spoken_for)) => {
            Scope::Subtrees([own, spoken_for].concat())
        }
        _ => Scope::Everything,
    };
    let owners: BTreeSet<_> = owners.into_iter().collect();
    let mut others = Vec::new();
    for owner in owners {
        if !reach.contains(uow.db(), owner).await? {
            let owner: Id<kinds::Organisation> = Id::from_uuid(owner);
            others.push(owner.to_string());
        }
    }
    if others.is_empty() {
        return Ok(());
    }
    Err(Problem::new(Code::Forbidden)
        .with("capability", Capability::ApproveOrder.name())
        .with("owner_ids", others)
        .detail(
            "物资属于其他单位（见 owner_ids）：请由物权单位的审批人办理，或按调拨单办理",
            "the goods belong to others (see `owner_ids`): somebody who approves for their owner \
             must do it, or a dispatch order must ask for them",
        ))
}

/// Refuses to hold back what the caller may not promise.
pub(super) async fn consent_to_hold(
    uow: &Uow<'_>,
    reservation: &Reservation,
) -> Result<(), Problem> {
    let lots: Vec<_> = reservation.holds().iter().map(|hold| hold.lot).collect();
    let lots = queries::held_lots(uow.db(), &Scope::Everything, &lots).await?;
    let owners = lots.values().map(|lot| lot.owner_id);
    consent(uow, Capability::ReserveStock, owners).await
}
