//! `relief-depot rules`.
//!
//! **Invariant.** Reads files only; no database is opened. What is wrong goes to standard output, one
//! line each with file, line and column.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use domain::rating::{RuleSet, diff};

use crate::rating::{FileMistake, file_schema, read_file};

use super::{NOT_IN_ORDER, say};

#[derive(Debug, Args)]
pub(super) struct Rules {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check a rule set: every mistake with line and column.
    ///
    /// The exit code is 3 if there is any.
    ///
    /// Example: relief-depot rules check zhejiang.toml
    Check {
        /// The rule set, as docs/RULE_SETS.md says.
        file: PathBuf,
        /// Print it as the JSON document that `POST /v1/rule-sets` takes.
        #[arg(long)]
        json: bool,
    },
    /// Show what a new edition changes.
    ///
    /// Example: relief-depot rules diff zhejiang-1.toml zhejiang-2.toml
    Diff {
        /// The old rule set.
        old: PathBuf,
        /// The new one.
        new: PathBuf,
    },
    /// Print the JSON Schema of a rule set.
    ///
    /// Example: relief-depot rules schema > rule-set.schema.json
    Schema,
}

impl Rules {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::Check { file, json } => check(&file, json),
            Action::Diff { old, new } => {
                let (Some(old), Some(new)) = (read(&old)?, read(&new)?) else {
                    return Ok(ExitCode::from(NOT_IN_ORDER));
                };
                for change in diff(&old, &new) {
                    say(&change.sentence().en)?;
                    say(&format!("  {}", change.sentence().zh))?;
                }
                Ok(ExitCode::SUCCESS)
            }
            Action::Schema => {
                say(&serde_json::to_string_pretty(&file_schema()?)?)?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

fn text(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}

fn tell(file: &Path, mistakes: &[FileMistake]) -> anyhow::Result<()> {
    for mistake in mistakes {
        let FileMistake { line, column, .. } = mistake;
        let (zh, en) = (&mistake.message.zh, &mistake.message.en);
        say(&format!("{}:{line}:{column}: {en}", file.display()))?;
        say(&format!("  {zh}"))?;
    }
    Ok(())
}

fn check(file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    match read_file(&text(file)?) {
        Ok((document, _)) if json => say(&serde_json::to_string_pretty(&document)?)?,
        Ok((_, rule_set)) => say(&format!(
            "{} is in order: {} levels, {} criteria",
            rule_set.name(),
            rule_set.parts().levels.len(),
            rule_set.parts().criteria.len()
        ))?,
        Err(mistakes) => {
            tell(file, &mistakes)?;
            return Ok(ExitCode::from(NOT_IN_ORDER));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> anyhow::Result<Option<RuleSet>> {
    match read_file(&text(file)?) {
        Ok((_, rule_set)) => Ok(Some(rule_set)),
        Err(mistakes) => {
            tell(file, &mistakes)?;
            Ok(None)
        }
    }
}
