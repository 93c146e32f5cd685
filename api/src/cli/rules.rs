//! `relief-depot rules`.
//!
//! **Invariant.** Reads only, and a database only where depots are asked for. What is wrong goes to
//! standard output, one line each with file, line and column.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use domain::rating::{RuleSet, diff};

use crate::{
    app::App,
    clock::Clock,
    config::Config,
    rating::{self, Compared, FileMistake, file_schema, read_file},
};

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
    /// Example: relief-depot rules diff zhejiang-1.toml zhejiang-2.toml --depots
    Diff {
        /// The old rule set.
        old: PathBuf,
        /// The new one.
        new: PathBuf,
        /// Also judge every depot of the database by both, by what is known of it today.
        #[arg(long)]
        depots: bool,
    },
    /// Print the JSON Schema of a rule set.
    ///
    /// Example: relief-depot rules schema > rule-set.schema.json
    Schema,
}

impl Rules {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::Check { file, json } => check(&file, json),
            Action::Diff { old, new, depots } => {
                let (Some(old), Some(new)) = (read(&old)?, read(&new)?) else {
                    return Ok(ExitCode::from(NOT_IN_ORDER));
                };
                let changes = diff(&old, &new);
                for change in &changes {
                    say(&change.sentence().en)?;
                    say(&format!("  {}", change.sentence().zh))?;
                }
                if changes.is_empty() {
                    say("nothing is otherwise")?;
                    say("  没有变化")?;
                }
                if depots {
                    compare_depots(config, &old, &new).await?;
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

async fn compare_depots(config: Config, old: &RuleSet, new: &RuleSet) -> anyhow::Result<()> {
    let app = App::open_existing(config, Clock::default()).await?;
    let compared = rating::compare(app.db.read(), old, new, app.clock.now()).await?;
    app.db.close().await?;
    let changed = |depot: &&Compared| depot.before != depot.after;
    let graded_otherwise = compared.iter().filter(changed).count();
    say(&format!(
        "depot: grade by {} -> grade by {}; what is judged otherwise",
        old.name(),
        new.name()
    ))?;
    say(&format!(
        "  储备库：按 {} 的等级 -> 按 {} 的等级；判定有变的指标",
        old.name(),
        new.name()
    ))?;
    for depot in &compared {
        if depot.before == depot.after && depot.otherwise.is_empty() {
            continue;
        }
        let Compared {
            code,
            name,
            before,
            after,
            otherwise,
        } = depot;
        let en: Vec<_> = otherwise.iter().map(|it| it.en.as_str()).collect();
        let zh: Vec<_> = otherwise.iter().map(|it| it.zh.as_str()).collect();
        say(&format!(
            "{code} {name}: {} -> {}; {}",
            before.en,
            after.en,
            en.join(", ")
        ))?;
        say(&format!(
            "  {code} {name}：{} -> {}；{}",
            before.zh,
            after.zh,
            zh.join("、")
        ))?;
    }
    say(&format!(
        "{} depots judged by both, {graded_otherwise} graded otherwise",
        compared.len()
    ))?;
    say(&format!(
        "  共 {} 座储备库，{graded_otherwise} 座等级有变",
        compared.len()
    ))?;
    Ok(())
}

fn bytes(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| file.display().to_string())
}

fn tell(file: &Path, mistakes: &[FileMistake]) -> anyhow::Result<()> {
    for mistake in mistakes {
        let FileMistake {
            line,
            column,
            pointer,
            message,
        } = mistake;
        // What is missing stands nowhere, so that its name must be said.
        let at = if pointer.is_empty() {
            String::new()
        } else {
            format!("{pointer}: ")
        };
        say(&format!(
            "{}:{line}:{column}: {at}{}",
            file.display(),
            message.en
        ))?;
        say(&format!("  {}", message.zh))?;
    }
    Ok(())
}

fn check(file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    match read_file(&bytes(file)?) {
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
    match read_file(&bytes(file)?) {
        Ok((_, rule_set)) => Ok(Some(rule_set)),
        Err(mistakes) => {
            tell(file, &mistakes)?;
            Ok(None)
        }
    }
}
