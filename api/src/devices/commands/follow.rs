//! One step of following a device.
//!
//! **Invariant.** A step is taken from the number that is expected, and from a device of which there is
//! one; whoever comes late is told where the device stands.

use domain::{
    devices::Outcome,
    kernel::{Id, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    problem::{Code, Problem},
    uow::{Command, Permission, Uow},
};

use super::{
    Told, queries,
    rows::{device, device_command},
    wire::DeviceView,
};

/// A command of a device, and that it was heard.
#[derive(Debug)]
pub(super) struct OfDevice<C: Command> {
    pub(super) device: Id<kinds::Device>,
    pub(super) told: Told,
    pub(super) command: C,
    /// The id of what it made or changed.
    pub(super) named: fn(&C::Output) -> String,
}

impl<C: Command> Command for OfDevice<C> {
    type Output = C::Output;
    const NAME: &'static str = C::NAME;
    const PERMISSION: Permission = C::PERMISSION;
    const PERSONAL: &'static [&'static str] = C::PERSONAL;
    const SECRET: &'static [&'static str] = C::SECRET;

    async fn run(&self, uow: &mut Uow<'_>) -> Result<C::Output, Problem> {
        let row = expecting(uow, self.device, self.told.sequence).await?;
        let output = self.command.run(uow).await?;
        let result = (self.named)(&output);
        step(uow, row, &self.told, Outcome::Done, Some(result), None).await?;
        Ok(output)
    }
}

/// Notes that a command was not done.
#[derive(Debug)]
pub(super) struct NoteNotDone {
    pub(super) device: Id<kinds::Device>,
    pub(super) told: Told,
    pub(super) outcome: Outcome,
    pub(super) problem: Option<Value>,
}

/// A command of a device that was not done.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NotDone {
    device_id: Id<kinds::Device>,
    sequence: i64,
    operation: String,
    request_hash: String,
    outcome: String,
    code: Option<String>,
}

impl Command for NoteNotDone {
    type Output = NotDone;
    const NAME: &'static str = "devices.note_not_done";
    const PERMISSION: Permission = Permission::Unasked(
        "the server's own note of what a batch showed, whose sender was asked when the batch came",
    );

    async fn run(&self, uow: &mut Uow<'_>) -> Result<NotDone, Problem> {
        let row = expecting(uow, self.device, self.told.sequence).await?;
        uow.subject(self.device, Some(row.organisation_id));
        let problem = self.problem.as_ref();
        step(uow, row, &self.told, self.outcome, None, problem).await?;
        let code = problem.and_then(|problem| problem["code"].as_str());
        Ok(NotDone {
            device_id: self.device,
            sequence: self.told.sequence,
            operation: self.told.operation.name().to_owned(),
            request_hash: self.told.hash.clone(),
            outcome: self.outcome.name().to_owned(),
            code: code.map(str::to_owned),
        })
    }
}

/// Notes that there are two of a device. Nothing new is taken from either.
#[derive(Debug)]
pub(super) struct NoteClone {
    pub(super) device: Id<kinds::Device>,
    pub(super) sequence: i64,
}

impl Command for NoteClone {
    type Output = DeviceView;
    const NAME: &'static str = "devices.note_clone";
    const PERMISSION: Permission = Permission::Unasked(
        "the server's own note of what a batch showed, whose sender was asked when the batch came",
    );

    async fn run(&self, uow: &mut Uow<'_>) -> Result<DeviceView, Problem> {
        let row = queries::device_to_change(uow.db(), self.device).await?;
        uow.subject(self.device, Some(row.organisation_id));
        let version = row.version;
        let first = row.cloned_at.is_none();
        let mut change = row.into_active_model();
        if first {
            change.cloned_at = Set(Some(uow.now()));
            change.cloned_sequence = Set(Some(self.sequence));
        }
        change.version = Set(version + 1);
        Ok(DeviceView::new(change.update(uow.db()).await?))
    }
}

/// The refusal of a device of which there are two.
pub(super) fn cloned(device: Uuid, sequence: i64) -> Problem {
    let device: Id<kinds::Device> = Id::from_uuid(device);
    Problem::new(Code::DeviceCloned)
        .with("device_id", device.to_string())
        .with("sequence", sequence)
}

/// The refusal of a number that is not the next one.
pub(super) fn out_of_sequence(device: Uuid, next: i64) -> Problem {
    let device: Id<kinds::Device> = Id::from_uuid(device);
    Problem::new(Code::OutOfSequence)
        .with("device_id", device.to_string())
        .with("next_sequence", next)
}

async fn expecting(
    uow: &Uow<'_>,
    device: Id<kinds::Device>,
    sequence: i64,
) -> Result<device::Model, Problem> {
    let row = queries::device_to_change(uow.db(), device).await?;
    if let Some(both) = row.cloned_sequence {
        return Err(cloned(row.id, both));
    }
    if row.next_sequence != sequence {
        return Err(out_of_sequence(row.id, row.next_sequence));
    }
    Ok(row)
}

async fn step(
    uow: &Uow<'_>,
    row: device::Model,
    told: &Told,
    outcome: Outcome,
    result: Option<String>,
    problem: Option<&Value>,
) -> Result<(), Problem> {
    let heard = device_command::ActiveModel {
        device_id: Set(row.id),
        sequence: Set(told.sequence),
        operation: Set(told.operation.name().to_owned()),
        request_hash: Set(told.hash.clone()),
        occurred_at: Set(told.occurred_at),
        recorded_at: Set(uow.now()),
        principal: Set(uow.caller().principal()),
        outcome: Set(outcome.name().to_owned()),
        result_id: Set(result),
        problem: Set(problem.map(Value::to_string)),
        journal_id: Set(uow.entry().uuid()),
    };
    heard.insert(uow.db()).await?;
    let version = row.version;
    let mut change = row.into_active_model();
    change.next_sequence = Set(told.sequence + 1);
    change.last_hash = Set(Some(told.hash.clone()));
    change.version = Set(version + 1);
    change.update(uow.db()).await?;
    Ok(())
}
