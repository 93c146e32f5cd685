//! What is expected of each operation: `expectations.txt`, and the bodies of `bodies.txt`.
//!
//! **Invariant.** A row that says something else than the head of the file explains is an error.

use std::collections::BTreeMap;

use domain::identity::{Capability, Role};

/// A file of this directory.
pub(super) fn data(name: &str) -> String {
    let path = format!("{}/tests/e2e/matrix/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Who is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Door {
    /// Whoever asks, with or without a token.
    Anybody,
    /// Whoever has the code that stands for the thing; they are told of that thing.
    Bearer,
    /// Whoever has a valid token; things of houses are shown to those who hold this over them.
    SignedIn(Option<Capability>),
    /// Who holds one of these over the house that the thing belongs to.
    Any(Vec<Capability>),
    /// Who holds all of these over it.
    All(Vec<Capability>),
    /// Nobody of those who ask here.
    Nobody,
    /// `?`: the matrix proposes a row, and fails.
    Unsaid,
}

/// A row.
#[derive(Debug, Clone)]
pub(super) struct Expectation {
    pub(super) door: Door,
    /// The status of the answer to those who are let in, and the code if it is a problem.
    pub(super) outcome: String,
    /// Which thing of a house stands for which parameter or kind.
    pub(super) names: BTreeMap<String, String>,
}

/// All rows and bodies, by operation.
pub(super) struct Table {
    rows: BTreeMap<String, Expectation>,
    bodies: BTreeMap<String, String>,
}

impl Table {
    pub(super) fn read() -> Self {
        let (rows, bodies) = (data("expectations.txt"), data("bodies.txt"));
        let rows: Vec<_> = meant(&rows).map(row).collect();
        let bodies = meant(&bodies).map(|line| {
            let (operation, body) = line.split_once(' ').expect("an operation and its body");
            (operation.to_owned(), body.trim().to_owned())
        });
        let count = rows.len();
        let table = Self {
            rows: rows.into_iter().collect(),
            bodies: bodies.collect(),
        };
        assert_eq!(table.rows.len(), count, "an operation has two rows");
        table
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(String::as_str)
    }

    pub(super) fn bodies(&self) -> impl Iterator<Item = &str> {
        self.bodies.keys().map(String::as_str)
    }

    pub(super) fn of(&self, operation: &str) -> Option<&Expectation> {
        self.rows.get(operation)
    }

    pub(super) fn body(&self, operation: &str) -> Option<&str> {
        self.bodies.get(operation).map(String::as_str)
    }
}

fn meant(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn row(line: &str) -> (String, Expectation) {
    let mut words = line.split_whitespace();
    let mut next = || words.next().unwrap_or_else(|| panic!("too short: {line}"));
    let (operation, door, outcome) = (next(), next(), next());
    let door = match door {
        "anybody" => Door::Anybody,
        "signed_in" => Door::SignedIn(None),
        "bearer" => Door::Bearer,
        "nobody" => Door::Nobody,
        "?" => Door::Unsaid,
        list if list.starts_with("signed_in:") => {
            Door::SignedIn(capabilities(list[10..].split('|'), line).pop())
        }
        all if all.contains('&') => Door::All(capabilities(all.split('&'), line)),
        any => Door::Any(capabilities(any.split('|'), line)),
    };
    let names = words.map(|word| {
        let (name, thing) = word.split_once('=').unwrap_or_else(|| panic!("{line}"));
        (name.to_owned(), thing.to_owned())
    });
    let expectation = Expectation {
        door,
        outcome: outcome.to_owned(),
        names: names.collect(),
    };
    (operation.to_owned(), expectation)
}

fn capabilities<'a>(names: impl Iterator<Item = &'a str>, line: &str) -> Vec<Capability> {
    let known = |name: &str| {
        name.parse()
            .unwrap_or_else(|_| panic!("no capability: {line}"))
    };
    names.map(known).collect()
}

impl Expectation {
    /// Whether the answer to those who are let in has this status.
    pub(super) fn is_outcome(&self, status: u16) -> bool {
        let said = self.outcome.split(':').next();
        said.is_some_and(|said| said == status.to_string())
    }
}

impl Door {
    /// Whether these roles open it, where they are held.
    pub(super) fn opens_to(&self, roles: &[Role]) -> bool {
        let may = |capability: &Capability| roles.iter().any(|role| role.may(*capability));
        match self {
            Self::Anybody | Self::Bearer | Self::SignedIn(_) | Self::Unsaid => true,
            Self::Any(any) => any.iter().any(may),
            Self::All(all) => all.iter().all(may),
            Self::Nobody => false,
        }
    }

    /// Whether who has these roles is told of things of a house where they are held.
    pub(super) fn shows(&self, roles: &[Role]) -> bool {
        let may = |capability| roles.iter().any(|role| role.may(capability));
        match self {
            Self::Anybody | Self::Bearer | Self::SignedIn(None) => false,
            Self::SignedIn(Some(capability)) => may(*capability),
            Self::Any(_) | Self::All(_) => self.opens_to(roles) || may(Capability::View),
            Self::Nobody | Self::Unsaid => may(Capability::View),
        }
    }

    /// What it asks for.
    pub(super) fn capabilities(&self) -> &[Capability] {
        match self {
            Self::Any(some) | Self::All(some) => some,
            Self::Anybody | Self::Bearer | Self::SignedIn(_) | Self::Nobody | Self::Unsaid => &[],
        }
    }

    /// Whether it stands before things of a house, so that whose they are matters.
    pub(super) fn guards(&self) -> bool {
        matches!(self, Self::Any(_) | Self::All(_) | Self::Nobody)
    }
}
