//! `relief-depot restore`.
//!
//! **Invariant.** Nothing is touched before the file was found to be sound.

use std::path::PathBuf;

use clap::Args;

use crate::{backup, clock::Clock, config::Config};

use super::{
    progress::{Progress, Unit},
    say,
};

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup; FILE.sha256 must lie beside it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Restore {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let progress = Progress::begin("restoring", Unit::Bytes);
        let told = |done, total| progress.at(done, total);
        let now = Clock::default().now();
        let done = backup::restore(config, &self.file, now, &told).await;
        drop(progress);
        let done = done?;
        let up_to = done.up_to.as_deref().unwrap_or("the beginning");
        say(&format!("restored; the books go up to {up_to}"))?;
        if let Some(before) = done.before {
            say(&format!("the old database is kept as {}", before.display()))?;
        }
        if done.behind > 0 {
            say(&format!(
                "the backup is {} migration(s) behind; `serve` or `migrate` applies them",
                done.behind
            ))?;
        }
        Ok(())
    }
}
