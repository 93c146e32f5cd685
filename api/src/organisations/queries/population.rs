//! How many people live in divisions, and how many an organisation is there for.
//!
//! **Invariant.** No figure is added up from others: what nobody said is absent. A fixed number of
//! statements for every 1,000 divisions.

use std::collections::{BTreeMap, BTreeSet};

use domain::organisations::DivisionCode;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect, sea_query::LockType};
use uuid::Uuid;

use super::{CODES_A_STATEMENT, by_prefix, division, spellings};
use crate::{
    http::{Page, PageQuery},
    organisations::{
        rows::{organisation, population},
        wire::{PopulationFilter, PopulationView},
    },
    problem::Problem,
    scope::{Scope, reference, visible},
    storage::VALUES_A_STATEMENT,
};

/// The figure of a division, known or not; a division that does not exist is not found.
pub(in crate::organisations) async fn population_of(
    db: &impl ConnectionTrait,
    code: &DivisionCode,
) -> Result<PopulationView, Problem> {
    let division = division(db, code).await?.ok_or_else(Problem::not_found)?;
    let row = reference::<population::Entity>()
        .filter(population::Column::DivisionCode.eq(division.code.as_str()))
        .one(db)
        .await?;
    Ok(row.map_or_else(
        || PopulationView::unknown(division.code),
        PopulationView::from,
    ))
}

/// The row that this transaction is going to change, if there is one.
pub(in crate::organisations) async fn population_to_change(
    db: &impl ConnectionTrait,
    code: &str,
) -> Result<Option<population::Model>, Problem> {
    let row = reference::<population::Entity>()
        .filter(population::Column::DivisionCode.eq(code))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    Ok(row)
}

/// A page of figures by the code of their division.
pub(in crate::organisations) async fn populations_page(
    db: &impl ConnectionTrait,
    filter: &PopulationFilter,
    page: &PageQuery,
) -> Result<Page<PopulationView>, Problem> {
    let mut select = reference::<population::Entity>();
    if let Some(prefix) = &filter.prefix {
        select = select.filter(population::Column::DivisionCode.starts_with(prefix));
    }
    let mark = format!("{filter:?}");
    let rows = page
        .by_text(select, population::Column::DivisionCode, &mark)?
        .all(db)
        .await?;
    let place = |row: &population::Model| (row.division_code.clone(), Uuid::nil());
    Ok(Page::cut(rows, page, &mark, place, PopulationView::from))
}

/// How many people live in those of these divisions of which it is known.
pub(crate) async fn populations(
    db: &impl ConnectionTrait,
    codes: &[DivisionCode],
) -> Result<BTreeMap<DivisionCode, u64>, Problem> {
    let mut people = BTreeMap::new();
    for codes in codes.chunks(CODES_A_STATEMENT) {
        let rows = reference::<population::Entity>()
            .filter(population::Column::DivisionCode.is_in(codes.iter().flat_map(spellings)))
            .all(db)
            .await?;
        let by_prefix = by_prefix(rows.into_iter().map(|row| (row.division_code, row.people)))?;
        people.extend(codes.iter().filter_map(|&code| {
            let count = *by_prefix.get(code.prefix())?;
            Some((code, count.unsigned_abs()))
        }));
    }
    Ok(people)
}

/// How many people live in the division in which each of these organisations works, where it is
/// known.
pub(crate) async fn people_served(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, u64>, Problem> {
    use organisation::{Column, Entity};
    let mut works_in = BTreeMap::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let found: Vec<(Uuid, Option<String>)> = visible::<Entity>(&Scope::Everything)
            .select_only()
            .columns([Column::Id, Column::DivisionCode])
            .filter(Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        for (id, code) in found {
            if let Some(code) = code {
                let code: DivisionCode = code.parse().map_err(Problem::internal)?;
                works_in.insert(id, code);
            }
        }
    }
    let codes: BTreeSet<_> = works_in.values().copied().collect();
    let codes: Vec<_> = codes.into_iter().collect();
    let people = populations(db, &codes).await?;
    Ok(works_in
        .into_iter()
        .filter_map(|(id, code)| Some((id, *people.get(&code)?)))
        .collect())
}
