//! The life of a lot: every passage of its goods, and what they add up to.
//!
//! **Invariant.** What came in is what is there and what went out, for every reader: goods that
//! came from, or went to, depots that the reader does not see are counted as such. Reversals are
//! taken off what they undo, so that nothing is counted twice.

use chrono::{DateTime, TimeZone, Utc};
use domain::kernel::{Id, kinds};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, Func, Order, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, Visible, beyond, visible},
};

use super::{
    columns,
    kits::kits_of,
    lots::lots_by_id,
    rows::{balance, conversions::conversion, lot, movement, movement_line as line},
    wire::{
        HistoryFilter, LedgerAccountView, LotHistoryView, LotTotalsView, PassageView, PurposeView,
    },
};
use crate::stock::wire::malformed_cursor;

/// A page of the life of a lot, oldest first; with the kits that it went into, if that is asked.
pub(in crate::stock) async fn history(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Lot>,
    filter: &HistoryFilter,
    page: &PageQuery,
) -> Result<LotHistoryView, Problem> {
    let row = lots_by_id(db, scope, &[id])
        .await?
        .remove(&id)
        .ok_or_else(Problem::not_found)?;
    let totals = totals(db, scope, &row).await?;
    let mark = format!("{id} {filter:?}");
    let mut select = passages(scope);
    if filter.through_kits == Some(true) {
        select.and_where(of_line(line::Column::LotId).in_subquery(kits_of([id.uuid()])));
    } else {
        select.and_where(of_line(line::Column::LotId).eq(id.uuid()));
    }
    if let Some(cursor) = page.cursor(&mark)? {
        let (recorded_at, line) = read_place(cursor.key()).ok_or_else(malformed_cursor)?;
        select.and_where(after(recorded_at, cursor.id(), line));
    }
    select.limit(page.limit() + 1);
    let rows = db.query_all(&select).await?;
    let found = rows
        .iter()
        .map(read)
        .collect::<Result<Vec<PassageView>, Problem>>()?;
    let cut = Page::cut(found, page, &mark, place, |passage| passage);
    Ok(LotHistoryView {
        totals,
        items: cut.items,
        next_cursor: cut.next_cursor,
    })
}

pub(super) fn of_line(column: line::Column) -> SimpleExpr {
    Expr::col((line::Entity, column))
}

pub(super) fn of_movement(column: movement::Column) -> SimpleExpr {
    Expr::col((movement::Entity, column))
}

// A line and the movement that it stands on.
pub(super) fn of_one_movement() -> SimpleExpr {
    of_movement(movement::Column::DepotId)
        .equals((line::Entity, line::Column::DepotId))
        .and(of_movement(movement::Column::Id).equals((line::Entity, line::Column::MovementId)))
}

// Passages of lots that are named by whoever asks.
pub(super) fn passages(scope: &Scope) -> SelectStatement {
    use movement::Column as M;
    let mut select = Query::select();
    for column in [
        M::Id,
        M::Kind,
        M::OccurredAt,
        M::RecordedAt,
        M::PaperNumber,
        M::Counterparty,
        M::IncidentId,
        M::DivisionCode,
        M::Programme,
        M::ShipmentId,
        M::ReversesId,
    ] {
        select.column((movement::Entity, column));
    }
    use line::Column as L;
    for column in [
        L::LotId,
        L::Line,
        L::Condition,
        L::Quantity,
        L::FromKind,
        L::FromDepotId,
        L::FromId,
        L::ToKind,
        L::ToDepotId,
        L::ToId,
    ] {
        select.column((line::Entity, column));
    }
    select
        .column((conversion::Entity, conversion::Column::KitLotId))
        .from(line::Entity)
        .inner_join(movement::Entity, of_one_movement())
        .left_join(
            conversion::Entity,
            of_movement(M::DepotId)
                .equals((conversion::Entity, conversion::Column::DepotId))
                .and(
                    // What was undone went into the same kits.
                    Expr::expr(Func::coalesce([
                        of_movement(M::ReversesId),
                        of_movement(M::Id),
                    ]))
                    .equals((conversion::Entity, conversion::Column::MovementId)),
                ),
        )
        .cond_where(line::Entity::within(scope))
        // Who sees a line sees the movement it stands in, whoever posted that.
        .cond_where(beyond())
        .order_by((movement::Entity, M::RecordedAt), Order::Asc)
        .order_by((movement::Entity, M::Id), Order::Asc)
        .order_by((line::Entity, L::Line), Order::Asc);
    select
}

fn place(passage: &PassageView) -> (String, Uuid) {
    let micros = passage.recorded_at.timestamp_micros();
    (
        format!("{micros}/{}", passage.line),
        passage.movement_id.uuid(),
    )
}

pub(super) fn read_place(key: &str) -> Option<(DateTime<Utc>, i64)> {
    let (micros, line) = key.split_once('/')?;
    let recorded_at = Utc.timestamp_micros(micros.parse().ok()?).single()?;
    Some((recorded_at, line.parse().ok()?))
}

pub(super) fn after(recorded_at: DateTime<Utc>, movement: Uuid, line: i64) -> SimpleExpr {
    let columns = [
        of_movement(movement::Column::RecordedAt),
        of_movement(movement::Column::Id),
        of_line(line::Column::Line),
    ];
    let values = [Expr::val(recorded_at), Expr::val(movement), Expr::val(line)];
    Expr::tuple(columns).gt(Expr::tuple(values))
}

pub(super) fn read(row: &sea_orm::QueryResult) -> Result<PassageView, Problem> {
    let end = |kind: &str, depot: &str, id: &str| {
        let kind: String = row.try_get("", kind)?;
        LedgerAccountView::read(&kind, row.try_get("", depot)?, row.try_get("", id)?)
    };
    let id = |name| -> Result<Option<Uuid>, Problem> { Ok(row.try_get("", name)?) };
    Ok(PassageView {
        lot_id: Id::from_uuid(row.try_get("", "lot_id")?),
        kit_lot_id: id("kit_lot_id")?.map(Id::from_uuid),
        movement_id: Id::from_uuid(row.try_get("", "id")?),
        line: row.try_get("", "line")?,
        kind: row.try_get("", "kind")?,
        occurred_at: row.try_get("", "occurred_at")?,
        recorded_at: row.try_get("", "recorded_at")?,
        condition: row.try_get("", "condition")?,
        quantity: row.try_get("", "quantity")?,
        from: end("from_kind", "from_depot_id", "from_id")?,
        to: end("to_kind", "to_depot_id", "to_id")?,
        paper_number: row.try_get("", "paper_number")?,
        counterparty: row.try_get("", "counterparty")?,
        purpose: PurposeView::new(
            id("incident_id")?,
            row.try_get("", "division_code")?,
            row.try_get("", "programme")?,
        ),
        shipment_id: id("shipment_id")?.map(Id::from_uuid),
        reverses_id: id("reverses_id")?.map(Id::from_uuid),
    })
}

const LOAN: &str = "loan";

// A sum of lines by what kind of account each end is and whether the reader sees it.
struct Flow {
    reversal: bool,
    from_kind: String,
    from_seen: bool,
    to_kind: String,
    to_seen: bool,
    quantity: i64,
}

/// What the life of a lot adds up to, as far as `scope` reaches. Three statements.
pub(in crate::stock) async fn totals(
    db: &impl ConnectionTrait,
    scope: &Scope,
    lot: &lot::Model,
) -> Result<LotTotalsView, Problem> {
    // The owner sees all of it; whoever keeps some sees what touched their own depots.
    let owns = scope.contains(db, lot.owner_id).await?;
    let reach = if owns { &Scope::Everything } else { scope };
    let flows = flows(db, reach, lot.id).await?;
    let mut totals = LotTotalsView {
        complete: true,
        ..LotTotalsView::default()
    };
    for flow in &flows {
        totals.add(flow);
    }
    let (on_hand, on_road) = present(db, reach, lot.id).await?;
    totals.on_hand = on_hand;
    totals.on_road = on_road;
    Ok(totals)
}

// 1 where it holds, else 0: both databases group by it.
fn flag(holds: impl sea_orm::sea_query::IntoCondition) -> SimpleExpr {
    SimpleExpr::Case(Box::new(Expr::case(holds, 1_i64).finally(0_i64)))
}

async fn flows(db: &impl ConnectionTrait, reach: &Scope, lot: Uuid) -> Result<Vec<Flow>, Problem> {
    use line::Column as L;
    let seen = |column| match reach {
        // An empty condition is no condition of a CASE.
        Scope::Everything => flag(of_line(column).is_not_null()),
        Scope::Subtrees(_) => flag(reach.covers_depot(of_line(column))),
    };
    let from_seen = seen(L::FromDepotId);
    let to_seen = seen(L::ToDepotId);
    let inner = Query::select()
        .column((line::Entity, L::FromKind))
        .column((line::Entity, L::ToKind))
        .column((line::Entity, L::Quantity))
        .expr_as(from_seen, Alias::new("from_seen"))
        .expr_as(to_seen, Alias::new("to_seen"))
        .expr_as(
            flag(of_movement(movement::Column::ReversesId).is_not_null()),
            Alias::new("reversal"),
        )
        .from(line::Entity)
        .inner_join(movement::Entity, of_one_movement())
        .and_where(of_line(L::LotId).eq(lot))
        .cond_where(line::Entity::within(reach))
        .cond_where(beyond())
        .to_owned();
    let flow = |name| Expr::col((Alias::new("flow"), Alias::new(name)));
    let mut select = Query::select();
    for name in ["reversal", "from_kind", "from_seen", "to_kind", "to_seen"] {
        select.column((Alias::new("flow"), Alias::new(name)));
        select.group_by_col((Alias::new("flow"), Alias::new(name)));
    }
    select
        .expr_as(
            flow("quantity").sum().cast_as(Alias::new("bigint")),
            Alias::new("quantity"),
        )
        .from_subquery(inner, Alias::new("flow"));
    let rows = db.query_all(&select).await?;
    rows.iter()
        .map(|row| {
            let is = |name| -> Result<bool, Problem> {
                let is: i64 = row.try_get("", name)?;
                Ok(is == 1)
            };
            Ok(Flow {
                reversal: is("reversal")?,
                from_kind: row.try_get("", "from_kind")?,
                from_seen: is("from_seen")?,
                to_kind: row.try_get("", "to_kind")?,
                to_seen: is("to_seen")?,
                quantity: row.try_get("", "quantity")?,
            })
        })
        .collect()
}

async fn present(
    db: &impl ConnectionTrait,
    reach: &Scope,
    lot: Uuid,
) -> Result<(i64, i64), Problem> {
    use balance::{Column, Entity};
    let sums: Vec<(String, i64)> = visible::<Entity>(&Scope::Everything)
        .select_only()
        .column(Column::AccountKind)
        .column_as(
            Expr::col((Entity, Column::OnHand))
                .sum()
                .cast_as(Alias::new("bigint")),
            "sum",
        )
        .filter(Column::LotId.eq(lot))
        .filter(reach.covers_depot(Expr::col((Entity, Column::DepotId))))
        .group_by(Column::AccountKind)
        .into_tuple()
        .all(db)
        .await?;
    let of = |kind: &str| {
        let found = sums.iter().find(|(found, _)| found == kind);
        found.map_or(0, |(_, sum)| *sum)
    };
    Ok((of(columns::ZONE), of(columns::ROAD)))
}

impl LotTotalsView {
    fn add(&mut self, flow: &Flow) {
        if !(flow.from_seen && flow.to_seen) {
            self.complete = false;
        }
        // Seen from the side of what the reader sees: an end out of view is the outside world.
        let inner = |kind: &str| kind == columns::ZONE || kind == columns::ROAD;
        let from_inside = inner(&flow.from_kind) && flow.from_seen;
        let to_inside = inner(&flow.to_kind) && flow.to_seen;
        let quantity = flow.quantity;
        // What is lent is counted as it stands, whichever way it went.
        match (flow.from_kind.as_str(), flow.to_kind.as_str()) {
            (LOAN, LOAN) => return,
            (LOAN, to) => {
                self.lent -= quantity;
                if !to_inside {
                    self.go(to, flow.to_seen, quantity);
                }
                return;
            }
            (_, LOAN) => {
                self.lent += quantity;
                return;
            }
            _ => {}
        }
        match (from_inside, to_inside) {
            (true, true) | (false, false) => {}
            // What a reversal brings back had gone, and what it takes away had come.
            (false, true) if flow.reversal => self.go(&flow.from_kind, flow.from_seen, -quantity),
            (true, false) if flow.reversal => self.come(&flow.to_kind, flow.to_seen, -quantity),
            (false, true) => self.come(&flow.from_kind, flow.from_seen, quantity),
            (true, false) => self.go(&flow.to_kind, flow.to_seen, quantity),
        }
    }

    fn come(&mut self, kind: &str, seen: bool, quantity: i64) {
        *match kind {
            _ if !seen => &mut self.moved_in,
            "source" => &mut self.received,
            "recipient" => &mut self.returned,
            "conversion" => &mut self.converted_in,
            _ => &mut self.found,
        } += quantity;
    }

    fn go(&mut self, kind: &str, seen: bool, quantity: i64) {
        *match kind {
            _ if !seen => &mut self.moved_out,
            "recipient" => &mut self.issued,
            "loss" => &mut self.written_off,
            "conversion" => &mut self.converted_out,
            _ => &mut self.missing,
        } += quantity;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_life_adds_up() {
        let flow = |reversal, from: &str, to: &str, quantity| Flow {
            reversal,
            from_kind: from.to_owned(),
            from_seen: true,
            to_kind: to.to_owned(),
            to_seen: true,
            quantity,
        };
        let mut totals = LotTotalsView::default();
        for flow in [
            flow(false, "source", "zone", 100),
            flow(false, "zone", "road", 40),
            flow(false, "road", "recipient", 30),
            flow(false, "road", "loss", 4),
            flow(true, "loss", "road", 1),
            flow(false, "zone", "recipient", 20),
            flow(true, "recipient", "zone", 20),
            flow(false, "recipient", "zone", 5),
            flow(false, "zone", "count_difference", 2),
            flow(false, "zone", "conversion", 7),
            flow(false, "conversion", "zone", 7),
            flow(false, "source", "zone", 9),
            flow(true, "zone", "source", 9),
            flow(false, "zone", "loan", 12),
            flow(false, "loan", "zone", 3),
            flow(false, "loan", "recipient", 4),
            flow(false, "loan", "loss", 2),
            Flow {
                to_seen: false,
                ..flow(false, "zone", "road", 3)
            },
        ] {
            totals.add(&flow);
        }
        let expected = LotTotalsView {
            complete: false,
            received: 100,
            returned: 5,
            converted_in: 7,
            lent: 3,
            issued: 34,
            written_off: 5,
            missing: 2,
            converted_out: 7,
            moved_out: 3,
            ..LotTotalsView::default()
        };
        assert_eq!(totals, expected);
    }
}
