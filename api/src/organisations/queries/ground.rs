//! What many organisations are judged by at once.
//!
//! **Invariant.** One statement for every 10,000 of them.

use std::collections::{BTreeMap, BTreeSet};

use domain::organisations::Body;
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement,
};
use uuid::Uuid;

use crate::{
    organisations::rows,
    problem::Problem,
    scope::{Scope, reference, visible},
    storage::VALUES_A_STATEMENT,
};

/// What those that there are among `ids` are.
pub(crate) async fn bodies(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, Body>, Problem> {
    use rows::organisation::{Column, Entity};
    let mut bodies = BTreeMap::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let found: Vec<(Uuid, String)> = visible::<Entity>(&Scope::Everything)
            .select_only()
            .columns([Column::Id, Column::Level])
            .filter(Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        for (id, level) in found {
            bodies.insert(id, level.parse().map_err(Problem::internal)?);
        }
    }
    Ok(bodies)
}

/// The ids of all partner bodies, for a condition of a query over what they own.
pub(crate) fn partner_ids() -> SelectStatement {
    use rows::organisation::{Column, Entity};
    visible::<Entity>(&Scope::Everything)
        .select_only()
        .column(Column::Id)
        .filter(Column::Level.eq(Body::Partner.name()))
        .into_query()
}

/// What those that there are among `ids` are called.
pub(crate) async fn names(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, String>, Problem> {
    use rows::organisation::{Column, Entity};
    let mut names = BTreeMap::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let found: Vec<(Uuid, String)> = visible::<Entity>(&Scope::Everything)
            .select_only()
            .columns([Column::Id, Column::Name])
            .filter(Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        names.extend(found);
    }
    Ok(names)
}

/// Those among `ids` that `scope` reaches.
pub(crate) async fn within(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Uuid],
) -> Result<BTreeSet<Uuid>, Problem> {
    use rows::organisation::{Column, Entity};
    let mut within = BTreeSet::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let found: Vec<Uuid> = visible::<Entity>(scope)
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        within.extend(found);
    }
    Ok(within)
}

/// Those above each of `ids`, itself included, and how far they are.
pub(crate) async fn above(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<(Uuid, i64)>>, Problem> {
    use rows::closure::{Column, Entity};
    let mut above: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let found = reference::<Entity>()
            .filter(Column::DescendantId.is_in(ids.iter().copied()))
            .all(db)
            .await?;
        for row in found {
            let chain = above.entry(row.descendant_id).or_default();
            chain.push((row.ancestor_id, row.depth));
        }
    }
    Ok(above)
}
