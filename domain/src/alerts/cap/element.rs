//! An element and where it stands.

use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::{alerts::markup::Node, kernel::UnknownName};

use super::{CapFault, FaultKind, NAME_MAX};

const FAULTS_MAX: usize = 200;

/// Faults so far; a document that has hundreds is not told all.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<CapFault>);

impl Faults {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_list(self) -> Vec<CapFault> {
        self.0
    }
}

/// An element, or the place of one that is not there.
#[derive(Debug)]
pub(super) struct Element<'a> {
    node: Option<&'a Node>,
    path: String,
}

impl<'a> Element<'a> {
    pub(super) fn root(node: &'a Node) -> Self {
        Self {
            node: Some(node),
            path: format!("/{}", node.name),
        }
    }

    fn children(&self) -> &'a [Node] {
        self.node.map_or(&[], |node| &node.children)
    }

    /// The place of an element below this one that is not there.
    pub(super) fn below(&self, name: &str) -> Self {
        Self {
            node: None,
            path: format!("{}/{name}", self.path),
        }
    }

    /// All elements of this name below it, counted from 1.
    pub(super) fn all(&self, name: &str) -> Vec<Self> {
        let named = self.children().iter().filter(|node| node.name == name);
        (1..)
            .zip(named)
            .map(|(number, node)| Self {
                node: Some(node),
                path: format!("{}/{name}[{number}]", self.path),
            })
            .collect()
    }

    /// The only element of this name below it.
    pub(super) fn first(&self, name: &str) -> Option<Self> {
        let mut named = self.children().iter();
        named.find(|node| node.name == name).map(|node| Self {
            node: Some(node),
            path: format!("{}/{name}", self.path),
        })
    }

    pub(super) fn required(&self, name: &str, faults: &mut Faults) -> Option<Self> {
        let found = self.first(name).filter(|it| !it.text().is_empty());
        if found.is_none() {
            self.below(name).fault(FaultKind::Missing, faults);
        }
        found
    }

    /// Notes elements that do not belong here, and those that stand twice.
    pub(super) fn check(&self, known: &[&str], repeatable: &[&str], faults: &mut Faults) {
        let mut seen: Vec<&str> = Vec::new();
        for node in self.children() {
            let name = node.name.as_str();
            if !known.contains(&name) {
                // What comes back is no longer than a name.
                let name: String = name.chars().take(64).collect();
                self.below(&name).fault(FaultKind::Unknown, faults);
            } else if seen.contains(&name) {
                if !repeatable.contains(&name) {
                    self.below(name).fault(FaultKind::Repeated, faults);
                }
            } else {
                seen.push(name);
            }
        }
    }

    pub(super) fn fault(&self, kind: FaultKind, faults: &mut Faults) {
        if faults.0.len() < FAULTS_MAX {
            let path = self.path.clone();
            faults.0.push(CapFault { path, kind });
        }
    }

    pub(super) fn text(&self) -> &'a str {
        self.node.map_or("", |node| node.text.trim())
    }

    pub(super) fn limit(&self, max: usize, faults: &mut Faults) -> Option<&'a str> {
        let text = self.text();
        if text.chars().nth(max).is_some() {
            self.fault(FaultKind::Length { max }, faults);
            return None;
        }
        Some(text)
    }

    /// One line: what breaks lines in a document is a space.
    pub(super) fn line(&self, max: usize, faults: &mut Faults) -> Option<String> {
        let text = self.limit(max, faults)?;
        let words: Vec<_> = text.split_whitespace().collect();
        let line = words.join(" ");
        // C1 and others that XML allows and no line has.
        Some(line.chars().filter(|it| !it.is_control()).collect())
    }

    /// A name of a message or a sender (CAP 3.2.1).
    pub(super) fn name(&self, faults: &mut Faults) -> Option<String> {
        let text = self.limit(NAME_MAX, faults)?;
        let is_foreign = |it: char| it.is_whitespace() || it.is_control() || ",<&".contains(it);
        if text.contains(is_foreign) {
            self.fault(FaultKind::Name, faults);
            return None;
        }
        Some(text.to_owned())
    }

    pub(super) fn word<T: FromStr<Err = UnknownName>>(&self, faults: &mut Faults) -> Option<T> {
        let read = self.text().parse();
        read.map_err(|UnknownName { expected }| self.fault(FaultKind::Choice { expected }, faults))
            .ok()
    }

    pub(super) fn one_of(&self, expected: &'static [&'static str], faults: &mut Faults) {
        if !expected.contains(&self.text()) {
            self.fault(FaultKind::Choice { expected }, faults);
        }
    }

    pub(super) fn moment(&self, faults: &mut Faults) -> Option<DateTime<Utc>> {
        let read = moment(self.text());
        if read.is_none() {
            self.fault(FaultKind::Moment, faults);
        }
        read
    }
}

/// `2026-08-01T03:00:00+08:00`: seconds are whole, and the offset is in numbers (CAP 3.3.2).
pub(super) fn moment(text: &str) -> Option<DateTime<Utc>> {
    let bytes = text.as_bytes();
    let is_formed = bytes.len() == 25 && bytes[10] == b'T' && matches!(bytes[19], b'+' | b'-');
    let read = DateTime::parse_from_rfc3339(text)
        .ok()
        .filter(|_| is_formed)?;
    let read = read.to_utc();
    // What no calendar of a database holds is no time of an alert.
    let year = chrono::Datelike::year(&read);
    (1970..=2200).contains(&year).then_some(read)
}
