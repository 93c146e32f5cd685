//! Stocktakes: what one that is settled found is what the ledger moved (I3).
//!
//! **Invariant.** A line's difference and the lines of the movement that it names add up to
//! nothing, from both sides; what is not settled moved nothing.

use domain::kernel::{Id, kinds};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::{
    problem::Problem,
    verify::{Finding, told_by},
};

const I3: &str = "I3";

/// Checks I3 of stocktakes.
pub(crate) async fn stocktakes(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for (sql, what) in [
        (
            SETTLED_AS_MOVED,
            "its differences are not what its movements moved",
        ),
        (UNSETTLED_MOVED, "it moved goods and is not settled"),
        (
            SETTLED_UNCOUNTED,
            "it is settled, and a line was not counted",
        ),
        (
            COUNTED_AS_WRITTEN,
            "a line says something else than its last round's counts",
        ),
    ] {
        let told = |row: &QueryResult| {
            let id: Id<kinds::Stocktake> = Id::from_uuid(row.try_get("", "id")?);
            Ok(format!("{id}: {what}"))
        };
        findings.extend(told_by(snapshot, I3, sql, told).await?);
    }
    Ok(findings)
}

const SETTLED_AS_MOVED: &str = "
SELECT id FROM (
  SELECT l.stocktake_id AS id, l.movement_id, l.zone_id, l.lot_id, l.condition,
    l.difference AS amount
  FROM stocktake_line l
  JOIN stocktake s ON s.depot_id = l.depot_id AND s.id = l.stocktake_id
  WHERE s.state = 'settled' AND l.difference <> 0
  UNION ALL SELECT n.stocktake_id, m.movement_id,
    CASE WHEN m.to_kind = 'zone' THEN m.to_id ELSE m.from_id END, m.lot_id, m.condition,
    CASE WHEN m.to_kind = 'zone' THEN -m.quantity ELSE m.quantity END
  FROM (SELECT DISTINCT depot_id, stocktake_id, movement_id FROM stocktake_line
    WHERE movement_id IS NOT NULL) AS n
  JOIN movement_line m ON m.depot_id = n.depot_id AND m.movement_id = n.movement_id
) AS amounts
GROUP BY id, movement_id, zone_id, lot_id, condition HAVING SUM(amount) <> 0
ORDER BY id";

const UNSETTLED_MOVED: &str = "
SELECT s.id FROM stocktake s
WHERE s.state <> 'settled' AND EXISTS (SELECT 1 FROM stocktake_line l
  WHERE l.depot_id = s.depot_id AND l.stocktake_id = s.id AND l.movement_id IS NOT NULL)
ORDER BY s.id";

const SETTLED_UNCOUNTED: &str = "
SELECT s.id FROM stocktake s
WHERE s.state = 'settled' AND EXISTS (SELECT 1 FROM stocktake_line l
  WHERE l.depot_id = s.depot_id AND l.stocktake_id = s.id AND l.difference IS NULL)
ORDER BY s.id";

const COUNTED_AS_WRITTEN: &str = "
SELECT s.id FROM stocktake s
WHERE EXISTS (SELECT 1 FROM stocktake_line l
  WHERE l.depot_id = s.depot_id AND l.stocktake_id = s.id AND l.difference IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM stocktake_count c
    WHERE c.depot_id = l.depot_id AND c.stocktake_id = l.stocktake_id AND c.line = l.line
    AND c.round = l.round AND c.counted = l.counted AND c.book = l.book))
ORDER BY s.id";
