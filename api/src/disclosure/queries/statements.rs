//! Statements that were written down.
//!
//! **Invariant.** Only published ones are read without asking who reads.

use std::collections::BTreeMap;

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, Visible, to_change, visible},
};

use super::{
    rows::statement::{Column, Entity, Model},
    wire::{
        PublicFilter, PublishedFullView, PublishedView, StatementAsked, StatementContent,
        StatementFilter, StatementSummaryView, StatementView,
    },
};

const PUBLISHED: &str = "published";

/// One statement that the caller sees.
pub(in crate::disclosure) async fn statement(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Statement>,
) -> Result<StatementView, Problem> {
    let row = visible::<Entity>(scope).filter(Column::Id.eq(id.uuid()));
    let row = row.one(db).await?.ok_or_else(Problem::not_found)?;
    Ok(StatementView {
        content: said(&row)?,
        statement: StatementSummaryView::from(row),
    })
}

/// One statement, whose row is held until the transaction ends.
pub(in crate::disclosure) async fn statement_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Statement>,
) -> Result<Model, Problem> {
    let row = to_change::<Entity>(scope).filter(Column::Id.eq(id.uuid()));
    row.one(db).await?.ok_or_else(Problem::not_found)
}

/// A page of statements, the newest first.
pub(in crate::disclosure) async fn statements(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &StatementFilter,
    page: &PageQuery,
) -> Result<Page<StatementSummaryView>, Problem> {
    let mark = format!("{filter:?}");
    let mut select = visible::<Entity>(scope);
    if let Some(organisation) = filter.organisation_id {
        let subtree = Scope::Subtrees(vec![organisation.uuid()]);
        select = select.filter(Entity::within(&subtree));
    }
    if let Some(incident) = filter.incident_id {
        select = select.filter(Column::IncidentId.eq(incident.uuid()));
    }
    if let Some(state) = &filter.state {
        select = select.filter(Column::State.eq(state));
    }
    let found = page.newest(db, select, Column::Id, |row| row.id, &mark);
    let found = found.await?;
    Ok(found.map(StatementSummaryView::from))
}

/// A page of published statements, the newest first: two statements.
pub(in crate::disclosure) async fn published(
    db: &impl ConnectionTrait,
    filter: &PublicFilter,
    page: &PageQuery,
) -> Result<Page<PublishedView>, Problem> {
    let mark = format!("{filter:?}");
    let mut select = visible::<Entity>(&Scope::Everything).filter(Column::State.eq(PUBLISHED));
    if let Some(organisation) = filter.organisation_id {
        let subtree = Scope::Subtrees(vec![organisation.uuid()]);
        select = select.filter(Entity::within(&subtree));
    }
    if let Some(incident) = filter.incident_id {
        select = select.filter(Column::IncidentId.eq(incident.uuid()));
    }
    let found = page.newest(db, select, Column::Id, |row| row.id, &mark);
    let found = found.await?;
    let newer = newer(db, found.items.iter().map(|row| row.id).collect()).await?;
    let view = |row: Model| {
        let by = newer.get(&row.id).copied();
        PublishedView::new(row, by)
    };
    Ok(found.map(view))
}

/// One published statement and what it says.
pub(in crate::disclosure) async fn published_full(
    db: &impl ConnectionTrait,
    id: Id<kinds::Statement>,
) -> Result<PublishedFullView, Problem> {
    let row = visible::<Entity>(&Scope::Everything)
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.eq(PUBLISHED))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let by = corrected_by(db, row.id).await?;
    Ok(PublishedFullView {
        content: said(&row)?,
        statement: PublishedView::new(row, by),
    })
}

/// The published statement that took the place of this one.
pub(in crate::disclosure) async fn corrected_by(
    db: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<Uuid>, Problem> {
    Ok(newer(db, vec![id]).await?.remove(&id))
}

async fn newer(db: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<BTreeMap<Uuid, Uuid>, Problem> {
    let rows = visible::<Entity>(&Scope::Everything)
        .filter(Column::CorrectsId.is_in(ids))
        .filter(Column::State.eq(PUBLISHED))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.corrects_id?, row.id)))
        .collect())
}

fn said(row: &Model) -> Result<StatementContent, Problem> {
    serde_json::from_str(&row.content).map_err(Problem::internal)
}

/// What a statement was asked for with.
pub(in crate::disclosure) fn asked_of(row: &Model) -> Result<StatementAsked, Problem> {
    let source = row.source.as_deref().map(str::parse).transpose();
    Ok(StatementAsked {
        organisation: Id::from_uuid(row.organisation_id),
        incident: row.incident_id.map(Id::from_uuid),
        donor: row.donor_id.map(Id::from_uuid),
        item: row.item_id.map(Id::from_uuid),
        source: source.map_err(Problem::internal)?,
        from: row.from_at,
        until: Some(row.until_at),
        position: Some(row.position),
    })
}

/// Those after `after` by id, at most `limit`, for whoever goes through all of them.
pub(in crate::disclosure) async fn all_of(
    db: &impl ConnectionTrait,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Model>, Problem> {
    use sea_orm::QuerySelect as _;
    let mut select = visible::<Entity>(&Scope::Everything);
    if let Some(after) = after {
        select = select.filter(Column::Id.gt(after));
    }
    Ok(select.order_by_asc(Column::Id).limit(limit).all(db).await?)
}
