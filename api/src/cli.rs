//! The command line.
//!
//! **Invariant.** Exit codes are for scripts: 0 done, 1 failed, 2 the command line or the settings
//! are wrong, 3 what was looked at is not in order: `verify` found something, `import` did not
//! accept the file, the figures of `plan` do not hold together, a road file is broken, or
//! `selfcheck` found a fault. Results go to standard output, everything else to standard error. Whoever reads
//! them may stop reading at any time.

mod backup;
mod demo;
mod export;
mod import;
mod journal;
mod logging;
mod migrate;
mod plan;
mod progress;
mod restore;
mod roads;
mod rules;
mod second_factor;
mod selfcheck;
mod serve;
mod verify;

use std::{
    ffi::OsString,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigErrors};

const SETTINGS_FILE: &str = "relief-depot.toml";
// What still runs when the work is over, such as an import that a stop broke off.
const LAST_TASKS: Duration = Duration::from_secs(5);
/// The exit code for scripts: what was looked at is not in order.
const NOT_IN_ORDER: u8 = 3;
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: the database or a file cannot be reached, or the work was refused
  2  the command line or the settings are wrong
  3  what was looked at is not in order: verify or selfcheck found a fault, import did not accept
     the file, the figures of plan do not hold together, or a road file is broken

Example: relief-depot serve --demo";

/// Relief Depot: the stock system for disaster-relief depots.
#[derive(Debug, Parser)]
#[command(name = "relief-depot", version, about, max_term_width = 100, after_help = EXIT_CODES)]
struct CommandLine {
    /// The settings file; without it, relief-depot.toml in the working directory if there is one.
    ///
    /// Every setting can also be given in the environment as RELIEF_DEPOT_NAME.
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
    ///
    /// Example: RELIEF_DEPOT_LISTEN=127.0.0.1:8080 relief-depot serve
    Serve(serve::Serve),
    /// Bring the database schema up to date and load the built-in reference data.
    ///
    /// `serve` does the same at its start; use this to see or prepare an upgrade.
    ///
    /// Example: relief-depot migrate --list
    Migrate(migrate::Migrate),
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
    ///
    /// Example: relief-depot backup --out monday.backup
    Backup(backup::Backup),
    /// Put a backup in the place of the database.
    ///
    /// Stop the server and every other command first. The file is refused, and nothing touched, if it differs from its
    /// checksum, is damaged, or was made by a newer release. SQLite: the old database is kept
    /// beside the new one as NAME.before-restore-TIME. PostgreSQL: the database that
    /// database_url names must be empty.
    ///
    /// Example: relief-depot restore monday.backup
    Restore(restore::Restore),
    /// Fill an empty database with the demonstration: Zhejiang's depots and Typhoon In-Fa, 2021.
    ///
    /// Organisations, depots and stock are marked as demonstration data; passwords of the accounts
    /// are random and written to demo-accounts.txt in the data directory. A database that has
    /// organisations is refused, and so is one in which a demonstration was interrupted: the answer
    /// says what to delete. `serve --demo` does the same before it serves.
    ///
    /// Example: relief-depot demo
    Demo,
    /// Read a CSV or XLSX file in.
    ///
    /// Everything is written in one transaction; with --dry-run nothing is. Mistakes are listed by
    /// sheet and cell, and the exit code is 3 if the file was not accepted. With --template a
    /// workbook to fill in is written to FILE instead; GET /v1/import-templates/{kind} answers the
    /// same.
    ///
    /// Example: relief-depot import depots depots.xlsx --dry-run
    Import(import::Import),
    /// Make and show the road network by which ways are found.
    Roads(roads::RoadCommands),
    /// Write the sealed journal for whoever checks it, or print the keys that sign it.
    Journal(journal::Journal),
    /// Check, compare and describe rule sets, the files by which depots are rated.
    Rules(rules::Rules),
    /// Answer a transportation problem from a file, without a database.
    ///
    /// As little as possible of the demands is missing, and then the costs are least. FILE is JSON
    /// as `POST /v1/plans/solve` takes it, or the classic table as CSV: a row for each source with
    /// its supply at the end, an empty cell where nothing may go, and a last row `demand`; or two,
    /// `min_demand` and `max_demand`, and then all supply is sent. The exit code is 3 if the figures
    /// do not hold together.
    ///
    /// Example: relief-depot plan problem.csv
    Plan(plan::Plan),
    /// Re-add the whole ledger and compare it with what the tables say.
    ///
    /// Reads one snapshot and changes nothing; it can be run beside a server. Each line of output
    /// is one fault, beginning with the invariant that it breaks: I1 movements are balanced, I2
    /// nothing is negative, I3 balances are what movements add up to, I4 what was verified is still
    /// there, I6 reservations end once, I7
    /// no more left than came, I8 the journal is what was sealed and signed, I9 nothing unfit left
    /// without an override, I10 gifts went where they are bound, I12 every effect is in the journal,
    /// I14 the database itself is sound, I15 nobody agreed alone to an order that they had asked for,
    /// unless they said why. The exit code is 0 if there is none and 3 if there is any.
    ///
    /// Where there is none it leaves a mark, `verified.mark` in the data directory, signed by the
    /// journal's key: how far the journal went, its root, and for each depot what its movements and
    /// its balances hash to. The next run compares with it, and so finds a movement and its balance
    /// that were edited alike. With `--since-last` it reads of the journal and the ledger only what
    /// was written since, counts what is older, and compares balances with those of the mark and
    /// what moved since; it says what it does not see. A mark that is missing or not signed by this
    /// server's key is not believed: everything is read, and standard error says why.
    ///
    /// It compares what is written down twice. What is written once, such as a name or a day, it
    /// cannot check. Of a journal that was rewritten and signed anew by whoever has the key the mark
    /// tells, if that one did not sign it anew too; then only a witness can.
    ///
    /// Example: relief-depot verify --json
    Verify(verify::Verify),
    /// Take an account's second factor away, whose holder has lost telephone and recovery codes.
    ///
    /// For where no security administrator is left who could. All sessions of the account end, and it
    /// must enrol anew if its roles demand that. The reason is kept in the journal.
    ///
    /// Example: relief-depot reset-second-factor root --reason "telephone lost in the flood"
    ResetSecondFactor(second_factor::ResetSecondFactor),
    /// Tell how this installation stands: files, network, clock, database, keys, accounts, libraries.
    ///
    /// Changes nothing and calls nobody; it can be run beside a server. Each line is a row: `ok`,
    /// `warning`, `fault` or `not_checked`, its name, what that means in Chinese and in English, and
    /// what was seen. What could not be looked at is `not_checked`, never `ok`. The exit code is 3 if
    /// there is a fault and 0 if there is none, warnings or not. The profile `cn` adds what a program
    /// can tell of 等保 and 密评. Known vulnerabilities of the libraries in the program are looked up
    /// in a copy of the RustSec advisory database (github.com/rustsec/advisory-db) that --advisories
    /// names.
    ///
    /// Example: relief-depot selfcheck --profile cn --advisories advisory-db
    Selfcheck(selfcheck::Selfcheck),
    /// Print the OpenAPI 3.1 document of the API.
    ///
    /// Example: relief-depot openapi > relief-depot.json
    Openapi,
    /// Print the documented settings file with every default.
    ///
    /// Keep it as relief-depot.toml in the working directory and change what you need.
    ///
    /// Example: relief-depot config > relief-depot.toml
    Config,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let mut line = CommandLine::parse();
    if let Action::Selfcheck(selfcheck) = &mut line.action {
        selfcheck.settings_file = Some(settings_file(line.config.as_ref()));
    }
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
    let outcome = runtime.block_on(run(line.action, config));
    runtime.shutdown_timeout(LAST_TASKS);
    outcome.unwrap_or_else(|error| {
        complain(&error);
        ExitCode::FAILURE
    })
}

async fn run(action: Action, mut config: Config) -> anyhow::Result<ExitCode> {
    // What the operator runs by hand takes as long as it takes, and nobody waits behind it.
    if !matches!(action, Action::Serve(_) | Action::Selfcheck(_)) {
        config.statement_timeout = Duration::ZERO;
    }
    logging::start(&config, matches!(action, Action::Serve(_)))?;
    match action {
        Action::Serve(serve) => serve.run(config).await?,
        Action::Migrate(migrate) => migrate.run(config).await?,
        Action::Roads(roads) => return roads.run(&config),
        Action::Journal(journal) => journal.run(config).await?,
        Action::Rules(rules) => return rules.run(config).await,
        Action::Selfcheck(selfcheck) => return selfcheck.run(config).await,
        Action::Verify(verify) => return verify.run(config).await,
        Action::Export(export) => return export.run(config).await,
        Action::Backup(backup) => backup.run(&config).await?,
        Action::Restore(restore) => restore.run(&config).await?,
        Action::ResetSecondFactor(reset) => reset.run(config).await?,
        Action::Config => say(crate::config::DEFAULTS.trim_end())?,
        Action::Demo => demo::run(config).await?,
        Action::Plan(plan) => return plan.run(&config),
        Action::Import(import) => return import.run(config).await,
        Action::Openapi => {
            say(&serde_json::to_string_pretty(&crate::http::describe())?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn settings_file(named: Option<&PathBuf>) -> PathBuf {
    named.map_or_else(|| PathBuf::from(SETTINGS_FILE), PathBuf::clone)
}

fn settings(line: &CommandLine) -> anyhow::Result<Config> {
    let named = line.config.as_ref();
    let path = settings_file(named);
    let name = path.display().to_string();
    let (environment, mut mistakes) = environment(std::env::vars_os());
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            mistakes.push(format!("{name}: {error}"));
            None
        }
    };
    let file = text.as_deref().map(|text| (name.as_str(), text));
    match Config::load(file, environment) {
        Ok(config) if mistakes.is_empty() => Ok(config),
        Ok(_) => Err(ConfigErrors(mistakes).into()),
        Err(ConfigErrors(more)) => {
            mistakes.extend(more);
            Err(ConfigErrors(mistakes).into())
        }
    }
}

// The variables that are text, and a mistake for each of ours that is not.
fn environment(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> (Vec<(String, String)>, Vec<String>) {
    let (mut texts, mut mistakes) = (Vec::new(), Vec::new());
    for (name, value) in variables {
        // What has a name that is no text is not ours.
        let Ok(name) = name.into_string() else {
            continue;
        };
        match value.into_string() {
            Ok(value) => texts.push((name, value)),
            Err(_) if name.starts_with(Config::ENVIRONMENT_PREFIX) => {
                mistakes.push(format!("{name}: the value is not UTF-8"));
            }
            Err(_) => {}
        }
    }
    (texts, mistakes)
}

/// Prints a result. Whoever stopped reading does not want it: that is no failure.
pub(crate) fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    unless_closed(writeln!(out, "{line}").and_then(|()| out.flush()))
}

/// Takes the end of the one who reads for a success.
fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn complain(error: &anyhow::Error) {
    note(&format!("relief-depot: {error:#}"));
}

/// Prints what is no result.
pub(crate) fn note(line: &str) {
    // Where nobody reads complaints there is nobody to complain to.
    let _ = writeln!(io::stderr(), "{line}");
}
