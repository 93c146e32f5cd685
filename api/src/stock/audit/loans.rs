//! Loans: what is owed is what was lent less what came back, was settled and was forgiven, and all of
//! it is in the ledger (I1); nobody forgave what they had lent (I9).
//!
//! **Invariant.** A loan, its lines, its movements and the account are compared from every side.

use domain::kernel::{Id, kinds};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::{
    problem::Problem,
    verify::{Finding, told_by},
};

const I1: &str = "I1";
const I9: &str = "I9";

/// Checks I1 and I9 of loans.
pub(crate) async fn loans(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for (invariant, sql, what) in [
        (I9, FORGIVEN_BY_ANOTHER, "who lent forgave it"),
        (I9, OF_ONE_OWNER, "it is of goods of another owner"),
        (
            I1,
            MOVED_AS_SAID,
            "what its lines say became of it is not what its movements moved",
        ),
        (
            I1,
            ENDED_WITH_NOTHING_OWED,
            "its state and what is owed do not fit together",
        ),
        (
            I1,
            SETTLED_BY_THE_RATE,
            "what came in its place is not what the rate asks for",
        ),
        (
            I1,
            CAME_FOR_IT,
            "the lots that name it are not what came in its place",
        ),
    ] {
        let told = |row: &QueryResult| {
            let id: Id<kinds::Loan> = Id::from_uuid(row.try_get("", "id")?);
            Ok(format!("{id}: {what}"))
        };
        findings.extend(told_by(snapshot, invariant, sql, told).await?);
    }
    let told = |row: &QueryResult| {
        let id: Id<kinds::Movement> = Id::from_uuid(row.try_get("", "id")?);
        Ok(format!("{id}: it moved goods that are lent, for no loan"))
    };
    findings.extend(told_by(snapshot, I1, FOR_A_LOAN, told).await?);
    Ok(findings)
}

const FORGIVEN_BY_ANOTHER: &str = "
SELECT id FROM loan
WHERE state = 'forgiven' AND (ended_by = lent_by OR end_reason IS NULL)
ORDER BY id";

const OF_ONE_OWNER: &str = "
SELECT DISTINCT l.loan_id AS id FROM loan_line l
JOIN loan ON loan.depot_id = l.depot_id AND loan.id = l.loan_id
JOIN lot ON lot.id = l.lot_id
WHERE lot.owner_id <> loan.owner_id
ORDER BY id";

// Of every lot and every act, what lines say and what moved.
const MOVED_AS_SAID: &str = "
SELECT DISTINCT id FROM (
  SELECT loan_id AS id, lot_id, 'lend' AS act, lent AS amount FROM loan_line
  UNION ALL SELECT loan_id, lot_id, 'give_back', given_back FROM loan_line
  UNION ALL SELECT loan_id, lot_id, 'settle', settled FROM loan_line
  UNION ALL SELECT loan_id, lot_id, 'forgive', forgiven FROM loan_line
  UNION ALL SELECT a.loan_id, m.lot_id, CASE
      WHEN m.from_kind = 'zone' AND m.to_kind = 'loan' THEN 'lend'
      WHEN m.from_kind = 'loan' AND m.to_kind = 'zone' THEN 'give_back'
      WHEN m.from_kind = 'loan' AND m.to_kind = 'recipient' THEN 'settle'
      WHEN m.from_kind = 'loan' AND m.to_kind = 'loss' THEN 'forgive'
      ELSE 'nothing' END, -m.quantity
  FROM loan_movement a
  JOIN movement_line m ON m.depot_id = a.depot_id AND m.movement_id = a.movement_id
) AS amounts
GROUP BY id, lot_id, act HAVING SUM(amount) <> 0
ORDER BY id";

const ENDED_WITH_NOTHING_OWED: &str = "
SELECT loan.id AS id FROM loan
JOIN loan_line l ON l.depot_id = loan.depot_id AND l.loan_id = loan.id
GROUP BY loan.id, loan.state
HAVING (loan.state = 'open')
  <> (SUM(l.lent - l.given_back - l.settled - l.forgiven) > 0)
OR (loan.state = 'forgiven') <> (SUM(l.forgiven) > 0)
ORDER BY id";

const SETTLED_BY_THE_RATE: &str = "
SELECT a.loan_id AS id FROM loan_movement a
WHERE a.act = 'settle' AND CAST(a.rate_given AS numeric) * (SELECT SUM(m.quantity)
    FROM movement_line m WHERE m.depot_id = a.depot_id AND m.movement_id = a.movement_id)
  <> CAST(a.rate_lent AS numeric) * COALESCE((SELECT SUM(m.quantity) FROM movement_line m
    WHERE m.depot_id = a.depot_id AND m.movement_id = a.receipt_id), 0)
ORDER BY id";

// Every lot that names a loan came in by a settlement of it, and every line of one is such a lot.
const CAME_FOR_IT: &str = "
SELECT DISTINCT id FROM (
  SELECT a.loan_id AS id FROM loan_movement a
  JOIN loan ON loan.depot_id = a.depot_id AND loan.id = a.loan_id
  JOIN movement_line m ON m.depot_id = a.depot_id AND m.movement_id = a.receipt_id
  JOIN lot ON lot.id = m.lot_id
  WHERE lot.loan_id IS DISTINCT FROM a.loan_id OR lot.owner_id <> loan.owner_id
    OR m.from_kind <> 'source'
  UNION ALL SELECT lot.loan_id FROM lot
  WHERE lot.loan_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM loan_movement a
    JOIN movement_line m ON m.depot_id = a.depot_id AND m.movement_id = a.receipt_id
    WHERE a.loan_id = lot.loan_id AND m.lot_id = lot.id)
) AS came
ORDER BY id";

const FOR_A_LOAN: &str = "
SELECT DISTINCT m.movement_id AS id FROM movement_line m
WHERE (m.from_kind = 'loan' OR m.to_kind = 'loan') AND NOT EXISTS (SELECT 1 FROM loan_movement a
  WHERE a.depot_id = m.depot_id AND a.movement_id = m.movement_id)
ORDER BY id";
