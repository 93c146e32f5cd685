//! Late facts are reviewed, or undone.
//!
//! **Invariant.** A review changes no stock: what was found and what was short stays so. Whoever
//! reported goods that the book did not have does not say themselves that all is well.

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{LateFactState, ReviewError},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    depots,
    problem::{Code, Problem},
    scope::Scope,
    stock::ledger::{self, Papers},
    uow::{Command, Permission, Uow},
};

use super::{queries, rows::movement, stocktakes::signature, wire::LateFactView};

/// Says that somebody looked why the book was wrong, and what they found.
#[derive(Debug, Clone)]
pub(crate) struct ReviewLateFact {
    pub(crate) movement: Id<kinds::Movement>,
    pub(crate) note: Text<1000>,
}

impl Command for ReviewLateFact {
    type Output = LateFactView;
    const NAME: &'static str = "stock.review_late_fact";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ApproveCount]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<LateFactView, Problem> {
        let row = queries::late_fact_to_change(uow.db(), &uow.scope(), self.movement).await?;
        let depot = Id::from_uuid(row.depot_id);
        let depot = depots::depot(uow.db(), &Scope::Everything, depot).await?;
        let organisation = depot.organisation_id.uuid();
        uow.require(Capability::ApproveCount, organisation).await?;
        let state = queries::late_fact_state(&row)?;
        let note = self.note.as_str().to_owned();
        let reviewed = state
            .review(&row.reported_by, signature(uow), note)
            .map_err(refused)?;
        let version = row.version;
        let mut change = row.into_active_model();
        if let LateFactState::Reviewed { reviewed, note } = reviewed {
            change.reviewed_at = Set(Some(reviewed.at));
            change.reviewed_by = Set(Some(reviewed.by));
            change.review_note = Set(Some(note));
        }
        change.version = Set(version + 1);
        change.update(uow.db()).await?;
        uow.subject(self.movement, Some(organisation));
        queries::late_fact(uow.db(), &Scope::Everything, self.movement).await
    }
}

fn refused(error: ReviewError) -> Problem {
    match error {
        ReviewError::Already { .. } => Problem::new(Code::WrongState)
            .with("state", "reviewed")
            .detail("已经核过", error.to_string()),
        ReviewError::OwnReport => Problem::new(Code::Forbidden)
            .with("action", "review")
            .detail("不得复核自己报告的事实", error.to_string()),
    }
}

/// Undoes what was found for an issue that is undone: its goods are back, and were never missing.
pub(super) async fn after_reversal(
    uow: &Uow<'_>,
    row: &movement::Model,
    papers: &Papers,
) -> Result<(), Problem> {
    let Some(found) = queries::late_fact_of(uow.db(), row).await? else {
        return Ok(());
    };
    let Some(found) = found.found_id.map(Id::from_uuid) else {
        return Ok(());
    };
    let difference = queries::movement(uow.db(), &Scope::Everything, found).await?;
    if difference.reversed_by_id.is_none() {
        ledger::reverse(uow, found, uow.id(), papers).await?;
    }
    Ok(())
}
