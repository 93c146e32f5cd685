//! What became of each piece of an order.
//!
//! **Invariant.** Of every line, what is still to leave, on the road, received, lost, returned and
//! given up make up what was ordered; the table's checks stand behind. The order's row is locked by
//! whoever writes here.

use std::collections::BTreeMap;

use domain::{
    dispatch::hand_over::ReceivedLine,
    kernel::{Id, Quantity, kinds},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};

use crate::{dispatch::rows::order_line, problem::Problem, scope::reference, uow::Uow};

/// Goods of the lines are on the road.
pub(super) async fn note_sent(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
    leaving: &[(i64, Quantity)],
) -> Result<(), Problem> {
    for (line, quantity) in leaving {
        order_line::Entity::update_many()
            .col_expr(
                order_line::Column::Sent,
                Expr::col(order_line::Column::Sent).add(quantity.get()),
            )
            .filter(order_line::Column::OrderId.eq(order.uuid()))
            .filter(order_line::Column::Line.eq(*line))
            .exec(uow.db())
            .await?;
    }
    Ok(())
}

/// The order's lines learn what arrived, in their order, as far as each was sent. Answers whether
/// anything of the order is still on the road.
pub(super) async fn note_received(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
    posted: &[ReceivedLine],
) -> Result<bool, Problem> {
    let mut left: BTreeMap<_, _> = posted
        .iter()
        .map(|line| {
            let key = (line.key.lot.uuid(), line.key.condition.name().to_owned());
            (key, (line.good, line.damaged + line.short))
        })
        .collect();
    let lines = reference::<order_line::Entity>()
        .filter(order_line::Column::OrderId.eq(order.uuid()))
        .order_by_asc(order_line::Column::Line)
        .all(uow.db())
        .await?;
    let mut on_the_road = 0;
    for line in lines {
        let open = line.sent - line.received - line.lost - line.returned;
        on_the_road += open;
        let Some((good, lost)) = left.get_mut(&(line.lot_id, line.condition.clone())) else {
            continue;
        };
        let received = Ord::min(open, *good);
        let gone = Ord::min(open - received, *lost);
        if received + gone == 0 {
            continue;
        }
        on_the_road -= received + gone;
        *good -= received;
        *lost -= gone;
        let (received, lost) = (line.received + received, line.lost + gone);
        let mut change = line.into_active_model();
        change.received = Set(received);
        change.lost = Set(lost);
        change.update(uow.db()).await?;
    }
    Ok(on_the_road > 0)
}

/// What has not left will not leave.
pub(super) async fn give_up_rest(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
) -> Result<(), Problem> {
    use order_line::Column;
    order_line::Entity::update_many()
        .col_expr(
            Column::GivenUp,
            Expr::col(Column::Quantity).sub(Expr::col(Column::Sent)),
        )
        .filter(Column::OrderId.eq(order.uuid()))
        .exec(uow.db())
        .await?;
    Ok(())
}

/// What is on the road is called back.
pub(super) async fn call_back(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
) -> Result<(), Problem> {
    use order_line::Column;
    let on_the_road = Expr::col(Column::Sent)
        .sub(Expr::col(Column::Received))
        .sub(Expr::col(Column::Lost));
    order_line::Entity::update_many()
        .col_expr(Column::Returned, on_the_road)
        .filter(Column::OrderId.eq(order.uuid()))
        .exec(uow.db())
        .await?;
    Ok(())
}
