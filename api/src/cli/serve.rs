//! `relief-depot serve`.
//!
//! **Invariant.** The server answers only once the schema is current and the database safe.

use std::pin::pin;

use anyhow::{Context, bail};
use clap::Args;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{app::App, clock::Clock, config::Config, http, jobs, storage::PlaceLock};

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
        let mut stop = pin!(stop()?);
        // A migration or a demonstration that is broken off is undone by the database.
        let (app, listener) = tokio::select! {
            () = &mut stop => return Ok(()),
            started = self.start(config) => started?,
        };
        let disk = app.db.disk().clone();
        let jobs = jobs::start(app.clone());
        let stop = async {
            tokio::select! {
                () = &mut stop => {}
                () = disk.has_failed() => {}
            }
        };
        http::serve(app.clone(), listener, stop).await;
        jobs.stop().await;
        app.db.close().await?;
        if disk.is_failed() {
            bail!(
                "the disk refused to keep the database, so nothing more was written. Look at the disk, run `relief-depot verify`, and start again; a request that was cut off tells its outcome when it is repeated with its Idempotency-Key"
            );
        }
        Ok(())
    }

    async fn start(&self, config: Config) -> anyhow::Result<(App, TcpListener)> {
        let app = App::open(config, Clock::default()).await?;
        super::migrate::apply(&app).await?;
        crate::journal::prepare(&app).await?;
        if self.demo && crate::demo::is_possible(&app).await? {
            super::demo::make(&app).await?;
        }
        if let Some(code) = crate::setup_code(&app).await? {
            say(&format!("setup code: {code}"))?;
        }
        let listener = TcpListener::bind(app.config.listen)
            .await
            .with_context(|| format!("cannot listen on {}", app.config.listen))?;
        let address = listener.local_addr()?;
        say(&format!(
            "listening on http://{address} (documentation: http://{address}/docs/)"
        ))?;
        Ok((app, listener))
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
