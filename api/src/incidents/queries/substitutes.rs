//! What may go for needs in the place of what they want.

use std::collections::BTreeMap;

use domain::{
    incidents::{Substitute, SubstituteRate, Substitutes},
    kernel::{Id, kinds},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::{
    incidents::rows::{need, need_substitute},
    problem::Problem,
    scope::parts,
    storage::VALUES_A_STATEMENT,
};

/// The lists of needs that were found already and have one: one statement for every 10,000.
pub(crate) async fn substitutes_of(
    db: &impl ConnectionTrait,
    needs: &[Id<kinds::Need>],
) -> Result<BTreeMap<Id<kinds::Need>, Vec<Substitute>>, Problem> {
    use need_substitute::{Column, Entity};
    let mut lists: BTreeMap<_, Vec<Substitute>> = BTreeMap::new();
    for needs in needs.chunks(VALUES_A_STATEMENT) {
        let found = parts::<Entity>()
            .filter(Column::NeedId.is_in(needs.iter().map(|id| id.uuid())))
            .order_by_asc(Column::NeedId)
            .order_by_asc(Column::Place)
            .all(db)
            .await?;
        for row in found {
            let rate = SubstituteRate::new(row.units, row.stand_for).map_err(Problem::internal)?;
            let list = lists.entry(Id::from_uuid(row.need_id)).or_default();
            list.push(Substitute {
                item: Id::from_uuid(row.item_id),
                rate,
            });
        }
    }
    Ok(lists)
}

/// Each row with its list.
pub(in crate::incidents) async fn with_substitutes<T>(
    db: &impl ConnectionTrait,
    rows: Vec<need::Model>,
    make: impl Fn(need::Model, Substitutes) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let ids: Vec<_> = rows.iter().map(|row| Id::from_uuid(row.id)).collect();
    let mut lists = substitutes_of(db, &ids).await?;
    let made = rows.into_iter().map(|row| {
        let list = lists.remove(&Id::from_uuid(row.id)).unwrap_or_default();
        let list = substitutes(row.item_id, list)?;
        make(row, list)
    });
    made.collect()
}

fn substitutes(item: Uuid, list: Vec<Substitute>) -> Result<Substitutes, Problem> {
    Substitutes::new(Id::from_uuid(item), list).map_err(Problem::internal)
}
