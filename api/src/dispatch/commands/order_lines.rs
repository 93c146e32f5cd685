//! What became of each piece of an order, in its table.
//!
//! **Invariant.** The figures are the domain's accounts of lines; the table's checks stand behind.
//! The order's row is locked by whoever writes here.

use std::collections::BTreeMap;

use domain::{
    dispatch::{
        hand_over::{Counted, ReceivedLine, Way},
        order::{LineAccount, put_back, take_in},
    },
    kernel::{Id, Quantity, kinds},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    dispatch::{queries::account, rows::order_line},
    problem::Problem,
    scope::reference,
    uow::Uow,
};

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

/// The order's lines learn what left the road. Answers whether anything of the order is still on
/// its way.
pub(super) async fn note_taken(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
    way: Way,
    posted: &[ReceivedLine],
) -> Result<bool, Problem> {
    let on_the_way = change(uow, order, way, posted, |lines, taken| {
        take_in(lines, way, taken)
    })
    .await?;
    Ok(on_the_way > 0)
}

/// The order's lines forget what an undone hand-over took off the road.
pub(super) async fn note_undone(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
    way: Way,
    is_recalled: bool,
    undone: &[ReceivedLine],
) -> Result<(), Problem> {
    change(uow, order, way, undone, |lines, taken| {
        put_back(lines, way, is_recalled, taken)
    })
    .await
    .map(drop)
}

// Lines of the same goods are told together: on the road nobody knows which line they were for.
async fn change(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
    way: Way,
    told: &[ReceivedLine],
    step: impl Fn(&mut [LineAccount], Counted) -> Counted,
) -> Result<i64, Problem> {
    let lines = reference::<order_line::Entity>()
        .filter(order_line::Column::OrderId.eq(order.uuid()))
        .order_by_asc(order_line::Column::Line)
        .all(uow.db())
        .await?;
    let mut on_the_way: i64 = lines.iter().map(|line| account(line).on_the_road()).sum();
    let mut of_goods: BTreeMap<_, Vec<order_line::Model>> = BTreeMap::new();
    for line in lines {
        let goods = (line.lot_id, line.condition.clone());
        of_goods.entry(goods).or_default().push(line);
    }
    for line in told {
        let goods = (line.key.lot.uuid(), line.key.condition.name().to_owned());
        let rows = of_goods.remove(&goods).unwrap_or_default();
        let before: Vec<_> = rows.iter().map(account).collect();
        let mut after = before.clone();
        let left = step(&mut after, line.counted(way));
        if left != Counted::default() {
            return Err(Problem::internal(anyhow::anyhow!(
                "{order} and its shipments do not agree on {}",
                line.key.lot
            )));
        }
        for ((row, before), after) in rows.into_iter().zip(before).zip(after) {
            on_the_way += after.on_the_road() - before.on_the_road();
            if before != after {
                write(uow, row, after).await?;
            }
        }
    }
    Ok(on_the_way)
}

async fn write(uow: &Uow<'_>, row: order_line::Model, account: LineAccount) -> Result<(), Problem> {
    let mut change = row.into_active_model();
    change.received = Set(account.received);
    change.lost = Set(account.lost);
    change.recalled = Set(account.recalled);
    change.returned = Set(account.returned);
    change.update(uow.db()).await?;
    Ok(())
}

/// So much of the lines that has not left will not leave.
pub(super) async fn give_up(
    uow: &Uow<'_>,
    order: Id<kinds::DispatchOrder>,
    lines: &[(i64, i64)],
) -> Result<(), Problem> {
    use order_line::Column;
    for (line, units) in lines {
        order_line::Entity::update_many()
            .col_expr(Column::GivenUp, Expr::col(Column::GivenUp).add(*units))
            .filter(Column::OrderId.eq(order.uuid()))
            .filter(Column::Line.eq(*line))
            .exec(uow.db())
            .await?;
    }
    Ok(())
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

/// What is on the road is called back; it is back when the depot has received it.
pub(super) async fn recall(uow: &Uow<'_>, order: Id<kinds::DispatchOrder>) -> Result<(), Problem> {
    use order_line::Column;
    let on_the_road = Expr::col(Column::Sent)
        .sub(Expr::col(Column::Received))
        .sub(Expr::col(Column::Lost))
        .sub(Expr::col(Column::Returned));
    order_line::Entity::update_many()
        .col_expr(Column::Recalled, on_the_road)
        .filter(Column::OrderId.eq(order.uuid()))
        .exec(uow.db())
        .await?;
    Ok(())
}
