//! How far a ledger was verified, and what it was then: where the next verification may begin.
//!
//! **Invariant.** A mark has one text, and no text is a mark and a checkpoint: the second line of
//! the one is never a number, that of the other always is. So no signature under the one can be
//! shown under the other.

use std::{collections::BTreeMap, fmt};

use super::suite::Hash;
use crate::kernel::{Id, kinds};

/// The form of the text. What is hashed into a book belongs to it: another choice is another form.
const FORM: &str = "relief-depot/verified/1";

/// Why a text is no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text does not have the lines of a mark: form, origin, size, root, time, books")]
pub struct MarkError;

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Whose journal it is.
    pub origin: String,
    /// How many entries were sealed.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
    /// When.
    pub time: String,
    /// What each depot's book was after these entries, and none else.
    pub books: BTreeMap<Id<kinds::Depot>, Book>,
}

/// The book of one depot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Book {
    /// How many movements it posted.
    pub movements: u64,
    /// How many lines they had.
    pub lines: u64,
    /// The lines in the order of the journal, each hashed upon those before it.
    pub ledger: Hash,
    /// Its balances in the order of their keys, each hashed upon those before it.
    pub balances: Hash,
}

impl Mark {
    /// Reads the text of a note.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, MarkError> {
        Self::read(text)
            .filter(|mark| mark.to_string() == text)
            .ok_or(MarkError)
    }

    // More than the one text of a mark may pass here.
    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut named = |name: &str| lines.next()?.strip_prefix(name);
        named(FORM)?;
        let origin = named("origin ")?.to_owned();
        let size = named("size ")?.parse().ok()?;
        let root = Hash::parse(named("root ")?)?;
        let time = named("time ")?.to_owned();
        let books = lines.map(book).collect::<Option<_>>()?;
        Some(Self {
            origin,
            size,
            root,
            time,
            books,
        })
    }
}

fn book(line: &str) -> Option<(Id<kinds::Depot>, Book)> {
    let mut words = line.strip_prefix("book ")?.split(' ');
    let depot = words.next()?.parse().ok()?;
    let book = Book {
        movements: words.next()?.parse().ok()?,
        lines: words.next()?.parse().ok()?,
        ledger: Hash::parse(words.next()?)?,
        balances: Hash::parse(words.next()?)?,
    };
    words.next().is_none().then_some((depot, book))
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            size,
            root,
            time,
            books,
        } = self;
        writeln!(
            f,
            "{FORM}\norigin {origin}\nsize {size}\nroot {root}\ntime {time}"
        )?;
        books.iter().try_for_each(|(depot, book)| {
            let Book {
                movements,
                lines,
                ledger,
                balances,
            } = book;
            writeln!(f, "book {depot} {movements} {lines} {ledger} {balances}")
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::journal::{Checkpoint, CryptoSuite};

    #[test]
    fn a_mark_has_one_text_which_is_no_checkpoint() {
        let hash = |word: &str| CryptoSuite::Std.leaf(word.as_bytes());
        let book = Book {
            movements: 3,
            lines: 40,
            ledger: hash("ledger"),
            balances: hash("balances"),
        };
        let depots = [1, 2].map(|number| Id::from_uuid(Uuid::from_u128(number)));
        let mark = Mark {
            origin: "relief-depot/0123".to_owned(),
            size: 12,
            root: hash("root"),
            time: "2026-11-27T08:00:00.000Z".to_owned(),
            books: depots.map(|depot| (depot, book)).into(),
        };
        let text = mark.to_string();
        assert_eq!(Mark::parse(&text), Ok(mark.clone()));
        assert!(Checkpoint::parse(&text).is_err());
        let checkpoint = Checkpoint {
            origin: mark.origin.clone(),
            size: 12,
            root: mark.root,
            more: Vec::new(),
        };
        assert_eq!(Mark::parse(&checkpoint.to_string()), Err(MarkError));
        let last = text.lines().last().unwrap();
        for (from, to) in [
            ("size 12", "size 012"),
            ("size 12", "size +12"),
            ("verified/1", "verified/2"),
            ("verified/1", "verified/1 "),
            ("book ", "books "),
            (" 3 40 ", " 3 40 5 "),
            (" 3 40 ", " 3  40 "),
            (" 3 40 ", " 3 "),
            ("\n", "\r\n"),
            (last, ""),
            (last, &format!("{last}\n{last}")),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from:?}");
            assert_eq!(Mark::parse(&changed), Err(MarkError), "{to:?}");
        }
        assert_eq!(Mark::parse(text.trim_end()), Err(MarkError));
        assert_eq!(Mark::parse(""), Err(MarkError));
    }
}
