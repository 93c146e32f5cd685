//! `relief-depot export`.
//!
//! **Invariant.** The operator's file is made by the same handlers as everyone's, in this process.
//! A file under its final name is whole: until then it is called `.partial`.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::Ordering,
};

use anyhow::{Context, bail};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use clap::{Args, ValueEnum, builder::PossibleValuesParser};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::{
    app::App,
    clock::Clock,
    config::Config,
    exchange::export::Lists,
    http::{self, CSV, Operator, RowsWritten, XLSX},
    migrate,
    problem::Language,
};

use super::{
    complain,
    progress::{Progress, Unit},
    say, unless_closed,
};

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The list, as in the address of the API.
    #[arg(value_name = "LIST", value_parser = PossibleValuesParser::new(lists()))]
    list: String,
    /// The file to write; `-` for standard output.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// What to write; without it, the ending of FILE decides, and CSV where it says nothing.
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// A filter of the list, as in the query string of the API; may be repeated.
    #[arg(long = "filter", value_name = "NAME=VALUE", value_parser = pair)]
    filters: Vec<(String, String)>,
    /// The language of the column names; without it, the one in the settings.
    #[arg(long, value_enum)]
    language: Option<Tongue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FileFormat {
    Csv,
    Xlsx,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tongue {
    Zh,
    En,
}

fn lists() -> Vec<String> {
    let lists = Lists::read(&http::describe());
    let names = lists.iter().flat_map(Lists::plain_routes);
    names
        .map(|route| route.trim_start_matches("/v1/").to_owned())
        .collect()
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "must look like level=county".to_owned())
}

impl Export {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let to_stdout = self.out == Path::new("-");
        if !to_stdout && self.out.exists() {
            bail!("{} exists already", self.out.display());
        }
        let app = App::open_existing(config, Clock::default()).await?;
        if !migrate::pending(&app).await?.is_empty() {
            bail!("the database is not up to date; run `relief-depot migrate` first");
        }
        let written = RowsWritten::default();
        let request = self.request(app.config.language.0, written.clone())?;
        let answer = http::service(app.clone()).oneshot(request).await?;
        let status = answer.status();
        let mut body = answer.into_body();
        if status != StatusCode::OK {
            let bytes = body.collect().await?.to_bytes();
            complain(&anyhow::anyhow!(refusal(&bytes)));
            return Ok(match status {
                StatusCode::BAD_REQUEST => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            });
        }
        let mut partial = self.out.clone().into_os_string();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let mut out: Box<dyn Write + Send> = if to_stdout {
            Box::new(io::stdout())
        } else {
            let file = File::create(&partial);
            Box::new(file.with_context(|| format!("cannot write {}", partial.display()))?)
        };
        let progress = Progress::begin(&self.list, Unit::Rows);
        while let Some(frame) = body.frame().await {
            // What axum says of a broken stream is only that it broke; the reason is inside.
            let frame = frame.map_err(|error| anyhow::anyhow!(error.into_inner()))?;
            if let Ok(chunk) = frame.into_data() {
                match out.write_all(&chunk) {
                    Err(error) if to_stdout && error.kind() == io::ErrorKind::BrokenPipe => break,
                    written => written?,
                }
            }
            progress.at(written.0.load(Ordering::Relaxed), None);
        }
        unless_closed(out.flush())?;
        drop(progress);
        drop(body);
        app.db.close().await?;
        if !to_stdout {
            std::fs::rename(&partial, &self.out)?;
            let rows = written.0.load(Ordering::Relaxed);
            say(&format!("{}: {rows} row(s)", self.out.display()))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn request(&self, settled: Language, written: RowsWritten) -> anyhow::Result<Request<Body>> {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.filters)
            .finish();
        let is_workbook = match self.format {
            Some(format) => format == FileFormat::Xlsx,
            None => self
                .out
                .extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx")),
        };
        let language = match (self.language, settled) {
            (Some(Tongue::Zh), _) | (None, Language::Zh) => "zh",
            (Some(Tongue::En), _) | (None, Language::En) => "en",
        };
        Ok(Request::get(format!("/v1/{}?{query}", self.list))
            .header(header::ACCEPT, if is_workbook { XLSX } else { CSV })
            .header(header::ACCEPT_LANGUAGE, language)
            .extension(Operator("export"))
            .extension(written)
            .body(Body::empty())?)
    }
}

// A problem document in a sentence or two.
fn refusal(document: &[u8]) -> String {
    let problem: Value = serde_json::from_slice(document).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut said = text(&problem["title"]);
    let faults = problem["errors"].as_array();
    for fault in faults.into_iter().flatten() {
        let (at, why) = (text(&fault["pointer"]), text(&fault["message"]));
        said.push_str(&format!("; {at}: {why}"));
    }
    if faults.is_none() {
        said.push_str(&format!(": {}", text(&problem["detail"])));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_what_is_wrong() {
        let problem = br#"{ "title": "A query parameter is wrong",
            "errors": [{ "pointer": "level", "code": "format", "message": "no such level" }] }"#;
        assert_eq!(
            refusal(problem),
            "A query parameter is wrong; level: no such level"
        );
        assert_eq!(
            refusal(br#"{ "title": "Not found", "detail": "There is no such list." }"#),
            "Not found: There is no such list."
        );
        assert!(lists().iter().any(|list| list == "organisations"));
    }
}
