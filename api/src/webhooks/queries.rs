//! Reads of webhooks.
//!
//! **Invariant.** Whoever does not see the organisation does not see to whom it tells what.

use std::collections::BTreeMap;

use domain::{
    kernel::{Id, kinds},
    webhooks::MessageState,
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, visible},
};

use super::{
    rows::{message, webhook},
    wire::{MessageFilter, MessageView, WebhookView},
};

pub(super) async fn row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Webhook>,
) -> Result<webhook::Model, Problem> {
    let found = visible::<webhook::Entity>(scope).filter(webhook::Column::Id.eq(id.uuid()));
    found.one(db).await?.ok_or_else(Problem::not_found)
}

/// One webhook: two statements.
pub(super) async fn webhook(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Webhook>,
) -> Result<WebhookView, Problem> {
    // Counted first: what is told in between is not shown as failing with nothing to tell.
    let waiting = waiting(db, &[id.uuid()]).await?;
    let row = row(db, scope, id).await?;
    let waiting = waiting.get(&row.id).copied().unwrap_or(0);
    Ok(WebhookView::new(row, waiting))
}

/// A page of webhooks, the newest first: two statements.
pub(super) async fn webhooks(
    db: &impl ConnectionTrait,
    scope: &Scope,
    page: &PageQuery,
) -> Result<Page<WebhookView>, Problem> {
    let select = visible::<webhook::Entity>(scope);
    let found = page
        .newest(db, select, webhook::Column::Id, |row| row.id, "")
        .await?;
    let ids: Vec<_> = found.items.iter().map(|row| row.id).collect();
    let waiting = waiting(db, &ids).await?;
    Ok(found.map(|row| {
        let waiting = waiting.get(&row.id).copied().unwrap_or(0);
        WebhookView::new(row, waiting)
    }))
}

/// How many events wait for each of these webhooks.
pub(super) async fn waiting(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, i64>, Problem> {
    use message::{Column, Entity};
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let counts: Vec<(Uuid, i64)> = visible::<Entity>(&Scope::Everything)
        .select_only()
        .column(Column::WebhookId)
        .column_as(Column::Position.count(), "waiting")
        .filter(Column::State.eq(MessageState::Waiting.name()))
        .filter(Column::WebhookId.is_in(ids.iter().copied()))
        .group_by(Column::WebhookId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().collect())
}

/// A page of what was told to a webhook, the newest first.
pub(super) async fn messages(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Webhook>,
    filter: &MessageFilter,
    page: &PageQuery,
) -> Result<Page<MessageView>, Problem> {
    use message::{Column, Entity};
    let webhook = row(db, scope, id).await?;
    let mut select = visible::<Entity>(scope).filter(Column::WebhookId.eq(webhook.id));
    if let Some(state) = filter.state {
        select = select.filter(Column::State.eq(state.name()));
    }
    let mark = format!("{id} {filter:?}");
    let found = page
        .newest(db, select, Column::EntryId, |row| row.entry_id, &mark)
        .await?;
    Ok(found.map(MessageView::from))
}
