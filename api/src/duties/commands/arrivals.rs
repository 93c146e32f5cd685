//! Goods come, and are put on record.
//!
//! **Invariant.** An arrival ends once, under a lock on its row. Its receipt is one of the same depot
//! that no reversal undid, and the day that counts is the one on which the receipt was recorded.

use chrono::{Days, NaiveDate};
use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::{depot_of_body, queries, rows::arrival, wire::ArrivalView};
use crate::{
    clock::day_at_depots,
    depots,
    problem::{Code, Problem},
    scope::Scope,
    stock,
    uow::{Command, Permission, Uow},
};

/// Goods that came longer ago were not waiting for their receipt.
const DAYS_BACK_MAX: u64 = 366;

/// Says that goods have come.
#[derive(Debug, Clone)]
pub(crate) struct RecordArrival {
    pub(crate) id: Option<Id<kinds::Arrival>>,
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) came_on: NaiveDate,
    pub(crate) what: Text<200>,
    pub(crate) counterparty: Option<Text<200>>,
}

impl Command for RecordArrival {
    type Output = ArrivalView;
    const NAME: &'static str = "duties.record_arrival";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["counterparty"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ArrivalView, Problem> {
        let depot = depot_of_body(uow, self.depot).await?;
        let today = uow.today();
        if self.came_on > today || self.came_on + Days::new(DAYS_BACK_MAX) < today {
            return Err(Problem::field(
                "/came_on",
                "out-of-range",
                "到货日期应在最近一年之内，且不晚于今天",
                "goods came today or within the last year",
            ));
        }
        let id = match self.id {
            Some(id) => {
                let found = queries::arrival(uow.db(), &Scope::Everything, id).await;
                Problem::unless_new(found, "arrival.id").map(|()| id)?
            }
            None => uow.id(),
        };
        let row = arrival::ActiveModel {
            depot_id: Set(depot.id.uuid()),
            id: Set(id.uuid()),
            came_on: Set(self.came_on.to_string()),
            what: Set(self.what.as_str().to_owned()),
            counterparty: Set(self.counterparty.as_ref().map(Text::to_string)),
            state: Set("waiting".to_owned()),
            movement_id: Set(None),
            accepted_on: Set(None),
            reason: Set(None),
            recorded_at: Set(uow.now()),
            recorded_by: Set(uow.caller().principal()),
            ended_at: Set(None),
            ended_by: Set(None),
            version: Set(1),
        }
        .insert(uow.db())
        .await?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        row.try_into()
    }
}

// One that waits and that the caller may end, with the custodian of its depot.
async fn waiting(
    uow: &Uow<'_>,
    id: Id<kinds::Arrival>,
) -> Result<(arrival::Model, uuid::Uuid), Problem> {
    let row = queries::arrival_to_change(uow.db(), &uow.scope(), id).await?;
    let depot = Id::from_uuid(row.depot_id);
    let depot = depots::depot(uow.db(), &Scope::Everything, depot).await?;
    let custodian = depot.organisation_id.uuid();
    uow.require(Capability::PostStock, custodian).await?;
    if row.state != "waiting" {
        return Err(Problem::new(Code::WrongState).with("state", row.state));
    }
    Ok((row, custodian))
}

/// Names the receipt that puts goods on record.
#[derive(Debug, Clone)]
pub(crate) struct AcceptArrival {
    pub(crate) arrival: Id<kinds::Arrival>,
    pub(crate) movement: Id<kinds::Movement>,
}

impl Command for AcceptArrival {
    type Output = ArrivalView;
    const NAME: &'static str = "duties.accept_arrival";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["counterparty"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ArrivalView, Problem> {
        let (row, custodian) = waiting(uow, self.arrival).await?;
        let unfit = || {
            Problem::field(
                "/movement_id",
                "reference",
                "该库没有这张有效的入库单",
                "the depot has no such receipt that stands",
            )
        };
        let found = stock::movement(uow.db(), &uow.scope(), self.movement).await;
        let receipt = found.map_err(|problem| {
            problem.named_at(
                "/movement_id",
                "该库没有这张有效的入库单",
                "the depot has no such receipt that stands",
            )
        })?;
        let fits = receipt.depot_id.uuid() == row.depot_id
            && receipt.kind == "receipt"
            && receipt.reversed_by_id.is_none();
        if !fits {
            return Err(unfit());
        }
        let version = row.version + 1;
        let mut change = row.into_active_model();
        change.state = Set("accepted".to_owned());
        change.movement_id = Set(Some(self.movement.uuid()));
        change.accepted_on = Set(Some(day_at_depots(receipt.recorded_at).to_string()));
        change.ended_at = Set(Some(uow.now()));
        change.ended_by = Set(Some(uow.caller().principal()));
        change.version = Set(version);
        let row = change.update(uow.db()).await?;
        uow.subject(self.arrival, Some(custodian));
        row.try_into()
    }
}

/// Says that it was written down wrongly.
#[derive(Debug, Clone)]
pub(crate) struct WithdrawArrival {
    pub(crate) arrival: Id<kinds::Arrival>,
    pub(crate) reason: Text<500>,
}

impl Command for WithdrawArrival {
    type Output = ArrivalView;
    const NAME: &'static str = "duties.withdraw_arrival";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["counterparty"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ArrivalView, Problem> {
        let (row, custodian) = waiting(uow, self.arrival).await?;
        let version = row.version + 1;
        let mut change = row.into_active_model();
        change.state = Set("withdrawn".to_owned());
        change.reason = Set(Some(self.reason.as_str().to_owned()));
        change.ended_at = Set(Some(uow.now()));
        change.ended_by = Set(Some(uow.caller().principal()));
        change.version = Set(version);
        let row = change.update(uow.db()).await?;
        uow.subject(self.arrival, Some(custodian));
        row.try_into()
    }
}
