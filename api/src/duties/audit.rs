//! Arrivals measured against the receipts that put them on record (I3).
//!
//! **Invariant.** What was accepted names a receipt of the same depot, one that stands or was undone
//! later, and the day that counts is the one on which that receipt was recorded. Rating reads that
//! day, so that nobody may better it by hand.

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::{
    clock::day_at_depots,
    problem::Problem,
    scope::{Scope, visible},
    stock,
    verify::{Finding, NAMED_MAX},
};

use super::rows::arrival;

const AT_ONCE: u64 = 500;

/// Checks every arrival that was accepted.
pub(crate) async fn arrivals(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    let mut after = Uuid::nil();
    while findings.len() <= NAMED_MAX {
        let rows = visible::<arrival::Entity>(&Scope::Everything)
            .filter(arrival::Column::State.eq("accepted"))
            .filter(arrival::Column::Id.gt(after))
            .order_by_asc(arrival::Column::Id)
            .limit(AT_ONCE)
            .all(snapshot)
            .await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        let movements = rows.iter().filter_map(|row| row.movement_id);
        let receipts = stock::recorded_receipts(snapshot, &movements.collect::<Vec<_>>()).await?;
        for row in &rows {
            let receipt = row.movement_id.and_then(|id| receipts.get(&id));
            let fault = match receipt {
                Some(receipt) if receipt.depot_id != row.depot_id => {
                    "its receipt is another depot's"
                }
                Some(receipt) => {
                    let day = day_at_depots(receipt.recorded_at).to_string();
                    if row.accepted_on.as_deref() == Some(&day) {
                        continue;
                    }
                    "the day of its receipt is not the one that is kept"
                }
                None => "it was accepted and has no receipt",
            };
            let id: Id<kinds::Arrival> = Id::from_uuid(row.id);
            findings.push(Finding::new("I3", format!("{id}: {fault}")));
        }
    }
    Ok(findings)
}
