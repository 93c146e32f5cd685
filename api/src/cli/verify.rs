//! `relief-depot verify`.
//!
//! **Invariant.** Reads only. What was found goes to standard output, one line each or as JSON; the
//! exit code says whether there was anything.

use std::process::ExitCode;

use clap::Args;

use crate::{app::App, clock::Clock, config::Config, verify};

use super::{
    NOT_IN_ORDER,
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
}

impl Verify {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let app = App::open_existing(config, Clock::default()).await?;
        let progress = Progress::begin("verifying", Unit::Rows);
        let told = |done, total| progress.at(done, total);
        let report = if self.journal {
            verify::verify_journal(&app).await
        } else {
            verify::verify_with(&app, &told).await
        };
        drop(progress);
        let report = report?;
        app.db.close().await?;
        if self.json {
            say(&serde_json::to_string_pretty(&report)?)?;
        } else {
            for finding in &report.findings {
                say(&format!("{}: {}", finding.invariant, finding.what))?;
            }
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
                "{seen}{} journal entries: {found}",
                report.journal_entries
            ))?;
        }
        Ok(if report.findings.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(NOT_IN_ORDER)
        })
    }
}
