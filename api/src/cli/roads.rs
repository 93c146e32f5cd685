//! `relief-depot roads`.
//!
//! **Invariant.** A road file is put in place whole or not at all, and no database is opened. A file
//! that is refused leaves the one before it as it was.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use chrono::NaiveDate;
use clap::{Args, Subcommand};

use crate::{
    clock::Clock,
    config::Config,
    routing::{self, Given, Link, Roads, road_version},
};

use super::{
    NOT_IN_ORDER,
    progress::{Progress, Unit},
    say,
};

#[derive(Debug, Args)]
pub(super) struct RoadCommands {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make the road network of an OpenStreetMap extract.
    ///
    /// It is written to roads_file, and a running server uses it after its next start. The exit code
    /// is 3 if the extract is broken or has no roads.
    ///
    /// Example: relief-depot roads import zhejiang.osm.pbf --links ferries.toml
    Import(Import),
    /// Show what is known of the road network: source, licence, day, version and size.
    ///
    /// Example: relief-depot roads show
    Show {
        /// Another file than roads_file.
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
struct Import {
    /// An extract in the PBF format.
    file: PathBuf,
    /// Bridges and ferries that the extract does not have, as docs/ROUTING.md describes.
    #[arg(long, value_name = "FILE")]
    links: Option<PathBuf>,
    /// The day of the data, where the extract does not say it.
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<NaiveDate>,
    /// How far a place may be from the nearest road, in kilometres: 0.1 to 50.
    #[arg(long, value_name = "KM", default_value_t = 10.0)]
    reach_km: f64,
    /// Where the data is from; the name of the extract if absent.
    #[arg(long)]
    source: Option<String>,
    /// The licence of the data.
    #[arg(long, default_value = routing::OSM_LICENCE)]
    licence: String,
    /// What its licence asks to be shown.
    #[arg(long, default_value = routing::OSM_ATTRIBUTION)]
    attribution: String,
    /// Another file to write than roads_file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl RoadCommands {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::Import(import) => import.run(config),
            Action::Show { file } => show(&file.unwrap_or_else(|| routing::road_file(config))),
        }
    }
}

impl Import {
    fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let links = match &self.links {
            Some(path) => {
                let name = path.display().to_string();
                let text = std::fs::read_to_string(path).with_context(|| name.clone())?;
                Link::read_all(&text).with_context(|| name)?
            }
            None => Vec::new(),
        };
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let given = Given {
            source: self.source.unwrap_or_else(|| name.into_owned()),
            licence: self.licence,
            attribution: self.attribution,
            date: self.date,
            reach_km: self.reach_km,
            links,
            imported_at: Clock::default().now(),
        };
        let progress = Progress::begin("reading roads", Unit::Bytes);
        let mut tell = |done, of| progress.at(done, Some(of));
        let imported = match routing::import(&self.file, given, &mut tell) {
            Ok(imported) => imported,
            Err(error) => {
                drop(progress);
                say(&format!("{}: {error}", self.file.display()))?;
                return Ok(ExitCode::from(NOT_IN_ORDER));
            }
        };
        drop(progress);
        let out = self.out.unwrap_or_else(|| routing::road_file(config));
        if let Some(directory) = out.parent() {
            std::fs::create_dir_all(directory)?;
        }
        routing::write(&out, &imported.about, &imported.graph)
            .with_context(|| out.display().to_string())?;
        say(&format!("{} is written", out.display()))?;
        if imported.cut_off > 0 {
            say(&format!(
                "{} stretches of road lead out of the extract",
                imported.cut_off
            ))?;
        }
        show(&out)
    }
}

fn show(path: &Path) -> anyhow::Result<ExitCode> {
    let roads = match Roads::read(path) {
        Ok(roads) => roads,
        Err(error) => {
            say(&format!("{}: {error}", path.display()))?;
            return Ok(ExitCode::from(NOT_IN_ORDER));
        }
    };
    let about = &roads.about;
    let date = about
        .date
        .map_or("not known".to_owned(), |day| day.to_string());
    let share = f64::from(roads.graph.largest_component()) / f64::from(about.nodes) * 100.0;
    for (name, value) in [
        ("source", about.source.clone()),
        ("licence", about.licence.clone()),
        ("attribution", about.attribution.clone()),
        ("day of the data", date),
        ("imported at", about.imported_at.to_rfc3339()),
        ("version", road_version(roads.edition)),
        ("nodes", about.nodes.to_string()),
        ("edges", about.edges.to_string()),
        ("ferries", about.ferries.len().to_string()),
        (
            "joined with each other",
            format!("{share:.1} % of the nodes"),
        ),
        ("reach", format!("{} km", about.reach_km)),
    ] {
        say(&format!("{name:<24}{value}"))?;
    }
    for ferry in &about.ferries {
        let capacity = match ferry.tonnes_per_day {
            Some(tonnes) => format!("{tonnes} t a day"),
            None => "capacity not known".to_owned(),
        };
        let percent = ferry.timetable_percent;
        say(&format!(
            "  {}: {percent} % of the sailing time, {capacity}",
            ferry.name
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
