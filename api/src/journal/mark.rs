//! The mark of the last verification that found nothing: a signed file in the data directory.
//!
//! **Invariant.** A mark is believed if a key of the key file signed it, for this journal. The keys
//! that the database names are not asked: whoever rewrites it would name their own. An older mark
//! put in its place does no harm, since more is verified from there.

use std::{io::ErrorKind, io::Write as _, path::PathBuf};

use anyhow::Context as _;
use domain::journal::{Mark, Note, SigningKey};

use crate::{config::Config, storage::private_file};

use super::key::Keys;

const MARK_FILE: &str = "verified.mark";

/// Why no mark is believed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unmarked {
    /// Nothing was verified before, or its mark was taken away.
    #[error("there is no mark {0}")]
    Missing(PathBuf),
    /// Nobody can tell a forged mark.
    #[error("there is no key that could have signed the mark")]
    NoKey,
    /// It is not what was written.
    #[error("{0} is no mark, or was not signed by a key of this server")]
    Forged(PathBuf),
    /// It is another's.
    #[error("{0} is the mark of another journal")]
    OtherJournal(PathBuf),
    /// It cannot be read.
    #[error("{0:#}")]
    Unreadable(anyhow::Error),
}

/// Where the mark lies.
pub(crate) fn file(config: &Config) -> PathBuf {
    config.data_directory.join(MARK_FILE)
}

/// The mark that was left last, of the journal of this name.
pub(crate) fn read(config: &Config, origin: &str) -> Result<Mark, Unmarked> {
    let path = file(config);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(Unmarked::Missing(path)),
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(Unmarked::Forged(path)),
        Err(error) => {
            let error =
                anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
            return Err(Unmarked::Unreadable(error));
        }
    };
    let keys = keys(config, origin).map_err(Unmarked::Unreadable)?;
    if keys.is_empty() {
        return Err(Unmarked::NoKey);
    }
    let Ok(note) = Note::parse(&text) else {
        return Err(Unmarked::Forged(path));
    };
    if note.check(keys.iter().map(SigningKey::public)).is_err() {
        return Err(Unmarked::Forged(path));
    }
    match Mark::parse(note.text()) {
        Ok(mark) if mark.origin == origin => Ok(mark),
        Ok(_) => Err(Unmarked::OtherJournal(path)),
        Err(_) => Err(Unmarked::Forged(path)),
    }
}

/// Signs a mark and puts it in the place of the last; `false` where there is no key to sign it.
///
/// # Errors
/// When the key cannot be read or the file not written; the last mark is still there then.
pub(crate) fn keep(config: &Config, mark: &Mark) -> anyhow::Result<bool> {
    let keys = keys(config, &mark.origin)?;
    if keys.is_empty() {
        return Ok(false);
    }
    let path = file(config);
    let partial = path.with_extension("mark.partial");
    let _ = std::fs::remove_file(&partial);
    let mut written = private_file(&partial)?;
    write!(written, "{}", Note::sign(mark.to_string(), &keys))?;
    written.sync_all()?;
    std::fs::rename(&partial, &path)
        .with_context(|| format!("cannot put {} in its place", path.display()))?;
    Ok(true)
}

// Nobody verifies into existence a key that was not there.
fn keys(config: &Config, origin: &str) -> anyhow::Result<Vec<SigningKey>> {
    let keys = Keys::read(config)?.map_or_else(Vec::new, |keys| keys.0);
    let ours = keys.into_iter().filter(|key| key.public().name() == origin);
    Ok(ours.collect())
}
