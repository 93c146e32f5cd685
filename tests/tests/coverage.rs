//! The last test of a run: nothing in the published contract was left untried.
//!
//! **Invariant.** It reads the notes that the other tests left, so it is ignored unless asked for:
//! `make test` runs it when all the others have passed.

use std::collections::BTreeSet;

use tests::coverage;

#[test]
#[ignore = "needs the notes of all the other tests: `make test` runs it last"]
fn every_operation_and_every_problem_code_was_exercised() {
    let notes = coverage::directory();
    let mut found = BTreeSet::new();
    let files = std::fs::read_dir(&notes)
        .unwrap_or_else(|error| panic!("{}: {error}: run `make test`", notes.display()));
    for file in files.flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap();
        found.extend(text.lines().map(str::to_owned));
    }
    let wanted = coverage::wanted(&api::http::describe());
    let untried: Vec<_> = wanted.difference(&found).collect();
    assert!(
        untried.is_empty(),
        "{} of {} were never exercised: {untried:#?}",
        untried.len(),
        wanted.len()
    );
}
