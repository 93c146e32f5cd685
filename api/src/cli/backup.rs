//! `relief-depot backup`.
//!
//! **Invariant.** Runs beside a server that writes.

use std::path::PathBuf;

use clap::Args;

use crate::{backup, clock::Clock, config::Config};

use super::{
    note,
    progress::{Progress, Unit},
    say,
};

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write; its SHA-256 goes to FILE.sha256 beside it. It must not exist yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Backup {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let progress = Progress::begin("backing up", Unit::Bytes);
        let told = |done, total| progress.at(done, total);
        let done = backup::back_up(config, &self.out, &told).await;
        drop(progress);
        let done = done?;
        if let Err(error) = backup::note(config, Clock::default().now(), &self.out, &done) {
            note(&format!(
                "the backup is made, but its time was not noted: {error:#}"
            ));
        }
        say(&format!(
            "{}: {} bytes, checked, SHA-256 {}",
            self.out.display(),
            done.bytes,
            done.sha256
        ))?;
        Ok(())
    }
}
