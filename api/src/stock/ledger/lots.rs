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
    pub(crate) origin: Origin,
}

/// What the goods of a new lot were before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nothing that is on record.
    Itself,
    /// The contents of this lot of kits, where nothing is on record of what went in.
    Kits(Id<kinds::Lot>),
    /// Parts of what this disposal took.
    Disposal(Id<kinds::Disposal>),
    /// What a supplier owed under this call-off.
    CallOff(Id<kinds::CallOff>),
    /// What came in the place of goods that this loan lent.
    Loan(Id<kinds::Loan>),
    /// This lot, with another owner or purpose by this change.
    Changed {
        was: Id<kinds::Lot>,
        by: Id<kinds::LotChange>,
    },
}

/// Writes lots down, however many. Post the receipts that bring them in afterwards.
///
/// Refuses with `already-exists` for an id that is taken.
pub(crate) async fn create_lots(uow: &Uow<'_>, lots: &[NewLot]) -> Result<(), Problem> {
    let rows = lots.iter().map(|new| {
        let remark = new.remark.as_ref().map(Text::as_str);
        let (id, depot) = (new.id.uuid(), new.depot.uuid());
        columns::of_lot(
            id,
            &new.lot,
            depot,
            remark,
            new.origin,
            (uow.entry(), uow.now()),
        )
    });
    uow.insert_all(rows.collect()).await?;
    let of_batches = lots.iter().filter_map(|new| {
        let facts = new.lot.facts();
        let batch = facts.batch.as_ref()?.as_str().to_owned();
        Some((new.id.uuid(), facts.item.uuid(), batch))
    });
    recalls::join(uow, &of_batches.collect::<Vec<_>>()).await
}
