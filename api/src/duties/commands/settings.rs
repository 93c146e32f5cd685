//! Who answers, in what time, and by which calendar.
//!
//! **Invariant.** What was read is what is changed: each carries its version, 0 where nothing was set.

use domain::{
    duties::DutyPeriod,
    identity::Capability,
    kernel::{Confidence, Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use super::{
    queries,
    rows::{duty_holder, duty_period, work_year},
    wire::{DutyHolderView, DutyPeriodView, KeptPeriod, KeptYear, WorkCalendarView},
};
use crate::{
    depots,
    http::unchanged,
    problem::Problem,
    uow::{Command, Permission, Uow},
};

/// Names who answers for duties of a kind.
#[derive(Debug, Clone)]
pub(crate) struct NameDutyHolder {
    pub(crate) depot: Id<kinds::Depot>,
    /// A kind of duty, or `all`.
    pub(crate) kind: &'static str,
    pub(crate) based_on: i64,
    /// Nobody any more, if absent.
    pub(crate) person: Option<Text<100>>,
}

impl Command for NameDutyHolder {
    type Output = DutyHolderView;
    const NAME: &'static str = "duties.name_duty_holder";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageDepots]);
    const PERSONAL: &'static [&'static str] = &["person"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DutyHolderView, Problem> {
        let depot = depots::depot(uow.db(), &uow.scope(), self.depot).await?;
        let custodian = depot.organisation_id.uuid();
        uow.require(Capability::ManageDepots, custodian).await?;
        // Of two who name somebody for the first time, the second sees the first.
        depots::still_depot(uow.db(), self.depot).await?;
        let row = queries::holder_to_change(uow.db(), self.depot, self.kind).await?;
        let version = row.as_ref().map_or(0, |row| row.version);
        unchanged(version, self.based_on)?;
        let person = self.person.as_ref().map(Text::to_string);
        let new = duty_holder::ActiveModel {
            depot_id: Set(depot.id.uuid()),
            kind: Set(self.kind.to_owned()),
            person: Set(person),
            named_at: Set(uow.now()),
            named_by: Set(uow.caller().principal()),
            version: Set(version + 1),
        };
        let row = match row {
            Some(_) => new.update(uow.db()).await?,
            None => new.insert(uow.db()).await?,
        };
        uow.subject(self.depot, Some(custodian));
        Ok(row.into())
    }
}

/// Sets in what time duties of a kind are done.
#[derive(Debug, Clone)]
pub(crate) struct SetDutyPeriod {
    pub(crate) based_on: i64,
    pub(crate) period: DutyPeriod,
    pub(crate) source: Text<500>,
    pub(crate) confidence: Confidence,
}

impl Command for SetDutyPeriod {
    type Output = DutyPeriodView;
    const NAME: &'static str = "duties.set_duty_period";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageRules]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DutyPeriodView, Problem> {
        uow.require_root(Capability::ManageRules).await?;
        let kind = self.period.kind();
        let row = queries::period_to_change(uow.db(), kind).await?;
        let version = row.as_ref().map_or(0, |row| row.version);
        unchanged(version, self.based_on)?;
        let new = duty_period::ActiveModel {
            kind: Set(kind.name().to_owned()),
            amount: Set(self.period.amount().into()),
            source: Set(self.source.as_str().to_owned()),
            confidence: Set(self.confidence.name().to_owned()),
            changed_at: Set(uow.now()),
            changed_by: Set(uow.caller().principal()),
            version: Set(version + 1),
        };
        let row = match row {
            Some(_) => new.update(uow.db()).await?,
            None => new.insert(uow.db()).await?,
        };
        Ok(DutyPeriodView::from(&KeptPeriod::try_from(row)?))
    }
}

/// Sets the public holidays of a year.
#[derive(Debug, Clone)]
pub(crate) struct SetWorkCalendar {
    pub(crate) based_on: i64,
    pub(crate) kept: KeptYear,
}

impl Command for SetWorkCalendar {
    type Output = WorkCalendarView;
    const NAME: &'static str = "duties.set_work_calendar";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageRules]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<WorkCalendarView, Problem> {
        uow.require_root(Capability::ManageRules).await?;
        let row = queries::year_to_change(uow.db(), self.kept.year).await?;
        let version = row.as_ref().map_or(0, |row| row.version);
        unchanged(version, self.based_on)?;
        let new = work_year::ActiveModel {
            year: Set(self.kept.year.into()),
            source: Set(self.kept.source.clone()),
            days: Set(self.kept.days()?),
            changed_at: Set(uow.now()),
            changed_by: Set(uow.caller().principal()),
            version: Set(version + 1),
        };
        let row = match row {
            Some(_) => new.update(uow.db()).await?,
            None => new.insert(uow.db()).await?,
        };
        Ok(KeptYear::try_from(row)?.into())
    }
}
