//! Reads of devices.
//!
//! **Invariant.** A list costs one statement.

use std::collections::BTreeMap;

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{
    http::{Direction, Page, PageQuery, by_id_only},
    problem::Problem,
    scope::{Scope, to_change, visible},
};

use super::{
    rows::{
        device::{Column, Entity, Model},
        device_command,
    },
    wire::{DeviceFilter, DeviceView},
};

/// A device as the table keeps it, or not found.
pub(super) async fn device_row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Device>,
) -> Result<Model, Problem> {
    visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// As [`device_row`], and others who would follow the device wait.
pub(super) async fn device_to_change(
    db: &impl ConnectionTrait,
    id: Id<kinds::Device>,
) -> Result<Model, Problem> {
    to_change::<Entity>(&Scope::Everything)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// What was heard of a device under the numbers from `first` to `last`.
pub(super) async fn heard(
    db: &impl ConnectionTrait,
    device: Id<kinds::Device>,
    first: i64,
    last: i64,
) -> Result<BTreeMap<i64, device_command::Model>, Problem> {
    use device_command::Column as C;
    let found = visible::<device_command::Entity>(&Scope::Everything)
        .filter(C::DeviceId.eq(device.uuid()))
        .filter(C::Sequence.between(first, last))
        .all(db)
        .await?;
    Ok(found.into_iter().map(|row| (row.sequence, row)).collect())
}

/// One device, or not found.
pub(super) async fn device(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Device>,
) -> Result<DeviceView, Problem> {
    device_row(db, scope, id).await.map(DeviceView::new)
}

/// A page of devices, the newest ids first.
pub(super) async fn devices(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &DeviceFilter,
    page: &PageQuery,
) -> Result<Page<DeviceView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(organisation) = filter.organisation_id {
        select = select.filter(Column::OrganisationId.eq(organisation.uuid()));
    }
    match filter.cloned {
        Some(true) => select = select.filter(Column::ClonedAt.is_not_null()),
        Some(false) => select = select.filter(Column::ClonedAt.is_null()),
        None => {}
    }
    let mark = format!("{filter:?}");
    let found = page
        .by_id(select, Column::Id, Direction::Descending, &mark)?
        .all(db)
        .await?;
    Ok(Page::cut(
        found,
        page,
        &mark,
        |row| by_id_only::<kinds::Device>(Id::from_uuid(row.id)),
        DeviceView::new,
    ))
}
