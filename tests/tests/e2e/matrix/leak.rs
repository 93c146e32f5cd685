//! What an answer tells: the words of houses and the ids in it.
//!
//! **Invariant.** The whole body is looked through, whatever it is; a workbook is unpacked first.

use std::io::{Cursor, Read as _};

use ::tests::Answer;

const SUFFIX: usize = 26;

/// The text of an answer, however it was packed.
pub(super) fn text(answer: &Answer) -> String {
    if !answer.bytes.starts_with(b"PK") {
        return answer.text.clone();
    }
    let mut text = String::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(&answer.bytes)).expect("a workbook");
    for part in 0..archive.len() {
        let mut part = archive.by_index(part).expect("a part of a workbook");
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes)
            .expect("a part can be unpacked");
        text.push_str(&String::from_utf8_lossy(&bytes));
    }
    text
}

/// Everything in a text that has the form of an id.
pub(super) fn ids(text: &str) -> impl Iterator<Item = &str> {
    let sign = |sign: char| !(sign.is_ascii_alphanumeric() || sign == '_');
    text.split(sign).filter(|word| is_id(word))
}

fn is_id(word: &str) -> bool {
    let Some((kind, suffix)) = word.rsplit_once('_') else {
        return false;
    };
    let digit = |sign: u8| sign.is_ascii_digit() || sign.is_ascii_lowercase();
    !kind.is_empty() && suffix.len() == SUFFIX && suffix.bytes().all(digit)
}

/// The same text with every id gone, so that two answers about different things can be compared.
pub(super) fn without_ids(text: &str) -> String {
    let mut plain = text.to_owned();
    for id in ids(text) {
        plain = plain.replace(id, "ID");
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_wherever_they_stand() {
        let id = "lot_01h455vb4pex5vsknk084sn02q";
        for text in [
            format!("{{\"a\":\"{id}\"}}"),
            format!("<v>{id}</v>"),
            format!("/v1/{id}/x"),
        ] {
            assert_eq!(ids(&text).collect::<Vec<_>>(), [id], "{text}");
            assert_eq!(without_ids(&text), text.replace(id, "ID"));
        }
        assert_eq!(ids("lot_short and 01h455vb4pex5vsknk084sn02q").count(), 0);
    }
}
