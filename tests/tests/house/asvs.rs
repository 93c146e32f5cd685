//! What `docs/SECURITY.md` tells of the OWASP ASVS.
//!
//! **Invariant.** Every requirement of levels 1 and 2 stands in one of the tables of its section, and
//! only once: as what is done, not done or not the program's to do.

use std::collections::BTreeMap;

/// The sections of version 5.0.0 with how many requirements of levels 1 and 2 each has. They come
/// first in their section, before those of level 3.
const SECTIONS: &[(&str, u32)] = &[
    ("1.1", 2),
    ("1.2", 9),
    ("1.3", 11),
    ("1.4", 3),
    ("1.5", 2),
    ("2.1", 3),
    ("2.2", 3),
    ("2.3", 4),
    ("2.4", 1),
    ("3.2", 2),
    ("3.3", 4),
    ("3.4", 6),
    ("3.5", 5),
    ("3.7", 2),
    ("4.1", 3),
    ("4.2", 1),
    ("4.3", 2),
    ("4.4", 4),
    ("5.1", 1),
    ("5.2", 3),
    ("5.3", 2),
    ("5.4", 3),
    ("6.1", 3),
    ("6.2", 12),
    ("6.3", 4),
    ("6.4", 4),
    ("6.5", 5),
    ("6.6", 3),
    ("6.8", 4),
    ("7.1", 3),
    ("7.2", 4),
    ("7.3", 2),
    ("7.4", 5),
    ("7.5", 2),
    ("7.6", 2),
    ("8.1", 2),
    ("8.2", 3),
    ("8.3", 1),
    ("8.4", 1),
    ("9.1", 3),
    ("9.2", 4),
    ("10.1", 2),
    ("10.2", 2),
    ("10.3", 4),
    ("10.4", 11),
    ("10.5", 5),
    ("10.6", 2),
    ("10.7", 3),
    ("11.1", 2),
    ("11.2", 3),
    ("11.3", 3),
    ("11.4", 4),
    ("11.5", 1),
    ("11.6", 1),
    ("12.1", 3),
    ("12.2", 2),
    ("12.3", 4),
    ("13.1", 1),
    ("13.2", 5),
    ("13.3", 2),
    ("13.4", 5),
    ("14.1", 2),
    ("14.2", 4),
    ("14.3", 3),
    ("15.1", 3),
    ("15.2", 3),
    ("15.3", 7),
    ("16.1", 1),
    ("16.2", 5),
    ("16.3", 4),
    ("16.4", 3),
    ("16.5", 3),
    ("17.1", 1),
    ("17.2", 4),
    ("17.3", 2),
];

/// Which of all requirements a number in a table means: itself, or all of its section or chapter.
fn meant<'a>(number: &str, all: &'a [String]) -> Vec<&'a String> {
    let below = format!("{number}.");
    let is_meant = |one: &&String| *one == number || one.starts_with(&below);
    all.iter().filter(is_meant).collect()
}

/// What is told of twice, of no requirement, or not at all.
fn faults(document: &str) -> Vec<String> {
    let all: Vec<String> = SECTIONS
        .iter()
        .flat_map(|(section, count)| (1..=*count).map(move |one| format!("{section}.{one}")))
        .collect();
    let mut told: BTreeMap<&String, usize> = all.iter().map(|one| (one, 0)).collect();
    let mut faults = Vec::new();
    let section = document.split("\n## ").find(|part| part.contains("ASVS 5"));
    let rows = section.unwrap_or_default().lines();
    let cells = rows.filter_map(|row| row.strip_prefix("| ")?.split(" | ").next());
    let numbers = cells.flat_map(|cell| cell.split(", "));
    for number in numbers.filter(|cell| cell.starts_with(|sign: char| sign.is_ascii_digit())) {
        let meant = meant(number, &all);
        if meant.is_empty() {
            faults.push(format!(
                "there is no requirement {number} of levels 1 and 2"
            ));
        }
        for one in meant {
            *told.entry(one).or_default() += 1;
        }
    }
    let odd = told.into_iter().filter(|(_, times)| *times != 1);
    faults.extend(odd.map(|(one, times)| format!("{one} is told of {times} times")));
    faults
}

#[test]
fn the_document_tells_of_every_requirement() -> anyhow::Result<()> {
    let counts = SECTIONS.iter().map(|(_, count)| count);
    assert_eq!(counts.sum::<u32>(), 253, "levels 1 and 2 have 253 of them");
    let path = super::root().join("docs/SECURITY.md");
    super::assert_none(&faults(&std::fs::read_to_string(path)?));
    Ok(())
}

#[test]
fn what_is_left_out_or_told_twice_is_found() {
    let document = "\n## ASVS 5, level 2\n\n| 1.2, 1.1.1 | a |\n| 1.2.9 | b |\n| 1.2.10 | c |\n\n## Next\n| 1.1.2 | d |";
    let found = faults(document);
    for fault in [
        "there is no requirement 1.2.10 of levels 1 and 2",
        "1.2.9 is told of 2 times",
        "1.1.2 is told of 0 times",
    ] {
        assert!(
            found.iter().any(|found| found == fault),
            "{fault}: {found:?}"
        );
    }
    assert!(!found.iter().any(|found| found.starts_with("1.2.8 ")));
}
