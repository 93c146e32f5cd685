//! Known faults of the libraries that this program is made of, by a copy of the RustSec advisory
//! database.
//!
//! **Invariant.** Without a copy nothing is known, and that is said. So is every advisory that
//! cannot be read, and a copy that is old.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use semver::{Version, VersionReq};
use serde::Deserialize;

use super::{
    Row,
    crates::{Crate, shipped},
};

/// A week seldom passes without an advisory.
const COPY_AGE_MAX: TimeDelta = TimeDelta::days(60);
/// How many advisories are named.
const NAMED_MAX: usize = 20;

// The part of an advisory that is written for programs.
#[derive(Debug, Deserialize)]
struct Advisory {
    advisory: Head,
    #[serde(default)]
    versions: Versions,
    #[serde(default)]
    affected: Affected,
}

#[derive(Debug, Deserialize)]
struct Head {
    id: String,
    package: String,
    date: NaiveDate,
    // `unmaintained`, `unsound`, `notice`: no fault that is known to be used.
    informational: Option<String>,
    withdrawn: Option<NaiveDate>,
}

#[derive(Debug, Default, Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<Range>,
    #[serde(default)]
    unaffected: Vec<Range>,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Range(VersionReq);

impl TryFrom<String> for Range {
    type Error = semver::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

#[derive(Debug, Default, Deserialize)]
struct Affected {
    #[serde(default)]
    os: Vec<String>,
    #[serde(default)]
    arch: Vec<String>,
}

impl Advisory {
    fn concerns(&self, found: &Crate) -> anyhow::Result<bool> {
        let is_elsewhere = |named: &[String], here: &str| {
            !named.is_empty() && !named.iter().any(|named| named == here)
        };
        if self.advisory.withdrawn.is_some()
            || self.advisory.package != found.name
            || is_elsewhere(&self.affected.os, std::env::consts::OS)
            || is_elsewhere(&self.affected.arch, std::env::consts::ARCH)
        {
            return Ok(false);
        }
        let version = Version::parse(&found.version).context(found.version.clone())?;
        let mut safe = self
            .versions
            .patched
            .iter()
            .chain(&self.versions.unaffected);
        Ok(!safe.any(|Range(safe)| safe.matches(&version)))
    }
}

// What a copy holds.
#[derive(Debug, Default)]
struct Copy {
    advisories: Vec<Advisory>,
    unreadable: Vec<String>,
}

pub(super) fn row(copy: Option<&Path>, now: DateTime<Utc>) -> Row {
    const ID: &str = "advisories";
    let Some(copy) = copy else {
        return Row::not_checked(
            ID,
            "没有查已知漏洞：请用 --advisories 给出 RustSec 数据库的副本",
            "known vulnerabilities were not looked up: give a copy of the RustSec database by --advisories",
        );
    };
    let judged = shipped().and_then(|crates| {
        let copy = read(copy)?;
        let crates: Vec<Crate> = crates.into_iter().collect();
        judge(&copy, &crates, now.date_naive())
    });
    judged.unwrap_or_else(|error| Row::unknown(ID, &error))
}

fn judge(copy: &Copy, crates: &[Crate], today: NaiveDate) -> anyhow::Result<Row> {
    const ID: &str = "advisories";
    let newest = copy.advisories.iter().map(|it| it.advisory.date).max();
    let newest = newest.context("the copy holds no advisory that can be read")?;
    let (mut faults, mut notices) = (Vec::new(), Vec::new());
    for advisory in &copy.advisories {
        for found in crates {
            if advisory.concerns(found)? {
                let head = &advisory.advisory;
                let told = format!("{} {} {}", head.id, found.name, found.version);
                match &head.informational {
                    Some(kind) => notices.push(format!("{told} ({kind})")),
                    None => faults.push(told),
                }
            }
        }
    }
    let base = format!(
        "{} crates against {} advisories, the newest of {newest}",
        crates.len(),
        copy.advisories.len()
    );
    let with = |more: &[String]| {
        let named = more.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>();
        format!("{base}; {}: {}", more.len(), named.join(", "))
    };
    let row = if !faults.is_empty() {
        Row::fault(
            ID,
            "所用的库有已知漏洞；请换用新版本",
            "libraries in use have known vulnerabilities; take a newer release",
        )
        .seen(with(&faults))
    } else if !copy.unreadable.is_empty() {
        Row::warning(
            ID,
            "漏洞库的副本中有读不懂的条目，它们没有查",
            "the copy holds advisories that cannot be read, and those were not looked at",
        )
        .seen(with(&copy.unreadable))
    } else if today - newest > COPY_AGE_MAX {
        Row::warning(
            ID,
            "漏洞库的副本太旧，查不到新的漏洞",
            "the copy of the database is old and does not know what was found since",
        )
        .seen(base)
    } else if !notices.is_empty() {
        Row::warning(
            ID,
            "没有已知漏洞，但所用的库有告示（如无人维护）",
            "no known vulnerability, but notices about libraries in use, such as that nobody keeps them up",
        )
        .seen(with(&notices))
    } else {
        Row::ok(
            ID,
            "所用的库没有已知漏洞",
            "no library in use has a known vulnerability",
        )
        .seen(base)
    };
    Ok(row)
}

// crates/NAME/RUSTSEC-2026-0001.md, as in the repository of the database.
fn read(copy: &Path) -> anyhow::Result<Copy> {
    let crates = copy.join("crates");
    ensure!(
        crates.is_dir(),
        "{} is no copy of the RustSec database: it has no `crates` in it",
        copy.display()
    );
    let mut found = Copy::default();
    for directory in entries(&crates)? {
        if !directory.is_dir() {
            continue;
        }
        for file in entries(&directory)? {
            if file.extension().is_none_or(|it| it != "md") {
                continue;
            }
            let text = fs::read_to_string(&file).map_err(anyhow::Error::from);
            match text.and_then(|text| parse(&text)) {
                Ok(advisory) => found.advisories.push(advisory),
                Err(_) => found.unreadable.push(file.display().to_string()),
            }
        }
    }
    Ok(found)
}

fn entries(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let named = || directory.display().to_string();
    let found = fs::read_dir(directory).with_context(named)?;
    let found: Result<Vec<_>, _> = found.map(|entry| entry.map(|entry| entry.path())).collect();
    found.with_context(named)
}

fn parse(text: &str) -> anyhow::Result<Advisory> {
    let begin = text.trim_start().strip_prefix("```toml");
    let begin = begin.context("no part for programs")?;
    let (part, _) = begin.split_once("```").context("no end")?;
    Ok(toml::from_str(part)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selfcheck::State;

    fn advisory(more: &str, versions: &str) -> String {
        format!(
            "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"tokio\"\n\
             date = \"2026-11-01\"\n{more}\n[versions]\n{versions}\n```\n\n# A title\n"
        )
    }

    fn judged(texts: &[String], today: &str) -> Row {
        let mut copy = Copy::default();
        for text in texts {
            match parse(text) {
                Ok(advisory) => copy.advisories.push(advisory),
                Err(_) => copy.unreadable.push("RUSTSEC-0.md".to_owned()),
            }
        }
        let tokio = Crate {
            name: "tokio".to_owned(),
            version: "1.54.1".to_owned(),
        };
        judge(&copy, &[tokio], today.parse().unwrap()).unwrap()
    }

    #[test]
    fn what_concerns_a_version_is_told() {
        let none = "patched = [\">= 1.54\"]";
        let not_yet = "patched = [\">= 1.54.2\"]\nunaffected = [\"< 1.2\"]";
        let never = "patched = []";
        let elsewhere = "patched = []\n[affected]\nos = [\"plan9\"]";
        for (more, versions, state) in [
            ("", none, State::Ok),
            ("", not_yet, State::Fault),
            ("", "patched = []\nunaffected = [\"< 2\"]", State::Ok),
            ("", never, State::Fault),
            ("", elsewhere, State::Ok),
            ("withdrawn = \"2026-11-02\"", never, State::Ok),
            ("informational = \"unmaintained\"", never, State::Warning),
        ] {
            let row = judged(&[advisory(more, versions)], "2026-11-27");
            assert_eq!(row.state, state, "{more} {versions}: {}", row.evidence);
        }
        let row = judged(&[advisory("", never)], "2026-11-27");
        assert!(
            row.evidence.contains("RUSTSEC-2026-0001 tokio 1.54.1"),
            "{}",
            row.evidence
        );
        let other = advisory("", never).replace("\"tokio\"", "\"tokio-other\"");
        assert_eq!(judged(&[other], "2026-11-27").state, State::Ok);
    }

    #[test]
    fn an_old_copy_and_what_cannot_be_read_are_no_good_news() {
        let well = advisory("", "patched = [\">= 1.54\"]");
        assert_eq!(
            judged(std::slice::from_ref(&well), "2027-01-20").state,
            State::Warning
        );
        let broken = [well, "# A title\n".to_owned()];
        assert_eq!(judged(&broken, "2026-11-27").state, State::Warning);
        let now = "2026-11-27T00:00:00Z".parse().unwrap();
        assert_eq!(row(None, now).state, State::NotChecked);
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(row(Some(empty.path()), now).state, State::NotChecked);
        fs::create_dir(empty.path().join("crates")).unwrap();
        assert_eq!(row(Some(empty.path()), now).state, State::NotChecked);
    }
}
