//! What somebody did that was due.
//!
//! **Invariant.** A record is never changed: one that was wrong is withdrawn with the reason, and
//! counts no more. What was done to lots was done to lots that lie in the depot.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate};
use domain::{
    duties::{DutyKind, TestOutcome},
    identity::Capability,
    kernel::{Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::{
    depot_of_body, queries,
    rows::{duty_record, duty_record_lot},
    wire::DutyRecordView,
};
use crate::{
    depots,
    problem::{Code, Faults, Problem},
    scope::Scope,
    stock,
    uow::{Command, Permission, Uow},
};

const MONTHS_BACK_MAX: Months = Months::new(120);

/// Says that something was done.
#[derive(Debug, Clone)]
pub(crate) struct RecordDuty {
    pub(crate) id: Option<Id<kinds::DutyRecord>>,
    pub(crate) depot: Id<kinds::Depot>,
    /// One that is recorded.
    pub(crate) kind: DutyKind,
    pub(crate) done_on: NaiveDate,
    pub(crate) done_by: Text<100>,
    pub(crate) outcome: Option<TestOutcome>,
    pub(crate) lots: Vec<Id<kinds::Lot>>,
    pub(crate) note: Option<Text<1000>>,
}

impl RecordDuty {
    async fn check(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let mut faults = Faults::default();
        let earliest = uow.today().checked_sub_months(MONTHS_BACK_MAX);
        if self.done_on > uow.today() || earliest.is_some_and(|first| self.done_on < first) {
            faults.note(
                "/done_on",
                "out-of-range",
                "日期应在最近十年之内，且不晚于今天",
                "it was done today or within the last ten years",
            );
        }
        let lying = stock::lots_lying(uow.db(), self.depot, &self.lots).await?;
        for (number, lot) in self.lots.iter().enumerate() {
            if !lying.contains(lot) {
                faults.note(
                    format!("/lot_ids/{number}"),
                    "reference",
                    "该库在库物资中没有这个批次",
                    "no goods of this lot lie in the depot",
                );
            }
        }
        faults.finish(Some(()))
    }
}

impl Command for RecordDuty {
    type Output = DutyRecordView;
    const NAME: &'static str = "duties.record_duty";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["done_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DutyRecordView, Problem> {
        let depot = depot_of_body(uow, self.depot).await?;
        self.check(uow).await?;
        let id = match self.id {
            Some(id) => {
                let found = queries::record(uow.db(), &Scope::Everything, id).await;
                Problem::unless_new(found, "duty_record.id").map(|()| id)?
            }
            None => uow.id(),
        };
        duty_record::ActiveModel {
            depot_id: Set(depot.id.uuid()),
            id: Set(id.uuid()),
            kind: Set(self.kind.name().to_owned()),
            done_on: Set(self.done_on.to_string()),
            done_by: Set(self.done_by.as_str().to_owned()),
            outcome: Set(self.outcome.map(|outcome| outcome.name().to_owned())),
            note: Set(self.note.as_ref().map(Text::to_string)),
            recorded_at: Set(uow.now()),
            recorded_by: Set(uow.caller().principal()),
            withdrawn_at: Set(None),
            withdrawn_by: Set(None),
            withdrawn_reason: Set(None),
            version: Set(1),
        }
        .insert(uow.db())
        .await?;
        let lots: BTreeSet<_> = self.lots.iter().collect();
        let lots = lots.into_iter().map(|lot| duty_record_lot::ActiveModel {
            depot_id: Set(depot.id.uuid()),
            record_id: Set(id.uuid()),
            lot_id: Set(lot.uuid()),
        });
        uow.insert_all(lots.collect()).await?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        queries::record(uow.db(), &Scope::Everything, id).await
    }
}

/// Says that a record was wrong.
#[derive(Debug, Clone)]
pub(crate) struct WithdrawDutyRecord {
    pub(crate) record: Id<kinds::DutyRecord>,
    pub(crate) reason: Text<500>,
}

impl Command for WithdrawDutyRecord {
    type Output = DutyRecordView;
    const NAME: &'static str = "duties.withdraw_duty_record";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["done_by"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DutyRecordView, Problem> {
        let row = queries::record_to_change(uow.db(), &uow.scope(), self.record).await?;
        let depot = Id::from_uuid(row.depot_id);
        let depot = depots::depot(uow.db(), &Scope::Everything, depot).await?;
        let custodian = depot.organisation_id.uuid();
        uow.require(Capability::PostStock, custodian).await?;
        if row.withdrawn_at.is_some() {
            return Err(Problem::new(Code::WrongState).with("state", "withdrawn"));
        }
        let version = row.version + 1;
        let mut change = row.into_active_model();
        change.withdrawn_at = Set(Some(uow.now()));
        change.withdrawn_by = Set(Some(uow.caller().principal()));
        change.withdrawn_reason = Set(Some(self.reason.as_str().to_owned()));
        change.version = Set(version);
        change.update(uow.db()).await?;
        uow.subject(self.record, Some(custodian));
        queries::record(uow.db(), &Scope::Everything, self.record).await
    }
}
