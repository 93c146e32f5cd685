//! Who gives, and whether they are named.
//!
//! **Invariant.** What a donor said last counts for every statement from then on; what was published
//! before stays published.

use domain::{
    disclosure::{DonorClass, Naming},
    identity::Capability,
    kernel::{Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::{queries, rows::donor, wire::DonorView};
use crate::{
    http::unchanged,
    organisations,
    problem::Problem,
    scope::Scope,
    uow::{Command, Permission, Uow},
};

/// Puts a donor on record.
#[derive(Debug, Clone)]
pub(in crate::disclosure) struct RecordDonor {
    pub(in crate::disclosure) id: Option<Id<kinds::Donor>>,
    pub(in crate::disclosure) organisation: Id<kinds::Organisation>,
    pub(in crate::disclosure) name: Text<200>,
    pub(in crate::disclosure) class: DonorClass,
    pub(in crate::disclosure) naming: Naming,
    pub(in crate::disclosure) ground: Option<Text<200>>,
}

impl Command for RecordDonor {
    type Output = DonorView;
    const NAME: &'static str = "disclosure.record_donor";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PrepareStatement]);
    const PERSONAL: &'static [&'static str] = &["name", "ground"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DonorView, Problem> {
        let body = self.organisation.uuid();
        organisations::named(
            uow.db(),
            &uow.scope(),
            self.organisation,
            "/organisation_id",
        )
        .await?;
        uow.require(Capability::PrepareStatement, body).await?;
        let id = match self.id {
            Some(id) => {
                let found = queries::donor(uow.db(), &Scope::Everything, id).await;
                Problem::unless_new(found, "donor.id").map(|()| id)?
            }
            None => uow.id(),
        };
        let row = donor::ActiveModel {
            id: Set(id.uuid()),
            organisation_id: Set(body),
            name: Set(self.name.as_str().to_owned()),
            class: Set(self.class.name().to_owned()),
            naming: Set(self.naming.name().to_owned()),
            ground: Set(self.ground.as_ref().map(|text| text.as_str().to_owned())),
            recorded_at: Set(uow.now()),
            recorded_by: Set(uow.caller().principal()),
            version: Set(1),
        }
        .insert(uow.db())
        .await?;
        uow.subject(id, Some(body));
        Ok(DonorView::from(row))
    }
}

/// Notes what a donor says now to being named.
#[derive(Debug, Clone)]
pub(in crate::disclosure) struct RecordNaming {
    pub(in crate::disclosure) donor: Id<kinds::Donor>,
    pub(in crate::disclosure) naming: Naming,
    pub(in crate::disclosure) ground: Option<Text<200>>,
    pub(in crate::disclosure) based_on: i64,
}

impl Command for RecordNaming {
    type Output = DonorView;
    const NAME: &'static str = "disclosure.record_naming";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PrepareStatement]);
    const PERSONAL: &'static [&'static str] = &["name", "ground"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DonorView, Problem> {
        let row = queries::donor_to_change(uow.db(), &uow.scope(), self.donor).await?;
        let body = row.organisation_id;
        uow.require(Capability::PrepareStatement, body).await?;
        unchanged(row.version, self.based_on)?;
        let version = row.version + 1;
        let mut change = row.into_active_model();
        change.naming = Set(self.naming.name().to_owned());
        change.ground = Set(self.ground.as_ref().map(|text| text.as_str().to_owned()));
        change.recorded_at = Set(uow.now());
        change.recorded_by = Set(uow.caller().principal());
        change.version = Set(version);
        let row = change.update(uow.db()).await?;
        uow.subject(self.donor, Some(body));
        Ok(DonorView::from(row))
    }
}
