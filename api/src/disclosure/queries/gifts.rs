//! Receipts of gifts, and when they were published.
//!
//! **Invariant.** Gifts for an emergency are those that are bound to an incident. A lot is published by
//! the first statement that tells of its receipt, and a receipt with the last of its lots; what a
//! reversal undid owes nothing.

use chrono::{DateTime, NaiveDate, Utc};
use domain::kernel::{Id, kinds};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, FromQueryResult, JoinType, QueryFilter,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    journal,
    problem::Problem,
    scope::reference,
    stock::{self, GiftLot},
};

use super::{rows::disclosed_gift, wire::StatementContent};

/// Receipts of gifts for an emergency since `since` in the depots that `depots` selects: `depot_id`,
/// `subject_id`, `since_on` and `done_on` as days.
pub(crate) fn emergency_gifts(
    backend: DbBackend,
    depots: &SelectStatement,
    since: DateTime<Utc>,
) -> SelectStatement {
    use disclosed_gift::Column as D;
    let of = |name: &'static str| Expr::col((Alias::new("gifts"), Alias::new(name)));
    let published = |column| Expr::col((disclosed_gift::Entity, column));
    let same = published(D::DepotId)
        .eq(of("depot_id"))
        .and(published(D::MovementId).eq(of("subject_id")))
        .and(published(D::LotId).eq(of("lot_id")));
    let all = published(D::LotId).count().eq(of("lot_id").count());
    let done = Expr::case(all, published(D::DisclosedOn).max());
    let mut gifts = Query::select();
    for name in ["depot_id", "subject_id"] {
        let column = (Alias::new("gifts"), Alias::new(name));
        gifts.expr_as(of(name), name).group_by_col(column);
    }
    gifts
        .expr_as(of("since_on").min(), "since_on")
        .expr_as(SimpleExpr::Case(Box::new(done)), "done_on")
        .from_subquery(stock::bound_gifts(backend, depots, since), "gifts")
        .join(JoinType::LeftJoin, disclosed_gift::Entity, same)
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

/// Gifts of whose receipt a statement tells.
pub(in crate::disclosure) async fn gifts_told(
    db: &impl ConnectionTrait,
    content: &StatementContent,
) -> Result<Vec<GiftLot>, Problem> {
    let lines = content.lines.iter();
    let received = lines.filter(|line| line.figures.received > 0);
    let lots: Vec<Id<kinds::Lot>> = received.map(|line| line.lot_id).collect();
    let sealed = journal::sealed_before(content.position);
    stock::gift_receipts(db, &lots, &sealed, content.from, content.until).await
}

/// Gifts that a statement was the first to tell of, and on which day.
pub(in crate::disclosure) async fn disclosed_by(
    db: &impl ConnectionTrait,
    statement: Uuid,
) -> Result<Vec<(GiftLot, String)>, Problem> {
    let rows = reference::<disclosed_gift::Entity>()
        .filter(disclosed_gift::Column::StatementId.eq(statement))
        .all(db)
        .await?;
    let gift = |row: disclosed_gift::Model| {
        let gift = GiftLot {
            depot_id: row.depot_id,
            movement_id: row.movement_id,
            lot_id: row.lot_id,
        };
        (gift, row.disclosed_on)
    };
    Ok(rows.into_iter().map(gift).collect())
}
