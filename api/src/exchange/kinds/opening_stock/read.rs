//! One row of opening stock against what is known.
//!
//! **Invariant.** A row that is read names things that exist, in quantities that can be.

use chrono::NaiveDate;
use domain::{
    kernel::{Id, kinds::Organisation},
    organisations::DivisionCode,
    stock::{Condition, Lot, LotError, LotFacts, Restriction, Source},
};

use crate::{
    exchange::{
        intake::Record,
        kinds::{directory::Directory, goods::KnownItem, row::Row},
        report::Report,
    },
    problem::Fault,
};

use super::{
    Sound,
    references::{KnownDepot, References},
    shut,
};

/// Reads a row; `None` when anything in it is wrong.
pub(super) fn read(
    record: &Record,
    references: &References,
    today: NaiveDate,
    report: &mut Report,
) -> Option<Sound> {
    let mut row = Row::new(record, report);
    let depot = depot(&mut row, references);
    let zone = depot.and_then(|depot| row.take("zone", depot.zone(row.raw("zone"))));
    let item = row
        .raw("item")
        .and_then(|given| row.take("item", references.item(given)));
    let quantity = item.and_then(|item| row.quantity(&item.units));
    let owner = match row.raw("owner") {
        Some(given) => row
            .take("owner", references.owners.find(given))
            .map(|known| known.id),
        None => depot.map(|depot| depot.custodian),
    };
    let received_on = received_on(&mut row, today);
    let lot = lot(
        &mut row,
        references,
        item,
        owner,
        received_on.unwrap_or(today),
    );
    let remark = row.text("remark");
    let condition = match row.raw("condition") {
        Some(name) => row.take("condition", name.parse::<Condition>()),
        None => Some(Condition::Usable),
    };
    let sound = (|| {
        Some(Sound {
            depot: depot?.id,
            zone: zone?,
            lot: lot?,
            remark,
            quantity: quantity?,
            condition: condition?,
            received_on,
        })
    })();
    row.finish(sound)
}

fn depot<'r>(row: &mut Row<'_, '_>, references: &'r References) -> Option<&'r KnownDepot> {
    let given = row.raw("depot")?;
    let depot = row.take("depot", references.depot(given))?;
    if !references.owners.reaches(depot.custodian) {
        row.note("depot", Directory::beyond_reach(given));
    } else if !depot.state.accepts_receipts() {
        row.note("depot", shut(depot.state.name()));
    }
    Some(depot)
}

fn lot(
    row: &mut Row<'_, '_>,
    references: &References,
    item: Option<&KnownItem>,
    owner: Option<Id<Organisation>>,
    received_on: NaiveDate,
) -> Option<Lot> {
    let (donor, batch, maker) = (row.text("donor"), row.text("batch"), row.text("maker"));
    let produced_on = row.day("produced_on");
    // As for a receipt: the last day of use follows from the item's shelf life where it is known.
    let derived = || item?.shelf_life?.expires_on(produced_on?);
    let expires_on = row.day("expires_on").or_else(derived);
    let unit_value = row.money("unit_value");
    let restriction = restriction(row, references);
    let facts = LotFacts {
        item: item?.id,
        owner: owner?,
        source: Source::Opening,
        donor,
        batch,
        maker,
        produced_on,
        expires_on,
        unit_value,
        restriction,
    };
    Lot::new(facts, received_on)
        .map_err(|error| note_days(row, error))
        .ok()
}

fn received_on(row: &mut Row<'_, '_>, today: NaiveDate) -> Option<NaiveDate> {
    let day = row.day("received_on")?;
    if day > today {
        let fault = Fault::new(
            "out-of-range",
            "入库日期不得在将来",
            "goods are not received in the future",
        );
        row.note("received_on", fault);
    }
    Some(day)
}

fn restriction(row: &mut Row<'_, '_>, references: &References) -> Restriction {
    let division = row
        .parse::<DivisionCode>("restricted_division")
        .and_then(|code| row.take("restricted_division", references.division(code)));
    let programme = row.text("restricted_programme");
    match (division, programme) {
        (Some(division), None) => Restriction::Division(division),
        (None, Some(programme)) => Restriction::Programme(programme),
        (None, None) => Restriction::None,
        (Some(_), Some(_)) => {
            let fault = Fault::new(
                "one-of",
                "定向区划与定向项目只能填一项",
                "goods are bound to a division or to a programme, not to both",
            );
            row.note("restricted_programme", fault);
            Restriction::None
        }
    }
}

fn note_days(row: &mut Row<'_, '_>, error: LotError) {
    let (key, code, zh) = match error {
        LotError::ExpiryBeforeProduction { produced_on, .. } => (
            "expires_on",
            "out-of-order",
            format!("有效期早于生产日期 {produced_on}"),
        ),
        LotError::ProducedAfterReceipt { received_on, .. } => (
            "produced_on",
            "out-of-order",
            format!("生产日期晚于入库日期 {received_on}"),
        ),
    };
    row.note(key, Fault::new(code, zh, error.to_string()));
}
