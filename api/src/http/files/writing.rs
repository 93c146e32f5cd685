//! A list on its way into a file.
//!
//! **Invariant.** CSV goes out as its pages come in, and memory does not grow with the list. A
//! workbook is whole on the disk before its first byte goes out.

use std::{io::Seek, sync::Arc, sync::atomic::Ordering};

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::io::ReaderStream;

use crate::{
    app::App,
    exchange::{
        export::Shape,
        open::Format,
        out::{Finished, OutError, Table},
    },
    problem::{Code, Language, Problem},
};

use super::{RowsWritten, pages::Pages};

const SHEET_NAME_CHARS_MAX: usize = 31;
const SPOOL: &str = "spool";

/// A table and what is known of it so far.
pub(super) struct Writing {
    table: Table,
    shape: Arc<Shape>,
    rows: u64,
    rows_max: u64,
    written: RowsWritten,
    _permit: OwnedSemaphorePermit,
}

/// Why a list does not get into a file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Full {
    /// It has more rows than a file may have.
    #[error("the list has more than {max} rows")]
    TooManyRows {
        /// How many a file may have.
        max: u64,
    },
    /// The table cannot take it.
    #[error(transparent)]
    Out(#[from] OutError),
}

impl From<Full> for Problem {
    fn from(full: Full) -> Self {
        match full {
            Full::TooManyRows { max } => Self::new(Code::ListTooLong).with("rows_max", max),
            Full::Out(OutError::Workbook(error)) => Self::new(Code::ListTooLong).detail(
                format!("内容放不进一个工作簿（{error}），请改用 CSV"),
                format!("it does not fit into a workbook ({error}); ask for CSV"),
            ),
            Full::Out(error @ OutError::Disk(_)) => Self::internal(error),
        }
    }
}

impl Writing {
    pub(super) fn begin(
        app: &App,
        format: Format,
        shape: Arc<Shape>,
        name: &str,
        language: Language,
        written: RowsWritten,
        permit: OwnedSemaphorePermit,
    ) -> Result<Self, Problem> {
        let spool = app.config.data_directory.join(SPOOL);
        std::fs::create_dir_all(&spool).map_err(Problem::internal)?;
        let sheet: String = name.chars().take(SHEET_NAME_CHARS_MAX).collect();
        let mut table = Table::begin(format, &sheet, &spool).map_err(Problem::internal)?;
        let header = shape.header(language);
        let header: Vec<_> = header.iter().map(String::as_str).collect();
        table.header(&header).map_err(Problem::internal)?;
        Ok(Self {
            table,
            shape,
            rows: 0,
            rows_max: app.config.export_rows_max,
            written,
            _permit: permit,
        })
    }

    pub(super) fn content_type(&self) -> &'static str {
        self.table.content_type()
    }

    /// Writes the items of a page.
    pub(super) fn page(&mut self, page: &Value) -> Result<(), Full> {
        for item in page["items"].as_array().into_iter().flatten() {
            for row in self.shape.rows(item) {
                if self.rows == self.rows_max {
                    return Err(Full::TooManyRows { max: self.rows_max });
                }
                self.table.row(&row)?;
                self.rows += 1;
            }
        }
        self.written.0.store(self.rows, Ordering::Relaxed);
        Ok(())
    }

    /// The rest as it comes; the first page is written.
    pub(super) fn streamed(self, pages: Pages) -> Body {
        let chunks = stream::try_unfold(Some((self, pages)), |state| async {
            let Some((mut writing, mut pages)) = state else {
                return Ok(None);
            };
            let step = writing.step(&mut pages).await;
            match step {
                Ok(Some(chunk)) => Ok(Some((chunk, Some((writing, pages))))),
                Ok(None) => match writing.table.finish() {
                    Ok(Finished::Rest(rest)) => Ok(Some((rest, None))),
                    Ok(Finished::File(_)) => Ok(None),
                    Err(error) => Err(anyhow::Error::from(error)),
                },
                Err(error) => {
                    tracing::warn!(%error, rows = writing.rows, "a file broke off");
                    Err(error)
                }
            }
        });
        Body::from_stream(chunks)
    }

    // The next full chunk, or nothing when all pages are written.
    async fn step(&mut self, pages: &mut Pages) -> anyhow::Result<Option<Bytes>> {
        loop {
            if let Some(chunk) = self.table.ready() {
                return Ok(Some(chunk));
            }
            if !pages.more() {
                return Ok(None);
            }
            let page = pages.go_on().await?;
            self.page(&page)?;
        }
    }

    /// All of it through a temporary file; the first page is written.
    pub(super) async fn spooled(mut self, mut pages: Pages) -> Result<Body, Problem> {
        while pages.more() {
            let page = pages.go_on().await.map_err(Problem::internal)?;
            self.page(&page)?;
        }
        let Self { table, .. } = self;
        let finished = tokio::task::spawn_blocking(move || table.finish())
            .await
            .map_err(Problem::internal)?
            .map_err(Full::from)?;
        let file = match finished {
            Finished::Rest(rest) => return Ok(Body::from(rest)),
            Finished::File(file) => file,
        };
        let (mut file, path) = file.into_parts();
        file.rewind().map_err(Problem::internal)?;
        let chunks = ReaderStream::new(tokio::fs::File::from_std(file));
        // The file is removed when its path is dropped, which is when the last chunk has gone.
        Ok(Body::from_stream(chunks.map(move |chunk| {
            let _kept = &path;
            chunk
        })))
    }
}
