//! Versions of kits, as other contexts ask for them.
//!
//! **Invariant.** A version is answered whole, with every line of its contents.

use domain::{
    catalogue::KitContents,
    kernel::{
        Id,
        kinds::{Item, KitVersion},
    },
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{problem::Problem, scope::reference};

use super::{
    super::rows::kit_version::{Column, Entity, Model},
    facts::{contents, lines_of},
};

/// What the rules of other contexts need to know of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KitFacts {
    pub(crate) version_id: Id<KitVersion>,
    pub(crate) number: i64,
    pub(crate) contents: KitContents,
}

/// A version of a kit by its number, if there is one. Two statements.
pub(crate) async fn kit_numbered(
    db: &impl ConnectionTrait,
    kit: Id<Item>,
    number: i64,
) -> Result<Option<KitFacts>, Problem> {
    let found = reference::<Entity>()
        .filter(Column::ItemId.eq(kit.uuid()))
        .filter(Column::Number.eq(number));
    match found.one(db).await? {
        Some(version) => fact(db, version).await.map(Some),
        None => Ok(None),
    }
}

/// A version by its id, or not found. Two statements.
pub(crate) async fn kit_version_facts(
    db: &impl ConnectionTrait,
    id: Id<KitVersion>,
) -> Result<KitFacts, Problem> {
    let found = reference::<Entity>().filter(Column::Id.eq(id.uuid()));
    let version = found.one(db).await?.ok_or_else(Problem::not_found)?;
    fact(db, version).await
}

async fn fact(db: &impl ConnectionTrait, version: Model) -> Result<KitFacts, Problem> {
    let lines = lines_of(db, [version.id]).await?.remove(&version.id);
    Ok(KitFacts {
        version_id: Id::from_uuid(version.id),
        number: version.number,
        contents: contents(&version, &lines.unwrap_or_default())?,
    })
}
