//! Rounds end, begin again, or are given up.
//!
//! **Invariant.** A round ends when each of its lines was counted. What the first round finds right
//! is done; what differs, or what counters disagree about, is counted again.

use std::collections::BTreeMap;

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{LineDifference, StocktakeError, Tally, Verdict},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement, Value, sea_query::Expr,
};

use crate::{
    problem::Problem,
    scope::Scope,
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

// SQLite takes at most 32,766 bound values in a statement.
const LINES_A_STATEMENT: usize = 5_000;
// So many uncounted lines are named.
const NAMED_MAX: usize = 100;

/// Ends the running round of counting.
#[derive(Debug, Clone)]
pub(crate) struct CloseRound {
    pub(crate) stocktake: Id<kinds::Stocktake>,
}

impl Command for CloseRound {
    type Output = StocktakeView;
    const NAME: &'static str = "stock.close_stocktake_round";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<StocktakeView, Problem> {
        let held = Held::lock(uow, self.stocktake, &[Capability::PostStock]).await?;
        let lines = queries::lines_of_round(uow.db(), &held.row).await?;
        let mut counts = queries::counts_of_round(uow.db(), &held.row).await?;
        let tallies: Vec<_> = lines
            .iter()
            .map(|line| counts.remove(&line.line).unwrap_or_default())
            .collect();
        let worth = Worth::read(uow, &held.row, &lines, &tallies).await?;
        let limit = queries::limit_of(&held.row)?;
        let closed = held
            .state
            .close_round(&tallies, |verdicts| {
                limit.is_past(&worth.of(&lines, verdicts))
            })
            .map_err(|error| match error {
                StocktakeError::Uncounted { lines: uncounted } => {
                    let numbers = uncounted.iter().filter_map(|&line| lines.get(line));
                    let numbers: Vec<_> = numbers.map(|line| line.line).take(NAMED_MAX).collect();
                    held.refused(StocktakeError::Uncounted { lines: uncounted })
                        .with("state", held.state.name().name())
                        .with("lines", numbers)
                }
                error => held.refused(error),
            })?;
        let (mut found, mut again) = (Vec::new(), Vec::new());
        for (line, verdict) in lines.iter().zip(&closed.verdicts) {
            match verdict {
                Verdict::Found(tally) => found.push((line.line, *tally)),
                Verdict::Recount | Verdict::Uncounted => again.push(line.line),
            }
        }
        write_found(uow, &held.row, &found).await?;
        to_round(uow, &held.row, &again, closed.state.round()).await?;
        held.save(uow, &closed.state).await?.view(uow).await
    }
}

// What differences are worth: those of earlier rounds, and the values of the lots of this one.
struct Worth {
    earlier: Vec<LineDifference>,
    lots: BTreeMap<Id<kinds::Lot>, super::rows::lot::Model>,
}

impl Worth {
    async fn read(
        uow: &Uow<'_>,
        row: &stocktake::Model,
        lines: &[Model],
        tallies: &[Vec<Tally>],
    ) -> Result<Self, Problem> {
        let earlier = queries::differing_lines(uow.db(), row).await?;
        let differs = |tallies: &[Tally]| tallies.iter().any(|tally| tally.difference() != 0);
        let lots: Vec<_> = lines
            .iter()
            .zip(tallies)
            .filter(|(_, tallies)| differs(tallies))
            .map(|(line, _)| line)
            .chain(&earlier)
            .map(|line| Id::from_uuid(line.lot_id))
            .collect();
        let lots = queries::lots_by_id(uow.db(), &Scope::Everything, &lots).await?;
        let earlier = earlier
            .iter()
            .map(|line| queries::difference(line, lots.get(&Id::from_uuid(line.lot_id))))
            .collect::<Result<Vec<_>, _>>()?;
        for lot in lots.values() {
            // What cannot be read is found out here and not while the limit is asked.
            queries::unit_value(lot)?;
        }
        Ok(Self {
            earlier: earlier.into_iter().flatten().collect(),
            lots,
        })
    }

    fn of(&self, lines: &[Model], verdicts: &[Verdict]) -> Vec<LineDifference> {
        let now = lines
            .iter()
            .zip(verdicts)
            .filter_map(|(line, verdict)| match verdict {
                Verdict::Found(tally) if tally.difference() != 0 => Some(LineDifference {
                    difference: tally.difference(),
                    book: tally.book,
                    unit_value: self
                        .lots
                        .get(&Id::from_uuid(line.lot_id))
                        .and_then(|lot| queries::unit_value(lot).ok().flatten()),
                }),
                _ => None,
            });
        self.earlier.iter().copied().chain(now).collect()
    }
}

async fn write_found(
    uow: &Uow<'_>,
    row: &stocktake::Model,
    found: &[(i64, Tally)],
) -> Result<(), Problem> {
    for found in found.chunks(LINES_A_STATEMENT) {
        let places: Vec<_> = (0..found.len())
            .map(|line| format!("(${}, ${}, ${})", line * 3 + 1, line * 3 + 2, line * 3 + 3))
            .collect();
        let last = found.len() * 3;
        let sql = format!(
            "WITH c (line, counted, book) AS (VALUES {}) UPDATE stocktake_line \
             SET counted = c.counted, book = c.book, difference = c.counted - c.book FROM c \
             WHERE stocktake_line.line = c.line AND stocktake_line.depot_id = ${} \
             AND stocktake_line.stocktake_id = ${}",
            places.join(", "),
            last + 1,
            last + 2
        );
        let mut values: Vec<Value> = Vec::with_capacity(last + 2);
        for (line, tally) in found {
            values.extend([(*line).into(), tally.counted.into(), tally.book.into()]);
        }
        values.extend([row.depot_id.into(), row.id.into()]);
        let backend = uow.db().get_database_backend();
        uow.db()
            .execute_raw(Statement::from_sql_and_values(backend, sql, values))
            .await?;
    }
    Ok(())
}

async fn to_round(
    uow: &Uow<'_>,
    row: &stocktake::Model,
    lines: &[i64],
    round: u8,
) -> Result<(), Problem> {
    let nothing = || Expr::value(None::<i64>);
    for lines in lines.chunks(LINES_A_STATEMENT) {
        Entity::update_many()
            .col_expr(Column::Round, Expr::value(i64::from(round)))
            .col_expr(Column::Counted, nothing())
            .col_expr(Column::Book, nothing())
            .col_expr(Column::Difference, nothing())
            .filter(Column::DepotId.eq(row.depot_id))
            .filter(Column::StocktakeId.eq(row.id))
            .filter(Column::Line.is_in(lines.iter().copied()))
            .exec(uow.db())
            .await?;
    }
    Ok(())
}

/// Sends the differences back to be counted again.
#[derive(Debug, Clone)]
pub(crate) struct RecountStocktake {
    pub(crate) stocktake: Id<kinds::Stocktake>,
    pub(crate) reason: Text<500>,
}

impl Command for RecountStocktake {
    type Output = StocktakeView;
    const NAME: &'static str = "stock.recount_stocktake";
    const PERMISSION: Permission =
        Permission::Holds(&[Capability::PostStock, Capability::ApproveCount]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<StocktakeView, Problem> {
        let either = [Capability::PostStock, Capability::ApproveCount];
        let mut held = Held::lock(uow, self.stocktake, &either).await?;
        let differing = queries::differing_lines(uow.db(), &held.row).await?;
        let state = held
            .state
            .recount(differing.len())
            .map_err(|error| held.refused(error))?;
        let lines: Vec<_> = differing.iter().map(|line| line.line).collect();
        to_round(uow, &held.row, &lines, state.round()).await?;
        held.reason = Some(self.reason.to_string());
        held.save(uow, &state).await?.view(uow).await
    }
}

/// Gives a stocktake up; the book stays as it is.
#[derive(Debug, Clone)]
pub(crate) struct AbandonStocktake {
    pub(crate) stocktake: Id<kinds::Stocktake>,
    pub(crate) reason: Text<500>,
}

impl Command for AbandonStocktake {
    type Output = StocktakeView;
    const NAME: &'static str = "stock.abandon_stocktake";
    const PERMISSION: Permission =
        Permission::Holds(&[Capability::PostStock, Capability::ApproveCount]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<StocktakeView, Problem> {
        let held = Held::lock(uow, self.stocktake, &[Capability::PostStock]).await?;
        let state = held
            .state
            .abandon(signature(uow), self.reason.to_string())
            .map_err(|error| held.refused(error))?;
        held.save(uow, &state).await?.view(uow).await
    }
}
