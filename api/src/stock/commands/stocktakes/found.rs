//! Goods of no known lot are found.
//!
//! **Invariant.** They become lots of the depot and lines of the sheet, so that others count them
//! too; the book has none of them until the stocktake is settled.

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
};

use crate::{
    catalogue,
    problem::{Faults, Problem},
    stock::ledger::{self, NewLot, Origin},
    uow::{Command, Permission, Uow},
};

use super::{
    Held,
    count::{Good, check_covered, record},
    queries::Covered,
    receive,
    wire::CountedView,
};
use crate::stock::commands::ReceiptLine;

/// Makes lots of what was found, and writes down how much of it the caller counted.
#[derive(Debug, Clone)]
pub(crate) struct AddFoundLots {
    pub(crate) stocktake: Id<kinds::Stocktake>,
    pub(crate) lines: Vec<ReceiptLine>,
}

impl Command for AddFoundLots {
    type Output = CountedView;
    const NAME: &'static str = "stock.add_found_lots";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<CountedView, Problem> {
        let held = Held::lock(uow, self.stocktake, &[Capability::PostStock]).await?;
        held.state.counting().map_err(|error| held.refused(error))?;
        let numbered: Vec<_> = self.lines.iter().enumerate().collect();
        let mut faults = Faults::default();
        let checked = receive::check(uow, &held.depot, &numbered, uow.today(), &mut faults).await?;
        let checked = faults.finish(checked)?;
        let covered = Covered::of(uow.db(), &held.row).await?;
        let items: Vec<_> = self.lines.iter().map(|line| line.item).collect();
        let items = catalogue::item_facts(uow.db(), &items).await?;
        let mut faults = Faults::default();
        let (mut lots, mut counts) = (Vec::new(), Vec::new());
        for (number, (line, checked)) in self.lines.iter().zip(checked).enumerate() {
            if let Some(item) = items.get(&line.item) {
                check_covered(&covered, checked.zone.uuid(), item, number, &mut faults);
            }
            let id = line.lot.unwrap_or_else(|| uow.id());
            counts.push(Good {
                goods: (
                    checked.zone.uuid(),
                    id.uuid(),
                    line.condition.name().to_owned(),
                ),
                counted: checked.quantity.get(),
                corrects: None,
                note: None,
            });
            lots.push(NewLot {
                id,
                depot: held.depot.id,
                lot: checked.lot,
                remark: line.remark.clone(),
                origin: Origin::Itself,
            });
        }
        faults.finish(Some(()))?;
        ledger::create_lots(uow, &lots).await?;
        let ids = lots.iter().map(|lot| lot.id).collect();
        record(uow, held, None, counts, ids).await
    }
}
