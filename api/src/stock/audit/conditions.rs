//! Changes of condition: each is a step of the table, and each has its reason (I9).
//!
//! **Invariant.** A reason and the lines of its movement are compared from both sides: a reason whose
//! movement does something else, and a movement whose reason is gone.

use domain::{
    kernel::{Id, kinds},
    stock::ConditionStep,
};
use sea_orm::{DatabaseTransaction, QueryResult};

use crate::{
    problem::Problem,
    stock::commands::ChangeCondition,
    uow::Command,
    verify::{Finding, told_by},
};

const I9: &str = "I9";

/// Checks I9 of changes of condition.
pub(crate) async fn conditions(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let steps: Vec<_> = ConditionStep::all()
        .map(|step| {
            let [reason, from, to] = [step.reason().name(), step.from().name(), step.to().name()];
            format!("(c.reason = '{reason}' AND o.condition = '{from}' AND i.condition = '{to}')")
        })
        .collect();
    // What was written down before reasons were asked for names none.
    let permitted = format!("c.reason = 'unstated' OR {}", steps.join(" OR "));
    let as_written = AS_WRITTEN.replace("{permitted}", &permitted);
    let with_reason = WITH_REASON.replace("{command}", ChangeCondition::NAME);
    let mut findings = Vec::new();
    for (sql, what) in [
        (
            as_written.as_str(),
            "its goods did not change as its reason permits",
        ),
        (
            with_reason.as_str(),
            "it changed a condition without a reason",
        ),
    ] {
        let told = |row: &QueryResult| {
            let id: Id<kinds::Movement> = Id::from_uuid(row.try_get("", "id")?);
            Ok(format!("{id}: {what}"))
        };
        findings.extend(told_by(snapshot, I9, sql, told).await?);
    }
    Ok(findings)
}

// A change is out of a zone on every even line and into one on the next.
const AS_WRITTEN: &str = "
SELECT c.movement_id AS id FROM condition_change c
LEFT JOIN movement m ON m.depot_id = c.depot_id AND m.id = c.movement_id
WHERE m.id IS NULL OR m.kind <> 'condition_change' OR EXISTS (
  SELECT 1 FROM movement_line o
  LEFT JOIN movement_line i ON i.depot_id = o.depot_id AND i.movement_id = o.movement_id
    AND i.line = o.line + 1
  WHERE o.depot_id = c.depot_id AND o.movement_id = c.movement_id AND o.line % 2 = 0
  AND (i.line IS NULL OR o.from_kind <> 'zone' OR i.to_kind <> 'zone' OR i.lot_id <> o.lot_id
    OR i.quantity <> o.quantity OR NOT ({permitted})))
ORDER BY c.movement_id";

const WITH_REASON: &str = "
SELECT m.id FROM movement m JOIN journal j ON j.id = m.journal_id
WHERE m.kind = 'condition_change' AND j.command = '{command}' AND NOT EXISTS (
  SELECT 1 FROM condition_change c WHERE c.depot_id = m.depot_id AND c.movement_id = m.id)
ORDER BY m.id";
