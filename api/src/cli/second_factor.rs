//! `relief-depot reset-second-factor`.
//!
//! **Invariant.** Done as the operator, with the reason in the journal, like every other change.

use anyhow::Context;
use clap::Args;
use domain::kernel::Text;

use crate::{app::App, clock::Clock, config::Config, identity};

use super::say;

#[derive(Debug, Args)]
pub(super) struct ResetSecondFactor {
    /// The login name of the account.
    login: String,
    /// Why; the journal keeps it.
    #[arg(long)]
    reason: String,
}

impl ResetSecondFactor {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let reason = Text::new(&self.reason).context("--reason")?;
        let app = App::open_existing(config, Clock::default()).await?;
        let done = identity::reset_second_factor(&app, &self.login, reason).await;
        app.db.close().await?;
        done.with_context(|| format!("the second factor of {} stays", self.login))?;
        say(&format!(
            "{} has no second factor any more; all its sessions have ended",
            self.login
        ))?;
        Ok(())
    }
}
