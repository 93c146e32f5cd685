//! `relief-depot plan`.
//!
//! **Invariant.** Reads one file and no database. The answer goes to standard output as JSON, as
//! `POST /v1/plans/solve` would give it; what is wrong with the file goes to standard error, all of
//! it.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use clap::Args;

use crate::{
    config::Config,
    dispatch::{SiteBody, SolvePlanBody, SolvedPlanView, SourceBody},
};

use super::{NOT_IN_ORDER, note, say};

#[derive(Debug, Args)]
pub(super) struct Plan {
    /// The problem: JSON, or CSV if its name ends so.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Plan {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let name = self.file.display().to_string();
        let text = std::fs::read_to_string(&self.file).with_context(|| name.clone())?;
        let is_csv = self.file.extension().is_some_and(|ending| ending == "csv");
        let asked = if is_csv {
            table(&text)
        } else {
            serde_json::from_str(&text).map_err(Into::into)
        };
        let asked: SolvePlanBody = asked.with_context(|| name.clone())?;
        let problem = match asked.parse() {
            Ok(problem) => problem,
            Err(problem) => {
                for fault in &problem.faults {
                    let message = fault.message.in_language(config.language.0);
                    note(&format!("{name}: {}: {message}", fault.pointer));
                }
                return Ok(ExitCode::from(NOT_IN_ORDER));
            }
        };
        let view = SolvedPlanView::new(&asked, &problem.solve());
        say(&serde_json::to_string_pretty(&view)?)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The classic table: a row for each source with its supply in the last cell, then one row with the
/// demands, or two with the least and the most that each site takes, and then all supply is sent.
fn table(text: &str) -> anyhow::Result<SolvePlanBody> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let names: Vec<&str> = header.iter().collect();
    let [_, sites @ .., "supply"] = names.as_slice() else {
        bail!("the first row ends with `supply`");
    };
    let mut asked = SolvePlanBody {
        sites: sites.iter().map(|name| site(name)).collect(),
        ..SolvePlanBody::default()
    };
    let mut costs = Vec::new();
    for row in reader.records() {
        let row = row?;
        let cells: Vec<&str> = row.iter().collect();
        let [name, cells @ .., supply] = cells.as_slice() else {
            bail!("a row has no supply");
        };
        match *name {
            "demand" | "min_demand" | "max_demand" => {
                for (site, cell) in asked.sites.iter_mut().zip(cells) {
                    let units = cell.parse().with_context(|| format!("{name}: {cell:?}"))?;
                    match *name {
                        "max_demand" => site.maximum = Some(units),
                        _ => site.demand = units,
                    }
                }
                asked.ship_all = Some(*name == "max_demand");
            }
            _ => {
                let number = |cell: &str| cell.parse().with_context(|| format!("{name}: {cell:?}"));
                let cost = |cell: &&str| match *cell {
                    "" => Ok(None),
                    cell => number(cell).map(Some),
                };
                costs.push(cells.iter().map(cost).collect::<anyhow::Result<_>>()?);
                asked.sources.push(SourceBody {
                    name: Some((*name).to_owned()),
                    supply: supply
                        .parse()
                        .with_context(|| format!("{name}: {supply:?}"))?,
                    ..SourceBody::default()
                });
            }
        }
    }
    asked.costs = Some(costs);
    Ok(asked)
}

fn site(name: &str) -> SiteBody {
    SiteBody {
        name: Some(name.to_owned()),
        ..SiteBody::default()
    }
}
