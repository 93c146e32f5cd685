//! Reservations: each ends once, and what is held is what is reserved (I6).
//!
//! **Invariant.** One that holds has no end, and is short of exactly what late facts took out of it; one
//! that ended has one end; one that was posted names the movement that took what its lines say, and that
//! movement names it. Nothing else changes one.

use domain::kernel::{Id, kinds};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::{
    problem::Problem,
    verify::{Finding, told_by},
};

use super::place;

const I6: &str = "I6";

/// Checks I6.
pub(crate) async fn promises(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = told_by(snapshot, I6, HELD_IS_RESERVED, |row| {
        let (kept, held): (i64, i64) = (row.try_get("", "kept")?, row.try_get("", "held")?);
        let place = place(row)?;
        Ok(format!(
            "{place}: the balance has {kept} reserved, reservations hold {held}"
        ))
    })
    .await?;
    for (sql, what) in [
        (ENDS_ONCE, "its state and its end do not fit together"),
        (HOLDS_SOMETHING, "it has no lines"),
        (
            POSTED_WITHIN_HELD,
            "a line posted what was not held or not posted",
        ),
        (
            POSTED_AS_MOVED,
            "its movement took something else than its lines say",
        ),
        (
            SHORT_AS_TOLD,
            "a line is not short of what late facts took out of it",
        ),
        (
            SHORT_OF_SOMETHING,
            "it is short and does not say so, or says so and is not",
        ),
        (CHANGED_AS_TOLD, "it was changed as often as nothing tells"),
        (
            NAMED_BY_ITS_MOVEMENT,
            "the movement that it names is gone or does not name it",
        ),
    ] {
        let told = |row: &QueryResult| {
            let id: Id<kinds::Reservation> = Id::from_uuid(row.try_get("", "id")?);
            Ok(format!("{id}: {what}"))
        };
        findings.extend(told_by(snapshot, I6, sql, told).await?);
    }
    findings.extend(
        told_by(snapshot, I6, MOVED_AS_POSTED, |row| {
            let id: Id<kinds::Movement> = Id::from_uuid(row.try_get("", "id")?);
            Ok(format!(
                "{id} says that it posted a reservation, which does not name it"
            ))
        })
        .await?,
    );
    Ok(findings)
}

const HELD_IS_RESERVED: &str = "
SELECT depot_id, account_kind, account_id, lot_id, condition,
  CAST(SUM(kept) AS bigint) AS kept, CAST(SUM(held) AS bigint) AS held FROM (
  SELECT depot_id, account_kind, account_id, lot_id, condition, reserved AS kept, 0 AS held
  FROM balance
  UNION ALL SELECT l.depot_id, 'zone', l.zone_id, l.lot_id, l.condition, 0, l.quantity - l.short
  FROM reservation_line l
  JOIN reservation r ON r.depot_id = l.depot_id AND r.id = l.reservation_id
  WHERE r.state IN ('held', 'shorted')
) AS amounts
GROUP BY depot_id, account_kind, account_id, lot_id, condition
HAVING SUM(kept) <> SUM(held)
ORDER BY depot_id, account_kind, account_id, lot_id, condition";

const ENDS_ONCE: &str = "
SELECT id FROM reservation
WHERE CASE state
  WHEN 'held' THEN ended_at IS NULL AND movement_id IS NULL AND ended_in IS NULL
  WHEN 'shorted' THEN ended_at IS NULL AND movement_id IS NULL AND ended_in IS NULL
  WHEN 'posted' THEN ended_at IS NOT NULL AND movement_id IS NOT NULL
  ELSE ended_at IS NOT NULL AND movement_id IS NULL END = FALSE
ORDER BY id";

const HOLDS_SOMETHING: &str = "
SELECT r.id FROM reservation r
WHERE NOT EXISTS (SELECT 1 FROM reservation_line l
  WHERE l.depot_id = r.depot_id AND l.reservation_id = r.id)
ORDER BY r.id";

const POSTED_WITHIN_HELD: &str = "
SELECT r.id FROM reservation r
WHERE EXISTS (SELECT 1 FROM reservation_line l
  WHERE l.depot_id = r.depot_id AND l.reservation_id = r.id
  AND (l.posted < 0 OR l.posted > l.quantity - l.short OR (l.posted > 0 AND r.state <> 'posted')))
ORDER BY r.id";

const SHORT_AS_TOLD: &str = "
SELECT l.reservation_id AS id FROM reservation_line l
WHERE l.short <> (SELECT COALESCE(SUM(s.quantity), 0) FROM reservation_shortage s
  WHERE s.depot_id = l.depot_id AND s.reservation_id = l.reservation_id AND s.line = l.line)
ORDER BY l.reservation_id";

const SHORT_OF_SOMETHING: &str = "
SELECT r.id FROM reservation r
WHERE r.state IN ('held', 'shorted') AND (r.state = 'shorted') <> EXISTS (
  SELECT 1 FROM reservation_line l
  WHERE l.depot_id = r.depot_id AND l.reservation_id = r.id AND l.short > 0)
ORDER BY r.id";

// Once by each late fact that took something out of it, and once by its end.
const CHANGED_AS_TOLD: &str = "
SELECT r.id FROM reservation r
WHERE r.version <> 1 + CASE WHEN r.ended_at IS NULL THEN 0 ELSE 1 END + (
  SELECT COUNT(DISTINCT s.movement_id) FROM reservation_shortage s
  WHERE s.depot_id = r.depot_id AND s.reservation_id = r.id)
ORDER BY r.id";

const POSTED_AS_MOVED: &str = "
SELECT id FROM (
  SELECT r.id, l.zone_id, l.lot_id, l.condition, l.posted AS amount
  FROM reservation r
  JOIN reservation_line l ON l.depot_id = r.depot_id AND l.reservation_id = r.id
  WHERE r.state = 'posted'
  UNION ALL SELECT r.id, m.from_id, m.lot_id, m.condition, -m.quantity
  FROM reservation r
  JOIN movement_line m ON m.depot_id = r.depot_id AND m.movement_id = r.movement_id
  WHERE r.state = 'posted' AND m.from_kind = 'zone'
) AS amounts
GROUP BY id, zone_id, lot_id, condition HAVING SUM(amount) <> 0
ORDER BY id";

const NAMED_BY_ITS_MOVEMENT: &str = "
SELECT r.id FROM reservation r
WHERE r.movement_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM movement m
  WHERE m.depot_id = r.depot_id AND m.id = r.movement_id AND m.reservation_id = r.id)
ORDER BY r.id";

const MOVED_AS_POSTED: &str = "
SELECT m.id FROM movement m
WHERE m.reservation_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reservation r
  WHERE r.depot_id = m.depot_id AND r.id = m.reservation_id AND r.movement_id = m.id)
ORDER BY m.id";
