//! The house plan, kept by a test: which way the arrows point, and how large a room may be.
//!
//! **Invariant.** Each rule of DESIGN §2 that source and manifests can show is checked here, and
//! each check is shown to fail on what it forbids, in the module that holds it.
//!
//! When this fails, move the code, not the rule. The tables are in `order.rs` and `manifests.rs`.

use std::path::{Path, PathBuf};

mod asvs;
mod claims;
mod manifests;
mod order;
mod permissions;
mod persons;
mod shapes;
mod shipped;
mod sizes;
mod source;

use sizes::{Excess, FILE_LINES_MAX, FUNCTION_LINES_MAX};

/// Where Rust code is: what ships, and what tests it.
const SHIPPED: &[&str] = &["domain/src", "migrations/src", "api/src"];
const TESTING: &[&str] = &[
    "domain/tests",
    "api/tests",
    "api/benches",
    "tests/src",
    "tests/tests",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn assert_none(faults: &[String]) {
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// The faults that a judge finds in the paths of a crate, each with its place.
fn arrows(krate: &str, judge: fn(&source::Use) -> Option<String>) -> anyhow::Result<Vec<String>> {
    let mut uses = Vec::new();
    let mut faces = order::Faces::default();
    for file in source::files(&root(), &format!("{krate}/src"))? {
        if !file.is_test() {
            let content = source::content(krate, source::module_of(&file.path), &file.text)?;
            faces.learn(krate, &content.uses);
            uses.extend(
                content
                    .uses
                    .into_iter()
                    .map(|found| (file.path.clone(), found)),
            );
        }
    }
    assert!(
        !uses.is_empty() || krate == "api",
        "{krate} names nothing: is this the right place?"
    );
    let mut faults = Vec::new();
    for (path, found) in uses {
        let line = found.line;
        faults.extend(judge(&faces.behind(&found)).map(|fault| format!("{path}:{line}: {fault}")));
    }
    faults.dedup();
    Ok(faults)
}

#[test]
fn crates_depend_on_what_they_may() -> anyhow::Result<()> {
    let metadata = manifests::metadata(&root())?;
    assert!(
        metadata["packages"]
            .as_array()
            .is_some_and(|packages| packages.len() >= 4)
    );
    assert_none(&manifests::faults(&metadata));
    Ok(())
}

#[test]
fn the_modules_of_domain_keep_their_order() -> anyhow::Result<()> {
    assert_none(&arrows("domain", order::domain_fault)?);
    Ok(())
}

#[test]
fn the_contexts_of_api_keep_their_order() -> anyhow::Result<()> {
    assert_none(&arrows("api", order::api_fault)?);
    Ok(())
}

#[test]
fn published_shapes_have_names_of_their_own() -> anyhow::Result<()> {
    assert_none(&shapes::repeated(&source::files(&root(), "api/src")?)?);
    Ok(())
}

#[test]
fn nothing_in_domain_is_async() -> anyhow::Result<()> {
    let mut faults = Vec::new();
    for file in source::files(&root(), "domain/src")?
        .iter()
        .filter(|file| !file.is_test())
    {
        let content = source::content("domain", source::module_of(&file.path), &file.text)?;
        faults.extend(
            content
                .async_lines
                .iter()
                .map(|line| format!("{}:{line}", file.path)),
        );
    }
    assert_none(&faults);
    Ok(())
}

#[test]
fn files_and_functions_fit_on_a_page() -> anyhow::Result<()> {
    let mut excesses = Vec::new();
    for (below, ships) in SHIPPED
        .iter()
        .map(|below| (below, true))
        .chain(TESTING.iter().map(|below| (below, false)))
    {
        for file in source::files(&root(), below)? {
            let content = source::content("", source::module_of(&file.path), &file.text)?;
            if ships && file.is_test() {
                continue;
            }
            let lines = file.text.lines().count() - content.test_lines;
            if lines > FILE_LINES_MAX {
                excesses.push(Excess {
                    what: file.path.clone(),
                    lines,
                    max: FILE_LINES_MAX,
                });
            }
            // A test tells a story and a migration is a list, and neither is read in parts.
            let in_parts = ships && !below.starts_with("migrations");
            for function in content.functions.iter().filter(|_| in_parts) {
                if function.lines > FUNCTION_LINES_MAX {
                    let what = format!("{} {}", file.path, function.name);
                    excesses.push(Excess {
                        what,
                        lines: function.lines,
                        max: FUNCTION_LINES_MAX,
                    });
                }
            }
        }
    }
    let allowed = std::fs::read_to_string(root().join("tests/house-allow.txt"))?;
    assert_none(&sizes::faults(&excesses, &sizes::allowed(&allowed)?));
    Ok(())
}

#[test]
fn every_file_says_what_it_is() -> anyhow::Result<()> {
    let mut faults = Vec::new();
    for below in SHIPPED.iter().chain(TESTING) {
        for file in source::files(&root(), below)? {
            if !(file.is_test() && SHIPPED.contains(below)) {
                faults.extend(form_fault(&file.path, &file.text));
            }
        }
    }
    assert_none(&faults);
    Ok(())
}

#[test]
fn every_command_asks_before_it_writes() -> anyhow::Result<()> {
    assert_none(&permissions::unasked(&source::files(&root(), "api/src")?)?);
    Ok(())
}

#[test]
fn no_more_is_read_past_the_caller_than_was() -> anyhow::Result<()> {
    let found = permissions::everything(&source::files(&root(), "api/src")?)?;
    let allowed = std::fs::read_to_string(root().join("tests/house-everything.txt"))?;
    assert_none(&permissions::grown(&found, &permissions::counts(&allowed)?));
    Ok(())
}

#[test]
fn no_person_stands_in_what_a_command_records() -> anyhow::Result<()> {
    let document = api::http::describe();
    assert_none(&persons::told(
        &source::files(&root(), "api/src")?,
        &document,
    )?);
    Ok(())
}

#[test]
fn what_security_claims_is_tested() -> anyhow::Result<()> {
    let mut tests = claims::Tests::new();
    for below in SHIPPED.iter().chain(TESTING) {
        for file in source::files(&root(), below)? {
            tests.insert(file.path, claims::tests_in(&file.text)?);
        }
    }
    let document = std::fs::read_to_string(root().join("docs/SECURITY.md"))?;
    assert!(claims::claims(&document).len() > 100);
    assert_none(&claims::faults(&document, &tests));
    Ok(())
}

#[test]
fn the_program_knows_what_it_is_made_of() -> anyhow::Result<()> {
    let linked = shipped::linked(&root())?;
    assert!(linked.len() > 200, "cargo tells of {} crates", linked.len());
    let known = api::selfcheck::shipped()?;
    let missing = linked.difference(&known);
    assert_none(
        &missing
            .map(|it| format!("{} {}", it.name, it.version))
            .collect::<Vec<_>>(),
    );
    Ok(())
}

/// What is wrong with the form of a file.
fn form_fault(path: &str, text: &str) -> Option<String> {
    if path.ends_with("/mod.rs") {
        return Some(format!("{path}: a module is `name.rs` beside `name/`"));
    }
    // An empty file is a room that nobody has moved into.
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    (!first.starts_with("//!")).then(|| format!("{path}: does not open with `//!`"))
}

#[test]
fn a_file_without_a_word_about_itself_is_found() {
    let check = |path: &str, text: &str, expected: Option<&str>| {
        assert_eq!(form_fault(path, text).as_deref(), expected);
    };
    check("api/src/stock.rs", "//! The ledger.\n", None);
    check("api/src/stock.rs", "\n", None);
    check(
        "api/src/stock.rs",
        "use x;\n",
        Some("api/src/stock.rs: does not open with `//!`"),
    );
    check(
        "api/src/stock/mod.rs",
        "//! The ledger.\n",
        Some("api/src/stock/mod.rs: a module is `name.rs` beside `name/`"),
    );
}
