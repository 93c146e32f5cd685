//! Agreements measured against their call-offs, and call-offs against what came (I4, I7).
//!
//! **Invariant.** What an agreement says was called off is what its call-offs claim; what a call-off
//! says has come is what its deliveries brought; and a delivery to a depot is its receipt.

use domain::kernel::{Id, kinds};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::{
    problem::Problem,
    uow::Command as _,
    verify::{Finding, told_by},
};

use super::commands::ReceiveCallOff;

/// Commands that post a movement, by the name that the journal has of them.
pub(crate) const POSTING: &[&str] = &[ReceiveCallOff::NAME];

/// Checks agreements.
pub(crate) async fn agreements(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = told_by(snapshot, "I4", CLAIMED, |row| {
        let agreement: Id<kinds::Agreement> = Id::from_uuid(row.try_get("", "id")?);
        let item: Id<kinds::Item> = Id::from_uuid(row.try_get("", "item_id")?);
        Ok(format!(
            "{agreement}: {item} is not said to be called off as its call-offs have it"
        ))
    })
    .await?;
    for (sql, what) in [
        (BROUGHT, "is not what its deliveries brought"),
        (STATES, "does not stand where its lines are"),
    ] {
        let told = |row: &QueryResult| {
            let call_off: Id<kinds::CallOff> = Id::from_uuid(row.try_get("", "id")?);
            Ok(format!("{call_off} {what}"))
        };
        findings.extend(told_by(snapshot, "I4", sql, told).await?);
    }
    let receipts = told_by(snapshot, "I7", RECEIPTS, |row| {
        let delivery: Id<kinds::Delivery> = Id::from_uuid(row.try_get("", "id")?);
        Ok(format!("{delivery} is not what its receipt moved"))
    });
    findings.extend(receipts.await?);
    let undone = told_by(snapshot, "I7", UNDONE, |row| {
        let delivery: Id<kinds::Delivery> = Id::from_uuid(row.try_get("", "id")?);
        Ok(format!(
            "{delivery} and its receipt are not undone together"
        ))
    });
    findings.extend(undone.await?);
    Ok(findings)
}

const CLAIMED: &str = "
SELECT a.agreement_id AS id, a.item_id FROM agreement_item a
WHERE a.called <> (SELECT COALESCE(SUM(CASE c.state WHEN 'called' THEN l.quantity
    ELSE l.delivered END), 0)
  FROM call_off c JOIN call_off_line l ON l.call_off_id = c.id
  WHERE c.agreement_id = a.agreement_id AND l.item_id = a.item_id)
ORDER BY a.agreement_id, a.item_id";

const BROUGHT: &str = "
SELECT DISTINCT l.call_off_id AS id FROM call_off_line l
WHERE l.delivered <> (SELECT COALESCE(SUM(b.quantity), 0)
  FROM call_off_delivery d JOIN call_off_delivery_line b ON b.delivery_id = d.id
  WHERE d.call_off_id = l.call_off_id AND d.undone_at IS NULL AND b.item_id = l.item_id)
ORDER BY l.call_off_id";

const STATES: &str = "
SELECT c.id FROM call_off c
JOIN (SELECT call_off_id, SUM(delivered) AS delivered, SUM(quantity) AS quantity
  FROM call_off_line GROUP BY call_off_id) l ON l.call_off_id = c.id
WHERE CASE c.state WHEN 'delivered' THEN l.delivered <> l.quantity
  WHEN 'cancelled' THEN l.delivered <> 0
  ELSE l.delivered = l.quantity END
ORDER BY c.id";

const RECEIPTS: &str = "
SELECT d.id FROM call_off_delivery d
WHERE d.way = 'receipt' AND EXISTS (
  SELECT 1 FROM (
    SELECT b.item_id, b.quantity FROM call_off_delivery_line b WHERE b.delivery_id = d.id
    UNION ALL
    SELECT lot.item_id, -m.quantity FROM movement_line m JOIN lot ON lot.id = m.lot_id
    WHERE m.depot_id = d.depot_id AND m.movement_id = d.movement_id) both_sides
  GROUP BY item_id HAVING SUM(quantity) <> 0)
ORDER BY d.id";

const UNDONE: &str = "
SELECT d.id FROM call_off_delivery d
WHERE d.way = 'receipt' AND (d.undone_at IS NULL) = EXISTS (
  SELECT 1 FROM movement r WHERE r.depot_id = d.depot_id AND r.reverses_id = d.movement_id)
ORDER BY d.id";
