//! `relief-depot demo`, and the same before `serve --demo`.
//!
//! **Invariant.** Made on an empty database only, and never taken up again where it was interrupted;
//! passwords go to a file and never to a terminal.

use tracing::{instrument::WithSubscriber as _, subscriber::NoSubscriber};

use crate::{app::App, clock::Clock, config::Config, demo};

use super::{
    progress::{Progress, Unit},
    say,
};

/// Makes the demonstration, or says why not.
pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let app = App::open(config, Clock::default()).await?;
    super::migrate::apply(&app).await?;
    let made = make(&app).await;
    app.db.close().await?;
    made
}

/// Makes it with a bar.
pub(super) async fn make(app: &App) -> anyhow::Result<()> {
    let bar = Progress::begin("demonstration", Unit::Steps);
    // It asks the API for hundreds of things, and nobody wants to read of each beside the bar.
    let made = demo::make(app, &mut |done, total| bar.at(done, Some(total)))
        .with_subscriber(NoSubscriber::default())
        .await?;
    drop(bar);
    say(&format!(
        "the demonstration is made; its accounts and passwords: {}",
        made.accounts.display()
    ))?;
    Ok(())
}
