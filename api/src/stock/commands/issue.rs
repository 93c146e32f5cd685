//! Goods leave for use.
//!
//! **Invariant.** What is named leaves as it is named; what is picked leaves first expired first. What
//! has left already is named, and the book gives way to it.

use std::collections::BTreeMap;

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{Account, Hold, Kind, Line, Movement, MovementError, Outside, Purpose},
};

use crate::{
    problem::Problem,
    stock::ledger::{self, Known},
    uow::{Command, Permission, Uow},
};

use super::{
    Draw, Paper, by_caller,
    drawing::{Asked, Drawn},
    places, queries,
    wire::MovementView,
};

/// Books goods out to a recipient.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) paper: Paper,
    pub(crate) purpose: Purpose,
    /// Why goods leave that otherwise may not.
    pub(crate) overriding: Option<Text<500>>,
    pub(crate) lines: Vec<Draw>,
    /// It has happened already, whatever the book says.
    pub(crate) late_fact: bool,
}

impl Command for Issue {
    type Output = MovementView;
    const NAME: &'static str = "stock.issue";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["counterparty"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<MovementView, Problem> {
        let depot = places::held_depot(uow, self.depot, Capability::PostStock).await?;
        places::purpose(uow, &self.purpose).await?;
        let id = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        let asked = Asked {
            depot: depot.id,
            owner: None,
            draws: &self.lines,
            purpose: &self.purpose,
            day: ledger::judged_on(uow, Some(occurred_at)),
        };
        let Drawn { holds, lots, items } = asked.draw(uow).await?;
        let mut papers = self.paper.papers(occurred_at);
        papers.purpose = Some(self.purpose.clone());
        papers.overriding = by_caller(self.overriding.as_ref());
        let movement = to_recipient(id, depot.id, &holds).map_err(Problem::internal)?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        let known = Known {
            lots,
            depots: BTreeMap::from([(depot.id, depot)]),
        };
        let posted = if self.late_fact {
            ledger::post_late(uow, &movement, &papers, known).await?
        } else {
            ledger::post_last(uow, &movement, &papers, known).await?
        };
        queries::posted(uow.db(), posted, items).await
    }
}

/// The movement that hands goods to a recipient.
pub(super) fn to_recipient(
    id: Id<kinds::Movement>,
    depot: Id<kinds::Depot>,
    holds: &[Hold],
) -> Result<Movement, MovementError> {
    let lines = holds.iter().map(|hold| Line {
        lot: hold.lot,
        condition: hold.condition,
        quantity: hold.quantity,
        from: Account::Zone {
            depot,
            zone: hold.zone,
        },
        to: Account::Outside {
            depot,
            side: Outside::Recipient,
        },
    });
    Movement::new(id, depot, Kind::Issue, lines.collect())
}
