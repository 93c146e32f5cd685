//! Says how many people live in a division.
//!
//! **Invariant.** A figure is everyone's, so a steward of the root of the tree sets it; what was read
//! is what is changed.

use chrono::NaiveDate;
use domain::{
    identity::Capability,
    kernel::{Confidence, Text},
    organisations::DivisionCode,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::{
    http::unchanged,
    organisations::{queries, rows::population, wire::PopulationView},
    problem::Problem,
    uow::{Command, Permission, Uow},
};

/// Sets the figure of a division.
#[derive(Debug, Clone)]
pub(crate) struct SetPopulation {
    pub(in crate::organisations) division: DivisionCode,
    pub(in crate::organisations) based_on: i64,
    pub(in crate::organisations) people: i64,
    pub(in crate::organisations) counted_on: NaiveDate,
    pub(in crate::organisations) source: Text<500>,
    pub(in crate::organisations) confidence: Confidence,
}

impl Command for SetPopulation {
    type Output = PopulationView;
    const NAME: &'static str = "organisations.set_population";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageRules]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<PopulationView, Problem> {
        uow.require_root(Capability::ManageRules).await?;
        let division = queries::division(uow.db(), &self.division)
            .await?
            .ok_or_else(Problem::not_found)?;
        let row = queries::population_to_change(uow.db(), &division.code).await?;
        let version = row.as_ref().map_or(0, |row| row.version);
        unchanged(version, self.based_on)?;
        let new = population::ActiveModel {
            division_code: Set(division.code),
            people: Set(self.people),
            counted_on: Set(self.counted_on.to_string()),
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
        Ok(row.into())
    }
}
