//! XML as a small tree.
//!
//! **Invariant.** What could grow, name a file or be read in two ways is refused: a document type, an
//! entity of its own, another encoding than UTF-8, a depth, a width or a number of attributes that no
//! alert has. Elements of other namespaces (signatures, enclosures) are passed over whole.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

const DEPTH_MAX: usize = 12;
const ELEMENTS_MAX: usize = 20_000;
const ATTRIBUTES_MAX: usize = 16;
const NAMESPACES_MAX: usize = 8;

/// The namespace of CAP 1.2.
const CAP: &str = "urn:oasis:names:tc:emergency:cap:1.2";

/// One element of the namespace, with its text and those below it in their order.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Self>,
}

/// Why bytes are not a document that is read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkupError {
    /// Longer than [`DOCUMENT_BYTES_MAX`](super::DOCUMENT_BYTES_MAX).
    #[error("the document is too long")]
    TooLong,
    /// Not UTF-8, or said to be something else.
    #[error("the document is not in UTF-8")]
    Encoding,
    /// It declares a document type, by which entities would come.
    #[error("the document declares a document type")]
    DocumentType,
    /// A reference to an entity that XML itself does not know.
    #[error("the document refers to an entity that it would have to declare")]
    Entity,
    /// Elements in elements in elements.
    #[error("elements lie more than {DEPTH_MAX} deep")]
    TooDeep,
    /// More elements than any alert has.
    #[error("there are more than {ELEMENTS_MAX} elements")]
    TooManyElements,
    /// More attributes of one element than any alert has.
    #[error("an element has more than {ATTRIBUTES_MAX} attributes")]
    TooManyAttributes,
    /// More namespaces than any alert has.
    #[error("more than {NAMESPACES_MAX} namespaces are declared at once")]
    TooManyNamespaces,
    /// A prefix that nothing declares.
    #[error("a prefix stands for no namespace")]
    UnknownPrefix,
    /// A character that XML does not allow.
    #[error("the document holds a character that XML does not allow")]
    Character,
    /// Something is not closed, or closed twice.
    #[error("the document is not well formed")]
    IllFormed,
    /// The outermost element is not `alert` of CAP 1.2.
    #[error("the document is no CAP 1.2 alert: its root is not `alert` of {CAP}")]
    NoAlert,
}

/// Reads the tree of an alert; its root is `alert`.
pub(super) fn tree(bytes: &[u8]) -> Result<Node, MarkupError> {
    if bytes.len() > super::DOCUMENT_BYTES_MAX {
        return Err(MarkupError::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| MarkupError::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.chars().all(is_legal) {
        return Err(MarkupError::Character);
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut growing = Growing::default();
    loop {
        let event = reader.read_event().map_err(|_| MarkupError::IllFormed)?;
        match event {
            Event::Start(start) => growing.open(&start)?,
            Event::Empty(start) => {
                growing.open(&start)?;
                growing.close()?;
            }
            Event::End(_) => growing.close()?,
            Event::Text(text) => growing.text(&text.xml10_content())?,
            Event::CData(text) => growing.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let of_number = reference.resolve_char_ref();
                let found = match of_number.map_err(|_| MarkupError::Character)? {
                    Some(found) => found,
                    None => predefined(&reference).ok_or(MarkupError::Entity)?,
                };
                if !is_legal(found) {
                    return Err(MarkupError::Character);
                }
                growing.text(found.encode_utf8(&mut [0; 4]))?;
            }
            Event::Decl(declaration) => {
                if let Some(encoding) = declaration.encoding() {
                    let encoding = encoding.map_err(|_| MarkupError::IllFormed)?;
                    if !encoding.eq_ignore_ascii_case("utf-8") {
                        return Err(MarkupError::Encoding);
                    }
                }
            }
            Event::DocType(_) => return Err(MarkupError::DocumentType),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return growing.finish(),
        }
    }
}

// XML 1.0, production 2.
fn is_legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

#[derive(Default)]
struct Growing {
    /// Elements that are open; `None` for those that are passed over.
    open: Vec<Option<Node>>,
    /// Which prefix stands for which namespace since which depth; the innermost comes last.
    namespaces: Vec<(usize, String, String)>,
    elements: usize,
    root: Option<Node>,
}

impl Growing {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), MarkupError> {
        self.elements += 1;
        if self.elements > ELEMENTS_MAX {
            return Err(MarkupError::TooManyElements);
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(MarkupError::TooDeep);
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(MarkupError::IllFormed);
        }
        self.declare(start)?;
        let name = start.name();
        let (prefix, local) = name.0.split_once(':').unwrap_or(("", name.0));
        let is_ours = self.namespace(prefix)? == CAP;
        if self.open.is_empty() && !(is_ours && local == "alert") {
            return Err(MarkupError::NoAlert);
        }
        // What lies in what is passed over is passed over, too.
        let is_below_ours = self.open.last().is_none_or(Option::is_some);
        self.open.push((is_ours && is_below_ours).then(|| Node {
            name: local.to_owned(),
            ..Node::default()
        }));
        Ok(())
    }

    fn declare(&mut self, start: &BytesStart<'_>) -> Result<(), MarkupError> {
        let depth = self.open.len();
        let mut names: Vec<String> = Vec::new();
        // The reader's own check of repetitions is not asked before the number is known to be small.
        let mut attributes = start.attributes();
        for attribute in attributes.with_checks(false) {
            let attribute = attribute.map_err(|_| MarkupError::IllFormed)?;
            let key = attribute.key.0;
            if names.len() >= ATTRIBUTES_MAX {
                return Err(MarkupError::TooManyAttributes);
            }
            if names.iter().any(|name| name == key) {
                return Err(MarkupError::IllFormed);
            }
            names.push(key.to_owned());
            // A reference in a name of a namespace could only hide what it is.
            if attribute.value.contains(['&', '<']) && key.starts_with("xmlns") {
                return Err(MarkupError::Entity);
            }
            let prefix = match key.split_once(':') {
                Some(("xmlns", prefix)) => prefix,
                None if key == "xmlns" => "",
                _ => continue,
            };
            if self.namespaces.len() >= NAMESPACES_MAX {
                return Err(MarkupError::TooManyNamespaces);
            }
            let uri = attribute.value.trim().to_owned();
            self.namespaces.push((depth, prefix.to_owned(), uri));
        }
        Ok(())
    }

    fn namespace(&self, prefix: &str) -> Result<&str, MarkupError> {
        let declared = self.namespaces.iter().rev();
        match declared.into_iter().find(|(_, known, _)| known == prefix) {
            Some((_, _, uri)) => Ok(uri),
            None if prefix.is_empty() => Ok(""),
            None => Err(MarkupError::UnknownPrefix),
        }
    }

    fn close(&mut self) -> Result<(), MarkupError> {
        let closed = self.open.pop().ok_or(MarkupError::IllFormed)?;
        let depth = self.open.len();
        self.namespaces.retain(|(since, ..)| *since < depth);
        if let Some(node) = closed {
            match self.open.last_mut() {
                Some(Some(parent)) => parent.children.push(node),
                Some(None) => {}
                None => self.root = Some(node),
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), MarkupError> {
        match self.open.last_mut() {
            Some(Some(node)) => node.text.push_str(text),
            Some(None) => {}
            // Outside of the root only white space may stand.
            None if text.trim().is_empty() => {}
            None => return Err(MarkupError::IllFormed),
        }
        Ok(())
    }

    fn finish(self) -> Result<Node, MarkupError> {
        if !self.open.is_empty() {
            return Err(MarkupError::IllFormed);
        }
        self.root.ok_or(MarkupError::NoAlert)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &Result<&str, MarkupError>) {
        let read = tree(text.as_bytes()).map(|root| {
            let names: Vec<_> = root.children.into_iter().map(|node| node.text).collect();
            names.join("|")
        });
        let expected = expected.clone().map(str::to_owned);
        assert_eq!(read, expected, "{}", text.get(..200).unwrap_or(text));
    }

    #[test]
    fn what_could_grow_or_be_read_in_two_ways_is_refused() {
        use MarkupError::{
            Character, DocumentType, Encoding, Entity, IllFormed, NoAlert, TooDeep, TooLong,
            TooManyAttributes, TooManyElements, TooManyNamespaces, UnknownPrefix,
        };
        let ours = |inner: &str| format!("<alert xmlns='{CAP}'>{inner}</alert>");
        let attributes = |count: usize, name: &str| {
            let all: Vec<_> = (0..count).map(|n| format!("{name}{n}='u'")).collect();
            ours(&format!("<sender {}>a</sender>", all.join(" ")))
        };
        for (text, expected) in [
            (ours("<sender>a</sender>"), Ok("a")),
            (
                ours("<sender>a&amp;&#98;<![CDATA[<c>]]></sender>"),
                Ok("a&b<c>"),
            ),
            (
                format!("\u{feff}<?xml version='1.0' encoding='UTF-8'?>{}", ours("")),
                Ok(""),
            ),
            (
                format!("<c:alert xmlns:c='{CAP}'><c:sender>a</c:sender></c:alert>"),
                Ok("a"),
            ),
            // A signature and what lies in it are none of ours, whatever it calls itself.
            (
                ours(
                    "<s xmlns='urn:s'>x<sender xmlns='urn:oasis:names:tc:emergency:cap:1.2'>b</sender></s><sender>a</sender>",
                ),
                Ok("a"),
            ),
            (ours("<sender>a</sender><!-- and --><?go on?>"), Ok("a")),
            (
                format!(
                    "<!DOCTYPE alert [<!ENTITY a 'b'>]>{}",
                    ours("<sender>&a;</sender>")
                ),
                Err(DocumentType),
            ),
            (
                format!("<!DOCTYPE alert SYSTEM 'file:///etc/passwd'>{}", ours("")),
                Err(DocumentType),
            ),
            (ours("<sender>&lol9;</sender>"), Err(Entity)),
            ("<alert xmlns='&urn;'/>".to_owned(), Err(Entity)),
            (ours("<sender>&#0;</sender>"), Err(Character)),
            (ours("<sender>&#8;</sender>"), Err(Character)),
            (ours("<sender>\u{1}</sender>"), Err(Character)),
            (
                format!("<?xml version='1.0' encoding='GB18030'?>{}", ours("")),
                Err(Encoding),
            ),
            (
                ours(&format!("{}{}", "<a>".repeat(12), "</a>".repeat(12))),
                Err(TooDeep),
            ),
            (ours(&"<a/>".repeat(20_000)), Err(TooManyElements)),
            (attributes(17, "a"), Err(TooManyAttributes)),
            (attributes(8, "xmlns:a"), Err(TooManyNamespaces)),
            (
                ours(&format!("<sender>{}</sender>", "a".repeat(1 << 20))),
                Err(TooLong),
            ),
            (ours("<x:sender>a</x:sender>"), Err(UnknownPrefix)),
            ("<alert>a</alert>".to_owned(), Err(NoAlert)),
            (
                "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.1'/>".to_owned(),
                Err(NoAlert),
            ),
            (
                format!("<a:alert xmlns:a='{CAP}' xmlns='urn:x'><sender>a</sender></a:alert>"),
                Ok(""),
            ),
            ("{}".to_owned(), Err(IllFormed)),
            (String::new(), Err(NoAlert)),
            (ours("<sender>a"), Err(IllFormed)),
            (ours("<sender a='1' a='2'>a</sender>"), Err(IllFormed)),
            (format!("{}{}", ours(""), ours("")), Err(IllFormed)),
            (format!("{}x", ours("")), Err(IllFormed)),
            (ours("a & b"), Err(IllFormed)),
        ] {
            check(&text, &expected);
        }
        assert_eq!(tree(&[0xff, 0xfe, b'<', 0]).err(), Some(Encoding));
    }
}
