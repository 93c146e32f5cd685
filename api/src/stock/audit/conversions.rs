//! Conversions: what the record says of them is what their movements moved, by the version of the
//! contents that they name, and nothing came out that did not go in (I1).
//!
//! **Invariant.** Each question is asked of movement lines and of the catalogue anew. Of what was
//! undone only the last is not asked, since it never happened.

use domain::kernel::{Id, kinds};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::{
    problem::Problem,
    verify::{Finding, told_by},
};

const I1: &str = "I1";

/// Checks I1 of conversions.
pub(crate) async fn conversions(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for (sql, what) in [
        (
            RECORDED_AS_MOVED,
            "what is on record of the kits is not what was moved",
        ),
        (UNRECORDED, "it converted goods, and nothing is on record"),
        (
            BY_THE_VERSION,
            "its parts are not what so many kits hold by their version",
        ),
        (OF_THE_KIT, "its kits are no kits of its version"),
        (
            WRITTEN_OFF_AS_MISSING,
            "what was missing is not what was written off",
        ),
    ] {
        let told = |row: &QueryResult| {
            let id: Id<kinds::Movement> = Id::from_uuid(row.try_get("", "id")?);
            Ok(format!("{id}: {what}"))
        };
        findings.extend(told_by(snapshot, I1, sql, told).await?);
    }
    let told = |row: &QueryResult| {
        let kits: Id<kinds::Lot> = Id::from_uuid(row.try_get("", "kits")?);
        let lot: Id<kinds::Lot> = Id::from_uuid(row.try_get("", "lot")?);
        Ok(format!("{kits}: more of {lot} came out than went in"))
    };
    findings.extend(told_by(snapshot, I1, MORE_OUT_THAN_IN, told).await?);
    Ok(findings)
}

// Into the conversion is less than nothing, out of it more; the record says the same the other way.
const RECORDED_AS_MOVED: &str = "
SELECT DISTINCT id FROM (
  SELECT c.movement_id AS id, c.kit_lot_id AS lot_id,
    CASE WHEN c.way = 'assemble' THEN -c.kits ELSE c.kits END AS amount, 'kits' AS what
  FROM conversion c
  UNION ALL SELECT p.movement_id, p.lot_id,
    CASE WHEN p.fate = 'in' THEN p.quantity ELSE -p.quantity END, p.condition
  FROM kit_part p
  UNION ALL SELECT l.movement_id, l.lot_id,
    CASE WHEN l.to_kind = 'conversion' THEN -l.quantity ELSE l.quantity END,
    CASE WHEN l.lot_id = c.kit_lot_id THEN 'kits' ELSE l.condition END
  FROM conversion c
  JOIN movement_line l ON l.depot_id = c.depot_id AND l.movement_id = c.movement_id
) AS amounts
GROUP BY id, lot_id, what HAVING SUM(amount) <> 0
ORDER BY id";

const UNRECORDED: &str = "
SELECT m.id FROM movement m
WHERE m.kind = 'conversion' AND NOT EXISTS (SELECT 1 FROM conversion c
  WHERE c.depot_id = m.depot_id AND c.movement_id = m.id)
AND NOT EXISTS (SELECT 1 FROM lot_change c
  WHERE c.depot_id = m.depot_id AND c.movement_id = COALESCE(m.reverses_id, m.id))
ORDER BY m.id";

const BY_THE_VERSION: &str = "
SELECT DISTINCT id FROM (
  SELECT c.movement_id AS id, k.item_id AS item_id, c.kits * k.quantity AS amount
  FROM conversion c JOIN kit_content k ON k.kit_version_id = c.kit_version_id
  UNION ALL SELECT p.movement_id, l.item_id, -p.quantity
  FROM kit_part p JOIN lot l ON l.id = p.lot_id
) AS amounts
GROUP BY id, item_id HAVING SUM(amount) <> 0
ORDER BY id";

const OF_THE_KIT: &str = "
SELECT c.movement_id AS id FROM conversion c
JOIN kit_version v ON v.id = c.kit_version_id
JOIN lot l ON l.id = c.kit_lot_id
WHERE l.item_id <> v.item_id OR EXISTS (SELECT 1 FROM kit_part p
  WHERE p.depot_id = c.depot_id AND p.movement_id = c.movement_id
  AND (p.kit_lot_id <> c.kit_lot_id OR (p.fate = 'in') <> (c.way = 'assemble')))
ORDER BY c.movement_id";

const WRITTEN_OFF_AS_MISSING: &str = "
SELECT DISTINCT id FROM (
  SELECT p.movement_id AS id, p.lot_id AS lot_id, p.condition AS condition, p.quantity AS amount
  FROM kit_part p WHERE p.fate = 'missing'
  UNION ALL SELECT c.movement_id, l.lot_id, l.condition,
    CASE WHEN l.to_kind = 'loss' THEN -l.quantity ELSE l.quantity END
  FROM conversion c
  JOIN movement_line l ON l.depot_id = c.depot_id AND l.movement_id = c.loss_movement_id
) AS amounts
GROUP BY id, lot_id, condition HAVING SUM(amount) <> 0
ORDER BY id";

const MORE_OUT_THAN_IN: &str = "
SELECT p.kit_lot_id AS kits, p.lot_id AS lot FROM kit_part p
JOIN lot l ON l.id = p.lot_id
WHERE (l.kit_lot_id IS NULL OR l.kit_lot_id <> p.kit_lot_id)
AND NOT EXISTS (SELECT 1 FROM movement r
  WHERE r.depot_id = p.depot_id AND r.reverses_id = p.movement_id)
GROUP BY p.kit_lot_id, p.lot_id
HAVING SUM(CASE WHEN p.fate = 'in' THEN p.quantity ELSE -p.quantity END) < 0
ORDER BY p.kit_lot_id, p.lot_id";
