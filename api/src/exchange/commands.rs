//! Reading files in.
//!
//! **Invariant.** A file is written in one transaction with one journal entry; all of it, or none,
//! or what its sender agreed to by asking to skip bad rows. The same file is not read twice unless
//! that is asked for.

use std::sync::Arc;

use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use crate::{
    app::App,
    organisations,
    problem::{Code, Problem},
    scope::{Scope, visible},
    storage::Engine,
    uow::{self, Command, Permission, Request, Uow},
};

use super::{
    intake::Intake,
    kinds::{Ground, ImportKind},
    mapping::Mapping,
    progress::Progress,
    queries,
    report::{Mistake, Report},
    rows,
    wire::{FILE_NAME_MAX, ImportOutcome, ImportView},
};

/// What to do with a file.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) kind: ImportKind,
    /// Whether the good rows are written although others are bad.
    pub(crate) is_skipping: bool,
    pub(crate) file_name: Text<FILE_NAME_MAX>,
    pub(crate) mapping: Mapping,
    /// Whom rows belong to that name nobody.
    pub(crate) organisation: Option<Id<kinds::Organisation>>,
    /// Whether the same file may be read again.
    pub(crate) again: bool,
}

/// Opens the run of a file.
#[derive(Debug, Clone)]
pub(crate) struct StartImport {
    pub(crate) id: Id<kinds::ImportRun>,
    pub(crate) order: Order,
    /// In hex.
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

impl Command for StartImport {
    type Output = ImportView;
    const NAME: &'static str = "exchange.start_import";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ImportData]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ImportView, Problem> {
        let organisation = self.organisation(uow).await?;
        self.check_repeat(uow).await?;
        let id = self.id;
        let mode = if self.order.is_skipping {
            "skip-bad-rows"
        } else {
            "all-or-nothing"
        };
        let row = rows::ActiveModel {
            id: Set(id.uuid()),
            organisation_id: Set(organisation.map(Id::uuid)),
            kind: Set(self.order.kind.name().to_owned()),
            file_name: Set(self.order.file_name.as_str().to_owned()),
            sha256: Set(self.sha256.clone()),
            bytes: Set(i64::try_from(self.bytes).unwrap_or(i64::MAX)),
            mode: Set(mode.to_owned()),
            state: Set("reading".to_owned()),
            rows_total: Set(0),
            rows_done: Set(0),
            rows_bad: Set(0),
            errors_total: Set(0),
            errors: Set(None),
            summary: Set(None),
            principal: Set(uow.caller().principal()),
            version: Set(1),
            created_at: Set(uow.now()),
            finished_at: Set(None),
        }
        .insert(uow.db())
        .await?;
        uow.subject(id, organisation.map(Id::uuid));
        Ok(row.into())
    }
}

impl StartImport {
    // Whose import it is: the one named, the caller's own, or the only one where the caller may.
    async fn organisation(
        &self,
        uow: &Uow<'_>,
    ) -> Result<Option<Id<kinds::Organisation>>, Problem> {
        uow.require_anywhere(Capability::ImportData)?;
        if let Some(id) = self.order.organisation {
            let tree = uow.caller().tree();
            organisations::named(uow.db(), &tree, id, "organisation_id").await?;
            uow.require(Capability::ImportData, id.uuid()).await?;
            return Ok(Some(id));
        }
        let reach = uow.reach(Capability::ImportData);
        let own = uow.caller().organisation();
        match (reach, own) {
            (Scope::Everything, _) => Ok(None),
            (reach, Some(own)) if reach.contains(uow.db(), own).await? => {
                Ok(Some(Id::from_uuid(own)))
            }
            (Scope::Subtrees(roots), _) => match roots[..] {
                [root] => Ok(Some(Id::from_uuid(root))),
                _ => Err(Problem::field(
                    "organisation_id",
                    "required",
                    "请指明导入归属的单位",
                    "say whose import it is",
                )),
            },
        }
    }

    async fn check_repeat(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        if self.order.again {
            return Ok(());
        }
        let reach = uow.reach(Capability::ImportData);
        let earlier = queries::earlier(uow.db(), &reach, self.order.kind, &self.sha256).await?;
        let Some(earlier) = earlier else {
            return Ok(());
        };
        let (id, when) = (earlier.id, earlier.created_at.format("%Y-%m-%d %H:%M UTC"));
        Err(Problem::new(Code::AlreadyExists)
            .detail(
                format!("同一文件已于 {when} 导入（{id}）；如确需再次导入，请加参数 again=true（命令行为 --again）"),
                format!(
                    "the same file was imported at {when} as {id}; add again=true, or --again on the command line, if you mean it"
                ),
            )
            .with("constraint", "import_file")
            .with("earlier", json!(id)))
    }
}

/// A file that was read and waits to be written.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) order: Order,
    pub(crate) sha256: String,
    pub(crate) intake: Arc<Intake>,
    pub(crate) progress: Arc<Progress>,
}

impl Reading {
    async fn write(&self, uow: &mut Uow<'_>, run: rows::Model) -> Result<ImportOutcome, Problem> {
        let mut report = Report::of(&self.intake);
        let written = self.write_rows(uow, &mut report, &run).await;
        report.sort();
        self.progress.keep(report.clone());
        written?;
        let skips = self.order.is_skipping && !report.loses_columns();
        if report.has_mistakes() && !skips {
            return Err(report.rejection());
        }
        let id: Id<kinds::ImportRun> = Id::from_uuid(run.id);
        let organisation = run.organisation_id;
        let row = close(uow, run, "done", &report).await?;
        uow.subject(id, organisation);
        Ok(ImportOutcome {
            run: row.into(),
            summary: report.summary,
        })
    }

    async fn write_rows(
        &self,
        uow: &mut Uow<'_>,
        report: &mut Report,
        run: &rows::Model,
    ) -> Result<(), Problem> {
        if report.is_unusable() {
            return Err(report.rejection());
        }
        self.progress.begin_writing();
        let origin = format!(
            "{} (SHA-256 {})",
            self.order.file_name.as_str(),
            self.sha256
        );
        let ground = Ground {
            organisation: run.organisation_id.map(Id::from_uuid),
            origin: &origin,
            progress: &self.progress,
        };
        self.order
            .kind
            .write(uow, &self.intake.records, ground, report)
            .await
    }
}

async fn close(
    uow: &Uow<'_>,
    run: rows::Model,
    state: &str,
    report: &Report,
) -> Result<rows::Model, Problem> {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let version = run.version + 1;
    let mut change = run.into_active_model();
    change.state = Set(state.to_owned());
    change.rows_total = Set(whole(report.rows_total));
    let is_written = state == "done";
    let good = report.rows_total.saturating_sub(report.rows_bad());
    change.rows_done = Set(if is_written { whole(good) } else { 0 });
    change.rows_bad = Set(whole(report.rows_bad()));
    change.errors_total = Set(whole(report.mistakes_total));
    change.errors = Set(Some(
        serde_json::to_string(&report.mistakes).map_err(Problem::internal)?,
    ));
    change.summary = Set(Some(
        serde_json::to_string(&report.summary).map_err(Problem::internal)?,
    ));
    change.version = Set(version);
    change.finished_at = Set(Some(uow.now()));
    Ok(change.update(uow.db()).await?)
}

/// Opens and writes a file in one go: a dry run, or the command line.
#[derive(Debug)]
pub(crate) struct ImportFile {
    pub(crate) start: StartImport,
    pub(crate) reading: Reading,
}

impl Command for ImportFile {
    type Output = ImportOutcome;
    const NAME: &'static str = "exchange.import_file";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ImportData]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ImportOutcome, Problem> {
        let run = self.start.run(uow).await?;
        let run = queries::row(uow.db(), &Scope::Everything, run.id).await?;
        self.reading.write(uow, run).await
    }
}

/// Writes a file whose run was opened before.
#[derive(Debug)]
pub(super) struct WriteImport {
    pub(super) id: Id<kinds::ImportRun>,
    pub(super) reading: Reading,
}

impl Command for WriteImport {
    type Output = ImportOutcome;
    const NAME: &'static str = "exchange.write_import";
    const PERMISSION: Permission = Permission::Unasked(
        "goes on with a run whose beginning was asked for, and each row asks as its command does",
    );

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ImportOutcome, Problem> {
        let run = queries::row(uow.db(), &Scope::Everything, self.id).await?;
        self.reading.write(uow, run).await
    }
}

/// Closes a run that wrote nothing.
#[derive(Debug)]
pub(super) struct FailImport {
    pub(super) id: Id<kinds::ImportRun>,
    pub(super) report: Report,
}

impl Command for FailImport {
    type Output = ImportView;
    const NAME: &'static str = "exchange.fail_import";
    const PERMISSION: Permission =
        Permission::Unasked("closes a run whose beginning was asked for");

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ImportView, Problem> {
        let run = queries::row(uow.db(), &Scope::Everything, self.id).await?;
        let organisation = run.organisation_id;
        let row = close(uow, run, "failed", &self.report).await?;
        uow.subject(self.id, organisation);
        Ok(row.into())
    }
}

/// What a run that failed keeps: the mistakes of its file, or the one thing that went wrong.
pub(super) fn report_of(problem: &Problem, known: Option<Report>) -> Report {
    let mut report = known.unwrap_or_default().fruitless();
    if !report.has_mistakes() {
        report.mistakes_total = 1;
        report.mistakes.push(Mistake::of(problem));
    }
    report
}

// After this long a run that no server is known to work on is given up.
const ABANDONED_AFTER_S: i64 = 3_600;

/// Closes runs whose server stopped under them; they wrote nothing. Run by the server's jobs.
pub(crate) async fn sweep_imports(app: &App) -> Result<u64, Problem> {
    let patience = match app.db.engine() {
        // One server, and it knows its own runs.
        Engine::Sqlite => chrono::TimeDelta::zero(),
        Engine::Postgres => chrono::TimeDelta::seconds(ABANDONED_AFTER_S),
    };
    let left = visible::<rows::Entity>(&Scope::Everything)
        .filter(rows::Column::FinishedAt.is_null())
        .filter(rows::Column::CreatedAt.lte(app.clock.now() - patience))
        .all(app.db.read())
        .await?;
    let mut closed = 0;
    for run in left {
        let id = Id::from_uuid(run.id);
        if app.imports.progress(id).is_some() {
            continue;
        }
        let problem = Problem::new(Code::Internal).detail(
            "服务器在导入途中停止，没有写入任何内容，请重新导入",
            "the server stopped during the import; nothing was written, import it again",
        );
        let report = report_of(&problem, None);
        uow::execute(
            app,
            &Request::operator("imports"),
            FailImport { id, report },
        )
        .await?;
        closed += 1;
    }
    Ok(closed)
}
