//! Recalls: what lots say of them is what recalls say of lots, and nothing left while it was recalled
//! (I9).
//!
//! **Invariant.** Recalls that were lifted are held against what left before that, too. What left by
//! an override was somebody's decision, and what was reversed never left. A command that began a
//! moment before a recall was lifted may have waited for it: `held_until` is that moment.

use domain::kernel::{Id, kinds};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::{
    problem::Problem,
    verify::{Finding, told_by},
};

const I9: &str = "I9";

/// Checks I9 of recalls.
pub(crate) async fn recalls(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = told_by(snapshot, I9, LOTS_SAY_SO, |row| {
        let id: Id<kinds::Lot> = Id::from_uuid(row.try_get("", "id")?);
        Ok(format!(
            "{id} says another moment of its recall than its recalls do"
        ))
    })
    .await?;
    for (sql, what) in [
        (LEFT_MEANWHILE, "goods of it left while it was in force"),
        (OF_NOTHING_ELSE, "it is of lots that are not of its batch"),
        (
            OF_NO_KITS,
            "it is of kits that hold nothing of what was recalled",
        ),
        (
            KITS_LEFT_OUT,
            "it leaves out kits that hold what was recalled",
        ),
        (
            CHANGED_LEFT_OUT,
            "it leaves out goods that got another owner or purpose",
        ),
        (LIFTED_WHOLE, "its end is half written"),
    ] {
        let told = |row: &QueryResult| {
            let id: Id<kinds::LotRecall> = Id::from_uuid(row.try_get("", "id")?);
            Ok(format!("{id}: {what}"))
        };
        findings.extend(told_by(snapshot, I9, sql, told).await?);
    }
    Ok(findings)
}

const LOTS_SAY_SO: &str = "
SELECT id FROM (
  SELECT lot.id AS id, lot.recalled_at AS said, (SELECT MIN(r.recalled_at) FROM lot_recall_lot l
    JOIN lot_recall r ON r.id = l.recall_id
    WHERE l.lot_id = lot.id AND r.lifted_at IS NULL) AS since
  FROM lot
  WHERE lot.recalled_at IS NOT NULL
    OR lot.id IN (SELECT l.lot_id FROM lot_recall_lot l)
) AS recalled
WHERE said IS DISTINCT FROM since
ORDER BY id";

const LEFT_MEANWHILE: &str = "
SELECT DISTINCT r.id AS id FROM lot_recall r
JOIN lot_recall_lot l ON l.recall_id = r.id
JOIN movement_line m ON m.lot_id = l.lot_id AND m.from_kind = 'zone'
  AND m.to_kind IN ('road', 'recipient', 'loan')
JOIN movement p ON p.depot_id = m.depot_id AND p.id = m.movement_id
WHERE p.recorded_at > r.recalled_at AND (r.held_until IS NULL OR p.recorded_at < r.held_until)
AND p.override_reason IS NULL AND p.reverses_id IS NULL
AND NOT EXISTS (SELECT 1 FROM movement u
  WHERE u.depot_id = p.depot_id AND u.reverses_id = p.id)
ORDER BY id";

const OF_NOTHING_ELSE: &str = "
SELECT DISTINCT r.id AS id FROM lot_recall r
JOIN lot_recall_lot l ON l.recall_id = r.id
JOIN lot ON lot.id = l.lot_id
WHERE r.extent = 'batch' AND l.held_as = 'lot' AND (lot.item_id <> r.item_id OR lot.batch IS DISTINCT FROM r.batch)
ORDER BY id";

const OF_NO_KITS: &str = "
SELECT DISTINCT l.recall_id AS id FROM lot_recall_lot l
WHERE l.held_as = 'kit' AND NOT EXISTS (SELECT 1 FROM kit_part p
  JOIN lot_recall_lot h ON h.lot_id = p.lot_id AND h.recall_id = l.recall_id
  WHERE p.kit_lot_id = l.lot_id AND p.fate = 'in')
AND NOT EXISTS (SELECT 1 FROM lot c
  JOIN lot_recall_lot h ON h.lot_id = c.parent_lot_id AND h.recall_id = l.recall_id
  WHERE c.id = l.lot_id)
ORDER BY id";

// Kits of kits are asked about when their turn comes.
const KITS_LEFT_OUT: &str = "
SELECT DISTINCT r.id AS id FROM lot_recall r
JOIN lot_recall_lot l ON l.recall_id = r.id
JOIN kit_part p ON p.lot_id = l.lot_id AND p.fate = 'in'
WHERE r.lifted_at IS NULL AND NOT EXISTS (SELECT 1 FROM lot_recall_lot k
  WHERE k.recall_id = r.id AND k.lot_id = p.kit_lot_id)
AND NOT EXISTS (SELECT 1 FROM movement u
  WHERE u.depot_id = p.depot_id AND u.reverses_id = p.movement_id)
ORDER BY id";

const CHANGED_LEFT_OUT: &str = "
SELECT DISTINCT r.id AS id FROM lot_recall r
JOIN lot_recall_lot l ON l.recall_id = r.id
JOIN lot c ON c.parent_lot_id = l.lot_id
WHERE r.lifted_at IS NULL AND NOT EXISTS (SELECT 1 FROM lot_recall_lot k
  WHERE k.recall_id = r.id AND k.lot_id = c.id)
ORDER BY id";

const LIFTED_WHOLE: &str = "
SELECT id FROM lot_recall
WHERE (lifted_at IS NULL) <> (lifted_by IS NULL) OR (lifted_at IS NULL) <> (lift_reason IS NULL)
OR lifted_at < recalled_at
ORDER BY id";
