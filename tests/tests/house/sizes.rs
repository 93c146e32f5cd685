//! How long files and functions are, and which may be longer.
//!
//! **Invariant.** Whoever is longer stands in `tests/house-allow.txt` with a reason, and whoever
//! stands there is longer.

use std::collections::BTreeMap;

use anyhow::Context as _;

/// The lines of a file, its test modules not counted.
pub(crate) const FILE_LINES_MAX: usize = 400;
/// The lines of a function of shipped code, from its signature to its closing brace.
pub(crate) const FUNCTION_LINES_MAX: usize = 70;

/// Something that is longer than it should be: a file, or a function as `file function`.
pub(crate) struct Excess {
    pub(crate) what: String,
    pub(crate) lines: usize,
    pub(crate) max: usize,
}

/// Reads the list of those that may be longer, each with its reason.
///
/// A line is `file PATH: reason` or `fn PATH NAME: reason`; `#` begins a comment.
pub(crate) fn allowed(text: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut allowed = BTreeMap::new();
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (what, reason) = line
            .split_once(": ")
            .context(format!("no reason: {line}"))?;
        let what = what
            .strip_prefix("file ")
            .or_else(|| what.strip_prefix("fn "))
            .context(format!("neither `file` nor `fn`: {line}"))?;
        allowed.insert(what.trim().to_owned(), reason.trim().to_owned());
    }
    Ok(allowed)
}

/// What is too long without a reason, and what has a reason without need.
pub(crate) fn faults(excesses: &[Excess], allowed: &BTreeMap<String, String>) -> Vec<String> {
    let long = excesses
        .iter()
        .filter(|excess| !allowed.contains_key(&excess.what))
        .map(|excess| {
            format!(
                "{} has {} lines of {}",
                excess.what, excess.lines, excess.max
            )
        });
    let stale = allowed
        .keys()
        .filter(|what| excesses.iter().all(|excess| excess.what != **what))
        .map(|what| format!("{what} is in tests/house-allow.txt and is not too long"));
    long.chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excess(what: &str) -> Excess {
        Excess {
            what: what.to_owned(),
            lines: 500,
            max: FILE_LINES_MAX,
        }
    }

    #[test]
    fn a_reason_excuses_and_an_idle_one_is_found() {
        let check = |list: &str, expected: &[&str]| {
            let excesses = [excess("a.rs"), excess("b.rs up")];
            assert_eq!(
                faults(&excesses, &allowed(list).unwrap()),
                expected,
                "{list}"
            );
        };
        check("file a.rs: a table\nfn b.rs up: a table", &[]);
        check(
            "# none\n\nfile a.rs: a table",
            &["b.rs up has 500 lines of 400"],
        );
        check(
            "file a.rs: x\nfn b.rs up: x\nfile c.rs: x",
            &["c.rs is in tests/house-allow.txt and is not too long"],
        );
    }

    #[test]
    fn an_entry_needs_a_kind_and_a_reason() {
        assert!(allowed("file a.rs").is_err());
        assert!(allowed("a.rs: because").is_err());
    }
}
