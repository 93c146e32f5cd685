//! Disposals and goods that came back: what is on record of them is what was held and what moved
//! (I1), and nothing left for good without the word of its owner (I9).
//!
//! **Invariant.** A disposal, its reservation and its movements are compared from every side. That no
//! more of a lot came back than went out is asked of movement lines alone.

use domain::kernel::{Id, kinds};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::{
    problem::Problem,
    verify::{Finding, told_by},
};

const I1: &str = "I1";
const I9: &str = "I9";

/// Checks I1 and I9 of disposals.
pub(crate) async fn disposals(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for (invariant, sql, what) in [
        (I9, AGREED_TO, "nobody but who asked for it agreed to it"),
        (I9, OF_ONE_OWNER, "it is of goods of another owner"),
        (
            I1,
            HELD_AS_IT_STANDS,
            "its state and its reservation do not fit together",
        ),
        (
            I1,
            TOOK_WHAT_IT_HELD,
            "its movement is not the one that took what it held",
        ),
        (
            I1,
            BROUGHT_WHAT_ITS_WAY_BRINGS,
            "what it brought is not what its way brings",
        ),
        (
            I1,
            PARTS_ON_THE_SHELF,
            "its parts are not what its movement put on the shelf",
        ),
    ] {
        let told = |row: &QueryResult| {
            let id: Id<kinds::Disposal> = Id::from_uuid(row.try_get("", "id")?);
            Ok(format!("{id}: {what}"))
        };
        findings.extend(told_by(snapshot, invariant, sql, told).await?);
    }
    Ok(findings)
}

/// Checks I1 of goods that came back.
pub(crate) async fn returns(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = told_by(snapshot, I1, MORE_BACK_THAN_OUT, |row| {
        let id: Id<kinds::Lot> = Id::from_uuid(row.try_get("", "id")?);
        Ok(format!("{id}: more came back than went out"))
    })
    .await?;
    for (sql, what) in [
        (
            ENTERED_AS_DEMANDED,
            "goods are not in the condition that was demanded",
        ),
        (
            HOW_THEY_CAME,
            "nothing is on record of how its goods came back",
        ),
        (
            ASSIGNED,
            "its goods came from nowhere and are of a lot that was known",
        ),
    ] {
        let told = |row: &QueryResult| {
            let id: Id<kinds::Movement> = Id::from_uuid(row.try_get("", "id")?);
            Ok(format!("{id}: {what}"))
        };
        findings.extend(told_by(snapshot, I1, sql, told).await?);
    }
    Ok(findings)
}

const AGREED_TO: &str = "
SELECT id FROM disposal
WHERE approved_by = asked_by
OR (state IN ('approved', 'carried_out') AND approved_by IS NULL)
ORDER BY id";

const OF_ONE_OWNER: &str = "
SELECT DISTINCT d.id AS id FROM disposal d
JOIN reservation_line h ON h.depot_id = d.depot_id AND h.reservation_id = d.reservation_id
JOIN lot l ON l.id = h.lot_id
WHERE l.owner_id <> d.owner_id
ORDER BY id";

// A hold may run out, or be eaten by a late fact, while the owner is asked.
const HELD_AS_IT_STANDS: &str = "
SELECT d.id AS id FROM disposal d
LEFT JOIN reservation r ON r.depot_id = d.depot_id AND r.id = d.reservation_id
WHERE r.id IS NULL OR r.disposal_id IS DISTINCT FROM d.id
OR (d.state = 'carried_out') <> (r.state = 'posted')
OR (r.state = 'held' AND d.ended_at IS NOT NULL)
OR (r.state = 'released' AND d.ended_at IS NULL)
ORDER BY d.id";

const TOOK_WHAT_IT_HELD: &str = "
SELECT d.id AS id FROM disposal d
JOIN reservation r ON r.depot_id = d.depot_id AND r.id = d.reservation_id
LEFT JOIN movement m ON m.depot_id = d.depot_id AND m.id = d.movement_id
WHERE d.state = 'carried_out' AND (m.id IS NULL OR m.kind <> 'disposal'
  OR r.movement_id IS DISTINCT FROM d.movement_id
  OR EXISTS (SELECT 1 FROM movement_line l WHERE l.depot_id = m.depot_id
    AND l.movement_id = m.id AND (l.from_kind <> 'zone' OR l.to_kind <> 'loss')))
ORDER BY d.id";

const BROUGHT_WHAT_ITS_WAY_BRINGS: &str = "
SELECT id FROM disposal
WHERE (proceeds_e4 IS NOT NULL) <> (state = 'carried_out' AND way = 'auctioned')
OR (parts_movement_id IS NOT NULL) <> (state = 'carried_out' AND way = 'parts_reused')
OR (proceeds_e4 IS NULL) <> (currency IS NULL)
ORDER BY id";

// Every lot that names it came in by its movement, and every line of the movement is such a lot.
const PARTS_ON_THE_SHELF: &str = "
SELECT DISTINCT id FROM (
  SELECT d.id AS id FROM disposal d
  JOIN movement_line m ON m.depot_id = d.depot_id AND m.movement_id = d.parts_movement_id
  JOIN lot l ON l.id = m.lot_id
  WHERE l.disposal_id IS DISTINCT FROM d.id OR l.source <> 'disposal'
    OR l.owner_id <> d.owner_id OR m.from_kind <> 'source'
  UNION ALL SELECT l.disposal_id FROM lot l
  WHERE l.disposal_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM disposal d
    JOIN movement_line m ON m.depot_id = d.depot_id AND m.movement_id = d.parts_movement_id
    WHERE d.id = l.disposal_id AND m.lot_id = l.id)
) AS parts
ORDER BY id";

const MORE_BACK_THAN_OUT: &str = "
SELECT lot_id AS id FROM movement_line
WHERE to_kind = 'recipient' OR from_kind = 'recipient'
GROUP BY lot_id
HAVING SUM(CASE WHEN to_kind = 'recipient' THEN quantity ELSE -quantity END) < 0
ORDER BY lot_id";

const ENTERED_AS_DEMANDED: &str = "
SELECT DISTINCT r.movement_id AS id FROM return_line r
JOIN movement_line l ON l.depot_id = r.depot_id AND l.movement_id = r.movement_id
  AND l.line = r.line
JOIN movement m ON m.depot_id = r.depot_id AND m.id = r.movement_id
WHERE m.kind <> 'return' OR l.condition <> CASE r.demand
  WHEN 'dispose' THEN 'condemned'
  WHEN 'repair' THEN 'needs_repair'
  ELSE r.found_condition END
ORDER BY id";

const HOW_THEY_CAME: &str = "
SELECT DISTINCT m.id AS id FROM movement m
JOIN movement_line l ON l.depot_id = m.depot_id AND l.movement_id = m.id
WHERE m.kind = 'return' AND l.from_kind <> 'loan' AND NOT EXISTS (SELECT 1 FROM return_line r
  WHERE r.depot_id = l.depot_id AND r.movement_id = l.movement_id AND r.line = l.line)
ORDER BY id";

const ASSIGNED: &str = "
SELECT DISTINCT m.id AS id FROM movement m
JOIN movement_line l ON l.depot_id = m.depot_id AND l.movement_id = m.id
JOIN lot ON lot.id = l.lot_id
WHERE m.kind = 'return' AND l.from_kind = 'source' AND lot.source <> 'recovery'
ORDER BY id";
