//! Signed notes and the keys that sign them (C2SP `signed-note`).
//!
//! **Invariant.** A signature counts only under a key that the reader already knows; a line by
//! anybody else says nothing and does no harm. Signing is deterministic.
//!
//! A note is a text that ends with a line break, an empty line, and a line for each signature:
//! `— <name> <Base64 of the key's id and the signature>`. It may have several, so that an old key
//! and its successor sign side by side until everybody knows the new one.

use std::{fmt, str::FromStr};

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256};
use sm2::dsa::signature::Verifier as _;

use super::suite::CryptoSuite;

const DASH: &str = "— ";
const PRIVATE: &str = "PRIVATE+KEY+";
const SIGNATURES_MAX: usize = 16;
// Who signs by SM2 has a name in the hash; GB/T 32918.2 appendix A gives this one to all.
const SM2_SIGNER: &str = "1234567812345678";
const SECRET_LEN: usize = 32;

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It has another form.
    #[error("the key does not have the form name+id+base64")]
    Form,
    /// Its name is empty or has a blank or a plus sign in it.
    #[error("the name of a key has no blank and no plus sign in it")]
    Name,
    /// Its id belongs to another key: it was mistyped or changed.
    #[error("the id of the key does not belong to it")]
    Id,
    /// The curve has no such point, or no such number.
    #[error("the key is none of its kind")]
    Value,
}

/// Why a text is no signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// There is no empty line before signatures, or a line is no signature.
    #[error("the text has no signatures in the form of a signed note")]
    Form,
    /// None of its signatures is by a known key, or one by a known key is wrong.
    #[error("the note is not signed by a known key")]
    Signature,
}

/// What checks signatures. Its text is `name+id+base64`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifyingKey {
    name: String,
    id: [u8; 4],
    suite: CryptoSuite,
    point: Vec<u8>,
}

// A suite's signature in the type byte of a key; what has no byte of its own is spelled out.
fn kind(suite: CryptoSuite) -> &'static [u8] {
    match suite {
        CryptoSuite::Std => &[1],
        CryptoSuite::Gm => b"\xffrelief-depot/sm2\n",
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

impl VerifyingKey {
    fn new(name: &str, suite: CryptoSuite, point: &[u8]) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        let known = match suite {
            CryptoSuite::Std => point
                .try_into()
                .is_ok_and(|point| ed25519_dalek::VerifyingKey::from_bytes(point).is_ok()),
            CryptoSuite::Gm => {
                point.len() == 65
                    && sm2::dsa::VerifyingKey::from_sec1_bytes(SM2_SIGNER, point).is_ok()
            }
        };
        if !known {
            return Err(KeyError::Value);
        }
        let mut hasher = Sha256::new();
        for part in [name.as_bytes(), b"\n", kind(suite), point] {
            hasher.update(part);
        }
        let hash: [u8; 32] = hasher.finalize().into();
        Ok(Self {
            name: name.to_owned(),
            id: [hash[0], hash[1], hash[2], hash[3]],
            suite,
            point: point.to_vec(),
        })
    }

    /// Whose key it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The suite that it belongs to.
    #[must_use]
    pub fn suite(&self) -> CryptoSuite {
        self.suite
    }

    fn signed(&self, text: &str, signature: &[u8]) -> bool {
        match self.suite {
            CryptoSuite::Std => {
                let point = self.point.as_slice().try_into();
                let key = point.map(ed25519_dalek::VerifyingKey::from_bytes);
                let signature = ed25519_dalek::Signature::from_slice(signature);
                matches!((key, signature), (Ok(Ok(key)), Ok(signature))
                    if key.verify_strict(text.as_bytes(), &signature).is_ok())
            }
            CryptoSuite::Gm => {
                let key = sm2::dsa::VerifyingKey::from_sec1_bytes(SM2_SIGNER, &self.point);
                let signature = sm2::dsa::Signature::from_slice(signature);
                matches!((key, signature), (Ok(key), Ok(signature))
                    if key.verify(text.as_bytes(), &signature).is_ok())
            }
        }
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.id);
        let data = Base64::encode_string(&[kind(self.suite), &self.point].concat());
        write!(f, "{}+{id:08x}+{data}", self.name)
    }
}

// The three parts of a key's text; the last may hold plus signs itself.
fn parts(text: &str) -> Result<(&str, &str, Vec<u8>), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(data)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Form);
    };
    let data = Base64::decode_vec(data).map_err(|_| KeyError::Form)?;
    Ok((name, id, data))
}

fn suite_of(data: &[u8]) -> Result<(CryptoSuite, &[u8]), KeyError> {
    let suites = CryptoSuite::ALL.iter();
    let mut known =
        suites.filter_map(|suite| data.strip_prefix(kind(*suite)).map(|rest| (*suite, rest)));
    known.next().ok_or(KeyError::Form)
}

impl FromStr for VerifyingKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, id, data) = parts(text)?;
        let (suite, point) = suite_of(&data)?;
        let key = Self::new(name, suite, point)?;
        if id != format!("{:08x}", u32::from_be_bytes(key.id)) {
            return Err(KeyError::Id);
        }
        Ok(key)
    }
}

/// What signs. Its text is a secret.
#[derive(Clone)]
pub struct SigningKey {
    secret: [u8; SECRET_LEN],
    public: VerifyingKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public)
    }
}

impl SigningKey {
    /// The key of this name whose secret is `secret`, which must be random.
    ///
    /// # Errors
    /// When the name is none, or `secret` is one of the very few that the curve does not know.
    pub fn new(name: &str, suite: CryptoSuite, secret: [u8; SECRET_LEN]) -> Result<Self, KeyError> {
        let point = match suite {
            CryptoSuite::Std => {
                let key = ed25519_dalek::SigningKey::from_bytes(&secret);
                key.verifying_key().to_bytes().to_vec()
            }
            CryptoSuite::Gm => {
                let key = sm2::dsa::SigningKey::from_slice(SM2_SIGNER, &secret);
                let key = key.map_err(|_| KeyError::Value)?;
                key.verifying_key().to_sec1_bytes().to_vec()
            }
        };
        let public = VerifyingKey::new(name, suite, &point)?;
        Ok(Self { secret, public })
    }

    /// What checks its signatures.
    #[must_use]
    pub fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// Its text, for a file that only its owner may read.
    #[must_use]
    pub fn reveal(&self) -> String {
        let VerifyingKey {
            name, id, suite, ..
        } = &self.public;
        let id = u32::from_be_bytes(*id);
        let data = Base64::encode_string(&[kind(*suite), &self.secret].concat());
        format!("{PRIVATE}{name}+{id:08x}+{data}")
    }

    /// Reads what [`reveal`](Self::reveal) wrote.
    ///
    /// # Errors
    /// When it is no such text.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, data) = parts(text.strip_prefix(PRIVATE).ok_or(KeyError::Form)?)?;
        let (suite, secret) = suite_of(&data)?;
        let secret = secret.try_into().map_err(|_| KeyError::Form)?;
        let key = Self::new(name, suite, secret)?;
        if id != format!("{:08x}", u32::from_be_bytes(key.public.id)) {
            return Err(KeyError::Id);
        }
        Ok(key)
    }

    fn signature(&self, text: &str) -> Vec<u8> {
        match self.public.suite {
            CryptoSuite::Std => {
                let key = ed25519_dalek::SigningKey::from_bytes(&self.secret);
                key.sign(text.as_bytes()).to_bytes().to_vec()
            }
            CryptoSuite::Gm => {
                let key = sm2::dsa::SigningKey::from_slice(SM2_SIGNER, &self.secret);
                let signature = key.and_then(|key| key.try_sign(text.as_bytes()));
                signature.map_or_else(|_| Vec::new(), |signature| signature.to_vec())
            }
        }
    }
}

/// A text with signatures under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<(String, [u8; 4], Vec<u8>)>,
}

impl Note {
    /// Signs a text, which ends with a line break, by each of the keys.
    #[must_use]
    pub fn sign(text: String, keys: &[SigningKey]) -> Self {
        let signatures = keys
            .iter()
            .map(|key| (key.public.name.clone(), key.public.id, key.signature(&text)))
            .collect();
        Self { text, signatures }
    }

    /// Takes a note apart, whoever signed it.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form)?;
        let signatures: Vec<_> = lines
            .split('\n')
            .map(signature_line)
            .collect::<Option<_>>()
            .ok_or(NoteError::Form)?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(NoteError::Form);
        }
        let text = format!("{text}\n");
        Ok(Self { text, signatures })
    }

    /// What is signed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether at least one of the known keys signed it, and none wrongly.
    ///
    /// # Errors
    /// When not.
    pub fn check<'a>(
        &self,
        known: impl IntoIterator<Item = &'a VerifyingKey> + Clone,
    ) -> Result<(), NoteError> {
        let mut signed = false;
        for (name, id, signature) in &self.signatures {
            let mut known = known.clone().into_iter();
            let Some(key) = known.find(|key| key.name == *name && key.id == *id) else {
                continue;
            };
            if !key.signed(&self.text, signature) {
                return Err(NoteError::Signature);
            }
            signed = true;
        }
        if signed {
            Ok(())
        } else {
            Err(NoteError::Signature)
        }
    }
}

fn signature_line(line: &str) -> Option<(String, [u8; 4], Vec<u8>)> {
    let (name, data) = line.strip_prefix(DASH)?.split_once(' ')?;
    let data = Base64::decode_vec(data).ok()?;
    let (id, signature) = data.split_first_chunk()?;
    (is_name(name) && !signature.is_empty()).then(|| (name.to_owned(), *id, signature.to_vec()))
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for (name, id, signature) in &self.signatures {
            let data = Base64::encode_string(&[id.as_slice(), signature].concat());
            writeln!(f, "{DASH}{name} {data}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    #[test]
    fn ed25519_is_that_of_rfc_8032() {
        // Section 7.1, TEST 1: the empty message.
        let secret = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let key = SigningKey::new("a", CryptoSuite::Std, secret).unwrap();
        let point = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(hex::encode(&key.public.point), point);
        let signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555\
                         fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
        assert_eq!(hex::encode(key.signature("")), signature);
    }

    #[test]
    fn sm2_is_that_of_gb_t_32918() {
        // GB/T 32918.5-2017 appendix A: the key and the signature of `message digest`.
        let secret = bytes("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
        let key = SigningKey::new("a", CryptoSuite::Gm, secret).unwrap();
        let point = "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
                     ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
        assert_eq!(hex::encode(&key.public.point), point);
        let signature: [u8; 64] = bytes(
            "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
             b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
        );
        assert!(key.public.signed("message digest", &signature));
        assert!(!key.public.signed("message digests", &signature));
        let own = key.signature("message digest");
        assert!(key.public.signed("message digest", &own));
        assert_eq!(own, key.signature("message digest"));
    }

    #[test]
    fn keys_are_read_as_they_are_written() {
        for suite in CryptoSuite::ALL {
            let key = SigningKey::new("depot.example", *suite, [7; 32]).unwrap();
            let again = SigningKey::parse(&key.reveal()).unwrap();
            assert_eq!(again.public, key.public);
            let text = key.public.to_string();
            assert_eq!(text.parse::<VerifyingKey>().unwrap(), key.public);
            assert!(!format!("{key:?}").contains(&key.reveal()[PRIVATE.len()..]));
            let renamed = text.replacen("depot", "another", 1);
            assert_eq!(renamed.parse::<VerifyingKey>(), Err(KeyError::Id));
        }
        let error = |text: &str| text.parse::<VerifyingKey>().unwrap_err();
        assert_eq!(error("a+b"), KeyError::Form);
        assert_eq!(error("a+00000000+!"), KeyError::Form);
        assert_eq!(error("a+00000000+AQ=="), KeyError::Value);
        let named = |name| SigningKey::new(name, CryptoSuite::Std, [1; 32]).unwrap_err();
        assert_eq!(named("a b"), KeyError::Name);
        assert_eq!(named(""), KeyError::Name);
        let zero = SigningKey::new("a", CryptoSuite::Gm, [0; 32]);
        assert_eq!(zero.unwrap_err(), KeyError::Value);
    }

    #[test]
    fn a_note_holds_under_a_known_key_and_no_other() {
        for suite in CryptoSuite::ALL {
            let key = |seed| SigningKey::new("depot.example", *suite, [seed; 32]).unwrap();
            let (old, new, other) = (key(1), key(2), key(3));
            let note = Note::sign("one\n\ntwo\n".to_owned(), &[old.clone(), new.clone()]);
            let written = note.to_string();
            let read = Note::parse(&written).unwrap();
            assert_eq!(read, note);
            assert_eq!(read.text(), "one\n\ntwo\n");
            assert_eq!(read.check([&old.public]), Ok(()));
            assert_eq!(read.check([&other.public, &new.public]), Ok(()));
            let unknown = read.check([&other.public]);
            assert_eq!(unknown, Err(NoteError::Signature));
            let changed = Note::parse(&written.replacen("one", "six", 1)).unwrap();
            assert_eq!(changed.check([&old.public]), Err(NoteError::Signature));
        }
        for text in [
            "",
            "one\n",
            "one\n\ntwo",
            "one\n\n— a\n",
            "one\n\n— a AA==\n",
        ] {
            assert_eq!(Note::parse(text), Err(NoteError::Form), "{text:?}");
        }
    }
}
