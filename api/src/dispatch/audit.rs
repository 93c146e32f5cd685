//! Papers measured against the ledger, and plans against the journal.
//!
//! **Invariant.** What a waybill has still on the road is what the road account of its shipment
//! holds, lot by lot and condition by condition. Who agreed to an order had not asked for it, or said
//! why nobody else was there. A plan is what was computed, by the digest that its
//! entries hold.

use domain::{
    dispatch::order::OrderAction,
    kernel::{Id, kinds},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use uuid::Uuid;

use super::{
    commands::{
        ConfirmPlan, DiscardPlan, KeepPlan, ReceiveBack, RecordedPlan, ReverseHandOver,
        SendBetweenDepots, ShipOrder, SignHandOver, asking_steps,
    },
    queries,
};
use crate::{
    problem::Problem,
    uow::Command,
    verify::{Finding, NAMED_MAX, told_by},
};

/// The commands of this context that never succeed without a movement, as the journal names them.
pub(crate) const POSTING: &[&str] = &[
    ShipOrder::NAME,
    SendBetweenDepots::NAME,
    SignHandOver::NAME,
    ReceiveBack::NAME,
    ReverseHandOver::NAME,
];

/// Compares waybills with the road (I3).
pub(crate) async fn roads(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    told_by(snapshot, "I3", WAYBILLS_ARE_ROADS, |row| {
        let shipment: Id<kinds::Shipment> = Id::from_uuid(row.try_get("", "shipment_id")?);
        let lot: Id<kinds::Lot> = Id::from_uuid(row.try_get("", "lot_id")?);
        let condition: String = row.try_get("", "condition")?;
        let (written, kept): (i64, i64) = (row.try_get("", "written")?, row.try_get("", "kept")?);
        Ok(format!(
            "{shipment} {lot} {condition}: the waybill has {written} on the road, the balance {kept}"
        ))
    })
    .await
}

const WAYBILLS_ARE_ROADS: &str = "
SELECT depot_id, shipment_id, lot_id, condition,
  CAST(SUM(written) AS bigint) AS written, CAST(SUM(kept) AS bigint) AS kept FROM (
  SELECT l.depot_id, l.shipment_id, l.lot_id, l.condition,
    l.sent - l.received - l.damaged - l.short - l.returned AS written, 0 AS kept
  FROM shipment_line l
  UNION ALL SELECT depot_id, account_id, lot_id, condition, 0, on_hand
  FROM balance WHERE account_kind = 'road'
) AS amounts
GROUP BY depot_id, shipment_id, lot_id, condition
HAVING SUM(written) <> SUM(kept)
ORDER BY depot_id, shipment_id, lot_id, condition";

/// Names orders to which one person agreed who had asked for them (I15).
pub(crate) async fn approvals(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let asked: Vec<_> = asking_steps().map(|step| format!("'{step}'")).collect();
    let agreed: Vec<_> = OrderAction::ALL
        .iter()
        .filter(|action| action.wants_another())
        .map(|action| format!("'{action}'"))
        .collect();
    let sql = format!(
        "SELECT id, number FROM dispatch_order WHERE approved_alone_because IS NULL AND EXISTS ( \
           SELECT 1 FROM order_event agreed JOIN order_event asked \
             ON asked.order_id = agreed.order_id AND asked.principal = agreed.principal \
           WHERE agreed.order_id = dispatch_order.id \
             AND agreed.action IN ({}) AND asked.action IN ({})) ORDER BY id",
        agreed.join(", "),
        asked.join(", "),
    );
    told_by(snapshot, "I15", &sql, |row| {
        let order: Id<kinds::DispatchOrder> = Id::from_uuid(row.try_get("", "id")?);
        let number: String = row.try_get("", "number")?;
        Ok(format!(
            "{order} ({number}): who agreed to it had asked for it"
        ))
    })
    .await
}

/// Compares plans with what the journal says of them (I8), and with `whole` how many there are, too.
pub(crate) async fn plans(
    snapshot: &DatabaseTransaction,
    whole: bool,
) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    if whole {
        findings.extend(missing_plans(snapshot).await?);
    }
    let mut after = Uuid::nil();
    // One after the other: a plan may have many megabytes.
    while let Some(plan) = next_plan(snapshot, after).await? {
        after = plan;
        let plan: Id<kinds::Plan> = Id::from_uuid(plan);
        if is_as_recorded(snapshot, plan).await? {
            continue;
        }
        if findings.len() == NAMED_MAX {
            findings.push(Finding::new("I8", "… and more of the same"));
            break;
        }
        let what = format!("{plan} is not what the journal says was computed");
        findings.push(Finding::new("I8", what));
    }
    Ok(findings)
}

async fn missing_plans(snapshot: &DatabaseTransaction) -> Result<Option<Finding>, Problem> {
    let sql = format!(
        "SELECT (SELECT COUNT(*) FROM journal WHERE command = '{}') AS made, \
         (SELECT COUNT(*) FROM plan) AS kept",
        KeepPlan::NAME
    );
    let statement = Statement::from_string(snapshot.get_database_backend(), sql);
    let Some(row) = snapshot.query_one_raw(statement).await? else {
        return Ok(None);
    };
    let (made, kept): (i64, i64) = (row.try_get("", "made")?, row.try_get("", "kept")?);
    let what = format!("the journal made {made} plans, and {kept} are there");
    Ok((made != kept).then(|| Finding::new("I8", what)))
}

async fn next_plan(snapshot: &DatabaseTransaction, after: Uuid) -> Result<Option<Uuid>, Problem> {
    let sql = "SELECT id FROM plan WHERE id > $1 ORDER BY id LIMIT 1";
    let backend = snapshot.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [after.into()]);
    let row = snapshot.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get("", "id")).transpose()?)
}

async fn is_as_recorded(
    snapshot: &DatabaseTransaction,
    plan: Id<kinds::Plan>,
) -> Result<bool, Problem> {
    let sql = format!(
        "SELECT body FROM journal WHERE subject = $1 AND command IN ('{}', '{}', '{}')",
        KeepPlan::NAME,
        ConfirmPlan::NAME,
        DiscardPlan::NAME,
    );
    let backend = snapshot.get_database_backend();
    let values = [plan.to_string().into()];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let text = queries::plan_text(snapshot, plan).await?;
    for row in snapshot.query_all_raw(statement).await? {
        let body: String = row.try_get("", "body")?;
        // Entries of releases before this one hold the content itself, and no digest of it.
        let recorded: Option<RecordedPlan> = serde_json::from_str(&body).ok();
        if recorded.is_some_and(|recorded| !recorded.content.is_of(&text)) {
            return Ok(false);
        }
    }
    Ok(true)
}
