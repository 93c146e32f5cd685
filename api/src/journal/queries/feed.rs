//! The journal as a feed of changes.
//!
//! **Invariant.** A reader who goes on from `next` gets every entry that they may see once and in
//! the order of positions, whichever server they ask and however often it was restarted. What they
//! may not see is passed over and keeps its position. One read looks at a bounded stretch, so that
//! it costs the same for whoever sees little.

use std::time::Duration;

use axum::body::Bytes;
use futures_util::Stream;
use sea_orm::{
    ColumnTrait, ConnectionTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait, sea_query::Expr,
};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout_at},
};

use crate::{
    app::App,
    journal::{
        rows::{entry, position},
        wire::{EventView, EventsView},
    },
    problem::{Code, Problem},
    scope::{Scope, visible},
};

/// Positions that one read looks at.
const STRETCH: i64 = 20_000;
/// Events that a stream takes at once.
const STREAM_PAGE: u64 = 200;
/// How long a stream lasts; then the client comes again, and who it is is looked up anew.
const STREAM_TIME: Duration = Duration::from_secs(50);
/// How often a stream shows that it lives, and looks whether the server stops.
const PULSE: Duration = Duration::from_secs(1);
const PULSES_A_COMMENT: u32 = 15;

#[derive(Debug, FromQueryResult)]
struct Placed {
    position: i64,
    #[sea_orm(nested)]
    entry: entry::Model,
}

/// What happened from position `from` on.
pub(crate) async fn events_from(
    db: &impl ConnectionTrait,
    scope: &Scope,
    from: i64,
    limit: u64,
) -> Result<EventsView, Problem> {
    let sealed = super::size(db).await?;
    let end = sealed.min(from.saturating_add(STRETCH));
    let rows = if from >= end {
        Vec::new()
    } else {
        visible::<entry::Entity>(scope)
            .join(JoinType::InnerJoin, position::Relation::Entry.def().rev())
            .column_as(
                Expr::col((position::Entity, position::Column::Position)),
                "position",
            )
            .filter(position::Column::Position.gte(from))
            .filter(position::Column::Position.lt(end))
            .order_by_asc(position::Column::Position)
            .limit(limit)
            .into_model::<Placed>()
            .all(db)
            .await?
    };
    let is_full = u64::try_from(rows.len()).is_ok_and(|rows| rows >= limit);
    let next = match rows.last() {
        Some(last) if is_full => last.position + 1,
        _ => end.max(from),
    };
    Ok(EventsView {
        items: rows
            .into_iter()
            .map(|row| EventView::new(row.position, row.entry))
            .collect(),
        next,
        sealed,
    })
}

/// Somebody who reads the feed.
pub(in crate::journal) struct Follow {
    pub(in crate::journal) app: App,
    pub(in crate::journal) scope: Scope,
    pub(in crate::journal) from: i64,
}

impl Follow {
    fn place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let followers = self.app.seals.followers.clone();
        followers.try_acquire_owned().map_err(|_| {
            Problem::new(Code::Busy).detail(
                "同时等待新记录的连接已达上限，请稍后再试",
                "as many connections wait for new entries as may; try again later",
            )
        })
    }
}

/// What happened, or what happens within `wait`.
pub(in crate::journal) async fn events(
    mut follow: Follow,
    limit: u64,
    wait: Duration,
) -> Result<EventsView, Problem> {
    let mut sizes = follow.app.seals.follow();
    let first = events_from(follow.app.db.latest(), &follow.scope, follow.from, limit).await?;
    if !first.items.is_empty() || first.next < first.sealed || wait.is_zero() {
        return Ok(first);
    }
    let _place = follow.place()?;
    let deadline = Instant::now() + wait;
    follow.from = first.next;
    let mut last = first;
    while !follow.app.is_stopping() && Instant::now() < deadline {
        let pulse = deadline.min(Instant::now() + PULSE);
        let is_more = matches!(timeout_at(pulse, sizes.changed()).await, Ok(Ok(())));
        if is_more {
            last = events_from(follow.app.db.latest(), &follow.scope, last.next, limit).await?;
            if !last.items.is_empty() {
                break;
            }
        }
    }
    Ok(last)
}

impl Follow {
    /// The feed as server-sent events.
    pub(in crate::journal) fn stream(
        self,
    ) -> Result<impl Stream<Item = Result<Bytes, Problem>> + Send + 'static, Problem> {
        let state = Streaming {
            _place: self.place()?,
            sizes: self.app.seals.follow(),
            end: Instant::now() + STREAM_TIME,
            pulses: 0,
            // What is there already is told before anything is waited for.
            is_more: true,
            follow: self,
        };
        Ok(futures_util::stream::unfold(state, Streaming::next))
    }
}

struct Streaming {
    follow: Follow,
    _place: OwnedSemaphorePermit,
    sizes: tokio::sync::watch::Receiver<u64>,
    end: Instant,
    pulses: u32,
    is_more: bool,
}

impl Streaming {
    async fn next(mut self) -> Option<(Result<Bytes, Problem>, Self)> {
        loop {
            if self.follow.app.is_stopping() || Instant::now() >= self.end {
                return None;
            }
            if self.is_more {
                match self.read().await {
                    Ok(text) if text.is_empty() => {}
                    Ok(text) => return Some((Ok(text.into()), self)),
                    Err(problem) => {
                        self.end = Instant::now();
                        return Some((Err(problem), self));
                    }
                }
            }
            let pulse = Instant::now() + PULSE;
            self.is_more = matches!(timeout_at(pulse, self.sizes.changed()).await, Ok(Ok(())));
            self.pulses += 1;
            if self.pulses.is_multiple_of(PULSES_A_COMMENT) {
                return Some((Ok(Bytes::from_static(b": here\n\n")), self));
            }
        }
    }

    async fn read(&mut self) -> Result<String, Problem> {
        let follow = &mut self.follow;
        let from = follow.from;
        let page = events_from(follow.app.db.latest(), &follow.scope, from, STREAM_PAGE).await?;
        follow.from = page.next;
        self.is_more = page.next < page.sealed;
        let mut text = String::new();
        for event in &page.items {
            let data = serde_json::to_string(event).map_err(Problem::internal)?;
            text += &format!(
                "id: {}\nevent: {}\ndata: {data}\n\n",
                event.position,
                event.command()
            );
        }
        let told = page.items.last().map_or(from, |event| event.position + 1);
        if page.next > told {
            // Without data nobody is told anything, but the client comes back from here.
            text += &format!("id: {}\n\n", page.next - 1);
        }
        Ok(text)
    }
}
