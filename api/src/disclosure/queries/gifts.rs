//! Receipts of gifts, and when they were published.
//!
//! **Invariant.** Gifts for an emergency are those that are bound to an incident. A receipt is
//! published by the first statement in which it stands; what a reversal undid owes nothing.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use domain::kernel::{Id, kinds};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, FromQueryResult, JoinType, QueryFilter,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{journal, problem::Problem, scope::reference, stock};

use super::{content::lots_of, rows::disclosed_receipt, wire::StatementContent};

/// Receipts of gifts for an emergency since `since` in the depots that `depots` selects: `depot_id`,
/// `subject_id`, `since_on` and `done_on` as days.
pub(crate) fn emergency_gifts(
    backend: DbBackend,
    depots: &SelectStatement,
    since: DateTime<Utc>,
) -> SelectStatement {
    let of = |name: &'static str| Expr::col((Alias::new("gifts"), Alias::new(name)));
    let published = |column| Expr::col((disclosed_receipt::Entity, column));
    let same = published(disclosed_receipt::Column::DepotId)
        .eq(of("depot_id"))
        .and(published(disclosed_receipt::Column::MovementId).eq(of("subject_id")));
    let mut gifts = Query::select();
    for name in ["depot_id", "subject_id", "since_on"] {
        gifts.expr_as(of(name), name);
    }
    gifts
        .expr_as(published(disclosed_receipt::Column::DisclosedOn), "done_on")
        .from_subquery(stock::bound_gifts(backend, depots, since), "gifts")
        .join(JoinType::LeftJoin, disclosed_receipt::Entity, same)
        .to_owned()
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GiftRow {
    pub(crate) depot_id: Uuid,
    pub(crate) since_on: NaiveDate,
    /// Absent while no published statement has it.
    pub(crate) done_on: Option<NaiveDate>,
}

#[derive(FromQueryResult)]
struct Found {
    depot_id: Uuid,
    since_on: String,
    done_on: Option<String>,
}

/// The same as rows: one statement.
pub(crate) async fn gift_rows(
    db: &impl ConnectionTrait,
    depots: &SelectStatement,
    since: DateTime<Utc>,
) -> Result<Vec<GiftRow>, Problem> {
    let select = emergency_gifts(db.get_database_backend(), depots, since);
    let day = |text: &str| text.parse::<NaiveDate>().map_err(Problem::internal);
    db.query_all(&select)
        .await?
        .iter()
        .map(|row| {
            let found = Found::from_query_result(row, "")?;
            Ok(GiftRow {
                depot_id: found.depot_id,
                since_on: day(&found.since_on)?,
                done_on: found.done_on.as_deref().map(day).transpose()?,
            })
        })
        .collect()
}

/// Receipts of gifts of which a statement speaks and no published one did before.
pub(in crate::disclosure) async fn undisclosed(
    db: &impl ConnectionTrait,
    content: &StatementContent,
) -> Result<Vec<(Uuid, Uuid)>, Problem> {
    let lots: Vec<Id<kinds::Lot>> = lots_of(content).into_iter().collect();
    let sealed = journal::sealed_before(content.position);
    let receipts = stock::gift_receipts(db, &lots, &sealed, content.until).await?;
    let movements: Vec<_> = receipts.iter().map(|(_, movement)| *movement).collect();
    let mut known = BTreeSet::new();
    for movements in movements.chunks(10_000) {
        let found = reference::<disclosed_receipt::Entity>()
            .filter(disclosed_receipt::Column::MovementId.is_in(movements.iter().copied()))
            .all(db)
            .await?;
        known.extend(found.into_iter().map(|row| (row.depot_id, row.movement_id)));
    }
    Ok(receipts
        .into_iter()
        .filter(|receipt| !known.contains(receipt))
        .collect())
}
