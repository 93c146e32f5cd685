//! Addresses of the journal.
//!
//! **Invariant.** Read-only.

use axum::{Json, extract::State};
use domain::identity::Capability;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries,
    wire::{JournalEntryView, JournalFilter},
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_journal_entries))
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
