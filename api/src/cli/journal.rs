//! `relief-depot journal`.
//!
//! **Invariant.** Reads only, but for the key, which `key` makes where the server has not yet.

use std::{
    fs::File,
    io::{self, BufWriter},
    path::PathBuf,
};

use anyhow::Context;
use clap::{Args, Subcommand};

use crate::{app::App, clock::Clock, config::Config, journal};

use super::{note, say};

#[derive(Debug, Args)]
pub(super) struct Journal {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write the sealed journal as lines of JSON, with every checkpoint.
    ///
    /// `tools/verify.py FILE` checks it on any machine with Python and nothing else. Nothing
    /// personal is in it but commitments. It can be run beside a server.
    ///
    /// Example: relief-depot journal export --out journal.jsonl
    Export {
        /// The file to write; standard output, if absent. It must not exist yet.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Print the public keys that sign checkpoints, those that sign now first.
    ///
    /// Print them on paper and give them to whoever shall be able to check the journal: a key that
    /// came by the same way as the journal proves nothing.
    ///
    /// Example: relief-depot journal key
    Key,
}

impl Journal {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let app = App::open_existing(config, Clock::default()).await?;
        match self.action {
            Action::Export { out: Some(path) } => {
                let file = File::create_new(&path);
                let file = file.with_context(|| format!("cannot make {}", path.display()))?;
                let written = journal::export::export(&app, &mut BufWriter::new(file)).await?;
                note(&format!("{}: {written} entries", path.display()));
            }
            Action::Export { out: None } => {
                let written = journal::export::export(&app, &mut io::stdout().lock()).await;
                let cause = written
                    .as_ref()
                    .err()
                    .and_then(|error| error.downcast_ref());
                // Whoever stopped reading does not want the rest.
                if cause.is_none_or(|error: &io::Error| error.kind() != io::ErrorKind::BrokenPipe) {
                    written?;
                }
            }
            Action::Key => {
                for key in journal::public_keys(&app).await? {
                    say(&key)?;
                }
            }
        }
        app.db.close().await
    }
}
