//! The command line.
//!
//! **Invariant.** Exit codes are for scripts: 0 done, 1 failed, 2 the command line or the settings
//! are wrong, 3 `verify` found something. Results go to standard output, everything else to
//! standard error.

mod backup;
mod demo;
mod export;
mod import;
mod logging;
mod progress;
mod restore;
mod serve;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    app::App,
    clock::Clock,
    config::{Config, ConfigErrors},
    migrate,
};

const SETTINGS_FILE: &str = "relief-depot.toml";

/// Relief Depot: the stock system for disaster-relief depots.
#[derive(Debug, Parser)]
#[command(name = "relief-depot", version, about, max_term_width = 100)]
struct CommandLine {
    /// The settings file; without it, relief-depot.toml in the working directory if there is one.
    ///
    /// Every setting can also be given in the environment as RELIEF_DEPOT_<NAME>.
    #[arg(long, global = true, env = "RELIEF_DEPOT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Start the server: migrates the database, then answers on the `listen` address.
    ///
    /// At the first start it prints a one-time setup code; POST it to /v1/setup to make the first
    /// account. Stop it with Ctrl-C or SIGTERM: running requests are finished first.
    Serve(serve::Serve),
    /// Bring the database schema up to date and load the built-in reference data.
    ///
    /// `serve` does the same at its start; use this to see or prepare an upgrade.
    Migrate {
        /// Only list what would be applied.
        #[arg(long)]
        list: bool,
    },
    /// Write a list to a CSV or XLSX file.
    ///
    /// Example: relief-depot export depots --out depots.xlsx --filter level=county
    ///
    /// The file holds what the API answers, with a column for each member, and a row for each line
    /// of a document that has lines. It can be run beside a server.
    Export(export::Export),
    /// Copy the whole database to a file, while the server may be running.
    ///
    /// SQLite: one consistent state, checked with SQLite's own integrity check. PostgreSQL: a dump
    /// by pg_dump, read back by pg_restore; both are looked for on the PATH or in pg_bin
    /// (RELIEF_DEPOT_PG_BIN). Until the copy was checked it is called FILE.partial. Copy FILE and
    /// FILE.sha256 to another machine: a disk that dies takes its backups with it.
    Backup(backup::Backup),
    /// Put a backup in the place of the database.
    ///
    /// Stop the server first. The file is refused, and nothing touched, if it differs from its
    /// checksum, is damaged, or was made by a newer release. SQLite: the old database is kept
    /// beside the new one as <name>.before-restore-<time>. PostgreSQL: the database that
    /// database_url names must be empty.
    Restore(restore::Restore),
    /// Fill an empty database with the demonstration: Zhejiang's depots and Typhoon In-Fa, 2021.
    ///
    /// Organisations, depots and stock are marked as demonstration data; passwords of the accounts
    /// are random and written to demo-accounts.txt in the data directory. A database that has
    /// organisations is refused, and so is one in which a demonstration was interrupted: the answer
    /// says what to delete. `serve --demo` does the same before it serves.
    Demo,
    /// Read a CSV or XLSX file in.
    ///
    /// Everything is written in one transaction; with --dry-run nothing is. Mistakes are listed by
    /// sheet and cell, and the exit code is 1 if the file was not accepted. Templates to fill in are
    /// at GET /v1/import-templates/{kind}.
    Import(import::Import),
    /// Re-add the whole ledger and compare it with what the tables say.
    ///
    /// Reads one snapshot and changes nothing; it can be run beside a server. Each line of output
    /// is one fault, beginning with the invariant that it breaks: I1 movements are balanced, I2
    /// nothing is negative, I3 balances are what movements add up to, I6 reservations end once, I7
    /// no more left than came, I9 nothing unfit left without an override, I10 gifts went where they
    /// are bound, I12 every effect is in the journal, I14 the database itself is sound. The exit
    /// code is 0 if there is none and 3 if there is any.
    Verify(verify::Verify),
    /// Print the OpenAPI 3.1 document of the API.
    Openapi,
    /// Print the documented settings file with every default.
    ///
    /// Keep it as relief-depot.toml in the working directory and change what you need.
    Config,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let line = CommandLine::parse();
    let config = match settings(&line) {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&error.into());
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(line.action, config)) {
        Ok(code) => code,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(action: Action, config: Config) -> anyhow::Result<ExitCode> {
    match action {
        Action::Serve(serve) => {
            logging::start(&config)?;
            serve.run(config).await?;
        }
        Action::Migrate { list } => {
            let app = App::open(config, Clock::default()).await?;
            let pending = migrate::pending(&app).await?;
            for name in &pending {
                say(name);
            }
            if !list {
                migrate::migrate(&app).await?;
                say(&format!("{} migration(s) applied", pending.len()));
            }
            app.db.close().await?;
        }
        Action::Verify(verify) => return verify.run(config).await,
        Action::Export(export) => return export.run(config).await,
        Action::Backup(backup) => backup.run(&config).await?,
        Action::Restore(restore) => restore.run(&config).await?,
        Action::Config => say(crate::config::DEFAULTS.trim_end()),
        Action::Demo => demo::run(config).await?,
        Action::Import(import) => return import.run(config).await,
        Action::Openapi => {
            say(&serde_json::to_string_pretty(&crate::http::describe())?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn settings(line: &CommandLine) -> anyhow::Result<Config> {
    let named = line.config.clone();
    let path = named
        .clone()
        .unwrap_or_else(|| PathBuf::from(SETTINGS_FILE));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(ConfigErrors(vec![format!("{}: {error}", path.display())]).into());
        }
    };
    let name = path.display().to_string();
    let file = text.as_deref().map(|text| (name.as_str(), text));
    Ok(Config::load(file, std::env::vars())?)
}

/// Prints a result.
#[expect(
    clippy::print_stdout,
    reason = "results of the command line go to standard output"
)]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

fn complain(error: &anyhow::Error) {
    note(&format!("relief-depot: {error:#}"));
}

/// Prints what is no result.
#[expect(
    clippy::print_stderr,
    reason = "complaints and remarks of the command line go to standard error"
)]
pub(crate) fn note(line: &str) {
    eprintln!("{line}");
}
