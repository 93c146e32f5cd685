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
}

impl Verify {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let app = App::open_existing(config, Clock::default()).await?;
        let progress = Progress::begin("verifying", Unit::Rows);
        let told = |done, total| progress.at(done, total);
        let report = verify::verify_with(&app, &told).await;
        drop(progress);
        let report = report?;
        app.db.close().await?;
        if self.json {
            say(&serde_json::to_string_pretty(&report)?)?;
        } else {
            for finding in &report.findings {
                say(&format!("{}: {}", finding.invariant, finding.what))?;
            }
            say(&format!(
                "{} movements with {} lines, {} balances, {} reservations, {} journal entries: {}",
                report.movements,
                report.lines,
                report.balances,
                report.reservations,
                report.journal_entries,
                match report.findings.len() {
                    0 => "everything adds up".to_owned(),
                    count => format!("{count} findings"),
                }
            ))?;
        }
        Ok(if report.findings.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(NOT_IN_ORDER)
        })
    }
}
