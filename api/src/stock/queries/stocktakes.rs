//! Stocktakes.
//!
//! **Invariant.** As long as somebody may still count, whoever may count sees no figure of a blind
//! sheet: neither the book, nor what others counted, nor how many lines differ. What hides them is
//! the reader's role and the state, never the client.

mod accuracy;
mod counts;
mod lines;
mod sheet;
mod views;

use std::collections::BTreeMap;

use domain::{
    kernel::{Id, Money, kinds},
    stock::{Limit, Signature, StocktakeState, StocktakeStateName},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, LockType},
};
use uuid::Uuid;

use crate::{
    depots,
    problem::Problem,
    scope::{Scope, visible},
};

use super::{rows, wire};
use rows::stocktakes::{count_limit, stocktake, stocktake_part};

pub(in crate::stock) use accuracy::count_accuracy;
pub(in crate::stock) use counts::{counters, counts_of_round, own_counts, stocktake_counts};
pub(in crate::stock) use lines::{
    difference, differing_lines, lines_of_round, stocktake_lines, unit_value,
};
pub(in crate::stock) use sheet::{Covered, Goods, Sheet, book_at, claimed, lines_at, next_line};
pub(in crate::stock) use views::{stocktake, stocktakes};

/// Who reads stocktakes.
#[derive(Debug, Clone)]
pub(in crate::stock) struct Reader {
    pub(in crate::stock) scope: Scope,
    /// The principal, as the journal names it.
    pub(in crate::stock) me: String,
    may_count: bool,
}

impl Reader {
    /// `counts` is where the reader may count.
    pub(in crate::stock) fn new(scope: Scope, me: String, counts: &Scope) -> Self {
        let may_count = match counts {
            Scope::Everything => true,
            Scope::Subtrees(roots) => !roots.is_empty(),
        };
        Self {
            scope,
            me,
            may_count,
        }
    }

    /// Whether figures of this stocktake are shown to the reader.
    pub(in crate::stock) fn sees_figures(&self, row: &stocktake::Model) -> bool {
        let counting = [
            StocktakeStateName::Counting.name(),
            StocktakeStateName::Recounting.name(),
        ];
        !self.may_count || row.sheet == wire::OPEN || !counting.contains(&row.state.as_str())
    }
}

/// A stocktake as the table keeps it, or not found.
pub(in crate::stock) async fn stocktake_row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Stocktake>,
) -> Result<stocktake::Model, Problem> {
    visible::<stocktake::Entity>(scope)
        .filter(stocktake::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// As [`stocktake_row`], and others who would change it wait.
pub(in crate::stock) async fn stocktake_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Stocktake>,
) -> Result<stocktake::Model, Problem> {
    use sea_orm::QuerySelect;
    visible::<stocktake::Entity>(scope)
        .filter(stocktake::Column::Id.eq(id.uuid()))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Where a stocktake stands.
pub(in crate::stock) fn stocktake_state(row: &stocktake::Model) -> Result<StocktakeState, Problem> {
    let round = u8::try_from(row.round).map_err(Problem::internal)?;
    let name: StocktakeStateName = row.state.parse().map_err(Problem::internal)?;
    let signature = || match (&row.ended_by, row.ended_at) {
        (Some(by), Some(at)) => Ok(Signature { by: by.clone(), at }),
        _ => Err(Problem::internal(anyhow::anyhow!(
            "a stocktake without its end"
        ))),
    };
    Ok(match name {
        StocktakeStateName::Counting => StocktakeState::Counting,
        StocktakeStateName::Recounting => StocktakeState::Recounting { round },
        StocktakeStateName::Counted => StocktakeState::Counted { round },
        StocktakeStateName::AwaitingApproval => StocktakeState::AwaitingApproval { round },
        StocktakeStateName::Settled => StocktakeState::Settled {
            round,
            settled: signature()?,
            approved: row.approval == wire::APPROVAL_GIVEN,
        },
        StocktakeStateName::Abandoned => StocktakeState::Abandoned {
            round,
            abandoned: signature()?,
            reason: row.reason.clone().unwrap_or_default(),
        },
    })
}

/// The limit that a stocktake was opened under.
pub(in crate::stock) fn limit_of(row: &stocktake::Model) -> Result<Limit, Problem> {
    limit(row.share_limit_e4, row.value_limit_e4, &row.limit_currency)
}

fn limit(share_e4: i64, value_e4: i64, currency: &str) -> Result<Limit, Problem> {
    let currency = currency.parse().map_err(Problem::internal)?;
    let value = Money::from_ten_thousandths(value_e4, currency).map_err(Problem::internal)?;
    Limit::new(share_e4, value)
        .ok_or_else(|| Problem::internal(anyhow::anyhow!("a limit of more than a whole")))
}

/// The limit that was set for a depot, if one was.
pub(in crate::stock) async fn limit_row(
    db: &impl ConnectionTrait,
    depot: Id<kinds::Depot>,
) -> Result<Option<count_limit::Model>, Problem> {
    Ok(visible::<count_limit::Entity>(&Scope::Everything)
        .filter(count_limit::Column::DepotId.eq(depot.uuid()))
        .one(db)
        .await?)
}

/// The limit that a stocktake of the depot would be opened under: its own, or the built-in one,
/// which has version 0.
pub(in crate::stock) async fn limit_in_force(
    db: &impl ConnectionTrait,
    depot: Id<kinds::Depot>,
) -> Result<count_limit::Model, Problem> {
    if let Some(row) = limit_row(db, depot).await? {
        return Ok(row);
    }
    let limit = Limit::built_in().map_err(Problem::internal)?;
    Ok(count_limit::Model {
        depot_id: depot.uuid(),
        share_e4: limit.share_e4(),
        value_e4: limit.value().ten_thousandths(),
        currency: limit.value().currency().as_str().to_owned(),
        source: wire::LIMIT_BUILT_IN.to_owned(),
        version: 0,
    })
}

/// The limit of a depot that `scope` reaches, or not found.
pub(in crate::stock) async fn count_limit(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depot: Id<kinds::Depot>,
) -> Result<wire::CountLimitView, Problem> {
    let depot = depots::depot(db, scope, depot).await?;
    wire::CountLimitView::new(limit_in_force(db, depot.id).await?)
}

/// The zones, categories or items that stocktakes are about.
async fn parts(
    db: &impl ConnectionTrait,
    of: &[stocktake::Model],
) -> Result<BTreeMap<Uuid, Vec<Uuid>>, Problem> {
    use stocktake_part::{Column, Entity};
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.is_in(of.iter().map(|row| row.depot_id)))
        .filter(Expr::col((Entity, Column::StocktakeId)).is_in(of.iter().map(|row| row.id)))
        .all(db)
        .await?;
    let mut parts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for part in found {
        parts
            .entry(part.stocktake_id)
            .or_default()
            .push(part.part_id);
    }
    Ok(parts)
}
