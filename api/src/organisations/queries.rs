//! Reads of organisations and divisions.
//!
//! **Invariant.** A list costs one statement, whatever its length.

mod ground;
mod population;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    kernel::{Id, Place, kinds::Organisation},
    organisations::{Body, DivisionCode},
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, sea_query::Expr};

use crate::{
    http::{Page, PageQuery},
    problem::{Fault, Faults, Problem},
    scope::{Scope, reference, visible},
    search,
    storage::VALUES_A_STATEMENT,
};

use super::{
    rows,
    wire::{DivisionFilter, DivisionView, OrganisationFilter, OrganisationView},
};

pub(crate) use ground::{above, bodies, names, partner_ids, within};
pub(crate) use population::{people_served, populations};
pub(super) use population::{population_of, population_to_change, populations_page};

/// One organisation of a part of the tree, or not found.
pub(crate) async fn organisation(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<Organisation>,
) -> Result<OrganisationView, Problem> {
    visible::<rows::organisation::Entity>(scope)
        .filter(rows::organisation::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .map(OrganisationView::from)
        .ok_or_else(Problem::not_found)
}

/// The organisation that a request names in the field `pointer`, or that this field is at fault.
pub(crate) async fn named(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<Organisation>,
    pointer: &str,
) -> Result<OrganisationView, Problem> {
    let found = organisation(db, scope, id).await;
    found.map_err(|problem| {
        problem.named_at(pointer, "没有这个单位", "there is no such organisation")
    })
}

/// Those among `ids` that there are: one statement for every 10,000. For references, which reach
/// beyond what the caller sees.
pub(crate) async fn known(
    db: &impl ConnectionTrait,
    ids: &[Id<Organisation>],
) -> Result<BTreeSet<Id<Organisation>>, Problem> {
    use rows::organisation::{Column, Entity};
    let ids: BTreeSet<_> = ids.iter().map(|id| id.uuid()).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut known = BTreeSet::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let found = visible::<Entity>(&Scope::Everything)
            .filter(Column::Id.is_in(ids.iter().copied()))
            .all(db)
            .await?;
        known.extend(found.into_iter().map(|row| Id::from_uuid(row.id)));
    }
    Ok(known)
}

/// What an organisation is, for rules about who may stand under whom or own what.
pub(crate) async fn standing(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<Organisation>,
) -> Result<Body, Problem> {
    organisation(db, scope, id)
        .await?
        .level
        .parse()
        .map_err(Problem::internal)
}

pub(super) async fn organisations(
    db: &impl ConnectionTrait,
    filter: &OrganisationFilter,
    page: &PageQuery,
) -> Result<Page<OrganisationView>, Problem> {
    use rows::organisation::{Column, Entity};
    let mut select = reference::<Entity>();
    if let Some(q) = &filter.q {
        let by_name = search::name_contains(Expr::col((Entity, Column::NameKey)), q);
        let by_code = search::code_begins_with(Expr::col((Entity, Column::Code)), q);
        select = select.filter(Condition::any().add(by_name).add(by_code));
    }
    if let Some(level) = &filter.level {
        select = select.filter(Column::Level.eq(level));
    }
    if let Some(parent) = filter.parent_id {
        select = select.filter(Column::ParentId.eq(parent.uuid()));
    }
    let mark = format!("{filter:?}");
    let rows = page
        .by_key(select, Column::Code, Column::Id, &mark)?
        .all(db)
        .await?;
    Ok(Page::cut(
        rows,
        page,
        &mark,
        |row| (row.code.clone(), row.id),
        OrganisationView::from,
    ))
}

/// One division by its code, abolished ones included. A code of 12 digits that ends in zeros finds
/// the division that it names in short.
pub(crate) async fn division(
    db: &impl ConnectionTrait,
    code: &DivisionCode,
) -> Result<Option<DivisionView>, Problem> {
    use rows::division::{Column, Entity};
    let found = reference::<Entity>()
        .filter(Column::Code.is_in(spellings(code)))
        .one(db)
        .await?;
    Ok(found.map(DivisionView::from))
}

// The same division may be written with 6, 9 or 12 digits.
fn spellings(code: &DivisionCode) -> Vec<String> {
    let prefix = code.prefix();
    [6, 9, 12]
        .into_iter()
        .filter(|&length| prefix.len() <= length)
        .map(|length| format!("{prefix:0<length$}"))
        .collect()
}

pub(super) async fn divisions(
    db: &impl ConnectionTrait,
    filter: &DivisionFilter,
    today: NaiveDate,
    page: &PageQuery,
) -> Result<Page<DivisionView>, Problem> {
    use rows::division::{Column, Entity};
    let mut select = reference::<Entity>();
    if let Some(name) = &filter.name {
        select = select.filter(search::name_contains(Expr::col(Column::NameKey), name));
    }
    if let Some(prefix) = &filter.prefix {
        select = select.filter(Column::Code.starts_with(prefix));
    }
    if let Some(level) = &filter.level {
        select = select.filter(Column::Level.eq(level));
    }
    if filter.abolished != Some(true) {
        // The last day or year of a division still belongs to it.
        let today = today.to_string();
        let existing = Condition::any()
            .add(Column::ValidTo.is_null())
            .add(Column::ValidTo.gte(today.as_str()))
            .add(Column::ValidTo.eq(&today[..4]));
        select = select.filter(existing);
    }
    let mark = format!("{filter:?}");
    let rows = page.by_text(select, Column::Code, &mark)?.all(db).await?;
    Ok(Page::cut(
        rows,
        page,
        &mark,
        |row| (row.code.clone(), uuid::Uuid::nil()),
        DivisionView::from,
    ))
}

/// The outline of a division as GeoJSON, where one is known.
pub(crate) async fn boundary(
    db: &impl ConnectionTrait,
    code: &DivisionCode,
) -> Result<Option<(serde_json::Value, String)>, Problem> {
    use rows::boundary::{Column, Entity};
    let found = reference::<Entity>()
        .filter(Column::Code.is_in(spellings(code)))
        .one(db)
        .await?;
    found
        .map(|row| {
            let geometry = serde_json::from_str(&row.geometry).map_err(Problem::internal)?;
            Ok((geometry, row.source))
        })
        .transpose()
}

/// A point inside a division, and the division whose it is: townships have none of their own, so
/// that the county's stands for them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Centre {
    pub(crate) of: DivisionCode,
    pub(crate) place: Place,
}

/// The centre of a division, or of the nearest one round it that has a known one.
pub(crate) async fn centre(
    db: &impl ConnectionTrait,
    code: &DivisionCode,
) -> Result<Option<Centre>, Problem> {
    Ok(centres(db, &[*code]).await?.remove(code))
}

/// As [`centre`], for many: one statement for every 1,000 divisions and those round them.
pub(crate) async fn centres(
    db: &impl ConnectionTrait,
    codes: &[DivisionCode],
) -> Result<BTreeMap<DivisionCode, Centre>, Problem> {
    let asked: BTreeSet<_> = codes.iter().flat_map(|&code| upwards(code)).collect();
    let asked: Vec<_> = asked.into_iter().collect();
    let known = divisions_by_code(db, &asked).await?;
    let own = |of: DivisionCode| -> Option<Centre> {
        let division = known.get(&of)?;
        let place = Place::new(division.longitude?, division.latitude?).ok()?;
        Some(Centre { of, place })
    };
    let found = codes
        .iter()
        .filter_map(|&code| Some((code, upwards(code).find_map(own)?)));
    Ok(found.collect())
}

// A division and those round it, from the inside.
fn upwards(code: DivisionCode) -> impl Iterator<Item = DivisionCode> {
    std::iter::successors(Some(code), DivisionCode::parent)
}

/// Whether the reference table of divisions is still empty.
pub(crate) async fn has_no_divisions(db: &impl ConnectionTrait) -> Result<bool, Problem> {
    Ok(reference::<rows::division::Entity>()
        .one(db)
        .await?
        .is_none())
}

/// A division that must be known and must still exist; an abolished one is refused with its
/// successors.
pub(crate) async fn existing_division(
    db: &impl ConnectionTrait,
    code: &DivisionCode,
    today: NaiveDate,
    pointer: &str,
) -> Result<DivisionView, Problem> {
    let found = division(db, code).await?;
    let mut faults = Faults::default();
    faults.take(pointer, still_exists(found.as_ref(), today));
    faults.finish(found)
}

/// Those of the codes that are no division of today, each with why.
pub(crate) async fn not_of_today(
    db: &impl ConnectionTrait,
    codes: &[DivisionCode],
    today: NaiveDate,
) -> Result<BTreeMap<DivisionCode, Fault>, Problem> {
    let found = divisions_by_code(db, codes).await?;
    let judged = codes.iter().filter_map(|code| {
        let exists = still_exists(found.get(code), today);
        Some((*code, exists.err()?))
    });
    Ok(judged.collect())
}

/// Why what was found for a code is not a division of today: it is unknown, or it was abolished,
/// and then its successors are named. The last day or year of a division still belongs to it.
pub(crate) fn still_exists(found: Option<&DivisionView>, today: NaiveDate) -> Result<(), Fault> {
    let Some(found) = found else {
        return Err(Fault::new(
            "reference",
            "没有这个行政区划代码",
            "there is no division with this code",
        ));
    };
    let today = today.to_string();
    let is_past = |last: &&String| today.get(..last.len()).unwrap_or(&today) > last.as_str();
    let Some(ended) = found.valid_to.as_ref().filter(is_past) else {
        return Ok(());
    };
    let successors = found.successors.join(", ");
    Err(Fault::new(
        "abolished",
        format!("该区划已于 {ended} 撤销，现为：{successors}"),
        format!("this division was abolished in {ended}; now: {successors}"),
    ))
}

/// The divisions that are known among `codes`, abolished ones included, by the code that was asked
/// for: one statement for every 1,000.
pub(crate) async fn divisions_by_code(
    db: &impl ConnectionTrait,
    codes: &[DivisionCode],
) -> Result<BTreeMap<DivisionCode, DivisionView>, Problem> {
    let known = divisions_among(db, codes).await?;
    let by_prefix = by_prefix(known.into_iter().map(|found| (found.code.clone(), found)))?;
    let named = codes.iter().filter_map(|&code| {
        let found = by_prefix.get(code.prefix())?;
        Some((code, found.clone()))
    });
    Ok(named.collect())
}

/// The outlines that are known among `codes`, as GeoJSON geometries with their sources: one
/// statement for every 1,000.
pub(crate) async fn boundaries_by_code(
    db: &impl ConnectionTrait,
    codes: &[DivisionCode],
) -> Result<BTreeMap<DivisionCode, (serde_json::Value, String)>, Problem> {
    use rows::boundary::{Column, Entity};
    let mut known = BTreeMap::new();
    for codes in codes.chunks(CODES_A_STATEMENT) {
        let rows = reference::<Entity>()
            .filter(Column::Code.is_in(codes.iter().flat_map(spellings)))
            .all(db)
            .await?;
        let by_prefix = by_prefix(rows.into_iter().map(|row| (row.code.clone(), row)))?;
        for &code in codes {
            if let Some(row) = by_prefix.get(code.prefix()) {
                let geometry = serde_json::from_str(&row.geometry).map_err(Problem::internal)?;
                known.insert(code, (geometry, row.source.clone()));
            }
        }
    }
    Ok(known)
}

// Rows by what their codes mean, whatever the length they are written in.
fn by_prefix<R>(rows: impl Iterator<Item = (String, R)>) -> Result<BTreeMap<String, R>, Problem> {
    rows.map(|(code, row)| {
        let code: DivisionCode = code.parse().map_err(Problem::internal)?;
        Ok((code.prefix().to_owned(), row))
    })
    .collect()
}

/// Every organisation that `scope` reaches, by code, for work that refers to many of them.
pub(crate) async fn directory(
    db: &impl ConnectionTrait,
    scope: &Scope,
) -> Result<Vec<OrganisationView>, Problem> {
    use rows::organisation::{Column, Entity};
    let found = visible::<Entity>(scope)
        .order_by_asc(Column::Code)
        .all(db)
        .await?;
    Ok(found.into_iter().map(OrganisationView::from).collect())
}

// SQLite takes at most 32,766 bound values in a statement.
const CODES_A_STATEMENT: usize = 1_000;

/// Those of these divisions that are known, abolished ones included.
async fn divisions_among(
    db: &impl ConnectionTrait,
    codes: &[DivisionCode],
) -> Result<Vec<DivisionView>, Problem> {
    use rows::division::{Column, Entity};
    let mut found = Vec::new();
    for chunk in codes.chunks(CODES_A_STATEMENT) {
        let written = chunk.iter().flat_map(spellings);
        found.extend(
            reference::<Entity>()
                .filter(Column::Code.is_in(written))
                .all(db)
                .await?
                .into_iter()
                .map(DivisionView::from),
        );
    }
    Ok(found)
}

/// The organisations that stand under none.
pub(crate) async fn roots(db: &impl ConnectionTrait) -> Result<Vec<uuid::Uuid>, Problem> {
    use rows::organisation::{Column, Entity};
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::ParentId.is_null())
        .all(db)
        .await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}
