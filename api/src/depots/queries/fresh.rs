//! Whether an id that a client made is nobody's yet.
//!
//! **Invariant.** An id stands for one thing, whatever depot it is in: the keys of these tables hold
//! the depot too, so the database would not notice.

use domain::kernel::{
    Id,
    kinds::{Bin, Zone},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{
    depots::rows::{bin, zone},
    problem::Problem,
    scope::{Scope, visible},
};

/// Refuses the id of a zone that there is, in any depot.
pub(in crate::depots) async fn zone_is_new(
    db: &impl ConnectionTrait,
    id: Id<Zone>,
) -> Result<(), Problem> {
    let found = visible::<zone::Entity>(&Scope::Everything)
        .filter(zone::Column::Id.eq(id.uuid()))
        .one(db)
        .await?;
    Problem::unless_new(found.ok_or_else(Problem::not_found), "zone.id")
}

/// Refuses the id of a bin that there is, in any depot.
pub(in crate::depots) async fn bin_is_new(
    db: &impl ConnectionTrait,
    id: Id<Bin>,
) -> Result<(), Problem> {
    let found = visible::<bin::Entity>(&Scope::Everything)
        .filter(bin::Column::Id.eq(id.uuid()))
        .one(db)
        .await?;
    Problem::unless_new(found.ok_or_else(Problem::not_found), "bin.id")
}
