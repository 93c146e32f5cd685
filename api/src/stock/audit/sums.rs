//! Sums: what balances say and what lines add up to (I1, I2, I3, I7).
//!
//! **Invariant.** A difference is found from both sides: a balance that no line explains, and lines
//! that no balance shows.

use domain::kernel::{Id, kinds};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::{
    problem::Problem,
    verify::{Finding, told_by},
};

use super::place;

/// Checks I2 of every balance, and I7 of the lots that were moved by entries, which a query answers.
/// I1 and I3 follow from what was verified before.
pub(crate) async fn sums_of(
    snapshot: &DatabaseTransaction,
    entries: &str,
) -> Result<Vec<Finding>, Problem> {
    let mut findings = bounds(snapshot).await?;
    let lots = format!(
        "WHERE lot_id IN (SELECT l.lot_id FROM movement m JOIN movement_line l \
         ON l.depot_id = m.depot_id AND l.movement_id = m.id WHERE m.journal_id IN ({entries}))"
    );
    findings.extend(no_more_left_than_came(snapshot, &lots).await?);
    Ok(findings)
}

/// Checks I1 (over all accounts of a lot), I2, I3 and I7.
pub(crate) async fn sums(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = told_by(snapshot, "I1", LOTS_SUM_TO_NOTHING, |row| {
        let (lot, off) = lot_and(row, "off")?;
        Ok(format!(
            "{lot} adds up to {off} over all accounts, the outside world included; it must be 0"
        ))
    })
    .await?;
    findings.extend(bounds(snapshot).await?);
    findings.extend(
        told_by(snapshot, "I3", BALANCES_ARE_SUMS, |row| {
            let (kept, added): (i64, i64) = (row.try_get("", "kept")?, row.try_get("", "added")?);
            let place = place(row)?;
            Ok(format!(
                "{place}: the balance says {kept}, the ledger adds up to {added}"
            ))
        })
        .await?,
    );
    findings.extend(no_more_left_than_came(snapshot, "").await?);
    Ok(findings)
}

async fn bounds(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    told_by(snapshot, "I2", BALANCES_WITHIN_BOUNDS, |row| {
        let (on_hand, reserved): (i64, i64) =
            (row.try_get("", "on_hand")?, row.try_get("", "reserved")?);
        let place = place(row)?;
        Ok(format!("{place}: on hand {on_hand}, reserved {reserved}"))
    })
    .await
}

async fn no_more_left_than_came(
    snapshot: &DatabaseTransaction,
    lots: &str,
) -> Result<Vec<Finding>, Problem> {
    let sql = format!(
        "{CAME_AND_GONE} {lots} ) AS amounts \
         GROUP BY lot_id HAVING SUM(gone) > SUM(came) ORDER BY lot_id"
    );
    told_by(snapshot, "I7", &sql, |row| {
        let (lot, came) = lot_and(row, "came")?;
        let gone: i64 = row.try_get("", "gone")?;
        Ok(format!("{lot}: {came} came in and {gone} went out"))
    })
    .await
}

fn lot_and(row: &QueryResult, number: &str) -> Result<(Id<kinds::Lot>, i64), sea_orm::DbErr> {
    let lot = Id::from_uuid(row.try_get("", "lot_id")?);
    Ok((lot, row.try_get("", number)?))
}

const LOTS_SUM_TO_NOTHING: &str = "
SELECT lot_id, CAST(SUM(amount) AS bigint) AS off FROM (
  SELECT lot_id, on_hand AS amount FROM balance
  UNION ALL SELECT lot_id, quantity FROM movement_line WHERE to_kind NOT IN ('zone', 'road')
  UNION ALL SELECT lot_id, -quantity FROM movement_line WHERE from_kind NOT IN ('zone', 'road')
) AS amounts
GROUP BY lot_id HAVING SUM(amount) <> 0 ORDER BY lot_id";

const BALANCES_WITHIN_BOUNDS: &str = "
SELECT depot_id, account_kind, account_id, lot_id, condition, on_hand, reserved FROM balance
WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand
ORDER BY depot_id, account_kind, account_id, lot_id, condition";

const BALANCES_ARE_SUMS: &str = "
SELECT depot_id, account_kind, account_id, lot_id, condition,
  CAST(SUM(kept) AS bigint) AS kept, CAST(SUM(added) AS bigint) AS added FROM (
  SELECT depot_id, account_kind, account_id, lot_id, condition, on_hand AS kept, 0 AS added
  FROM balance
  UNION ALL SELECT to_depot_id, to_kind, to_id, lot_id, condition, 0, quantity
  FROM movement_line WHERE to_kind IN ('zone', 'road')
  UNION ALL SELECT from_depot_id, from_kind, from_id, lot_id, condition, 0, -quantity
  FROM movement_line WHERE from_kind IN ('zone', 'road')
) AS amounts
GROUP BY depot_id, account_kind, account_id, lot_id, condition
HAVING SUM(kept) <> SUM(added)
ORDER BY depot_id, account_kind, account_id, lot_id, condition";

const CAME_AND_GONE: &str = "
SELECT lot_id, CAST(SUM(came) AS bigint) AS came, CAST(SUM(gone) AS bigint) AS gone FROM (
  SELECT lot_id,
    CASE WHEN from_kind IN ('source', 'conversion', 'count_difference') THEN quantity ELSE 0 END
    - CASE WHEN to_kind IN ('source', 'conversion', 'count_difference') THEN quantity ELSE 0 END
    AS came,
    CASE WHEN to_kind IN ('recipient', 'loss') THEN quantity ELSE 0 END
    - CASE WHEN from_kind IN ('recipient', 'loss') THEN quantity ELSE 0 END AS gone
  FROM movement_line";
