//! `relief-depot serve`.
//!
//! **Invariant.** The server answers only once the schema is current and the database safe.

use anyhow::Context;
use clap::Args;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{app::App, clock::Clock, config::Config, http, jobs, migrate, storage::PlaceLock};

use super::say;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Fill a database that has no organisations with the demonstration first.
    ///
    /// A database that has some is served as it is.
    #[arg(long)]
    demo: bool,
}

impl Serve {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let _lock = PlaceLock::to_serve(&config)?;
        let stop = stop()?;
        let app = App::open(config, Clock::default()).await?;
        migrate::migrate(&app).await?;
        if self.demo && crate::demo::is_possible(&app).await? {
            super::demo::make(&app).await?;
        }
        if let Some(code) = crate::setup_code(&app).await? {
            say(&format!("setup code: {code}"));
        }
        let listener = TcpListener::bind(app.config.listen)
            .await
            .with_context(|| format!("cannot listen on {}", app.config.listen))?;
        let address = listener.local_addr()?;
        say(&format!(
            "listening on http://{address} (documentation: http://{address}/docs/)"
        ));
        let jobs = jobs::start(app.clone());
        http::serve(app.clone(), listener, stop).await;
        jobs.stop().await;
        app.db.close().await
    }
}

// Listens for the signals from the moment of the call, so that none is lost before the server
// waits for it.
fn stop() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
    })
}
