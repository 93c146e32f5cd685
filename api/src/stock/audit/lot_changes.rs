//! Changes of owner and of purpose: each had the word of those who must give it (I9), goods that are
//! bound changed what they serve only by their donor's (I10), and what changed is what moved (I1).
//!
//! **Invariant.** A change, its reservation, its movement and its lots are compared from every side.
//! A lot that changed is compared with the one it was, fact by fact.

use domain::kernel::{Id, kinds};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::{
    problem::Problem,
    verify::{Finding, told_by},
};

const I1: &str = "I1";
const I9: &str = "I9";
const I10: &str = "I10";

/// Checks I1, I9 and I10 of changes of owner and of purpose.
pub(crate) async fn lot_changes(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for (invariant, sql, what) in [
        (
            I9,
            AGREED_TO,
            "those who asked, agreed and accepted are not different people",
        ),
        (I9, OF_ONE_OWNER, "it is of goods of another owner"),
        (
            I10,
            CONSENTED,
            "it changed what goods serve without their donor's consent",
        ),
        (
            I1,
            HELD_AS_IT_STANDS,
            "its state and its reservation do not fit together",
        ),
        (I1, MOVED_WHAT_IT_HELD, "what it moved is not what it held"),
        (
            I1,
            MOVED_TO_ITS_LOTS,
            "what goods it took and what lots it made of them differ",
        ),
    ] {
        let told = |row: &QueryResult| {
            let id: Id<kinds::LotChange> = Id::from_uuid(row.try_get("", "id")?);
            Ok(format!("{id}: {what}"))
        };
        findings.extend(told_by(snapshot, invariant, sql, told).await?);
    }
    let told = |row: &QueryResult| {
        let id: Id<kinds::Lot> = Id::from_uuid(row.try_get("", "id")?);
        Ok(format!(
            "{id} differs from the lot that it was in more than its change says"
        ))
    };
    findings.extend(told_by(snapshot, I1, CHANGED_AS_SAID, told).await?);
    Ok(findings)
}

const AGREED_TO: &str = "
SELECT id FROM lot_change
WHERE approved_by = asked_by OR accepted_by IN (asked_by, approved_by)
OR (state IN ('approved', 'done') AND approved_by IS NULL)
OR ((state = 'done' AND kind = 'owner') <> (accepted_by IS NOT NULL))
ORDER BY id";

const OF_ONE_OWNER: &str = "
SELECT DISTINCT c.id AS id FROM lot_change c
JOIN reservation_line h ON h.depot_id = c.depot_id AND h.reservation_id = c.reservation_id
JOIN lot l ON l.id = h.lot_id
WHERE l.owner_id <> c.owner_id
ORDER BY id";

const CONSENTED: &str = "
SELECT DISTINCT c.id AS id FROM lot_change c
JOIN reservation_line h ON h.depot_id = c.depot_id AND h.reservation_id = c.reservation_id
JOIN lot l ON l.id = h.lot_id
WHERE c.kind = 'purpose' AND (c.consent_given_by IS NULL OR c.consent_sha256 IS NULL
  OR l.donor <> c.consent_given_by)
ORDER BY id";

// A hold may run out, or be eaten by a late fact, while owners are asked.
const HELD_AS_IT_STANDS: &str = "
SELECT c.id AS id FROM lot_change c
LEFT JOIN reservation r ON r.depot_id = c.depot_id AND r.id = c.reservation_id
WHERE r.id IS NULL OR r.lot_change_id IS DISTINCT FROM c.id OR r.state = 'posted'
OR (c.state = 'done' AND r.state <> 'released')
OR (c.state IN ('asked', 'approved') AND r.state = 'released')
OR (c.state IN ('refused', 'withdrawn') AND r.state = 'held')
ORDER BY c.id";

const MOVED_WHAT_IT_HELD: &str = "
SELECT DISTINCT id FROM (
  SELECT c.id AS id, h.zone_id AS zone_id, h.lot_id AS lot_id, h.condition AS condition,
    h.quantity AS amount
  FROM lot_change c
  JOIN reservation_line h ON h.depot_id = c.depot_id AND h.reservation_id = c.reservation_id
  WHERE c.state = 'done'
  UNION ALL SELECT c.id, m.from_id, m.lot_id, m.condition, -m.quantity
  FROM lot_change c
  JOIN movement_line m ON m.depot_id = c.depot_id AND m.movement_id = c.movement_id
  WHERE m.from_kind = 'zone'
) AS amounts
GROUP BY id, zone_id, lot_id, condition HAVING SUM(amount) <> 0
ORDER BY id";

// What went in as a lot came out, in the same zone and condition, as the lot that names it.
const MOVED_TO_ITS_LOTS: &str = "
SELECT DISTINCT id FROM (
  SELECT c.id AS id, m.lot_id AS was, m.from_id AS zone_id, m.condition AS condition,
    m.quantity AS amount
  FROM lot_change c
  JOIN movement_line m ON m.depot_id = c.depot_id AND m.movement_id = c.movement_id
  WHERE m.from_kind = 'zone'
  UNION ALL SELECT c.id, CASE WHEN l.lot_change_id = c.id THEN l.parent_lot_id ELSE l.id END,
    m.to_id, m.condition, -m.quantity
  FROM lot_change c
  JOIN movement_line m ON m.depot_id = c.depot_id AND m.movement_id = c.movement_id
  JOIN lot l ON l.id = m.lot_id
  WHERE m.from_kind <> 'zone'
  UNION ALL SELECT l.lot_change_id, l.parent_lot_id, l.id, 'none', 1 FROM lot l
  WHERE l.lot_change_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM lot_change c
    JOIN movement_line m ON m.depot_id = c.depot_id AND m.movement_id = c.movement_id
    WHERE c.id = l.lot_change_id AND m.lot_id = l.id)
) AS amounts
GROUP BY id, was, zone_id, condition HAVING SUM(amount) <> 0
ORDER BY id";

const CHANGED_AS_SAID: &str = "
SELECT n.id AS id FROM lot n
LEFT JOIN lot w ON w.id = n.parent_lot_id
LEFT JOIN lot_change c ON c.id = n.lot_change_id
WHERE (n.parent_lot_id IS NOT NULL OR n.lot_change_id IS NOT NULL) AND (w.id IS NULL
  OR c.id IS NULL OR c.state <> 'done' OR n.item_id <> w.item_id OR n.source <> w.source
  OR n.donor IS DISTINCT FROM w.donor OR n.batch IS DISTINCT FROM w.batch
  OR n.maker IS DISTINCT FROM w.maker OR n.produced_on IS DISTINCT FROM w.produced_on
  OR n.expires_on IS DISTINCT FROM w.expires_on
  OR n.unit_value_e4 IS DISTINCT FROM w.unit_value_e4
  OR n.owner_id <> COALESCE(c.to_owner_id, w.owner_id)
  OR n.restriction_kind <> COALESCE(c.to_restriction_kind, w.restriction_kind)
  OR n.restriction IS DISTINCT FROM CASE WHEN c.kind = 'purpose' THEN c.to_restriction
    ELSE w.restriction END)
ORDER BY n.id";
