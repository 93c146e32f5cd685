//! Devices come into being, are followed, and are found to be two.
//!
//! **Invariant.** How far a device was followed changes only together with what its command did, or
//! with the note that it was not done. The device's row is locked before anything else, so that its
//! commands are done one after the other whoever sends them.

mod batch;
mod follow;
mod operations;

use chrono::{DateTime, Utc};
use domain::{
    devices::Operation,
    identity::Capability,
    kernel::{Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::{Map, Value};

use crate::{
    organisations,
    problem::Problem,
    uow::{Command, Permission, Uow},
};

use super::{queries, rows, wire, wire::DeviceView};

pub(super) use batch::run_batch;

/// A command as a device told it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) sequence: i64,
    pub(super) operation: Operation,
    pub(super) aim: Aim,
    pub(super) occurred_at: DateTime<Utc>,
    /// As it was written.
    pub(super) occurred_at_text: String,
    pub(super) previous: Option<String>,
    pub(super) depends_on: Option<i64>,
    pub(super) hash: String,
    pub(super) body: Map<String, Value>,
}

/// What the path of its operation names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Aim {
    Nothing,
    Reservation(Id<kinds::Reservation>),
    Stocktake(Id<kinds::Stocktake>),
}

/// Makes a device known.
#[derive(Debug, Clone)]
pub(super) struct RegisterDevice {
    pub(super) id: Option<Id<kinds::Device>>,
    pub(super) organisation: Id<kinds::Organisation>,
    pub(super) name: Text<100>,
}

impl Command for RegisterDevice {
    type Output = DeviceView;
    const NAME: &'static str = "devices.register_device";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DeviceView, Problem> {
        let (scope, pointer) = (uow.scope(), "/organisation_id");
        organisations::named(uow.db(), &scope, self.organisation, pointer).await?;
        let organisation = self.organisation.uuid();
        uow.require(Capability::PostStock, organisation).await?;
        let id = self.id.unwrap_or_else(|| uow.id());
        let row = rows::device::ActiveModel {
            id: Set(id.uuid()),
            organisation_id: Set(organisation),
            name: Set(self.name.as_str().to_owned()),
            registered_by: Set(uow.caller().principal()),
            registered_at: Set(uow.now()),
            next_sequence: Set(1),
            last_hash: Set(None),
            cloned_at: Set(None),
            cloned_sequence: Set(None),
            version: Set(1),
        };
        let row = row.insert(uow.db()).await?;
        uow.subject(id, Some(organisation));
        Ok(DeviceView::new(row))
    }
}
