//! Agreements by their numbers, for files that name them.
//!
//! **Invariant.** Two statements for every 10,000 numbers. A number tells agreements of one society apart;
//! societies may use the same.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::kernel::{
    Id, Money,
    kinds::{Item, Organisation},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use super::{
    agreements::items_of,
    rows::{agreement, agreement_item},
};
use crate::{
    problem::Problem,
    scope::{Scope, visible},
    storage::VALUES_A_STATEMENT,
};

/// An agreement as a file may name it again.
#[derive(Debug)]
pub(crate) struct Numbered {
    pub(crate) supplier: Id<Organisation>,
    pub(crate) first_day: NaiveDate,
    pub(crate) last_day: Option<NaiveDate>,
    pub(crate) lines: BTreeMap<Id<Item>, NumberedLine>,
}

/// An item of one.
#[derive(Debug)]
pub(crate) struct NumberedLine {
    /// In base units.
    pub(crate) quantity: i64,
    pub(crate) response_h: i64,
    pub(crate) price: Option<Money>,
}

/// The agreements with these numbers, by the society that made them and their number.
pub(crate) async fn numbered(
    db: &impl ConnectionTrait,
    numbers: &[&str],
) -> Result<BTreeMap<(Id<Organisation>, String), Numbered>, Problem> {
    let mut found = BTreeMap::new();
    for numbers in numbers.chunks(VALUES_A_STATEMENT) {
        let rows = visible::<agreement::Entity>(&Scope::Everything)
            .filter(agreement::Column::Number.is_in(numbers.iter().copied()))
            .all(db)
            .await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut lines: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for item in items_of(db, &ids).await? {
            let of_agreement = lines.entry(item.agreement_id).or_default();
            of_agreement.insert(Id::from_uuid(item.item_id), line(&item)?);
        }
        for row in rows {
            let key = (Id::from_uuid(row.organisation_id), row.number);
            let last_day = row.last_day.map(|day| day.parse());
            let agreement = Numbered {
                supplier: Id::from_uuid(row.supplier_id),
                first_day: row.first_day.parse().map_err(Problem::internal)?,
                last_day: last_day.transpose().map_err(Problem::internal)?,
                lines: lines.remove(&row.id).unwrap_or_default(),
            };
            found.insert(key, agreement);
        }
    }
    Ok(found)
}

fn line(row: &agreement_item::Model) -> Result<NumberedLine, Problem> {
    let price = match (row.price_e4, &row.currency) {
        (Some(amount), Some(currency)) => {
            let currency = currency.parse().map_err(Problem::internal)?;
            Some(Money::from_ten_thousandths(amount, currency).map_err(Problem::internal)?)
        }
        _ => None,
    };
    Ok(NumberedLine {
        quantity: row.quantity,
        response_h: row.response_h,
        price,
    })
}
