//! Bins, as other contexts ask for them.
//!
//! **Invariant.** A bin belongs to one zone of one depot.

use std::collections::BTreeMap;

use domain::kernel::{
    Id,
    kinds::{Bin, Depot, Zone},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{
    problem::Problem,
    scope::{Scope, visible},
};

use super::super::rows::bin::{Column, Entity};

/// The zones of the bins that exist among `bins` in a depot that the caller is known to see.
pub(crate) async fn bin_zones(
    db: &impl ConnectionTrait,
    depot: Id<Depot>,
    bins: &[Id<Bin>],
) -> Result<BTreeMap<Id<Bin>, Id<Zone>>, Problem> {
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(depot.uuid()))
        .filter(Column::Id.is_in(bins.iter().map(|bin| bin.uuid())))
        .all(db)
        .await?;
    Ok(found
        .into_iter()
        .map(|row| (Id::from_uuid(row.id), Id::from_uuid(row.zone_id)))
        .collect())
}
