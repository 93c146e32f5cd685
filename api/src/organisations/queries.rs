//! Reads of organisations and divisions.
//!
//! **Invariant.** A list costs one statement, whatever its length.

use domain::{
    kernel::{Id, NameKey, Place, kinds::Organisation},
    organisations::{Body, DivisionCode},
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder};

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, reference, visible},
};

use super::{
    rows,
    wire::{DivisionFilter, DivisionView, OrganisationFilter, OrganisationView},
};

/// One organisation, or not found.
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
    scope: &Scope,
    filter: &OrganisationFilter,
    page: &PageQuery,
) -> Result<Page<OrganisationView>, Problem> {
    use rows::organisation::{Column, Entity};
    let mut select = visible::<Entity>(scope);
    if let Some(q) = &filter.q {
        let key = NameKey::of(q);
        select = select.filter(
            Condition::any()
                .add(Column::NameKey.contains(key.as_str()))
                .add(Column::Code.starts_with(key.as_str())),
        );
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
    page: &PageQuery,
) -> Result<Page<DivisionView>, Problem> {
    use rows::division::{Column, Entity};
    let mut select = reference::<Entity>();
    if let Some(name) = &filter.name {
        select = select.filter(Column::NameKey.contains(NameKey::of(name).as_str()));
    }
    if let Some(prefix) = &filter.prefix {
        select = select.filter(Column::Code.starts_with(prefix));
    }
    if let Some(level) = &filter.level {
        select = select.filter(Column::Level.eq(level));
    }
    if filter.abolished != Some(true) {
        select = select.filter(Column::ValidTo.is_null());
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

/// A point inside a division, where one is known.
pub(crate) async fn centre(
    db: &impl ConnectionTrait,
    code: &DivisionCode,
) -> Result<Option<Place>, Problem> {
    let found = division(db, code).await?;
    Ok(found.and_then(|division| Place::new(division.longitude?, division.latitude?).ok()))
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
    pointer: &str,
) -> Result<DivisionView, Problem> {
    let Some(found) = division(db, code).await? else {
        return Err(Problem::field(
            pointer,
            "reference",
            "没有这个行政区划代码",
            "there is no division with this code",
        ));
    };
    if let Some(ended) = &found.valid_to {
        let successors = found.successors.join(", ");
        return Err(Problem::field(
            pointer,
            "abolished",
            format!("该区划已于 {ended} 撤销，现为：{successors}"),
            format!("this division was abolished in {ended}; now: {successors}"),
        ));
    }
    Ok(found)
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
pub(crate) async fn divisions_among(
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
