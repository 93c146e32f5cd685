//! Receipts by their number and code, and what happened to their lots.
//!
//! **Invariant.** Codes are compared by their hashes, in a time that says nothing of how much of them
//! is right.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::{ReceiptCode, Source},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    problem::Problem,
    scope::{Scope, beyond, to_change, visible},
};

use super::rows::{
    lot, movement, movement_line as line,
    receipt_codes::receipt_code::{Column, Entity, Model},
};

/// Receipts that bear one number, looked at at most.
const SAME_NUMBER_MAX: u64 = 20;

/// The hash under which the code of a receipt is kept.
pub(in crate::stock) fn code_hash(movement: Id<kinds::Movement>, code: &ReceiptCode) -> String {
    let mut hash = Sha256::new();
    hash.update(movement.to_string().as_bytes());
    hash.update(b" ");
    hash.update(code.as_str().as_bytes());
    hex::encode(hash.finalize())
}

/// The code of a receipt, whose row is held until the transaction ends.
pub(in crate::stock) async fn receipt_code_to_change(
    db: &impl ConnectionTrait,
    movement: Id<kinds::Movement>,
) -> Result<Option<Model>, Problem> {
    let row =
        to_change::<Entity>(&Scope::Everything).filter(Column::MovementId.eq(movement.uuid()));
    Ok(row.one(db).await?)
}

/// A receipt that has a code.
#[derive(Debug, Clone)]
pub(crate) struct CodedReceipt {
    pub(crate) movement: Id<kinds::Movement>,
    pub(crate) locked_until: Option<DateTime<Utc>>,
    /// Whether the last code that was tried was a wrong one.
    pub(crate) was_tried: bool,
    code_hash: String,
}

impl CodedReceipt {
    /// Whether this is its code.
    pub(crate) fn is_opened_by(&self, code: &ReceiptCode) -> bool {
        let given = code_hash(self.movement, code);
        let pairs = given.bytes().zip(self.code_hash.bytes());
        let differing = pairs.fold(0_u8, |differing, (one, other)| differing | (one ^ other));
        differing == 0 && given.len() == self.code_hash.len()
    }
}

/// Receipts that are asked for by their id or by the number on the paper, the newest first.
pub(crate) async fn coded_receipts(
    db: &impl ConnectionTrait,
    number: &str,
) -> Result<Vec<CodedReceipt>, Problem> {
    let meant = match number.parse::<Id<kinds::Movement>>() {
        Ok(id) => Column::MovementId.eq(id.uuid()),
        Err(_) => Column::Number.eq(number),
    };
    let rows = visible::<Entity>(&Scope::Everything)
        .filter(meant)
        .order_by_desc(Column::MovementId)
        .limit(SAME_NUMBER_MAX)
        .all(db)
        .await?;
    let receipt = |row: Model| CodedReceipt {
        movement: Id::from_uuid(row.movement_id),
        locked_until: row.locked_until,
        was_tried: row.failed_attempts > 0,
        code_hash: row.code_hash,
    };
    Ok(rows.into_iter().map(receipt).collect())
}

/// The lots that were given by a receipt; none, if it is another paper.
pub(crate) async fn lots_of_receipt(
    db: &impl ConnectionTrait,
    receipt: Id<kinds::Movement>,
) -> Result<Vec<Id<kinds::Lot>>, Problem> {
    let paper = Query::select()
        .column(movement::Column::Id)
        .from(movement::Entity)
        .and_where(movement::Column::Id.eq(receipt.uuid()))
        .and_where(movement::Column::Kind.eq("receipt"))
        .to_owned();
    let given = Query::select()
        .column(lot::Column::Id)
        .from(lot::Entity)
        .and_where(lot::Column::Source.eq(Source::Donation.name()))
        .to_owned();
    let found: Vec<Uuid> = visible::<line::Entity>(&Scope::Everything)
        .select_only()
        .column(line::Column::LotId)
        .distinct()
        .filter(line::Column::MovementId.in_subquery(paper))
        .filter(line::Column::LotId.in_subquery(given))
        .order_by_asc(line::Column::LotId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().map(Id::from_uuid).collect())
}

/// One line that moved a lot.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct StepRow {
    pub(crate) journal_id: Uuid,
    pub(crate) depot_id: Uuid,
    pub(crate) kind: String,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) incident_id: Option<Uuid>,
    pub(crate) division_code: Option<String>,
    pub(crate) shipment_id: Option<Uuid>,
    pub(crate) lot_id: Uuid,
    pub(crate) quantity: i64,
    pub(crate) from_kind: String,
    pub(crate) to_kind: String,
}

/// What moved these lots, of what is sealed, in the order in which it was recorded: one statement.
pub(crate) async fn steps_of_lots(
    db: &impl ConnectionTrait,
    lots: &[Id<kinds::Lot>],
    sealed: &SelectStatement,
    limit: u64,
) -> Result<Vec<StepRow>, Problem> {
    use movement::Column as M;
    let select = Query::select()
        .columns([
            (movement::Entity, M::JournalId),
            (movement::Entity, M::DepotId),
            (movement::Entity, M::Kind),
            (movement::Entity, M::RecordedAt),
            (movement::Entity, M::IncidentId),
            (movement::Entity, M::DivisionCode),
            (movement::Entity, M::ShipmentId),
        ])
        .columns([
            (line::Entity, line::Column::LotId),
            (line::Entity, line::Column::Quantity),
            (line::Entity, line::Column::FromKind),
            (line::Entity, line::Column::ToKind),
        ])
        .from(line::Entity)
        .inner_join(
            movement::Entity,
            Expr::col((movement::Entity, M::DepotId))
                .equals((line::Entity, line::Column::DepotId))
                .and(
                    Expr::col((movement::Entity, M::Id))
                        .equals((line::Entity, line::Column::MovementId)),
                ),
        )
        .and_where(
            Expr::col((line::Entity, line::Column::LotId)).is_in(lots.iter().map(|id| id.uuid())),
        )
        .cond_where(beyond())
        .and_where(Expr::col((movement::Entity, M::JournalId)).in_subquery(sealed.clone()))
        .order_by((movement::Entity, M::RecordedAt), sea_orm::Order::Asc)
        .order_by((movement::Entity, M::Id), sea_orm::Order::Asc)
        .order_by((line::Entity, line::Column::Line), sea_orm::Order::Asc)
        .limit(limit)
        .to_owned();
    let rows = db.query_all(&select).await?;
    let rows = rows.iter().map(|row| StepRow::from_query_result(row, ""));
    Ok(rows.collect::<Result<_, _>>()?)
}
