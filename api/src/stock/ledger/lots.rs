//! New lots.
//!
//! **Invariant.** A lot is written once, when its goods come in, and its facts do not change. What is
//! of a recalled batch is recalled when it comes in.

use domain::{
    kernel::{Id, Text, kinds},
    stock::Lot,
};

use crate::{problem::Problem, uow::Uow};

use super::{super::columns, recalls};

/// A lot that is about to be received.
#[derive(Debug, Clone)]
pub(crate) struct NewLot {
    pub(crate) id: Id<kinds::Lot>,
    /// The depot that receives it.
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) lot: Lot,
    pub(crate) remark: Option<Text<500>>,
    /// The lot of kits that it came out of, where nothing is on record of what went in.
    pub(crate) out_of: Option<Id<kinds::Lot>>,
}

/// Writes lots down, however many. Post the receipts that bring them in afterwards.
///
/// Refuses with `already-exists` for an id that is taken.
pub(crate) async fn create_lots(uow: &Uow<'_>, lots: &[NewLot]) -> Result<(), Problem> {
    let rows = lots.iter().map(|new| {
        let remark = new.remark.as_ref().map(Text::as_str);
        let (id, depot) = (new.id.uuid(), new.depot.uuid());
        let out_of = new.out_of.map(Id::uuid);
        columns::of_lot(id, &new.lot, depot, remark, out_of, uow.now())
    });
    uow.insert_all(rows.collect()).await?;
    let of_batches = lots.iter().filter_map(|new| {
        let facts = new.lot.facts();
        let batch = facts.batch.as_ref()?.as_str().to_owned();
        Some((new.id.uuid(), facts.item.uuid(), batch))
    });
    recalls::join(uow, &of_batches.collect::<Vec<_>>()).await
}
