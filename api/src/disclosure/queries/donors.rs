//! Donors on record.
//!
//! **Invariant.** Whoever does not see the organisation does not see who gives to it.

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, to_change, visible},
};

use super::{
    rows::donor::{Column, Entity, Model},
    wire::{DonorFilter, DonorView},
};

/// One donor.
pub(in crate::disclosure) async fn donor(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Donor>,
) -> Result<Model, Problem> {
    let found = visible::<Entity>(scope).filter(Column::Id.eq(id.uuid()));
    found.one(db).await?.ok_or_else(Problem::not_found)
}

/// One donor, whose row is held until the transaction ends.
pub(in crate::disclosure) async fn donor_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Donor>,
) -> Result<Model, Problem> {
    let found = to_change::<Entity>(scope).filter(Column::Id.eq(id.uuid()));
    found.one(db).await?.ok_or_else(Problem::not_found)
}

/// A page of donors, by name.
pub(in crate::disclosure) async fn donors(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &DonorFilter,
    page: &PageQuery,
) -> Result<Page<DonorView>, Problem> {
    let mark = format!("{filter:?}");
    let mut select = visible::<Entity>(scope);
    if let Some(organisation) = filter.organisation_id {
        let subtree = Scope::Subtrees(vec![organisation.uuid()]);
        select = select.filter(<Entity as crate::scope::Visible>::within(&subtree));
    }
    let rows = page.by_key(select, Column::Name, Column::Id, &mark)?;
    let rows = rows.all(db).await?;
    let place = |row: &Model| (row.name.clone(), row.id);
    Ok(Page::cut(rows, page, &mark, place, DonorView::from))
}
