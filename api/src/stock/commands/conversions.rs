//! Kits are put together and taken apart.
//!
//! **Invariant.** One movement takes what goes in and gives what comes out, and what the record
//! says of it is what the movement moved. The contents are those of one version, to the piece.

mod assemble;
mod found;
mod take_apart;

use std::collections::BTreeMap;

use domain::{
    kernel::{Id, Quantity, kinds},
    stock::{Condition, Fate, Kind, LINES_MAX, Line, Movement, Way},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::{
    catalogue::{self, ItemFacts, KitFacts},
    depots::DepotFacts,
    problem::{Code, Faults, Problem},
    scope::Scope,
    stock::ledger::{self, Papers},
    uow::Uow,
};

use super::{
    Count, Draw, Paper, Stuff, drawing, places, queries,
    rows::{self, conversions},
    wire::{self, ConversionView, ConvertedPartView},
};

pub(crate) use assemble::AssembleKits;
pub(crate) use found::{OpenedLine, OpenedStuff};
pub(crate) use take_apart::TakeKitsApart;

// Goods of one lot, in which condition they went in or came out, and which of it.
type Piece = (Id<kinds::Lot>, Id<kinds::Item>, Condition, &'static str);

// What a movement converted.
struct Converted {
    way: Way,
    movement: Id<kinds::Movement>,
    loss: Option<Id<kinds::Movement>>,
    kit_lot: Id<kinds::Lot>,
    version: KitFacts,
    kits: Quantity,
    pieces: BTreeMap<Piece, i64>,
}

fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::Back(_) => queries::CAME_BACK,
        Fate::Missing => queries::MISSING,
    }
}

impl Converted {
    async fn record(&self, uow: &Uow<'_>, depot: Id<kinds::Depot>) -> Result<(), Problem> {
        conversions::conversion::ActiveModel {
            depot_id: Set(depot.uuid()),
            movement_id: Set(self.movement.uuid()),
            way: Set(self.way.name().to_owned()),
            kit_lot_id: Set(self.kit_lot.uuid()),
            kit_version_id: Set(self.version.version_id.uuid()),
            kits: Set(self.kits.get()),
            loss_movement_id: Set(self.loss.map(Id::uuid)),
        }
        .insert(uow.db())
        .await?;
        let parts = self
            .pieces
            .iter()
            .map(
                |((lot, _, condition, fate), quantity)| conversions::kit_part::ActiveModel {
                    depot_id: Set(depot.uuid()),
                    movement_id: Set(self.movement.uuid()),
                    kit_lot_id: Set(self.kit_lot.uuid()),
                    lot_id: Set(lot.uuid()),
                    condition: Set(condition.name().to_owned()),
                    fate: Set((*fate).to_owned()),
                    quantity: Set(*quantity),
                },
            );
        uow.insert_all(parts.collect()).await
    }

    async fn view(&self, uow: &Uow<'_>) -> Result<ConversionView, Problem> {
        let mut lots = queries::lot_views(uow.db(), &Scope::Everything, &[self.kit_lot]).await?;
        let parts = self
            .pieces
            .iter()
            .map(|((lot, item, condition, fate), quantity)| {
                let quantity = Quantity::new(*quantity).map_err(Problem::internal)?;
                Ok(ConvertedPartView::new(
                    (*lot, *item),
                    *condition,
                    fate,
                    quantity,
                ))
            });
        Ok(ConversionView {
            movement: queries::movement(uow.db(), &Scope::Everything, self.movement).await?,
            loss_movement_id: self.loss,
            way: self.way.name().to_owned(),
            kit_lot: lots.remove(&self.kit_lot).ok_or_else(Problem::not_found)?,
            kit_version: self.version.number,
            quantity: self.kits.get(),
            parts: parts.collect::<Result<_, Problem>>()?,
            no_value_because: None,
        })
    }
}

// The item of a kit, or why it is none, at the field that names it.
fn kit<'a>(
    item: Option<&'a ItemFacts>,
    pointer: &str,
    faults: &mut Faults,
) -> Option<&'a ItemFacts> {
    let item = faults.take(pointer, item.ok_or_else(catalogue::no_such_item))?;
    if !item.is_kit {
        faults.note(pointer, "kind", "该物资不是套装", "the item is no kit");
        return None;
    }
    Some(item)
}

fn no_such_version(faults: &mut Faults) {
    faults.note(
        "/kit_version",
        "reference",
        "该套装没有这一版内容",
        "the kit has no such version of its contents",
    );
}

// How many kits, in base units of the kit.
fn kits(count: &Count, item: &ItemFacts, faults: &mut Faults) -> Option<Quantity> {
    match count.in_base(&item.units) {
        Ok(quantity) => Some(quantity),
        Err((field, fault)) => faults.take(format!("/{field}"), Err(fault)),
    }
}

fn too_many_kits(faults: &mut Faults) {
    faults.note(
        "/quantity",
        "out-of-range",
        "其中一种物资将超过 10^12",
        "so many kits hold more than 10^12 of one item",
    );
}

fn movement(
    id: Id<kinds::Movement>,
    depot: &DepotFacts,
    lines: Vec<Line>,
) -> Result<Movement, Problem> {
    if lines.len() > LINES_MAX {
        return Err(drawing::too_many());
    }
    Movement::new(id, depot.id, Kind::Conversion, lines).map_err(Problem::internal)
}

// A refusal of goods that are promised names the promises, so that somebody can be asked.
async fn with_promises(
    uow: &Uow<'_>,
    depot: Id<kinds::Depot>,
    problem: Problem,
) -> Result<Problem, Problem> {
    if problem.code != Code::InsufficientStock {
        return Ok(problem);
    }
    let member = |name: &str| problem.extension.get(name)?.as_str();
    let item = member("item_id").and_then(|id| id.parse().ok());
    let lot = member("lot_id").and_then(|id| id.parse().ok());
    let promises = queries::promises_of(uow.db(), depot, item, lot).await?;
    if promises.is_empty() {
        return Ok(problem);
    }
    let promises: Vec<_> = promises.iter().map(ToString::to_string).collect();
    Ok(problem.with("reservation_ids", promises))
}

/// Prepares the reversal of a movement that converted goods: nobody opens or undoes anything of
/// these kits meanwhile, and what was written off with it is back.
///
/// Refuses with `wrong-state` for an assembly of which kits were opened (and `taken_apart_by`).
pub(super) async fn before_reversal(
    uow: &Uow<'_>,
    row: &rows::movement::Model,
    papers: &Papers,
) -> Result<(), Problem> {
    let Some(conversion) = queries::conversion_of(uow.db(), row).await? else {
        return Ok(());
    };
    let kit_lot = Id::from_uuid(conversion.kit_lot_id);
    queries::kit_lot_to_change(uow.db(), &Scope::Everything, kit_lot).await?;
    if conversion.way == Way::Assemble.name() {
        let openings = queries::openings_of(uow.db(), conversion.kit_lot_id).await?;
        if openings.is_empty() {
            return Ok(());
        }
        let openings: Vec<_> = openings.iter().map(ToString::to_string).collect();
        return Err(Problem::new(Code::WrongState)
            .with("state", Way::TakeApart.name())
            .with("taken_apart_by", openings)
            .detail(
                "这批套装已有拆解（见 taken_apart_by），请先冲红拆解",
                "kits of this lot were taken apart (see `taken_apart_by`): reverse that first",
            ));
    }
    let Some(loss) = conversion.loss_movement_id.map(Id::from_uuid) else {
        return Ok(());
    };
    let written_off = queries::movement(uow.db(), &Scope::Everything, loss).await?;
    if written_off.reversed_by_id.is_none() {
        ledger::reverse(uow, loss, uow.id(), papers).await?;
    }
    Ok(())
}
