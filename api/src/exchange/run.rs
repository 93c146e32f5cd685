//! An import from the file to its end.
//!
//! **Invariant.** Nothing is read on the async threads. A run that was opened is closed, whatever
//! happens: by the import, by its failure, or by the sweep after the server stopped.

use std::{fs::File, io::Seek, sync::Arc};

use domain::kernel::{Id, kinds::ImportRun};

use crate::{
    app::App,
    ids,
    problem::Problem,
    uow::{self, Done, Request},
};

use super::{
    commands::{FailImport, ImportFile, Order, Reading, StartImport, WriteImport, report_of},
    intake::take_in,
    open::Source,
    progress::Progress,
    refusal::Refusal,
    wire::{ImportOutcome, ImportView},
};

/// A file that can be read, and what to do with it. Its bytes stay on the disk until its turn.
#[derive(Debug)]
pub(crate) struct Job {
    order: Order,
    file: File,
    bytes: u64,
    // In hex.
    sha256: String,
}

impl Job {
    /// Makes sure that a file is a table and safe to read.
    pub(crate) async fn open(app: &App, order: Order, file: File) -> Result<Self, Problem> {
        let openings = app.imports.openings();
        let _place = openings.acquire().await.map_err(Problem::internal)?;
        tokio::task::spawn_blocking(move || {
            let source = source(&file, &order)?;
            let sha256 = hex::encode(source.sha256);
            let bytes = file.metadata().map_err(Refusal::from)?.len();
            Ok(Self {
                order,
                file,
                bytes,
                sha256,
            })
        })
        .await
        .map_err(Problem::internal)?
    }

    fn start(&self, app: &App) -> StartImport {
        StartImport {
            id: ids::fresh(app.clock.now()),
            order: self.order.clone(),
            sha256: self.sha256.clone(),
            bytes: self.bytes,
        }
    }

    async fn read(self, progress: &Arc<Progress>) -> Result<Reading, Problem> {
        let watched = Arc::clone(progress);
        let sha256 = self.sha256;
        let (order, file) = (self.order, self.file);
        let (order, intake) = tokio::task::spawn_blocking(move || {
            let source = source(&file, &order)?;
            let mut tell = |rows| watched.read(u64::from(rows));
            let intake = take_in(&source, order.kind.columns(), &order.mapping, &mut tell)?;
            Ok::<_, Refusal>((order, intake))
        })
        .await
        .map_err(Problem::internal)??;
        Ok(Reading {
            order,
            sha256,
            intake: Arc::new(intake),
            progress: Arc::clone(progress),
        })
    }

    /// Reads and writes the file while the caller waits: a dry run, or the command line.
    pub(crate) async fn now(
        self,
        app: &App,
        request: &Request,
        progress: &Arc<Progress>,
    ) -> Result<Done<ImportOutcome>, Problem> {
        let start = self.start(app);
        let reading = self.read(progress).await?;
        uow::execute(app, request, ImportFile { start, reading }).await
    }

    /// Opens the run, answers, and goes on.
    pub(super) async fn later(
        self,
        app: &App,
        request: &Request,
        afterwards: Request,
    ) -> Result<Done<ImportView>, Problem> {
        app.imports.admit()?;
        let start = self.start(app);
        let running = Running::begin(app, start.id);
        let opened = uow::execute(app, request, start).await?;
        if !opened.replayed {
            let app = app.clone();
            tokio::spawn(async move { running.finish(&app, &afterwards, self).await });
        }
        Ok(opened)
    }
}

fn source(file: &File, order: &Order) -> Result<Source, Refusal> {
    let mut file = file.try_clone()?;
    file.rewind()?;
    Source::of(file, order.file_name.as_str())
}

// An import under way; forgotten when it is dropped.
struct Running {
    app: App,
    id: Id<ImportRun>,
    progress: Arc<Progress>,
}

impl Running {
    fn begin(app: &App, id: Id<ImportRun>) -> Self {
        Self {
            app: app.clone(),
            id,
            progress: app.imports.begin(id),
        }
    }

    async fn finish(self, app: &App, request: &Request, job: Job) {
        let Err(problem) = self.write(app, request, job).await else {
            return;
        };
        tracing::info!(
            import = %self.id,
            code = problem.code.slug(),
            faults = problem.fault_codes(),
            cause = ?problem.cause,
            "an import failed"
        );
        let report = report_of(&problem, self.progress.report());
        let id = self.id;
        if let Err(problem) = uow::execute(app, request, FailImport { id, report }).await {
            tracing::warn!(import = %id, %problem, "a failed import could not be closed");
        }
    }

    async fn write(&self, app: &App, request: &Request, job: Job) -> Result<(), Problem> {
        let places = app.imports.places();
        let _place = places.acquire().await.map_err(Problem::internal)?;
        let reading = job.read(&self.progress).await?;
        let id = self.id;
        uow::execute(app, request, WriteImport { id, reading }).await?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.app.imports.end(self.id);
    }
}
