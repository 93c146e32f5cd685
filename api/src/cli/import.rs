//! `relief-depot import`.
//!
//! **Invariant.** The very import of the API, run by the operator: one transaction, the same checks.
//! Exit code 3 when the file was not accepted.

use std::{fs::File, io::Write as _, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use clap::{Args, builder::PossibleValuesParser};
use domain::kernel::{Id, Language, Text, kinds::Organisation};

use crate::{
    app::App,
    clock::Clock,
    config::Config,
    exchange::{self, ImportKind, Job, Order, Progress, template},
    organisations,
    problem::{Code, Problem},
    scope::Scope,
    uow::Request,
};

use super::{
    NOT_IN_ORDER, note,
    progress::{Progress as Shown, Unit},
    say,
};

const TICK: Duration = Duration::from_millis(100);

/// Reads divisions, organisations, depots, items or opening stock from a file.
///
/// A file holds at most 50,000 rows and is written in one transaction. On SQLite nobody else can
/// write meanwhile, and a keeper who waits longer than `database_wait_s` gets 503 and comes again:
/// import a large file in parts, or at a quiet hour. On PostgreSQL others go on.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// What the rows are.
    #[arg(value_parser = PossibleValuesParser::new(ImportKind::NAMES))]
    kind: String,
    /// The file: CSV (UTF-8, GBK and others) or XLSX.
    file: PathBuf,
    /// A JSON file that says what foreign columns and values mean.
    ///
    /// For example: {"columns": {"Item Name": "item", "Comments": null}, "constants": {"level":
    /// "county"}, "values": {"unit": {"Piece": "件"}}, "fill_down": ["depot"], "date_order": "mdy"}
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// The code of the organisation that rows belong to which name none.
    #[arg(long, value_name = "CODE")]
    organisation: Option<String>,
    /// Check everything and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Whether one bad row keeps all others out.
    #[arg(long, default_value = "all-or-nothing", value_parser = ["all-or-nothing", "skip-bad-rows"])]
    mode: String,
    /// The encoding of a CSV file, such as gbk; found out if absent.
    #[arg(long)]
    encoding: Option<String>,
    /// Pass over columns that are not understood; without it they keep the file out if they hold
    /// anything and the mapping does not pass them over.
    #[arg(long)]
    ignore_unknown_columns: bool,
    /// Read the very file again that was read before.
    #[arg(long)]
    again: bool,
    /// Write a workbook to fill in to FILE, and read nothing.
    #[arg(long, conflicts_with_all = ["mapping", "organisation", "dry_run", "encoding", "ignore_unknown_columns", "again"])]
    template: bool,
}

impl Import {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        if self.template {
            self.write_template(config.language.0)?;
            return Ok(ExitCode::SUCCESS);
        }
        let app = App::open(config, Clock::default()).await?;
        super::migrate::apply(&app).await?;
        let code = self.import(&app).await;
        app.db.close().await?;
        code
    }

    fn write_template(&self, language: Language) -> anyhow::Result<()> {
        let kind: ImportKind = self.kind.parse()?;
        let bytes = template::write(kind.title(language), kind.columns(), language)?;
        let mut file = File::create_new(&self.file)
            .with_context(|| format!("cannot make {}", self.file.display()))?;
        file.write_all(&bytes)?;
        say(&format!("{}: a template to fill in", self.file.display()))?;
        Ok(())
    }

    async fn import(&self, app: &App) -> anyhow::Result<ExitCode> {
        let language = app.config.language.0;
        let order = self.order(app).await?;
        let file = File::open(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let job = match Job::open(app, order, file).await {
            Ok(job) => job,
            Err(problem) => return refused(&problem, language),
        };
        let request = Request {
            dry_run: self.dry_run,
            ..Request::operator("import")
        };
        let progress = Arc::new(Progress::default());
        let bar = Bar::watch(&progress);
        let outcome = job.now(app, &request, &progress).await;
        drop(bar);
        match outcome {
            Ok(done) => {
                let report = progress.report().unwrap_or_default();
                report.lines(language).iter().for_each(|line| note(line));
                say(&done.output.in_words(done.dry_run, language))?;
                Ok(ExitCode::SUCCESS)
            }
            Err(problem) => refused(&problem, language),
        }
    }

    async fn order(&self, app: &App) -> anyhow::Result<Order> {
        let kind: ImportKind = self.kind.parse()?;
        let json = match &self.mapping {
            Some(path) => Some(
                std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?,
            ),
            None => None,
        };
        let mut mapping = exchange::read_mapping(kind, json.as_deref(), self.encoding.as_deref())?;
        mapping.ignores_unknown_columns |= self.ignore_unknown_columns;
        let name = self.file.file_name().unwrap_or(self.file.as_os_str());
        let organisation = match &self.organisation {
            Some(code) => Some(organisation(app, code).await?),
            None => None,
        };
        Ok(Order {
            kind,
            is_skipping: self.mode == "skip-bad-rows",
            file_name: Text::new(&name.to_string_lossy())?,
            mapping,
            organisation,
            again: self.again,
        })
    }
}

async fn organisation(app: &App, code: &str) -> anyhow::Result<Id<Organisation>> {
    let known = organisations::directory(app.db.read(), &Scope::Everything).await?;
    let found = known.iter().find(|known| known.code == code);
    let found = found.with_context(|| format!("there is no organisation with the code {code}"))?;
    Ok(found.id)
}

// Mistakes of the file are listed by cell; anything else is a failure of ours or of the database.
fn refused(problem: &Problem, language: Language) -> anyhow::Result<ExitCode> {
    // What has no place is the file as a whole, and the sentence below says it.
    let placed = problem
        .faults
        .iter()
        .filter(|fault| !fault.pointer.is_empty());
    for fault in placed {
        let message = fault.message.in_language(language);
        note(&format!("{}\t{}\t{message}", fault.pointer, fault.code));
    }
    let detail = problem
        .detail
        .clone()
        .unwrap_or_else(|| problem.code.title());
    match problem.code {
        Code::FileRejected | Code::AlreadyExists => {
            note(detail.in_language(language));
            Ok(ExitCode::from(NOT_IN_ORDER))
        }
        _ => anyhow::bail!("{problem}"),
    }
}

/// A bar that follows an import.
struct Bar(tokio::task::JoinHandle<()>);

impl Bar {
    fn watch(import: &Arc<Progress>) -> Self {
        let shown = Shown::begin("import", Unit::Rows);
        let import = Arc::clone(import);
        Self(tokio::spawn(async move {
            loop {
                // Until all rows are read nobody knows how many there are.
                if import.is_writing() {
                    shown.at(import.rows_done(), Some(import.rows_total()));
                } else {
                    shown.at(import.rows_total(), None);
                }
                tokio::time::sleep(TICK).await;
            }
        }))
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.abort();
    }
}
