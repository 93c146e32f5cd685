//! Facts as they are frozen.
//!
//! **Invariant.** What is written is read back as the same facts, so that a decision can be judged
//! again for ever. The form is canonical JSON, and its hash stands in the decision.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    kernel::{Currency, Money},
    rating::{Facts, ItemStock, Measure, Pile, Words},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    assessment::{WaiverBody, by_criterion},
    figure::Figure,
    statement::StatementBody,
};
use crate::problem::Problem;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrozenFacts {
    as_of: DateTime<Utc>,
    day: NaiveDate,
    depot_level: String,
    readings: BTreeMap<String, Figure>,
    stock: BTreeMap<String, FrozenStock>,
    population: Option<u64>,
    // Absent where all holidays were known, as it was before they could be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    weekday_years: Vec<i32>,
    stated: Vec<StatementBody>,
    waived: Vec<WaiverBody>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrozenStock {
    title: [String; 2],
    category: [String; 2],
    base_unit: String,
    unit_value_e4: Option<i64>,
    piles: Vec<FrozenPile>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrozenPile {
    quantity: i64,
    reserved: i64,
    condition: String,
    expires_on: Option<NaiveDate>,
    held_for_others: bool,
    restricted: bool,
    agreement: bool,
}

/// Canonical JSON and its SHA-256, of facts without what people state, and of that.
pub(in crate::rating) fn freeze(
    facts: &Facts,
    stated: Vec<StatementBody>,
    waived: Vec<WaiverBody>,
) -> Result<(String, String), Problem> {
    let pair = |Words { zh, en }: &Words| [zh.clone(), en.clone()];
    let stock = facts.stock.iter().map(|(item, stock)| {
        let piles = stock.piles.iter().map(|pile| FrozenPile {
            quantity: pile.quantity,
            reserved: pile.reserved,
            condition: pile.condition.name().to_owned(),
            expires_on: pile.expires_on,
            held_for_others: pile.held_for_others,
            restricted: pile.restricted,
            agreement: pile.agreement,
        });
        let stock = FrozenStock {
            title: pair(&stock.title),
            category: pair(&stock.category),
            base_unit: stock.base_unit.clone(),
            unit_value_e4: stock.unit_value.map(Money::ten_thousandths),
            piles: piles.collect(),
        };
        (item.clone(), stock)
    });
    let readings = facts
        .readings
        .iter()
        .map(|(measure, &value)| (measure.name().to_owned(), Figure(value)));
    let frozen = FrozenFacts {
        as_of: facts.as_of,
        day: facts.day,
        depot_level: facts.depot_level.name().to_owned(),
        readings: readings.collect(),
        stock: stock.collect(),
        population: facts.population,
        weekday_years: facts.weekday_years.clone(),
        stated,
        waived,
    };
    let bytes = serde_jcs::to_vec(&frozen).map_err(Problem::internal)?;
    let digest = hex::encode(Sha256::digest(&bytes));
    let text = String::from_utf8(bytes).map_err(Problem::internal)?;
    Ok((text, digest))
}

/// The facts that were frozen.
pub(in crate::rating) fn thaw(text: &str) -> Result<Facts, Problem> {
    let frozen: FrozenFacts = serde_json::from_str(text).map_err(Problem::internal)?;
    let words = |[zh, en]: [String; 2]| Words { zh, en };
    let mut readings = BTreeMap::new();
    for (name, Figure(value)) in frozen.readings {
        let measure: Measure = name.parse().map_err(Problem::internal)?;
        readings.insert(measure, value);
    }
    let mut stock = BTreeMap::new();
    for (item, kept) in frozen.stock {
        let piles = kept.piles.into_iter().map(|pile| {
            Ok(Pile {
                quantity: pile.quantity,
                reserved: pile.reserved,
                condition: pile.condition.parse().map_err(Problem::internal)?,
                expires_on: pile.expires_on,
                held_for_others: pile.held_for_others,
                restricted: pile.restricted,
                agreement: pile.agreement,
            })
        });
        let value = kept
            .unit_value_e4
            .map(|value| Money::from_ten_thousandths(value, Currency::CNY));
        let kept = ItemStock {
            title: words(kept.title),
            category: words(kept.category),
            base_unit: kept.base_unit,
            unit_value: value.transpose().map_err(Problem::internal)?,
            piles: piles.collect::<Result<_, Problem>>()?,
        };
        stock.insert(item, kept);
    }
    let mut facts = Facts {
        as_of: frozen.as_of,
        day: frozen.day,
        depot_level: frozen.depot_level.parse().map_err(Problem::internal)?,
        readings,
        stock,
        population: frozen.population,
        weekday_years: frozen.weekday_years,
        stated: BTreeMap::new(),
        waived: by_criterion(frozen.waived),
    };
    state(&mut facts, &frozen.stated)?;
    Ok(facts)
}

/// Lays what people state beside what is counted.
pub(in crate::rating) fn state(
    facts: &mut Facts,
    statements: &[StatementBody],
) -> Result<(), Problem> {
    for body in statements {
        let statement = body.read_kept()?;
        facts.stated.insert(body.criterion.clone(), statement);
    }
    Ok(())
}
