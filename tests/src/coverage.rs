//! Which parts of the published contract the tests have exercised.
//!
//! **Invariant.** An operation counts when it succeeded, a problem code when an answer bore it. The
//! notes of a run lie in `e2e-coverage/` in the target directory, one file per process; `make test`
//! removes those of the last run first, and `tests/coverage.rs` reads them at the end.

use std::{
    collections::BTreeSet,
    fs::File,
    io::Write as _,
    path::PathBuf,
    sync::{LazyLock, Mutex, PoisonError},
};

use serde_json::Value;

use crate::database::target_directory;

/// Where the notes lie.
#[must_use]
pub fn directory() -> PathBuf {
    target_directory().join("e2e-coverage")
}

/// Everything that has to be exercised, as the notes name it: `GET /v1/me`, `code not-found`.
#[must_use]
pub fn wanted(document: &Value) -> BTreeSet<String> {
    let operations = operations(document)
        .into_iter()
        .map(|(method, path)| format!("{method} {path}"));
    let codes = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|code| format!("code {code}"));
    operations.chain(codes).collect()
}

/// Notes an exchange.
pub fn note(method: &str, path: &str, status: u16, body: &str) {
    if status < 300 {
        // A HEAD is a GET whose body is not sent.
        let method = if method == "HEAD" { "GET" } else { method };
        if let Some((method, template)) = operation(method, path) {
            write_down(format!("{method} {template}"));
        }
    } else if status >= 400
        && let Ok(problem) = serde_json::from_str::<Value>(body)
        && let Some(code) = problem["code"].as_str()
    {
        write_down(format!("code {code}"));
    }
}

/// The headers that the contract promises of such an answer.
pub fn promised_headers(method: &str, path: &str, status: u16) -> Vec<String> {
    let Some((method, template)) = operation(method, path) else {
        return Vec::new();
    };
    let operation = &DOCUMENT["paths"][template][method.to_lowercase()];
    let headers = operation["responses"][status.to_string()]["headers"].as_object();
    headers
        .into_iter()
        .flatten()
        .filter(|(_, header)| header["required"] == true)
        .map(|(name, _)| name.to_lowercase())
        .collect()
}

/// The members of a problem that neither every problem has nor its code names.
pub fn unnamed_members(problem: &Value) -> Vec<String> {
    let schema = &DOCUMENT["components"]["schemas"]["Problem"];
    let code = problem["code"].as_str().unwrap_or_default();
    let named = schema["x-members"][code].as_array();
    let names = problem.as_object().into_iter().flat_map(|it| it.keys());
    names
        .filter(|name| schema["properties"].get(name.as_str()).is_none())
        .filter(|name| !named.is_some_and(|named| named.iter().any(|it| it == name.as_str())))
        .cloned()
        .collect()
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(api::http::describe);

static OPERATIONS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| operations(&DOCUMENT));

fn operation(method: &str, path: &str) -> Option<&'static (String, String)> {
    let known = OPERATIONS
        .iter()
        .filter(|(known, template)| known == method && matches(template, path));
    // `/v1/things/search` is not the thing whose id is `search`.
    known.max_by_key(|(_, template)| fixed_segments(template))
}

fn operations(document: &Value) -> Vec<(String, String)> {
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for method in methods.as_object().into_iter().flat_map(|it| it.keys()) {
            operations.push((method.to_uppercase(), path.clone()));
        }
    }
    operations
}

fn matches(template: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == found || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}

fn fixed_segments(template: &str) -> usize {
    template
        .split('/')
        .filter(|it| !it.starts_with('{'))
        .count()
}

fn write_down(line: String) {
    static NOTES: LazyLock<Mutex<(BTreeSet<String>, File)>> = LazyLock::new(|| {
        std::fs::create_dir_all(directory()).expect("the target directory can be written");
        let name = format!("{}.txt", std::process::id());
        let file = File::options()
            .create(true)
            .append(true)
            .open(directory().join(name))
            .expect("the notes can be written");
        Mutex::new((BTreeSet::new(), file))
    });
    let mut notes = NOTES.lock().unwrap_or_else(PoisonError::into_inner);
    let (known, file) = &mut *notes;
    if known.insert(line.clone()) {
        file.write_all(format!("{line}\n").as_bytes())
            .expect("the notes can be written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_matches_its_template_only() {
        for (template, path, expected) in [
            ("/v1/me", "/v1/me", true),
            ("/v1/things/{id}", "/v1/things/x", true),
            ("/v1/things/{id}", "/v1/things", false),
            ("/v1/things/{id}", "/v1/things/x/end", false),
            ("/v1/things/{id}/end", "/v1/things/x/end", true),
        ] {
            assert_eq!(matches(template, path), expected, "{template} {path}");
        }
    }

    #[test]
    fn the_contract_names_operations_and_codes() {
        let wanted = wanted(&api::http::describe());
        for part in ["GET /v1/me", "POST /v1/sessions", "code not-found"] {
            assert!(wanted.contains(part), "{part}");
        }
    }
}
