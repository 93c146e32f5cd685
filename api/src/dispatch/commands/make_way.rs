//! Orders make way for a new plan.
//!
//! **Invariant.** An order changes only if it stands as the plan saw it; what it gives up is free in
//! the same transaction, and what it keeps is held. All that the plan may change is looked at before
//! anything is, so that a plan that no longer fits is told all of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    dispatch::order::{OrderAction, StateName},
    kernel::{Id, kinds},
};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::{
    holding::{hold_less, hold_on, still_to_leave},
    order_actions::stop,
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

impl Standing<'_> {
    fn gives_way(&self) -> bool {
        self.changes.iter().any(|change| change.given_way() > 0)
    }

    fn may_be_replanned(&self) -> bool {
        let state: Result<StateName, _> = self.row.state.parse();
        state.is_ok_and(StateName::may_be_replanned)
    }

    /// Gives up what the plan does not keep, and holds what it does.
    pub(super) async fn make_way(self, uow: &Uow<'_>, reason: &str) -> Result<(), Problem> {
        if !self.gives_way() {
            if self.may_be_replanned() {
                hold_on(uow, self.row).await?;
            }
            return Ok(());
        }
        let order = order_of(&self.row)?;
        let given_up: Vec<(i64, i64)> = (self.changes.iter())
            .filter(|change| change.given_way() > 0)
            .map(|change| (change.line, change.given_way()))
            .collect();
        let to_leave: i64 = self.lines.iter().map(OrderLineView::to_leave).sum();
        let nothing_is_left = to_leave == given_up.iter().map(|(_, units)| units).sum::<i64>();
        if nothing_is_left {
            let stamp = stamp(uow, &order.parties, OrderAction::Cancel).await?;
            let next = order.cancel(stamp, reason).map_err(refused)?;
            let action = OrderAction::Cancel;
            let row = move_to(uow, self.row, action, stamp, &next, Some(reason)).await?;
            return stop(uow, row).await;
        }
        let stamp = stamp(uow, &order.parties, OrderAction::Reduce).await?;
        let next = order.reduce(stamp).map_err(refused)?;
        let id = Id::from_uuid(self.row.id);
        order_lines::give_up(uow, id, &given_up).await?;
        let lines = queries::order_lines(uow.db(), id).await?;
        let row = hold_less(uow, self.row, still_to_leave(&lines)?).await?;
        let action = OrderAction::Reduce;
        move_to(uow, row, action, stamp, &next, Some(reason)).await?;
        Ok(())
    }
}
