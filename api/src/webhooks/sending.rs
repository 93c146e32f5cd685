//! Queueing what happened, and telling it.
//!
//! **Invariant.** Queueing an event and moving the webhook's place on are one transaction. Whoever
//! tells an event has claimed it for a while, so that of several servers one tells it, and another
//! does if that one died over it. A receiver that is slow keeps nobody waiting but itself. Nothing of
//! this is a command: an entry about telling an entry would be told in its turn, for ever.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    kernel::{Id, kinds},
    webhooks::{Heard, MessageState, Next, WebhookState, next},
};
use futures_util::FutureExt as _;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait as _, Query},
};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::{
    app::App,
    journal,
    problem::Problem,
    scope::{Scope, visible},
    secrets::Secrets,
    uow,
};

use super::{
    client::Signed,
    rows::{message, webhook},
    sealed, signature, wire,
};

/// Entries that are looked at for a webhook at once.
const QUEUED_AT_ONCE: u64 = 500;
/// Events that are told to a webhook before others are looked for.
const TOLD_AT_ONCE: u64 = 50;
/// Longer than an answer is waited for.
const CLAIM: TimeDelta = TimeDelta::seconds(60);
/// What arrived is kept so long for whoever asks what became of it.
const KEPT: TimeDelta = TimeDelta::days(30);

/// The webhooks that this server is telling something.
pub(crate) type Busy = Arc<Mutex<HashSet<Uuid>>>;

/// Queues what happened and begins to tell what is due; what it began is answered.
pub(crate) async fn tell(app: &App) -> Result<Vec<JoinHandle<()>>, Problem> {
    let active = visible::<webhook::Entity>(&Scope::Everything)
        .filter(webhook::Column::State.eq(WebhookState::Active.name()))
        .order_by_asc(webhook::Column::Id)
        .all(app.db.latest())
        .await?;
    if active.is_empty() {
        return Ok(Vec::new());
    }
    let sealed = journal::size(app.db.latest()).await?;
    for webhook in &active {
        let mut place = webhook.next_position;
        while place < sealed && !app.is_stopping() {
            match queue(app, webhook, place).await? {
                Some(next) => place = next,
                // Another server was faster.
                None => break,
            }
        }
    }
    let mut begun = Vec::new();
    for webhook in due_webhooks(app, &active).await? {
        let id = webhook.id;
        if !lock(&app.telling).insert(id) {
            continue;
        }
        let app = app.clone();
        begun.push(tokio::spawn(async move {
            if let Err(problem) = tell_due(&app, &webhook).await {
                uow::note(&app, &problem);
                tracing::warn!(webhook = %id, %problem, "what happened could not be told");
            }
            lock(&app.telling).remove(&id);
        }));
    }
    Ok(begun)
}

fn lock(busy: &Busy) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
    busy.lock().unwrap_or_else(PoisonError::into_inner)
}

// Queues the events of a stretch of the journal; answers where the next begins.
async fn queue(app: &App, webhook: &webhook::Model, from: i64) -> Result<Option<i64>, Problem> {
    let scope = Scope::Subtrees(vec![webhook.organisation_id]);
    let page = journal::events_from(app.db.latest(), &scope, from, QUEUED_AT_ONCE).await?;
    let (id, next, now) = (webhook.id, page.next, app.clock.now());
    let rows: Vec<_> = page
        .items
        .iter()
        .filter(|event| wants(&webhook.events, event.command()))
        .map(|event| message::ActiveModel {
            webhook_id: Set(id),
            position: Set(event.position),
            entry_id: Set(event.id().uuid()),
            event: Set(event.command().to_owned()),
            subject: Set(event
                .subject()
                .map_or_else(|| event.id().to_string(), str::to_owned)),
            state: Set(MessageState::Waiting.name().to_owned()),
            attempts: Set(0),
            next_attempt_at: Set(now),
            last_attempt_at: Set(None),
            last_status: Set(None),
            last_fault: Set(None),
        })
        .collect();
    let moved = uow::without_entry(app, move |transaction| {
        async move {
            use webhook::{Column, Entity};
            let mut place = Query::update();
            place
                .table(Entity)
                .value(Column::NextPosition, next)
                .and_where(Column::Id.eq(id))
                .and_where(Column::NextPosition.eq(from));
            if transaction.execute(&place).await?.rows_affected() != 1 {
                return Ok(false);
            }
            if !rows.is_empty() {
                let insert = message::Entity::insert_many(rows);
                insert.exec_without_returning(transaction).await?;
            }
            Ok(true)
        }
        .boxed()
    })
    .await?;
    Ok(moved.then_some(next))
}

// Whether a webhook wants to hear of a command: it named it, its context, or nothing at all.
fn wants(events: &str, command: &str) -> bool {
    let context = command.split('.').next().unwrap_or(command);
    let mut named = events.split_whitespace().peekable();
    named.peek().is_none() || named.any(|event| event == command || event == context)
}

// Which of the active webhooks have something that is due.
async fn due_webhooks(
    app: &App,
    active: &[webhook::Model],
) -> Result<Vec<webhook::Model>, Problem> {
    use message::{Column, Entity};
    let due: Vec<Uuid> = visible::<Entity>(&Scope::Everything)
        .select_only()
        .column(Column::WebhookId)
        .filter(Column::State.eq(MessageState::Waiting.name()))
        .filter(Column::NextAttemptAt.lte(app.clock.now()))
        .distinct()
        .into_tuple()
        .all(app.db.latest())
        .await?;
    let due: HashSet<_> = due.into_iter().collect();
    let is_due = |webhook: &&webhook::Model| due.contains(&webhook.id);
    Ok(active.iter().filter(is_due).cloned().collect())
}

async fn tell_due(app: &App, webhook: &webhook::Model) -> Result<(), Problem> {
    let secrets = Secrets::open(&app.config).map_err(Problem::internal)?;
    for message in due(app, webhook.id).await? {
        if app.is_stopping() || !claim(app, &message).await? {
            continue;
        }
        let (heard, fault) = match event(app, &secrets, webhook, &message).await? {
            Some(signed) => app.messenger.send(&webhook.url, signed).await,
            None => (Heard::Nothing, Some("not_allowed")),
        };
        if note(app, webhook, &message, heard, fault).await? == Next::Gone {
            break;
        }
    }
    Ok(())
}

// What is due for a webhook, in its order; what stands behind an earlier event about the same thing
// waits for that.
async fn due(app: &App, webhook: Uuid) -> Result<Vec<message::Model>, Problem> {
    use message::{Column, Entity};
    let earlier = Alias::new("earlier");
    let of = |column| Expr::col((earlier.clone(), column));
    let before = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, earlier.clone())
        .and_where(of(Column::WebhookId).eq(webhook))
        .and_where(of(Column::Subject).equals((Entity, Column::Subject)))
        .and_where(of(Column::State).eq(MessageState::Waiting.name()))
        .and_where(of(Column::Position).lt(Expr::col((Entity, Column::Position))))
        .to_owned();
    let rows = visible::<Entity>(&Scope::Everything)
        .filter(Column::WebhookId.eq(webhook))
        .filter(Column::State.eq(MessageState::Waiting.name()))
        .filter(Column::NextAttemptAt.lte(app.clock.now()))
        .filter(Expr::exists(before).not())
        .order_by_asc(Column::Position)
        .limit(TOLD_AT_ONCE)
        .all(app.db.latest())
        .await?;
    Ok(rows)
}

// The statement that changes one message, if it still is as it was seen.
fn as_seen(message: &message::Model) -> sea_orm::sea_query::UpdateStatement {
    use message::{Column, Entity};
    let mut update = Query::update();
    update
        .table(Entity)
        .and_where(Column::WebhookId.eq(message.webhook_id))
        .and_where(Column::Position.eq(message.position))
        .and_where(Column::State.eq(MessageState::Waiting.name()))
        .and_where(Column::Attempts.eq(message.attempts));
    update
}

// Keeps others from telling it for a while.
async fn claim(app: &App, message: &message::Model) -> Result<bool, Problem> {
    use message::Column;
    let (now, mut claim) = (app.clock.now(), as_seen(message));
    claim
        .value(Column::NextAttemptAt, now + CLAIM)
        .and_where(Column::NextAttemptAt.lte(now));
    uow::without_entry(app, move |transaction| {
        async move { Ok(transaction.execute(&claim).await?.rows_affected() == 1) }.boxed()
    })
    .await
}

// What is told; nothing where the entry is not there or not for these ears any more.
async fn event(
    app: &App,
    secrets: &Secrets,
    webhook: &webhook::Model,
    message: &message::Model,
) -> Result<Option<Signed>, Problem> {
    let scope = Scope::Subtrees(vec![webhook.organisation_id]);
    let page = journal::events_from(app.db.latest(), &scope, message.position, 1).await?;
    let found = page.items.first();
    let Some(event) = found.filter(|event| event.position == message.position) else {
        return Ok(None);
    };
    let body = wire::message(event).map_err(Problem::internal)?;
    let (now, id) = (app.clock.now(), event.id().to_string());
    let before = webhook
        .secret_before
        .as_deref()
        .filter(|_| webhook.secret_before_until.is_some_and(|until| now < until));
    let sign_by = std::iter::once(webhook.secret.as_str()).chain(before);
    let sign_by = sign_by.map(|kept| sealed::open(secrets, webhook.id, kept));
    let sign_by: anyhow::Result<Vec<_>> = sign_by.collect();
    let sign_by = sign_by.map_err(Problem::internal)?;
    let sign_by = sign_by.iter().map(String::as_str);
    let timestamp = now.timestamp();
    let signature = signature::sign(sign_by, &id, timestamp, &body).map_err(Problem::internal)?;
    Ok(Some(Signed {
        id,
        timestamp,
        signature,
        body,
    }))
}

// Writes down what came of telling.
async fn note(
    app: &App,
    webhook: &webhook::Model,
    message: &message::Model,
    heard: Heard,
    fault: Option<&'static str>,
) -> Result<Next, Problem> {
    use message::Column;
    let now = app.clock.now();
    let attempts = message.attempts + 1;
    let next = next(u32::try_from(attempts).unwrap_or(u32::MAX), heard);
    let (state, again) = match next {
        Next::Delivered => (MessageState::Delivered, now),
        Next::Again(pause) => (MessageState::Waiting, now + pause),
        Next::Failed => (MessageState::Failed, now),
        Next::Gone => (MessageState::Waiting, now),
    };
    let status = match heard {
        Heard::Status { code, .. } => Some(i64::from(code)),
        Heard::Nothing => None,
    };
    let mut told = as_seen(message);
    told.value(Column::State, state.name())
        .value(Column::Attempts, attempts)
        .value(Column::NextAttemptAt, again)
        .value(Column::LastAttemptAt, now)
        .value(Column::LastStatus, status)
        .value(Column::LastFault, fault);
    let standing = standing(webhook, next, now);
    uow::without_entry(app, move |transaction| {
        async move {
            transaction.execute(&told).await?;
            transaction.execute(&standing).await?;
            Ok(true)
        }
        .boxed()
    })
    .await?;
    metrics::counter!("relief_depot_webhook_attempts_total", "state" => state.name()).increment(1);
    if next == Next::Gone {
        let id: Id<kinds::Webhook> = Id::from_uuid(webhook.id);
        tracing::info!(webhook = %id, "the receiver wants to hear nothing more");
    }
    Ok(next)
}

// What telling says of the webhook as a whole.
fn standing(
    webhook: &webhook::Model,
    next: Next,
    now: DateTime<Utc>,
) -> sea_orm::sea_query::UpdateStatement {
    use webhook::{Column, Entity};
    let mut update = Query::update();
    update.table(Entity).and_where(Column::Id.eq(webhook.id));
    match next {
        Next::Delivered => {
            update
                .value(Column::LastDeliveredAt, now)
                .value(Column::FailingSince, Option::<DateTime<Utc>>::None);
        }
        Next::Gone => {
            update
                .value(Column::State, WebhookState::Gone.name())
                .value(Column::Version, Expr::col(Column::Version).add(1))
                .and_where(Column::State.eq(WebhookState::Active.name()));
        }
        Next::Again(_) | Next::Failed => {
            update
                .value(Column::FailingSince, now)
                .and_where(Column::FailingSince.is_null());
        }
    }
    update
}

/// Forgets what arrived long ago. Run by the server's jobs.
pub(crate) async fn sweep(app: &App) -> Result<u64, Problem> {
    use message::{Column, Entity};
    let statement = Entity::delete_many()
        .filter(Column::State.eq(MessageState::Delivered.name()))
        .filter(Column::LastAttemptAt.lt(app.clock.now() - KEPT));
    let swept = statement.exec(app.db.writer()).await?;
    Ok(swept.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_hears_what_it_named() {
        for (events, command, expected) in [
            ("", "stock.issue", true),
            ("stock", "stock.issue", true),
            ("stock.issue", "stock.issue", true),
            ("dispatch stock.receive", "stock.receive", true),
            ("dispatch stock.receive", "stock.issue", false),
            ("stoc", "stock.issue", false),
            ("stock.iss", "stock.issue", false),
        ] {
            assert_eq!(wants(events, command), expected, "{events} {command}");
        }
    }
}
