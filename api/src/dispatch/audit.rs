//! Papers measured against the ledger.
//!
//! **Invariant.** What a waybill has still on the road is what the road account of its shipment
//! holds, lot by lot and condition by condition.

use domain::kernel::{Id, kinds};
use sea_orm::DatabaseTransaction;

use super::commands::{ReceiveBack, ReverseHandOver, SendBetweenDepots, ShipOrder, SignHandOver};
use crate::{
    problem::Problem,
    uow::Command,
    verify::{Finding, told_by},
};

/// The commands of this context that never succeed without a movement, as the journal names them.
pub(crate) const POSTING: &[&str] = &[
    ShipOrder::NAME,
    SendBetweenDepots::NAME,
    SignHandOver::NAME,
    ReceiveBack::NAME,
    ReverseHandOver::NAME,
];

/// Compares waybills with the road (I3).
pub(crate) async fn roads(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    told_by(snapshot, "I3", WAYBILLS_ARE_ROADS, |row| {
        let shipment: Id<kinds::Shipment> = Id::from_uuid(row.try_get("", "shipment_id")?);
        let lot: Id<kinds::Lot> = Id::from_uuid(row.try_get("", "lot_id")?);
        let condition: String = row.try_get("", "condition")?;
        let (written, kept): (i64, i64) = (row.try_get("", "written")?, row.try_get("", "kept")?);
        Ok(format!(
            "{shipment} {lot} {condition}: the waybill has {written} on the road, the balance {kept}"
        ))
    })
    .await
}

const WAYBILLS_ARE_ROADS: &str = "
SELECT depot_id, shipment_id, lot_id, condition,
  CAST(SUM(written) AS bigint) AS written, CAST(SUM(kept) AS bigint) AS kept FROM (
  SELECT l.depot_id, l.shipment_id, l.lot_id, l.condition,
    l.sent - l.received - l.damaged - l.short - l.returned AS written, 0 AS kept
  FROM shipment_line l
  UNION ALL SELECT depot_id, account_id, lot_id, condition, 0, on_hand
  FROM balance WHERE account_kind = 'road'
) AS amounts
GROUP BY depot_id, shipment_id, lot_id, condition
HAVING SUM(written) <> SUM(kept)
ORDER BY depot_id, shipment_id, lot_id, condition";
