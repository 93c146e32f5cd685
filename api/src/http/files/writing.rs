//! A list on its way into a file.
//!
//! **Invariant.** CSV goes out as its pages come in, and memory does not grow with the list. A
//! workbook is whole on the disk before its first byte goes out. A reader who takes nothing for as
//! long as a body may stall gives the place back, and the file breaks off.

use std::{
    io::Seek,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::sync::mpsc::{self, Sender};
use tokio_util::io::ReaderStream;
use tracing::Instrument as _;

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

// Chunks that wait for the reader.
const CHUNKS_AHEAD: usize = 1;

// A part of a file; one without its last part never looks whole.
enum Piece {
    More(Bytes),
    Last(Bytes),
}

/// The file could not be finished, or was not taken.
#[derive(Debug, thiserror::Error)]
#[error("the file broke off")]
struct BrokenOff;

// Gives the reader a piece; `false` when the reader went away or takes nothing.
async fn hand_on(sender: &Sender<Piece>, piece: Piece, patience: Duration) -> bool {
    let taken = sender.send_timeout(piece, patience).await.is_ok();
    if !taken {
        tracing::info!("the reader of a file went away or stalled");
    }
    taken
}

fn body_of(receiver: mpsc::Receiver<Piece>) -> Body {
    Body::from_stream(stream::try_unfold(Some(receiver), |receiver| async {
        let Some(mut receiver) = receiver else {
            return Ok(None);
        };
        match receiver.recv().await {
            Some(Piece::More(chunk)) => Ok(Some((chunk, Some(receiver)))),
            Some(Piece::Last(rest)) => Ok(Some((rest, None))),
            None => Err(BrokenOff),
        }
    }))
}

/// A table and what is known of it so far.
pub(super) struct Writing {
    table: Table,
    shape: Arc<Shape>,
    language: Language,
    rows: u64,
    rows_max: u64,
    written: RowsWritten,
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
            language,
            rows: 0,
            rows_max: app.config.export_rows_max,
            written,
        })
    }

    pub(super) fn content_type(&self) -> &'static str {
        self.table.content_type()
    }

    /// Writes the items of a page.
    pub(super) fn page(&mut self, page: &Value) -> Result<(), Full> {
        for item in page["items"].as_array().into_iter().flatten() {
            for row in self.shape.rows(item, self.language) {
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
    ///
    /// The pages are written by a task of their own, because the body of an answer is asked for
    /// more only when its reader has taken what was there: a body cannot notice that it stalls.
    pub(super) fn streamed(self, pages: Pages, patience: Duration) -> Body {
        let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
        tokio::spawn(self.write_all(pages, sender, patience).in_current_span());
        body_of(receiver)
    }

    async fn write_all(mut self, mut pages: Pages, sender: Sender<Piece>, patience: Duration) {
        let written = loop {
            match self.step(&mut pages).await {
                Ok(Some(chunk)) => {
                    if !hand_on(&sender, Piece::More(chunk), patience).await {
                        return;
                    }
                }
                Ok(None) => break self.table.finish().map_err(anyhow::Error::from),
                Err(error) => break Err(error),
            }
        };
        // Before the reader has it whole: they may ask for another at once.
        pages.end().await;
        match written {
            Ok(Finished::Rest(rest)) => {
                hand_on(&sender, Piece::Last(rest), patience).await;
            }
            // A file that was not finished is told by its missing last piece.
            Ok(Finished::File(_)) => {}
            Err(error) => tracing::warn!(%error, rows = self.rows, "a file broke off"),
        }
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
        // All is read: the state of the database is not needed any more.
        pages.end().await;
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

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(20);

    fn more(text: &'static str) -> Piece {
        Piece::More(Bytes::from_static(text.as_bytes()))
    }

    #[tokio::test]
    async fn a_reader_who_takes_nothing_is_given_up() {
        let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
        let body = body_of(receiver);
        assert!(hand_on(&sender, more("a"), PATIENCE).await);
        assert!(!hand_on(&sender, more("b"), PATIENCE).await);
        drop(sender);
        assert!(body.collect().await.is_err(), "it never looks whole");
    }

    #[tokio::test]
    async fn a_file_is_whole_with_its_last_piece() {
        let (sender, receiver) = mpsc::channel(2);
        assert!(hand_on(&sender, more("a"), PATIENCE).await);
        let last = Piece::Last(Bytes::from_static(b"b"));
        assert!(hand_on(&sender, last, PATIENCE).await);
        drop(sender);
        let whole = body_of(receiver).collect().await.unwrap();
        assert_eq!(whole.to_bytes(), "ab");
    }
}
