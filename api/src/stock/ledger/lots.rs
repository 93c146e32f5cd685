//! New lots.
//!
//! **Invariant.** A lot is written once, when its goods come in, and its facts do not change.

use domain::{
    kernel::{Id, Text, kinds},
    stock::Lot,
};
use sea_orm::EntityTrait;

use crate::{problem::Problem, uow::Uow};

use super::super::{columns, rows};

/// A lot that is about to be received.
#[derive(Debug, Clone)]
pub(crate) struct NewLot {
    pub(crate) id: Id<kinds::Lot>,
    pub(crate) lot: Lot,
    pub(crate) remark: Option<Text<500>>,
}

/// Writes lots down that `depot` receives. Post the receipt that brings them in afterwards.
///
/// Refuses with `already-exists` for an id that is taken.
pub(crate) async fn create_lots(
    uow: &Uow<'_>,
    depot: Id<kinds::Depot>,
    lots: &[NewLot],
) -> Result<(), Problem> {
    let rows = lots.iter().map(|new| {
        let remark = new.remark.as_ref().map(Text::as_str);
        columns::of_lot(new.id.uuid(), &new.lot, depot.uuid(), remark, uow.now())
    });
    rows::lot::Entity::insert_many(rows)
        .exec_without_returning(uow.db())
        .await?;
    Ok(())
}
