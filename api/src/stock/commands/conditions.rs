//! Goods become something else than the book says they are.
//!
//! **Invariant.** Each line is a step that the reason permits (`domain/src/stock/condition_change.rs`),
//! and two lines of the movement: out of the zone in the one condition, into a zone of the same depot
//! in the other. Goods that are promised do not change under the promise: the refusal names the
//! reservations, for whoever made them must know first.

use std::collections::BTreeSet;

use domain::{
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
    stock::{
        Account, BalanceKey, ConditionReason, ConditionStep, Kind, Line, Movement, MovementError,
        Outside,
    },
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::{
    problem::{Code, Faults, Problem},
    scope::Scope,
    stock::ledger,
    uow::{Command, Permission, Uow},
};

use super::{
    Count, Paper, places, queries, rows::conditions::condition_change, shift,
    wire::ConditionChangeView,
};

/// Says that goods are in another condition than the book has them, and why.
#[derive(Debug, Clone)]
pub(crate) struct ChangeCondition {
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) paper: Paper,
    pub(crate) reason: ConditionReason,
    pub(crate) found_by: Text<100>,
    /// Each step is of the same reason.
    pub(crate) lines: Vec<ConditionLine>,
}

/// Goods of one lot in one zone.
#[derive(Debug, Clone)]
pub(crate) struct ConditionLine {
    pub(crate) lot: Id<kinds::Lot>,
    pub(crate) zone: Id<kinds::Zone>,
    /// Where they are set apart; they stay where they are, if absent.
    pub(crate) to_zone: Option<Id<kinds::Zone>>,
    pub(crate) step: ConditionStep,
    pub(crate) count: Count,
}

impl Command for ChangeCondition {
    type Output = ConditionChangeView;
    const NAME: &'static str = "stock.change_condition";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["counterparty", "found_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ConditionChangeView, Problem> {
        let depot = places::depot(uow, self.depot, Capability::PostStock).await?;
        let id = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        let zones = places::Zones::of(uow, depot.id).await?;
        let mut faults = Faults::default();
        for (number, line) in self.lines.iter().enumerate() {
            zones.check(&mut faults, format!("/lines/{number}/zone_id"), line.zone);
            if let Some(zone) = line.to_zone {
                zones.check(&mut faults, format!("/lines/{number}/to_zone_id"), zone);
            }
        }
        let counts = self.lines.iter().map(|line| (line.lot, &line.count));
        let quantities = shift::quantities(uow, counts, faults).await?;
        let movement = self
            .movement(id, depot.id, &quantities)
            .map_err(contradictory)?;
        let papers = self.paper.papers(occurred_at);
        if let Err(problem) = ledger::post(uow, &movement, &papers).await {
            return Err(promised(uow, &movement, problem).await?);
        }
        condition_change::ActiveModel {
            depot_id: Set(depot.id.uuid()),
            movement_id: Set(id.uuid()),
            reason: Set(self.reason.name().to_owned()),
            found_by: Set(Some(self.found_by.as_str().to_owned())),
        }
        .insert(uow.db())
        .await?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        queries::condition_change(uow.db(), &Scope::Everything, id).await
    }
}

impl ChangeCondition {
    fn movement(
        &self,
        id: Id<kinds::Movement>,
        depot: Id<kinds::Depot>,
        quantities: &[Quantity],
    ) -> Result<Movement, MovementError> {
        let between = Account::Outside {
            depot,
            side: Outside::Conversion,
        };
        let lines = self.lines.iter().zip(quantities);
        let lines = lines.flat_map(|(line, &quantity)| {
            let zone = |zone| Account::Zone { depot, zone };
            let half = |condition, from, to| Line {
                lot: line.lot,
                condition,
                quantity,
                from,
                to,
            };
            let to = zone(line.to_zone.unwrap_or(line.zone));
            [
                half(line.step.from(), zone(line.zone), between),
                half(line.step.to(), between, to),
            ]
        });
        Movement::new(id, depot, Kind::ConditionChange, lines.collect())
    }
}

// A lot that goes both ways on one paper says nothing.
fn contradictory(error: MovementError) -> Problem {
    Problem::field(
        "/lines",
        "contradictory",
        "同一批次在一张单据上的质量状态互相矛盾",
        error.to_string(),
    )
}

/// Says which reservations stand in the way, where goods are there and promised.
pub(super) async fn promised(
    uow: &Uow<'_>,
    movement: &Movement,
    problem: Problem,
) -> Result<Problem, Problem> {
    if problem.code != Code::InsufficientStock {
        return Ok(problem);
    }
    let taken: BTreeSet<BalanceKey> = movement
        .lines()
        .iter()
        .filter(|line| line.from.is_balanced())
        .map(|line| BalanceKey {
            account: line.from,
            lot: line.lot,
            condition: line.condition,
        })
        .collect();
    let reservations = queries::promises_on(uow.db(), &taken).await?;
    if reservations.is_empty() {
        return Ok(problem);
    }
    let reservations: Vec<_> = reservations.iter().map(ToString::to_string).collect();
    Ok(problem.with("reservation_ids", reservations).detail(
        "这些物资已被预占（见 reservation_ids），请先释放或改派",
        "the goods are promised (see `reservation_ids`): release them or order them anew first",
    ))
}
