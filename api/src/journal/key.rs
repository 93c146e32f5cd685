//! The keys that sign checkpoints: a file outside the database.
//!
//! **Invariant.** Whoever has the database alone can sign nothing. The file is its owner's alone and
//! is made once; after that it is only read. Each of its lines is a key and all of them sign, so
//! that a new key can stand beside the old one until everybody knows it.

use std::{
    io::{ErrorKind, Write as _},
    path::PathBuf,
};

use anyhow::{Context, bail, ensure};
use domain::journal::{CryptoSuite, KeyError, SigningKey};

use crate::{app::App, config::Config, ids, storage::private_file};

use super::queries;

const KEY_FILE: &str = "journal.key";

/// The keys of this server.
#[derive(Debug)]
pub(crate) struct Keys(pub(super) Vec<SigningKey>);

impl Keys {
    /// Reads the file; makes it, with one key, where it is not there.
    ///
    /// # Errors
    /// When it cannot be read or made, or holds what is no key of this journal.
    pub(super) fn open(config: &Config, origin: &str, suite: CryptoSuite) -> anyhow::Result<Self> {
        let keys = match Self::read(config)? {
            Some(keys) => keys,
            None => Self::make(config, origin, suite)?,
        };
        for key in &keys.0 {
            let public = key.public();
            ensure!(
                public.name() == origin && public.suite() == suite,
                "{} holds the key {public}, and this journal is {origin} by the suite {suite}",
                file(config).display()
            );
        }
        Ok(keys)
    }

    /// Reads the file; `None` where it is not there.
    pub(super) fn read(config: &Config) -> anyhow::Result<Option<Self>> {
        let file = file(config);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        let keys: Result<Vec<_>, KeyError> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(SigningKey::parse)
            .collect();
        let keys = keys.with_context(|| format!("{} is no file of keys", file.display()))?;
        ensure!(!keys.is_empty(), "{} holds no key", file.display());
        Ok(Some(Self(keys)))
    }

    fn make(config: &Config, origin: &str, suite: CryptoSuite) -> anyhow::Result<Self> {
        let key = SigningKey::new(origin, suite, ids::random::<32>())?;
        let path = file(config);
        // Whole or not at all: a file that a crash cut off would be no key for ever.
        let partial = path.with_extension("key.partial");
        let _ = std::fs::remove_file(&partial);
        let mut written = private_file(&partial)?;
        writeln!(written, "{}", key.reveal())?;
        written.sync_all()?;
        // A link does not replace: of two servers that begin together the second reads the first's.
        let placed = std::fs::hard_link(&partial, &path);
        let _ = std::fs::remove_file(&partial);
        match placed {
            Ok(()) => Ok(Self(vec![key])),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => match Self::read(config)? {
                Some(keys) => Ok(keys),
                None => bail!("{} went away while it was read", path.display()),
            },
            Err(error) => Err(error).with_context(|| format!("cannot make {}", path.display())),
        }
    }
}

fn file(config: &Config) -> PathBuf {
    if config.signing_key.as_os_str().is_empty() {
        config.data_directory.join(KEY_FILE)
    } else {
        config.signing_key.clone()
    }
}

/// The public keys of this server, for whoever checks its checkpoints; makes them at the first call.
///
/// # Errors
/// As [`Keys::open`], and when the database refuses.
pub(crate) async fn public_keys(app: &App) -> anyhow::Result<Vec<String>> {
    let (tree, suite) = super::sealer::tree_row(app).await?;
    let keys = Keys::open(&app.config, &tree.origin, suite)?;
    let mut texts: Vec<_> = keys.0.iter().map(|key| key.public().to_string()).collect();
    // Those that signed before stand behind those that sign now.
    for known in queries::keys(app.db.latest()).await? {
        if !texts.contains(&known) {
            texts.push(known);
        }
    }
    Ok(texts)
}
