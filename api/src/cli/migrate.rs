//! `relief-depot migrate`.
//!
//! **Invariant.** What `serve` does at its start, and no more.

use clap::Args;

use crate::{app::App, clock::Clock, config::Config, migrate};

use super::{
    progress::{Progress, Unit},
    say,
};

#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// Only list what would be applied.
    #[arg(long)]
    list: bool,
}

impl Migrate {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let app = App::open(config, Clock::default()).await?;
        if self.list {
            for name in migrate::pending(&app).await? {
                say(&name)?;
            }
        } else {
            let pending = migrate::pending(&app).await?;
            let applied = apply(&app).await?;
            // Another process may have applied some of them meanwhile.
            for name in &pending {
                say(name)?;
            }
            say(&format!("{applied} migration(s) applied"))?;
        }
        app.db.close().await
    }
}

/// Applies what is missing with a bar; answers how many migrations that were.
pub(super) async fn apply(app: &App) -> anyhow::Result<u64> {
    let bar = Progress::begin("migrating", Unit::Steps);
    migrate::migrate_with(app, &|done, total| bar.at(done, Some(total))).await
}
