//! What a document says that tests show.
//!
//! **Invariant.** A test that a document names, as `path.rs::name` between backticks, is one that
//! runs: it stands in that file under `#[test]` or as the name of a macro that makes one for each
//! database. `tests/tests/` may be left off the path.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Macros whose first word names a test on both databases.
const ON_BOTH: [&str; 2] = ["on_both", "by_provider"];

/// The tests of each file, by its path.
pub(crate) type Tests = BTreeMap<String, BTreeSet<String>>;

/// The tests that stand in a file of Rust and are not ignored, inside macros too.
pub(crate) fn tests_in(text: &str) -> anyhow::Result<BTreeSet<String>> {
    let tokens: Result<TokenStream, _> = text.parse();
    let mut found = BTreeSet::new();
    scan(
        tokens.map_err(|error| anyhow::anyhow!("{error}"))?,
        &mut found,
    );
    Ok(found)
}

fn scan(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut marked = false;
    for (at, token) in tokens.iter().enumerate() {
        match (token, tokens.get(at + 1)) {
            (TokenTree::Punct(mark), Some(TokenTree::Group(attribute)))
                if mark.as_char() == '#' =>
            {
                let words: Vec<_> = attribute.stream().into_iter().collect();
                marked |= words.last().is_some_and(|word| is(word, "test"));
                marked &= !words.first().is_some_and(|word| is(word, "ignore"));
            }
            (TokenTree::Ident(word), Some(TokenTree::Ident(name))) if word == "fn" => {
                if marked {
                    found.insert(name.to_string());
                }
                marked = false;
            }
            (TokenTree::Ident(word), Some(_)) if ON_BOTH.iter().any(|it| word == it) => {
                if let Some(TokenTree::Group(body)) = tokens.get(at + 2)
                    && let Some(TokenTree::Ident(name)) = body.stream().into_iter().next()
                {
                    found.insert(name.to_string());
                }
            }
            _ => {}
        }
        if let TokenTree::Group(group) = token {
            marked &= group.delimiter() != Delimiter::Brace;
            scan(group.stream(), found);
        }
    }
}

fn is(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// What a document claims: files and names.
pub(crate) fn claims(document: &str) -> Vec<(String, &str)> {
    let quoted = document.split('`').skip(1).step_by(2);
    quoted
        .filter_map(|quoted| quoted.split_once(".rs::"))
        .map(|(path, name)| (format!("{path}.rs"), name))
        .collect()
}

/// What is claimed and is not there, and rows of tables that say nothing where they should.
pub(crate) fn faults(document: &str, tests: &Tests) -> Vec<String> {
    let mut faults: Vec<_> = claims(document)
        .into_iter()
        .filter(|(path, name)| {
            let places = [path.clone(), format!("tests/tests/{path}")];
            let mut known = places.iter().filter_map(|place| tests.get(place));
            !known.any(|tests| tests.contains(*name))
        })
        .map(|(path, name)| format!("`{path}::{name}` is no test"))
        .collect();
    for row in document.lines().filter(|line| line.starts_with("| ")) {
        let last = row.trim_end_matches('|').rsplit('|').next();
        if last.is_none_or(|cell| cell.trim().is_empty()) {
            faults.push(format!("no test and no reason: {row}"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "
        //! on_both!(in_a_comment, x)
        fn helper() {}
        #[test] #[should_panic] fn plain() { let x = \"#[test] fn in_a_text() {}\"; }
        #[tokio::test] async fn waiting() {}
        #[test] #[ignore = \"long\"] fn ignored() {}
        #[cfg(test)] mod tests { fn inner_helper() {} #[test] fn inner() {} }
        proptest! { #[test] fn law(x in 0..9) { } }
        on_both!(both, [\"setting\" = \"1\"], async |server| {});
        tests::on_both!(both_by_path, async |server| {});
    ";

    #[test]
    fn tests_are_found_wherever_they_stand() {
        let found = tests_in(SOURCE).unwrap();
        let found: Vec<_> = found.iter().map(String::as_str).collect();
        assert_eq!(
            found,
            ["both", "both_by_path", "inner", "law", "plain", "waiting"]
        );
    }

    #[test]
    fn an_invented_test_is_found() {
        let tests = Tests::from([
            ("tests/tests/e2e/a.rs".to_owned(), tests_in(SOURCE).unwrap()),
            ("api/src/b.rs".to_owned(), BTreeSet::new()),
        ]);
        let check = |document: &str, expected: &[&str]| {
            assert_eq!(faults(document, &tests), expected, "{document}");
        };
        check("| row | `e2e/a.rs::both`, `e2e/a.rs::law` |", &[]);
        check("`tests/tests/e2e/a.rs::plain` and `a.rs` alone", &[]);
        check("`e2e/a.rs::helper`", &["`e2e/a.rs::helper` is no test"]);
        check("`e2e/a.rs::ignored`", &["`e2e/a.rs::ignored` is no test"]);
        check("`e2e/none.rs::both`", &["`e2e/none.rs::both` is no test"]);
        check(
            "`api/src/b.rs::plain`",
            &["`api/src/b.rs::plain` is no test"],
        );
        check("| row | |", &["no test and no reason: | row | |"]);
        check("| row | not done |", &[]);
    }
}
