//! Differences become movements.
//!
//! **Invariant.** All of them or none, in the transaction that ends the stocktake; each line names
//! the movement that its difference became. Goods that are promised are not counted away: a
//! shortage that would eat a reservation is refused with the reservations that stand in its way.
//! Whoever made the promise must know of it, and what is released, or ordered anew, is no longer
//! in the way.

use std::collections::BTreeSet;

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{
        Account, BalanceKey, Kind, LINES_MAX, Line, Movement, StocktakeState, difference_lines,
    },
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement, sea_query::Expr};
use uuid::Uuid;

use crate::{
    problem::{Code, Problem},
    stock::ledger::{self, Papers},
    uow::{Command, Permission, Uow},
};

use super::{
    Held, queries,
    rows::stocktakes::{
        stocktake,
        stocktake_line::{Column, Entity, Model},
    },
    signature,
    wire::StocktakeView,
};

/// Settles what is within the limit.
#[derive(Debug, Clone)]
pub(crate) struct SettleStocktake {
    pub(crate) stocktake: Id<kinds::Stocktake>,
}

impl Command for SettleStocktake {
    type Output = StocktakeView;
    const NAME: &'static str = "stock.settle_stocktake";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<StocktakeView, Problem> {
        let held = Held::lock(uow, self.stocktake, &[Capability::PostStock]).await?;
        let settled = held.state.settle(signature(uow));
        let state = settled.map_err(|error| held.refused(error))?;
        end(uow, held, &state).await
    }
}

/// Agrees to what is past the limit, and settles it.
#[derive(Debug, Clone)]
pub(crate) struct ApproveStocktake {
    pub(crate) stocktake: Id<kinds::Stocktake>,
}

impl Command for ApproveStocktake {
    type Output = StocktakeView;
    const NAME: &'static str = "stock.approve_stocktake";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ApproveCount]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<StocktakeView, Problem> {
        let held = Held::lock(uow, self.stocktake, &[Capability::ApproveCount]).await?;
        if uow.caller().account().is_none() {
            // Who is behind a key, and whether they counted, nobody knows.
            return Err(Problem::new(Code::Forbidden)
                .with("action", "approve")
                .detail("审批须由本人登录办理", "a person approves, not a key"));
        }
        let counters = queries::counters(uow.db(), &held.row).await?;
        let approved = held.state.approve(signature(uow), &counters);
        let state = approved.map_err(|error| held.refused(error))?;
        end(uow, held, &state).await
    }
}

async fn end(
    uow: &mut Uow<'_>,
    held: Held,
    state: &StocktakeState,
) -> Result<StocktakeView, Problem> {
    let differing = queries::differing_lines(uow.db(), &held.row).await?;
    post(uow, &held, differing).await?;
    held.save(uow, state).await?.view(uow).await
}

async fn post(uow: &Uow<'_>, held: &Held, differing: Vec<Model>) -> Result<(), Problem> {
    let mut differences = Vec::new();
    for line in differing {
        let key = BalanceKey {
            account: Account::Zone {
                depot: held.depot.id,
                zone: Id::from_uuid(line.zone_id),
            },
            lot: Id::from_uuid(line.lot_id),
            condition: line.condition.parse().map_err(Problem::internal)?,
        };
        let lines = difference_lines(&key, line.difference.unwrap_or(0));
        differences.push((key, line.line, lines));
    }
    // In the order of locks, over all movements.
    differences.sort_unstable_by_key(|(key, ..)| *key);
    let (mut numbers, mut lines): (Vec<i64>, Vec<Line>) = (Vec::new(), Vec::new());
    for (_, number, more) in differences {
        if lines.len() + more.len() > LINES_MAX {
            post_one(uow, held, &numbers, std::mem::take(&mut lines)).await?;
            numbers.clear();
        }
        numbers.push(number);
        lines.extend(more);
    }
    if lines.is_empty() {
        return Ok(());
    }
    post_one(uow, held, &numbers, lines).await
}

async fn post_one(
    uow: &Uow<'_>,
    held: &Held,
    numbers: &[i64],
    lines: Vec<Line>,
) -> Result<(), Problem> {
    let movement = Movement::new(uow.id(), held.depot.id, Kind::CountDifference, lines)
        .map_err(Problem::internal)?;
    let papers = Papers {
        note: Text::new(&format!("盘点 {}", held.id())).ok(),
        ..Papers::default()
    };
    if let Err(problem) = ledger::post(uow, &movement, &papers).await {
        return Err(in_the_way(uow, held, problem).await?);
    }
    Entity::update_many()
        .col_expr(Column::MovementId, Expr::value(movement.id().uuid()))
        .filter(Column::DepotId.eq(held.row.depot_id))
        .filter(Column::StocktakeId.eq(held.row.id))
        .filter(Column::Line.is_in(numbers.iter().copied()))
        .exec(uow.db())
        .await?;
    Ok(())
}

// Why a shortage cannot be posted: what was promised of the goods, or what left after the count.
async fn in_the_way(uow: &Uow<'_>, held: &Held, problem: Problem) -> Result<Problem, Problem> {
    if problem.code != Code::InsufficientStock {
        return Ok(problem);
    }
    let reservations = promised(uow, &held.row).await?;
    let problem = problem.with("stocktake_id", held.id().to_string());
    if reservations.is_empty() {
        return Ok(problem.detail(
            "盘亏的物资在盘点之后已经出库，请复盘",
            "what is missing left the book after the count: count it again",
        ));
    }
    let reservations: Vec<_> = reservations.iter().map(ToString::to_string).collect();
    Ok(problem.with("reservation_ids", reservations).detail(
        "盘亏的物资已被预占（见 reservation_ids），请先释放或改派，再结案",
        "what is missing is promised (see `reservation_ids`): release it or order it anew, then \
         settle",
    ))
}

const PROMISED: &str = "SELECT DISTINCT r.id AS id FROM stocktake_line l \
     JOIN balance b ON b.depot_id = l.depot_id AND b.account_kind = 'zone' \
     AND b.account_id = l.zone_id AND b.lot_id = l.lot_id AND b.condition = l.condition \
     JOIN reservation_line h ON h.depot_id = l.depot_id AND h.zone_id = l.zone_id \
     AND h.lot_id = l.lot_id AND h.condition = l.condition \
     JOIN reservation r ON r.depot_id = h.depot_id AND r.id = h.reservation_id \
     AND r.state IN ('held', 'shorted') AND h.quantity > h.short \
     WHERE l.depot_id = $1 AND l.stocktake_id = $2 AND l.difference < 0 \
     AND l.movement_id IS NULL AND b.on_hand + l.difference < b.reserved ORDER BY r.id LIMIT 100";

async fn promised(
    uow: &Uow<'_>,
    row: &stocktake::Model,
) -> Result<BTreeSet<Id<kinds::Reservation>>, Problem> {
    let values = [row.depot_id.into(), row.id.into()];
    let backend = uow.db().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, PROMISED, values);
    let found = uow.db().query_all_raw(statement).await?;
    found
        .iter()
        .map(|row| {
            let id: Uuid = row.try_get("", "id")?;
            Ok(Id::from_uuid(id))
        })
        .collect()
}
