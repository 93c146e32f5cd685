//! Things that a file names by a code or by a name.
//!
//! **Invariant.** A code names one thing; a name that several things share names none of them. A
//! row with a code of its own is about what has that code, whatever it is called: five townships of
//! one name are five.

use std::collections::BTreeMap;

use domain::kernel::NameKey;

use crate::{
    exchange::{intake::Record, report::Report},
    problem::Fault,
};

use super::row::{ambiguous, repeats};

/// Things by code and by name.
#[derive(Debug)]
pub(super) struct Index<T> {
    codes: BTreeMap<String, T>,
    names: BTreeMap<NameKey, Vec<T>>,
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self {
            codes: BTreeMap::new(),
            names: BTreeMap::new(),
        }
    }
}

impl<T: Copy> Index<T> {
    pub(super) fn insert(&mut self, code: &str, name: &str, thing: T) {
        self.codes.insert(code.to_owned(), thing);
        self.names.entry(NameKey::of(name)).or_default().push(thing);
    }

    /// What a cell calls so: by its code, or by a name that nothing else has.
    pub(super) fn find(&self, given: &str) -> Result<Option<T>, Fault> {
        match self.codes.get(given) {
            Some(&thing) => Ok(Some(thing)),
            None => self.by_name(given),
        }
    }

    fn by_name(&self, name: &str) -> Result<Option<T>, Fault> {
        match self.names.get(&NameKey::of(name)).map(Vec::as_slice) {
            None => Ok(None),
            Some(&[thing]) => Ok(Some(thing)),
            Some(_) => Err(ambiguous(name)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Entry<'a> {
    Known(usize),
    // Somebody else's, of which the caller learns no more than that its code is in use.
    Hidden,
    Row(&'a Record),
}

/// What was known before the file, and what its rows have added so far.
#[derive(Debug, Default)]
pub(super) struct Roll<'a>(Index<Entry<'a>>);

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// Something new.
    New,
    /// Something that was known before the file, by its number.
    Known(usize),
    /// What an earlier row is about, or nothing that can be told; the report has what came of it.
    Settled,
}

impl<'a> Roll<'a> {
    /// Adds something that was known before the file.
    pub(super) fn know(&mut self, code: &str, name: &str, number: usize) {
        self.0.insert(code, name, Entry::Known(number));
    }

    /// Adds a code that is in use where the caller does not see.
    pub(super) fn hide(&mut self, code: &str) {
        self.0.codes.insert(code.to_owned(), Entry::Hidden);
    }

    /// Finds out what a row is about. `code` is its own, or was made of its name.
    pub(super) fn about(
        &mut self,
        record: &'a Record,
        code: &str,
        name: &str,
        report: &mut Report,
    ) -> About {
        let has_code = record.text("code").is_some();
        let found = if has_code {
            Ok(self.0.codes.get(code).copied())
        } else {
            self.0.by_name(name)
        };
        match found {
            Ok(Some(Entry::Known(number))) => return About::Known(number),
            Ok(Some(Entry::Row(earlier))) => {
                if repeats(record, earlier, &[], report) {
                    report.unchanged();
                }
            }
            Ok(Some(Entry::Hidden)) => report.mistake(record, Some("code"), in_use(code)),
            Ok(None) if self.0.codes.contains_key(code) => {
                report.mistake(record, Some("name"), made_in_use(code));
            }
            Ok(None) => {
                self.0.insert(code, name, Entry::Row(record));
                return About::New;
            }
            Err(fault) => report.mistake(record, Some("name"), fault),
        }
        About::Settled
    }
}

fn in_use(code: &str) -> Fault {
    Fault::new(
        "exists",
        format!("代码“{code}”已被使用"),
        format!("the code {code:?} is in use"),
    )
}

fn made_in_use(code: &str) -> Fault {
    Fault::new(
        "exists",
        format!("由名称生成的代码“{code}”已被使用，请填写代码"),
        format!("the code {code:?} that is made of the name is in use; give a code"),
    )
}
