//! What the manifests say: which crate depends on which, and with which features.
//!
//! **Invariant.** `domain` depends on nothing that could bring a clock, chance or IO, `migrations`
//! on nothing of ours, and nothing on `tests`.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

/// What `domain` may be built from.
const DOMAIN_MAY: &[&str] = &[
    "base64ct",
    "chrono",
    "ed25519-dalek",
    "geo",
    "hmac",
    "quick-xml",
    "rstar",
    "rust_decimal",
    "serde",
    "sha1",
    "sha2",
    "sm2",
    "sm3",
    "thiserror",
    "uuid",
];

/// Features that would bring a clock or chance into `domain`.
const DOMAIN_MAY_NOT_ENABLE: &[(&str, &[&str])] = &[
    ("chrono", &["clock", "now", "default", "wasmbind"]),
    ("uuid", &["v1", "v4", "v6", "v7", "rng", "fast-rng"]),
    ("ed25519-dalek", &["rand_core", "batch"]),
    ("sm2", &["default", "getrandom"]),
];

/// Our crates, and which of ours each may depend on.
const OURS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("migrations", &[]),
    ("api", &["domain", "migrations"]),
    ("tests", &["api", "domain", "migrations"]),
];

/// The answer of `cargo metadata` for the workspace, without what it depends on.
pub(crate) fn metadata(root: &Path) -> anyhow::Result<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root)
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("cargo metadata")
}

/// What is wrong with the manifests.
pub(crate) fn faults(metadata: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for package in list(metadata, "packages") {
        let name = text(package, "name");
        let Some((_, ours)) = OURS.iter().find(|(known, _)| *known == name) else {
            faults.push(format!(
                "`{name}` has no place in the order of crates (manifests.rs)"
            ));
            continue;
        };
        for dependency in list(package, "dependencies") {
            let used = text(dependency, "name");
            if OURS.iter().any(|(known, _)| *known == used) && !ours.contains(&used) {
                faults.push(format!("`{name}` may not depend on `{used}`"));
            }
            // A `null` kind is a normal dependency; tests may bring what they like.
            if name == "domain" && dependency["kind"].is_null() {
                faults.extend(domain_faults(used, dependency));
            }
        }
    }
    faults
}

fn domain_faults(used: &str, dependency: &Value) -> Vec<String> {
    if !DOMAIN_MAY.contains(&used) {
        return vec![format!("`domain` may not depend on `{used}`")];
    }
    let Some((_, forbidden)) = DOMAIN_MAY_NOT_ENABLE.iter().find(|(name, _)| *name == used) else {
        return Vec::new();
    };
    let mut enabled: Vec<&str> = list(dependency, "features")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    if dependency["uses_default_features"] == true {
        enabled.push("default");
    }
    enabled
        .iter()
        .filter(|feature| forbidden.contains(feature))
        .map(|feature| format!("`domain` may not enable `{used}/{feature}`"))
        .collect()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(package: &str, dependency: Value, expected: &[&str]) {
        let metadata =
            serde_json::json!({ "packages": [{ "name": package, "dependencies": [dependency] }] });
        assert_eq!(faults(&metadata), expected);
    }

    fn on(name: &str, features: &[&str], default: bool) -> Value {
        serde_json::json!({
            "name": name, "kind": null, "features": features, "uses_default_features": default,
        })
    }

    #[test]
    fn forbidden_dependencies_are_found() {
        check("domain", on("serde", &["derive"], true), &[]);
        check(
            "domain",
            on("tokio", &[], true),
            &["`domain` may not depend on `tokio`"],
        );
        check("domain", on("chrono", &["serde"], false), &[]);
        check(
            "domain",
            on("chrono", &[], true),
            &["`domain` may not enable `chrono/default`"],
        );
        check(
            "domain",
            on("chrono", &["clock"], false),
            &["`domain` may not enable `chrono/clock`"],
        );
        check(
            "domain",
            on("uuid", &["v7"], false),
            &["`domain` may not enable `uuid/v7`"],
        );
        check(
            "domain",
            serde_json::json!({ "name": "proptest", "kind": "dev" }),
            &[],
        );
        check(
            "domain",
            serde_json::json!({ "name": "api", "kind": "dev" }),
            &["`domain` may not depend on `api`"],
        );
        check("migrations", on("sea-orm-migration", &[], true), &[]);
        check(
            "migrations",
            on("domain", &[], true),
            &["`migrations` may not depend on `domain`"],
        );
        check(
            "api",
            on("tests", &[], true),
            &["`api` may not depend on `tests`"],
        );
        check("tests", on("api", &[], true), &[]);
        check(
            "rooms",
            on("api", &[], true),
            &["`rooms` has no place in the order of crates (manifests.rs)"],
        );
    }
}
