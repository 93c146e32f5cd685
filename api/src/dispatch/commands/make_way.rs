//! Orders make way for a new plan.
//!
//! **Invariant.** An order changes only if it stands as the plan saw it; what it gives up is free in
//! the same transaction, and what it keeps is held. All that the plan may change is looked at before
//! anything is, so that a plan that no longer fits is told all of it. What this does to balances is left
//! to whoever reserves for the plan: all of them are locked once, in their order, since two plans that
//! gave them back order by order would wait for each other.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    dispatch::order::{OrderAction, StateName},
    kernel::{Id, kinds},
};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::{
    holding::{Trade, forget, name, of_rest, still_to_leave},
    order_lines,
    order_paper::{move_to, order_of, refused, stamp},
};
use crate::{
    dispatch::{
        queries,
        rows::order,
        wire::{ChangeView, OrderLineView},
    },
    problem::Problem,
    scope::to_change,
    stock::ledger::{self, Locked},
    uow::Uow,
};

/// An order that the plan may change, locked.
pub(super) struct Standing<'a> {
    pub(super) row: order::Model,
    lines: Vec<OrderLineView>,
    changes: Vec<&'a ChangeView>,
}

/// Locks the orders that the changes name, in the order of their ids.
pub(super) async fn look<'a>(
    uow: &Uow<'_>,
    changes: &'a [ChangeView],
) -> Result<Vec<Standing<'a>>, Problem> {
    let ids: BTreeSet<_> = changes.iter().map(|it| it.order_id.uuid()).collect();
    let rows = to_change::<order::Entity>(&uow.scope())
        .filter(order::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(order::Column::Id)
        .all(uow.db())
        .await?;
    let mut lines = queries::lines_of(uow.db(), ids).await?;
    let mut of_order: BTreeMap<Id<kinds::DispatchOrder>, Vec<&ChangeView>> = BTreeMap::new();
    for change in changes {
        of_order.entry(change.order_id).or_default().push(change);
    }
    let found = rows.into_iter().map(|row| Standing {
        lines: lines.remove(&row.id).unwrap_or_default(),
        changes: of_order.remove(&Id::from_uuid(row.id)).unwrap_or_default(),
        row,
    });
    Ok(found.collect())
}

/// What of the orders is not as the plan saw it. What stays may have gone on meanwhile.
pub(super) fn moved(changes: &[ChangeView], standing: &[Standing<'_>]) -> Vec<Value> {
    let mut moved = Vec::new();
    let mut seen = BTreeSet::new();
    for order in standing {
        let id: Id<kinds::DispatchOrder> = Id::from_uuid(order.row.id);
        seen.insert(id);
        for change in &order.changes {
            let line = order.lines.iter().find(|line| line.line == change.line);
            let (is_as_it_was, now) = if order.gives_way() {
                let to_leave = line.map_or(0, OrderLineView::to_leave);
                let may_be = order.may_be_replanned() && to_leave == change.quantity;
                (may_be, to_leave)
            } else {
                let ordered = line.map_or(0, OrderLineView::ordered);
                (ordered >= change.kept, ordered)
            };
            if !is_as_it_was {
                moved.push(json!({
                    "what": "order", "order_id": id, "line": change.line,
                    "state": order.row.state, "planned": change.quantity, "to_leave": now,
                }));
            }
        }
    }
    let gone = changes.iter().filter(|it| !seen.contains(&it.order_id));
    moved.extend(
        gone.map(|it| json!({ "what": "order", "order_id": it.order_id, "line": it.line })),
    );
    moved
}

/// Lets all of them give up what the plan does not keep, and hold what it does; answers what reservations
/// are to end and to be taken up for that. Theirs are locked, in the order of their ids.
pub(super) async fn all(
    uow: &Uow<'_>,
    standing: Vec<Standing<'_>>,
    reason: &str,
) -> Result<Trade, Problem> {
    let touched = standing
        .iter()
        .filter(|order| order.gives_way() || order.may_be_replanned());
    let named = touched.filter_map(|order| order.row.reservation_id);
    let mut held = ledger::lock_all(uow, named).await?;
    let mut trade = Trade::default();
    for order in standing {
        let held = order.row.reservation_id.and_then(|id| held.remove(&id));
        order.make_way(uow, held, reason, &mut trade).await?;
    }
    Ok(trade)
}

impl Standing<'_> {
    fn gives_way(&self) -> bool {
        self.changes.iter().any(|change| change.given_way() > 0)
    }

    fn may_be_replanned(&self) -> bool {
        let state: Result<StateName, _> = self.row.state.parse();
        state.is_ok_and(StateName::may_be_replanned)
    }

    async fn make_way(
        self,
        uow: &Uow<'_>,
        held: Option<Locked>,
        reason: &str,
        trade: &mut Trade,
    ) -> Result<(), Problem> {
        if !self.gives_way() {
            let holds = held.as_ref().is_some_and(|held| held.holds(uow.now()));
            if self.may_be_replanned() && !holds {
                hold_otherwise(uow, self.row, held, &self.lines, trade).await?;
            }
            return Ok(());
        }
        let order = order_of(&self.row)?;
        let id = Id::from_uuid(self.row.id);
        let given_up: Vec<(i64, i64)> = (self.changes.iter())
            .filter(|change| change.given_way() > 0)
            .map(|change| (change.line, change.given_way()))
            .collect();
        let to_leave: i64 = self.lines.iter().map(OrderLineView::to_leave).sum();
        let nothing_is_left = to_leave == given_up.iter().map(|(_, units)| units).sum::<i64>();
        if nothing_is_left {
            let action = OrderAction::Cancel;
            let stamp = stamp(uow, &order.parties, action).await?;
            let next = order.cancel(stamp, reason).map_err(refused)?;
            let row = move_to(uow, self.row, action, stamp, &next, Some(reason)).await?;
            order_lines::give_up_rest(uow, id).await?;
            trade.ends.extend(held.and_then(|held| held.end(uow.now())));
            return forget(uow, row).await;
        }
        let action = OrderAction::Reduce;
        let stamp = stamp(uow, &order.parties, action).await?;
        let next = order.reduce(stamp).map_err(refused)?;
        order_lines::give_up(uow, id, &given_up).await?;
        let lines = queries::order_lines(uow.db(), id).await?;
        let row = hold_otherwise(uow, self.row, held, &lines, trade).await?;
        move_to(uow, row, action, stamp, &next, Some(reason)).await?;
        Ok(())
    }
}

// What the order held ends, and what of its lines is still to leave is taken up instead.
async fn hold_otherwise(
    uow: &Uow<'_>,
    row: order::Model,
    held: Option<Locked>,
    lines: &[OrderLineView],
    trade: &mut Trade,
) -> Result<order::Model, Problem> {
    trade.ends.extend(held.and_then(|held| held.end(uow.now())));
    let fresh = of_rest(uow, &row, still_to_leave(lines)?).await?;
    let named = fresh.as_ref().map(|(reservation, _)| reservation.id());
    trade.wanted.extend(fresh);
    name(uow, row, named).await
}
