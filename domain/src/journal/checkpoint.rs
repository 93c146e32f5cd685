//! What is signed: how large the journal was, and its root.
//!
//! **Invariant.** The text is that of C2SP `tlog-checkpoint`: origin, size, root, a line each, and
//! lines that only some readers know.

use std::fmt;

use super::suite::Hash;

/// Why a text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text does not have the lines of a checkpoint: origin, size, root")]
pub struct CheckpointError;

/// The size and the root of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose journal it is: a name that no other has.
    pub origin: String,
    /// How many entries it had.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
    /// Further lines.
    pub more: Vec<String>,
}

impl Checkpoint {
    /// Reads the text of a note.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let text = text.strip_suffix('\n').ok_or(CheckpointError)?;
        let mut lines = text.split('\n');
        let mut next = || {
            lines
                .next()
                .filter(|line| !line.is_empty())
                .ok_or(CheckpointError)
        };
        let (origin, size, root) = (next()?, next()?, next()?);
        let number: u64 = size.parse().map_err(|_| CheckpointError)?;
        // One number has one text, or one checkpoint would have several.
        if number.to_string() != size {
            return Err(CheckpointError);
        }
        let more: Vec<_> = lines.map(str::to_owned).collect();
        if more.iter().any(String::is_empty) {
            return Err(CheckpointError);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size: number,
            root: Hash::parse(root).ok_or(CheckpointError)?,
            more,
        })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)?;
        self.more.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_has_one_text() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        let text = format!("example.com/behind-the-sofa\n20852163\n{root}\n");
        let read = Checkpoint::parse(&text).unwrap();
        assert_eq!(read.size, 20_852_163);
        assert_eq!(read.to_string(), text);
        let more = format!("{text}time 2026-11-26T00:00:00Z\n");
        let read = Checkpoint::parse(&more).unwrap();
        assert_eq!(read.more, ["time 2026-11-26T00:00:00Z"]);
        assert_eq!(read.to_string(), more);
        for (from, to) in [
            ("20852163", "020852163"),
            ("20852163", "+20852163"),
            ("20852163", "-1"),
            ("20852163", "99999999999999999999"),
            ("example.com/behind-the-sofa\n", "\n"),
            (root, "CsUYapGGPo4dkMgIAUqom"),
            ("q2I=\n", "q2I="),
            ("q2I=\n", "q2I=\n\n"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_eq!(Checkpoint::parse(&changed), Err(CheckpointError), "{to:?}");
        }
    }
}
