//! Relief Depot: the stock system for disaster-relief depots.
//!
//! **Invariant.** Data travels one way: route → command → domain → rows. Each context is a folder
//! with the same files; a context asks another only through its `queries`.
//! `docs/ARCHITECTURE.md` has the map.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod http;
pub mod storage;

mod agreements;
mod alerts;
mod backup;
mod catalogue;
mod demo;
mod depots;
mod devices;
mod disclosure;
mod dispatch;
mod duties;
mod exchange;
mod identity;
mod ids;
mod incidents;
pub mod jobs;
mod journal;
pub mod migrate;
mod organisations;
mod problem;
mod rating;
mod routing;
mod row_security;
mod scope;
mod sealed_days;
mod search;
mod secrets;
pub mod selfcheck;
mod stock;
pub mod tls;
mod uow;
pub mod verify;
mod virtual_warehouse;
mod webhooks;

// For the whole process, whoever it belongs to: the tests and benches run the server inside theirs.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The road network of an OpenStreetMap extract, for whoever measures ways without a server.
///
/// # Errors
/// When the extract is broken or holds no roads.
pub fn road_graph(extract: &std::path::Path) -> anyhow::Result<domain::routing::RoadGraph> {
    routing::graph_of(extract)
}

/// Makes a fresh one-time setup code while there is no account yet; the caller shows it to the
/// operator. `None` once the first account exists.
///
/// # Errors
/// When the database refuses.
pub async fn setup_code(app: &app::App) -> anyhow::Result<Option<String>> {
    Ok(identity::announce(app).await?)
}
