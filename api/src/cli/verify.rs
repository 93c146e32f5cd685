//! `relief-depot verify`.
//!
//! **Invariant.** Of the database it only reads; where nothing is found it leaves a mark beside it, from
//! which `--since-last` goes on. What was found goes to standard output, one line each or as JSON; the
//! exit code says whether there was anything.

use std::process::ExitCode;

use clap::Args;

use crate::{
    app::App,
    clock::Clock,
    config::Config,
    verify::{self, Report},
};

use super::{
    NOT_IN_ORDER, note,
    progress::{Progress, Unit},
    say,
};

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Print the report as one JSON document.
    #[arg(long)]
    json: bool,
    /// Look at the journal alone: that it is what was sealed and signed.
    #[arg(long)]
    journal: bool,
    /// Read of the journal and the ledger only what was written since the last run that found
    /// nothing; if its mark is not to be believed, read everything and say why.
    #[arg(long, conflicts_with = "journal")]
    since_last: bool,
}

impl Verify {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let app = App::open_existing(config, Clock::default()).await?;
        let progress = Progress::begin("verifying", Unit::Rows);
        let told = |what: &str, done: u64, total: Option<u64>| {
            progress.name(what);
            progress.at(done, total);
        };
        let report = if self.journal {
            verify::verify_journal(&app, &told).await
        } else {
            verify::verify_by_mark(&app, self.since_last, &told).await
        };
        drop(progress);
        let report = report?;
        app.db.close().await?;
        if let Some(reason) = &report.whole_because {
            note(&format!("everything was read, because {reason}"));
        }
        if let Some(reason) = &report.unmarked_because {
            note(&format!("no mark was left, because {reason}"));
        }
        if self.json {
            say(&serde_json::to_string_pretty(&report)?)?;
        } else {
            self.tell(&report)?;
        }
        Ok(if report.findings.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(NOT_IN_ORDER)
        })
    }

    fn tell(&self, report: &Report) -> anyhow::Result<()> {
        for finding in &report.findings {
            say(&format!("{}: {}", finding.invariant, finding.what))?;
        }
        let since = match report.since {
            0 => String::new(),
            since => format!("since position {since}: "),
        };
        let seen = if self.journal {
            String::new()
        } else {
            format!(
                "{} movements with {} lines, {} balances, {} reservations, ",
                report.movements, report.lines, report.balances, report.reservations,
            )
        };
        let found = match report.findings.len() {
            0 => "everything adds up".to_owned(),
            count => format!("{count} findings"),
        };
        say(&format!(
            "{since}{seen}{} journal entries: {found}",
            report.journal_entries
        ))?;
        for unseen in report.not_seen {
            say(&format!("not seen: {unseen}"))?;
        }
        Ok(())
    }
}
