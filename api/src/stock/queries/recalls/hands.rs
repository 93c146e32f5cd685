//! Every hand that got goods of recalled lots.
//!
//! **Invariant.** Derived from the lines of movements alone: what was undone by a reversal is not
//! there, and a change of condition is nobody's hand. What lies in depots or on the road is a
//! balance, and told by the places of the recall. A page costs two statements.

use domain::kernel::{Id, kinds};
use sea_orm::{
    Condition, ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::Scope,
    stock::wire::malformed_cursor,
};

use super::{
    super::{
        columns,
        history::{after, of_line, of_movement, passages, read, read_place},
        rows::{custodian_or_owner, movement, movement_line as line, recalls::lot_recall_lot},
        wire::RecallHandView,
    },
    lot_recall_row,
};

/// A page of hands, the first that got something first.
pub(crate) async fn recall_hands(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::LotRecall>,
    page: &PageQuery,
) -> Result<Page<RecallHandView>, Problem> {
    lot_recall_row(db, scope, id).await?;
    let mark = id.to_string();
    let lots = Query::select()
        .column(lot_recall_lot::Column::LotId)
        .from(lot_recall_lot::Entity)
        .and_where(Expr::col(lot_recall_lot::Column::RecallId).eq(id.uuid()))
        .to_owned();
    let mut select = passages(scope);
    select
        .column((line::Entity, line::Column::LotId))
        .column((movement::Entity, movement::Column::JournalId))
        .and_where(of_line(line::Column::LotId).in_subquery(lots))
        .and_where(of_movement(movement::Column::Kind).ne("condition_change"))
        .and_where(of_movement(movement::Column::ReversesId).is_null())
        .and_where(Expr::exists(undone()).not())
        .cond_where(reached_a_hand(scope));
    if let Some(cursor) = page.cursor(&mark)? {
        let (recorded_at, line) = read_place(cursor.key()).ok_or_else(malformed_cursor)?;
        select.and_where(after(recorded_at, cursor.id(), line));
    }
    select.limit(page.limit() + 1);
    let rows = db.query_all(&select).await?;
    let found = rows
        .iter()
        .map(view)
        .collect::<Result<Vec<RecallHandView>, Problem>>()?;
    let place = |hand: &RecallHandView| {
        let micros = hand.recorded_at.timestamp_micros();
        (format!("{micros}/{}", hand.line), hand.movement_id.uuid())
    };
    Ok(Page::cut(found, page, &mark, place, |hand| hand))
}

// A movement that undid this one.
fn undone() -> sea_orm::sea_query::SelectStatement {
    let undoing = Alias::new("undoing");
    let of = |column| Expr::col((Alias::new("undoing"), column));
    Query::select()
        .expr(Expr::val(1))
        .from_as(movement::Entity, undoing)
        .and_where(
            of(movement::Column::DepotId).equals((movement::Entity, movement::Column::DepotId)),
        )
        .and_where(
            of(movement::Column::ReversesId).equals((movement::Entity, movement::Column::Id)),
        )
        .to_owned()
}

fn reached_a_hand(scope: &Scope) -> Condition {
    let (from, to) = (line::Column::FromKind, line::Column::ToKind);
    let inner = [columns::ZONE, columns::ROAD];
    let out = of_line(from).is_in(inner).and(of_line(to).is_not_in(inner));
    let back = of_line(from)
        .is_in(["recipient", "loan"])
        .and(of_line(to).eq(columns::ZONE));
    let mut reached = Condition::any().add(out).add(back);
    if let Scope::Subtrees(_) = scope {
        // Off a road that the reader sees, into a depot that they do not.
        let seen = custodian_or_owner(
            scope,
            of_line(line::Column::ToDepotId),
            (line::Entity, line::Column::LotId),
        );
        let away = Condition::all()
            .add(of_line(to).eq(columns::ZONE))
            .add(of_line(from).eq(columns::ROAD))
            .add(seen.not());
        reached = reached.add(away);
    }
    reached
}

fn view(row: &sea_orm::QueryResult) -> Result<RecallHandView, Problem> {
    let passage = read(row)?;
    let (lot, journal): (Uuid, Uuid) = (row.try_get("", "lot_id")?, row.try_get("", "journal_id")?);
    let hand = match (passage.from.kind.as_str(), passage.to.kind.as_str()) {
        ("recipient" | "loan", _) => "returned",
        (_, "loan") => "borrower",
        (_, "recipient") => "recipient",
        (_, "loss") => "lost",
        (_, "conversion") => "converted",
        (_, "count_difference") => "missing",
        _ => "other_depot",
    };
    let depot = match hand {
        "returned" => passage.to.depot_id,
        _ => passage.from.depot_id,
    };
    Ok(RecallHandView {
        hand: hand.to_owned(),
        lot_id: Id::from_uuid(lot),
        condition: passage.condition,
        quantity: passage.quantity,
        depot_id: depot,
        movement_id: passage.movement_id,
        line: passage.line,
        kind: passage.kind,
        occurred_at: passage.occurred_at,
        recorded_at: passage.recorded_at,
        paper_number: passage.paper_number,
        counterparty: passage.counterparty,
        purpose: passage.purpose,
        shipment_id: passage.shipment_id,
        site_id: None,
        hand_over_id: None,
        given_by: None,
        received_by: None,
        journal_id: Id::from_uuid(journal),
    })
}
