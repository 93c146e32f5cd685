//! What the server must read back and the database may not tell: the secrets of second factors and of
//! webhooks.
//!
//! **Invariant.** They are sealed by ChaCha20-Poly1305 (RFC 8439) under a key in a file outside the
//! database, each for its owner: a secret that is moved to another row does not open. The first
//! line of the file seals and every line opens, so that a new key can stand before the old one.

use std::{fmt, path::PathBuf};

use anyhow::{Context, bail, ensure};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{config::Config, ids, storage::make_line_once};

const KEY_FILE: &str = "secrets.key";
const KEY_BYTES: usize = 32;
// What a sealed secret begins with: how it was sealed.
const FORM: &str = "c20p1305";

/// The keys of this server.
pub(crate) struct Secrets(Vec<Key>);

struct Key {
    /// Tells keys apart and nothing of the key.
    name: String,
    key: LessSafeKey,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// Reads the file; makes it, with one key, where it is not there.
    ///
    /// # Errors
    /// When it cannot be read or made, or holds what is no key.
    pub(crate) fn open(config: &Config) -> anyhow::Result<Self> {
        let path = file(config);
        if !path.exists() {
            make_line_once(&path, &hex::encode(ids::random::<KEY_BYTES>()))?;
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} is no file of keys", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let lines = text.lines().map(str::trim);
        let keys: anyhow::Result<Vec<_>> = lines
            .filter(|line| !line.is_empty())
            .map(Key::parse)
            .collect();
        let keys = keys?;
        ensure!(!keys.is_empty(), "it holds no key");
        Ok(Self(keys))
    }

    /// Seals a secret of an account, or of what else has an id.
    pub(crate) fn seal(&self, owner: Uuid, secret: &[u8]) -> anyhow::Result<String> {
        let Some(Key { name, key }) = self.0.first() else {
            bail!("there is no key");
        };
        let nonce = ids::random::<NONCE_LEN>();
        let mut sealed = secret.to_vec();
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(owner.as_bytes()),
            &mut sealed,
        )
        .map_err(|_| anyhow::anyhow!("the secret cannot be sealed"))?;
        let (nonce, sealed) = (hex::encode(nonce), hex::encode(sealed));
        Ok(format!("{FORM}.{name}.{nonce}.{sealed}"))
    }

    /// Opens what was sealed for this owner.
    pub(crate) fn unseal(&self, owner: Uuid, text: &str) -> anyhow::Result<Vec<u8>> {
        let parts: Vec<_> = text.split('.').collect();
        let [FORM, name, nonce, sealed] = parts[..] else {
            bail!("the secret of {owner} is sealed in a way that is not known");
        };
        let Some(Key { key, .. }) = self.0.iter().find(|key| key.name == name) else {
            bail!("the key {name}, which sealed the secret of {owner}, is not in the file of keys");
        };
        let nonce: [u8; NONCE_LEN] = hex::decode(nonce)?
            .try_into()
            .map_err(|_| anyhow::anyhow!("the nonce has another length"))?;
        let mut sealed = hex::decode(sealed)?;
        let opened = key
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(owner.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| anyhow::anyhow!("the secret of {owner} was altered"))?;
        Ok(opened.to_vec())
    }
}

impl Key {
    fn parse(line: &str) -> anyhow::Result<Self> {
        let bytes = hex::decode(line)?;
        ensure!(bytes.len() == KEY_BYTES, "a key has {KEY_BYTES} bytes");
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes)
            .map_err(|_| anyhow::anyhow!("a key cannot be used"))?;
        let name = Sha256::new()
            .chain_update(b"relief-depot key of secrets")
            .chain_update(&bytes)
            .finalize();
        Ok(Self {
            name: hex::encode(&name[..4]),
            key: LessSafeKey::new(key),
        })
    }
}

fn file(config: &Config) -> PathBuf {
    if config.secrets_key.as_os_str().is_empty() {
        config.data_directory.join(KEY_FILE)
    } else {
        config.secrets_key.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_and_under_its_key_alone() {
        let [one, other] = [1, 2].map(Uuid::from_u128);
        let (old, new) = ("11".repeat(32), "22".repeat(32));
        let first = Secrets::parse(&old).unwrap();
        let sealed = first.seal(one, b"a secret").unwrap();
        assert!(!sealed.contains(&hex::encode("a secret")), "{sealed}");
        assert_ne!(first.seal(one, b"a secret").unwrap(), sealed);
        assert_eq!(first.unseal(one, &sealed).unwrap(), b"a secret");
        assert!(first.unseal(other, &sealed).is_err());
        // A new key before the old one seals, and both open.
        let both = Secrets::parse(&format!("{new}\n\n {old} \n")).unwrap();
        assert_eq!(both.unseal(one, &sealed).unwrap(), b"a secret");
        let later = both.seal(one, b"a secret").unwrap();
        let lost = first.unseal(one, &later).unwrap_err().to_string();
        assert!(lost.contains("not in the file of keys"), "{lost}");
        for at in 0..sealed.len() {
            let mut altered = sealed.clone().into_bytes();
            altered[at] = if altered[at] == b'0' { b'1' } else { b'0' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(first.unseal(one, &altered).is_err(), "{altered}");
        }
        for text in ["", "xyz", "1122"] {
            assert!(Secrets::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_file_is_made_once_and_its_owner_s_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().display().to_string();
        let set = [("RELIEF_DEPOT_DATA_DIRECTORY".to_owned(), place)];
        let config = Config::load(None, set).unwrap();
        let account = Uuid::from_u128(1);
        let sealed = Secrets::open(&config).unwrap().seal(account, b"x").unwrap();
        let again = Secrets::open(&config).unwrap();
        assert_eq!(again.unseal(account, &sealed).unwrap(), b"x");
        let mode = file(&config).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
