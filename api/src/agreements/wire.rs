//! Shapes of agreements on the wire.
//!
//! **Invariant.** Bodies are parsed here into domain types, or refused with every fault at once.
//! Whom to call and who said or signed what are personal.

mod agreement;
mod call_off;
mod views;

use domain::{
    depots::Contact,
    kernel::{Id, Money, Text, kinds},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    depots::DepotContact,
    http::Whole,
    problem::{Faults, Problem},
};

use super::{commands::Wanted, rows};

pub(super) use agreement::{
    AgreementFilter, ConfirmAgreementBody, CreateAgreementBody, EndAgreementBody,
    UpdateAgreementBody,
};
pub(super) use call_off::{
    CallGoodsOffBody, CallOffFilter, CallOffLineView, CallOffView, CancelCallOffBody,
    DeliverCallOffBody, DeliveryLineView, DeliveryView, ReverseDeliveryBody,
};
pub(super) use views::{AgreementItemView, AgreementView, ConfirmationView};

/// How much of which item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedBody {
    #[schema(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Id<kinds::Item>,
    /// How many units.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
    /// The name of the item's base unit or of one of its packs; the base unit if absent.
    #[schema(min_length = 1, max_length = 16)]
    unit: Option<String>,
}

impl WantedBody {
    fn parse(&self, faults: &mut Faults, line: &str) -> Option<Wanted> {
        let unit = self.unit.as_deref().map(Text::new);
        let unit = faults.take_if(format!("{line}/unit"), unit);
        Some(Wanted {
            item: self.item_id,
            number: self.quantity.0,
            unit: unit?,
        })
    }
}

fn wanted(faults: &mut Faults, bodies: &[WantedBody]) -> Option<Vec<Wanted>> {
    let read: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(number, body)| body.parse(faults, &format!("/lines/{number}")))
        .collect();
    read.into_iter().collect()
}

/// Contacts as the table keeps them, which is as they are shown.
pub(super) fn kept(contacts: &[Contact]) -> Result<String, Problem> {
    let contacts: Vec<_> = contacts.iter().map(DepotContact::from).collect();
    serde_json::to_string(&contacts).map_err(Problem::internal)
}

fn price(value_e4: Option<i64>, currency: Option<&str>) -> Result<Option<String>, Problem> {
    let Some((value, currency)) = value_e4.zip(currency) else {
        return Ok(None);
    };
    let currency = currency.parse().map_err(Problem::internal)?;
    let money = Money::from_ten_thousandths(value, currency).map_err(Problem::internal)?;
    Ok(Some(money.amount().to_string()))
}
