//! Many rows at once.
//!
//! **Invariant.** No statement binds more values than both databases take.

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    Iterable,
};

use crate::{problem::Problem, storage::VALUES_A_STATEMENT};

/// Writes new rows, in a statement for every 10,000 values of theirs.
pub(super) async fn insert<A>(
    transaction: &DatabaseTransaction,
    rows: Vec<A>,
) -> Result<(), Problem>
where
    A: ActiveModelTrait + ActiveModelBehavior + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    let columns = <A::Entity as EntityTrait>::Column::iter().count();
    let mut rows = rows.into_iter();
    loop {
        let chunk: Vec<_> = rows.by_ref().take(VALUES_A_STATEMENT / columns).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        A::Entity::insert_many(chunk)
            .exec_without_returning(transaction)
            .await?;
    }
}
