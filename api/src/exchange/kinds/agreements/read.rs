//! One row of a file of agreements.
//!
//! **Invariant.** A row that is read names things that exist, and says what a body of the API may say.

use domain::{
    agreements::RESPONSE_HOURS_MAX,
    depots::{Contact, can_be_dialled},
    kernel::Period,
};

use super::{
    super::{
        Ground,
        row::{Row, no_such},
    },
    AgreedLine, Line, References, Terms, Wanted,
};
use crate::{
    exchange::{intake::Record, report::Report},
    problem::Fault,
};

/// Reads a row; `None` when anything in it is wrong.
pub(super) fn read<'a>(
    record: &'a Record,
    references: &References,
    ground: Ground<'_>,
    report: &mut Report,
) -> Option<Line<'a>> {
    let mut row = Row::new(record, report);
    let bodies = &references.bodies;
    let organisation = bodies.owner_of_row(row.raw("organisation"), ground.organisation);
    let organisation = row.take("organisation", organisation);
    let supplier = row
        .raw("supplier")
        .and_then(|given| row.take("supplier", bodies.find(given)));
    let number = row.text("number");
    let terms = terms(&mut row, references);
    let item = row
        .raw("item")
        .and_then(|given| row.take("item", references.goods.item(given)));
    let quantity = item.and_then(|item| row.quantity(&item.units));
    let response_h = row.measure("response_h", 0..=RESPONSE_HOURS_MAX.into());
    let price = row.money("price");
    let line = (|| {
        let (item, quantity) = (item?, quantity?);
        Some(Line {
            record,
            organisation: organisation?,
            supplier: supplier?.id,
            number: number?,
            terms: terms?,
            item: item.id,
            quantity: quantity.get(),
            agreed: AgreedLine {
                wanted: Wanted {
                    item: item.id,
                    number: quantity.get(),
                    unit: None,
                },
                response_h: u32::try_from(response_h?).ok()?,
                price,
            },
        })
    })();
    row.finish(line)
}

fn terms(row: &mut Row<'_, '_>, references: &References) -> Option<Terms> {
    let (first, last) = (row.day("first_day"), row.day("last_day"));
    let term = first.and_then(|first| {
        let term = Period::new(first, last)
            .map_err(|error| Fault::new("out-of-order", "终止日不得早于起始日", error.to_string()));
        row.take("last_day", term)
    });
    let depot = row.raw("depot").and_then(|given| {
        let found = references.depots.find(given);
        let found =
            found.and_then(|found| found.ok_or_else(|| no_such("供货库点", "depot", given)));
        row.take("depot", found)
    });
    let division = row.parse("division_code");
    let contact = contact(row);
    let note = row.paragraphs("note");
    Some(Terms {
        term: term?,
        depot,
        division,
        place: None,
        address: None,
        contacts: contact.into_iter().collect(),
        note,
    })
}

fn contact(row: &mut Row<'_, '_>) -> Option<Contact> {
    let (name, phone) = (row.text("contact"), row.text::<32>("phone"));
    match (name, phone) {
        (Some(name), Some(phone)) if can_be_dialled(phone.as_str()) => Some(Contact {
            name,
            phone,
            duty: None,
        }),
        (Some(_), Some(_)) => {
            let fault = Fault::new(
                "format",
                "电话只能含数字、空格和 + - ( ) #",
                "a telephone number has digits, spaces and + - ( ) #",
            );
            row.note("phone", fault);
            None
        }
        (None, None) => None,
        (name, _) => {
            let missing = if name.is_none() { "contact" } else { "phone" };
            let fault = Fault::new(
                "required",
                "联系人和电话须同时填写",
                "a contact and a telephone number come together",
            );
            row.note(missing, fault);
            None
        }
    }
}
