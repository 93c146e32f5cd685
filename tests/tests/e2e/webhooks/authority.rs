//! An authority of the tests' own, and what it vouches for: as much of X.509 (RFC 5280) as that takes.
//!
//! **Invariant.** Keys are made anew each time, and no key is kept.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING as BY, EcdsaKeyPair, KeyPair as _},
};

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const TEXT: u8 = 0x0c;
const MOMENT: u8 = 0x18;

const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// What a server shows and who vouches for it, as PEM.
pub(super) struct Vouched {
    pub(super) authority: String,
    /// The certificate for 127.0.0.1, and its key.
    pub(super) server: String,
}

/// Makes an authority, and lets it vouch for 127.0.0.1.
pub(super) fn vouched() -> Vouched {
    let ((authority, _), (server, key)) = (fresh(), fresh());
    // SEQUENCE { BOOLEAN true }, marked as critical.
    let is_authority = [
        der(OBJECT, &[BASIC_CONSTRAINTS]),
        vec![0x01, 0x01, 0xff],
        der(OCTETS, &[&[0x30, 0x03, 0x01, 0x01, 0xff]]),
    ];
    // SEQUENCE { [7] 127.0.0.1 }
    let address = [
        der(OBJECT, &[ALTERNATIVE_NAME]),
        der(OCTETS, &[&[0x30, 0x06, 0x87, 0x04, 127, 0, 0, 1]]),
    ];
    let root = certificate(&authority, "authority", &authority, &is_authority.concat());
    let leaf = certificate(&authority, "receiver", &server, &address.concat());
    Vouched {
        authority: pem("CERTIFICATE", &root),
        server: pem("CERTIFICATE", &leaf) + &pem("PRIVATE KEY", &key),
    }
}

fn fresh() -> (EcdsaKeyPair, Vec<u8>) {
    let chance = SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&BY, &chance).expect("a key can be made");
    let pair = EcdsaKeyPair::from_pkcs8(&BY, key.as_ref(), &chance).expect("the key is one");
    (pair, key.as_ref().to_vec())
}

fn certificate(
    authority: &EcdsaKeyPair,
    subject: &str,
    key: &EcdsaKeyPair,
    extension: &[u8],
) -> Vec<u8> {
    let name = |text: &str| {
        let one = [der(OBJECT, &[COMMON_NAME]), der(TEXT, &[text.as_bytes()])];
        der(SEQUENCE, &[&der(SET, &[&der(SEQUENCE, &[&one.concat()])])])
    };
    let signed_by = der(SEQUENCE, &[&der(OBJECT, &[ECDSA_WITH_SHA256])]);
    let validity = [
        der(MOMENT, &[b"20200101000000Z"]),
        der(MOMENT, &[b"21200101000000Z"]),
    ];
    let kind = [der(OBJECT, &[EC_KEY]), der(OBJECT, &[P256])];
    let public = [
        der(SEQUENCE, &[&kind.concat()]),
        der(BITS, &[&[0], key.public_key().as_ref()]),
    ];
    let extensions = der(SEQUENCE, &[&der(SEQUENCE, &[extension])]);
    let text = der(
        SEQUENCE,
        &[
            // Version 3, number 1.
            &[0xa0, 0x03, INTEGER, 0x01, 0x02],
            &[INTEGER, 0x01, 0x01],
            &signed_by,
            &name("authority"),
            &der(SEQUENCE, &[&validity.concat()]),
            &name(subject),
            &der(SEQUENCE, &[&public.concat()]),
            &der(0xa3, &[&extensions]),
        ],
    );
    let signature = authority
        .sign(&SystemRandom::new(), &text)
        .expect("the key signs");
    let signature = der(BITS, &[&[0], signature.as_ref()]);
    der(SEQUENCE, &[&text, &signed_by, &signature])
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).expect("it is short");
    let [high, low] = length.to_be_bytes();
    let head = match (high, low) {
        (0, low) if low < 0x80 => vec![tag, low],
        (0, low) => vec![tag, 0x81, low],
        (high, low) => vec![tag, 0x82, high, low],
    };
    [head, content].concat()
}

fn pem(what: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let lines: Vec<_> = lines.collect();
    format!(
        "-----BEGIN {what}-----\n{}\n-----END {what}-----\n",
        lines.join("\n")
    )
}
