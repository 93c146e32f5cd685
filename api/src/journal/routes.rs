//! Addresses of the journal.
//!
//! **Invariant.** Nothing here changes an entry. Checkpoints, keys and consistency proofs are for
//! everyone who is logged in, since every device is a witness; entries are for those who may read
//! them.

use std::time::Duration;

use axum::{
    Json,
    body::Body as Answer,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use domain::{identity::Capability, kernel::kinds};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Body, Page, PageQuery, Params, PathId, PathText, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries::{self, Follow},
    wire::{
        CheckpointView, CompareCheckpointBody, ComparisonView, ConsistencyProofView,
        ConsistencyQuery, EntryProofView, EraseBody, ErasureView, EventsQuery, EventsView,
        JournalEntryView, JournalFilter, JournalKeysView, ProofQuery,
    },
};

const EVENTS_DEFAULT: u64 = 100;
const EVENT_STREAM: &str = "text/event-stream";
const LAST_EVENT_ID: &str = "last-event-id";

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_journal_entries))
        .routes(routes!(get_entry_proof))
        .routes(routes!(erase_entry))
        .routes(routes!(get_latest_checkpoint))
        .routes(routes!(get_checkpoint))
        .routes(routes!(get_consistency_proof))
        .routes(routes!(compare_checkpoint))
        .routes(routes!(get_journal_keys))
        .routes(routes!(follow_events))
}

/// List what was done, newest first.
#[utoipa::path(get, path = "/v1/journal-entries", params(JournalFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<JournalEntryView>)))]
async fn list_journal_entries(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<JournalFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<JournalEntryView>>, Problem> {
    caller.require_anywhere(Capability::ReadJournal)?;
    let reach = caller.reach(Capability::ReadJournal);
    queries::entries(app.db.read(), &reach, &filter, &page)
        .await
        .map(Json)
}

/// Prove that an entry is in the journal.
///
/// The proof leads from the entry to the root of a signed checkpoint (RFC 6962) and can be checked
/// without this server, for instance by `tools/verify.py`. An entry is sealed a second or two after
/// its command.
#[utoipa::path(get, path = "/v1/journal-entries/{entry_id}/proof",
    params(("entry_id" = String, Path, pattern = "^entry_[0-7][0-9a-hjkmnp-tv-z]{25}$"), ProofQuery),
    responses((status = 200, description = "The proof.", body = EntryProofView)))]
async fn get_entry_proof(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::JournalEntry>,
    Params(query): Params<ProofQuery>,
) -> Result<Json<EntryProofView>, Problem> {
    caller.require_anywhere(Capability::ReadJournal)?;
    let reach = caller.reach(Capability::ReadJournal);
    queries::proof(app.db.read(), &reach, id, query.size)
        .await
        .map(Json)
}

/// Erase whom an entry names: its commitments stay and nobody can open them any more.
///
/// The entry and all proofs stay as they are.
#[utoipa::path(post, path = "/v1/journal-entries/{entry_id}/erase",
    params(("entry_id" = String, Path, pattern = "^entry_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = EraseBody,
    responses((status = 200, description = "Erased.", body = ErasureView)))]
async fn erase_entry(
    PathId(id): PathId<kinds::JournalEntry>,
    Write(write, body): Write<EraseBody>,
) -> Result<Response, Problem> {
    write.caller().require_anywhere(Capability::ErasePersons)?;
    let command = body.parse(id)?;
    Ok(write.run(command).await?.answer())
}

/// Show the newest signed checkpoint of the journal.
#[utoipa::path(get, path = "/v1/checkpoints/latest",
    responses((status = 200, description = "The checkpoint.", body = CheckpointView)))]
async fn get_latest_checkpoint(
    State(app): State<App>,
    _caller: Caller,
) -> Result<Json<CheckpointView>, Problem> {
    queries::checkpoint(app.db.read(), None).await.map(Json)
}

/// Show the checkpoint that was signed at a size.
#[utoipa::path(get, path = "/v1/checkpoints/{size}",
    params(("size" = String, Path, pattern = "^[1-9][0-9]{0,15}$")),
    responses((status = 200, description = "The checkpoint.", body = CheckpointView)))]
async fn get_checkpoint(
    State(app): State<App>,
    _caller: Caller,
    PathText(size): PathText,
) -> Result<Json<CheckpointView>, Problem> {
    let size = size.parse().map_err(|_| Problem::not_found())?;
    queries::checkpoint(app.db.read(), Some(size))
        .await
        .map(Json)
}

/// Prove that the journal of a checkpoint begins with an earlier one.
#[utoipa::path(get, path = "/v1/checkpoints/consistency", params(ConsistencyQuery),
    responses((status = 200, description = "The proof.", body = ConsistencyProofView)))]
async fn get_consistency_proof(
    State(app): State<App>,
    _caller: Caller,
    Params(query): Params<ConsistencyQuery>,
) -> Result<Json<ConsistencyProofView>, Problem> {
    queries::consistency(app.db.read(), query.from, query.to)
        .await
        .map(Json)
}

/// Ask as a witness whether the journal still begins with a checkpoint that was kept.
///
/// Nothing is written. 409 `journal-forked` says that it does not: history was rewritten, or an old
/// backup stands in its place.
#[utoipa::path(post, path = "/v1/checkpoints/compare", request_body = CompareCheckpointBody,
    responses((status = 200, description = "It does.", body = ComparisonView)))]
async fn compare_checkpoint(
    State(app): State<App>,
    _caller: Caller,
    Body(body): Body<CompareCheckpointBody>,
) -> Result<Json<ComparisonView>, Problem> {
    queries::compare(app.db.read(), &body.checkpoint)
        .await
        .map(Json)
}

/// Show the public keys that sign checkpoints.
#[utoipa::path(get, path = "/v1/journal-keys",
    responses((status = 200, description = "The keys.", body = JournalKeysView)))]
async fn get_journal_keys(
    State(app): State<App>,
    _caller: Caller,
) -> Result<Json<JournalKeysView>, Problem> {
    queries::journal_keys(app.db.read()).await.map(Json)
}

/// Follow what happens, from a position on.
///
/// Ask again with `from` set to `next`: nothing is missed or told twice, on any server and after any
/// restart. What the caller may not see is passed over and keeps its position. `wait_s` holds the
/// answer until there is something. With `Accept: text/event-stream` it comes as server-sent
/// events, whose ids are positions; a stream ends after 50 seconds, and a client that comes back
/// with `Last-Event-ID` goes on where it was. At most 512 readers wait at once.
#[utoipa::path(get, path = "/v1/events",
    params(EventsQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The last position that was told; it comes before `from`.", max_length = 16, pattern = "^[0-9]{1,16}$")),
    responses((status = 200, description = "A stretch of the feed.",
        content((EventsView = "application/json"), (String = "text/event-stream")))))]
async fn follow_events(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.require_anywhere(Capability::ReadJournal)?;
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let last: Option<i64> = text(LAST_EVENT_ID)
        .and_then(|text| text.parse().ok())
        .filter(|last| *last >= 0);
    let follow = Follow {
        scope: caller.reach(Capability::ReadJournal),
        from: last.map_or(query.from.unwrap_or(0), |last| last.saturating_add(1)),
        app,
    };
    let accepts = |accept: &str| {
        accept
            .split(',')
            .any(|kind| kind.trim().starts_with(EVENT_STREAM))
    };
    if text(header::ACCEPT.as_str()).is_some_and(accepts) {
        let stream = follow.stream()?;
        let headers = [
            (header::CONTENT_TYPE, EVENT_STREAM),
            (header::CACHE_CONTROL, "no-store"),
        ];
        return Ok((headers, Answer::from_stream(stream)).into_response());
    }
    let limit = query.limit.unwrap_or(EVENTS_DEFAULT);
    let wait = Duration::from_secs(query.wait_s.unwrap_or(0));
    let page = queries::events(follow, limit, wait).await?;
    Ok(Json(page).into_response())
}
