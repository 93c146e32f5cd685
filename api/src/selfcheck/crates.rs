//! What this program is made of: the libraries that are linked into it, with their versions.
//!
//! **Invariant.** Read from the lock file that the program was built by, which is kept within it.
//! What only tests use is left out; what only another platform or the build itself uses is not, so
//! that the list may say too much and never too little.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;

const LOCK: &str = include_str!("../../../Cargo.lock");
const PROGRAM: &str = "api";
/// Our crates, whose manifests tell what is for tests only; a lock file does not.
const OURS: [(&str, &str); 3] = [
    (PROGRAM, include_str!("../../Cargo.toml")),
    ("domain", include_str!("../../../domain/Cargo.toml")),
    ("migrations", include_str!("../../../migrations/Cargo.toml")),
];

/// A library in one version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crate {
    /// Its name on crates.io.
    pub name: String,
    /// Its version.
    pub version: String,
}

struct Locked {
    version: String,
    is_ours: bool,
    needs: Vec<String>,
}

/// The libraries that this program is made of.
///
/// # Errors
/// When the lock file within the program cannot be read.
pub fn shipped() -> anyhow::Result<BTreeSet<Crate>> {
    let locked = read(LOCK)?;
    let mut ours = BTreeMap::new();
    for (name, manifest) in OURS {
        ours.insert(name, needed_by(manifest)?);
    }
    walk(&locked, &ours)
}

fn walk(
    locked: &BTreeMap<String, Vec<Locked>>,
    ours: &BTreeMap<&str, BTreeSet<String>>,
) -> anyhow::Result<BTreeSet<Crate>> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut to_see = vec![PROGRAM.to_owned()];
    while let Some(named) = to_see.pop() {
        if !seen.insert(named.clone()) {
            continue;
        }
        // `name`, and where there are several of the name `name version`.
        let mut words = named.split(' ');
        let name = words.next().unwrap_or_default();
        let version = words.next();
        let releases = locked.get(name).map_or(&[][..], Vec::as_slice);
        let release = releases
            .iter()
            .find(|release| version.is_none_or(|version| release.version == version))
            .with_context(|| format!("the lock file does not know {named}"))?;
        if !release.is_ours {
            found.insert(Crate {
                name: name.to_owned(),
                version: release.version.clone(),
            });
        }
        let only = ours.get(name).filter(|_| release.is_ours);
        to_see.extend(release.needs.iter().filter_map(|need| {
            let name = need.split(' ').next().unwrap_or_default();
            let is_shipped = only.is_none_or(|only| only.contains(name));
            is_shipped.then(|| need.clone())
        }));
    }
    Ok(found)
}

fn read(lock: &str) -> anyhow::Result<BTreeMap<String, Vec<Locked>>> {
    let table: toml::Table = lock.parse().context("the lock file")?;
    let packages = table.get("package").and_then(toml::Value::as_array);
    let mut locked: BTreeMap<String, Vec<Locked>> = BTreeMap::new();
    for package in packages.context("the lock file names no package")? {
        let text = |key: &str| package.get(key).and_then(toml::Value::as_str);
        let name = text("name").context("a package without a name")?;
        let needs = package.get("dependencies").and_then(toml::Value::as_array);
        let needs = needs.into_iter().flatten();
        locked.entry(name.to_owned()).or_default().push(Locked {
            version: text("version")
                .context("a package without a version")?
                .to_owned(),
            is_ours: text("source").is_none(),
            needs: needs
                .filter_map(toml::Value::as_str)
                .map(str::to_owned)
                .collect(),
        });
    }
    Ok(locked)
}

fn needed_by(manifest: &str) -> anyhow::Result<BTreeSet<String>> {
    let table: toml::Table = manifest.parse().context("a manifest of ours")?;
    let needed = table.get("dependencies").and_then(toml::Value::as_table);
    let needed = needed.context("a manifest without dependencies")?;
    Ok(needed.keys().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_is_there_and_what_tests_use_is_not() {
        let found = shipped().unwrap();
        let names: BTreeSet<&str> = found.iter().map(|it| it.name.as_str()).collect();
        for name in [
            "axum",
            "tokio",
            "libsqlite3-sys",
            "sqlx-postgres",
            "ed25519-dalek",
            "sea-orm-migration",
        ] {
            assert!(names.contains(name), "{name}");
        }
        for name in [
            "proptest",
            "rusqlite",
            "syn-of-nobody",
            "api",
            "domain",
            "tests",
        ] {
            assert!(!names.contains(name), "{name}");
        }
    }

    #[test]
    fn several_versions_of_one_name_are_told_apart() {
        let lock = r#"
            [[package]]
            name = "api"
            version = "1.0.0"
            dependencies = ["a 2.0.0", "b", "t"]

            [[package]]
            name = "a"
            version = "1.0.0"
            source = "registry"

            [[package]]
            name = "a"
            version = "2.0.0"
            source = "registry"

            [[package]]
            name = "b"
            version = "1.0.0"
            source = "registry"
            dependencies = ["a 1.0.0", "b"]

            [[package]]
            name = "t"
            version = "1.0.0"
            source = "registry"
        "#;
        let locked = read(lock).unwrap();
        let found = |manifest: &str| {
            let ours = BTreeMap::from([("api", needed_by(manifest).unwrap())]);
            let found = walk(&locked, &ours).unwrap();
            let told = found.iter().map(|it| format!("{} {}", it.name, it.version));
            told.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(found("[dependencies]\na = \"2\""), "a 2.0.0");
        assert_eq!(
            found("[dependencies]\nb = \"1\"\n[dev-dependencies]\nt = \"1\""),
            "a 1.0.0, b 1.0.0"
        );
        let lost = read("[[package]]\nname = \"api\"\nversion = \"1\"\ndependencies = [\"x\"]");
        let ours = BTreeMap::from([("api", BTreeSet::from(["x".to_owned()]))]);
        assert!(walk(&lost.unwrap(), &ours).is_err());
    }
}
