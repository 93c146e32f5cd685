//! The one table of column names, in Chinese and English.
//!
//! **Invariant.** A member has one name wherever it occurs, and the order of this table is the
//! order of the columns. Where an import reads the same thing, it knows the name.

mod names;

use crate::problem::Language;

use names::all;

// A path that the table does not know comes after all that it does.
const LAST: usize = usize::MAX;

/// Where a column stands.
pub(super) fn order(path: &[String]) -> (Vec<usize>, String) {
    let whole = path.join(".");
    let places = match place(&whole) {
        LAST => path.iter().map(|name| place(name)).collect(),
        found => vec![found],
    };
    (places, whole)
}

/// The name of a column.
pub(super) fn name(path: &[String], language: Language) -> String {
    let whole = path.join(".");
    if let Some(found) = lookup(&whole, language) {
        return found.to_owned();
    }
    let above = path.len().saturating_sub(1);
    let parts: Vec<_> = path
        .iter()
        .enumerate()
        .map(|(depth, name)| {
            // What others stand below may be called otherwise than what stands alone.
            let of_others = (depth < above).then(|| lookup(&format!("{name}."), language));
            let name_alone = || lookup(name, language);
            of_others.flatten().or_else(name_alone).unwrap_or(name)
        })
        .collect();
    parts.join(match language {
        Language::Zh => "·",
        Language::En => " ",
    })
}

/// The name of a line's column that its document has too.
pub(super) fn of_line(name: &str, language: Language) -> String {
    match language {
        Language::Zh => format!("明细·{name}"),
        Language::En => format!("Line {name}"),
    }
}

/// Whether the table names every part of a path.
#[cfg(test)]
pub(super) fn knows(path: &[String]) -> bool {
    place(&path.join(".")) != LAST || path.iter().all(|name| place(name) != LAST)
}

/// The table, for its own test.
#[cfg(test)]
pub(super) fn names() -> Vec<&'static [&'static str; 3]> {
    all().collect()
}

fn place(name: &str) -> usize {
    all().position(|[known, ..]| *known == name).unwrap_or(LAST)
}

fn lookup(name: &str, language: Language) -> Option<&'static str> {
    let [_, zh, en] = all().nth(place(name))?;
    Some(match language {
        Language::Zh => zh,
        Language::En => en,
    })
}
