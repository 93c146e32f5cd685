//! The keys that sign checkpoints: a file outside the database.
//!
//! **Invariant.** Whoever has the database alone can sign nothing. The file is its owner's alone and
//! is made once; after that it is only read. Each of its lines is a key and all of them sign, so
//! that a new key can stand beside the old one until everybody knows it.

use std::{io::ErrorKind, path::PathBuf};

use anyhow::{Context, bail, ensure};
use domain::journal::{CryptoSuite, KeyError, Note, SigningKey};

use crate::{app::App, config::Config, ids, storage::make_line_once};

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
        keys.check(config, origin, suite)?;
        Ok(keys)
    }

    fn check(&self, config: &Config, origin: &str, suite: CryptoSuite) -> anyhow::Result<()> {
        for key in &self.0 {
            let public = key.public();
            ensure!(
                public.name() == origin && public.suite() == suite,
                "{} holds the key {public}, and this journal is {origin} by the suite {suite}",
                file(config).display()
            );
        }
        Ok(())
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
        if make_line_once(&path, &key.reveal())? {
            return Ok(Self(vec![key]));
        }
        match Self::read(config)? {
            Some(keys) => Ok(keys),
            None => bail!("{} went away while it was read", path.display()),
        }
    }
}

/// Where the keys of this server lie.
pub(crate) fn file(config: &Config) -> PathBuf {
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

/// How the keys of this server stand to what was signed.
#[derive(Debug)]
pub(crate) struct Standing {
    /// Whether there are any.
    pub(crate) is_there: bool,
    /// How many entries the newest checkpoint has, and whether one of them signed it; `None` before
    /// anything was signed.
    pub(crate) signed: Option<(i64, bool)>,
}

/// Compares the keys of this server with the journal; makes none.
///
/// # Errors
/// When they cannot be read, or are another journal's.
pub(crate) async fn standing(app: &App) -> anyhow::Result<Standing> {
    let keys = Keys::read(&app.config)?;
    let tree = queries::tree(app.db.latest()).await?;
    if let (Some(keys), Some(tree)) = (&keys, &tree) {
        let suite = tree.suite.parse().context("the suite of the journal")?;
        keys.check(&app.config, &tree.origin, suite)?;
    }
    let signed = match queries::latest_checkpoint(app.db.latest()).await? {
        None => None,
        Some(checkpoint) => {
            let note = Note::parse(checkpoint.note())?;
            let ours = keys.iter().flat_map(|keys| &keys.0);
            let ours: Vec<_> = ours.map(|key| key.public().clone()).collect();
            Some((checkpoint.size(), note.check(&ours).is_ok()))
        }
    };
    Ok(Standing {
        is_there: keys.is_some(),
        signed,
    })
}
