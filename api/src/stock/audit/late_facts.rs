//! Late facts: what the book gave way by is what its movements and its promises say (I6, I12).
//!
//! **Invariant.** Each count difference came of a stocktake or of a late fact, so that nobody can
//! take away the mark that something has to be looked at. What was found is no more than what left.

use domain::kernel::{Id, kinds};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::{
    problem::Problem,
    verify::{Finding, told_by},
};

/// Checks late facts.
pub(crate) async fn late_facts(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for (invariant, sql, what) in [
        (
            "I12",
            WITHOUT_CAUSE,
            "it is a count difference of no stocktake and of no late fact",
        ),
        (
            "I12",
            AS_REPORTED,
            "it is a late fact and no issue of that command, or what was found for it is not",
        ),
        ("I12", HALF_REVIEWED, "its review is half written"),
        ("I1", FOUND_WHAT_LEFT, "more was found for it than left"),
        (
            "I6",
            OF_NOTHING,
            "it is a late fact that found nothing and took nothing from a promise",
        ),
    ] {
        let told = |row: &QueryResult| {
            let id: Id<kinds::Movement> = Id::from_uuid(row.try_get("", "id")?);
            Ok(format!("{id}: {what}"))
        };
        findings.extend(told_by(snapshot, invariant, sql, told).await?);
    }
    Ok(findings)
}

const WITHOUT_CAUSE: &str = "
SELECT m.id FROM movement m
WHERE m.kind = 'count_difference'
AND NOT EXISTS (SELECT 1 FROM late_fact f WHERE f.depot_id = m.depot_id AND f.found_id = m.id)
AND NOT EXISTS (SELECT 1 FROM stocktake_line l
  WHERE l.depot_id = m.depot_id AND l.movement_id = m.id)
ORDER BY m.id";

const AS_REPORTED: &str = "
SELECT f.movement_id AS id FROM late_fact f
LEFT JOIN movement m ON m.depot_id = f.depot_id AND m.id = f.movement_id
LEFT JOIN movement d ON d.depot_id = f.depot_id AND d.id = f.found_id
WHERE m.id IS NULL OR m.kind <> 'issue' OR (f.found_id IS NOT NULL
  AND (d.id IS NULL OR d.kind <> 'count_difference' OR d.journal_id <> m.journal_id))
ORDER BY f.movement_id";

const HALF_REVIEWED: &str = "
SELECT f.movement_id AS id FROM late_fact f
WHERE (f.reviewed_at IS NULL) <> (f.reviewed_by IS NULL)
OR (f.reviewed_at IS NULL) <> (f.review_note IS NULL) OR f.reviewed_by = f.reported_by
ORDER BY f.movement_id";

const FOUND_WHAT_LEFT: &str = "
SELECT DISTINCT id FROM (
  SELECT f.movement_id AS id, l.to_id AS zone_id, l.lot_id, l.condition, l.quantity AS amount
  FROM late_fact f
  JOIN movement_line l ON l.depot_id = f.depot_id AND l.movement_id = f.found_id
  UNION ALL SELECT f.movement_id, l.from_id, l.lot_id, l.condition, -l.quantity
  FROM late_fact f
  JOIN movement_line l ON l.depot_id = f.depot_id AND l.movement_id = f.movement_id
) AS amounts
GROUP BY id, zone_id, lot_id, condition HAVING SUM(amount) > 0
ORDER BY id";

const OF_NOTHING: &str = "
SELECT f.movement_id AS id FROM late_fact f
WHERE f.found_id IS NULL AND NOT EXISTS (SELECT 1 FROM reservation_shortage s
  WHERE s.depot_id = f.depot_id AND s.movement_id = f.movement_id)
ORDER BY f.movement_id";
