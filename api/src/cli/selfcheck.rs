//! `relief-depot selfcheck`.
//!
//! **Invariant.** Looks and changes nothing. The rows go to standard output, one line each or as
//! JSON; the exit code says whether one of them is a fault.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use crate::{
    clock::Clock,
    config::Config,
    selfcheck::{self, Asked, Profile, Report, State},
};

use super::{NOT_IN_ORDER, say};

#[derive(Debug, Args)]
pub(super) struct Selfcheck {
    /// Which rows: `default`, or `cn` for those of 等保 and 密评 as well.
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// Print the report as one JSON document.
    #[arg(long)]
    json: bool,
    /// A copy of the RustSec advisory database, in which known vulnerabilities are looked up.
    #[arg(long, value_name = "DIR")]
    advisories: Option<PathBuf>,
    /// Where the settings were read from, if the file is there.
    #[arg(skip)]
    pub(super) settings_file: Option<PathBuf>,
}

impl Selfcheck {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let asked = Asked {
            profile: self.profile,
            settings_file: self.settings_file,
            advisories: self.advisories,
        };
        let report = selfcheck::look(&config, &Clock::default(), &asked).await;
        if self.json {
            say(&serde_json::to_string_pretty(&report)?)?;
        } else {
            tell(&report)?;
        }
        Ok(if report.count(State::Fault) == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(NOT_IN_ORDER)
        })
    }
}

fn tell(report: &Report) -> anyhow::Result<()> {
    for row in &report.rows {
        let mut line = format!(
            "{:<11}  {}: {} / {}",
            row.state.name(),
            row.id,
            row.zh,
            row.en
        );
        if !row.evidence.is_empty() {
            line.push_str(&format!(" [{}]", row.evidence));
        }
        if let Some(source) = row.source {
            line.push_str(&format!(" ({source})"));
        }
        say(&line)?;
    }
    let counts = [State::Ok, State::Warning, State::Fault, State::NotChecked]
        .map(|state| format!("{} {}", report.count(state), state.name()));
    say(&format!(
        "{} rows: {}",
        report.rows.len(),
        counts.join(", ")
    ))?;
    Ok(())
}
