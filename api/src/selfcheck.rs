//! How an installation stands: what an operator can get wrong, looked at and told.
//!
//! **Invariant.** Nothing is changed. Every row says what was seen. What could not be looked at is
//! `not_checked` and never `ok`: ignorance is no good news. A secret is never evidence.

mod advisories;
mod cn;
mod crates;
mod credentials;
mod database;
mod files;
mod network;
mod passwords;
mod room;
mod seal;
mod time;

use std::{borrow::Cow, path::PathBuf};

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, sea_query::SelectStatement};
use serde::Serialize;

use crate::{app::App, clock::Clock, config::Config};

pub use crates::{Crate, shipped};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The rows that are wanted.
    pub profile: Profile,
    /// The settings file that was read, if there is one.
    pub settings_file: Option<PathBuf>,
    /// A copy of the RustSec advisory database.
    pub advisories: Option<PathBuf>,
}

/// Which rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// What is right everywhere.
    #[default]
    Default,
    /// The same, and what a program can tell of 等保 (GB/T 22239-2019, level 3) and 密评
    /// (GB/T 39786-2021).
    Cn,
}

/// What is to be thought of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// To be looked at by somebody.
    Warning,
    /// To be mended.
    Fault,
    /// Not looked at, for the reason that is told.
    NotChecked,
}

impl State {
    /// Its name in the report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
            Self::NotChecked => "not_checked",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its stable name.
    pub id: &'static str,
    /// What is to be thought of it.
    pub state: State,
    /// What that means, in Chinese.
    pub zh: Cow<'static, str>,
    /// The same in English.
    pub en: Cow<'static, str>,
    /// What was seen.
    pub evidence: String,
    /// The rule that asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
}

impl Row {
    fn new(id: &'static str, state: State, zh: &'static str, en: &'static str) -> Self {
        Self {
            id,
            state,
            zh: zh.into(),
            en: en.into(),
            evidence: String::new(),
            source: None,
        }
    }

    fn ok(id: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self::new(id, State::Ok, zh, en)
    }

    fn warning(id: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self::new(id, State::Warning, zh, en)
    }

    fn fault(id: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self::new(id, State::Fault, zh, en)
    }

    fn not_checked(id: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self::new(id, State::NotChecked, zh, en)
    }

    // What was meant to be looked at and could not.
    fn unknown(id: &'static str, why: &anyhow::Error) -> Self {
        Self::not_checked(id, "查不出来", "it could not be looked at").seen(format!("{why:#}"))
    }

    fn seen(mut self, evidence: impl Into<String>) -> Self {
        self.evidence = evidence.into();
        self
    }

    fn by(mut self, source: &'static str) -> Self {
        self.source = Some(source);
        self
    }
}

/// All that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The version of the program.
    pub version: &'static str,
    /// When it looked.
    pub checked_at: DateTime<Utc>,
    /// Which rows were asked for.
    pub profile: Profile,
    /// What was found.
    pub rows: Vec<Row>,
}

impl Report {
    /// How many rows are in a state.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|row| row.state == state).count()
    }
}

// One row that asks the database.
struct Check(&'static str, Look);
type Look = for<'a> fn(&'a App) -> BoxFuture<'a, anyhow::Result<Row>>;

/// Looks at everything.
pub async fn look(config: &Config, clock: &Clock, asked: &Asked) -> Report {
    let now = clock.now();
    let mut rows = files::rows(config, asked.settings_file.as_deref());
    rows.extend(network::rows(config));
    rows.extend(room::rows(config, now));
    rows.push(time::after_release(now));
    rows.push(time::steady(clock).await);
    rows.push(advisories::row(asked.advisories.as_deref(), now));
    let mut checks = Vec::new();
    for some in [
        database::CHECKS,
        time::CHECKS,
        seal::CHECKS,
        network::CHECKS,
        credentials::CHECKS,
    ] {
        checks.extend(some);
    }
    if asked.profile == Profile::Cn {
        rows.extend(cn::rows(config));
        checks.extend(cn::CHECKS);
    }
    rows.extend(ask(config, clock, &checks).await);
    Report {
        version: env!("CARGO_PKG_VERSION"),
        checked_at: now,
        profile: asked.profile,
        rows,
    }
}

async fn ask(config: &Config, clock: &Clock, checks: &[&Check]) -> Vec<Row> {
    const ID: &str = "database_opens";
    let app = match App::open_existing(config.clone(), clock.clone()).await {
        Ok(app) => app,
        Err(error) => {
            let zh = "数据库打不开，与它有关的各项都没有查";
            let en = "the database does not open; nothing that asks it was checked";
            let mut rows = vec![Row::fault(ID, zh, en).seen(format!("{error:#}"))];
            rows.extend(checks.iter().map(|Check(id, _)| {
                Row::not_checked(id, "数据库打不开", "the database does not open")
            }));
            return rows;
        }
    };
    let mut rows = vec![Row::ok(ID, "数据库能打开", "the database opens")];
    for Check(id, look) in checks {
        let found = look(&app).await;
        rows.push(found.unwrap_or_else(|error| Row::unknown(id, &error)));
    }
    if let Err(error) = app.db.close().await {
        tracing::warn!(error = format!("{error:#}"), "the database did not close");
    }
    rows
}

// The first column, a whole number, of the one row that is answered.
async fn number(app: &App, query: &SelectStatement) -> anyhow::Result<i64> {
    let row = app.db.read().query_one(query).await?;
    let row = row.ok_or_else(|| anyhow::anyhow!("the database gave no answer"))?;
    Ok(row.try_get_by_index(0)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_the_report_is_that_of_the_state() {
        for state in [State::Ok, State::Warning, State::Fault, State::NotChecked] {
            assert_eq!(serde_json::json!(state), state.name());
        }
    }

    #[tokio::test]
    async fn where_no_database_is_nothing_of_it_is_called_good() {
        let home = tempfile::tempdir().unwrap();
        let mut config = Config::load(None, []).unwrap();
        config.data_directory = home.path().join("nowhere");
        let asked = Asked {
            profile: Profile::Cn,
            ..Asked::default()
        };
        let report = look(&config, &Clock::default(), &asked).await;
        let state = |id: &str| report.rows.iter().find(|row| row.id == id).unwrap().state;
        assert_eq!(state("database_opens"), State::Fault);
        for id in [
            "database_durability",
            "migrations",
            "signing_key",
            "setup_code",
            "cn_audit_trail",
        ] {
            assert_eq!(state(id), State::NotChecked, "{id}");
        }
        assert!(!config.data_directory.exists(), "who looks makes nothing");
        let mut ids: Vec<_> = report.rows.iter().map(|row| row.id).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count, "a row stands there once: {ids:?}");
    }
}
